"""Batches for pretraining: documents in, masked pairs out, batch number k always the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from bertlab.errors import InputError
from bertlab.pretraining.corpus import Corpus, TextDocument
from bertlab.pretraining.masking import Masking, mask_tokens
from bertlab.pretraining.pairs import Document, Pair, check_lengths, make_pairs

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


GROUP = 16
"""How many batches are made together unless told otherwise: enough for pairs of like lengths to come together."""


class SpecialIds(NamedTuple):
    """The ids of the special tokens that a sequence needs."""

    pad: int
    cls: int
    sep: int
    mask: int

    @classmethod
    def of(cls, tokenizer: "PreTrainedTokenizerBase") -> "SpecialIds":
        """A tokenizer's. Raises InputError where its vocabulary lacks one.

        `transformers` gives a token that is not in the vocabulary an id behind it, for which a model has no embedding.
        """
        names = ("pad", "cls", "sep", "mask")
        ids = [getattr(tokenizer, f"{name}_token_id") for name in names]
        lacking = [number is None or number >= tokenizer.vocab_size for number in ids]
        missing = [f"[{name.upper()}]" for name, lacks in zip(names, lacking, strict=True) if lacks]
        if missing:
            raise InputError(
                f"the tokenizer's vocabulary has no {' and no '.join(missing)}, which pretraining needs. Train one "
                "with bertlab.pretraining.train_tokenizer, or take a BERT's."
            )
        return cls(*ids)


@dataclass(frozen=True)
class Group:
    """Batches that were made together: their pairs, sorted into batches of like lengths, and the documents' numbers."""

    batches: list[list[Pair]]
    first_document: int


class PretrainingBatches(Dataset):
    """A data set whose item k is batch number k, as keyword arguments for `BertForPreTraining`.

    `batches_in_a_group` batches are made from `documents_in_a_batch` documents each: cut into pairs, sorted by length,
    and divided so that each batch has about as many tokens as the others, with little padding. Batch k depends on the
    arguments and on k alone, so that a run can go on at any batch.

    Give it to a `DataLoader` with `batch_size=None`: the batches are made already. Worker processes of the loader take
    batches in turn, and each would make every group for itself; so with `interleave` the batches of so many groups follow
    each other in turn, and as many workers, or a whole fraction of them, make each group once.

    Args:
        corpus: where documents come from.
        tokenizer: a BERT's.
        batches: how many there are, `len()` of this data set.
        documents_in_a_batch: at least 2.
        max_length: tokens of a pair with its special tokens.
        masking: what to mask.
        next_sentence: whether the batches carry `next_sentence_label`. Without, the text stays the same.
        masked_only: whether the batches ask `bertlab.model` for logits at the masked positions alone. `transformers`'
            models have no such keyword.
        short_share: see `make_pairs`.
        batches_in_a_group: how many batches are made together.
        interleave: groups whose batches take turns. It is part of what batch k is.
        first_document: the number of the corpus' document with which the first batch begins.
        seed: of pairs and masks.

    Raises:
        InputError: for numbers out of their range, for a tokenizer without the special tokens, and, when a batch is
            made, for documents that no pair can be made of.
    """

    def __init__(
        self,
        corpus: Corpus,
        tokenizer: "PreTrainedTokenizerBase",
        *,
        batches: int,
        documents_in_a_batch: int = 32,
        max_length: int = 128,
        masking: Masking = Masking(),
        next_sentence: bool = True,
        masked_only: bool = False,
        short_share: float = 0.1,
        batches_in_a_group: int = GROUP,
        interleave: int = 1,
        first_document: int = 0,
        seed: int = 0,
    ) -> None:
        for name, value, least in (
            ("batches", batches, 1),
            ("documents_in_a_batch", documents_in_a_batch, 2),
            ("batches_in_a_group", batches_in_a_group, 1),
            ("interleave", interleave, 1),
            ("first_document", first_document, 0),
            ("seed", seed, 0),
        ):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(f"{name} is {value!r}; expected a whole number of at least {least}.")
        check_lengths(max_length, short_share)
        self.corpus, self.tokenizer, self.masking, self.seed = corpus, tokenizer, masking, seed
        self.batches, self.max_length = batches, max_length
        self.next_sentence, self.masked_only = next_sentence, masked_only
        self.documents_in_a_batch, self.batches_in_a_group = documents_in_a_batch, batches_in_a_group
        self.interleave, self.short_share, self.first_document = interleave, short_share, first_document
        self.ids = SpecialIds.of(tokenizer)
        self.continuing = continuing_pieces(tokenizer)
        self._groups: dict[int, Group] = {}

    def __len__(self) -> int:
        """How many batches there are."""
        return self.batches

    def __getitem__(self, number: int) -> dict[str, Tensor | bool]:
        """Batch `number`.

        `input_ids`, `attention_mask`, `token_type_ids`, `labels` (B, n), and where asked for `next_sentence_label` (B,)
        and `masked_only`.
        """
        if not 0 <= number < self.batches:
            raise IndexError(number)
        turn, member = divmod(number, self.interleave)
        turns, place = divmod(turn, self.batches_in_a_group)
        group = turns * self.interleave + member
        return self.collate(self.group(group).batches[place], self._random(group, place))

    def group(self, number: int) -> Group:
        """Group `number` of batches, before masking."""
        if number not in self._groups:
            while len(self._groups) >= self.interleave:  # the oldest is used up: batches are asked for in order
                del self._groups[next(iter(self._groups))]
            self._groups[number] = self._make_group(number)
        return self._groups[number]

    def collate(self, pairs: Sequence[Pair], random: np.random.Generator) -> dict[str, Tensor | bool]:
        """Pairs as one padded, masked batch."""
        batch = lay_out(pairs, self.ids)
        masked = mask_tokens(
            batch["input_ids"],
            batch["maskable"],
            batch["attention_mask"].sum(1),
            mask_id=self.ids.mask,
            vocab_size=len(self.tokenizer),
            random=random,
            masking=self.masking,
            continues=self.continuing[batch["input_ids"]] if self.masking.whole_words else None,
        )
        arrays = {
            "input_ids": masked.input_ids,
            "attention_mask": batch["attention_mask"],
            "token_type_ids": batch["token_type_ids"],
            "labels": masked.labels,
        }
        if self.next_sentence:
            arrays["next_sentence_label"] = batch["next_sentence_label"]
        tensors: dict[str, Tensor | bool] = {name: torch.from_numpy(array) for name, array in arrays.items()}
        return tensors | {"masked_only": True} if self.masked_only else tensors

    def _make_group(self, number: int) -> Group:
        size = self.documents_in_a_batch * self.batches_in_a_group
        random = self._random(number)
        first = self.first_document + number * size
        documents = encode_documents(self.corpus.documents(first, size), self.tokenizer)
        pairs = make_pairs(documents, max_length=self.max_length, random=random, short_share=self.short_share)
        batches = by_length(pairs, self.batches_in_a_group)
        random.shuffle(batches)
        return Group(batches, first)

    def _random(self, *place: int) -> np.random.Generator:
        """A group's or a batch's own stream. (Seeds given as a list would not do: [0, 3] and [0, 3, 0] are one.)"""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=place))


