"""What a predictor knows of films that it has never heard of: the tables that films are drawn from, as variables.

A fact of a film is a sequence of variables: `lead` is the woman or man that it is, then a first name, then a surname.
Variables of one `group` (the events of a film, its hero and his friend) take different values.

**Titles.** No two films of the catalogue share one, and draws that would repeat a title were thrown away: of a pattern
with few titles, more are used up. A title that a draw hits with probability p is in a catalogue of N draws with
probability 1 - exp(-Np); all titles of a pattern share one p, so this only reweights the patterns.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import NamedTuple

from bertlab.world import lexicon_films as lexicon
from bertlab.world.films import CATALOGUE_SIZE, NUMBERS, PRONOUNS, cut, plural, with_pronouns
from bertlab.world.grammar import read_options
from bertlab.world.oracle.tokens import pieces


class Entry(NamedTuple):
    """A value of a variable: its number, its words (pre-tokens) in each view, and under what it can be taken."""

    index: int
    words: dict[str, tuple[str, ...]]
    weight: float = 1.0
    woman: int | None = None
    tone: int | None = None


class Variable(NamedTuple):
    """What a fact is made of. `gender` and `tone` name the variables that its entries depend on."""

    name: str
    group: str
    entries: tuple[Entry, ...]
    gender: str | None = None
    tone: str | None = None


def spell(text: str) -> tuple[str, ...]:
    """A fact's words as pre-tokens."""
    return tuple(piece for word in cut(text)[0] for piece in pieces(word))


def listed(source: str, offset: int = 0, **conditions: int) -> tuple[Entry, ...]:
    """The options of a table as entries."""
    return tuple(
        Entry(offset + i, {"": spell(text)}, weight, **conditions)
        for i, (weight, text, _) in enumerate(read_options(source))
    )


def either(women: str, men: str) -> tuple[Entry, ...]:
    """Names: those of women, then those of men."""
    return listed(women, woman=1) + listed(men, 1000, woman=0)


def goals() -> tuple[Entry, ...]:
    """What heroes do, told of a man and of a woman, by the tone of the genre."""
    return tuple(
        Entry(1000 * tone + i, {"": spell(with_pronouns(text, bool(woman)))}, weight, woman, tone)
        for tone, name in enumerate(("dark", "light"))
        for i, (weight, text, _) in enumerate(read_options(lexicon.GOALS[name]))
        for woman in (0, 1)
    )


def toned(sources: dict[str, str]) -> tuple[Entry, ...]:
    """Events, by the tone of the genre."""
    return listed(sources["dark"], tone=0) + listed(sources["light"], 1000, tone=1)


def genres() -> tuple[Entry, ...]:
    """Genres, singular and plural."""
    return tuple(
        Entry(i, {"": spell(text), "s": spell(plural(text))}, weight, None, int("~light" in flags))
        for i, (weight, text, flags) in enumerate(read_options(lexicon.GENRES))
    )


def years() -> tuple[Entry, ...]:
    """Years and their decades: 90 of them, the recent ones likelier."""
    edges = [(k / 90) ** (1 / 0.6) for k in range(91)]
    return tuple(
        Entry(k, {"": (str(1930 + k),), "s": (f"{(1930 + k) // 10 * 10}s",)}, edges[k + 1] - edges[k])
        for k in range(90)
    )


SEX = tuple(
    Entry(woman, {"": (), **{he: ((she if woman else he),) for he, she in PRONOUNS.items()}}, 0.5) for woman in (0, 1)
)


class Prior:
    """The variables of a film (`variables`), and of what each fact is made (`facts`: pairs of variable and view).

    `titles` are patterns as (weight, parts); a part is a word of the pattern, or a pair of a variable and the table
    that it draws from.
    """

    def __init__(
        self,
        variables: tuple[Variable, ...],
        facts: dict[str, tuple[tuple[str, str], ...]],
        titles: tuple[tuple[float, tuple[str, ...]], ...] = (),
        slots: dict[str, tuple[Entry, ...]] | None = None,
    ) -> None:
        self.variables = {variable.name: variable for variable in variables}
        self.facts = facts
        self.titles = titles
        self.slots = slots or {}

    def groups(self, fact: str) -> tuple[str, ...]:
        """The groups of variables that a fact touches, those that its variables depend on among them."""
        if fact == "title":
            inner = [p[1:-1] for _, parts in self.titles for p in parts if p[0] == "{" and p[1:-1] not in self.slots]
            return ("title", *sorted({group for name in inner for group in self.groups(name)}))
        found: dict[str, None] = {}
        for name, _ in self.facts[fact]:
            variable = self.variables[name]
            for each in (variable.gender, variable.tone):
                if each is not None:
                    found[each] = None
            found[variable.group] = None
        return tuple(found)

    def lengths(self, fact: str) -> tuple[int, int]:
        """The fewest and the most pre-tokens of a fact."""
        if fact == "title":
            spans = [[self._span(part) for part in parts] for _, parts in self.titles]
            return min(sum(low for low, _ in s) for s in spans), max(sum(high for _, high in s) for s in spans)
        sizes = [[len(e.words[view]) for e in self.variables[name].entries] for name, view in self.facts[fact]]
        return sum(map(min, sizes)), sum(map(max, sizes))

    def _span(self, part: str) -> tuple[int, int]:
        if part[0] != "{" or part[1:-1] not in self.slots:
            return self.lengths(part[1:-1]) if part[0] == "{" else (1, 1)
        sizes = [len(entry.words[""]) for entry in self.slots[part[1:-1]]]
        return min(sizes), max(sizes)


