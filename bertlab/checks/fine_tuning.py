"""The checks of notebook 06, fine-tuning.

Each takes what an exercise asks for, and returns "Right: ..." or raises WrongAnswer with the likely mistake.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from bertlab.checks.answers import WrongAnswer, call, judge


def accuracy(answer: Callable[[list[Tensor], list[Tensor]], float]) -> str:
    """Exercise 1: `answer(logits, labels)` is the accuracy over all texts of batches of different sizes."""
    random = torch.Generator().manual_seed(1)
    sizes = (8, 8, 5, 1)
    logits = [torch.randn(size, 3, generator=random) for size in sizes]
    labels = [batch.argmax(-1) for batch in logits]
    for batch, wrong in zip(labels, (2, 1, 3, 1)):
        batch[:wrong] = (batch[:wrong] + 1) % 3
    rights = torch.tensor([(l.argmax(-1) == y).sum() for l, y in zip(logits, labels)]).double()
    counts = torch.tensor(sizes).double()
    right = rights.sum() / counts.sum()
    mistakes = {
        "the batches' accuracies were averaged: a batch of one text then counts as much as one of eight": (
            rights / counts
        ).mean(),
        "the number of right answers was divided by the number of batches": rights.sum() / len(sizes),
        "every batch was taken to be as large as the first": rights.sum() / (sizes[0] * len(sizes)),
        "only the last batch was counted": rights[-1] / counts[-1],
        "these are right answers, not their share": rights.sum(),
        "these are per cent; a share is from 0 to 1": 100 * right,
        "it is the share of wrong answers": 1 - right,
        "it takes the lowest logit; the predicted class has the highest": sum(
            (l.argmin(-1) == y).sum() for l, y in zip(logits, labels)
        )
        / counts.sum(),
    }
    hint = "Logits come as (B, classes) and labels as (B,), where B differs from batch to batch."
    return judge("accuracy", call("accuracy", answer, logits, labels, hint=hint), right, mistakes, tolerance=1e-4)


def cut_ids(answer: Callable[[list[int], int], Sequence[int]]) -> str:
    """Exercise 2: `answer(ids, max_length)` keeps head and tail of a text, and `[CLS]` and `[SEP]`."""
    ids, max_length = [101, *range(1, 31), 102], 10
    content, head, tail = ids[1:-1], 2, 6
    wanted = [101, *content[:head], *content[-tail:], 102]
    mistakes = {
        "nothing was cut": ids,
        "it is the head alone": [101, *content[: head + tail], 102],
        "it is the tail alone": [101, *content[-head - tail :], 102],
        "[CLS] and [SEP] are lost; they always stay": content[:head] + content[-tail:],
        "[CLS] and [SEP] come on top of `max_length`; they are part of it": [101, *content[:2], *content[-8:], 102],
        "[CLS] and [SEP] come on top of `max_length`; they are part of it, and a quarter is rounded": [
            101,
            *content[:3],
            *content[-7:],
            102,
        ],
        "a quarter comes from the end; it comes from the beginning, and the rest from the end": [
            101,
            *content[:tail],
            *content[-head:],
            102,
        ],
        "half comes from each end; a quarter comes from the beginning": [101, *content[:4], *content[-4:], 102],
        "the first and the last pieces were taken with [CLS] and [SEP] counted as text": ids[:2] + ids[-8:],
        "[CLS] was counted in the head: the quarter is of what is between [CLS] and [SEP]": ids[:2] + ids[-8:],
        "head and tail have changed places": [101, *content[-tail:], *content[:head], 102],
    }
    hint = "ids is a list: ids[1:-1] is the text, without [CLS] and [SEP]."
    judge("cut_ids", call("cut_ids", answer, list(ids), max_length, hint=hint), wanted, mistakes)
    short = [101, *range(1, 8), 102]
    for kept in (short, [101, *range(1, 9), 102]):
        found = call("cut_ids", answer, list(kept), max_length, hint="A text of at most max_length ids stays as it is.")
        if list(found) != kept:
            raise WrongAnswer(f"cut_ids: {len(kept)} ids fit into {max_length} and must stay as they are; {len(found)} came back.")
    return "Right: cut_ids."


def share(answer: Callable[[str, int, float], float]) -> str:
    """Exercise 3: `answer(name, layers, decay)` is a parameter's share of the peak rate, by its name."""
    layers, decay = 12, 0.9
    depths = {
        "bert.embeddings.word_embeddings.weight": layers,
        "bert.embeddings.LayerNorm.bias": layers,
        "bert.encoder.layer.0.attention.self.query.weight": layers - 1,
        "bert.encoder.layer.1.output.dense.bias": layers - 2,
        "bert.encoder.layer.10.output.dense.weight": 1,
        "bert.encoder.layer.11.output.LayerNorm.weight": 0,
        "bert.pooler.dense.weight": 0,
        "classifier.weight": 0,
    }
    below = torch.tensor(list(depths.values())).double()
    numbers = [0, 0, 0, 1, 10, 11, layers, layers]
    head = torch.tensor([False] * 6 + [True, True])
    digit = below.clone()
    digit[4:6] = torch.tensor([10.0, 10.0])
    mistakes = {
        "the order is upside down: the top layer has the full rate, the lowest the smallest": decay
        ** torch.tensor([0, 0, 1, 2, 11, 12, 12, 12]).double(),
        "the power is the layer's number: the top layer has the full rate": decay ** torch.tensor(numbers).double(),
        "the top layer is decayed already; it has the full rate, as the head does": decay
        ** torch.where(below > 0, below + 1, torch.tensor([0.0] * 5 + [1.0, 0.0, 0.0])),
        "the embeddings have the rate of the lowest layer; they lie below it": decay ** below.clamp(max=layers - 1),
        "the embeddings have the full rate; they are the lowest of all": decay ** torch.where(below == layers, 0, below),
        "only the first digit of the layer's number was read: layer.10 is not layer 1": decay ** digit,
        "the pooler and the head are decayed, too; they lie above all layers and have the full rate": decay
        ** torch.where(head, 1, below),
        "the pooler and the head have the embeddings' rate; they lie above all layers and have the full one": decay
        ** torch.where(head, layers, below),
        "the pooler and the head have a rate of 0; they lie above all layers and have the full one": torch.where(
            head, 0, decay**below
        ),
        "it is 1 everywhere": torch.ones(len(below)),
        "the decay is multiplied by the depth; it is a power": decay * below,
        "the share falls by the same amount from layer to layer; it falls by the same factor": 1 - (1 - decay) * below,
    }
    hint = "A layer's number stands behind `encoder.layer.`; the embeddings, the pooler and the head have none."
    found = [call("share", answer, name, layers, decay, hint=hint) for name in depths]
    expected = decay**below
    return judge("share", found, expected, mistakes, tolerance=1e-6)


