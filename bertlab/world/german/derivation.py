"""The tree of choices behind a sentence, rebuilt from the list in which a review keeps them."""

from __future__ import annotations

from bertlab.world.films import Film, catalogue
from bertlab.world.german.realiser import Node
from bertlab.world.grammar import CALL, FACT, Table
from bertlab.world.rules_sentences import PLANS
from bertlab.world.stream import grammar
from bertlab.world.structure import Choice, Review


class Replay:
    """Reads the derivations of one review, and finds the second film that it speaks of."""

    def __init__(self, review: Review) -> None:
        self.other: Film | None = None
        self._films = catalogue(review.film.split)
        self._film = review.derivation.choices[0].option
        self._choices: tuple[Choice, ...] = ()
        self._at = 0
        self.trees = tuple(self._sentence(sentence.derivation.choices) for sentence in review.sentences)

    def _sentence(self, choices: tuple[Choice, ...]) -> list[Node]:
        """The rules of a sentence, each as a tree; choices that only lay out the review are passed over."""
        self._choices, self._at = choices, 0
        nodes = []
        while self._at < len(choices):
            name, polarity = read_rule(choices[self._at].rule)
            if name in PLANS:
                self._at += 1
            else:
                nodes.append(self._node(grammar().table(name, polarity)))
        return nodes

    def _node(self, table: Table) -> Node:
        choice = self._choices[self._at]
        self._at += 1
        if choice.rule != table.name:
            table = table.far
        children = []
        for code, value, *_ in table.options[choice.option].operations:
            if code == CALL:
                children.append(self._node(value))
            elif code == FACT and self.other is None and value.startswith("other."):
                index = self._choices[self._at].option
                self._at += 1
                self.other = self._films[index + (index >= self._film)]
        return Node(source_name(table.name), choice.option, tuple(children))


def read_rule(rule: str) -> tuple[str, int]:
    """A rule as a choice names it: the table's name without a sign, and the polarity."""
    name = source_name(rule)
    polarity = -1 if rule.endswith(("-", "(-)")) else 1
    return name.rstrip("+-"), polarity


def source_name(rule: str) -> str:
    """The name under which the table of a rule stands in the grammar's sources."""
    return rule[:-3] if rule.endswith(("(+)", "(-)")) else rule
