"""Clauses and phrases in German, in the order of `bertlab.world.rules_clauses`. See `notation.py`."""

from bertlab.world.german.lexicon_opinions import ASPECTS

PHRASES = {
    "film": """$er
<der m.Film>
<dieser m.Film>
<der n.Werk=Werks>
{title}
<der ganz~ m.Film>
<dieser {genre}>""",
    "film@far": """<der m.Film>
<dieser m.Film>
<der n.Werk=Werks>
{title}
<der n.Ganze/Ganzen>
<dieser {genre}>
<der m.Film> von {director}""",
    "film.object": """<der m.Film>
<dieser m.Film>
{title}
<der n.Ganze/Ganzen>
<der n.Werk=Werks> von {director}
<dieser {genre}>""",
    "degree": """1*
wahrhaft | wirklich | absolut | schlicht | oft | durchweg | bemerkenswert | durch und durch | ausgesprochen
überraschend""",
    "degree.intense": """absolut | völlig | ganz und gar | total | wahrhaftig | durch und durch""",
    "barely": """nie | nicht im Entferntesten | nicht im Geringsten | keineswegs | kaum | alles andere als
alles, nur nicht
keinen Augenblick""",
    "when": """von der ersten bis zur letzten Szene | durchgehend | von Anfang bis Ende | {where}
, spätestens @wenn {happening:s},
Szene für Szene | , sobald [s:die Handlung / @wechseln / nach {place}], | , sobald [s:{friend} / @tauchen / / auf-],
nach {object:dat}
selbst in den ruhigen Passagen | lange vor {object:dat} | vom Vorspann an""",
    "where": """, @wenn {happening:s}, | während {object:gen} | in den Szenen mit {costar} | in den längeren Szenen
in den Massenszenen
in den Szenen in {place} | , während {happening:s}, | , @wenn [s:sich {hero} und {friend} / @treffen / in {place}],
am Ende {object:gen}""",
    "opener": """1*
ehrlich gesagt ~inv | um ehrlich zu sein, ~inv | für mich ~inv | meiner Meinung nach ~inv | offen gesagt ~inv
, wie sich herausstellt, ~inv | ich muss zugeben, dass ~sub | ich muss sagen, dass ~sub
die Wahrheit ist, dass ~sub | meines Erachtens ~inv | , soweit ich das beurteilen kann, ~inv | ich finde, dass ~sub
eines steht fest: ^ ~main""",
    "further": """1*
obendrein ~inv | mehr noch: ^ ~main | außerdem ~inv | zudem ~inv | ferner ~inv | mir ist auch aufgefallen, dass ~sub
ebenso ~inv | ich sollte hinzufügen, dass ~sub | dann wäre da noch dies: ^ ~main""",
    "turn": """dennoch ~inv | allerdings ~inv | andererseits ~inv | jedoch ~inv | freilich ~inv | trotzdem ~inv
gleichzeitig ~inv
und doch ~inv | trotz alledem ~inv""",
    "concede": """zugegeben, ~main | zugegebenermaßen ~inv | es stimmt, dass ~sub
fairerweise muss man sagen, dass ~sub
ich gebe gern zu, dass ~sub | ja, ~main | natürlich ~inv | wohlgemerkt, ~main
andererseits ~inv""",
    "who": """<mein m.Bruder> | <mein f.Frau> | <mein m.Cousin> | <ein m.Freund> von der Arbeit
<der m.Kritiker> meiner Zeitung | <mein m.Nachbar/Nachbarn> | <mein f.Schwester>
<der m.Mann=Mannes> hinter mir | <der n.Mädchen> an der Kinokasse | <mein alt~ m.Filmlehrer>
<ein m.Kollege/Kollegen> | <mein m.Mitbewohner> | <unser f.Babysitterin>
<mein m.Vater> | <mein f.Tante> | <ein bekannt~ m.Kritiker> | <der f.Frau> neben mir | <mein m.Zahnarzt=Zahnarztes>
<der m.Platzanweiser> | <mein f.Großmutter>""",
    "people": """<der p.Leute> | <der p.Kritiker> | die meisten <mein p.Freunde:gen> | <der p.Plakate>
<ander~ p.Rezensenten>
<der p.Fans>""",
    "place.seen": """auf einem Festival in {place} | gestern Abend im Fernsehen | im kleinen Kino in unserer Straße
auf einem langen Flug
mit meiner Familie | mit geringen Erwartungen | an einem verregneten Sonntag | nach einer harten Woche
bei einem Freund zu Hause | mit meinen Studenten
in einer Mitternachtsvorstellung | auf einer alten Kassette | zweimal in einer Woche | zum dritten Mal
an meinem Geburtstag | mit zwei Freunden
in einem fast leeren Saal | durch Zufall | wegen {lead} | wegen des Plakats | vor einem Monat in {place}""",
    "audience": """Leuten, die {genres:acc} mögen, | Leuten, die je in {place} waren,
Leuten, die einen Abend übrig haben,
meinem besten Freund | Fans von {lead} | Liebhabern von {genres:dat} | Leuten, die mit {genres:dat} aufgewachsen sind,
Bewunderern von {director} | der ganzen Familie | Leuten, die {place} kennen,""",
    "times": "doppelt | dreimal | zehnmal | hundertmal",
}

