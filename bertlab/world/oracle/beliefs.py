"""The probabilities of masked words: every latent of a review summed, every sentence's derivations summed."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

from bertlab.errors import InputError
from bertlab.world.grammar import CALL, Grammar
from bertlab.world.oracle.compiled import FILM, LAST, OTHER, Compiled, Steps
from bertlab.world.oracle.compiled import Step as Move
from bertlab.world.oracle.context import Free, Told, pick_factor
from bertlab.world.oracle.evidence import Evidence, Mention
from bertlab.world.oracle.exactness import Reading, is_exact, keys_of
from bertlab.world.oracle.lattice import Context, Lattice, Root, State
from bertlab.world.oracle.prior import Prior, film_prior
from bertlab.world.oracle.trace import Traced, polarity_of, rules_of, trace
from bertlab.world.stream import OPENED, TOLD, grammar
from bertlab.world.structure import Review

Position = tuple[int, int]
Words = dict[str, float]


@dataclass(frozen=True, slots=True)
class Belief:
    """What can be known of a masked word.

    `probabilities` sum to 1. `exact`: they are the exact posterior given the visible words alone; otherwise they are
    the posterior given more than that, so that their mean negative logarithm bounds the loss of every model from
    below. `blind` are the probabilities that a predictor gives which remembers nothing of the options used in other
    sentences: an estimate from above.
    """

    probabilities: Words
    exact: bool
    blind: Words


class Oracle:
    """The predictor that knows the grammar and the tables that films are made from, but no film."""

    def __init__(self, grammar: Grammar, prior: Prior) -> None:
        self.grammar = grammar
        self.compiled = Compiled(grammar, prior)
        self.prior = prior
        for name, polarity in self._sentences():
            self.compiled.rule(name, polarity)

    def _sentences(self) -> Iterator[tuple[str, int]]:
        """All rules that a sentence can begin with, for and against."""
        names = {"concede", "turn", "further", "opener", *self.options("start.long"), *self.options("start.short")}
        for kind in self.options("kind"):
            names |= {step.lstrip("!") for step in self.options(f"step.{kind}")}
            names |= set(self.options(f"close.{kind}"))
        return product(sorted(name for name in names if self.grammar.has(name)), (1, -1))

    def memory(self, name: str) -> tuple[float, ...]:
        """The probabilities of the options that a memory keeps."""
        return self.compiled.memories[name]

    def options(self, name: str) -> dict[str, float]:
        """A table of the plan: its patterns and their probabilities."""
        table = self.grammar.table(name, 1)
        found: dict[str, float] = {}
        for option, probability in zip(table.options, table.probabilities, strict=True):
            found[option.pattern] = found.get(option.pattern, 0.0) + probability
        return found

    def beliefs(
        self,
        review: Review,
        masked: Collection[Position],
        *,
        window: range | None = None,
        hidden: Collection[Position] = (),
    ) -> dict[Position, Belief]:
        """The belief about each masked position (sentence, pre-token).

        `window` are the sentences that are seen (all of them for None), `hidden` positions in it that are not seen
        and not asked for: those at the end of the last sentence as cut off behind, those at the start of the first as
        cut off in front (which are told), others as masked.

        Raises InputError for a window that is empty or not within the review, and for a position that does not exist or
        lies outside the window.
        """
        return Scene(self, review, masked, window, hidden).beliefs()


@cache
def oracle() -> Oracle:
    """The oracle of the film world."""
    return Oracle(grammar(), film_prior())


def beliefs(
    review: Review, masked: Collection[Position], *, window: range | None = None, hidden: Collection[Position] = ()
) -> dict[Position, Belief]:
    """The belief about each masked position of a review of the film world: see `Oracle.beliefs`."""
    return oracle().beliefs(review, masked, window=window, hidden=hidden)


class Scene:
    """A review with some of its words masked."""

    def __init__(
        self,
        oracle: Oracle,
        review: Review,
        masked: Collection[Position],
        window: range | None,
        hidden: Collection[Position],
    ) -> None:
        self.oracle, self.compiled, self.prior = oracle, oracle.compiled, oracle.prior
        self.traced = trace(review, oracle.grammar)
        self.stance = 1 if review.label else -1
        self.last = len(self.traced) - 1
        self.window = range(len(self.traced)) if window is None else window
        if not self.window or self.window.step != 1 or self.window.start < 0 or self.window.stop > len(self.traced):
            raise InputError(
                f"{window!r} is no window on a review of {len(self.traced)} sentences: expected a range of sentence "
                "numbers with at least one in it"
            )
        for sentence, place in (*masked, *hidden):
            if sentence not in self.window or not 0 <= place < len(self.traced[sentence].tokens):
                raise InputError(
                    f"there is no position {(sentence, place)!r} in the sentences {self.window!r}: expected a pair of "
                    "a sentence's number and a pre-token's, both from 0; `basic_tokens` lists the pre-tokens"
                )
        self.masked = sorted(set(masked))
        self.head, self.tail = cuts(self.traced, self.window, frozenset(hidden))
        unseen = {*masked, *hidden} - {(self.window.start, place) for place in range(self.head)}
        self.tokens = [
            tuple(None if (i, j) in unseen else token for j, token in enumerate(sentence.tokens))
            for i, sentence in enumerate(self.traced)
        ]
        if self.tail is not None:
            self.tokens[self.window[-1]] = self.tokens[self.window[-1]][: self.tail]
        length = next((c for c in review.derivation.choices if c.rule.startswith("length")), None)
        table = oracle.grammar.table("length", 1)
        self.long = length is not None and int(table.options[length.option].pattern) > 5
        tenses = oracle.options("tense")
        labels = oracle.options("label")
        self.hypotheses = {
            (s, t): tenses.get("past" if t else "present", 0.0) * labels.get("positive" if s > 0 else "negative", 0.0)
            for s, t in product((1, -1), (0, 2))
        }
        self._told: dict[tuple, float] = {}
        self._steps: dict[tuple, Steps] = {}

    def beliefs(self) -> dict[Position, Belief]:
        """The belief about each masked position."""
        readings = [self.read_blind(number) for number in self.window]
        left = [h for h in self.hypotheses if all(h in reading.totals for reading in readings)]
        keys = {n: keys_of(reading, left, self.groups) for n, reading in zip(self.window, readings, strict=True)}
        if self.head:
            first = keys[self.window.start]
            keys[self.window.start] = first._replace(open=first.touched)
        for n in self.window[1:]:
            # Read with the topic as it was: open where the sentence before is open about that.
            if "end" in keys[n - 1].open:
                keys[n] = keys[n]._replace(open=keys[n].touched)
        found: dict[Position, Belief] = {}
        for number in sorted({sentence for sentence, _ in self.masked}):
            places = [place for sentence, place in self.masked if sentence == number]
            told = self.read_told(number, left)
            blind = self.mix_blind(readings, number)
            partial = readings[self.window.index(number)].partial
            exact = is_exact(keys, number, self.window.start, partial, len(left) == 1)
            exact &= not (self.head and number == self.window.start)
            if "step" in keys[number].open:
                # Then it matters which way the next opinion took this one to go; to an opening, how long the review is.
                whole = self.window.stop == len(self.traced) and self.tail is None
                exact &= self.swayed(number) is None and (number > 0 or whole)
            for place in places:
                found[number, place] = Belief(told[place], exact, blind[place])
        return found

    def steps(self, step: str, middle: bool, before: int, stance: int) -> Steps:
        """The rules that carry out a step of the plan."""
        key = (step, middle, before, stance)
        if key not in self._steps:
            rules = [self.compiled.rule(name, polarity) for name, polarity in rules_of(step, middle, before, stance)]
            self._steps[key] = Steps(tuple(Move(CALL, rule) for rule in rules), 0, self.compiled.measure)
        return self._steps[key]

    def groups(self, fact: str) -> list[str]:
        """The groups of variables that a fact touches."""
        prefix = "other." if fact.startswith("other.") else ""
        return [prefix + group for group in self.prior.groups(fact.removeprefix(prefix))]

    def middle(self, number: int) -> bool:
        """Whether a sentence is neither the opening nor the verdict."""
        return 0 < number < self.last

    def plan(self, number: int) -> dict[str, float]:
        """The options of the plan for a sentence and their probabilities, given the other sentences' options."""
        options = self.oracle.options
        if number == 0:
            return options("start.long" if self.long else "start.short")
        found: dict[str, float] = {}
        for kind, weight in options("kind").items():
            for other in range(1, self.window.stop):
                if other != number:
                    table = options(f"step.{kind}" if self.middle(other) else f"close.{kind}")
                    weight *= table.get(self.traced[other].step, 0.0)
            for step, probability in options(f"step.{kind}" if self.middle(number) else f"close.{kind}").items():
                found[step] = found.get(step, 0.0) + weight * probability
        total = sum(found.values())
        return {step: weight / total for step, weight in found.items() if weight > 0}

    def before(self, number: int, stance: int) -> int:
        """Which way the last opinion before a sentence went, were the review's stance `stance`."""
        return self.traced[number].before * self.stance * stance

    def swayed(self, number: int) -> int | None:
        """The next visible sentence whose first words depend on which way this one goes."""
        found = next((n for n in range(number + 1, self.last) if self.traced[n].step not in TOLD), None)
        if found is None or found not in self.window or self.traced[found].step.lstrip("!") not in OPENED:
            return None
        return found

    def roots(self, number: int, stance: int) -> list[Root]:
        """The ways to begin a sentence."""
        before = self.before(number, stance)
        return [
            Root(
                weight,
                self.steps(step, self.middle(number), before, stance),
                ("step", step),
                ((LAST, polarity_of(step, number, self.last, before, stance)),),
            )
            for step, weight in self.plan(number).items()
        ]

    def evidence(self, number: int) -> dict[str, Evidence]:
        """What the other visible sentences show of the films."""
        shown: dict[str, list[Mention]] = {"": [], "other.": []}
        for other in self.window:
            if other != number:
                for fact, start, end in self.traced[other].mentions:
                    prefix = "other." if fact.startswith("other.") else ""
                    words = self.tokens[other][start:end]
                    words += (None,) * (end - start - len(words))
                    shown[prefix].append(Mention(fact.removeprefix(prefix), words))
        return {
            prefix: evidence_of(self.prior, tuple(dict.fromkeys(mentions)), prefix)
            for prefix, mentions in shown.items()
        }

    def picks(self, numbers: Iterable[int], stance: int) -> dict[str, list[int]]:
        """The options that sentences picked from tables with a memory, were the review's stance `stance`."""
        found: dict[str, list[int]] = {}
        for number in numbers:
            for memory, option, start in self.traced[number].picks:
                if number in self.window and start >= len(self.tokens[number]):
                    continue
                found.setdefault(turned(memory, self.stance * stance), []).append(option)
        return found

    def lattice(self, number: int, context: Context, roots: list[Root]) -> Lattice:
        """The derivations of a sentence."""
        return Lattice(self.tokens[number], context, roots, self.tail is not None and number == self.window[-1])

    def told(self, number: int, stance: int, tense: int, near: bool, before: int) -> float:
        """The probability of a sentence's visible words where all is told that the docstring of the package lists."""
        key = (number, stance, tense, near, before)
        if key not in self._told:
            this = self.traced[number]
            context = Told(
                self.compiled, tense, near, self.picks([number], stance), this.mentions, (this.named, this.other)
            )
            steps = self.steps(this.step, self.middle(number), before, stance)
            self._told[key] = self.lattice(number, context, [Root(1.0, steps, None)]).total
        return self._told[key]

    def read_told(self, number: int, left: list[tuple[int, int]]) -> dict[int, Words]:
        """A sentence's words where the other sentences' picks are told; `left` are the hypotheses that are possible."""
        films = self.evidence(number)
        following = number + 1 if number + 1 in self.window else None
        swayed = self.swayed(number)
        weights, parts = [], []
        for stance, tense in left:
            weight = self.hypotheses[stance, tense]
            used: dict[str, frozenset[int]] = {}
            for memory, options in self.picks(range(number), stance).items():
                factor, used[memory] = self._pick_factor(memory, options)
                weight *= factor
            for other in self.window:
                if weight > 0 and other not in (number, following, swayed):
                    this = self.traced[other]
                    weight *= self.told(other, stance, tense, this.near, self.before(other, stance))
            if weight == 0:
                continue

            def after(state: State, stance: int = stance, tense: int = tense) -> float:
                seen = dict(state)
                near, factor = seen.get(FILM, False) and not seen.get(OTHER, False), 1.0
                for other in {following, swayed} - {None}:
                    this = self.traced[other]
                    before = seen[LAST] if other == swayed else self.before(other, stance)
                    factor *= self.told(other, stance, tense, near if other == following else this.near, before)
                return factor

            touch = (1 << FILM | 1 << OTHER) * (following is not None) | (1 << LAST) * (swayed is not None)
            later = self.picks(range(number + 1, self.window.stop), stance)
            context = Free(self.compiled, tense, self.traced[number].near, films, used, later, after, touch)
            lattice = self.lattice(number, context, self.roots(number, stance))
            if lattice.total > 0:
                weights.append(weight * lattice.total)
                parts.append(lattice.read()[0])
        return mixed(weights, parts)

    def _pick_factor(self, memory: str, options: list[int]) -> tuple[float, frozenset[int]]:
        return pick_factor(self.oracle.memory(memory), frozenset(), options)

    def read_blind(self, number: int) -> Reading:
        """A sentence's words where nothing is known of the options used elsewhere."""
        films = self.evidence(number)
        totals, words, notes = {}, {}, {}
        touch = (1 << FILM | 1 << OTHER) * (number + 1 < self.window.stop)
        for stance, tense in self.hypotheses:
            context = Free(self.compiled, tense, self.traced[number].near, films, {}, {}, None, touch)
            lattice = self.lattice(number, context, self.roots(number, stance))
            if lattice.total > 0:
                totals[stance, tense] = lattice.total
                words[stance, tense], notes[stance, tense] = lattice.read()
        return Reading(totals, words, notes, partial_groups(films))

    def mix_blind(self, readings: list[Reading], number: int) -> dict[int, Words]:
        """The blind beliefs about a sentence."""
        own = readings[self.window.index(number)]
        weights, parts = [], []
        for hypothesis, prior in self.hypotheses.items():
            weight = prior * math.prod(reading.totals.get(hypothesis, 0.0) for reading in readings)
            if weight > 0:
                weights.append(weight)
                parts.append(own.words[hypothesis])
        return mixed(weights, parts)


