"""All the ways in which the grammar writes a sentence of which some words are masked, and their probabilities.

The lattice is a graph without cycles. A node is a point in the writing of a sentence: what is still to be written (a
stack of patterns, interned), how many pre-tokens stand, whether an "a" waits for the word that decides between "a"
and "an", and the part of the writer's memory that can still matter: options used, facts fixed, whether the film was
named. An edge is a choice with its probability. What cannot matter any more is forgotten, which makes nodes meet; so
sums over the graph run over all derivations, exactly, and are cheap.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from bertlab.world.grammar import CALL, FORMS, RUN, article
from bertlab.world.oracle.compiled import FACT, FILM, OTHER, Rule, Steps
from bertlab.world.oracle.prior import Variable

State = tuple[tuple[int, object], ...]
DEAD, END = -1, 0
ROOT = -1


class Context(Protocol):
    """What the lattice asks of the review around the sentence."""

    tense: int
    topic: bool
    end_touch: int

    def pick(self, rule: Rule, state: State) -> Iterator[tuple[int, float, State]]:
        """The options of a rule with a memory: number, probability, and the state after."""

    def fact(self, name: str, at: int) -> list[tuple[float, Steps | int]]:
        """The ways to write a fact: steps, or how many pre-tokens to accept as they stand."""

    def take(self, value: tuple[str, Variable, str], state: State) -> list[tuple[float, tuple[str, ...], State]]:
        """The values of a variable: probability, words, and the state after."""

    def cut(self, state: State) -> bool:
        """Whether a sentence may be at `state` where it is cut off."""

    def final(self, state: State) -> float:
        """A factor for a finished sentence: how likely it makes what follows in the review."""


class Edge(NamedTuple):
    """A choice: its probability, the node after, the masked pre-tokens it settles, and what it decided."""

    weight: float
    target: int
    words: tuple[tuple[int, str], ...]
    notes: tuple[object, ...]


class Root(NamedTuple):
    """A way to begin: its probability, the steps, what to note of it, and what is remembered at the start."""

    weight: float
    steps: Steps
    note: object
    state: State = ()


class Lattice:
    """The derivations of `tokens` (None: masked) from `roots`; where `cut`, of a sentence that goes on after them.

    `total` is the sum of their probabilities.
    """

    def __init__(self, tokens: tuple[str | None, ...], context: Context, roots: list[Root], cut: bool = False) -> None:
        self.tokens, self.size, self.cut = tokens, len(tokens), cut
        self.context = context
        self._frames: list[tuple[Steps, int, int, int, int]] = []
        self._interned: dict[tuple[int, int, int, int, int], int] = {}
        self._needs: list[int] = []
        self._after: list[int] = []
        self._shortest: list[int] = []
        self._longest: list[int] = []
        self._advanced: dict[tuple[int, int], tuple[int, bool]] = {}
        self._nodes: dict[tuple[int, int, str, State], int] = {}
        self._edges: list[list[Edge]] = [[]]
        self._inside: list[float] = [1.0]
        start = []
        for weight, steps, note, state in roots:
            target = self._visit(self._intern(steps, 0, 0, 0, ROOT), 0, "", state)
            if target != DEAD:
                start.append(Edge(weight, target, (), (note,)))
        self.start = start
        self.total = sum(edge.weight * self._inside[edge.target] for edge in start)

    def _intern(self, steps: Steps, index: int, plural: int, number: int, parent: int) -> int:
        key = (id(steps), index, plural, number, parent)
        found = self._interned.get(key)
        if found is None:
            found = self._interned[key] = len(self._frames)
            self._frames.append((steps, index, plural, number, parent))
            short, long = steps.shortest[index], steps.longest[index]
            # The bits that matter once the patterns below are through.
            below = self.context.end_touch if parent == ROOT else self._after[parent]
            if parent != ROOT:
                above, at = self._frames[parent][:2]
                short += self._shortest[parent] - (above.shortest[at] - above.shortest[at + 1])
                long += self._longest[parent] - (above.longest[at] - above.longest[at + 1])
            self._needs.append(steps.touch[index] | below)
            self._after.append(steps.touch[index + 1] | below)
            self._shortest.append(short)
            self._longest.append(long)
        return found

    def _advance(self, stack: int, inner: int) -> tuple[int, bool]:
        """The stack after its first step, which wrote something of number `inner`; and whether that named the film."""
        key = (stack, inner)
        found = self._advanced.get(key)
        if found is None:
            named = False
            while True:
                steps, index, plural, number, parent = self._frames[stack]
                step = steps.steps[index]
                named |= step.names_film
                if step.subject:
                    plural = inner
                if step.head:
                    number = inner
                if index + 1 < len(steps.steps):
                    found = self._intern(steps, index + 1, plural, number, parent), named
                    break
                if parent == ROOT:
                    found = ROOT, named
                    break
                stack, inner = parent, number
            self._advanced[key] = found
        return found

    def _go(self, stack: int, inner: int, at: int, waiting: str, state: State) -> int:
        """The node after the first step of a stack; DEAD where nothing can come of it."""
        after, named = self._advance(stack, inner)
        if named and not any(item[0] == FILM for item in state):
            state = tuple(sorted(((FILM, True), *state)))
        if after == ROOT:
            return self._finish(at, waiting, state)
        return self._visit(after, at, waiting, state)

    def _finish(self, at: int, waiting: str, state: State) -> int:
        if self.cut:
            return END if at > self.size and self.context.cut(state) else DEAD
        if at != self.size or waiting:
            return DEAD
        need = self.context.end_touch
        state = tuple(item for item in state if need >> item[0] & 1)
        key = (ROOT, at, "", state)
        found = self._nodes.get(key)
        if found is None:
            factor = self.context.final(state)
            found = self._nodes[key] = self._add([Edge(factor, END, (), (("end", state),))]) if factor > 0 else DEAD
        return found

    def _add(self, edges: list[Edge]) -> int:
        inside = self._inside
        self._edges.append(edges)
        inside.append(sum([edge.weight * inside[edge.target] for edge in edges]))
        return len(inside) - 1

    def _visit(self, stack: int, at: int, waiting: str, state: State) -> int:
        left = self.size - at
        if left > self._longest[stack] or (left < self._shortest[stack] and not self.cut):
            return DEAD
        if left <= 0 and self.cut and not waiting:
            # Whatever follows the cut follows with probability 1.
            return END if self.context.cut(state) else DEAD
        if state:
            need = self._needs[stack]
            state = tuple([item for item in state if need >> item[0] & 1])
        key = (stack, at, waiting, state)
        found = self._nodes.get(key)
        if found is None:
            edges = [edge for edge in self._expand(stack, at, waiting, state) if edge.target != DEAD]
            found = self._nodes[key] = self._add(edges) if edges else DEAD
        return found

    def _expand(self, stack: int, at: int, waiting: str, state: State) -> Iterator[Edge]:
        steps, index, plural, _, _ = self._frames[stack]
        step = steps.steps[index]
        if step.code == CALL:
            yield from self._call(step.value, stack, at, waiting, state)
        elif step.code == RUN:
            if step.article:
                yield from self._article(step.value, stack, at, waiting, state)
            elif (words := self._match(step.value, at, waiting)) is not None:
                yield Edge(1.0, self._go(stack, 0, at + len(step.value), "", state), words, ())
        elif step.code == FORMS:
            forms = step.value
            form = forms[plural if len(forms) == 2 else plural + self.context.tense]
            if (words := self._match(form, at, waiting)) is not None:
                yield Edge(1.0, self._go(stack, plural, at + len(form), "", state), words, ())
        elif step.code == FACT:
            yield from self._fact(step.value, stack, at, waiting, state)
        else:
            for weight, words, after in self.context.take(step.value, state):
                if not words:
                    yield Edge(weight, self._go(stack, 0, at, waiting, after), (), ())
                elif (masked := self._match(words, at, waiting)) is not None:
                    yield Edge(weight, self._go(stack, 0, at + len(words), "", after), masked, ())

    def _fact(self, name: str, stack: int, at: int, waiting: str, state: State) -> Iterator[Edge]:
        if name.startswith("other.") and not any(item[0] == OTHER for item in state):
            state = tuple(sorted(((OTHER, True), *state)))
        for weight, way in self.context.fact(name, at):
            note = (("fact", name, at),)
            if isinstance(way, int):
                yield Edge(weight, self._go(stack, 0, at + way, "", state), (), note)
            else:
                yield Edge(weight, self._visit(self._intern(way, 0, 0, 0, stack), at, waiting, state), (), note)

    def _call(self, rule: Rule, stack: int, at: int, waiting: str, state: State) -> Iterator[Edge]:
        notes: tuple[object, ...] = ()
        if rule.far is not None:
            near = self.context.topic or any(item[0] == FILM for item in state)
            notes = (("near", near),) if not any(item[0] == FILM for item in state) else ()
            rule = rule if near else rule.far
        token = self.tokens[at] if at < self.size else None if self.cut else ""
        plural = self._frames[stack][2]
        allowed = None if token is None else rule.by_first.get(token, rule.by_first[None])
        if rule.memory is None:
            probabilities = rule.probabilities
            options = [
                (i, probabilities[i], state) for i in (range(len(probabilities)) if allowed is None else allowed)
            ]
        else:
            options = [o for o in self.context.pick(rule, state) if allowed is None or o[0] in allowed]
        for option, weight, after in options:
            steps = rule.options[option]
            written = steps.words
            if rule.memory is not None:
                notes = (
                    (*notes[:1], ("pick", rule.memory, option))
                    if rule.far is not None
                    else (("pick", rule.memory, option),)
                )
            if written is None:
                target = self._visit(self._intern(steps, 0, plural, steps.number, stack), at, waiting, after)
                yield Edge(weight, target, (), notes)
            elif not written:
                yield Edge(weight, self._go(stack, steps.number, at, waiting, after), (), notes)
            elif (words := self._match(written, at, waiting)) is not None:
                yield Edge(weight, self._go(stack, steps.number, at + len(written), "", after), words, notes)

    def _match(self, words: tuple[str, ...], at: int, waiting: str) -> tuple[tuple[int, str], ...] | None:
        """The masked pre-tokens that `words` would fill from `at` on; None where visible ones contradict."""
        if waiting and article(words[0]) != waiting:
            return None
        masked, tokens = (), self.tokens
        if at + len(words) > self.size:
            if not self.cut:
                return None
            words = words[: max(self.size - at, 0)]
        for place, word in enumerate(words, at):
            token = tokens[place]
            if token is None:
                masked += ((place, word),)
            elif token != word:
                return None
        return masked

    def _article(self, words: tuple[str, ...], stack: int, at: int, waiting: str, state: State) -> Iterator[Edge]:
        """Words that end in an "a", which becomes "an" if the next word asks for it."""
        end = at + len(words)
        following = self.tokens[end] if end < self.size else None if self.cut else ""
        for form in ("a", "an") if following is None else (article(following),) if following else ():
            masked = self._match((*words[:-1], form), at, waiting)
            if masked is not None:
                yield Edge(1.0, self._go(stack, 0, end, form if following is None else "", state), masked, ())

    def outside(self) -> list[float]:
        """For each node the probability of reaching it, as a share of `total` and per unit of its inside sum."""
        share = [0.0] * len(self._inside)
        for edge in self.start:
            share[edge.target] += edge.weight / self.total
        for node in range(len(share) - 1, 0, -1):
            here = share[node]
            if here:
                for edge in self._edges[node]:
                    share[edge.target] += here * edge.weight
        return share

    def read(self) -> tuple[dict[int, dict[str, float]], dict[object, float]]:
        """The probabilities of the words of each masked pre-token; and of each noted choice."""
        words: dict[int, dict[str, float]] = {}
        notes: dict[object, float] = {}
        share = self.outside()
        for edge in self.start:
            for note in edge.notes:
                notes[note] = notes.get(note, 0.0) + edge.weight * self._inside[edge.target] / self.total
        for node, edges in enumerate(self._edges):
            here = share[node]
            if here:
                for weight, target, masked, noted in edges:
                    mass = here * weight * self._inside[target]
                    for place, word in masked:
                        at = words.setdefault(place, {})
                        at[word] = at.get(word, 0.0) + mass
                    for note in noted:
                        notes[note] = notes.get(note, 0.0) + mass
        return words, notes
