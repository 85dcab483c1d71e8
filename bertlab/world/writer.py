"""The writer: expands rules into sentences, choosing at random and keeping a record of every choice."""

from __future__ import annotations

from bisect import bisect_right
from random import Random

from bertlab.world.films import Fact, Film, catalogue
from bertlab.world.grammar import CALL, FORMS, RUN, Marks, Table, article
from bertlab.world.structure import Arc, Choice, Derivation, Sentence, Span


class Writer:
    """Writes the sentences of one review about `film`, drawn from the films of `split`.

    Every draw goes through `_pick` or `_draw`, which record it. `tense` is 0 for the present and 2 for the past: the
    offset of a verb's form among the four that a pattern lists.
    """

    def __init__(self, random: Random, split: str) -> None:
        self.random = random.random
        self.tense = 0
        self._films = catalogue(split)
        self._split = split
        self._other: Film | None = None
        self._facts: dict[str, Fact] = {}
        self._used: dict[str, set[int]] = {}
        self._mentions: dict[str, tuple[int, int]] = {}
        self._topic = False
        self._number = 0
        self._choices: list[Choice] = []
        self._clear()
        self._film = self._draw(f"film.{split}", len(self._films))
        self.film = self._films[self._film]

    def _clear(self) -> None:
        self.words: list[str] = []
        self.spaces: list[bool] = []
        self.spans: list[Span] = []
        self.arcs: list[Arc] = []
        self.tags: set[str] = set()
        self._film_named = self._other_named = self._glue = self._capital = False

    def choose(self, table: Table) -> str:
        """A recorded choice that writes nothing: the pattern of an option."""
        index, probability, excluded = self._pick(table)
        self._choices.append(Choice(table.name, index, probability, excluded))
        return table.options[index].pattern

    def take_choices(self) -> Derivation:
        """The choices recorded since the last call."""
        choices, self._choices = self._choices, []
        return Derivation(tuple(choices))

    def sentence(self, rules: list[Table], role: str, stance: int) -> Sentence:
        """The sentence that `rules`, one after the other, expand to."""
        self._clear()
        for table in rules:
            self._expand(table, 0)
        words = self.words
        for i, word in enumerate(words):
            if word == "a":
                words[i] = article(words[i + 1])
        first = next(i for i, word in enumerate(words) if word != '"')
        words[first] = words[first][0].upper() + words[first][1:]
        self.spaces[0] = False
        self._topic = self._film_named and not self._other_named
        self._number += 1
        return Sentence(
            tuple(words),
            tuple(self.spaces),
            tuple(self.spans),
            tuple(self.arcs),
            frozenset(self.tags),
            self.take_choices(),
            role,
            stance,
        )

    def _draw(self, rule: str, size: int) -> int:
        """A recorded choice among `size` things of equal probability that no table lists: the films of a split."""
        index = int(self.random() * size)
        self._choices.append(Choice(rule, index, 1 / size))
        return index

    def _draw_other(self) -> Film:
        """A second film of the same split, to compare the first with."""
        index = self._draw(f"other film.{self._split}", len(self._films) - 1)
        return self._films[index + (index >= self._film)]

    def _pick(self, table: Table) -> tuple[int, float, tuple[int, ...]]:
        """Draw an option: its number, its probability, and the options that were out of the draw."""
        if table.memory is None:
            index = bisect_right(table.cumulative, self.random(), 0, len(table.options) - 1)
            return index, table.probabilities[index], ()
        used = self._used.setdefault(table.memory, set())
        if len(used) >= len(table.options):
            used.clear()
        excluded = tuple(sorted(used))
        probabilities = table.probabilities
        free = 1.0 - sum([probabilities[i] for i in excluded]) if excluded else 1.0
        left = self.random() * free
        index = -1
        for option, probability in enumerate(probabilities):
            if option not in used:
                index = option
                left -= probability
                if left < 0:
                    break
        used.add(index)
        return index, probabilities[index] / free, excluded

    def _expand(self, table: Table, plural: int) -> tuple[int, int]:
        """Write one expansion; return its head's position and its number (0 singular, 1 plural)."""
        if table.far is not None and not (self._topic or self._film_named):
            table = table.far
        words, choices = self.words, self._choices
        record, start = len(choices), len(words)
        choices.append(None)
        index, probability, excluded = self._pick(table)
        option = table.options[index]
        if option.tags:
            self.tags |= option.tags
        head, number = -1, int(option.plural)
        places: dict[tuple[str, str], list[int]] = {}
        for code, value, spaces, marks, capital in option.operations:
            if capital:
                self._capital = True
            if code == CALL:
                if not spaces[0]:
                    self._glue = True
                position, inner = self._expand(value, plural)
            elif code == RUN:
                self._emit(value, spaces)
                position, inner = len(words) - 1, 0
            elif code == FORMS:
                form = plural if len(value) == 2 else plural + self.tense
                self._emit((value[form],), spaces)
                position, inner = len(words) - 1, plural
            else:
                position, inner = self._write_fact(value, spaces[0]), 0
            if marks is not None:
                for role in marks.roles:
                    places.setdefault(role, []).append(position)
                    if role[0] == "S":
                        plural = inner
                if marks.head:
                    head, number = position, inner
                self._refer(marks, position)
        if places:
            self._link(places)
        choices[record] = Choice(table.name, index, probability, excluded, start, len(words))
        return (head if head >= 0 else len(words) - 1), number

    def _emit(self, words: tuple[str, ...], spaces: tuple[bool, ...]) -> None:
        at = len(self.words)
        self.words.extend(words)
        self.spaces.extend(spaces)
        if self._glue:
            self.spaces[at] = self._glue = False
        if self._capital:
            self.words[at] = words[0][0].upper() + words[0][1:]
            self._capital = False

    def _write_fact(self, name: str, space: bool) -> int:
        if name.startswith("other."):
            if self._other is None:
                self._other = self._draw_other()
            film, key = self._other, name[6:]
            self._other_named = True
        else:
            film, key = self.film, name
        fact = self._facts.get(name)
        if fact is None:
            fact = self._facts[name] = film.fact(key)
        start = len(self.words)
        self._emit(fact.words, fact.spaces if space else (False, *fact.spaces[1:]))
        end = len(self.words)
        if fact.label is not None:
            self.spans.append(Span(start, end, fact.label))
        if fact.marks is not None and film is self.film:
            self._refer(fact.marks, end - 1)
        return end - 1

    def _refer(self, marks: Marks, position: int) -> None:
        if marks.mention is not None:
            self._mentions[marks.mention] = (self._number, position)
            self._film_named |= marks.mention == "film"
        elif marks.pronoun is not None:
            sentence, target = self._mentions[marks.pronoun]
            self.arcs.append(Arc(position, target, "coreference", self._number - sentence))
            self._film_named |= marks.pronoun == "film"

    def _link(self, places: dict[tuple[str, str], list[int]]) -> None:
        for (role, clause), sources in places.items():
            if role == "V":
                targets, kind = places.get(("S", clause), ()), "subject"
            elif role == "N":
                targets, kind = places.get(("X", clause), ()), "negation"
                self.tags.add("negation")
            else:
                continue
            for source in sources:
                for target in targets:
                    if source != target:
                        self.arcs.append(Arc(source, target, kind))
