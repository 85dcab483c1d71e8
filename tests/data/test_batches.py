"""Tokenising once, padding each batch to its own longest text, grouping like lengths."""

import pytest
import torch

from bertlab.data.batches import check_texts, encode, inference_batches, training_batches
from bertlab.errors import InputError
from tests.small import VOCABULARY, small_reviews, small_tokenizer

TOKENIZER = small_tokenizer()


def examples_of(n):
    texts, labels = small_reviews(n)
    return encode(TOKENIZER, texts, labels, max_length=64)


def test_half_a_surrogate_pair_is_named_with_its_place():
    assert check_texts(["a \U0001f600"]) == ["a \U0001f600"], "a whole pair is a character"
    with pytest.raises(InputError, match=r"texts\[1\] holds '\\ud83d' at position 2: half a surrogate pair.* mend it"):
        check_texts(["fine", "a \ud83d b"])


def test_encode_gives_each_text_what_the_tokenizer_gives_it_alone():
    texts, labels = small_reviews(7)
    for text, label, example in zip(texts, labels, encode(TOKENIZER, texts, labels, max_length=8), strict=True):
        alone = TOKENIZER(text, truncation=True, max_length=8)
        assert example == {**alone, "labels": label}


@pytest.mark.parametrize(
    ("truncation", "kept"),
    [
        ("head", [0, 1, 2, 3, 4, 5, 6, 7, 8, 19]),
        ("tail", [0, 11, 12, 13, 14, 15, 16, 17, 18, 19]),
        ("head+tail", [0, 1, 2, 13, 14, 15, 16, 17, 18, 19]),
    ],
)
def test_a_long_text_is_cut_where_it_was_asked(truncation, kept):
    text = " ".join(VOCABULARY[5:23])  # 18 different words, and so 20 tokens
    whole = TOKENIZER(text)
    (example,) = encode(TOKENIZER, [text], max_length=10, truncation=truncation)
    for name, row in example.items():
        assert row == [whole[name][index] for index in kept], name
    (short,) = encode(TOKENIZER, [text], max_length=20, truncation=truncation)
    assert short == dict(whole), "a text that fits is not cut"


def test_head_and_tail_are_those_of_the_paper_at_512():
    (example,) = encode(TOKENIZER, ["the " * 200 + "film " * 400], max_length=512, truncation="head+tail")
    the, film = (example["input_ids"].count(VOCABULARY.index(word)) for word in ("the", "film"))
    assert (the, film) == (128, 382)


def test_another_truncation():
    with pytest.raises(InputError, match="truncation must be one of 'head', 'tail', 'head.tail', not 'middle'"):
        encode(TOKENIZER, ["the film ."], max_length=10, truncation="middle")


def test_training_batches_hold_every_example_once_and_pad_to_the_longest():
    examples = examples_of(50)
    batches = list(training_batches(TOKENIZER, examples, batch_size=8, generator=torch.Generator().manual_seed(0)))
    assert [len(batch["labels"]) for batch in batches] == [8] * 6 + [2]
    rows = [
        tuple(ids[mask.bool()].tolist()) for batch in batches for ids, mask in zip(batch["input_ids"], batch["attention_mask"])
    ]
    assert sorted(rows) == sorted(tuple(example["input_ids"]) for example in examples)
    for batch in batches:
        assert batch["input_ids"].shape[1] == batch["attention_mask"].sum(dim=1).max()


def test_each_pass_draws_another_order_and_the_generator_decides_it():
    examples = examples_of(48)

    def passes(seed):
        batches = training_batches(TOKENIZER, examples, batch_size=8, generator=torch.Generator().manual_seed(seed))
        return [[batch["input_ids"].tolist() for batch in batches] for _ in range(2)]

    first, second = passes(0)
    assert first != second
    assert passes(0) == [first, second]
    assert passes(1) != [first, second]


def test_grouping_by_length_pads_less_than_a_random_order():
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(5, 60, (512,), generator=generator).tolist()
    examples = [{"input_ids": [5] * n, "attention_mask": [1] * n, "labels": 0} for n in lengths]
    batches = training_batches(TOKENIZER, examples, batch_size=16, generator=generator)
    padded = sum(batch["input_ids"].numel() for batch in batches)
    random = sum(16 * max(lengths[start : start + 16]) for start in range(0, 512, 16))
    assert padded < 1.15 * sum(lengths) < random


def test_inference_batches_cover_every_index_longest_first():
    examples = examples_of(21)
    seen, widths = [], []
    for indices, batch in inference_batches(TOKENIZER, examples, batch_size=4):
        for index, ids, mask in zip(indices, batch["input_ids"], batch["attention_mask"], strict=True):
            assert ids[mask.bool()].tolist() == examples[index]["input_ids"]
        seen += indices
        widths.append(batch["input_ids"].shape[1])
    assert sorted(seen) == list(range(21))
    assert widths == sorted(widths, reverse=True)
