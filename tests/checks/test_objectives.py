"""The checks of notebook 04: right answers pass, and each usual mistake is called by its name."""

import math
import random as python_random

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from bertlab.checks import objectives as checks
from bertlab.checks.answers import WrongAnswer
from bertlab.pretraining import mask_tokens


def shown(u_shape=lambda shape: shape, mask=0.8, pieces=0.9, low=0, high=None, one_piece=False):
    """A function for exercise 1, right unless told otherwise."""

    def show(ids, chosen, mask_id, V):
        u = torch.rand(u_shape(ids.shape)).expand(ids.shape)
        drawn = torch.randint(low, high or V, (1, 1) if one_piece else ids.shape)
        seen = torch.where(chosen & (u < mask), mask_id, ids)
        return torch.where(chosen & (u >= mask) & (u < pieces), drawn, seen)

    return show


def by_numpy(ids, chosen, mask_id, V):
    ids, u, random = ids.numpy(), np.random.default_rng(7).random(ids.shape), np.random.default_rng(8)
    seen = np.where(u < 0.8, mask_id, np.where(u < 0.9, random.integers(V, size=ids.shape), ids))
    return np.where(chosen.numpy(), seen, ids)


def as_in_transformers(ids, chosen, mask_id, V):
    masked = chosen & torch.bernoulli(torch.full(ids.shape, 0.8)).bool()
    randomised = chosen & ~masked & torch.bernoulli(torch.full(ids.shape, 0.5)).bool()
    ids[masked] = mask_id
    ids[randomised] = torch.randint(V, (int(randomised.sum()),))
    return ids


@pytest.mark.parametrize("answer", [shown(), by_numpy, as_in_transformers], ids=["one draw", "numpy", "transformers"])
def test_right_shows(answer):
    assert checks.show(answer) == "Right: show."


def test_the_draws_of_a_check_leave_the_generator_as_it_was():
    before = torch.get_rng_state()
    checks.show(shown())
    assert torch.equal(torch.get_rng_state(), before)


def independent(last):
    def show(ids, chosen, mask_id, V):
        kept, randomised = torch.rand(2, *ids.shape) < 0.1
        seen = torch.where(randomised, torch.randint(V, ids.shape), mask_id)
        if last == "random":
            kept = kept & ~randomised
        return torch.where(chosen & ~kept, seen, ids)

    return show


def second_draw(ids, chosen, mask_id, V):
    first, second = torch.rand(2, *ids.shape)
    seen = torch.where(first < 0.8, mask_id, torch.where(second < 0.1, torch.randint(V, ids.shape), ids))
    return torch.where(chosen, seen, ids)


def overwritten(ids, chosen, mask_id, V):
    first, second = torch.rand(2, *ids.shape)
    seen = torch.where(second < 0.1, torch.randint(V, ids.shape), torch.where(first < 0.8, mask_id, ids))
    return torch.where(chosen, seen, ids)


def everywhere(ids, chosen, mask_id, V):
    return shown()(ids, torch.ones_like(chosen), mask_id, V)


def with_labels(ids, chosen, mask_id, V):
    return torch.where(chosen, shown()(ids, chosen, mask_id, V), -100)


