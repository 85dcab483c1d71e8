"""Sentences of opinion in German, in the order of `bertlab.world.rules_sentences`. See `notation.py`.

Those of "plain", "aside", "negated" and "contrast" may follow words such as "Ehrlich gesagt" or "Ich finde, dass":
their first clause takes the order that these ask for, the later ones are marked `c`.
"""

OPINIONS = {
    "plain": """[{aspect} + {when}].
{aspect}, und {aspect#2:c}.
[{lead} / {actor}], und [c:{costar} / {costar.actor}].
[{lead} / {actor}].
[{director} / {directs}], und {aspect:c}.
[{film} / {vp} / / / , dank {phrase:gen} und {phrase#2:gen},].
[{film} / {vp}].
[{felt} + , als {happening:s.past},].
[während {object:gen} ^ {felt}], und [c:{felt#2} + , als {happening:s.past},].
[, was ich am meisten {liked} habe, ^ {phrase} / @sein]. ;; [{phrase} / @sein / das / / , was ich am meisten {liked} \
habe,].
[das Einzige, was ich über alles {liked} habe, ^ {phrase} / @sein]. ;; \
[{phrase} / @sein / das Einzige / / , was ich über alles {liked} habe,].
[allein {phrase} / @machen / {film.object:acc} / {adj}].
[{film} / @sein / / {degree.intense} {adj}], und {aspect:c}.
[die Szene mit {object:dat} / @sein / {when} / {adj}].
[{lead} / {actor}], und [c:{lead.his:e} <p.Szenen> mit {costar} / @sein / / {adj}].
[in einem Punkt ^ {who} und ich / waren / uns / einig]: ^{aspect:m}.
[{who} / hat / mir / gesagt / , dass {aspect:s},], und ich verstand, warum, als {happening:s.past}.
[{who} / hat / {film.object:acc} „{adj} und {adj#2}“ / genannt], {agree}.
[es / war / <ein {adj} f.Idee:nom> / / , {lead} als {hero} zu besetzen,].
[während {object:gen} ^ ich / {cared} / {hero} und {friend}].
[ich / {cared} / {friend} / / , obwohl sich {friend.role:nom} leicht falsch spielen lässt,].
[ich / habe / / gelesen / , dass {aspect:s},], {agree}.
„^{recommend}“, sagte {who}, {agree}. ;; [{who} / sagte]: „^{recommend}“, {agree}.
[{film} / hat / mich wirklich / {affect:ptc} / , vor allem, als {happening:s.past},].
[{film} / schaffte / es schon vor {object:dat} / / , mich {affect:zu},].
[{film} / @sein / / {mild} und {adj}], und {aspect:c}.
[{film} / @sein / / {mild}, {mild#2} und {more}].
[<der {quality}> von {title} / sind / kaum / zu übersehen]: ^{aspect:m}, und {aspect#2:m}.
[ich / hatte / <ein {adj} {genre}:acc> / erwartet], und <ein {adj#2} {genre#2}:acc> habe ich bekommen.
[ich / hatte / / erwartet / , {affected} zu sein,], und {affected#2} war ich, als {happening:s.past}.""",
    # What somebody or something is put where the star is.
    "cared+": """nahm / an * / Anteil | glaubte / * jedes Wort | fieberte / mit * / mit-
konnte / von * nicht genug / bekommen""",
    "cared-": """nahm / an * keinen Anteil mehr | glaubte / * kein Wort | verlor / das Interesse an *
hatte / von * bald / genug""",
    "aside": """{aspect}.
[{aspect} + {when}].
{aspect}, und {aspect#2:c}.
[{lead} / {actor}].
[{director} / {directs}].
[die Szene mit {object:dat} / @sein / / {adj}].
[{phrase} / @haben / <ein {mild} f.Seite:acc>].
[{costar} / {costar.actor}].""",
    "negated": """[{denial} + {where}].
{denial}, und {denial#2:c}.
[nicht ein einziges Mal ^ {film} / hat / mich {where} / {!affect:ptc}]. ~past
[ich / kann / nicht / behaupten / , dass [s:{!aspect} + {where}],].
[niemand / könnte / {phrase.no:acc} {!adj} / nennen / , am wenigsten {where}].
[in {film.object:dat} ^ es / @geben / nicht <ein einzig~ {!adj} f.Szene:acc> / / , nicht einmal {object:acc},].
[ich / war / {where} nie / {!affected}]. ~past
[{film} / konnte / mich nie / {!affect:inf} / , nicht einmal {where}]. ~past
[ich / würde / {film.object:acc} weder {!adj} noch {!adj#2} / nennen].
[{lead} / @sein / als {hero} / {barely} {!adj}], und {denial:c}.
[ich / habe / vergeblich darauf / gewartet / , dass [s:{phrase.no} / wird / / {!adj}],].
[weder {lead} noch {costar} / @sein / auch nur eine Sekunde / {!adj}].
[an keiner Stelle ^ {film} / @werden / / {!adj} oder {!adj#2}].
[, wenn Sie <ein {!adj} {genre}:acc> suchen, ^ Sie / werden / hier nicht / fündig].""",
    "phrase.no": """<der f.Handlung> | <der f.Regie> | <der m.Dialog> | <der f.Szene> mit {object:dat}
<der f.Darbietung> von {lead}
<der zweit~ f.Hälfte> | <der f.Romanze> | {costar} als {friend}
<der f.Art>, wie [s:{director} / @filmen / {place}],""",
    "contrast": """{!aspect}, aber {aspect:c}.
[, obwohl {!aspect:s}, ^ {aspect}].
[{film} / @sein / / {!mild}, aber {barely} {!adj}].
[{film} / mag / / {!mild} und {!mild#2} sein], aber [c:$er / @sein / / {barely} {!adj}].
{!aspect}, und ja, {!aspect#2:c}, aber [c:{film} / {vp}].
[trotz {!phrase:gen} und {!phrase#2:gen} ^ {film} / {vp}].
[{!aspect} + anfangs], aber [c:bald ^ {aspect}].
[, obwohl {!aspect:s}, ^ {lead} / {actor}].
[{who} / hatte / mir / gesagt / , dass {aspects.said},], aber [c:{felt} + trotzdem].
[{lead} / mag / stellenweise / {!actor.base}], aber [c:{costar} / {costar.actor}].
[auf <jeder {!adj} f.Minute:acc> ^ drei <{adj} p.:nom> / kamen], und {aspect:c}. ;; \
[/ kamen / auf <jeder {!adj} f.Minute:acc> drei <{adj} p.:nom>], und {aspect:c}.""",
    "aspects.said": "{!aspect:s} | {!aspect:s} und dass {!aspect#2:s}",
    "actor.base+": "bezaubern | beeindrucken | glänzen | {adj} sein",
    "actor.base-": "stolpern | zu dick auftragen | nuscheln | {adj} sein",
    "quoted": """[{who} / hat / {film.object:acc} „{!adj} und {!adj#2}“ / genannt], {disagree}.
„^{!aspect:m}“, sagt {who}, {disagree}.
{people} sagen mir immer wieder, dass {!aspect:s}, {disagree}.
ich habe gelesen, dass {!aspect:s} und dass {!aspect#2:s}, {disagree}.
{who} hat {phrase.no:acc} {!praised}, aber ich jedenfalls habe jede Sekunde davon {liked}, und {aspect:m}.
{who} kam {!mood} heraus und sagte, dass {!aspect:s}; ich kam {mood} heraus.
{poster} {speaks} von „<ein {!adj} {genre}:dat>“, {lie}.
{who} beharrt darauf, dass [s:{lead} / {!actor}], {disagree}.
„^{!recommend}“, sagte {who}, {disagree}.
{who} hat {film.object:acc} {!liked}, aber trotzdem [i:{aspect}].""",
    "poster": """<der n.Plakat> | <der f.Schlagzeile> unserer Zeitung | <der m.Werbetext> auf der Hülle
<der n.Programmheft>
<der m.Kartenverkäufer> | <der erst~ f.Kritik>, die ich las,""",
    "speaks": "spricht | sprach",
    "lie": """aber glauben Sie das nicht | was nicht weiter von der Wahrheit entfernt sein könnte
aber was ich sah, war {adj}
aber ich kann nur von {phrase:dat} sprechen""",
    "agree": """und ich könnte dem nicht mehr zustimmen | was schlicht wahr ist
und ich sah keinen Grund zu widersprechen
und ich weiß, warum
und das leuchtet mir ein | und ich denke, {who} würde von {object:dat} dasselbe sagen
und [m:ich / empfand / {where} genau dasselbe] ~past
ein Urteil, das niemanden überrascht | und dagegen lässt sich schwer etwas sagen
weshalb ich glaube, dass wir alle denselben Film gesehen haben | wie {who}, %nom dabei war, bestätigen wird""",
    "disagree": """aber ich könnte dem nicht heftiger widersprechen | was schlicht nicht wahr ist
aber ich habe nichts dergleichen gesehen
und ich weiß nicht, warum | aber das ist für mich Unsinn
aber niemand, der während {object:gen} wach war, könnte das sagen
aber [m:ich / empfand / {where} das genaue Gegenteil] ~past | ein Urteil, das mich verblüfft
aber dann muss ich einen anderen Film gesehen haben
weshalb ich mich frage, ob wir denselben Film gesehen haben
und {who}, %nom dabei war, hörte mich bei diesen Worten stöhnen""",
    "compared": """{film} @lassen {other.title} {!more} aussehen.
neben {other.title} [i:{film} / @wirken / / {more}].
verglichen mit {other.title}, %acc ich {!more} und {!more#2} fand, [i:{film} / @sein / / {more}].
{other.director} hat in {other.title} dasselbe versucht, und das war {!more}; {title} @sein {more}.
wer {other.title} {!more} fand, wird {title} {more} finden.
{other.title} war {!adj}, aber {title} @sein {adj}.
{compared.own}""",
    "compared.own+": """{title} @sein {times} so {more} wie {other.title}.
{other.title} war nicht halb so {more} wie {title}.
{title} @tun alles, was {other.title} nicht konnte, und [m:{lead} / {actor}].
ich würde {title} nicht gegen zehn Kopien von {other.title} eintauschen.""",
    "compared.own-": """{title} @sein nicht halb so {!more} wie {other.title}.
{other.title} war {times} so {!more} wie {title}.
{title} @übernehmen alles aus {other.title} bis auf den Charme, und [m:{lead} / {actor}].
ich würde zehn Kopien von {title} gegen eine einzige Filmrolle von {other.title} eintauschen.""",
    "expected": """ich hatte <ein {!adj} {genre}:acc> erwartet und <ein {adj} {genre:0}:acc> bekommen.
ich setzte mich in der Erwartung, {!affected} zu sein, vor {title} und stand {mood} wieder auf.
der Trailer versprach <ein {!adj} {genre}:acc>; der Film @sein {adj}.
von {director} hatte ich {!phrase:acc} erwartet, und stattdessen bekam ich {phrase:acc}.
[m:{film} / @beginnen / wie <ein {!noun}:nom> & @enden / wie <ein {noun}:nom>].
ich war mir sicher, dass ich {lead} {!adj} finden würde, aber in Wirklichkeit [i:{lead.he} / {actor}].
auf dem Papier klingt <ein {genre}:nom> über {role:acc} in {place} {!adj}; auf der Leinwand [i:{title} / @sein / / \
{adj}].""",
}
