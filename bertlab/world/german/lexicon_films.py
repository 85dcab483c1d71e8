"""What films are made of, in German: places, genres, roles, what happens, and where.

In the order of `bertlab.world.lexicon_films`. Titles and the names of people stay as they are.
"""

PLACES = """Lissabon | Bergen | Triest | Antwerpen | Galway | Cork | Sevilla | Krakau | Tallinn | Gent | Porto | Brügge
Winnipeg | Halifax | Omaha | Savannah | Tucson | Duluth | Havanna | Tanger | Kairo | Osaka | Lima | Quito | Dublin
Glasgow | Leeds | Cardiff | Dundee | Brighton | Marseille | Neapel | Palermo | Wien | Prag | Riga | Oslo | Malmö"""

GENRES = """f.Komödie;Komödien | f.Romanze;Romanzen | n.Musical;Musicals | m.Fantasyfilm;Fantasyfilme | n.Drama;Dramen
m.Thriller;Thriller | m.Kriminalfilm;Kriminalfilme | m.Horrorfilm;Horrorfilme | m.Western;Western
m.Kriegsfilm;Kriegsfilme | m.Gangsterfilm;Gangsterfilme | n.Roadmovie;Roadmovies | m.Familienfilm;Familienfilme
m.Abenteuerfilm;Abenteuerfilme | f.Geistergeschichte;Geistergeschichten | n.Gerichtsdrama;Gerichtsdramen
m.Historienfilm;Historienfilme | m.Spionagefilm;Spionagefilme | f.Satire;Satiren"""

ROLES = """pensioniert~ m.Uhrmacher|Uhrmacherin | jung~ m.Krankenpfleger|Krankenpflegerin
m.Nachtportier|Nachtportierin
m.Landarzt=Landarztes|Landärztin | gescheitert~ m.Komponist/Komponisten|Komponistin | m.Taxifahrer|Taxifahrerin
verwitwet~ m.Landwirt|Landwirtin | m.Kleinstadtbibliothekar|Kleinstadtbibliothekarin
m.Schiffskoch|Schiffsköchin | m.Bäckergeselle/Bäckergesellen|Bäckergesellin
reisend~ m.Vertreter|Vertreterin | schüchtern~ m.Schreibgehilfe/Schreibgehilfen|Schreibgehilfin
ehemalig~ m.Boxer|Boxerin | m.Bahninspektor|Bahninspektorin | m.Klavierstimmer|Klavierstimmerin
in Ungnade gefallen~ m.Anwalt=Anwalts|Anwältin | m.Schulinspektor|Schulinspektorin
m.Leuchtturmwärter|Leuchtturmwärterin
arbeitslos~ m.Schauspieler|Schauspielerin | ehrgeizig~ m.Reporter|Reporterin | heimwehkrank~ m.Soldat/Soldaten|Soldatin
stur~ m.Imker|Imkerin | einsam~ m.Radiomoderator|Radiomoderatorin
m.Geschichtslehrer|Geschichtslehrerin | m.Konditor|Konditorin | m.Hobbyastronom/Hobbyastronomen|Hobbyastronomin
m.Hoteldetektiv|Hoteldetektivin | m.Museumswärter|Museumswärterin | m.Bühnenmagier|Bühnenmagierin
m.Fährkapitän|Fährkapitänin | geflohen~ m.Erbe/Erben|Erbin | betagt~ m.Spion|Spionin | m.Puppenbauer|Puppenbauerin
m.Dorfpolizist/Dorfpolizisten|Dorfpolizistin | vergessen~ m.Romanautor|Romanautorin
m.Busschaffner|Busschaffnerin | m.Schachmeister|Schachmeisterin | m.Opernsänger|Opernsängerin
m.Totengräber|Totengräberin | m.Versicherungskaufmann=Versicherungskaufmanns|Versicherungskauffrau
müde~ m.Richter|Richterin"""

