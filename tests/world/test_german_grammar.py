"""German grammar, checked on what the stream says: agreement, case, verb position; and the forms of words."""

import re
from collections import Counter, defaultdict

import pytest

from bertlab.world.german import german
from bertlab.world.german.morphology import Noun, adjective, conjugate, noun, noun_forms, strong_verbs, verb_form
from bertlab.world.german.notation import Clause, Finite, Phrase, Predicate
from bertlab.world.german.order import Draft, Part, join
from bertlab.world.german.tables import FACTS, SOURCES, fact_table, table


@pytest.fixture(scope="module")
def translated(sample):
    """2,000 reviews with their German."""
    return [(review, german(review)) for review in sample[:2000]]


@pytest.fixture(scope="module")
def said(translated):
    """Their German sentences."""
    return [sentence for _, sentences in translated for sentence in sentences]


def parts_of(item):
    """Everything in a compiled pattern."""
    yield item
    if isinstance(item, Predicate | Clause | Phrase):
        for name in item.__slots__:
            yield from parts_of(getattr(item, name))
    elif type(item) is tuple:
        for inner in item:
            yield from parts_of(inner)


def patterns():
    for name in SOURCES:
        yield from (pattern for option in table(name) for pattern in (option.content, option.other))
    for name in FACTS:
        yield from (option.content for option in fact_table(name).values())


@pytest.fixture(scope="module")
def pieces():
    return [piece for pattern in patterns() for piece in parts_of(pattern)]


# What a form of a determiner can be: gender and case, in the order of the school table.
FORMS = {
    "der": "m.nom f.dat f.gen p.gen", "die": "f.nom f.acc p.nom p.acc", "das": "n.nom n.acc", "den": "m.acc p.dat",
    "dem": "m.dat n.dat", "des": "m.gen n.gen", "ein": "m.nom n.nom n.acc", "eine": "f.nom f.acc", "einen": "m.acc",
    "einem": "m.dat n.dat", "einer": "f.dat f.gen", "eines": "m.gen n.gen", "dieser": "m.nom f.dat f.gen p.gen",
    "diese": "f.nom f.acc p.nom p.acc", "dieses": "n.nom n.acc m.gen n.gen", "diesen": "m.acc p.dat",
    "diesem": "m.dat n.dat", "jede": "f.nom f.acc", "jeden": "m.acc", "jedes": "n.nom n.acc",
    "vom": "m.dat n.dat", "zum": "m.dat n.dat", "zur": "f.dat", "im": "m.dat n.dat", "am": "m.dat n.dat",
    "beim": "m.dat n.dat",
}  # fmt: skip
PREPOSITIONS = {
    **dict.fromkeys(("mit", "von", "bei", "zu", "nach", "aus", "neben", "vor"), {"dat"}),
    **dict.fromkeys(("trotz", "während", "wegen", "dank", "statt"), {"gen"}),
    **dict.fromkeys(("für", "um", "gegen", "durch", "ohne"), {"acc"}),
}
CASES = ("nom", "acc", "dat", "gen")


def ending(determiner, gender, case):
    """The ending of an adjective after a determiner, as a learner is told it."""
    if determiner == "ein":
        return "er" if gender == "m" else "es"
    if gender == "p" or case in ("dat", "gen") or (gender, case) == ("m", "acc"):
        return "en"
    return "e"


