"""Where what the oracle is told beyond the visible words could not have mattered.

A key is something that sentences share: a memory of used options, a group of facts, whether the film was the topic,
the step of the plan. A sentence touches a key where one of its derivations depends on it or changes it, and it is
open about the key where its derivations, memory aside, do not all do the same to it. What a sentence is not open
about, the visible words tell as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

# A share of 1 or 0 to so many digits is certainty.
DIGITS = 9
Hypothesis = tuple[int, int]


class Reading(NamedTuple):
    """A sentence under each hypothesis (stance, tense): its probability, its words, its choices; partly seen groups."""

    totals: dict[Hypothesis, float]
    words: dict[Hypothesis, dict[int, dict[str, float]]]
    notes: dict[Hypothesis, dict[tuple, float]]
    partial: frozenset[str]


class Keys(NamedTuple):
    """The keys that a sentence touches, and those that it is open about."""

    touched: frozenset[str]
    open: frozenset[str]


def keys_of(reading: Reading, hypotheses: Iterable[Hypothesis], groups: Callable[[str], Iterable[str]]) -> Keys:
    """What a sentence shares, under the hypotheses that the visible words leave. `groups(fact)` are a fact's groups."""
    touched: set[str] = set()
    opened: set[str] = set()
    settled: dict[tuple, set[float]] = {}
    hypotheses = list(hypotheses)
    for hypothesis in hypotheses:
        for note in reading.notes[hypothesis]:
            settled.setdefault(relative(note, hypothesis[0]), set())
    for hypothesis in hypotheses:
        masses = {relative(note, hypothesis[0]): mass for note, mass in reading.notes[hypothesis].items()}
        for note, seen in settled.items():
            seen.add(round(masses.get(note, 0.0), DIGITS))
    for note, masses in settled.items():
        names = (
            [f"fact {g}" for g in groups(note[1])] if note[0] == "fact" else [note[1] if note[0] == "pick" else note[0]]
        )
        touched.update(names)
        if len(masses) > 1 or not masses <= {0.0, 1.0}:
            opened.update(names)
    return Keys(frozenset(touched), frozenset(opened))


def relative(note: tuple, stance: int) -> tuple:
    """A note whose memory is named by whether it speaks with the review or against it."""
    if note[0] != "pick" or note[1][-1] not in "+-":
        return note
    same = (note[1][-1] == "+") == (stance > 0)
    return (note[0], f"{note[1][:-1]} {'with' if same else 'against'}", note[2])


def is_exact(keys: dict[int, Keys], number: int, unseen: int, partial: Iterable[str], certain: bool) -> bool:
    """Whether the posterior of a sentence given what was told is the posterior given the visible words alone.

    `keys` are those of the visible sentences, before which `unseen` others stand; `partial` the groups of facts of
    which parts of a value stand visible elsewhere; `certain` says that stance and tense are settled by the visible
    words.
    """
    own = keys[number]
    others = [key for other, key in keys.items() if other != number]
    shared = {key for key in own.touched if key not in ("near", "end", "step")}
    if any(key.open & shared for key in others) or any(f"fact {group}" in own.touched for group in partial):
        return False
    if any("step" in key.open for key in others):
        return False
    if unseen and (not certain or "step" in own.open or any(not key.startswith("fact ") for key in shared)):
        return False
    if "near" in own.touched and number > 0 and (number - 1 not in keys or "end" in keys[number - 1].open):
        return False
    if "end" in own.open and number + 1 in keys and keys[number + 1].open:
        return False
    return certain or not any(key.open for key in others)
