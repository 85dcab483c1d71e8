"""The notation of the German tables, and how it is read.

Tables have the names of the English ones (`bertlab.world.grammar`), each as many options in the same order, and an
option uses the slots of its English counterpart, in German's order. What a table holds goes by its name (`kind_of`):
text, adjectives, nouns, verbs, predicates or clauses.

| in a pattern | means |
|---|---|
| `{adj}`, `{!adj}`, `{adj#2}` | the slot that is written so in the English option; its second occurrence |
| `{phrase:dat}` | in a case; others are `nom`, `acc`, `gen`; without, in the case of the place where it stands |
| `{aspect:s}` | a clause in subordinate order; `i`: verb first, since something stands before it; `m`: main order |
| `{aspect:c}` | subordinate where the sentence is, else in main order: for the later clauses of a sentence |
| `{happening:s.pres}` | in the present; `.past`: in the past |
| `{affect:inf}` | a form: infinitive, participle (`ptc`), with "zu" (`zu`); of adjectives, superlative (`sup`) |
| `{role:nom.0}` | without an article |
| `<der {adj} {genre}:dat>` | a noun phrase, whose parts agree; in words, `letzt~` is an adjective, `f.Szene` a noun |
| `[subject / verb / middle / end / after]` | a clause; empty fields at the end may be left out |
| `[front ^ subject / verb]` | something before the verb, which then comes before the subject |
| `[s:subject / verb]` | a clause in an order, as with slots |
| `[a / b & c]` | two predicates of one subject |
| `[{aspect} + {when}]` | a clause with an adverbial put where it belongs |
| `@sein`, `@sein.p`, `@sein.i` | a verb that agrees with its subject: in the review's tense, the present, the past |
| `auf-` | a separable prefix, in the end field |
| `$er`, `$ihn`, `$ihm`, `$sein` | the pronoun for the film |
| `%nom`, `%acc`, `%dat` | the relative pronoun for the noun or name before |
| `~seine`, `(ein Held//eine Heldin)` | as the character is a man or a woman |
| `^word` | capitalised |
| `, ... ,` | subordinate clauses have both commas; those that meet another mark or an end vanish |
| `an *`, `von *dat` | in a predicate: where what the sentence says of it goes, in the accusative or another case |
| `1*` | nothing |
| `pattern ;; pattern` | the second where something stands before the sentence |

A clause that begins with a comma goes behind the verb wherever it was written, except at the very front. An option's
flags: `~past` and `~pres` fix the tense of what it contains, `~f` says that it names the film by a feminine noun.
Openers say what order follows: `~inv` verb first, `~sub` subordinate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from bertlab.world.german.morphology import CASES, DETERMINERS, Adjective, Noun, adjective, noun

SLOT = re.compile(r"\{([!+-]?[a-z][a-z.]*)(?:#(\d))?(?::([a-z0.]+))?\}")
TOKEN = re.compile(
    r"\((?P<man>[^()/]*)//(?P<woman>[^()]*)\)|(?P<slot>\{[^}]*\})|(?P<verb>@[a-zäöüß]+(?:\.[pi])?)"
    r"|(?P<point>[.,;:?!()„“^])|(?P<word>(?:[^\s.,;:?!()„“^{<\[]|\.(?=\S))+)"
)
ORDERS = frozenset("smcio")
TEXT, ADJECTIVE, NOUN, VERB, PREDICATE, CLAUSE = range(6)


class Slot(NamedTuple):
    """A slot: the number of the child in the derivation, or a fact's name; and how it is to be realised."""

    child: int | None
    fact: str | None
    case: int | None
    order: str
    past: bool | None
    form: str | None


class Finite(NamedTuple):
    """A verb to conjugate, in a fixed tense or (None) that of the place."""

    infinitive: str
    past: bool | None


class Gendered(NamedTuple):
    """What to say of a man and of a woman."""

    man: str
    woman: str


class Reference(NamedTuple):
    """A pronoun: "$" for the film or "%" relative, in a case."""

    kind: str
    case: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase: its determiner, the words, adjectives, nouns and slots after it, and the case if fixed."""

    determiner: str | None
    parts: tuple[str | Slot | Adjective | Noun, ...]
    case: int | None


@dataclass(frozen=True, slots=True)
class Predicate:
    """A verb (words, a verb to conjugate or a slot for a predicate) and what stands with it."""

    verb: tuple
    middle: tuple
    end: tuple
    after: tuple


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause: a subject and predicates, or a `slot` for a clause with adverbials."""

    order: str
    front: tuple
    subject: tuple
    predicates: tuple[Predicate, ...]
    slot: Slot | None = None
    adverbials: tuple[tuple, ...] = ()


class Pattern(NamedTuple):
    """A compiled option: what it holds, what it holds where something stands before it, and its flags."""

    content: object
    other: object
    flags: frozenset[str]


