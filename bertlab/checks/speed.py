"""The checks of notebook 07, speed.

Each takes what an exercise asks for, and returns "Right: ..." or raises WrongAnswer with the likely mistake.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from bertlab.checks.answers import call, judge


def positions(answer: Callable[[Sequence[int], int], int]) -> str:
    """Exercise 1: `answer(lengths, batch_size)` is how many positions batches padded to their longest text have."""
    lengths, size = [30, 5, 12, 90, 7, 41, 60, 8, 22, 3, 17], 4
    batches = [lengths[start : start + size] for start in range(0, len(lengths), size)]
    in_order = sorted(lengths, reverse=True)
    expected = sum(max(batch) * len(batch) for batch in batches)
    mistakes = {
        "the last batch was taken to be full": sum(max(batch) * size for batch in batches),
        "the last batch was left out": sum(max(batch) * len(batch) for batch in batches if len(batch) == size),
        "every batch was padded to the longest text of all": max(lengths) * len(lengths),
        "nothing was padded: these are the word pieces": sum(lengths),
        "the texts were sorted; the batches are taken in the order that is given": sum(
            in_order[start] * len(in_order[start : start + size]) for start in range(0, len(lengths), size)
        ),
        "only the longest of each batch was counted; every text of it is as long": sum(max(batch) for batch in batches),
        "these are the padded positions alone": expected - sum(lengths),
    }
    hint = "lengths is a list of integers; lengths[start : start + batch_size] is a batch."
    return judge("positions", call("positions", answer, list(lengths), size, hint=hint), expected, mistakes)


def flops(answer: Callable[[int, int, int, int, Sequence[int]], float]) -> str:
    """Exercise 2: `answer(L, D, I, C, lengths)`: training operations with a projection of D x C on each `[CLS]` besides."""
    L, D, inner, classes, lengths = 3, 64, 200, 5, [20, 50, 11]
    weights, tokens = L * (4 * D**2 + 2 * D * inner), sum(lengths)
    attention = 12 * L * D * sum(n**2 for n in lengths)
    head = 6 * D * classes * len(lengths)
    expected = 6 * weights * tokens + attention + head
    mistakes = {
        "the head was left out": expected - head,
        "the head was counted for each token; it reads one vector of each text": expected - head + 6 * D * classes * tokens,
        "attention was left out": expected - attention,
        "attention reached across texts; each length is squared alone": expected
        - attention
        + 12 * L * D * tokens**2,
        "it is the way there alone; training has a way back, twice as long": expected / 3,
        "a multiplication and an addition were counted as one operation; they are two": expected / 2,
        "attention was counted for the way there alone": expected - attention * 2 / 3,
        "the feed-forward net had one matrix; it has two": expected - 6 * L * D * inner * tokens,
        "attention had three matrices; they are four: query, key, value and output": expected - 6 * L * D**2 * tokens,
    }
    hint = "6 operations a weight and token, and 12 L D n^2 a text of n tokens."
    found = call("flops", answer, L, D, inner, classes, list(lengths), hint=hint)
    return judge("flops", found, float(expected), mistakes, tolerance=0.5)


def memory(answer: Callable[[int, int], int]) -> str:
    """Exercise 3: `answer(parameters, frozen)` is the bytes of weights, gradients and AdamW's means in float32."""
    parameters, frozen = 22_000, 12_000
    trained = parameters - frozen
    expected = 4 * (parameters + 3 * trained)
    mistakes = {
        "what is frozen had gradients and means; it has neither": 16 * parameters,
        "what is frozen had gradients; it has neither gradients nor means": 4 * (2 * parameters + 2 * trained),
        "the frozen weights were left out; they are there all the same": 16 * trained,
        "the gradients, or one of AdamW's two means, were left out": 4 * (parameters + 2 * trained),
        "AdamW's means were left out": 4 * (parameters + trained),
        "these are numbers, not bytes: a float32 has four": parameters + 3 * trained,
        "a float32 had two bytes; it has four": 2 * (parameters + 3 * trained),
    }
    hint = "Both arguments are integers: all parameters, and those of them that are frozen."
    return judge("memory", call("memory", answer, parameters, frozen, hint=hint), expected, mistakes)


def inside(answer: Callable[[Tensor], Tensor]) -> str:
    """Exercise 4: `answer(cu_seqlens)` is (T, T), True where a token of a packed row may attend to another."""
    ends = torch.tensor([0, 3, 4, 9])
    text = torch.repeat_interleave(torch.arange(3), ends.diff())
    expected = text[:, None] == text[None, :]
    order = torch.arange(9)
    mistakes = {
        "it is upside down: True where a token may not": ~expected,
        "every token saw every other; a text ends where the next begins": torch.ones_like(expected),
        "a token could not look ahead; in BERT it can": expected
        & (order[:, None] >= order[None, :]),
        "a token saw itself alone": torch.eye(9, dtype=torch.bool),
        "a token did not see itself; it does": expected & ~torch.eye(9, dtype=torch.bool),
        "the borders were shifted by one: a text begins at the border, not after it": _shifted(ends),
    }
    hint = "cu_seqlens is [0, end of the first text, end of the second, ...]; its last entry is T."
    found = call("inside", answer, ends.clone(), hint=hint)
    return judge("inside", found, expected, mistakes)


def _shifted(ends: Tensor) -> Tensor:
    text = torch.bucketize(torch.arange(int(ends[-1])), ends[1:])
    return text[:, None] == text[None, :]


def saved(answer: Callable[[float, float], float]) -> str:
    """Exercise 5: `answer(share, factor)` is how many times as fast all becomes if a share of it becomes `factor` times so."""
    share, factor = 0.6, 4.0
    expected = 1 / (1 - share + share / factor)
    mistakes = {
        "everything became so much faster; it was only a part": factor,
        "the rest was left out; it takes as long as before": factor / share,
        "it is the time that is left, not how many times as fast": 1 / expected,
        "a mean of speeds was taken; it is the times that add up": 1 - share + share * factor,
        "share and rest have changed places": 1 / (share + (1 - share) / factor),
        "the part took no time any more; it takes a quarter": 1 / (1 - share),
    }
    found = call("saved", answer, share, factor, hint="Both are numbers; let all have taken 1 before.")
    return judge("saved", found, expected, mistakes, tolerance=1e-6)