def test_determiners_adjectives_nouns_and_prepositions_agree(said, pieces):
    """For each "article adjective* noun", some case makes all three right, one that the preposition governs."""
    nouns = defaultdict(set)
    for piece in pieces:
        if isinstance(piece, Noun):
            for case, form in zip(CASES, piece.forms, strict=True):
                nouns[form].add((piece.gender, case))
            for case, form in zip(CASES, piece.plural or (), strict=False):
                nouns[form].add(("p", case))
            if piece.woman:
                nouns[piece.woman] |= {("f", case) for case in CASES}
    stems = {adjective(piece.base).stem for piece in pieces if hasattr(piece, "superlative")}
    checked = Counter()
    for sentence in said:
        words = re.findall(r"„[^“]*“|[\wäöüß-]+|[.,;:?!]", sentence)
        for at, word in enumerate(words):
            determiner = word.lower()
            if determiner not in FORMS or (at and words[at - 1] in FORMS):
                continue
            end = at + 1
            while end < len(words) and any(words[end].removesuffix(e) in stems for e in ("e", "en", "er", "es", "em")):
                end += 1
            if end == len(words) or words[end] not in nouns:
                continue
            possible = {tuple(form.split(".")) for form in FORMS[determiner].split()} & nouns[words[end]]
            before = words[at - 1].lower() if at else ""
            governed = before in PREPOSITIONS and words[at - 2 : at - 1] not in (["Was"], ["was"])
            if governed:
                possible = {(gender, case) for gender, case in possible if case in PREPOSITIONS[before]}
            for adjective_form in words[at + 1 : end]:
                possible = {p for p in possible if adjective_form.endswith(ending(determiner, *p))}
            assert possible, (" ".join(words[max(0, at - 1) : end + 1]), sentence)
            checked[end - at - 1, governed] += 1
    assert checked[0, False] > 3000 and checked[1, False] > 1500 and checked[2, False] > 20 and checked[1, True] > 100


SUBORDINATE = re.compile(
    r"(?:^|, |\bund |, spätestens )(dass|[Oo]bwohl|[Ww]enn|weil|sobald|während|bevor|ob|als) (?!hätte )"
)
LITERAL = """habe hat haben hatte hätte kann könnte würde wird werden will mag muss musste war waren lässt fand sah
dreht nahm glaubte fieberte konnte verlor vergaß saß applaudierte vergoss wollte vergingen verdrehte stand ging begann
griff krochen dahinkrochen zurückwollte mitfieberte verstand kam sagte schaffte kommt bricht suchen fragt lebte
begegnete auslassen""".split()


def finite_verbs(pieces):
    """The finite verbs that the tables know, with their prefixes joined."""
    prefixes = {""} | {piece[:-1] for piece in pieces if isinstance(piece, str) and re.fullmatch(r"[a-zäöü]+-", piece)}
    infinitives = {piece.infinitive for piece in pieces if isinstance(piece, Finite)} - {"wenn"}
    forms = {conjugate(verb, past, person) for verb in infinitives for past in (False, True) for person in (1, 2)}
    return {prefix + form for form in (*forms, *LITERAL) for prefix in prefixes}


def test_the_verb_stands_last_in_subordinate_clauses(said, pieces):
    """After "dass", "obwohl", "wenn" and so on, the first finite verb ends its clause, or another follows."""
    finite = finite_verbs(pieces)
    seen = Counter()
    for sentence in said:
        bare = re.sub(r"„[^“]*“", "Titel", sentence)
        for found in SUBORDINATE.finditer(bare):
            words = re.findall(r"[\wäöüß-]+|[.,;:?!]", bare[found.end() :])
            if found[1] == "während" and words[0] in ("des", "der", "dieses"):
                continue
            verb = next((i for i, word in enumerate(words) if word in finite), None)
            assert verb is not None, sentence
            following = words[verb + 1] if verb + 1 < len(words) else "."
            assert following in finite or following in {".", ",", ";", ":", "?", "und", "aber", "Titel", "als"}, (
                found[1], words[verb], sentence,
            )  # fmt: skip
            assert verb > 0, sentence
            seen[found[1].lower()] += 1
    assert all(seen[word] > 30 for word in ("dass", "obwohl", "wenn", "als", "sobald", "während", "weil")), seen


def test_the_verb_comes_second_after_an_adverb(said):
    """"Außerdem ist die Musik ...": never "Außerdem die Musik ist"."""
    adverbs = set("Außerdem Zudem Ferner Obendrein Dennoch Allerdings Andererseits Trotzdem Natürlich".split())
    subjects = set("der die das dieser diese dieses ich er sie es mein meine ein eine".split())
    seen = 0
    for sentence in said:
        first, second = sentence.split()[:2]
        if first in adverbs:
            assert second not in subjects and second[0].islower(), sentence
            seen += 1
    assert seen > 500


