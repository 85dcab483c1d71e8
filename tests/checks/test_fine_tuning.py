"""The checks of notebook 06: right answers pass, and each usual mistake is called by its name."""

import re

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from bertlab.checks import fine_tuning as checks
from bertlab.checks.answers import WrongAnswer
from bertlab.model.parameters import rate_shares
from bertlab.tasks.calibration import calibration_error, fit_temperature
from bertlab.tasks.evaluation import Evaluation


def refused(check, answer, words):
    with pytest.raises(WrongAnswer, match=words):
        check(answer)


def accuracy(logits, labels):
    right = sum((batch.argmax(-1) == y).sum() for batch, y in zip(logits, labels))
    return right / sum(len(y) for y in labels)


def test_right_accuracy():
    assert checks.accuracy(accuracy) == "Right: accuracy."
    assert checks.accuracy(lambda z, y: (torch.cat(z).argmax(-1) == torch.cat(y)).double().mean()) == "Right: accuracy."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda z, y: np.mean([(a.argmax(-1) == b).double().mean() for a, b in zip(z, y)]), "were averaged"),
        (lambda z, y: accuracy(z, y) * 22 / 4, "number of batches"),
        (lambda z, y: accuracy(z, y) * 22 / 32, "as large as the first"),
        (lambda z, y: accuracy(z[-1:], y[-1:]), "only the last"),
        (lambda z, y: accuracy(z, y) * 22, "not their share"),
        (lambda z, y: accuracy(z, y) * 100, "per cent"),
        (lambda z, y: 1 - accuracy(z, y), "wrong answers"),
        (lambda z, y: accuracy([-a for a in z], y), "lowest logit"),
        (lambda z, y: accuracy(z, y) + 0.01, "off by"),
        (lambda z, y: (torch.stack(z).argmax(-1) == y).mean(), "B differs"),
        (..., "nothing is there yet"),
    ],
)
def test_wrong_accuracies(answer, words):
    refused(checks.accuracy, answer, words)


def cut(ids, max_length):
    if len(ids) <= max_length:
        return ids
    head = round((max_length - 2) / 4)
    return ids[: 1 + head] + ids[1 + head - max_length :]


def test_right_cut():
    assert checks.cut_ids(cut) == "Right: cut_ids."


def long_only(change):
    return lambda ids, m: ids if len(ids) <= m else change(ids, m)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda ids, m: ids, "nothing was cut"),
        (long_only(lambda ids, m: ids[: m - 1] + ids[-1:]), "head alone"),
        (long_only(lambda ids, m: ids[:1] + ids[1 - m :]), "tail alone"),
        (long_only(lambda ids, m: cut(ids, m)[1:-1]), "lost"),
        (long_only(lambda ids, m: ids[:3] + ids[-9:]), "on top of"),
        (long_only(lambda ids, m: ids[:7] + ids[-3:]), "a quarter comes from the end"),
        (long_only(lambda ids, m: ids[:5] + ids[-5:]), "half comes from each end"),
        (long_only(lambda ids, m: ids[:2] + ids[-8:]), "counted"),
        (long_only(lambda ids, m: ids[:1] + ids[-7:-1] + ids[1:3] + ids[-1:]), "changed places"),
        (lambda ids, m: ids[:3] + ids[-7:], "must stay as they are"),
        (long_only(lambda ids, m: cut(ids, m)[:-2]), "the shape is"),
        (None, "nothing is there yet"),
    ],
)
def test_wrong_cuts(answer, words):
    refused(checks.cut_ids, answer, words)


def share(name, layers, decay):
    if match := re.search(r"encoder\.layer\.(\d+)\.", name):
        return decay ** (layers - 1 - int(match[1]))
    return decay**layers if "embeddings" in name else 1.0


def by_the_package(name, layers, decay):
    class Named(torch.nn.Module):
        def named_parameters(self, *arguments, **options):
            yield from ((name, None), (f"bert.encoder.layer.{layers - 1}.x", None))

    return rate_shares(Named(), decay)[name]


@pytest.mark.parametrize("answer", [share, by_the_package])
def test_right_shares(answer):
    assert checks.share(answer) == "Right: share."


def number(name):
    match = re.search(r"encoder\.layer\.(\d+)\.", name)
    return int(match[1]) if match else None


