"""A review retold from its recorded choices: what wrote each word, which facts stand where, what was remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bertlab.world.films import PRONOUNS, Film, catalogue
from bertlab.world.grammar import CALL, FORMS, RUN, Grammar, Table
from bertlab.world.oracle.tokens import basic_tokens
from bertlab.world.stream import OPENED, TOLD, joiner
from bertlab.world.structure import Choice, Review, Sentence


@dataclass
class Traced:
    """A sentence retold. Places count pre-tokens.

    `step` is the option of the plan that it carries out; `picks` are the options taken from tables with a memory, as
    (memory, option, start); `mentions` are (fact, start, end); `near` is whether the film was the topic before, and
    `named` and `other` are whether this sentence named the film and another; `sources` has, for each word, the
    operation that wrote it: "forms", "pronoun", "fact NAME", or the name of the table; `words` has, for each
    pre-token, the word it is of. `asked` is what `near` was where the sentence depends on it, else None.
    """

    tokens: tuple[str, ...]
    step: str
    before: int
    near: bool
    picks: list[tuple[str, int, int]] = field(default_factory=list)
    mentions: list[tuple[str, int, int]] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    named: bool = False
    other: bool = False
    words: list[int] = field(default_factory=list)
    asked: bool | None = None


def trace(review: Review, grammar: Grammar) -> list[Traced]:
    """Every sentence of a review, retold."""
    return list(Teller(review, grammar).sentences())


class Teller:
    """Goes through the choices of a review as the writer did."""

    def __init__(self, review: Review, grammar: Grammar) -> None:
        self.review = review
        self.grammar = grammar
        self.stance = 1 if review.label else -1
        self.films: dict[str, Film] = {"": review.film}
        self.choices: Iterator[Choice] = iter(())
        self.now: Traced

    def sentences(self) -> Iterator[Traced]:
        """The sentences in order."""
        before, near = 0, False
        last = len(self.review.sentences) - 1
        for number, sentence in enumerate(self.review.sentences):
            self.choices = iter(sentence.derivation.choices)
            choice = next(self.choices)
            name = choice.rule[: choice.rule.rindex("(")] if "(" in choice.rule else choice.rule.rstrip("+-")
            step = self.grammar.table(name, self.stance).options[choice.option].pattern
            traced = self.now = Traced((), step, before, near)
            for name, polarity in rules_of(step, number not in (0, last), before, self.stance):
                self._expand(self.grammar.table(name, polarity))
            self._locate(sentence)
            yield traced
            near = traced.named and not traced.other
            before = polarity_of(step, number, last, before, self.stance)

    def _locate(self, sentence: Sentence) -> None:
        """Turn places in words into places in pre-tokens."""
        tokens = basic_tokens(sentence)
        starts: list[int] = []
        for i, token in enumerate(tokens):
            if token.word == len(starts):
                starts.append(i)
        starts.append(len(tokens))
        self.now.tokens = tuple(token.text for token in tokens)
        self.now.words = [token.word for token in tokens]
        self.now.picks = [(memory, option, starts[start]) for memory, option, start in self.now.picks]
        self.now.mentions = [(fact, starts[start], starts[end]) for fact, start, end in self.now.mentions]

    def _expand(self, table: Table) -> None:
        now = self.now
        choice = next(self.choices)
        if table.far is not None:
            far = choice.rule == table.far.name
            if not now.named:
                now.asked = not far
            table = table.far if far else table
        if table.memory is not None:
            now.picks.append((table.memory, choice.option, choice.start))
        for code, value, _, marks, _ in table.options[choice.option].operations:
            if code == CALL:
                self._expand(value)
            elif code == RUN:
                now.sources += [table.name] * len(value)
            elif code == FORMS:
                now.sources.append("forms")
            else:
                self._fact(value)
            now.named |= marks is not None and "film" in (marks.mention, marks.pronoun)

    def _fact(self, name: str) -> None:
        now, key, film = self.now, name, self.review.film
        if name.startswith("other."):
            key = name[6:]
            now.other = True
            if "other" not in self.films:
                films = catalogue(film.split)
                index = next(self.choices).option
                self.films["other"] = films[index + (index >= films.index(film))]
            film = self.films["other"]
        size = len(film.fact(key).words)
        start = len(now.sources)
        now.sources += ["pronoun" if name.rpartition(".")[2] in PRONOUNS else f"fact {name}"] * size
        now.mentions.append((name, start, start + size))
        now.named |= name == "title"


def rules_of(step: str, middle: bool, before: int, stance: int) -> list[tuple[str, int]]:
    """The rules that carry out a step of the plan, with their polarities."""
    polarity = -stance if step[0] == "!" else stance
    name = step.lstrip("!")
    if middle and name in OPENED:
        return [(joiner(before, polarity, stance), polarity), (name, polarity)]
    return [(name, polarity)]


def polarity_of(step: str, number: int, last: int, before: int, stance: int) -> int:
    """The polarity of the last opinion after a step, `before` being the one before it."""
    if number == 0:
        return stance if step == "thesis" else 0
    if number == last or step in TOLD:
        return before
    return -stance if step[0] == "!" else stance
