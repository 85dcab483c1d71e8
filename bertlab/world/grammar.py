"""The rule language: tables of weighted patterns, compiled once.

**A table** is a string. Its options stand on lines of their own or between ` | `. An option may open with a weight
(`3* `, otherwise 1) and close with tags: `#contrast` notes a phenomenon, `~pl` makes the option plural.

**A pattern** is English with marks:

| in a pattern | means |
|---|---|
| `{story.adj}` | a slot: the table of that name |
| `{!adj}` | the same, but of the opposite polarity; `{+adj}` and `{-adj}` fix it |
| `{title}`, `{lead.his}` | a fact of the film (`films.FACTS`), where no table has that name |
| `is/are` | number agreement with the last subject; `is/are/was/were`: and with the review's tense |
| `^word` | capitalised |
| `it_S=film` | marks after an underscore, inside the braces for a slot |

**Marks.** `S` subject and `V` verb: the arc verb to subject. `N` negator and `X` what it negates: that arc, and the
phenomenon "negation". A digit keeps clauses apart (`S2`, `V2`). `H` is the head of the pattern, which stands for it
where the pattern fills a marked slot (otherwise its last word). `=film` is a pronoun for the film, `+film` another
name of it ("the movie"): the arc from a pronoun goes to the last name.

**Polarity.** Each rule is expanded for or against. A table whose name ends in `+` or `-` serves one polarity; the one
without a sign serves both and hands its polarity down, so `{!aspect}, but {aspect}` is two sentences with one frame.

**Distance.** Where a table `name@far` exists, it replaces `name` as long as the film was not the topic of the sentence
before: "it" would point nowhere.

**A second language** is another table of tables with the same names, each with as many options in the same order. A
derivation names the rule and the option of every choice, in pre-order, and the probabilities belong to the choice and
not to the words: so a German pattern realises the very derivation, its slots ordered as German wants them and matched
to the English ones by name and count, its own agreement read off the same features.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

SLOT = r"\{(?P<sign>[!+-]?)(?P<name>[a-z][a-z.]*)(?P<smarks>(?:_[A-Z0-9]+)?(?:[=+][a-z]+)?)\}"
WORD = r"(?P<word>[A-Za-z0-9]+(?:[-'/][A-Za-z0-9']+)*)(?P<wmarks>(?:_[A-Z0-9]+)?(?:[=+][a-z]+)?)"
PIECE = re.compile(rf"(?P<cap>\^)?(?:{SLOT}|{WORD}|(?P<point>'s|\.\.\.|[-.,;:!?\"()]))")
CLITIC = re.compile(r"(.+)('(?:s|re|ve|ll|d|m))$")
OPTION = re.compile(r"(?:(?P<weight>[0-9.]+)\* *)?(?P<pattern>.*?)(?P<tags>(?: *[#~][a-z]+)*)$")

RUN, FORMS, CALL, FACT = range(4)


class Marks(NamedTuple):
    """What a pattern says about a word or slot: clause roles, the head, and the referent it names or stands for."""

    roles: tuple[tuple[str, str], ...]
    head: bool
    pronoun: str | None
    mention: str | None


class Operation(NamedTuple):
    """A step of a compiled pattern. `value` is words (RUN), forms (FORMS), a table (CALL) or a fact's name (FACT)."""

    code: int
    value: object
    spaces: tuple[bool, ...]
    marks: Marks | None
    capital: bool


class Option(NamedTuple):
    """A way to expand a rule."""

    pattern: str
    operations: tuple[Operation, ...]
    tags: frozenset[str]
    plural: bool


@dataclass(slots=True)
class Table:
    """A compiled rule: its options, their probabilities, and how a review avoids using one twice.

    `memory` names what the review remembers of the options used (shared by rules whose options correspond, so that
    none repeats what another has used); None where options may come again.
    """

    name: str
    memory: str | None
    options: tuple[Option, ...] = ()
    probabilities: tuple[float, ...] = ()
    cumulative: tuple[float, ...] = ()
    far: Table | None = field(default=None, repr=False)


def read_options(source: str) -> list[tuple[float, str, frozenset[str]]]:
    """The options of a table as (weight, pattern, tags and flags), in order."""
    lines = [part.strip() for line in source.strip().splitlines() for part in line.split(" | ")]
    found = []
    for line in lines:
        parsed = OPTION.match(line)
        assert parsed is not None
        found.append((float(parsed["weight"] or 1), parsed["pattern"].strip(), frozenset(parsed["tags"].split())))
    return found


# Vowel letters that sound like consonants, and the reverse; all other words go by their first letter.
A_BEFORE = ("uni", "use", "usu", "one", "once", "eu")
AN_BEFORE = ("hour", "honest", "honour", "heir")


def article(word: str) -> str:
    """"a" or "an", as the next word sounds."""
    lower = word.lower()
    if lower.startswith(A_BEFORE) and not lower.startswith(("unim", "unin")):
        return "a"
    return "an" if lower[0] in "aeiou" or lower.startswith(AN_BEFORE) else "a"