class Reader:
    """Reads the patterns of one option. `children` and `facts` are the slots of its English counterpart."""

    def __init__(self, children: dict[tuple[str, int], int], facts: dict[tuple[str, int], str]) -> None:
        self.children = children
        self.facts = facts
        self.used: set[tuple[str, int]] = set()

    def slot(self, source: str) -> Slot:
        """`{name#2:marks}`."""
        found = SLOT.fullmatch(source)
        if found is None:
            raise ValueError(f"cannot read the slot {source}")
        key = (found[1], int(found[2] or 1))
        if key not in self.children and key not in self.facts:
            known = sorted(f"{name}#{number}" for name, number in {**self.children, **self.facts})
            raise ValueError(f"the English option has no slot {source}; it has {', '.join(known) or 'none'}")
        self.used.add(key)
        case, order, past, form = None, "o", None, None
        for mark in (found[3] or "").split(".") if found[3] else ():
            if mark in CASES:
                case = CASES[mark]
            elif mark in ORDERS:
                order = mark
            elif mark in ("pres", "past"):
                past = mark == "past"
            else:
                form = mark
        return Slot(self.children.get(key), self.facts.get(key), case, order, past, form)

    def text(self, source: str) -> tuple:
        """Words, slots, noun phrases and clauses, in order."""
        items: list = []
        at = 0
        while at < len(source):
            if source[at].isspace():
                at += 1
            elif source[at] in "<[":
                end = closing(source, at)
                inner = source[at + 1 : end]
                items.append(self.phrase(inner) if source[at] == "<" else self.clause(inner))
                at = end + 1
            else:
                found = TOKEN.match(source, at)
                if found is None:
                    raise ValueError(f"cannot read {source[at:]!r}")
                items.append(self.item(found))
                at = found.end()
        return tuple(items)

    def item(self, found: re.Match[str]) -> object:
        if found["slot"]:
            return self.slot(found["slot"])
        if found["verb"]:
            infinitive, _, tense = found["verb"][1:].partition(".")
            return Finite(infinitive, {"": None, "p": False, "i": True}[tense])
        if found["man"] is not None:
            return Gendered(found["man"], found["woman"])
        word = found["point"] or found["word"]
        if word[0] == "~":
            stem = word[1:]
            women = {"er": "sie", "ihn": "sie", "ihm": "ihr"}
            return Gendered(stem, women.get(stem) or "ihr" + stem.removeprefix("sein"))
        if word in ("$er", "$ihn", "$ihm"):
            return Reference("$", ("$er", "$ihn", "$ihm").index(word))
        if word in ("%nom", "%acc", "%dat", "%gen"):
            return Reference("%", CASES[word[1:]])
        return word

    def phrase(self, source: str) -> Phrase:
        """The inside of `<...>`, or an entry of a table of nouns."""
        body, _, case = source.rpartition(":") if re.search(r":(nom|acc|dat|gen)$", source) else (source, "", "")
        words = body.split()
        determiner = words.pop(0) if words[0] in DETERMINERS else None
        parts: list = []
        for word in words:
            if word[0] == "{":
                parts.append(self.slot(word))
            elif word[-1] == "~":
                parts.append(adjective(word[:-1]))
            elif word[1:2] == "." and word[0] in "mfnp":
                parts.append(noun(word))
            else:
                parts.append(word)
        return Phrase(determiner, tuple(parts), CASES[case] if case else None)

    def clause(self, source: str) -> Clause:
        """The inside of `[...]`, or an entry of a table of clauses."""
        order = "o"
        if source[1:2] == ":" and source[0] in ORDERS:
            order, source = source[0], source[2:].lstrip()
        front, body = ([""] + split(source, "^"))[-2:]
        if len(split(body, "/")) == 1:
            first, *rest = split(body, "+")
            slot = self.slot(first)
            return Clause(order, self.text(front), (), (), slot, tuple(self.text(part) for part in rest))
        first, *rest = split(body, "&")
        subject, *fields = split(first, "/")
        predicates = tuple(self.predicate(part) for part in (" / ".join(fields), *rest))
        return Clause(order, self.text(front), self.text(subject), predicates)

    def predicates(self, source: str) -> tuple[Predicate, ...]:
        """An entry of a table of predicates."""
        return tuple(self.predicate(part) for part in split(source, "&"))

    def predicate(self, source: str) -> Predicate:
        fields = [self.text(part) for part in split(source, "/")]
        if len(fields) > 4:
            raise ValueError(f"{source!r} has more fields than verb, middle, end, after")
        return Predicate(*fields, *[()] * (4 - len(fields)))


def closing(source: str, at: int) -> int:
    """Where the bracket at `at` closes."""
    opening, shut, depth = source[at], {"<": ">", "[": "]"}[source[at]], 0
    for i in range(at, len(source)):
        depth += (source[i] == opening) - (source[i] == shut)
        if depth == 0:
            return i
    raise ValueError(f"a {opening} is not closed in {source!r}")


def split(source: str, mark: str) -> list[str]:
    """The parts between marks that stand between spaces and outside brackets."""
    parts, depth, start = [], 0, 0
    for i, letter in enumerate(source):
        depth += (letter in "<[{") - (letter in ">]}")
        alone = (i == 0 or source[i - 1].isspace()) and (i + 1 == len(source) or source[i + 1].isspace())
        if letter == mark and depth == 0 and alone:
            parts.append(source[start:i].strip())
            start = i + 1
    return [*parts, source[start:].strip()]
