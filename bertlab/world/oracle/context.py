"""The review around a sentence, as the lattice asks for it: what was used, what is known of the films, what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bertlab.world.oracle.compiled import FILM, OTHER, VARIABLE, Compiled, Rule, Step, Steps
from bertlab.world.oracle.evidence import Evidence
from bertlab.world.oracle.lattice import State
from bertlab.world.oracle.prior import Variable

CLEARED = -1


def added(state: State, *items: tuple[int, object]) -> State:
    """A state with more in it."""
    return tuple(sorted((*state, *items)))


def pick_factor(
    probabilities: tuple[float, ...], used: frozenset[int], picks: list[int]
) -> tuple[float, frozenset[int]]:
    """The probability of picking so from a table with a memory, options `used` before; and what is used after."""
    now, factor = set(used), 1.0
    for option in picks:
        if len(now) >= len(probabilities):
            now.clear()
        if option in now or option >= len(probabilities):
            return 0.0, frozenset(now)
        factor *= probabilities[option] / (1.0 - sum([probabilities[i] for i in sorted(now)]))
        now.add(option)
    return factor, frozenset(now)


class Free:
    """A sentence of which nothing is told but its masked text: what the review has `used`, and what it uses `later`.

    `after(film named alone, last opinion)` is a factor for the sentences that follow; None where none depends on it.
    """

    def __init__(
        self,
        compiled: Compiled,
        tense: int,
        topic: bool,
        films: dict[str, Evidence],
        used: dict[str, frozenset[int]],
        later: dict[str, list[int]],
        after: Callable[[State], float] | None = None,
        end_touch: int = 0,
    ) -> None:
        self.compiled, self.tense, self.topic, self.films = compiled, tense, topic, films
        self.used = used
        self.later = [(compiled.bit(f"memory {memory}"), memory, picks) for memory, picks in later.items()]
        self.after = after
        self.end_touch = end_touch
        for bit, _, _ in self.later:
            self.end_touch |= 1 << bit
        self._facts: dict[str, list[tuple[float, Steps]]] = {}
        self._weights: dict[tuple[int, frozenset[int]], list[tuple[int, float]]] = {}

    def _taken(self, memory: str, bit: int, state: State) -> frozenset[int]:
        """The options of a memory that are used up at a state."""
        own = frozenset([item[1] for item in state if item[0] == bit])
        return own - {CLEARED} if CLEARED in own else own | self.used.get(memory, frozenset())

    def pick(self, rule: Rule, state: State) -> Iterator[tuple[int, float, State]]:
        """The options that are left, as the writer weighs them."""
        bit = self.compiled.bit(f"memory {rule.memory}")
        taken = self._taken(rule.memory, bit, state)
        if len(taken) >= len(rule.probabilities):
            taken = frozenset()
            state = added(tuple(item for item in state if item[0] != bit), (bit, CLEARED))
        key = (id(rule), taken)
        weights = self._weights.get(key)
        if weights is None:
            free = 1.0 - sum(rule.probabilities[i] for i in sorted(taken))
            weights = self._weights[key] = [(i, p / free) for i, p in enumerate(rule.probabilities) if i not in taken]
        for option, weight in weights:
            yield option, weight, added(state, (bit, option))

    def fact(self, name: str, at: int) -> list[tuple[float, Steps]]:
        """A fact as the variables it is made of; a title in each of its forms."""
        found = self._facts.get(name)
        if found is None:
            prefix = "other." if name.startswith("other.") else ""
            film, key = self.films[prefix], name.removeprefix(prefix)
            if key == "title":
                ways = [
                    (Step(VARIABLE, (prefix, Variable("form", "title", ()), str(i))), *steps)
                    for i, (_, steps) in enumerate(film.forms)
                ]
            else:
                ways = [film.steps(key)]
            found = self._facts[name] = [(1.0, Steps(steps, 0, self.compiled.measure)) for steps in ways]
        return found

    def take(self, value: tuple[str, Variable, str], state: State) -> list[tuple[float, tuple[str, ...], State]]:
        """The values of a variable, given those that the sentence has fixed."""
        prefix, variable, view = value
        film, bit = self.films[prefix], self.compiled.group_bit(prefix, variable.group)
        if variable.name == "form":
            bound = [item[1][1] for item in state if item[0] == bit and item[1][0] == "form"]
            if bound:
                return [(1.0, (), state)] if bound[0] == int(view) else []
            return [(film.forms[int(view)][0], (), added(state, (bit, ("form", int(view)))))]
        bits = {self.compiled.group_bit(prefix, g) for g in (variable.group, variable.gender, variable.tone) if g}
        bound = dict(item[1] for item in state if item[0] in bits)
        if variable.name in bound or variable.name in film.single:
            return [(p, words, state) for p, _, words in film.take(variable.name, view, bound)]
        return [
            (p, words, added(state, (bit, (variable.name, index))))
            for p, index, words in film.take(variable.name, view, bound)
        ]

    def cut(self, state: State) -> bool:
        """Always: nothing is known of what was cut off."""
        return True

    def final(self, state: State) -> float:
        """How likely what follows is."""
        factor = 1.0 if self.after is None else self.after(state)
        for bit, memory, picks in self.later:
            if factor == 0:
                break
            factor *= pick_factor(self.compiled.memories[memory], self._taken(memory, bit, state), picks)[0]
        return factor


class Told:
    """A sentence of which is told what it picked from tables with a memory, where which fact stands, and what it named.

    The probabilities of the picks are left out: `pick_factor` has them.
    """

    def __init__(
        self,
        compiled: Compiled,
        tense: int,
        topic: bool,
        picks: dict[str, list[int]],
        mentions: list[tuple[str, int, int]],
        named: tuple[bool, bool],
    ) -> None:
        self.compiled, self.tense, self.topic = compiled, tense, topic
        self.picks, self.named = picks, named
        self.mentions = {(name, start): end - start for name, start, end in mentions}
        self.counts = {compiled.bit(f"memory {memory}"): len(options) for memory, options in picks.items()}
        self.end_touch = 1 << FILM | 1 << OTHER
        for bit in self.counts:
            self.end_touch |= 1 << bit

    def pick(self, rule: Rule, state: State) -> Iterator[tuple[int, float, State]]:
        """The option that was picked."""
        bit = self.compiled.bit(f"memory {rule.memory}")
        count = next((item[1] for item in state if item[0] == bit), 0)
        picks = self.picks.get(rule.memory, ())
        if count < len(picks) and picks[count] < len(rule.options):
            rest = tuple(item for item in state if item[0] != bit)
            yield picks[count], 1.0, added(rest, (bit, count + 1))

    def fact(self, name: str, at: int) -> list[tuple[float, int]]:
        """The fact, where it stands."""
        size = self.mentions.get((name, at))
        return [] if size is None else [(1.0, size)]

    def take(self, value: tuple[str, Variable, str], state: State) -> list[tuple[float, tuple[str, ...], State]]:
        """Never asked: facts are accepted as they stand."""
        raise AssertionError("a told sentence has no variables")

    def cut(self, state: State) -> bool:
        """Where all picks before the cut are done."""
        seen = dict(state)
        return all(seen.get(bit, 0) == count for bit, count in self.counts.items())

    def final(self, state: State) -> float:
        """1 where everything that was told has happened."""
        seen = dict(state)
        named = seen.get(FILM, False), seen.get(OTHER, False)
        return float(named == self.named and self.cut(state))
