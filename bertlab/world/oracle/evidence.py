"""What stands visible of a film's facts in the rest of a review, and the probabilities of the facts given that."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from bertlab.world.oracle.compiled import RUN, VARIABLE, Step
from bertlab.world.oracle.prior import Entry, Prior, Variable

Pattern = tuple[str | None, ...]
State = tuple[tuple[int, tuple[str, int]], ...]


class Mention(NamedTuple):
    """A fact as it stands in a sentence: its pre-tokens, None where one is masked."""

    fact: str
    words: Pattern


class Taken(NamedTuple):
    """A value that a variable can take: its probability, its number, its words."""

    probability: float
    index: int
    words: tuple[str, ...]


def agrees(words: tuple[str, ...], pattern: Pattern) -> bool:
    """Whether words could stand where `pattern` does."""
    return len(words) == len(pattern) and all(p is None or p == w for w, p in zip(words, pattern, strict=True))


class Evidence:
    """The facts of one film, some of whose mentions are (partly) visible.

    `forms` are the ways to write the title, as (probability, steps); `single` the variables whose value is certain;
    `partial` the groups of which something is visible, but not enough to settle a value.
    """

    def __init__(self, prior: Prior, mentions: tuple[Mention, ...], prefix: str = "") -> None:
        self.prior = prior
        self.prefix = prefix
        self.seen: dict[str, list[tuple[str, Pattern]]] = {}
        self.partial: set[str] = set()
        self._cache: dict[tuple, list[Taken]] = {}
        self.variables = dict(prior.variables)
        titles = []
        for fact, words in dict.fromkeys(mentions):
            if all(word is None for word in words):
                continue
            if fact == "title":
                titles.append(words)
                continue
            self._read(fact, words)
        self.forms = self._forms(titles)
        self.entries = {name: self._allowed(variable) for name, variable in self.variables.items()}
        self.single = {name: e[0].index for name, e in self.entries.items() if len({x.index for x in e}) == 1}
        self._weigh_conditions()
        for name, variable in self.variables.items():
            if name in self.seen and name not in self.single and variable.entries[0].words[""]:
                self.partial |= {variable.group, variable.gender, variable.tone} - {None}

    def _read(self, fact: str, words: Pattern) -> None:
        shown = [
            (name, view) for name, view in self.prior.facts[fact] if self.prior.variables[name].entries[0].words[view]
        ]
        # A name is a first name of one word and a surname of the others.
        for (name, view), part in zip(shown, (words[:1], words[1:]) if len(shown) == 2 else (words,), strict=True):
            self.seen.setdefault(name, []).append((view, part))

    def _allowed(self, variable: Variable) -> list[Entry]:
        seen = self.seen.get(variable.name)
        if not seen:
            return list(variable.entries)
        return [entry for entry in variable.entries if all(agrees(entry.words[view], p) for view, p in seen)]

    def _weigh_conditions(self) -> None:
        """Weigh genders and tones by what was seen of the variables that depend on them."""
        self.weights: dict[str, dict[int, float]] = {}
        for name in {c for v in self.variables.values() for c in (v.gender, v.tone) if c is not None}:
            weights = {entry.index: entry.weight for entry in self.entries[name]}
            for variable in self.variables.values():
                if variable.name in self.seen and name in (variable.gender, variable.tone):
                    side = "woman" if name == variable.gender else "tone"
                    for value in weights:
                        every = sum(e.weight for e in variable.entries if getattr(e, side) == value)
                        left = sum(e.weight for e in self.entries[variable.name] if getattr(e, side) == value)
                        weights[value] *= left / every
            total = sum(weights.values())
            self.weights[name] = {value: weight / total for value, weight in weights.items() if weight > 0}
            if len(self.weights[name]) == 1:
                self.single[name] = next(iter(self.weights[name]))

    def steps(self, fact: str) -> tuple[Step, ...]:
        """The variables that a fact other than the title is made of."""
        return tuple(
            Step(VARIABLE, (self.prefix, self.prior.variables[name], view)) for name, view in self.prior.facts[fact]
        )

    def take(self, name: str, view: str, bound: dict[str, int]) -> list[Taken]:
        """The values that a variable can take, `bound` being those of its group and of what it depends on."""
        variable = self.variables[name]
        others = frozenset(v for n, v in bound.items() if n != name and self._group(n) == variable.group)
        woman = bound.get(variable.gender, self.single.get(variable.gender))
        tone = bound.get(variable.tone, self.single.get(variable.tone))
        key = (name, view, bound.get(name), others, woman, tone)
        found = self._cache.get(key)
        if found is None:
            found = self._cache[key] = self._take(variable, view, bound.get(name), others, woman, tone)
        return found

    def _group(self, name: str) -> str | None:
        return self.variables[name].group if name in self.variables else None

    def _take(
        self,
        variable: Variable,
        view: str,
        own: int | None,
        others: frozenset[int],
        woman: int | None,
        tone: int | None,
    ) -> list[Taken]:
        entries = self.entries[variable.name]
        entries = [e for e in entries if e.woman in (None, woman) and e.tone in (None, tone)]
        if own is not None:
            return [Taken(1.0, e.index, e.words[view]) for e in entries if e.index == own]
        if variable.name in self.weights:
            weights = self.weights[variable.name]
            return [Taken(weights[e.index], e.index, e.words[view]) for e in entries if e.index in weights]
        if variable.name not in self.single:
            mates = [n for n, v in self.variables.items() if v.group == variable.group and n != variable.name]
            others |= {self.single[n] for n in mates if n in self.single}
        entries = [e for e in entries if e.index not in others]
        total = sum(e.weight for e in entries)
        return [Taken(e.weight / total, e.index, e.words[view]) for e in entries]

    def _forms(self, titles: list[Pattern]) -> list[tuple[float, tuple[Step, ...]]]:
        """The ways to write the title that agree with what was seen of it: each slot a variable of its own."""
        found: list[tuple[float, tuple[Step, ...], dict[str, Pattern]]] = []
        length = len(titles[0]) if titles else None
        merged = tuple(next((w for w in column if w is not None), None) for column in zip(*titles, strict=True))
        for number, (weight, parts) in enumerate(self.prior.titles):
            if length is None:
                found.append((weight, self._form_steps(number, parts, None), {}))
                continue
            for cuts in self._cuts(parts, length):
                shares, seen = weight, {}
                at = 0
                for part, size in zip(parts, cuts, strict=True):
                    pattern = merged[at : at + size]
                    at += size
                    shares *= self._share(part, pattern)
                    if shares == 0:
                        break
                    if part[0] == "{" and part[1:-1] not in self.prior.slots and any(pattern):
                        seen[part[1:-1]] = pattern
                if shares > 0:
                    found.append((shares, self._form_steps((number, cuts), parts, (merged, cuts)), seen))
        if titles:
            for name in {name for _, _, seen in found for name in seen}:
                if all(name in seen for _, _, seen in found):
                    self._read(name, found[0][2][name])
        if len(found) > 1 and titles:
            self.partial.add("title")
        total = sum(weight for weight, _, _ in found)
        return [(weight / total, steps) for weight, steps, _ in found]

    def _cuts(self, parts: tuple[str, ...], length: int) -> list[tuple[int, ...]]:
        """How many pre-tokens each part may have, so that all have `length`."""
        lengths = []
        for part in parts:
            entries = self.prior.slots.get(part[1:-1]) if part[0] == "{" else None
            lengths.append(sorted({len(entry.words[""]) for entry in entries}) if entries else [1])
        return [cuts for cuts in product(*lengths) if sum(cuts) == length]

    def _share(self, part: str, pattern: Pattern) -> float:
        """The probability that a part of a title agrees with what was seen of it."""
        if part[0] != "{":
            return float(pattern[0] in (None, part) or (part == "a" and pattern[0] == "an"))
        name = part[1:-1]
        entries = self.prior.slots.get(name) or self.variables[name].entries
        return sum(e.weight for e in entries if agrees(e.words[""], pattern)) / sum(e.weight for e in entries)

    def _form_steps(
        self, number: object, parts: tuple[str, ...], seen: tuple[Pattern, tuple[int, ...]] | None
    ) -> tuple[Step, ...]:
        steps, at = [], 0
        for i, part in enumerate(parts):
            if part[0] != "{":
                steps.append(Step(RUN, (part,), article=part == "a" and i == 0 and parts[1][0] == "{"))
                at += 1
            elif (slot := part[1:-1]) in self.prior.slots:
                # Words of one slot differ within a title: they are a group.
                name = f"title {number} {slot} {i}"
                variable = Variable(name, f"title {number} {slot}", self.prior.slots[slot])
                if seen is not None:
                    merged, cuts = seen
                    self.seen[name] = [("", merged[at : at + cuts[i]])]
                    at += cuts[i]
                self.variables[name] = variable
                steps.append(Step(VARIABLE, (self.prefix, variable, "")))
            else:
                steps += self.steps(slot)
                at += 1
        return tuple(steps)