def constant(value):
    return lambda ids, chosen, mask_id, V: torch.where(chosen, value, ids)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (everywhere, "positions change that were not chosen"),
        (with_labels, "change that were not chosen"),
        (constant(-100), "there is -100 among the ids"),
        (constant(1000), "there is 1000 among the ids"),
        (shown(mask=1.0), r"\[MASK\] is shown everywhere"),
        (shown(u_shape=lambda shape: (1, 1)), "one u was drawn for all"),
        (shown(u_shape=lambda shape: (shape[0], 1)), "for a whole sequence"),
        (shown(u_shape=lambda shape: (1, shape[1])), "for a whole column"),
        (shown(mask=0.0, pieces=1.0), "a random piece is shown everywhere"),
        (shown(mask=0.0, pieces=0.0), "nothing changes"),
        (shown(pieces=1.0), "nothing stays unchanged; the last"),
        (shown(pieces=0.8), "nothing becomes a random piece; one"),
        (shown(mask=0.9, pieces=1.0), "nothing stays unchanged"),
        (shown(mask=0.9), "nothing becomes random"),
        (shown(mask=0.1), "random pieces have the 80 %"),
        (shown(mask=0.1, pieces=0.2), "what stays unchanged has the 80 %"),
        (shown(mask=0.5, pieces=0.75), r"(49\.9|50\.\d) % show \[MASK\], 2[45]\.\d % another piece"),
        (second_draw, "2 in 100"),
        (independent("kept"), "drawn independently, and overlap"),
        (independent("random"), "drawn independently, and overlap"),
        (overwritten, r"overwrite a part of \[MASK\]"),
        (shown(one_piece=True), "one random piece is shown"),
        (shown(high=500), "from 0 to 499; expected draws from the whole"),
        (shown(low=500), "from 500 to 999; expected draws from the whole"),
        (lambda ids, chosen, mask_id, V: (ids, ids), "a tuple of 2"),
        (lambda ids, chosen, mask_id, V: ids[0], r"the shape is \(500,\)"),
        (lambda ids, chosen, mask_id, V: ids * 1.0, "float32; expected whole numbers"),
        (lambda ids, chosen, mask_id, V: "ids", "returns str; expected a tensor"),
        (lambda ids, chosen, mask_id, V: None, "returns nothing"),
        (..., "nothing is there yet"),
    ],
)
def test_wrong_shows(answer, named):
    with pytest.raises(WrongAnswer, match=named):
        checks.show(answer)


def chosen(
    count=lambda length, places, n: max(1, round(0.15 * length)),
    among=lambda row, length, n: row.nonzero().flatten(),
    pick=lambda places, count: places[torch.randperm(len(places))[:count]],
):
    """A function for exercise 2, right unless told otherwise."""

    def choose(maskable, lengths):
        found = torch.zeros_like(maskable)
        for row, length in enumerate(lengths.tolist()):
            n = maskable.shape[1]
            places = among(maskable[row], length, n)
            found[row, pick(places, count(length, len(places), n))] = True
        return found

    return choose


def by_rank(maskable, lengths):
    scores = torch.rand(maskable.shape).masked_fill(~maskable, -1)
    ranks = scores.argsort(dim=1, descending=True).argsort(dim=1)
    return ranks < (0.15 * lengths).round().clamp(min=1)[:, None]


def the_packages(maskable, lengths):
    blank, random = np.zeros(maskable.shape, dtype=np.int64), np.random.default_rng(5)
    masked = mask_tokens(blank, maskable.numpy(), lengths.numpy(), mask_id=4, vocab_size=9, random=random)
    return (masked.labels != -100).astype(int)


def given(maskable, lengths):
    """The broken one that the exercise begins with."""
    B, n = maskable.shape
    found = torch.zeros(B, n, dtype=torch.bool)
    for row in range(B):
        found[row, torch.randint(n, (round(0.15 * n),))] = True
    return found


@pytest.mark.parametrize("answer", [chosen(), by_rank, the_packages], ids=["row by row", "by rank", "the package's"])
def test_right_choices(answer):
    assert checks.choose(answer) == "Right: choose."


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (given, "padding is chosen"),
        (chosen(among=lambda row, length, n: torch.arange(n)), "padding is chosen"),
        (chosen(among=lambda row, length, n: torch.arange(length)), r"\[CLS\] or \[SEP\] is chosen"),
        (chosen(count=lambda length, places, n: round(0.15 * length)), "a short sequence gets no position"),
        (chosen(count=lambda length, places, n: max(1, round(0.15 * places))), "it is 15 % of all tokens of the"),
        (chosen(count=lambda length, places, n: round(0.15 * places)), "or none; it is 15 % of all tokens"),
        (chosen(count=lambda length, places, n: round(0.15 * n)), "15 % of the padded row"),
        (chosen(count=lambda length, places, n: max(1, int(0.15 * length))), "rounded down"),
        (chosen(count=lambda length, places, n: math.ceil(0.15 * length)), "rounded up"),
        (chosen(count=lambda length, places, n: n), "every maskable position"),
        (chosen(count=lambda length, places, n: 2), "of 4 tokens gets 2; expected 1"),
        (chosen(pick=lambda places, count: places[torch.randint(len(places), (count,))]), "drawn twice"),
        (lambda maskable, lengths: maskable & (torch.rand(maskable.shape) < 0.15), "the count is fixed"),
        (chosen(pick=lambda places, count: places[:count]), "position 1 of sequences of 22 tokens is chosen in 100%"),
        (lambda maskable, lengths: torch.where(by_rank(maskable, lengths), 17, 0), "expected True or False"),
        (lambda maskable, lengths: by_rank(maskable, lengths).float(), "float32; expected whole numbers or Booleans"),
        (lambda maskable, lengths: by_rank(maskable, lengths)[0], r"the shape is \(64,\)"),
    ],
)
def test_wrong_choices(answer, named):
    with pytest.raises(WrongAnswer, match=named):
        checks.choose(answer)


