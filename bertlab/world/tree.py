"""Derivations read back as trees: which rule wrote which tokens, and which fact of which film stands where.

A sentence's derivation lists its choices in pre-order. Walked beside the compiled patterns, it gives every slot its
place, so that whoever asks what a review says reads that off and never searches the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bertlab.world.films import Film, catalogue
from bertlab.world.grammar import CALL, FACT, FORMS, Option, Table
from bertlab.world.rules_sentences import PLANS
from bertlab.world.stream import grammar
from bertlab.world.structure import Choice, Review


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of a film, written out: `name` as in `films.FACTS` ("other.title" for the film of a comparison)."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Node:
    """A rule expanded: tokens `start` to `end` (exclusive) of a sentence.

    `name` is the rule without its sign and `polarity` what it was expanded for; `parts` are the facts and rules in its
    slots, in order; `verbs` the positions of the words that agree with a subject.
    """

    name: str
    polarity: int
    option: Option
    start: int
    end: int
    parts: tuple[Node | Fact, ...]
    verbs: tuple[int, ...]

    def walk(self) -> Iterator[Node | Fact]:
        """This node and all below it, in the order of the text."""
        yield self
        for part in self.parts:
            if isinstance(part, Node):
                yield from part.walk()
            else:
                yield part

    def chains(self, above: tuple[Node, ...] = ()) -> Iterator[tuple[Node, ...]]:
        """Every node below and including this one, each as (itself, its parent, ..., the top)."""
        chain = (self, *above)
        yield chain
        for part in self.parts:
            if isinstance(part, Node):
                yield from part.chains(chain)


@dataclass(frozen=True, slots=True)
class Reading:
    """A review read back: for each sentence the trees that wrote it; the film that it is compared with, if any."""

    sentences: tuple[tuple[Node, ...], ...]
    other: Film | None


def rule_of(choice: Choice) -> tuple[str, int]:
    """The name of the rule of a choice, without its sign, and the polarity it was expanded for."""
    label = choice.rule
    if label.endswith(("(+)", "(-)")):
        return label[:-3], 1 if label[-2] == "+" else -1
    return label[:-1], 1 if label[-1] == "+" else -1


def read(review: Review) -> Reading:
    """The trees of a review. Its film index stands in its own derivation, that of the other film in a sentence's."""
    film_choice = next(choice for choice in review.derivation.choices if choice.rule.startswith("film."))
    films = catalogue(film_choice.rule.removeprefix("film."))
    other: Film | None = None
    sentences = []
    for sentence in review.sentences:
        written = []
        for choice in sentence.derivation.choices:
            if choice.rule.startswith("other film."):
                other = films[choice.option + (choice.option >= film_choice.option)]
            elif rule_of(choice)[0] not in PLANS:
                written.append(choice)
        reader = _Reader(written, review.film, other)
        trees = []
        while reader.at < len(written):
            trees.append(reader.node())
        sentences.append(tuple(trees))
    return Reading(tuple(sentences), other)


class _Reader:
    """Walks the choices of one sentence beside the patterns that they name."""

    def __init__(self, choices: list[Choice], film: Film, other: Film | None) -> None:
        self.choices, self.film, self.other = choices, film, other
        self.at = 0

    def node(self) -> Node:
        choice = self.choices[self.at]
        self.at += 1
        name, polarity = rule_of(choice)
        table: Table = grammar().table(name, polarity)
        option = table.options[choice.option]
        position = choice.start
        parts: list[Node | Fact] = []
        verbs = []
        for operation in option.operations:
            if operation.code == CALL:
                parts.append(self.node())
                position = parts[-1].end
            elif operation.code == FACT:
                fact_name = operation.value
                film = self.other if fact_name.startswith("other.") else self.film
                end = position + len(film.fact(fact_name.removeprefix("other.")).words)
                parts.append(Fact(fact_name, position, end))
                position = end
            else:
                if operation.code == FORMS:
                    verbs.append(position)
                position += 1 if operation.code == FORMS else len(operation.value)
        return Node(name.removesuffix("@far"), polarity, option, choice.start, choice.end, tuple(parts), tuple(verbs))
