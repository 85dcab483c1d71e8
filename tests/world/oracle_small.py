"""Small worlds in which every review there is can be listed, so that the oracle can be checked against counting."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import ClassVar

from bertlab.world import stream
from bertlab.world import writer as writing
from bertlab.world.films import Film, Person
from bertlab.world.grammar import Grammar
from bertlab.world.oracle import Oracle, basic_tokens
from bertlab.world.oracle import trace as tracing
from bertlab.world.oracle.prior import SEX, Prior, Variable, listed
from bertlab.world.structure import Review
from bertlab.world.writer import Writer

PLAN = {
    "label": "2* negative | 3* positive",
    "tense": "past | 2* present",
    "kind": "2* clear | 1* mixed",
    "length": "1* 1",
    "start.short": "1* thesis | 3* opening",
    "start.long": "1* thesis | 3* opening",
    "close.clear": "2* verdict | 1* last",
    "close.mixed": "1* verdict | 3* last",
}
FRESH = {name: name for name in ("adj", "who", "plain", "opener")}

MEMORY = {
    **PLAN,
    "length": "2* 1 | 1* 2",
    "step.clear": "3* plain | 1* fact",
    "step.mixed": "2* plain | 1* !plain",
    "opening": "I saw_V a {thing}.",
    "thesis": "what a {adj} film+film!",
    "film": "2* it_H=film | the film_H+film",
    "film@far": "the film_H+film | 3* this thing_H+film",
    "plain": "2* {film_S} is/is/was/was_V {adj}. | {who} says it.",
    "fact": "it runs.",
    "verdict": "ask {who}.",
    "last": "the end is/is/was/was {adj}.",
    "adj+": "2* good | open",
    "adj-": "bad | 3* dull",
    "thing": "2* film | opera",
    "who": "3* my aunt | an usher",
    "concede": "granted, | yes,",
    "turn": "yes,",
    "further": "also,",
    "opener": "2* | frankly,",
}

FACTS = {
    **PLAN,
    "tense": "past",
    "kind": "clear",
    "step.clear": "fact",
    "opening": "{title} has {lead} as {hero}. | {lead} sings in {title}.",
    "thesis": "{lead} makes {title} {adj}.",
    "fact": "{hero} meets {friend} in {place}. | {lead.his} {object.one}, then {object.two}. | {film} in {place}.",
    "film": "the film_H+film | {title_H}",
    "film@far": "{title_H}",
    "close.clear": "2* last",
    "last": "{hero} and {friend} in {film.of} {object.one}.",
    "film.of": "the film_H+film of",
    "adj+": "good",
    "adj-": "bad",
}
FACT_NAMES = frozenset({"title", "lead", "lead.he", "lead.his", "hero", "friend", "place", "object.one", "object.two"})


def films() -> tuple[Film, ...]:
    """Every film of the small world of facts, those of greater weight more than once."""
    found = []
    for noun, place, woman, other in product(("Oar", "Map", None), ("Oslo", "Riga"), (False, True), (False, True)):
        for hero, friend in product(
            ("Ada", "Una") if woman else ("Abe", "Gus"), ("Ada", "Una") if other else ("Abe", "Gus")
        ):
            if hero == friend:
                # The friend is drawn again: the other name has both chances.
                friend = {"Ada": "Una", "Una": "Ada", "Abe": "Gus", "Gus": "Abe"}[hero]
            title = f"{hero} of {place}" if noun is None else f"The {noun}"
            lead = Person("Thea Orme" if woman else "Ivo Orme", woman)
            for objects in (("the trial", "the duel"), ("the duel", "the trial")):
                found.append(
                    Film(
                        title,
                        1990,
                        "drama",
                        lead,
                        lead,
                        Person("Ivo Orme", other),
                        hero,
                        friend,
                        "a",
                        "b",
                        "c",
                        "d",
                        (),
                        objects,
                        place,
                    )
                )
    return tuple(found)


def fact_prior() -> Prior:
    """The tables that those films are drawn from."""
    names = listed("Ada | Una", woman=1) + listed("Abe | Gus", 1000, woman=0)
    variables = (
        Variable("lead.woman", "lead.woman", SEX),
        Variable("costar.woman", "costar.woman", SEX),
        Variable(
            "lead.first", "lead.first", listed("Thea", woman=1) + listed("Ivo", 1000, woman=0), gender="lead.woman"
        ),
        Variable("lead.last", "lead.last", listed("Orme")),
        Variable("hero", "names", names, gender="lead.woman"),
        Variable("friend", "names", names, gender="costar.woman"),
        Variable("place", "place", listed("Oslo | Riga")),
        Variable("object.one", "objects", listed("the trial | the duel")),
        Variable("object.two", "objects", listed("the trial | the duel")),
    )
    facts = {
        "lead": (("lead.woman", ""), ("lead.first", ""), ("lead.last", "")),
        "lead.he": (("lead.woman", "he"),),
        "lead.his": (("lead.woman", "his"),),
        "hero": (("lead.woman", ""), ("hero", "")),
        "friend": (("costar.woman", ""), ("friend", "")),
        "place": (("place", ""),),
        "object.one": (("object.one", ""),),
        "object.two": (("object.two", ""),),
    }
    titles = ((2 / 3, ("the", "{noun}")), (1 / 3, ("{hero}", "of", "{place}")))
    return Prior(variables, facts, titles, {"noun": listed("Oar | Map")})


class Scripted(Writer):
    """A writer that takes the options of a script, and the first one that is possible where the script ends."""

    script: ClassVar[list[int]] = []
    last: Scripted

    def __init__(self, random: object, split: str) -> None:
        self.taken: list[tuple[int, list[int]]] = []
        super().__init__(random, split)

    def _next(self, possible: list[int]) -> int:
        at = len(self.taken)
        option = Scripted.script[at] if at < len(Scripted.script) else possible[0]
        self.taken.append((option, possible))
        Scripted.last = self
        return option

    def _draw(self, rule, size):
        index = self._next(list(range(size)))
        self._choices.append(tracing.Choice(rule, index, 1 / size))
        return index

    def _pick(self, table):
        used = self._used.setdefault(table.memory, set()) if table.memory else set()
        if table.memory and len(used) >= len(table.options):
            used.clear()
        excluded = tuple(sorted(used))
        left = [i for i in range(len(table.options)) if i not in used]
        option = self._next(left)
        probability = table.probabilities[option] / sum(table.probabilities[i] for i in left)
        used.add(option)
        return option, probability, excluded


class World:
    """A small world: its oracle, and every review with its probability and its visible form."""

    def __init__(self, patch, tables: dict[str, str], prior: Prior, catalogue: tuple[Film, ...]) -> None:
        grammar = Grammar(tables, FRESH, FACT_NAMES)
        patch.setattr(stream, "grammar", lambda: grammar)
        patch.setattr(stream, "SHORTEST", 0)
        patch.setattr(stream, "Writer", Scripted)
        patch.setattr(writing, "catalogue", lambda _: catalogue)
        self.oracle = Oracle(grammar, prior)
        self.reviews = [(review, review.log_probability) for review in every_review()]
        self.tokens = [
            tuple(tuple(token.text for token in basic_tokens(sentence)) for sentence in review.sentences)
            for review, _ in self.reviews
        ]


def every_review() -> Iterator[Review]:
    """All derivations, by counting up the script."""
    Scripted.script = []
    while True:
        yield stream.write_review(0, seed=0, split="train")
        taken = Scripted.last.taken
        while taken and taken[-1][0] == taken[-1][1][-1]:
            taken.pop()
        if not taken:
            return
        option, possible = taken[-1]
        Scripted.script = [o for o, _ in taken[:-1]] + [possible[possible.index(option) + 1]]