VERBS = {
    "vp+": """@funktionieren / {manner}
@packen / einen° am Kragen & @lassen / einen° nie wieder / los-
@lassen / einen° bis zu {object:dat} / rätseln
@verdienen / sich jede einzelne Träne
@werden / immer besser
@verdienen / ein weit größeres Publikum
@entlassen / einen° {mood}
@halten / {where} {manner} / zusammen-
@treffen / {where} die richtigen Töne
@haben / das Herz am rechten Fleck und die Augen weit / offen
@lassen / zwei Stunden wie zwanzig Minuten / wirken
@erwachen / {where} / zum Leben
@bleiben / einem° noch tagelang / im Kopf
@erzählen / <$sein f.Geschichte:acc> {manner}""",
    "vp-": """@ziehen / sich {where} / hin-
@fallen / {where} / auseinander-
@haben / {where} keine Ideen mehr
@kommen / {where} nicht vom Fleck
@vergeuden / die Besetzung und den Abend des Publikums
@entlassen / einen° {mood}
@brechen / {where} unter der eigenen Last / zusammen-
@verpassen / jede Chance / / , die [s:sich / @bieten],
@strapazieren / {where} die Geduld des Publikums
@lassen / zwanzig Minuten wie zwei Stunden / wirken
@beleidigen / {where} die Intelligenz des Publikums
@kommen / {where} / vom Weg ab-
@reden & @reden & @sagen / nichts
@erzählen / <$sein f.Geschichte:acc> {manner}""",
    "actor+": """@stehlen / als {hero} allen die Schau
@tragen / den ganzen Film
@sein / als {hero} / {adj}
@geben / die Darbietung ~seines Lebens
@spielen / {hero} {manner}
@sagen / mit einem Blick mehr / / als andere mit einem Monolog
@bringen / {when} die Leinwand / zum Leuchten
@finden / den Menschen hinter {hero}""",
    "actor-": """@schlafwandeln / durch die Rolle von {hero}
@sein / als {role:nom.0} hoffnungslos / fehlbesetzt
@sein / als {hero} / {adj}
@nuscheln / sich durch jede Szene
@spielen / {hero} {manner}
@wirken / / / , als hätte jemand den Rest des Drehbuchs verloren,
@brüllen / {when} jede Zeile
@wissen / mit {hero} nichts / anzufangen""",
    "directs+": """@führen / {manner} / Regie
@wissen / genau / / , wo [s:die Kamera / @müssen / / stehen],
@trauen / dem Publikum das Denken / zu-
@inszenieren / {object:acc} {manner}
@finden / in jeder Einstellung von {place} etwas Neues
@machen / aus einem kleinen Budget eine Tugend""",
    "directs-": """@führen / {manner} / Regie
@haben / keine Ahnung / / , wo [s:die Kamera / @sollen / / stehen],
@erklären / alles zweimal
@inszenieren / {object:acc} {manner}
@filmen / {place} wie einen Parkplatz
@machen / aus einer passablen Idee eine Belehrung""",
    "felt+": """ich / musste / laut / lachen
ich / hatte / einen Kloß im Hals
ich / vergaß / die Zeit
ich / saß / auf der Stuhlkante
die ganze Reihe / applaudierte
ich / vergoss / Tränen & war / für jede einzelne / dankbar
ich / wollte / am liebsten / aufstehen und jubeln
die Stunden / vergingen / wie im Flug""",
    "felt-": """ich / sah / auf die Uhr
ich / wäre / fast / eingeschlafen
ich / verdrehte / die Augen
die halbe Reihe / stand / / auf- & ging
ich / begann / / / , die Deckenplatten zu zählen,
ich / griff / zum Telefon
ich / wollte / mein Geld / zurück-
die Minuten / krochen / / dahin-""",
}


def derived_rules() -> dict[str, str]:
    """The rules that follow from others, as in English: clauses, noun phrases, denials; what the second actor does."""
    rules = {}
    for name in ASPECTS:
        subject = f"<der {{{name}.noun}}> / @sein"
        rules[f"{name}.clause"] = f"""{subject} / / {{degree}} {{{name}.adj}}
{subject} / / {{{name}.adj}} und {{{name}.adj#2}}
{subject} / / {{{name}.adj}}, ja sogar {{{name}.adj#2}}"""
        rules[f"{name}.denial"] = f"""{subject} / / {{barely}} {{!{name}.adj}}"""
    for sign in "+-":
        second = VERBS[f"actor{sign}"].replace("{hero}", "{friend}").replace("{role", "{friend.role")
        rules[f"costar.actor{sign}"] = second
    rules["aspect"] = "\n".join(f"{{{name}.clause}}" for name in ASPECTS)
    rules["phrase"] = "\n".join(f"<der {{{name}.adj}} {{{name}.noun}}>" for name in ASPECTS)
    rules["denial"] = "\n".join(f"{{{name}.denial}}" for name in ASPECTS)
    return rules


CLAUSES = {**PHRASES, **VERBS, **derived_rules()}