def test_als_tells_the_past_and_wenn_the_present(translated):
    """What happens is told with "als" and a past verb in reviews in the past, else with "wenn" and a present."""
    seen = defaultdict(Counter)
    for review, sentences in translated:
        past = next(choice.option for choice in review.derivation.choices if choice.rule.startswith("tense")) == 0
        for sentence, translation in zip(review.sentences, sentences, strict=True):
            if any(choice.rule.startswith("where") for choice in sentence.derivation.choices):
                found = re.search(r"(als|wenn) [A-Z]\w+ (?:den|die|das) [^,.„]* (\w+)[.,]", translation)
                if found:
                    seen[past][found.groups()] += 1
    happens = "öffnen verlieren vergessen begraben finden identifizieren besuchen hören überqueren verpassen".split()
    present, preterite = ({conjugate(verb, tense, 1) for verb in happens} for tense in (False, True))
    assert {conjunction for conjunction, _ in seen[True]} == {"als"}
    assert sum(n for (conjunction, verb), n in seen[True].items() if verb in preterite) > 4
    assert sum(n for (conjunction, verb), n in seen[False].items() if conjunction == "wenn" and verb in present) > 4
    for conjunction, verb in (*seen[True], *seen[False]):
        assert verb not in (present if conjunction == "als" else preterite), (conjunction, verb)


def test_the_films_pronoun_has_the_gender_of_its_name(said):
    """"Diese Komödie ... sie", "dieses Drama ... es", „Titel“ and "der Film ... er"."""
    seen = Counter()
    for translation in said:
        found = re.search(r"(diese[rs]?|das|der) \w+ .* sein, aber (er|sie|es) ", translation.lower())
        if found and " mag " in translation:
            seen[found.groups()] += 1
    assert seen.keys() <= {("diese", "sie"), ("dieses", "es"), ("das", "es"), ("dieser", "er"), ("der", "er")}, seen
    assert seen["diese", "sie"] and seen["der", "er"] and seen["das", "es"]


@pytest.mark.parametrize(
    "verb, forms",
    [
        ("sein", "bin ist sind war waren"), ("haben", "habe hat haben hatte hatten"),
        ("lesen", "lese liest lesen las lasen"), ("öffnen", "öffne öffnet öffnen öffnete öffneten"), 
        ("reden", "rede redet reden redete redeten"),
        ("tanzen", "tanze tanzt tanzen tanzte tanzten"), ("feuern", "feuere feuert feuern feuerte feuerten"),
        ("lernen", "lerne lernt lernen lernte lernten"), ("müssen", "muss muss müssen musste mussten"),
        ("filmen", "filme filmt filmen filmte filmten"), ("treffen", "treffe trifft treffen traf trafen"),
    ],
)  # fmt: skip
def test_verbs(verb, forms):
    past = [conjugate(verb, True, person) for person in (1, 2)]
    assert [conjugate(verb, False, person) for person in (0, 1, 2)] + past == forms.split()
    assert conjugate(verb, True, 0) == past[0]


def test_every_strong_verb_is_used(pieces):
    assert strong_verbs().keys() <= {piece.infinitive for piece in pieces if isinstance(piece, Finite)}


def test_verb_forms():
    assert verb_form("mit|reißen / mitgerissen", "zu") == ["mitzureißen"]
    assert verb_form("mit|reißen / mitgerissen", "inf") == ["mitreißen"]
    assert verb_form("für sich |gewinnen / für sich gewonnen", "zu") == ["für", "sich", "zu", "gewinnen"]
    assert verb_form("bewegen / bewegt", "ptc") == ["bewegt"]


def test_nouns():
    assert noun_forms("m", "Film") == ("Film", "Film", "Film", "Films")
    assert noun_forms("m", "Prozess") == ("Prozess", "Prozess", "Prozess", "Prozesses")
    assert noun_forms("m", "Held/Helden") == ("Held", "Helden", "Helden", "Helden")
    assert noun_forms("n", "Ganze/Ganzen") == ("Ganze", "Ganze", "Ganzen", "Ganzen")
    assert noun_forms("p", "Witze") == ("Witze", "Witze", "Witzen", "Witze")
    assert noun_forms("p", "Gags") == ("Gags",) * 4
    assert noun("f.Szene;Szenen").plural == ("Szenen",) * 4
    assert noun("m.Koch|Köchin").woman == "Köchin"


