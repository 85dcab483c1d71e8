"""Verdicts in German, in the order of `bertlab.world.rules_sentences`. See `notation.py`."""

VERDICTS = {
    "verdict.plain": """[{sum} ^ ich / habe / {title} / {liked}]; {recommend}.
[{sum} ^ {title} / ist / <ein {adj} {genre}:nom>]; {recommend}.
[{sum} ^ {title} / ist / <ein {noun}:nom>]; {recommend}.
[{sum} ^ {title} / {vp}]; {recommend}.
ich war {degree.intense} {affected}; {recommend}, und {aspect:m}.
[{sum} ^ ich / habe / {title} wegen <$sein {quality}:gen> / {liked}], und {aspect:m}.
[{sum} ^ {title} / ist / / {adj}], und {who} und ich haben $ihn aus demselben Grund {liked}: ^{aspect:m}.
[{sum} ^ ich / gebe / {title} {score} von zehn Punkten], und {who} gibt $ihm {score#2}.
[{sum} ^ ich / habe / jede Minute von {title} / {liked} / , von {object:dat} bis zu {object#2:dat}].
[{sum} ^ ich / habe / {title} mehr / {liked} / als <jeder ander~ {genre}:acc> der {decade}].
{signed.verdict}""",
    "score+": "acht | neun | zehn | volle zehn | neuneinhalb",
    "score-": "einen | zwei | drei | null | eineinhalb",
    "sum": """1*
alles in allem | kurz gesagt | letzten Endes | zusammengefasst | im Großen und Ganzen | unter dem Strich | insgesamt
, wenn man mich fragt,""",
    "recommend+": """Sie sollten $ihn {occasion} sehen
ich hätte nichts dagegen, $ihn {occasion} noch einmal zu sehen,
verpassen Sie $ihn {occasion} nicht
ich kann $ihn {audience} nur empfehlen
lassen Sie alles andere liegen und sehen Sie $ihn sich {occasion} an
ich kann den nächsten Film von {director} kaum erwarten
ich bereue keine Minute davon
ich würde nicht zögern, $ihn {audience} zu empfehlen,""",
    "recommend-": """Sie sollten $ihn auslassen und {occasion} etwas anderes tun
ich würde $ihn nicht noch einmal sehen, nicht einmal {lowest}
Sie verpassen nichts, wenn Sie $ihn {time} auslassen,
ich würde $ihn nicht einmal {audience} empfehlen
machen Sie einen Bogen um $ihn und sehen Sie sich {occasion} lieber etwas anderes an
ich kann es kaum erwarten, jeden Film von {director} zu vergessen,
ich bereue jede Minute davon
ich würde zögern, $ihn {audience} oder sonst jemandem zu empfehlen,""",
    "lowest": """umsonst | gegen Geld | auf einem langen Flug | mit {who:dat} | an einem Regentag in {place}
{who:dat} zuliebe
mit meinem besten Freund | {lead} zuliebe""",
    "time": """heute Abend | am Wochenende | an einem ruhigen Sonntag | nächste Woche | diesen Monat
zum Kinostart in {place}
nächstes Mal""",
    "occasion": """an einem langen Winterabend | mit der Familie | am Wochenende | in {place} | mit Freunden
heute Abend
noch vor dem Ende des Sommers | an einem ruhigen Sonntag | nächste Woche | mit {who:dat}""",
    "signed.verdict+": """{title} ist das, was geschieht, wenn <ein {adj} n.Drehbuch:nom> auf <ein {adj#2} \
f.Besetzung:acc> trifft.
mein Rat ist einfach: ^kaufen Sie eine Karte für {title}, setzen Sie sich nach vorn und lassen Sie Ihre Sorgen zu Hause.
danke, {director}, für {phrase:acc} und für {phrase#2:acc}.
ich verließ das Kino {mood} und ging am nächsten Tag mit {who:dat} gleich wieder in {title}.""",
    "signed.verdict-": """{title} ist das, was geschieht, wenn <ein {adj} n.Drehbuch:nom> auf <ein {adj#2} \
f.Besetzung:acc> trifft.
mein Rat ist einfach: ^kaufen Sie keine Karte für {title}, bleiben Sie zu Hause und überlassen Sie anderen die \
vorderen Plätze.
nein danke, {director}, weder für {phrase:acc} noch für {phrase#2:acc}.
ich verließ das Kino {mood} und würde am nächsten Tag nicht mit {who:dat} wieder in {title} gehen.""",
    "verdict.turn": """[{sum} ^ <der {quality}> von {title} / {outweigh} / <der {!quality}>], und {reason}.
[{sum} ^ <der {!quality}> von {title} / {outweighed} / <der {quality}>], und {reason}.
[{sum} ^ ich / habe / {title} trotz <$sein {!quality}:gen> / {liked}], und {reason}.
{who} hat {title} {!liked}, aber ich habe $ihn {liked}, weil {aspect:s}.
ich wollte {title} {!liked.base}; am Ende musste ich $ihn doch {liked.base}, und {reason}.
wo {who} {title} {!liked} hat, habe ich $ihn {liked}; wo {who#2} {!phrase:acc} sah, sah ich {phrase:acc}.
ich setzte mich {!mood} hin und stand {mood} auf, und {title} ist der Grund dafür.
{title} ist {!mild}, $er ist {!mild#2}, und doch habe ich $ihn {liked}, und {reason}.
man sage über {!phrase:acc}, was man will: ^{title} ist {degree.intense} {adj}.
mit etwas {luck} hätte {title} <ein {!noun}:nom> werden können; so aber ist $er <ein {noun}:nom>.
wer {title} {!adj} nennt, hat nicht hingesehen: ^{film} ist {adj}.
wenn {title} {!adj} ist, dann bin ich {role:nom}; {film} ist {adj}.
{signed.turn}""",
    "outweigh": """überwiegen / * | zählen / mehr als *nom | wiegen / schwerer als *nom | sind / mir wichtiger als *nom
bleiben / mir länger im Kopf als *nom""",
    "outweighed": """werden / von *dat / aufgewogen | zählen / weniger als *nom | wiegen / leichter als *nom
bedeuten / mir weniger als *nom | verblassen / schneller als *nom""",
    "luck+": "weniger Glück | weniger Sorgfalt",
    "luck-": "mehr Glück | mehr Sorgfalt",
    "reason": """{recommend} | [m:{aspect} + , @wenn [s:es / @kommen / darauf / an-],]
das ist mein letztes Wort zu {director}
das habe ich {who:dat} auch auf dem Heimweg gesagt
es ist mir gleich, was {who} von {object:dat} hält, | das wusste ich, sobald {happening:s.past},
nichts, was {who} sagt, wird mich umstimmen""",
    "signed.turn+": """wenn Sie einen freien Abend haben, schenken Sie ihn {title} und nicht {other.title}.
ich würde {title} lieber zehnmal sehen als {other.title} einmal.
wählen Sie {title} statt {other.title}, was auch immer {who} über <der {-quality}:acc> des einen und <der \
{+quality}:acc> \
des anderen sagt.
{other.title} ist <der {-adj} {genre}:nom> und {title} <der {+adj} {genre:0}:nom>, und nicht umgekehrt.
ich bin froh, dass ich nicht auf {who:acc} gehört habe, %nom {title} {-adj} genannt hatte.
{who}, %nom {title} {-adj} genannt hatte, lag falsch, und {who#2}, %nom $ihn {+adj} genannt hatte, lag richtig.
lassen Sie sich von <der {-quality}:dat> nicht um <der {+quality}:acc> bringen, und lassen Sie sich {title} von \
{who:dat} \
nicht ausreden.
Sie wären dumm, {title} auszulassen, nur weil {who} $ihn {-adj} fand.
ich nehme <jeder {-adj} n.Wort:acc> zurück, das ich je über {director} gesagt habe, denn {title} ist <ein {+noun}:nom>.
all <der {-quality}:nom> zusammen konnten mir <der {+quality}:acc> von {title} nicht verderben.""",
    "signed.turn-": """wenn Sie einen freien Abend haben, schenken Sie ihn {other.title} und nicht {title}.
ich würde {other.title} lieber zehnmal sehen als {title} einmal.
wählen Sie {other.title} statt {title}, was auch immer {who} über <der {-quality}:acc> des einen und <der \
{+quality}:acc> \
des anderen sagt.
{title} ist <der {-adj} {genre}:nom> und {other.title} <der {+adj} {genre:0}:nom>, und nicht umgekehrt.
es tut mir leid, dass ich nicht auf {who:acc} gehört habe, %nom {title} {-adj} genannt hatte.
{who}, %nom {title} {+adj} genannt hatte, lag falsch, und {who#2}, %nom $ihn {-adj} genannt hatte, lag richtig.
lassen Sie sich von <der {+quality}:dat> nicht vom Ausgang fernhalten, und lassen Sie sich {title} von {who:dat} \
nicht aufschwatzen.
Sie wären dumm, {title} anzusehen, nur weil {who} $ihn {+adj} fand.
ich nehme <jeder {+adj} n.Wort:acc> zurück, das ich je über {director} gesagt habe, denn {title} ist <ein {-noun}:nom>.
all <der {+quality}:nom> zusammen konnten mich nicht vor <der {-quality}:dat> von {title} retten.""",
}
