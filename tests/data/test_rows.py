"""Tokenised texts in flat arrays: the same examples, the same batches as transformers' collator makes."""

import numpy as np
import pytest
import torch
from transformers import DataCollatorWithPadding

from bertlab.data.batches import encode
from bertlab.data.rows import Pad, Ragged, Rows, joined
from bertlab.errors import InputError
from tests.small import small_reviews, small_tokenizer

ROWS = [[2, 8, 3], [2, 3], [], [2, 9, 9, 3]]


def lists(ragged):
    return [ragged[index].tolist() for index in range(len(ragged.ends) - 1)]


def test_rows_are_found_again_cut_and_joined():
    ragged = Ragged.of(ROWS)
    assert lists(ragged) == ROWS and ragged.values.dtype == np.int32 and ragged.lengths.tolist() == [3, 2, 0, 4]
    assert lists(ragged.cut(1, 1)) == [[2, 3], [2, 3], [], [2, 3]]
    assert lists(ragged.cut(2, 1)) == [[2, 8, 3], [2, 3], [], [2, 9, 3]]
    assert lists(joined([ragged, Ragged.of([[7]])])) == [*ROWS, [7]]


def test_an_example_is_of_lists_and_many_are_of_arrays():
    rows = Rows({"input_ids": Ragged.of(ROWS[:2])}, [1, 0])
    assert len(rows) == 2 and rows[1] == rows[-1] == {"input_ids": [2, 3], "labels": 0}
    assert list(rows) == [rows[0], rows[1]] and rows.to_dict() == {"input_ids": ROWS[:2], "labels": [1, 0]}
    (one,) = rows.__getitems__([0])
    assert one["input_ids"].base is not None, "nothing is copied"
    with pytest.raises(IndexError, match="There are 2 examples, and none has the number 2"):
        rows[2]


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("left_out", [(), ("attention_mask",), ("labels", "token_type_ids")])
def test_a_batch_is_the_one_of_transformers(side, left_out):
    tokenizer = small_tokenizer()
    tokenizer.padding_side = side
    tokenizer.pad_token = "$"  # another id than 0
    examples = encode(tokenizer, *small_reviews(9), max_length=48)
    asked = [{name: value for name, value in example.items() if name not in left_out} for example in examples]
    theirs = DataCollatorWithPadding(tokenizer)([dict(example) for example in asked])
    ours = Pad(tokenizer)(asked)
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        assert tensor.dtype == theirs[name].dtype and torch.equal(tensor, theirs[name]), name
    if not left_out:
        arrays = Pad(tokenizer)(examples.__getitems__(range(9)))
        assert all(torch.equal(tensor, ours[name]) for name, tensor in arrays.items())


def test_what_cannot_be_padded():
    with pytest.raises(InputError, match="offsets cannot be padded"):
        Pad(small_tokenizer())([{"input_ids": [2, 3], "offsets": [0, 1]}])
