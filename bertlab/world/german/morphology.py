"""German word forms: nouns and their articles, adjectives, verbs.

**Nouns** are `g.Noun`: the letter is the gender (`p` for a plural). Genitives and dative plurals follow by rule; a weak
noun names its other form ("m.Held/Helden"), an irregular genitive is given after `=`, a plural of its own after `;`
("f.Szene;Szenen"). Where one word serves a man and another a woman, both stand: "m.Lehrer|Lehrerin".

**Adjectives** are their predicative form; `klug:klüg` adds the stem of the superlative.

**Verbs** are infinitives; those that are not weak stand in `STRONG` with their third person in the present and past.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

CASES = {"nom": 0, "acc": 1, "dat": 2, "gen": 3}
# Endings by gender (m, f, n, p), each for the four cases.
THE = {
    "m": ("der", "den", "dem", "des"), "f": ("die", "die", "der", "der"),
    "n": ("das", "das", "dem", "des"), "p": ("die", "die", "den", "der"),
}  # fmt: skip
RELATIVE = {**THE, "p": ("die", "die", "denen", "deren")}
PRONOUN = {
    "m": ("er", "ihn", "ihm"), "f": ("sie", "sie", "ihr"), "n": ("es", "es", "ihm"), "p": ("sie", "sie", "ihnen"),
}  # fmt: skip
STRONG_ENDINGS = {
    "m": ("er", "en", "em", "en"), "f": ("e", "e", "er", "er"),
    "n": ("es", "es", "em", "en"), "p": ("e", "e", "en", "er"),
}  # fmt: skip
WEAK_ENDINGS = {
    "m": ("e", "en", "en", "en"), "f": ("e", "e", "en", "en"),
    "n": ("e", "e", "en", "en"), "p": ("en", "en", "en", "en"),
}  # fmt: skip
MIXED_ENDINGS = {**WEAK_ENDINGS, "m": ("er", "en", "en", "en"), "n": ("es", "es", "en", "en")}
EIN_ENDINGS = {
    "m": ("", "en", "em", "es"), "f": ("e", "e", "er", "er"), "n": ("", "", "em", "es"), "p": ("e", "e", "en", "er"),
}  # fmt: skip
DIES_ENDINGS = {**STRONG_ENDINGS, "m": ("er", "en", "em", "es"), "n": ("es", "es", "em", "es")}
LIKE_EIN = frozenset({"ein", "kein", "mein", "unser", "sein", "ihr"})
LIKE_DIES = {"dieser": "dies", "jeder": "jed", "jener": "jen", "derselbe": "derselb"}
DETERMINERS = LIKE_EIN | LIKE_DIES.keys() | {"der", "$sein"}


class Adjective(NamedTuple):
    """Its predicative form, the stem that endings join, the stem of its superlative."""

    base: str
    stem: str
    superlative: str


class Noun(NamedTuple):
    """A noun: its gender and four cases, and those of its plural and of the word for a woman, where they were given."""

    gender: str
    forms: tuple[str, str, str, str]
    plural: tuple[str, str, str, str] | None
    woman: str | None


@cache
def adjective(source: str) -> Adjective:
    """The adjective that `source` denotes."""
    base, _, umlaut = source.partition(":")
    stem = base
    if base.endswith("e"):
        stem = base[:-1]
    elif base.endswith("el"):
        stem = base[:-2] + "l"
    elif base.endswith(("auer", "euer")):
        stem = base[:-2] + "r"
    root = umlaut or base.removesuffix("e")
    softened = root.endswith(("d", "t", "s", "ß", "z", "sch")) and not root.endswith(("end", "isch"))
    return Adjective(base, stem, root + ("est" if softened else "st"))


def noun_forms(gender: str, word: str) -> tuple[str, str, str, str]:
    """The four cases of a noun."""
    nominative, _, other = word.partition("/")
    if other:
        return nominative, other if gender == "m" else nominative, other, other
    nominative, _, genitive = word.partition("=")
    if gender == "f":
        return (nominative,) * 4
    if gender == "p":
        dative = nominative if nominative.endswith(("n", "s")) else nominative + "n"
        return nominative, nominative, dative, nominative
    if not genitive:
        genitive = nominative + ("es" if nominative.endswith(("s", "ß", "x", "z", "sch")) else "s")
    return nominative, nominative, nominative, genitive


@cache
def noun(source: str) -> Noun:
    """The noun that `source` ("f.Szene;Szenen") denotes."""
    gender, _, word = source.partition(".")
    word, _, woman = word.partition("|")
    word, _, plural = word.partition(";")
    return Noun(gender, noun_forms(gender, word), noun_forms("p", plural) if plural else None, woman or None)


def determine(word: str | None, gender: str, case: int) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """A determiner's form (none for None; a definite article is marked `°`), and the endings of adjectives after it."""
    if word is None:
        return [], STRONG_ENDINGS
    if word == "der":
        return ["°" + THE[gender][case]], WEAK_ENDINGS
    if word in LIKE_EIN:
        return [word + EIN_ENDINGS[gender][case]], MIXED_ENDINGS
    return [LIKE_DIES[word] + DIES_ENDINGS[gender][case]], WEAK_ENDINGS


