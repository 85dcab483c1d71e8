"""Openings, facts and plots in German, in the order of `bertlab.world.rules_sentences`. See `notation.py`."""

OPENINGS = {
    "opening": """{title} ist <ein {genre}:nom> aus dem Jahr {year} über {role:acc}, %nom {goal}.
ich habe {title} {place.seen} gesehen und wusste nur, dass {director} $ihn gedreht hatte.
in {title} erzählt {director} die Geschichte von {hero}, {role:dat}, %nom {goal}.
{title} ist <ein {genre}> von {director} aus dem Jahr {year} und handelt von {role:dat} in {place}.
gestern Abend habe ich endlich {title} gesehen, <ein in {place} spielend~ {genre}:acc> mit {lead} und {costar}.
jemand hat mir {title} geliehen, <der {genre}:acc> aus dem Jahr {year}, in %dat {lead} {role:acc} spielt.
in {title} spielt {lead} {hero}, {role:acc}, %nom {goal}.
wie bespricht man <ein {genre}:acc> wie {title}, worin [s:{role} / {goal}]?
{kin} hat mich überredet, {title} anzusehen, <ein {genre}:acc>, %acc {director} im Jahr {year} in {place} gedreht hat.
ich bin {place.seen} auf {title} gestoßen.
{title} ({year}) gehört zu <jener {genres}:dat> der {decade}, von denen jeder gehört und die niemand gesehen hat.
vor {title} hatte ich noch nie <ein {genre}:acc> gesehen, %nom in {place} spielt.
es gibt in {title} einen Augenblick, in dem {happening:s.pres}, und um ihn dreht sich <der ganz~ {genre}:nom>.
als {director} im Jahr {year} {title} drehte, wartete niemand auf <ein {genre}:acc> über {role:acc}.
{title} stand {number} Jahre lang auf meiner Liste, vor allem weil {lead} darin {role:acc} spielt.
wenn Sie noch nie in {place} waren, nimmt {title} Sie dorthin mit, und {lead} und {costar} führen Sie herum.
ich war {number} Jahre alt, als ich {title} zum ersten Mal sah, <der {genre}:acc> mit {lead} als {hero}.
{kin} und ich haben auf dem ganzen Heimweg vom Kino über {title} gestritten.
{lead} und {costar} teilen sich die Leinwand in {title}, <ein {genre}:dat>, %acc {director} in {place} angesiedelt hat.
man nehme {role:acc}, dazu {friend.role:acc}, schicke beide nach {place}, und schon hat man {title}.
was kann ich über {title} sagen, was {who} nicht schon gesagt hat?
das Erste, was man in {title} sieht, ist {object:nom}, und von dort führt uns {director} nach {place}.
ich habe {number} Jahre gebraucht, bis ich zu {title} kam, <der {genre}:dat> von {director} über {role:acc}.
{club} hat {title}, <ein {genre}:acc> aus dem Jahr {year}, für das letzte Treffen vor den Ferien ausgesucht.
manche <{genres}:nom> beginnen mit einem Mord oder einem Kuss; {title} beginnt mit {object:dat}.""",
    "club": """<unser m.Filmclub> | <unser m.Buchclub> | <unser m.Chor> | <unser m.Schachclub> | <unser n.Büro>
<unser f.Wandergruppe>
<unser f.Nachbarschaft>""",
    "kin": """<mein m.Bruder> | <mein f.Schwester> | <mein m.Vater> | <mein f.Mutter> | <mein f.Tochter> | <mein m.Sohn>
<mein m.Onkel> | <mein m.Neffe/Neffen> | <mein f.Chefin> | <mein best~ m.Freund>""",
    "thesis": """ich habe {title} {liked}, <der {genre}:acc> von {director} über {role:acc}.
{title} ist <ein {adj} {genre}:nom> über {role:acc}, %nom {goal}.
ich habe {title} {place.seen} gesehen und war {degree.intense} {affected}.
{title} ist <ein {noun}>, und das sage ich als jemand, der <jeder {genre}:acc> mit {lead} gesehen hat.
was für <ein {noun}> {title} ist und was für <ein {a.adj} {genre}:acc> {director} da gedreht hat!
lassen Sie es mich gleich sagen: {title} ist <ein {noun}>, und {who} findet das auch.
ich habe {number} Filme von {director} gesehen, und {title} ist <der {more:sup} m.> von ihnen.
neulich habe ich mit {who:dat} {title} gesehen, und wir haben beide jede Minute davon {liked}.
ich wollte {title} {!liked.base}, aber <ein so {adj.x} {genre}:acc> konnte ich einfach nicht {!liked.base#2}.""",
    "a.adj": "{adj}",
    "adj.x+": "gut | charmant | klug | bewegend | schön | unterhaltsam | lustig",
    "adj.x-": "schlecht | langweilig | öde | albern | faul | dumm | vorhersehbar",
    "liked.base+": "lieben | genießen | mögen | bewundern | vergöttern",
    "liked.base-": "hassen | ablehnen | verachten | verabscheuen | verwünschen",
    "fact": """{film} wurde {year} gedreht, als {director} in {place} lebte.
{lead} spielt {hero}, und {costar} spielt {friend}.
{director} hat das Drehbuch mit {costar}, %nom auch {friend} spielt, geschrieben.
{director} führte Regie und hat das Drehbuch mit {costar}, %nom auch {friend} spielt, geschrieben.
der größte Teil {film.object:gen} wurde in {place} gedreht, {object:nom} eingeschlossen.
dem Abspann zufolge hat {director} {number} Jahre mit {film.object:dat} verbracht.
{lead} hatte schon {number} <{genres}:acc> gedreht, bevor {lead.he} {director} begegnete.
{film} kam im selben Jahr wie {other.title} heraus, und beide haben eine Szene, die sich um {object:acc} dreht.
{costar}, %acc Sie vielleicht aus {other.title} kennen, hat als {friend} eine kleinere Rolle.
wie die meisten <{genres}:nom> der {decade} beginnt {film} mit {object:dat}.
ich hatte {lead} in {other.title} gesehen und {costar} noch in gar nichts.
die Fassung aus dem Jahr {year} läuft etwa {number} Filmrollen lang und verlässt {place} nie. ~f""",
    "number": "zwei | drei | vier | fünf | sechs | sieben | acht | neun | zehn | zwölf",
    "plot": """[eines Nachts ^ {happening}], und danach ist in {place} nichts mehr wie zuvor. ~pres
[{friend}, {friend.role:nom}, / {friend.goal}], während {happening.hero:s}. ~pres
[unterdessen ^ {friend}, {friend.role:nom}, / {friend.goal}]. ~pres
alles ändert sich, als {happening:s}. ~pres
{hero} in der ersten Filmrolle und {hero#2} in der letzten haben wenig gemeinsam, denn dazwischen [i:{happening}]. ~pres
[{fate:nom} / {falls} / über {hero}], als {happening:s}. ~pres
nur so viel sei verraten: ^{happening.hero:m}, und {friend} bezahlt dafür. ~pres
bis wir bei {object:dat} ankommen, hat {hero} {loss:acc} verloren und {friend} {gain:acc} gefunden. ~pres
<der f.Welt> von {hero} ist <ein {hard} m.Ort>, voller <{hard#2} p.Menschen:gen> und <{hard#3} p.Erinnerungen:gen>. \
~pres
am Ende hat {hero} in {place} {loss:acc} verloren und {gain:acc} gefunden. ~pres
es ist <ein {hard} f.Geschichte:nom> von {loss:dat}, {gain:dat} und {object:dat}. ~pres
[erst ^ {happening}], [dann ^ {happening#2}], und ganz {place} redet von nichts anderem. ~pres
es gibt <{hard} p.Augenblicke:acc> vor und nach {object:dat} und <ein {hard#2} m.:acc>, als {happening:s}. ~pres""",
    "happening": """{hero} / {event.one} | {hero} / {event.two} | {hero} / {event.three} | {friend} / {event.four}
{friend} / {event.five} | {friend} / {event.six}""",
    "happening.hero": "{hero} / {event.one} | {hero} / {event.two} | {hero} / {event.three}",
    "object": "{object.one} | {object.two} | {object.three} | {object.four} | {object.five}",
    "fate": """<ein schrecklich~ n.Unglück> | <ein furchtbar~ f.Stille> | <ein wunderbar~ m.Glücksfall>
<ein entsetzlich~ m.Verdacht>
<ein groß~ n.Glück>""",
    "falls": "kommt | bricht / / herein-",
    "hard": """grausam | traurig | öde | schön | glücklich | bitter | freundlich | einsam | schrecklich | wunderbar
grau | friedlich""",
    "loss": """<ein n.Vermögen> | <ein f.Stimme> | <ein m.Bruder> | <ein alt~ m.Freund> | <jeder f.Illusion>
<ein n.Haus>
<der m.Krieg> | <all~ f.Hoffnung>""",
    "gain": """<ein n.Zuhause> | <f.Liebe> | <m.Frieden> | <ein neu~ m.Name/Namen> | <ein m.Hund> | <etwas m.Mut>
<f.Vergebung> | <n.Glück> | <ein f.Arbeitsstelle> | <ein m.Grund> zum Leben""",
}
