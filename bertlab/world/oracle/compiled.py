"""The grammar as the oracle reads it: rules in pre-tokens, with how they begin, how long they are, what they touch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from bertlab.world.grammar import CALL, FORMS, RUN, Grammar, Operation, Table, article
from bertlab.world.oracle.prior import Prior
from bertlab.world.oracle.tokens import pieces

FACT, VARIABLE = 3, 4
# The bits of what a sentence remembers: whether it named the film, whether another one, which way the last opinion
# went. Others are given out on demand.
FILM, OTHER, LAST = 0, 1, 2


class Step(NamedTuple):
    """A compiled operation. `value`: pre-tokens (RUN), such for each form (FORMS), a Rule, a fact's name, a variable.

    `subject` and `head` pass the number of what was written on, as the marks S and H do; `names_film` where it names
    the film or stands for it. `article` is an "a" at the end of a RUN, which the next word turns into "a" or "an".
    """

    code: int
    value: object
    subject: bool = False
    head: bool = False
    names_film: bool = False
    article: bool = False


class Steps:
    """A sequence of steps with, for each suffix, the bits it may touch and the fewest and most pre-tokens it writes."""

    __slots__ = ("first", "longest", "nullable", "number", "shortest", "steps", "touch", "words")

    def __init__(self, steps: tuple[Step, ...], number: int, measure: Callable[[Step], tuple[int, int, int]]) -> None:
        self.steps = steps
        self.number = number
        self.touch, self.shortest, self.longest = [0], [0], [0]
        for step in reversed(steps):
            touch, short, long = measure(step)
            self.touch.append(self.touch[-1] | touch)
            self.shortest.append(self.shortest[-1] + short)
            self.longest.append(self.longest[-1] + long)
        self.touch.reverse()
        self.shortest.reverse()
        self.longest.reverse()
        self.nullable = self.shortest[0] == 0
        single = len(steps) == 1 and steps[0].code == RUN
        plain = single and not (steps[0].head or steps[0].names_film or steps[0].article)
        # The words of an option that is nothing but words.
        self.words = steps[0].value if plain else () if not steps else None


class Rule:
    """A compiled table."""

    __slots__ = (
        "by_first",
        "far",
        "first",
        "longest",
        "memory",
        "name",
        "options",
        "probabilities",
        "shortest",
        "touch",
    )

    def __init__(self, table: Table, options: list[Steps], firsts: list[frozenset[str] | None], touch: int) -> None:
        self.name = table.name
        self.memory = table.memory
        self.probabilities = table.probabilities
        self.options = options
        self.far: Rule | None = None
        self.touch = touch
        self.shortest = min(option.shortest[0] for option in options)
        self.longest = max(option.longest[0] for option in options)
        self.first = None if any(first is None for first in firsts) else frozenset().union(*firsts)
        # For each first word, the options that can begin with it; under None, those that can begin with any.
        self.by_first: dict[str | None, list[int]] = {}
        for word in frozenset().union(*(first or frozenset() for first in firsts)):
            self.by_first[word] = [i for i, first in enumerate(firsts) if first is None or word in first]
        self.by_first[None] = [i for i, first in enumerate(firsts) if first is None]


class Compiled:
    """Compiles the tables of a grammar on demand; `memories` are the probabilities of the options that each keeps."""

    def __init__(self, grammar: Grammar, prior: Prior) -> None:
        self.grammar = grammar
        self.prior = prior
        self.memories: dict[str, tuple[float, ...]] = {}
        self._bits: dict[str, int] = {"film": FILM, "other": OTHER, "last": LAST}
        self._rules: dict[int, Rule] = {}

    def bit(self, name: str) -> int:
        """The number of the bit of that name."""
        return self._bits.setdefault(name, len(self._bits))

    def group_bit(self, prefix: str, group: str) -> int:
        """The bit of a group of variables of the film ("") or of the other film ("other.")."""
        return self.bit(prefix + ("title" if group.startswith("title") else group))

    def rule(self, name: str, polarity: int) -> Rule:
        """The compiled table of that name for a polarity."""
        return self.compile(self.grammar.table(name, polarity))

    def compile(self, table: Table) -> Rule:
        """The Rule of a table."""
        found = self._rules.get(id(table))
        if found is None:
            options = [self.steps(option.operations, int(option.plural)) for option in table.options]
            touch = 0
            if table.memory is not None:
                touch = 1 << self.bit(f"memory {table.memory}")
                self.memories.setdefault(table.memory, table.probabilities)
            for option in options:
                touch |= option.touch[0]
            far = None if table.far is None else self.compile(table.far)
            if far is not None:
                touch |= 1 << FILM | far.touch
            found = Rule(table, options, [self.first(option) for option in options], touch)
            if far is not None:
                found.far = far
                found.shortest = min(found.shortest, far.shortest)
                found.longest = max(found.longest, far.longest)
                found.first = None
            self._rules[id(table)] = found
        return found

    def steps(self, operations: tuple[Operation, ...], number: int = 0) -> Steps:
        """The operations of a pattern."""
        return Steps(tuple(self.step(operation) for operation in operations), number, self.measure)

    def step(self, operation: Operation) -> Step:
        """An operation, its words cut into pre-tokens and its articles settled where the next word is fixed."""
        marks = operation.marks
        value, last = operation.value, False
        subject = marks is not None and any(role[0] == "S" for role in marks.roles)
        head = marks is not None and marks.head
        names_film = value == "title" or (marks is not None and "film" in (marks.mention, marks.pronoun))
        if operation.code == RUN:
            words = list(value)
            for i, word in enumerate(words[:-1]):
                if word == "a" and not (i == 0 and operation.capital):
                    words[i] = article(words[i + 1])
            last = words[-1] == "a" and not (len(words) == 1 and operation.capital)
            value = tuple(piece for word in words for piece in pieces(word))
        elif operation.code == FORMS:
            value = tuple(pieces(form) for form in value)
        elif operation.code == CALL:
            value = self.compile(value)
        return Step(operation.code, value, subject, head, names_film, last)

    def measure(self, step: Step) -> tuple[int, int, int]:
        """The bits that a step touches, and the fewest and most pre-tokens that it writes."""
        if step.code == RUN:
            return 0, len(step.value), len(step.value)
        if step.code == FORMS:
            return 0, min(map(len, step.value)), max(map(len, step.value))
        if step.code == CALL:
            return step.value.touch, step.value.shortest, step.value.longest
        if step.code == VARIABLE:
            prefix, variable, view = step.value
            groups = [g for g in (variable.group, variable.gender, variable.tone) if g is not None]
            sizes = [len(entry.words[view]) for entry in variable.entries] or [0]
            return self._touch(prefix, groups), min(sizes), max(sizes)
        prefix = "other." if step.value.startswith("other.") else ""
        name = step.value.removeprefix(prefix)
        return self._touch(prefix, self.prior.groups(name)), *self.prior.lengths(name)

    def _touch(self, prefix: str, groups: Iterable[str]) -> int:
        touch = 0
        for group in groups:
            touch |= 1 << self.group_bit(prefix, group)
        return touch

    def first(self, option: Steps) -> frozenset[str] | None:
        """The words that an option can begin with; None where they are not known beforehand (a fact, or nothing)."""
        words: set[str] = set()
        for step in option.steps:
            if step.code == RUN:
                return frozenset(words | ({"a", "an"} if step.article and len(step.value) == 1 else {step.value[0]}))
            if step.code == FORMS:
                return frozenset(words | {form[0] for form in step.value})
            if step.code == FACT or step.value.first is None:
                return None
            words |= step.value.first
            if step.value.shortest:
                return frozenset(words)
        return None