def ece(answer: Callable[[np.ndarray, np.ndarray, int], float]) -> str:
    """Exercise 4: `answer(confidence, right, bins)` is the expected calibration error, in bins of equal width."""
    random = np.random.default_rng(4)
    bins = 10
    confidence = 0.5 + 0.5 * random.random(60) ** 0.5
    right = random.random(60) < confidence - 0.15
    number = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    filled = np.unique(number)
    counts = np.array([(number == b).sum() for b in filled])
    gaps = np.array([right[number == b].mean() - confidence[number == b].mean() for b in filled])
    middles = np.array([right[number == b].mean() - (b + 0.5) / bins for b in filled])
    expected = (counts * abs(gaps)).sum() / counts.sum()
    mistakes = {
        "every bin counts alike; a bin counts by its texts": abs(gaps).mean(),
        "every bin counts alike, the empty ones too; a bin counts by its texts": abs(gaps).sum() / bins,
        "the gaps kept their signs, so that some cancel others: take absolute values": (counts * gaps).sum() / counts.sum(),
        "the gaps kept their signs, confidence less accuracy: take absolute values": -(counts * gaps).sum() / counts.sum(),
        "the gaps were squared; take absolute values": (counts * gaps**2).sum() / counts.sum(),
        "it is the largest gap; that is the maximum calibration error, another number": abs(gaps).max(),
        "the accuracy was held against the middle of the bin; it is held against the mean confidence in it": (
            counts * abs(middles)
        ).sum()
        / counts.sum(),
        "each text's confidence was held against 0 or 1; it is the bin's means that are compared": abs(
            right - confidence
        ).mean(),
        "it was not divided by the number of texts": (counts * abs(gaps)).sum(),
        "everything is one bin": abs(right.mean() - confidence.mean()),
    }
    hint = "Bin b holds the confidences above b / bins and up to (b + 1) / bins. Some bins hold no text: leave them out."
    found = call("ece", answer, confidence, right, bins, hint=hint)
    judge("ece", found, expected, mistakes, tolerance=1e-6)
    sure = call("ece", answer, np.ones(4), np.array([True, True, True, False]), bins, hint="A confidence may be 1.")
    return judge("ece", sure, 0.25, {"confidences of exactly 1 are in no bin": 0.0}, tolerance=1e-6)


def fit(answer: Callable[[Tensor, Tensor], float]) -> str:
    """Exercise 5: `answer(logits, labels)` is the T under which cross-entropy of logits / T is lowest, to 2 %."""
    random = torch.Generator().manual_seed(6)
    labels = torch.randint(2, (400,), generator=random)
    logits = torch.randn(400, 2, generator=random)
    logits[torch.arange(400), labels] += 1.4
    logits = 5 * logits
    grid = torch.logspace(-1.5, 1.5, 6001, dtype=torch.float64)
    losses = torch.stack([cross_entropy(logits.double() / T, labels) for T in grid])
    expected = grid[losses.argmin()]
    mistakes = {
        "it is 1 / T: the logits are divided by T, not multiplied": 1 / expected,
        "it is the logarithm of T": expected.log(),
        "it is the T of the highest loss; the lowest is wanted": grid[losses.argmax()],
        "nothing was fitted: it is still 1": 1.0,
    }
    hint = "Try many values of T, or minimise over log T: the loss is cross_entropy(logits / T, labels)."
    found = call("fit", answer, logits, labels, hint=hint)
    return judge("fit", found, expected, mistakes, tolerance=0.02 * float(expected))