# Predicates (verb / middle / end / after), always told in the present.
GOALS = {
    "light": """versucht / / / , das letzte Kino der Stadt zu retten,
erbt / von einer Großtante, die niemand je gesehen hat, eine Bäckerei
verliebt / sich ausgerechnet in den einen Menschen / / , den ~seine Mutter nicht ausstehen kann,
nimmt / an einem Tanzwettbewerb / teil- / , um alte Schulden zu begleichen,
muss / einen ganzen Sommer lang mit (seinem schlimmsten Feind//ihrer schlimmsten Feindin) ein Haus / teilen
gibt / sich auf einer Bauernhochzeit als (fremder Adliger//fremde Adlige) / aus-
macht / sich / auf- / , um ein Buch aus der Bücherei zurückzubringen, das seit vierzig Jahren überfällig ist,
adoptiert / einen Elefanten / / , den der Zirkus zurückgelassen hat,
eröffnet / ein Restaurant / / , ohne zu wissen, wie man ein Ei kocht,
muss / einem Chor von Fischern das Singen / beibringen
wacht / eines Morgens / auf- & merkt / / / , dass jeder ~seine Gedanken hören kann,
findet / unter den Dielen eine sprechende Landkarte
fährt / mit ~seinem Großvater im Eiswagen quer über den Kontinent
wird / für (einen berühmten Entdecker//eine berühmte Entdeckerin) / gehalten
beschließt / / / , hinter der Kirche eine Flugmaschine zu bauen,
tauscht / mit (seinem Zwillingsbruder//ihrer Zwillingsschwester) für eine Woche das Leben
nimmt / in einem Spukhotel eine Stelle als Gespenst / an-
folgt / einem entlaufenen Hund in die seltsamste Nacht ~seines Lebens
trainiert / eine Fußballmannschaft / / , die noch nie ein Spiel gewonnen hat,
plant / für die Tochter (seines Rivalen//ihrer Rivalin) den perfekten Geburtstag""",
    "dark": """verliert / bei einem schrecklichen Unfall ~sein einziges Kind
kehrt / aus dem Krieg in ein leeres Haus / zurück-
entdeckt / / / , dass (sein engster Freund//ihre engste Freundin) Geheimnisse verkauft hat,
versteckt / im Keller einen verletzten Fremden
wird / eines Mordes / beschuldigt / , der vor ~seiner Geburt geschah,
sieht / / zu- / , wie ~sein Dorf hinter einem neuen Damm versinkt,
jagt / den Mann / / , der ~seinen Hof niedergebrannt hat,
übernimmt / für einen grausamen, sterbenden Gangster einen letzten Auftrag
erfährt / / / , dass ~er noch sechs Monate zu leben hat,
sucht / nach einer Schwester / / , die vor zwanzig Jahren verschwunden ist,
bewacht / einen Gefangenen / / , den die ganze Stadt hängen sehen will,
findet / im zugefrorenen See eine Leiche
erhält / Briefe von einer Frau / / , die bei einem Brand ums Leben gekommen ist,
muss / sich / entscheiden / , welchen von zwei Brüdern ~er verraten soll,
überquert / mit einem furchtbaren Geheimnis im Gepäck die Berge
hört / jede Nacht hinter der Wand ein Kind / weinen
begräbt / (einen Freund//eine Freundin) & erbt / (dessen//deren) Feinde
steht / wegen eines Diebstahls vor Gericht / / , den ~er wieder begehen würde,
pflegt / den Mann / / , der ~seine Familie ruiniert hat,
wird / von einem gierigen Onkel in eine Anstalt / gesperrt""",
}

# Predicates whose tense the sentence decides ("wenn ... liest", "als ... las").
EVENTS = {
    "light": """@lesen / endlich den Brief | @verpassen / den letzten Zug | @tanzen / auf dem Küchentisch
@singen / den Kühen etwas / vor- | @lassen / die Hochzeitstorte / anbrennen | @verlieren / die Wette
@verstecken / sich im Kleiderschrank | @gestehen / dem Papagei alles
@stehlen / den Hut des Bürgermeisters | @lernen / schwimmen | @fallen / vom Dach | @finden / den verschwundenen Ring
@machen / der falschen Schwester einen Heiratsantrag
@öffnen / die grüne Tür | @fahren / mit dem Fahrrad über den Markt | @streichen / das Rathaus gelb
@vergessen / die Rede""",
    "dark": """@öffnen / die Kellertür | @identifizieren / die Leiche | @gehen / ins Meer
@verbrennen / die Fotografien
@sagen / vor Gericht die Wahrheit
@begraben / den Hund | @verlieren / den Hof | @finden / den zweiten Brief | @sitzen / allein im Bahnhof
@feuern / die Pistole / ab- | @zerschlagen / den Spiegel
@besuchen / das Grab | @unterschreiben / das Geständnis | @hören / das Urteil
@lassen / das Kind bei den Nonnen / zurück-
@begegnen / im Aufzug dem Mörder
@überqueren / den zugefrorenen Fluss""",
}

OBJECTS = """<der n.Duell> im Morgengrauen | <der abgebrochen~ n.Konzert> | <der n.Geburtstagsessen>
<der f.Nacht> im überfluteten Bahnhof | <der f.Beerdigung>
<der m.Tanz> im leeren Theater | <der f.Schachpartie> | <der endlos~ f.Zugfahrt>
<der f.Flucht> aus der brennenden Scheune
<der f.Hochzeit>
<der m.Besuch> im Krankenhaus | <der m.Gang> über den Markt | <der n.Gartenfest> | <der f.Woche> im eingeschneiten Hotel
<der m.Anruf> | <der f.Verfolgungsjagd> über die Dächer | <der m.Streit> auf der alten Fähre
<der f.Fahrt> mit dem Nachtbus
<der f.Stunde> auf dem verlassenen Rummelplatz | <der erst~ m.Schultag> | <der verregnet~ n.Picknick>
<der m.Sturm> am Leuchtturm
<der m.Prozess> | <der n.Frühstück> in der Küche | <der f.Verhaftung> an der Grenze | <der f.Durchsuchung> des Kellers
<der f.Auktion> | <der f.Predigt> | <der n.Kartenspiel> | <der m.Abschied> am Pier | <der f.Schlägerei> in der Bäckerei
<der m.Buchstabierwettbewerb>"""