def cross_entropy(logits, labels, **options):
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), **options)


def by_softmax(logits, labels):
    M = labels != -100
    return -logits.softmax(-1)[M, labels[M]].log().mean()


def stable(logits, labels):
    M = labels != -100
    z = logits[M] - logits[M].max(-1, keepdim=True).values
    return z.exp().sum(-1).log().mean() - z[torch.arange(len(z)), labels[M]].mean()


def overflowing(logits, labels):
    M = labels != -100
    return -(logits.exp() / logits.exp().sum(-1, keepdim=True))[M, labels[M]].log().mean()


def picked(of):
    """The mean, over the positions with a label, of what `of` makes of the logits."""

    def loss(logits, labels):
        M = labels != -100
        return of(logits)[M, labels[M]].mean()

    return loss


@pytest.mark.parametrize("answer", [cross_entropy, by_softmax, stable, lambda *given: by_softmax(*given).item()])
def test_right_losses(answer):
    assert checks.mlm_loss(answer) == "Right: mlm_loss."


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (lambda z, x: cross_entropy(z, x, reduction="none").mean(), "the mean is over all positions"),
        (lambda z, x: cross_entropy(z, x, reduction="sum"), "the sum was taken"),
        (lambda z, x: cross_entropy(z, x, reduction="sum") / len(z), "divided by the number of sequences"),
        (lambda z, x: torch.stack([F.cross_entropy(*row) for row in zip(z, x)]).mean(), "sequences' means was taken"),
        (lambda z, x: cross_entropy(z, x % 120), "-100 was used as an index"),
        (lambda z, x: cross_entropy(z, x.clamp(min=0)), "as if 0 had been asked for"),
        (lambda z, x: cross_entropy(z, x.clamp(min=0), ignore_index=0), "label 0 is left out too"),
        (lambda z, x: -cross_entropy(z, x), "the minus sign is missing"),
        (lambda z, x: cross_entropy(z, x) / math.log(2), "base 2"),
        (picked(lambda z: -z), "there is no softmax"),
        (picked(lambda z: z.softmax(-1)), "without its logarithm"),
        (picked(lambda z: -z.log_softmax(1)), "the softmax is over the positions"),
        (lambda z, x: cross_entropy(z.softmax(-1), x), "two softmaxes"),
        (overflowing, "with 1,000 added to all logits"),
        (lambda z, x: z[x], "raises IndexError.*labels of -100 index nothing"),
        (lambda z, x: cross_entropy(z, x) + 0.01, "off by 0.01"),
        (lambda z, x: cross_entropy(z, x, reduction="none"), r"shape is \(18,\)"),
    ],
)
def test_wrong_losses(answer, named):
    with pytest.raises(WrongAnswer, match=named):
        checks.mlm_loss(answer)


def pair(
    labels=(0, 1),
    half=0.5,
    following=1,
    others=lambda documents, d: [number for number in range(len(documents)) if number != d],
    take=lambda document, random: random.choice(document),
):
    """A function for exercise 4, right unless told otherwise."""

    def next_sentence(documents, d, i, random):
        if random.random() < half:
            return documents[d][i + following], labels[0]
        return take(documents[random.choice(others(documents, d))], random), labels[1]

    return next_sentence


def from_all_other_sentences(documents, d, i, random):
    if random.random() < 0.5:
        return [documents[d][i + 1], False]
    return [random.choice([line for number, each in enumerate(documents) if number != d for line in each]), True]