def cuts(traced: list[Traced], window: range, hidden: Collection[Position]) -> tuple[int, int | None]:
    """How many pre-tokens are cut off the first sentence of a window, and where the last is cut (None: it is not)."""
    first, last = window[0], window[-1]
    head, tail = 0, len(traced[last].tokens)
    while (first, head) in hidden:
        head += 1
    while (last, tail - 1) in hidden:
        tail -= 1
    if first == last and head > tail:
        head = 0
    return head, tail if tail < len(traced[last].tokens) else None


def partial_groups(films: dict[str, Evidence]) -> frozenset[str]:
    """The groups of facts of which parts of a value are visible."""
    return frozenset(prefix + group for prefix, film in films.items() for group in film.partial)


def turned(memory: str, sign: int) -> str:
    """The memory of the same table for the opposite opinion, where `sign` is -1 and the table has a sign."""
    if sign > 0 or memory[-1] not in "+-":
        return memory
    return memory[:-1] + ("-" if memory[-1] == "+" else "+")


@cache
def evidence_of(prior: Prior, mentions: tuple[Mention, ...], prefix: str) -> Evidence:
    """The evidence of mentions, made once."""
    return Evidence(prior, mentions, prefix)


def mixed(weights: list[float], parts: list[dict[int, Words]]) -> dict[int, Words]:
    """Distributions mixed with weights, normalised."""
    total = math.fsum(weights)
    found: dict[int, Words] = {}
    for weight, part in zip(weights, parts, strict=True):
        for place, words in part.items():
            mixture = found.setdefault(place, {})
            for word, probability in words.items():
                mixture[word] = mixture.get(word, 0.0) + probability * weight / total
    return found
