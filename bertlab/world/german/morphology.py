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
begraben begräbt begrub | beginnen beginnt begann | bieten bietet bot | bleiben bleibt blieb | brechen bricht brach
bringen bringt brachte | entlassen entlässt entließ | fahren fährt fuhr | fallen fällt fiel | finden findet fand
geben gibt gab | gehen geht ging | gestehen gesteht gestand | haben hat hatte | halten hält hielt | kommen kommt kam
lassen lässt ließ | lesen liest las | müssen muss musste | sein ist war | singen singt sang | sitzen sitzt saß
sollen soll sollte | stehlen stiehlt stahl | streichen streicht strich | tragen trägt trug | treffen trifft traf
tun tut tat | unterschreiben unterschreibt unterschrieb | verbrennen verbrennt verbrannte | vergessen vergisst vergaß
verlieren verliert verlor | werden wird wurde | wissen weiß wusste | zerschlagen zerschlägt zerschlug | ziehen zieht zog
übernehmen übernimmt übernahm
"""
# First persons in the present that are not the stem and "e".
FIRST = {"sein": "bin", "wissen": "weiß", "müssen": "muss", "sollen": "soll"}


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
        return FIRST.get(infinitive, stem + "e")
    third = stem + link + "t"
    return strong[0] if strong else third


def verb_form(source: str, form: str | None) -> list[str]:
    """A form of "mit|reißen / mitgerissen": the participle (ptc), the infinitive with "zu" (zu), or the infinitive."""
    infinitive, participle = source.split(" / ")
    if form == "ptc":
        return participle.split()
    prefix, _, bare = infinitive.rpartition("|")
    if form == "zu":
        # "mitzureißen" but "für sich zu gewinnen".
        bare = f"zu{bare}" if prefix and prefix[-1] != " " else f"zu {bare}"
    return (prefix + bare).split()