def only_layers(name, layers, decay):
    return share(name, layers, decay) if number(name) is not None or "embeddings" in name else decay


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda n, L, d: d ** (0 if "embeddings" in n else L if number(n) is None else number(n) + 1), "upside down"),
        (lambda n, L, d: d ** (0 if "embeddings" in n else L if number(n) is None else number(n)), "layer's number"),
        (lambda n, L, d: share(n, L, d) * (1 if "classifier" in n or "pooler" in n else d), "decayed already"),
        (lambda n, L, d: share(n, L, d) / (d if "embeddings" in n else 1), "the rate of the lowest layer"),
        (lambda n, L, d: 1.0 if "embeddings" in n else share(n, L, d), "the full rate; they are the lowest"),
        (lambda n, L, d: share(re.sub(r"(layer\.\d)\d", r"\1", n), L, d), "first digit"),
        (lambda n, L, d: 1.0, "1 everywhere"),
        (only_layers, "pooler and the head are decayed"),
        (lambda n, L, d: share(n, L, d) if number(n) is not None else d**L, "the embeddings' rate"),
        (lambda n, L, d: share(n, L, d) if number(n) is not None or "embeddings" in n else 0.0, "rate of 0"),
        (lambda n, L, d: 1 - (1 - d) * round(np.log(share(n, L, d)) / np.log(d)), "same factor"),
        (lambda n, L, d: share(n, L, d) + 0.01, "have the full rate, 1|off by"),
        (lambda n, L, d: d ** int(n), "none"),
    ],
)
def test_wrong_shares(answer, words):
    refused(checks.share, answer, words)


def ece(confidence, right, bins):
    number = np.ceil(confidence * bins)
    gaps = [abs((right[number == b]).mean() - confidence[number == b].mean()) * (number == b).sum() for b in set(number)]
    return sum(gaps) / len(right)


def by_the_package_too(confidence, right, bins):
    labels = np.where(right, 1, 0)
    return calibration_error(Evaluation(("a", "b"), labels, np.stack([1 - confidence, confidence], 1)), bins=bins)


@pytest.mark.parametrize("answer", [ece, by_the_package_too])
def test_right_errors(answer):
    assert checks.ece(answer) == "Right: ece."


def gaps(confidence, right, bins):
    number = np.ceil(confidence * bins)
    each = [(right[number == b].mean() - confidence[number == b].mean(), (number == b).sum()) for b in set(number)]
    return map(np.array, zip(*each))


def combined(formula):
    return lambda c, r, bins: formula(*gaps(c, r, bins), len(c), bins)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (combined(lambda g, n, N, b: abs(g).mean()), "counts alike; a bin"),
        (combined(lambda g, n, N, b: abs(g).sum() / b), "the empty ones too"),
        (combined(lambda g, n, N, b: (g * n).sum() / N), "signs, so that"),
        (combined(lambda g, n, N, b: -(g * n).sum() / N), "signs, (confidence|so that)"),
        (combined(lambda g, n, N, b: (g**2 * n).sum() / N), "squared"),
        (combined(lambda g, n, N, b: abs(g).max()), "largest"),
        (combined(lambda g, n, N, b: (abs(g) * n).sum()), "not divided"),
        (lambda c, r, b: abs(r - c).mean(), "0 or 1"),
        (lambda c, r, b: ece(c, r, b) if len(c) > 4 else 0.0, "in no bin"),
        (lambda c, r, b: ece(c, r, b) + 0.01, "off by"),
    ],
)
def test_wrong_errors(answer, words):
    refused(checks.ece, answer, words)


def temperature(logits, labels):
    grid = torch.logspace(-1, 1, 400)
    return grid[torch.stack([cross_entropy(logits / T, labels) for T in grid]).argmin()]


def by_the_package_as_well(logits, labels):
    return fit_temperature(Evaluation(("a", "b"), labels.numpy(), logits.double().softmax(-1).numpy())).value


@pytest.mark.parametrize("answer", [temperature, by_the_package_as_well])
def test_right_temperatures(answer):
    assert checks.fit(answer) == "Right: fit."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda z, y: 1 / temperature(z, y), "divided by T"),
        (lambda z, y: temperature(z, y).log(), "logarithm"),
        (lambda z, y: temperature(z.softmax(-1), y), "off by"),
        (lambda z, y: 1.0, "still 1"),
        (lambda z, y: 1.1 * temperature(z, y), "off by"),
        (lambda z, y: None, "returns nothing"),
    ],
)
def test_wrong_temperatures(answer, words):
    refused(checks.fit, answer, words)