def encode_documents(documents: Sequence[TextDocument], tokenizer: "PreTrainedTokenizerBase") -> list[Document]:
    """Documents of text as documents of token ids; sentences and documents without a token are left out."""
    sentences = [sentence for document in documents for sentence in document]
    if not sentences:
        return []
    options = {"add_special_tokens": False, "return_attention_mask": False, "return_token_type_ids": False}
    encoded = iter(tokenizer(sentences, verbose=False, **options)["input_ids"])
    kept = ([ids for ids in (next(encoded) for _ in document) if ids] for document in documents)
    return [document for document in kept if document]


def by_length(pairs: Sequence[Pair], batches: int) -> list[list[Pair]]:
    """The pairs in batches of like lengths and of about equally many tokens; each batch gets at least one pair."""
    if len(pairs) < batches:
        raise InputError(f"{len(pairs)} pairs do not fill {batches} batches: take more documents for each batch.")
    ordered = sorted(pairs, key=len)
    ends = np.cumsum([len(pair) for pair in ordered])
    cuts = np.searchsorted(ends, ends[-1] * np.arange(1, batches) / batches)
    # A very long pair could leave a batch empty: every cut stands at least one pair after the one before it.
    for i in range(len(cuts)):
        low = cuts[i - 1] + 1 if i else 1
        cuts[i] = min(max(cuts[i], low), len(ordered) - (len(cuts) - i))
    edges = [0, *cuts.tolist(), len(ordered)]
    return [ordered[start:end] for start, end in zip(edges, edges[1:])]


def lay_out(pairs: Sequence[Pair], ids: SpecialIds) -> dict[str, np.ndarray]:
    """`[CLS] A [SEP] B [SEP]` for each pair, padded to the longest: five arrays, `maskable` among them."""
    shape = len(pairs), max(len(pair) for pair in pairs)
    batch = {
        "input_ids": np.full(shape, ids.pad, dtype=np.int64),
        "attention_mask": np.zeros(shape, dtype=np.int64),
        "token_type_ids": np.zeros(shape, dtype=np.int64),
        "maskable": np.zeros(shape, dtype=bool),
        "next_sentence_label": np.array([pair.label for pair in pairs], dtype=np.int64),
    }
    for row, pair in enumerate(pairs):
        middle, end = len(pair.first) + 2, len(pair)
        batch["input_ids"][row, :end] = [ids.cls, *pair.first, ids.sep, *pair.second, ids.sep]
        batch["attention_mask"][row, :end] = 1
        batch["token_type_ids"][row, middle:end] = 1
        batch["maskable"][row, 1 : middle - 1] = batch["maskable"][row, middle : end - 1] = True
    return batch


def continuing_pieces(tokenizer: "PreTrainedTokenizerBase") -> np.ndarray:
    """For each id of the vocabulary whether the piece continues a word ("##ing")."""
    return np.array([token.startswith("##") for token in tokenizer.convert_ids_to_tokens(range(len(tokenizer)))])