def title_patterns() -> tuple[tuple[float, tuple[str, ...]], ...]:
    """The patterns of titles with the weights that they have in the catalogue."""
    sizes = {name: len(read_options(source)) for name, source in lexicon.TITLE_WORDS.items()}
    sizes |= {
        "hero": len(either(lexicon.CHARACTERS_WOMEN, lexicon.CHARACTERS_MEN)),
        "place": len(read_options(lexicon.PLACES)),
    }
    found = []
    for weight, pattern, _ in read_options(lexicon.TITLES):
        parts = tuple(re.findall(r"\{[a-z]+\}|\w+|[^\w\s]", pattern.replace("{first}", "{hero}")))
        slots = [part[1:-1] for part in parts if part[0] == "{"]
        size = math.prod(sizes[slot] - slots[:i].count(slot) for i, slot in enumerate(slots))
        found.append((weight, parts, size))
    total = sum(weight for weight, _, _ in found)

    def kept(draws: float) -> list[float]:
        return [size * -math.expm1(-draws * weight / total / size) for weight, _, size in found]

    low, high = float(CATALOGUE_SIZE), 100.0 * CATALOGUE_SIZE
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(kept(middle)) < CATALOGUE_SIZE else (low, middle)
    return tuple(
        (share / CATALOGUE_SIZE, tuple(part if part[0] == "{" else part.lower() for part in parts))
        for share, (_, parts, _) in zip(kept(low), found, strict=True)
    )


@cache
def film_prior() -> Prior:
    """The prior of the film world's own films."""
    surnames, roles, objects = listed(lexicon.SURNAMES), listed(lexicon.ROLES), listed(lexicon.OBJECTS)
    events, first = toned(lexicon.EVENTS), either(lexicon.WOMEN, lexicon.MEN)
    names = either(lexicon.CHARACTERS_WOMEN, lexicon.CHARACTERS_MEN)
    light = sum(entry.weight for entry in genres() if entry.tone)
    dark = sum(entry.weight for entry in genres() if not entry.tone)
    variables = [
        Variable("tone", "tone", (Entry(0, {"": ()}, dark), Entry(1, {"": ()}, light))),
        Variable("genre", "genre", genres(), tone="tone"),
        Variable("year", "year", years()),
        Variable("place", "place", listed(lexicon.PLACES)),
        Variable("hero", "names", names, gender="lead.woman"),
        Variable("friend", "names", names, gender="costar.woman"),
        Variable("role", "roles", roles),
        Variable("friend.role", "roles", roles),
        Variable("goal", "goals", goals(), gender="lead.woman", tone="tone"),
        Variable("friend.goal", "goals", goals(), gender="costar.woman", tone="tone"),
    ]
    facts: dict[str, tuple[tuple[str, str], ...]] = {
        "year": (("year", ""),), "decade": (("year", "s"),), "place": (("place", ""),),
        "genre": (("tone", ""), ("genre", "")), "genres": (("tone", ""), ("genre", "s")),
        "hero": (("lead.woman", ""), ("hero", "")), "friend": (("costar.woman", ""), ("friend", "")),
        "role": (("role", ""),), "friend.role": (("friend.role", ""),),
        "goal": (("lead.woman", ""), ("tone", ""), ("goal", "")),
        "friend.goal": (("costar.woman", ""), ("tone", ""), ("friend.goal", "")),
    }  # fmt: skip
    for who in ("director", "lead", "costar"):
        woman = f"{who}.woman"
        variables.append(Variable(woman, woman, SEX))
        variables.append(Variable(f"{who}.first", f"{who}.first", first, gender=woman))
        variables.append(Variable(f"{who}.last", f"{who}.last", surnames))
        facts[who] = ((woman, ""), (f"{who}.first", ""), (f"{who}.last", ""))
    for he in PRONOUNS:
        facts |= {f"{who}.{he}": ((f"{who}.woman", he),) for who in ("director", "lead", "costar")}
        facts[f"hero.{he}"] = (("lead.woman", he),)
    for name in NUMBERS:
        variables.append(Variable(f"event.{name}", "events", events, tone="tone"))
        facts[f"event.{name}"] = (("tone", ""), (f"event.{name}", ""))
    for name in NUMBERS[:-1]:
        variables.append(Variable(f"object.{name}", "objects", objects))
        facts[f"object.{name}"] = ((f"object.{name}", ""),)
    slots = {name: listed(source) for name, source in lexicon.TITLE_WORDS.items()}
    return Prior(tuple(variables), facts, title_patterns(), slots)
