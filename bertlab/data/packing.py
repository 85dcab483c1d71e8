"""Batches without padding: texts laid end to end in one row, with where each begins and ends.

A padded batch is a rectangle as wide as its longest text. Packed, the same texts are a row of as many tokens as they
have; attention stays inside each (`bertlab.model.packed`), and the rest of a Transformer looks at one token at a time
anyway. The outputs are those of the padded batch, and nothing is computed for nothing.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from bertlab.data.rows import Example, Rows
from bertlab.errors import InputError

Packed = dict[str, Tensor | int]


def pack(examples: Sequence[Example]) -> Packed:
    """Lay tokenised texts end to end.

    Args:
        examples: each with `input_ids`, a list of integers, at least one; with `token_type_ids` of the same length, or all
            without; and with `labels`, an integer or one for each token, or all without. What else they have is left out.

    Returns:
        Keyword arguments for `bertlab.model`: `input_ids`, `token_type_ids` and `position_ids`, (1, T), the positions
        counting from 0 in each text; `cu_seqlens`, (S + 1,) int32; `max_seqlen`; `labels`, (S,) where they are integers and
        (1, T) where there is one for each token.

    Raises:
        InputError: for no examples, an empty one, and columns that differ in length or are not in all of them.
    """
    if not examples:
        raise InputError("There are no examples to pack: give at least one.")
    lengths = [len(example["input_ids"]) for example in examples]
    if not all(lengths):
        raise InputError(f"Example {lengths.index(0)} has no tokens: leave it out, or tokenise it with special tokens.")
    batch: Packed = {}
    for name in ("input_ids", "token_type_ids", "labels"):
        columns = [example[name] for example in examples if name in example]
        if not columns:
            continue
        if len(columns) < len(examples):
            raise InputError(f"{len(columns)} of {len(examples)} examples have {name}: give it to all of them, or to none.")
        if np.ndim(columns[0]) == 0:
            batch[name] = torch.tensor([int(value) for value in columns])
            continue
        if [len(column) for column in columns] != lengths:
            raise InputError(f"{name} and input_ids differ in length: expected one for each token.")
        batch[name] = torch.from_numpy(np.concatenate(columns).astype(np.int64)).unsqueeze(0)
    batch["position_ids"] = torch.from_numpy(np.concatenate([np.arange(length) for length in lengths])).unsqueeze(0)
    batch["cu_seqlens"] = torch.from_numpy(np.cumsum([0, *lengths]).astype(np.int32))
    return batch | {"max_seqlen": max(lengths)}


def is_packed(batch: Packed) -> bool:
    """Whether a batch is one of `pack`."""
    return "cu_seqlens" in batch


def sequences_in(batch: Packed) -> int:
    """How many texts a packed batch holds."""
    return len(batch["cu_seqlens"]) - 1


def split_packed(batch: Packed, rows: int) -> list[Packed]:
    """A packed batch in parts of at most so many texts, in their order."""
    ends = batch["cu_seqlens"].tolist()
    parts = []
    for start in range(0, sequences_in(batch), rows):
        own = ends[start : start + rows + 1]
        part: Packed = {}
        for name, value in batch.items():
            if name == "cu_seqlens":
                part[name] = value[start : start + rows + 1] - value[start]
            elif name == "max_seqlen":
                part[name] = max(end - begin for begin, end in pairwise(own))
            else:  # (1, T), or (S,) for a label a text
                part[name] = value[:, own[0] : own[-1]] if value.ndim == 2 else value[start : start + rows]
        parts.append(part)
    return parts


def packed_batches(examples: Rows | Sequence[Example], *, batch_size: int, generator: torch.Generator) -> DataLoader:
    """Packed batches of `batch_size` texts, in an order that each pass draws anew from `generator`.

    No batch wants texts of like lengths, so the order is wholly random.
    """
    pinned = torch.cuda.is_available()  # from pinned memory a batch goes to a GPU while that computes
    return DataLoader(
        examples, batch_size=batch_size, shuffle=True, generator=generator, collate_fn=pack, pin_memory=pinned
    )
