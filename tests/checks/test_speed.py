"""The checks of notebook 07: right answers pass, and each usual mistake is called by its name."""

import pytest
import torch

from bertlab.checks import speed as checks
from bertlab.checks.answers import WrongAnswer
from bertlab.model import BertConfig
from bertlab.model.packed import Sequences, packed_attention
from bertlab.training.flops import training_flops


def refused(check, answer, words):
    with pytest.raises(WrongAnswer, match=words):
        check(answer)


def positions(lengths, batch_size):
    return sum(
        max(lengths[i : i + batch_size]) * len(lengths[i : i + batch_size]) for i in range(0, len(lengths), batch_size)
    )


def test_right_positions():
    assert checks.positions(positions) == "Right: positions."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda n, b: sum(max(n[i : i + b]) * b for i in range(0, len(n), b)), "taken to be full"),
        (lambda n, b: positions(n[: len(n) // b * b], b), "left out"),
        (lambda n, b: max(n) * len(n), "longest text of all"),
        (lambda n, b: sum(n), "nothing was padded"),
        (lambda n, b: positions(sorted(n, reverse=True), b), "were sorted"),
        (lambda n, b: sum(max(n[i : i + b]) for i in range(0, len(n), b)), "only the longest"),
        (lambda n, b: positions(n, b) - sum(n), "padded positions alone"),
    ],
)
def test_wrong_positions(answer, words):
    refused(checks.positions, answer, words)


def flops(L, D, inner, classes, lengths, *, back=3, head=True, attention=True):
    each = back * 2 * L * (4 * D**2 + 2 * D * inner) * sum(lengths)
    each += attention * back * 4 * L * D * sum(n**2 for n in lengths)
    return each + head * back * 2 * D * classes * len(lengths)


def package_flops(L, D, inner, classes, lengths):
    config = BertConfig(num_hidden_layers=L, hidden_size=D, intermediate_size=inner, num_attention_heads=2)
    return training_flops(config, lengths) + 6 * D * classes * len(lengths)


def test_right_flops():
    assert checks.flops(flops) == "Right: flops."
    assert checks.flops(package_flops) == "Right: flops."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda *a: flops(*a, head=False), "the head was left out"),
        (lambda *a: flops(*a, attention=False), "attention was left out"),
        (lambda *a: flops(*a, back=1), "the way there alone"),
        (lambda *a: flops(*a) / 2, "counted as one operation"),
        (lambda L, D, I, C, n: flops(L, D, I, C, n, head=False) + 6 * D * C * sum(n), "counted for each token"),
        (lambda L, D, I, C, n: flops(L, D, I / 2, C, n), "had one matrix"),
    ],
)
def test_wrong_flops(answer, words):
    refused(checks.flops, answer, words)


def test_right_memory():
    assert checks.memory(lambda parameters, frozen: 16 * parameters - 12 * frozen) == "Right: memory."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda p, f: 16 * p, "it has neither"),
        (lambda p, f: 8 * p + 8 * (p - f), "had gradients"),
        (lambda p, f: 16 * (p - f), "frozen weights were left out"),
        (lambda p, f: 4 * p + 8 * (p - f), "were left out"),
        (lambda p, f: 4 * p + 4 * (p - f), "means were left out"),
        (lambda p, f: 4 * p - 3 * f, "not bytes"),
        (lambda p, f: 8 * p - 6 * f, "had two bytes"),
    ],
)
def test_wrong_memory(answer, words):
    refused(checks.memory, answer, words)


def inside(cu_seqlens):
    text = torch.bucketize(torch.arange(int(cu_seqlens[-1])), cu_seqlens, right=True)
    return text[:, None] == text[None, :]


def test_right_inside():
    assert checks.inside(inside) == "Right: inside."


def test_inside_is_what_packed_attention_does():
    ends = torch.tensor([0, 2, 5])
    query, key, value = (torch.randn(1, 2, 5, 4, generator=torch.Generator().manual_seed(n)) for n in range(3))
    found = packed_attention(query, key, value, Sequences(ends.int(), 3))
    wanted = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=inside(ends))
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda ends: ~inside(ends), "upside down"),
        (lambda ends: torch.ones_like(inside(ends)), "every other"),
        (lambda ends: inside(ends).tril(), "look ahead"),
        (lambda ends: torch.eye(9, dtype=torch.bool), "itself alone"),
        (lambda ends: inside(ends) & ~torch.eye(9, dtype=torch.bool), "did not see itself"),
        (lambda ends: inside(torch.tensor([0, 4, 5, 9])), "shifted by one"),
    ],
)
def test_wrong_inside(answer, words):
    refused(checks.inside, answer, words)


def test_right_saved():
    assert checks.saved(lambda share, factor: 1 / (1 - share * (1 - 1 / factor))) == "Right: saved."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda s, f: f, "only a part"),
        (lambda s, f: f / s, "the rest was left out"),
        (lambda s, f: 1 - s + s / f, "time that is left"),
        (lambda s, f: 1 - s + s * f, "mean of speeds"),
        (lambda s, f: 1 / (s + (1 - s) / f), "changed places"),
        (lambda s, f: 1 / (1 - s), "no time any more"),
    ],
)
def test_wrong_saved(answer, words):
    refused(checks.saved, answer, words)
