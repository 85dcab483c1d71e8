"""Packing: what is laid where, in which order, and taken apart again."""

import pytest
import torch

from bertlab.data.batches import encode
from bertlab.data.packing import pack, packed_batches, split_packed
from bertlab.errors import InputError
from tests.small import small_reviews, small_tokenizer

THREE = [
    {"input_ids": [2, 8, 3], "token_type_ids": [0, 0, 0], "attention_mask": [1, 1, 1], "labels": 1},
    {"input_ids": [2, 3], "token_type_ids": [0, 1], "attention_mask": [1, 1], "labels": 0},
    {"input_ids": [2, 9, 9, 3], "token_type_ids": [0, 0, 1, 1], "attention_mask": [1, 1, 1, 1], "labels": 1},
]


def as_lists(batch):
    return {name: value.tolist() if isinstance(value, torch.Tensor) else value for name, value in batch.items()}


def test_texts_lie_end_to_end():
    batch = pack(THREE)
    assert as_lists(batch) == {
        "input_ids": [[2, 8, 3, 2, 3, 2, 9, 9, 3]],
        "token_type_ids": [[0, 0, 0, 0, 1, 0, 0, 1, 1]],
        "labels": [1, 0, 1],
        "position_ids": [[0, 1, 2, 0, 1, 0, 1, 2, 3]],
        "cu_seqlens": [0, 3, 5, 9],
        "max_seqlen": 4,
    }
    assert batch["cu_seqlens"].dtype == torch.int32 and batch["input_ids"].dtype == torch.int64


def test_a_label_for_each_token():
    rows = [{"input_ids": [2, 8, 3], "labels": [-100, 4, -100]}, {"input_ids": [2, 3], "labels": [-100, -100]}]
    assert as_lists(pack(rows)) == {
        "input_ids": [[2, 8, 3, 2, 3]],
        "labels": [[-100, 4, -100, -100, -100]],
        "position_ids": [[0, 1, 2, 0, 1]],
        "cu_seqlens": [0, 3, 5],
        "max_seqlen": 3,
    }


@pytest.mark.parametrize("rows", [1, 2, 3, 7])
def test_parts_are_what_packing_their_texts_gives(rows):
    whole = pack(THREE)
    parts = split_packed(whole, rows)
    assert [as_lists(part) for part in parts] == [
        as_lists(pack(THREE[start : start + rows])) for start in range(0, 3, rows)
    ]


def test_each_pass_has_every_text_once_in_an_order_of_its_own():
    texts, labels = small_reviews(23)
    examples = encode(small_tokenizer(), texts, labels, max_length=48)
    batches = packed_batches(examples, batch_size=5, generator=torch.Generator().manual_seed(0))
    rows = sorted(tuple(ids) for ids in examples["input_ids"])
    passes = [list(batches), list(batches)]
    for batch in passes[0]:
        assert batch["input_ids"].shape == (1, int(batch["cu_seqlens"][-1])), "no padding"
    assert [len(batch["labels"]) for batch in passes[0]] == [5, 5, 5, 5, 3]
    seen = [
        [
            tuple(part.tolist())
            for batch in one
            for part in batch["input_ids"][0].split(batch["cu_seqlens"].diff().tolist())
        ]
        for one in passes
    ]
    assert sorted(seen[0]) == sorted(seen[1]) == rows and seen[0] != seen[1]
    again = packed_batches(examples, batch_size=5, generator=torch.Generator().manual_seed(0))
    assert [as_lists(batch) for batch in again] == [as_lists(batch) for batch in passes[0]]


@pytest.mark.parametrize(
    "rows, message",
    [
        ([], "no examples to pack"),
        ([THREE[0], {"input_ids": [], "token_type_ids": [], "labels": 0}], "Example 1 has no tokens"),
        ([THREE[0], {"input_ids": [2, 3], "token_type_ids": [0, 0]}], "1 of 2 examples have labels"),
        ([{"input_ids": [2, 3], "token_type_ids": [0]}], "token_type_ids and input_ids differ in length"),
        ([{"input_ids": [2, 3], "labels": [1]}], "labels and input_ids differ in length"),
    ],
)
def test_what_cannot_be_packed(rows, message):
    with pytest.raises(InputError, match=message):
        pack(rows)