# Third person singular in the present and the past; the plural in the present is the infinitive.
STRONG = """
sein ist war | haben hat hatte | werden wird wurde | lesen liest las | lassen lässt ließ | sprechen spricht sprach
finden findet fand | kommen kommt kam | gehen geht ging | fallen fällt fiel | halten hält hielt | treffen trifft traf
geben gibt gab | sehen sieht sah | verlieren verliert verlor | fangen fängt fing | bleiben bleibt blieb
laufen läuft lief | verlaufen verläuft verlief | brechen bricht brach | zerbrechen zerbricht zerbrach | treten tritt trat
stehen steht stand | verstehen versteht verstand | wissen weiß wusste | singen singt sang | springen springt sprang
verbrennen verbrennt verbrannte | stehlen stiehlt stahl | begraben begräbt begrub | schreiben schreibt schrieb
unterschreiben unterschreibt unterschrieb | vergessen vergisst vergaß | sitzen sitzt saß | reißen reißt riss
zerschlagen zerschlägt zerschlug | erfahren erfährt erfuhr | fahren fährt fuhr | tragen trägt trug | nennen nennt nannte
verderben verdirbt verdarb | scheinen scheint schien | erschießen erschießt erschoss | greifen greift griff
verschenken verschenkt verschenkte | verbringen verbringt verbrachte | bringen bringt brachte | schneiden schneidet schnitt
stehlen stiehlt stahl | streichen streicht strich | können kann konnte | wollen will wollte | müssen muss musste | sollen soll sollte | dürfen darf durfte | mögen mag mochte
gewinnen gewinnt gewann | beginnen beginnt begann | erziehen erzieht erzog | ziehen zieht zog | zerfallen zerfällt zerfiel
versprechen verspricht versprach | übertreffen übertrifft übertraf | bieten bietet bot | wiegen wiegt wog
verblassen verblasst verblasste | steigen steigt stieg | heißen heißt hieß | schließen schließt schloss
vertun vertut vertat | tun tut tat | raten rät riet | werfen wirft warf | überwiegen überwiegt überwog
entlassen entlässt entließ | übernehmen übernimmt übernahm | gestehen gesteht gestand | verschwenden verschwendet verschwendete | schlafen schläft schlief | denken denkt dachte
ertrinken ertrinkt ertrank | schießen schießt schoss | überschreiten überschreitet überschritt | empfinden empfindet empfand
beleidigen beleidigt beleidigte | verpassen verpasst verpasste | bekommen bekommt bekam | verdienen verdient verdiente
"""
FIRST = {"sein": "bin", "haben": "habe", "wissen": "weiß"} | {
    verb: third for verb, third in (
        ("können", "kann"), ("wollen", "will"), ("müssen", "muss"), ("sollen", "soll"), ("dürfen", "darf"), ("mögen", "mag"),
    )
}  # fmt: skip


@cache
def strong_verbs() -> dict[str, tuple[str, str]]:
    """Infinitive to third person present and past."""
    entries = [entry.split() for line in STRONG.strip().splitlines() for entry in line.split(" | ")]
    return {infinitive: (present, past) for infinitive, present, past in entries}


@cache
def conjugate(infinitive: str, past: bool, person: int) -> str:
    """A finite form; `person` is 0 for "ich", 1 for the third person singular, 2 for plurals and the polite "Sie"."""
    strong = strong_verbs().get(infinitive)
    stem = re.sub(r"e?n$", "", infinitive)
    link = "e" if re.search(r"[td]$|[^aeiouäöülrmnh][mn]$", stem) else ""
    if past:
        singular = strong[1] if strong else stem + link + "te"
        return singular if person < 2 else singular + ("n" if singular.endswith("e") else "en")
    if person == 2:
        return "sind" if infinitive == "sein" else infinitive
    if person == 0:
        return FIRST.get(infinitive, infinitive.removesuffix("n"))
    third = stem + link + "t"
    return strong[0] if strong else third
