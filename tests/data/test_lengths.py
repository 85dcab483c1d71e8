"""The lengths of texts in word pieces: what is cut, and what is padded."""

import numpy as np
import pytest
import torch

from bertlab.data.batches import encode, training_batches
from bertlab.data.lengths import Lengths, lengths
from bertlab.errors import InputError
from tests.small import small_reviews, small_tokenizer

TEXTS, _ = small_reviews(30)

# Word pieces of IMDb's 25,000 training reviews without their breaks, by MiniLM's tokenizer (BERT's own, uncased): every
# fifth percentile. From the 95th to the longest it is a long way.
IMDB = [13, 83, 117, 140, 151, 161, 170, 181, 192, 206, 222, 240, 262, 289, 321, 361, 412, 480, 584, 763, 3047]


def like_imdb(n=25_000):
    shares = np.random.default_rng(0).permutation(n) / (n - 1) * 100
    return Lengths(np.interp(shares, np.arange(0, 101, 5), IMDB).astype(int))


def test_the_lengths_are_the_tokenizer_s_own_uncut(tmp_path):
    tokenizer = small_tokenizer()
    texts = [*TEXTS, "the film was " + "very " * 600 + "dull ."]  # longer than the tokenizer's model takes
    for cache in (None, tmp_path, tmp_path):
        found = lengths(tokenizer, texts, cache=cache)
        assert found.pieces.tolist() == [len(ids) for ids in tokenizer(texts)["input_ids"]]
    assert found.pieces.max() == 607
    assert found.mean == pytest.approx(sum(found.pieces) / 31)
    encode(tokenizer, texts, max_length=8, cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1, "they are not made again to be cut"


def test_what_is_cut_is_what_encode_cuts():
    found = lengths(small_tokenizer(), TEXTS)
    for max_length in (5, 7, 8, 9, 64):
        whole = small_tokenizer()(TEXTS)["input_ids"]
        cut = encode(small_tokenizer(), TEXTS, max_length=max_length)["input_ids"]
        assert found.cut(max_length) == sum(list(a) != b for a, b in zip(cut, whole, strict=True)) / 30
    assert 0 < found.cut(8) < 1


def test_the_median_and_the_page_of_it():
    found = Lengths(np.array([10, 600, 130, 200]))
    assert found.median == 165 and found.mean == 235
    assert repr(found) == (
        "4 texts: 165 word pieces in the median, 235 in the mean, 600 at most; cut are 75.0% at 128, 25.0% at 256, "
        "25.0% at 512"
    )


def test_padding_by_hand():
    found = Lengths(np.array([10, 40, 10, 40, 10, 400]))
    assert found.padding(40, batch_size=6) == {"plain": 240 / 150, "dynamic": 240 / 150, "buckets": 240 / 150}
    assert found.padding(50, batch_size=1) == {"plain": 300 / 160, "dynamic": 1.0, "buckets": 1.0}
    many = Lengths(np.array([10] * 200 + [40] * 200))
    assert many.padding(64, batch_size=4)["plain"] == 64 / 25
    assert many.padding(64, batch_size=4)["buckets"] < 1.05 < 1.4 < many.padding(64, batch_size=4)["dynamic"]
    first, again, other = (many.padding(64, batch_size=5, seed=seed) for seed in (0, 0, 2))
    assert first == again != other


@pytest.mark.parametrize(("max_length", "plain"), [(128, 1.04), (256, 1.26), (512, 1.93)])
@pytest.mark.parametrize("batch_size", [16, 32])
def test_buckets_pad_less_than_a_twentieth_of_imdb(max_length, plain, batch_size):
    padding = like_imdb().padding(max_length, batch_size=batch_size)
    assert padding["plain"] == pytest.approx(plain, abs=0.02), "the lengths are no longer like IMDb's"
    assert padding["buckets"] < 1.05
    assert padding["buckets"] < padding["dynamic"] <= padding["plain"]


def test_padding_is_what_the_batches_hold():
    """The order follows from the seed in both, so the two counts are one."""
    tokenizer, texts = small_tokenizer(), ["very " * n + "dull" for n in np.random.default_rng(0).integers(0, 60, 100)]
    generator = torch.Generator().manual_seed(5)
    torch.randperm(100, generator=generator)  # the order that "dynamic" draws first
    examples = encode(tokenizer, texts, max_length=32)
    batches = list(training_batches(tokenizer, examples, batch_size=8, generator=generator))
    positions = sum(batch["input_ids"].numel() for batch in batches)
    pieces = sum(int(batch["attention_mask"].sum()) for batch in batches)
    assert lengths(tokenizer, texts).padding(32, batch_size=8, seed=5)["buckets"] == positions / pieces


@pytest.mark.parametrize("number", [0, -1, 2.5, True, None])
def test_numbers_that_cannot_be(number):
    found = Lengths(np.array([3, 4]))
    with pytest.raises(InputError, match="max_length must be a whole number of at least 1"):
        found.cut(number)
    with pytest.raises(InputError, match="max_length must be"):
        found.padding(number)
    with pytest.raises(InputError, match="batch_size must be"):
        found.padding(8, batch_size=number)


def test_no_texts():
    with pytest.raises(InputError, match="no texts"):
        lengths(small_tokenizer(), [])
