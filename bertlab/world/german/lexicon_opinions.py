"""The words of opinion in German, in the order of `bertlab.world.lexicon_opinions`."""

ASPECTS = {
    "acting": {
        "noun": """n.Schauspiel | p.Darbietungen | f.Besetzung | n.Ensemble | f.Nebenbesetzung | p.Kinderdarsteller
p.Betonungen""",
        "+": """großartig | natürlich | herzlich | furchtlos | makellos | nuanciert | subtil | fesselnd | famos
glaubhaft""",
        "-": """hölzern | steif | überzogen | leblos | unglaubwürdig | manieriert | dilettantisch | eintönig
mechanisch | fade""",
    },
    "script": {
        "noun": "n.Skript | n.Drehbuch=Drehbuchs | m.Text | m.Dialog | n.Wortgeplänkel | f.Erzählstimme | f.Adaption",
        "+": """scharf | geistreich | intelligent | literarisch | weise | klug | spritzig | sparsam | elegant
erfindungsreich""",
        "-": """ungelenk | faul | gestelzt | schmalzig | bleiern | abgedroschen | prätentiös | geistlos | überfrachtet
belehrend""",
    },
    "story": {
        "noun": """f.Geschichte | f.Handlung | f.Prämisse | zentral~ n.Rätsel | f.Erzählung | m.Haupthandlungsstrang
p.Nebenhandlungen | p.Wendungen""",
        "+": """packend | originell | zwingend | anrührend | genial | spannend | überraschend | befriedigend
reichhaltig""",
        "-": """vorhersehbar | dünn | absurd | verworren | sinnlos | konstruiert | altbacken | unlogisch | albern
epigonal""",
    },
    "pace": {
        "noun": """n.Erzähltempo | m.Rhythmus/Rhythmus | erst~ m.Akt | m.Mittelteil | letzt~ halb~ f.Stunde
zweit~ m.Akt
langsam~ m.Aufbau""",
        "+": "flott | souverän | meisterhaft | atemlos | wohldosiert | hypnotisch | selbstsicher | lebhaft | perfekt",
        "-": "träge | zäh | schleppend | ungleichmäßig | schneckenhaft | aufgebläht | ermüdend | schlaff | endlos",
    },
    "photography": {
        "noun": """f.Fotografie | f.Bildgestaltung | f.Kameraführung | f.Beleuchtung | p.Landschaften | p.Nachtszenen
p.Bilder""",
        "+": """prachtvoll | strahlend | umwerfend | schön | atemberaubend | lebendig | malerisch | opulent
eindrucksvoll""",
        "-": "trist | hässlich | trübe | flach | grell | wacklig | verschwommen | grau | billig | einfallslos",
    },
    "music": {
        "noun": "f.Filmmusik | f.Musik | m.Soundtrack | n.Hauptthema | p.Lieder | n.Klangdesign | f.Klaviermusik",
        "+": "betörend | lieblich | aufwühlend | einprägsam | zart | eingängig | herrlich | innig | exquisit",
        "-": """aufdringlich | süßlich | belanglos | eintönig | ohrenbetäubend | unmelodisch | nervtötend
manipulativ | schrill""",
    },
    "humour": {
        "noun": "m.Humor | p.Witze | p.Gags | komisch~ n.Timing | p.Einzeiler | p.Dauerwitze | m.Slapstick",
        "+": """urkomisch | lustig | trocken | warmherzig | unwiderstehlich | herzerfrischend | frisch | treffsicher
verschmitzt | gutmütig""",
        "-": "unlustig | derb | bemüht | pubertär | gemein | verzweifelt | peinlich | aufgewärmt | müde | kindisch",
    },
    "ending": {
        "noun": """n.Ende | m.Höhepunkt | letzt~ f.Szene | n.Finale | f.Schlusseinstellung | m.Schluss | m.Epilog
letzt~ f.Filmrolle""",
        "+": """kraftvoll | bewegend | kathartisch | anmutig | unvergesslich | ergreifend | brillant | wohlverdient
gewagt""",
        "-": """überhastet | lächerlich | unverdient | kläglich | verwirrend | abrupt | rührselig | unplausibel
schwach""",
    },
    "design": {
        "noun": "p.Kostüme | p.Kulissen | n.Szenenbild | n.Zeitkolorit | f.Ausstattung | n.Make-up | p.Requisiten",
        "+": """üppig | authentisch | akribisch | fantasievoll | prächtig | ansehnlich | geschmackvoll | überzeugend
großartig""",
        "-": """schäbig | kitschig | unecht | billig | anachronistisch | fadenscheinig | künstlich | nachlässig
protzig""",
    },
    "effects": {
        "noun": """p.Effekte | p.Stunts | p.Actionszenen | f.Verfolgungsjagd | groß~ f.Schlüsselszene | f.Sturmsequenz
f.Modellarbeit""",
        "+": "spektakulär | mitreißend | beeindruckend | blendend | nahtlos | aufregend | ambitioniert | erstaunlich",
        "-": "lachhaft | schlampig | veraltet | klobig | verwirrend | albern | unspektakulär | minderwertig",
    },
    "editing": {
        "noun": "f.Montage | m.Schnitt | f.Struktur | p.Rückblenden | p.Übergänge | f.Bildmontage | f.Rahmenhandlung",
        "+": "knackig | fließend | gekonnt | glatt | präzise | kunstvoll | flink | straff",
        "-": "abgehackt | sprunghaft | irritierend | hektisch | unordentlich | holprig | chaotisch | verwirrend",
    },
    "people": {
        "noun": """p.Figuren | f.Heldin | m.Schurke/Schurken | m.Held/Helden | p.Nebenrollen | f.Freundschaft
f.Liebesgeschichte""",
        "+": """liebenswert | komplex | einnehmend | menschlich | dreidimensional | charismatisch | sympathisch
glaubwürdig""",
        "-": """oberflächlich | irritierend | schablonenhaft | unsympathisch | karikaturhaft | trostlos
zweidimensional | unerträglich""",
    },
    "mood": {
        "noun": """f.Atmosphäre | f.Stimmung | m.Ton | f.Spannung | n.Lokalkolorit | n.Kleinstadtmilieu
bedrohlich~ f.Aura""",
        "+": """bezaubernd | intensiv | verführerisch | knisternd | stimmungsvoll | traumhaft | berauschend
gespenstisch""",
        "-": "drückend | unecht | steril | uneinheitlich | muffig | unangenehm | wichtigtuerisch | lasch",
    },
    "romance": {
        "noun": "f.Romanze | f.Chemie | f.Brautwerbung | p.Küchenszenen | p.Liebesszenen | zentral~ n.Paar",
        "+": "charmant | süß | elektrisierend | aufrichtig | strahlend | verspielt | hinreißend | ehrlich",
        "-": "kalt | erzwungen | schnulzig | klebrig | hohl | leidenschaftslos | lästig | künstlich",
    },
    "ideas": {
        "noun": "f.Botschaft | n.Thema | f.Gesellschaftskritik | f.Symbolik | f.Philosophie | f.Moral | f.Satire",
        "+": "tiefgründig | durchdacht | aktuell | provokant | herausfordernd | scharfsinnig | human | kühn",
        "-": "simpel | plump | undurchsichtig | offensichtlich | zynisch | naiv | leer | herablassend",
    },
}