FEMININE = ("ung", "heit", "keit", "schaft", "ion", "tät", "ik", "ie", "ei", "age", "anz", "ur", "enz")
ARTICLES = """
der Film Akt Rhythmus Ton Humor Slapstick Schnitt Schluss Epilog Held Schurke Text Dialog Soundtrack Höhepunkt
Aufbau Mittelteil Triumph Genuss Klassiker Volltreffer Langweiler Reinfall Bruder Vater Nachbar Kollege Kritiker
Freund Tanz Gang Besuch Anruf Streit Schultag Sturm Prozess Abschied Krieg Hund Mut Frieden Grund Ort Thriller
Western Verdacht Mann Chor
die Musik Szene Hälfte Stunde Moral Chemie Freude Plackerei Schwester Tante Großmutter Nacht Flucht Fahrt Woche Jagd
Auktion Predigt Partie Hochzeit Stimme Liebe Welt Stille Hoffnung Rolle Komödie Romanze Satire Geschichte Handlung
Prämisse Minute
das Drama Musical Roadmovie Drehbuch Skript Schauspiel Ensemble Rätsel Tempo Ende Finale Timing Thema Design Kolorit
Milieu Paar Werk Ganze Juwel Meisterwerk Wunder Vergnügen Fiasko Durcheinander Duell Konzert Essen Fest Picknick
Frühstück Spiel Haus Zuhause Vermögen Glück Unglück Plakat Heft Mädchen Make-up Wort
"""


def test_nouns_have_the_gender_that_the_dictionary_gives_them(pieces):
    """By their endings, and by a list from a dictionary; a compound has the gender of its last part."""
    listed = {}
    for line in re.split(r"\n(?=der |die |das )", ARTICLES.strip()):
        article, *words = line.split()
        listed |= dict.fromkeys(words, {"der": "m", "die": "f", "das": "n"}[article])
    checked = set()
    things = {piece for piece in pieces if isinstance(piece, Noun) and piece.gender != "p" and not piece.woman}
    for piece in things:
        word = piece.forms[0]
        known = [last for last in listed if word == last or word.endswith(last.lower())]
        if known:
            assert piece.gender == listed[max(known, key=len)], word
        elif word.endswith(FEMININE):
            assert piece.gender == "f", word
        else:
            continue
        checked.add(word)
    assert len(checked) > 150, len(checked)


def test_adjectives():
    stems = {"öde": "öd", "simpel": "simpl", "miserabel": "miserabl", "teuer": "teur", "trocken": "trocken"}
    assert {base: adjective(base).stem for base in stems} == stems
    superlatives = {"lustig": "lustigst", "charmant": "charmantest", "spannend": "spannendst", "klug:klüg": "klügst"}
    assert {base: adjective(base).superlative for base in superlatives} == superlatives


def draft(**changes):
    parts = [Part(("tauchen", False), ["plötzlich"], ["auf-"], [])]
    return Draft(**({"front": [], "subject": ["Nell"], "person": 1, "parts": parts} | changes))


def test_the_three_orders_of_a_clause():
    assert draft().order("m") == ["Nell", "taucht", "plötzlich", "auf"]
    assert draft().order("i") == ["taucht", "Nell", "plötzlich", "auf"]
    assert draft().order("s") == ["Nell", "plötzlich", "auftaucht"]
    assert draft(front=["dann"]).order("m") == ["dann", "taucht", "Nell", "plötzlich", "auf"]
    assert draft(front=["dann"]).order("s") == ["Nell", "dann", "plötzlich", "auftaucht"]
    assert draft(front=[",", "wenn", "es", "regnet", ","]).order("i")[-4:] == ["wenn", "es", "regnet", ","]


def test_light_pronouns_come_before_a_noun_but_not_before_a_pronoun():
    parts = [Part(("langweilen", True), ["mich"], [], [])]
    assert draft(subject=["der", "Film"], parts=parts).order("i") == ["langweilte", "mich", "der", "Film"]
    parts = [Part(("langweilen", True), ["mich"], [], [])]
    assert draft(subject=["er"], parts=parts).order("i") == ["langweilte", "er", "mich"]


def test_commas_contractions_and_capitals():
    words = ", wenn er geht , , von °dem Film , . ^ ja : , „ gut , “"
    assert join(words.split()) == "Wenn er geht, vom Film. Ja: „gut“"
    assert join(["von", "dem", "er", "spricht"]) == "Von dem er spricht"
