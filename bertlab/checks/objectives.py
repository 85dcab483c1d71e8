"""The checks of notebook 04, the objectives.

Each takes the function that an exercise asks for, and returns "Right: ..." or raises WrongAnswer with a likely mistake.
Functions that draw at random are judged by many draws, with margins of five standard deviations or more. They draw from
torch's generator, seeded for the check and put back afterwards; one that draws from elsewhere fails once in a
million trials.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from bertlab.checks.answers import WrongAnswer, call, judge

IGNORED = -100


def show(answer: Callable[[Tensor, Tensor, int, int], Tensor]) -> str:
    """Exercise 1: `answer(input_ids, chosen, mask_id, vocab_size)` is what the model sees, (B, n), with 80/10/10."""
    V, mask_id, shape = 1000, 4, (900, 500)
    random = torch.Generator().manual_seed(1)
    ids = torch.randint(5, V, shape, generator=random)
    chosen = torch.rand(shape, generator=random) < 0.5
    shown = _whole_numbers("show", _seeded("show", answer, ids, chosen, mask_id, V), shape)
    if (shown != ids)[~chosen].any():
        raise WrongAnswer("show: it looks as if positions change that were not chosen. Is `chosen &` in each line?")
    if shown.min() < 0 or shown.max() >= V:
        worst = (shown.min() if shown.min() < 0 else shown.max()).item()
        raise WrongAnswer(f"show: there is {worst} among the ids; expected ids from 0 to vocab_size - 1 = {V - 1}.")
    mask, same = shown == mask_id, shown == ids
    for dim, what in ((1, "sequence"), (0, "column")):
        shares = (mask & chosen).sum(dim) / chosen.sum(dim)
        if mask[chosen].any() and shares.std() > 0.1:
            raise WrongAnswer(f"show: it looks as if one u was drawn for a whole {what}; draw one for each position.")
    found = tuple(part[chosen].double().mean().item() for part in (mask, ~mask & ~same, same))
    _judge_shares(found)
    _judge_pieces(shown[chosen & ~mask & ~same], V)
    return "Right: show."


def choose(answer: Callable[[Tensor, Tensor], Tensor]) -> str:
    """Exercise 2: `answer(maskable, lengths)` chooses 15 % of each sequence's tokens: (B, n), Boolean."""
    n = 64
    # Not 10, 30 and 50: 15 % of them end in one half, which may be rounded either way.
    some = [length for length in range(3, n) if length not in (10, 30, 50)]
    lengths = torch.tensor(some * 4 + [22] * 2000)  # (B,)
    place = torch.arange(n)
    maskable = (place >= 1) & (place < lengths[:, None] - 1)  # (B, n)
    maskable &= ~((place == lengths[:, None] // 2) & (lengths[:, None] > 8) & (lengths[:, None] != 22))  # a [SEP]
    chosen = _seeded("choose", answer, maskable, lengths)
    chosen = _whole_numbers("choose", chosen, maskable.shape)
    if chosen.min() < 0 or chosen.max() > 1:
        raise WrongAnswer("choose: expected True or False (or 1 and 0) for each position; other numbers were returned.")
    chosen = chosen.bool()
    if (chosen & (place >= lengths[:, None])).any():
        raise WrongAnswer("choose: it looks as if padding is chosen. Choose among the maskable positions.")
    if (chosen & ~maskable).any():
        raise WrongAnswer("choose: it looks as if [CLS] or [SEP] is chosen. Choose among the maskable positions.")
    _judge_counts(chosen.sum(1), maskable.sum(1), lengths, n)
    shares = chosen[lengths == 22].double().mean(0)[1:21]  # 3 of 20 each
    if (shares - 0.15).abs().max() > 0.05:
        worst = int((shares - 0.15).abs().argmax())
        raise WrongAnswer(
            f"choose: position {worst + 1} of sequences of 22 tokens is chosen in {shares[worst]:.0%} of cases; "
            "expected 15 % for each that is maskable. Are the positions shuffled before the first are taken?"
        )
    return "Right: choose."


def mlm_loss(answer: Callable[[Tensor, Tensor], Tensor]) -> str:
    """Exercise 3: `answer(logits, labels)` is the mean loss over positions with a label, from (B, n, V) and (B, n)."""
    logits, labels = _questions()
    every = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").reshape(labels.shape)  # 0 at -100
    M = labels != IGNORED
    right, log_p = every[M].mean(), logits.log_softmax(-1)
    at_label = labels.clamp(min=0)[..., None]
    counts = M.sum(1)
    softmax_over_positions = -logits.log_softmax(1).gather(-1, at_label).squeeze(-1)
    mistakes = {
        "the mean is over all positions; it is over those with a label": every.mean(),
        "the sum was taken; it is the mean over the positions with a label": every[M].sum(),
        "the sum was divided by the number of sequences": every[M].sum() / len(labels),
        "the mean of the sequences' means was taken; sequences with few questions count too much": (
            every.sum(1) / counts
        ).mean(),
        "-100 was used as an index, and counts from the end of the vocabulary": -(
            log_p.gather(-1, (labels % logits.shape[-1])[..., None]).mean()
        ),
        "positions without a question count as if 0 had been asked for": -log_p.gather(-1, at_label).mean(),
        "label 0 is left out too; it is an id like others, and only -100 means no question": every[labels > 0].mean(),
        "the minus sign is missing": -right,
        "the logarithm has base 2; nats have base e": right / math.log(2),
        "there is no softmax: these are the logits themselves": -logits.gather(-1, at_label).squeeze(-1)[M].mean(),
        "the probability was taken, without its logarithm": log_p.exp().gather(-1, at_label).squeeze(-1)[M].mean(),
        "the softmax is over the positions; it is over the vocabulary, dim=-1": softmax_over_positions[M].mean(),
        "there are two softmaxes": F.cross_entropy(logits[M].softmax(-1), labels[M]),
    }
    hint = "labels of -100 index nothing: pick the other positions first, logits[labels != -100]."
    judge("mlm_loss", call("mlm_loss", answer, logits, labels, hint=hint), right, mistakes)
    large = call("mlm_loss", answer, logits + 1000, labels, hint=hint)
    overflow = "mlm_loss with 1,000 added to all logits, which changes nothing (subtract the largest, or use logsumexp)"
    judge(overflow, large, right, {}, tolerance=1e-3)
    return "Right: mlm_loss."


def next_sentence(answer: Callable[[list[list[str]], int, int, Random], tuple[str, int]]) -> str:
    """Exercise 4: `answer(documents, d, i, random)` is a sentence B and its label, 0 where B is the next sentence."""
    documents = [[f"sentence {i} of document {d}" for i in range(size)] for d, size in enumerate((4, 3, 5, 2, 4))]
    hint = "The last document has no document after it; every sentence i that you are asked about has a next one."
    random, draws = Random(4), 3000
    for d, i in ((2, 1), (0, 2), (4, 0)):
        pairs = [_a_pair(call("next_sentence", answer, documents, d, i, random, hint=hint)) for _ in range(draws)]
        _judge_pairs(documents, d, i, pairs)
    return "Right: next_sentence."


def unigram_loss(answer: Callable[[list[int], list[int], int], float]) -> str:
    """Exercise 5: `answer(training_ids, test_ids, V)` is the loss of word frequencies, with 1 added to each count."""
    V, training, test = 12, [1] * 14 + [2] * 7 + [3] * 5 + [5] * 3 + [7] * 2 + [10], [1, 1, 1, 2, 2, 3, 5, 8, 11, 1, 10]
    counts = torch.bincount(torch.tensor(training), minlength=V).double()
    p, own = (counts + 1) / (counts.sum() + V), torch.bincount(torch.tensor(test), minlength=V).double()
    right, seen = -p[test].log().mean(), (counts > 0).sum()
    mistakes = {
        "the 1 is not added: a word that training never saw has probability 0": (
            -(counts / counts.sum())[test].log().mean()
        ),
        "1 was added above and not below: then the probabilities sum to more than 1": (
            -((counts + 1) / counts.sum())[test].log().mean()
        ),
        "1 was added below once; it is added V times": -((counts + 1) / (counts.sum() + 1))[test].log().mean(),
        "below, the words that training saw were added; all V are": (
            -((counts + 1) / (counts.sum() + seen))[test].log().mean()
        ),
        "the frequencies are those of the test ids; a predictor that has seen them knows the answers": (
            -((own + 1) / (own.sum() + V))[test].log().mean()
        ),
        "the loss is on the training ids; it is asked for on test_ids": -p[training].log().mean(),
        "the loss was averaged over the vocabulary; average over the test ids": -p.log().mean(),
        "the loss was averaged over the different test ids; each counts as often as it occurs": (
            -p[sorted(set(test))].log().mean()
        ),
        "the sum was taken; it is the mean": right * len(test),
        "the minus sign is missing": -right,
        "the logarithm has base 2; nats have base e": right / math.log(2),
        "this is the perplexity; its logarithm is the loss": right.exp(),
        "this is ln V, the loss of the predictor that knows nothing": math.log(V),
        "this is the logarithm of a mean of probabilities; take logarithms first": -p[test].mean().log(),
    }
    hint = "Some test ids occur nowhere in training_ids: they have the count 0, plus 1."
    return judge("unigram_loss", call("unigram_loss", answer, training, test, V, hint=hint), right, mistakes)


SHARES = (
    ((1.0, 0.0, 0.0), "[MASK] is shown everywhere: always, or one u was drawn for all; draw one for each position"),
    ((0.0, 1.0, 0.0), "a random piece is shown everywhere: was one u drawn for all? Draw one for each position"),
    ((0.0, 0.0, 1.0), "nothing changes: no [MASK] is there, or one u was drawn for all; draw one for each position"),
    ((0.8, 0.2, 0.0), "nothing stays unchanged; the last tenth does"),
    ((0.8, 0.0, 0.2), "nothing becomes a random piece; one tenth does"),
    ((0.8, 0.02, 0.18), "a second draw takes 1 in 10 of what the first has left: that is 2 in 100; it takes one half"),
    ((0.81, 0.09, 0.1), "random and unchanged are drawn independently, and overlap; let one draw decide"),
    ((0.81, 0.1, 0.09), "random and unchanged are drawn independently, and overlap; let one draw decide"),
    ((0.72, 0.1, 0.18), "random pieces are drawn independently, and overwrite a part of [MASK]; let one draw decide"),
    ((0.9, 0.1, 0.0), "[MASK] is shown for all u below 0.9, or above 0.1, so that nothing stays unchanged"),
    ((0.9, 0.0, 0.1), "[MASK] is shown for all u below 0.9, or above 0.1, so that nothing becomes random"),
    ((0.1, 0.8, 0.1), "random pieces have the 80 %, which are for [MASK]"),
    ((0.1, 0.1, 0.8), "what stays unchanged has the 80 %, which are for [MASK]"),
)
"""Shares of [MASK], random and unchanged that usual mistakes give."""


def _judge_shares(found: tuple[float, float, float]) -> None:
    # About 225,000 positions are chosen: standard deviations of 0.0008 and 0.0006.
    def near(shares: Sequence[float]) -> bool:
        return all(abs(one - other) < 0.005 for one, other in zip(found, shares, strict=True))

    if near((0.8, 0.1, 0.1)):
        return
    for shares, mistake in SHARES:
        if near(shares):
            raise WrongAnswer(f"show: it looks as if {mistake}.")
    mask, random, same = (f"{100 * share:.1f} %" for share in found)
    raise WrongAnswer(
        f"show: of the chosen positions {mask} show [MASK], {random} another piece, {same} stay; expected 80, 10, 10."
    )


def _judge_pieces(pieces: Tensor, V: int) -> None:
    """The random pieces, some 22,000 of them: each of V = 1000 is expected 22 times."""
    kinds = pieces.unique()
    if len(kinds) == 1:
        raise WrongAnswer("show: it looks as if one random piece is shown at all positions; draw one for each.")
    if len(kinds) < 0.95 * V:
        raise WrongAnswer(
            f"show: the random pieces are {len(kinds)} different ones, from {kinds.min()} to {kinds.max()}; expected "
            f"draws from the whole vocabulary, 0 to vocab_size - 1 = {V - 1}."
        )


def _judge_counts(counts: Tensor, maskable: Tensor, lengths: Tensor, n: int) -> None:
    def share(of: Tensor, at_least: int = 1) -> Tensor:
        return (0.15 * of.double()).round().long().clamp(min=at_least)

    right = share(lengths)
    if torch.equal(counts, right):
        return
    off = int((counts != right).nonzero()[0])
    padded = share(torch.full_like(lengths, n)).minimum(maskable)
    mistakes = {
        "a short sequence gets no position; it gets at least one": share(lengths, at_least=0),
        "15 % of the maskable positions are chosen; it is 15 % of all tokens of the sequence": share(maskable),
        "15 % of the maskable positions are chosen, or none; it is 15 % of all tokens, at least one": share(
            maskable, at_least=0
        ),
        "15 % of the padded row are chosen; it is 15 % of the sequence's own length": padded,
        "the count is rounded down; round to the nearest": (0.15 * lengths.double()).floor().long().clamp(min=1),
        "the count is rounded up; round to the nearest": (0.15 * lengths.double()).ceil().long(),
        "every maskable position is chosen": maskable,
    }
    for mistake, wrong in mistakes.items():
        if torch.equal(counts, wrong):
            raise WrongAnswer(f"choose: it looks as if {mistake}.")
    same_length = counts[lengths == 22].unique()
    if (counts <= right).all() and len(same_length) > 1:
        raise WrongAnswer("choose: it looks as if a position is drawn twice; draw without repetition.")
    if len(same_length) > 1:
        raise WrongAnswer(
            f"choose: sequences of 22 tokens get from {same_length.min()} to {same_length.max()} positions; expected 3 "
            "in each: the count is fixed, and only the places are drawn."
        )
    raise WrongAnswer(
        f"choose: a sequence of {lengths[off]} tokens gets {counts[off]}; expected {right[off]}: 15 %, rounded, "
        "at least one."
    )


def _judge_pairs(documents: list[list[str]], d: int, i: int, pairs: list[tuple[str, int]]) -> None:
    where = {sentence: (number, place) for number, each in enumerate(documents) for place, sentence in enumerate(each)}
    places = [(where.get(sentence), label) for sentence, label in pairs]
    if any(place is None for place, _ in places):
        raise WrongAnswer("next_sentence: B is no sentence of the documents; expected one of them, as it stands.")
    own = {label for (number, _), label in places if number == d}
    others = {label for (number, _), label in places if number != d}
    if own == {1} and others == {0}:
        raise WrongAnswer("next_sentence: it looks as if the labels are swapped: 0 is for the true next sentence.")
    if any(place != (d, i + 1) for place, label in places if label == 0):
        raise WrongAnswer("next_sentence: it looks as if label 0 is given to a B that is not the next sentence.")
    if any(place == (d, i + 1) for place, label in places if label == 1):
        raise WrongAnswer(
            "next_sentence: it looks as if a true next sentence gets label 1: B is drawn from the same document."
        )
    if 1 in own:
        raise WrongAnswer("next_sentence: it looks as if negatives are drawn from the same document; take another one.")
    share = sum(label == 0 for _, label in places) / len(places)
    if not 0.45 < share < 0.55:
        raise WrongAnswer(f"next_sentence: label 0 comes in {share:.0%} of cases; expected one half.")
    negatives = Counter(place for place, label in places if label == 1)
    for number, document in enumerate(documents):
        drawn = [place for place in range(len(document)) if negatives[number, place]]
        if number != d and not drawn:
            raise WrongAnswer(f"next_sentence: with d={d}, no B comes from document {number}; expected any but d.")
        if number != d and drawn == [0]:
            raise WrongAnswer("next_sentence: it looks as if B is always the first sentence of its document; take any.")
        if number != d and len(drawn) < len(document):
            missing = next(place for place in range(len(document)) if place not in drawn)
            raise WrongAnswer(f"next_sentence: sentence {missing} of document {number} is never drawn; expected any.")


def _a_pair(returned: Any) -> tuple[str, int]:
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise WrongAnswer("next_sentence: expected two things, a sentence and its label: `return sentence, label`.")
    sentence, label = returned
    if not isinstance(sentence, str) and isinstance(label, str):
        raise WrongAnswer("next_sentence: it looks as if sentence and label are swapped; the sentence comes first.")
    if not isinstance(sentence, str):
        raise WrongAnswer(f"next_sentence: B is a {type(sentence).__name__}; expected one sentence, a string.")
    if isinstance(label, str | Tensor) or label not in (0, 1):
        raise WrongAnswer(f"next_sentence: the label is {label!r}; expected 0 for the next sentence and 1 for another.")
    return sentence, int(label)


def _questions() -> tuple[Tensor, Tensor]:
    """Logits (B, n, V) and labels (B, n); the sequences have 1, 2 and 4 labels, and one of these is 0."""
    random = torch.Generator().manual_seed(3)
    logits = 2 * torch.randn(3, 6, 120, generator=random)  # V over 100, so that -100 is an index
    labels = torch.full((3, 6), IGNORED)
    labels[0, 2] = 17
    labels[1, [1, 4]] = torch.tensor([0, 99])
    labels[2, [0, 2, 3, 5]] = torch.tensor([5, 118, 41, 63])
    return logits, labels


def _seeded(name: str, function: Any, *arguments: Any) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return call(name, function, *arguments)


def _whole_numbers(name: str, answer: Any, shape: Sequence[int]) -> Tensor:
    try:
        found = torch.as_tensor(answer)
    except (TypeError, ValueError, RuntimeError):
        raise WrongAnswer(f"{name} returns {type(answer).__name__}; expected a tensor.") from None
    if tuple(found.shape) != tuple(shape):
        raise WrongAnswer(f"{name}: the shape is {tuple(found.shape)}, and should be {tuple(shape)}.")
    if found.is_floating_point():
        raise WrongAnswer(f"{name} returns {found.dtype}; expected whole numbers or Booleans. Was a float in it?")
    return found.long()