@pytest.mark.parametrize("answer", [pair(), from_all_other_sentences, pair(take=lambda d, _: python_random.choice(d))])
def test_right_pairs(answer):
    assert checks.next_sentence(answer) == "Right: next_sentence."


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (pair(labels=(1, 0)), "the labels are swapped"),
        (pair(following=0), "label 0 is given to a B that is not the next"),
        (pair(labels=(0, 0)), "label 0 is given to a B that is not the next"),
        (pair(others=lambda documents, d: [d]), "a true next sentence gets label 1"),
        (pair(others=lambda documents, d: range(len(documents))), "a true next sentence gets label 1"),
        (pair(others=lambda documents, d: [d], take=lambda document, random: document[0]), "from the same document"),
        (pair(half=0.15), "label 0 comes in 1[45]% of cases"),
        (pair(half=1.0), "label 0 comes in 100% of cases"),
        (pair(others=lambda documents, d: [(d + 1) % len(documents)]), "with d=2, no B comes from document 0"),
        (pair(others=lambda documents, d: range(d + 1, len(documents))), "no B comes from document 0"),
        (pair(take=lambda document, random: document[0]), "always the first sentence"),
        (pair(take=lambda document, random: random.choice(document[:-1])), "sentence 3 of document 0 is never drawn"),
        (pair(take=lambda document, random: random.choice(document[1:])), "sentence 0 of document 0 is never drawn"),
        (pair(take=lambda document, random: document), "B is a list; expected one sentence"),
        (pair(take=lambda document, random: document[0].upper()), "B is no sentence of the documents"),
        (pair(labels=(0, 2)), "the label is 2"),
        (lambda documents, d, i, random: documents[d][i + 1], "expected two things"),
        (lambda documents, d, i, random: (0, documents[d][i + 1]), "sentence and label are swapped"),
        (lambda documents, d, i, random: (documents[d + 1][i + 9], 1), "raises IndexError.*no document after it"),
    ],
)
def test_wrong_pairs(answer, named):
    with pytest.raises(WrongAnswer, match=named):
        checks.next_sentence(answer)


def unigram(add=1, below=None, of="training", on="test", finish=lambda losses: losses.mean()):
    """A function for exercise 5, right unless told otherwise."""

    def unigram_loss(training_ids, test_ids, V):
        ids = {"training": training_ids, "test": test_ids, "types": sorted(set(test_ids)), "all": list(range(V))}
        counts = np.bincount(ids[of], minlength=V).astype(float)
        added = V if below is None else below(training_ids)
        with np.errstate(divide="ignore"):
            return finish(-np.log(((counts + add) / (counts.sum() + added * add))[ids[on]]))

    return unigram_loss


def by_torch(training_ids, test_ids, V):
    counts = torch.bincount(torch.tensor(training_ids), minlength=V) + 1
    return F.nll_loss((counts / counts.sum()).log().expand(len(test_ids), V), torch.tensor(test_ids))


@pytest.mark.parametrize("answer", [unigram(), by_torch], ids=["numpy", "torch"])
def test_right_unigrams(answer):
    assert checks.unigram_loss(answer) == "Right: unigram_loss."


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (unigram(add=0), "the 1 is not added"),
        (unigram(below=lambda ids: 0), "1 was added above and not below"),
        (unigram(below=lambda ids: 1), "1 was added below once"),
        (unigram(below=lambda ids: len(set(ids))), "the words that training saw were added"),
        (unigram(of="test"), "the frequencies are those of the test ids"),
        (unigram(on="training"), "the loss is on the training ids"),
        (unigram(on="all"), "averaged over the vocabulary"),
        (unigram(on="types"), "averaged over the different test ids"),
        (unigram(finish=lambda losses: losses.sum()), "the sum was taken"),
        (unigram(finish=lambda losses: -losses.mean()), "the minus sign"),
        (unigram(finish=lambda losses: losses.mean() / math.log(2)), "base 2"),
        (unigram(finish=lambda losses: math.exp(losses.mean())), "perplexity"),
        (unigram(finish=lambda losses: -math.log(np.exp(-losses).mean())), "take logarithms first"),
        (lambda training_ids, test_ids, V: math.log(V), "ln V"),
        (lambda training_ids, test_ids, V: math.log(training_ids.count(8)), "raises ValueError.*occur nowhere"),
        (unigram(finish=lambda losses: losses), r"shape is \(11,\)"),
    ],
)
def test_wrong_unigrams(answer, named):
    with pytest.raises(WrongAnswer, match=named):
        checks.unigram_loss(answer)