class Grammar:
    """Compiles tables on demand, each once per polarity."""

    def __init__(self, sources: dict[str, str], fresh: dict[str, str], facts: frozenset[str]) -> None:
        self.sources = sources
        self.fresh = fresh
        self.facts = facts
        self._tables: dict[tuple[str, int], Table] = {}

    def table(self, name: str, polarity: int) -> Table:
        """The table `name` for a polarity (+1 or -1). Raises KeyError where the grammar has no such rule."""
        signed = name + ("+" if polarity > 0 else "-")
        source = signed if signed in self.sources else name
        key = (source, polarity)
        if key not in self._tables:
            label = source if source == signed else f"{name}({'+' if polarity > 0 else '-'})"
            memory = self.fresh.get(name)
            if memory is not None and source == signed:
                # Two tables of one name and two signs have nothing in common but the name.
                memory += signed[-1]
            table = self._tables[key] = Table(label, memory)
            self._fill(table, self.sources[source], polarity)
            if f"{name}@far" in self.sources:
                table.far = self.table(f"{name}@far", polarity)
        return self._tables[key]

    def has(self, name: str) -> bool:
        """Whether a rule of that name exists, with or without a sign."""
        return name in self.sources or f"{name}+" in self.sources

    def _fill(self, table: Table, source: str, polarity: int) -> None:
        parsed = read_options(source)
        total = sum(weight for weight, _, _ in parsed)
        table.options = tuple(
            Option(
                pattern,
                tuple(self._compile(pattern, polarity)),
                frozenset(tag[1:] for tag in tags if tag[0] == "#"),
                "~pl" in tags,
            )
            for _, pattern, tags in parsed
        )
        table.probabilities = tuple(weight / total for weight, _, _ in parsed)
        table.cumulative = tuple(accumulate(table.probabilities))

    def _compile(self, pattern: str, polarity: int) -> list[Operation]:
        operations: list[Operation] = []
        for chunk in pattern.split():
            at = 0
            while at < len(chunk):
                piece = PIECE.match(chunk, at)
                if piece is None:
                    raise ValueError(f"cannot read {chunk!r} at {chunk[at:]!r} in the pattern {pattern!r}")
                self._append(operations, piece, at == 0, polarity)
                at = piece.end()
        return operations

    def _append(self, operations: list[Operation], piece: re.Match[str], space: bool, polarity: int) -> None:
        marks, capital = read_marks(piece["smarks"] or piece["wmarks"]), piece["cap"] is not None
        name, word = piece["name"], piece["word"] or piece["point"]
        if name is not None:
            sign = {"": polarity, "!": -polarity, "+": 1, "-": -1}[piece["sign"]]
            if not self.has(name) and name not in self.facts:
                raise ValueError(f"{{{name}}} is neither a rule of the grammar nor a fact of a film: add it or mend it")
            code, value = (CALL, self.table(name, sign)) if self.has(name) else (FACT, name)
            operations.append(Operation(code, value, (space,), marks, capital))
        elif "/" in word:
            operations.append(Operation(FORMS, tuple(word.split("/")), (space,), marks, capital))
        else:
            clitic = CLITIC.match(word)
            if clitic is None:
                add_words(operations, (word,), (space,), marks, capital)
            else:
                # In "it's_VSH=film" the verb is the clitic: it takes V and H; the rest is the pronoun's.
                verb = tuple(role for role in marks.roles if role[0] == "V") if marks else ()
                own = Marks(verb, marks.head, None, None) if marks else None
                other = tuple(role for role in marks.roles if role[0] != "V") if marks else ()
                rest = Marks(other, False, marks.pronoun, marks.mention) if marks else None
                add_words(operations, (clitic[1],), (space,), rest, capital)
                add_words(operations, (clitic[2],), (False,), own, False)


def add_words(
    operations: list[Operation], words: tuple[str, ...], spaces: tuple[bool, ...], marks: Marks | None, capital: bool
) -> None:
    """Append words; plain ones join the run before them, so that a pattern is few operations."""
    last = operations[-1] if operations else None
    if last is not None and last.code == RUN and last.marks is None and marks is None and not capital:
        operations[-1] = last._replace(value=last.value + words, spaces=last.spaces + spaces)
    else:
        operations.append(Operation(RUN, words, spaces, marks, capital))


def read_marks(source: str | None) -> Marks | None:
    """`SX2=film` as Marks; None where there is none."""
    if not source:
        return None
    letters, kind, referent = re.fullmatch(r"_?([A-Z0-9]*)(?:([=+])([a-z]+))?", source).groups()
    roles = tuple((r, digit) for r, digit in re.findall(r"([SVNX])(\d?)", letters))
    return Marks(roles, "H" in letters, referent if kind == "=" else None, referent if kind == "+" else None)
