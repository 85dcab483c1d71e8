"""Tokenised texts of any lengths in a few flat arrays, from which a batch is cut in a fraction of a millisecond."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerBase

from bertlab.errors import InputError

Example = dict[str, Any]


@dataclass(frozen=True)
class Ragged:
    """Rows of integers, each as long as it is.

    Attributes:
        values: those of all rows, one after the other.
        ends: (rows + 1,), rising from 0: row i is ``values[ends[i] : ends[i + 1]]``.
    """

    values: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> "Ragged":
        """The same rows, as int32."""
        lengths = [len(row) for row in rows]
        values = np.fromiter((value for row in rows for value in row), np.int32, count=sum(lengths))
        return cls(values, np.cumsum([0, *lengths]))

    @property
    def lengths(self) -> np.ndarray:
        """Of each row."""
        return np.diff(self.ends)

    def __getitem__(self, index: int) -> np.ndarray:
        return self.values[self.ends[index] : self.ends[index + 1]]

    def cut(self, first: int, last: int) -> "Ragged":
        """The ``first`` and the ``last`` values of each row; all of a row that has no more."""
        lengths = self.lengths
        place = np.arange(len(self.values)) - np.repeat(self.ends[:-1], lengths)
        stay = (place < first) | (place >= np.repeat(lengths - last, lengths))
        return Ragged(self.values[stay], np.append(0, np.cumsum(np.minimum(lengths, first + last))))


def joined(parts: Sequence[Ragged]) -> Ragged:
    """The rows of one after those of the other."""
    lengths = np.concatenate([part.lengths for part in parts])
    return Ragged(np.concatenate([part.values for part in parts]), np.append(0, np.cumsum(lengths)))


class Rows(Dataset):
    """A data set of tokenised texts: ``rows[3]`` is an example, ``rows["input_ids"]`` a column, as with Hugging Face's.

    A loader that asks for many at once is given the arrays themselves, not lists: nothing is made anew that exists.
    """

    def __init__(self, columns: dict[str, Ragged], labels: Sequence[int] | None = None) -> None:
        self.columns = columns
        self.labels = None if labels is None else np.asarray(labels, dtype=np.int64)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())).ends) - 1

    def __getitem__(self, which: int | str) -> Any:
        if isinstance(which, str):
            if which == "labels" and self.labels is not None:
                return self.labels.tolist()
            return [self.columns[which][index].tolist() for index in range(len(self))]
        if not -len(self) <= which < len(self):
            raise IndexError(f"There are {len(self)} examples, and none has the number {which}.")
        (example,) = self.__getitems__([which % len(self)])
        return {name: value.tolist() for name, value in example.items()}

    def __getitems__(self, indices: Sequence[int]) -> list[Example]:
        """Several examples, whose columns are arrays."""
        examples = [{name: column[index] for name, column in self.columns.items()} for index in indices]
        if self.labels is not None:
            for example, index in zip(examples, indices):
                example["labels"] = self.labels[index]
        return examples

    def __iter__(self) -> Iterator[Example]:
        return (self[index] for index in range(len(self)))

    @property
    def lengths(self) -> list[int]:
        """Tokens of each text."""
        return self.columns["input_ids"].lengths.tolist()

    def to_dict(self) -> dict[str, list]:
        """All columns."""
        names = [*self.columns, *(["labels"] if self.labels is not None else [])]
        return {name: self[name] for name in names}


class Pad:
    """Makes a batch of examples: (examples, the longest one's tokens), what is missing filled up on the tokenizer's side.

    What ``transformers.DataCollatorWithPadding`` makes, some fifty times as fast. ``labels`` are (examples,).
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.left = tokenizer.padding_side == "left"
        self.fill = {"input_ids": tokenizer.pad_token_id, "token_type_ids": tokenizer.pad_token_type_id}
        self.fill |= {"attention_mask": 0, "special_tokens_mask": 1}
        if tokenizer.pad_token_id is None:
            raise InputError("The tokenizer has no padding token. Give it one: tokenizer.pad_token = tokenizer.sep_token.")

    def __call__(self, examples: Sequence[Example]) -> dict[str, Tensor]:
        """Tensors of int64; an ``attention_mask`` is made where the examples have none."""
        lengths = [len(example["input_ids"]) for example in examples]
        longest, columns = max(lengths), {}
        for name in examples[0]:
            if name in ("labels", "label"):
                columns["labels"] = torch.tensor([int(example[name]) for example in examples])
                continue
            if name not in self.fill:
                raise InputError(f"{name} cannot be padded: expected {', '.join(self.fill)} or labels.")
            table = np.full((len(examples), longest), self.fill[name], dtype=np.int64)
            for row, length, example in zip(table, lengths, examples):
                row[self._place(length, longest)] = example[name]
            columns[name] = torch.from_numpy(table)
        if "attention_mask" not in columns:
            mask = np.zeros((len(examples), longest), dtype=np.int64)
            for row, length in zip(mask, lengths):
                row[self._place(length, longest)] = 1
            columns["attention_mask"] = torch.from_numpy(mask)
        return columns

    def _place(self, length: int, longest: int) -> slice:
        return slice(longest - length, longest) if self.left else slice(0, length)