WORDS = {
    "adj+": """fantastisch | großartig | gut | wundervoll | ausgezeichnet | fabelhaft | bemerkenswert | brillant
überragend
verblüffend | famos | schön | vergnüglich | köstlich | erstklassig | hervorragend | fesselnd | magisch | unterhaltsam
außergewöhnlich""",
    "adj-": """furchtbar | langweilig | scheußlich | grässlich | öde | entsetzlich | schlecht | mittelmäßig
enttäuschend
grauenhaft | dürftig | lausig | miserabel | ungenießbar | trostlos | wertlos | drittklassig | qualvoll | erbärmlich""",
    "mild+": """angenehm | geschliffen | geschmeidig | hübsch | stilvoll | ernsthaft | ansehnlich | sympathisch
kompetent
liebenswürdig | solide | farbenfroh | ambitioniert | professionell | harmlos""",
    "mild-": """langsam | lang | chaotisch | unausgewogen | altmodisch | rau | geschwätzig | bescheiden | düster
seltsam
unbeholfen | laut | sentimental | überlang | trübsinnig | albern | schlicht""",
    "more+": """klug:klüg | lustig | bewegend | aufregend | spannend | fantasievoll | charmant | überzeugend
unterhaltsam
anmutig | warmherzig | packend | originell | tiefsinnig""",
    "more-": """fade | zäh | vorhersehbar | wirr | schwülstig | lärmend | sentimental | nervig | oberflächlich | lästig
albern | plump | langatmig | deprimierend""",
    "noun+": """n.Meisterwerk | m.Triumph | n.Juwel | m.Leckerbissen | f.Freude | m.Genuss | m.Klassiker
klein~ n.Wunder
m.Volltreffer | n.Vergnügen | f.Glanzleistung | f.Offenbarung""",
    "noun-": """n.Durcheinander | m.Langweiler | f.Katastrophe | m.Fehlschlag | f.Enttäuschung | f.Plackerei
m.Blindgänger
f.Peinlichkeit | f.Zeitverschwendung | m.Reinfall | n.Fiasko | f.Tortur""",
    "quality+": """p.Stärken | p.Tugenden | p.Reize | p.Freuden | p.Verdienste | gut~ p.Absichten | schön~ p.Momente
nett~ p.Einfälle | glänzend~ p.Ideen | gut~ p.Witze""",
    "quality-": """p.Mängel | p.Fehler | p.Schwächen | p.Probleme | p.Unzulänglichkeiten | p.Ecken und Kanten
p.Patzer | öde~ p.Strecken
p.Logiklöcher | schlecht~ p.Witze""",
    "affect+": """bewegen / bewegt | packen / gepackt | bezaubern / bezaubert | amüsieren / amüsiert
überzeugen / überzeugt
begeistern / begeistert | berühren / berührt | beeindrucken / beeindruckt | mit|reißen / mitgerissen
verzaubern / verzaubert | faszinieren / fasziniert | für sich |gewinnen / für sich gewonnen""",
    "affect-": """langweilen / gelangweilt | ärgern / geärgert | nerven / genervt | enttäuschen / enttäuscht
verlieren / verloren | erschöpfen / erschöpft | deprimieren / deprimiert | frustrieren / frustriert
ermüden / ermüdet""",
    "affected+": """bewegt | gepackt | bezaubert | amüsiert | überzeugt | begeistert | berührt | beeindruckt
mitgerissen
entzückt | verzaubert | fasziniert""",
    "affected-": """gelangweilt | verärgert | genervt | enttäuscht | ernüchtert | erschöpft | frustriert
peinlich berührt
ungerührt | angewidert | schläfrig""",
    "liked+": "geliebt | genossen | vergöttert | bewundert | gemocht | ins Herz geschlossen | geschätzt",
    "liked-": "gehasst | abgelehnt | verabscheut | verwünscht | verflucht | verachtet",
    "praised+": "gelobt | empfohlen | gefeiert | gepriesen | verteidigt | bejubelt",
    "praised-": "verrissen | verspottet | angegriffen | abgetan | zerpflückt | heruntergemacht",
    "manner+": """wunderschön | gekonnt | anmutig | wunderbar | mühelos | clever | brillant | zärtlich | überzeugend
elegant""",
    "manner-": """ungeschickt | schlecht | dürftig | nachlässig | unbeholfen | mechanisch | furchtbar | achtlos
lustlos
halbherzig""",
    "mood+": """lächelnd | mit Freudentränen in den Augen | hellwach | grinsend | tief bewegt | wie auf Wolken
mit Lust auf mehr""",
    "mood-": """gähnend | im Halbschlaf | kopfschüttelnd | murrend | mit Kopfschmerzen | um den Abend betrogen
schlecht gelaunt""",
}


def derived_words() -> dict[str, str]:
    """The tables of nouns and adjectives of each aspect, under the names that the English grammar gives them."""
    tables = {}
    for name, words in ASPECTS.items():
        tables[f"{name}.noun"], tables[f"{name}.adj+"], tables[f"{name}.adj-"] = words["noun"], words["+"], words["-"]
    return tables
