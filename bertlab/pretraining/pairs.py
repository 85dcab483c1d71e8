"""Pairs of sentences: does B go on where A ended? (section 3.1, task 2)

The reference is ``create_instances_from_document`` in google-research/bert, ``create_pretraining_data.py``. There, as
here, a "sentence" of a pair is a stretch of text: several sentences, as many as fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bertlab.errors import InputError

IS_NEXT, NOT_NEXT = 0, 1
"""The labels, as in the reference and in Hugging Face: 0 where B follows A."""

Document = Sequence[Sequence[int]]
"""A document's sentences, each as token ids without special tokens."""


class Segment(NamedTuple):
    """Sentences `start` to `end` (exclusive) of document number `document`, with `front` and `back` tokens cut off."""

    document: int
    start: int
    end: int
    front: int = 0
    back: int = 0


@dataclass(frozen=True)
class Pair:
    """Two stretches of text as token ids, and the label `IS_NEXT` or `NOT_NEXT`. `source` says where they come from."""

    first: tuple[int, ...]
    second: tuple[int, ...]
    label: int
    source: tuple[Segment, Segment]

    def __len__(self) -> int:
        """Tokens in `[CLS] first [SEP] second [SEP]`."""
        return len(self.first) + len(self.second) + 3


def make_pairs(
    documents: Sequence[Document],
    *,
    max_length: int,
    random: np.random.Generator,
    short_share: float = 0.1,
) -> list[Pair]:
    """Cut documents into pairs, half of them true successors and half with B from *another* document.

    Walks through each document and gathers sentences until they fill `max_length`. A gets a random number of them (at
    least one); B gets the rest, or, in half of the cases, a random stretch of another document, and the sentences
    that B would have had are used again. A chunk of one sentence has no rest, so B is always random there.

    Args:
        documents: at least two different ones, each with at least one sentence; at least one with two. One that occurs
            several times counts as the same, so that no copy of a document gives the "other" text for it.
        max_length: tokens of the whole pair, with its three special tokens.
        random: where the draws come from.
        short_share: the share of documents whose pairs aim at a random shorter length, as in the reference (0.1): a
            model that has only seen full sequences is worse on short ones.

    Raises:
        InputError: for no documents, a single one, alone or in copies (no negative can be drawn), documents of one
            sentence each (no true successor exists), empty sentences, a `max_length` under 5 and a `short_share` that
            is no share.
    """
    check_lengths(max_length, short_share)
    _check_documents(documents)
    room = max_length - 3
    pairs: list[Pair] = []
    for number, document in enumerate(documents):
        target = _target(room, short_share, random)
        start = end = 0
        gathered = 0
        while end < len(document):
            gathered += len(document[end])
            end += 1
            if end < len(document) and gathered < target:
                continue
            middle = start + (int(random.integers(1, end - start)) if end - start > 1 else 1)
            first = Segment(number, start, middle)
            if end - start == 1 or random.random() < 0.5:
                left = max(1, target - sum(len(sentence) for sentence in document[start:middle]))
                second, label = _another(documents, number, left, random), NOT_NEXT
                end = middle
            else:
                second, label = Segment(number, middle, end), IS_NEXT
            pairs.append(_truncated(documents, first, second, label, room, random))
            start, gathered = end, 0
    return pairs


def tokens_of(documents: Sequence[Document], segment: Segment) -> tuple[int, ...]:
    """The token ids of a segment."""
    tokens = [token for sentence in documents[segment.document][segment.start : segment.end] for token in sentence]
    return tuple(tokens[segment.front : len(tokens) - segment.back])


def _target(room: int, short_share: float, random: np.random.Generator) -> int:
    return int(random.integers(2, room + 1)) if random.random() < short_share else room


def _another(documents: Sequence[Document], number: int, room: int, random: np.random.Generator) -> Segment:
    """A stretch of `room` tokens or a little more from a random document that is not `number` or a copy of it."""
    other = number
    while documents[other] == documents[number]:
        other = int(random.integers(len(documents) - 1))
        other += other >= number
    start = end = int(random.integers(len(documents[other])))
    gathered = 0
    while end < len(documents[other]) and gathered < room:
        gathered += len(documents[other][end])
        end += 1
    return Segment(other, start, end)


def _truncated(
    documents: Sequence[Document],
    first: Segment,
    second: Segment,
    label: int,
    room: int,
    random: np.random.Generator,
) -> Pair:
    """The pair, cut to `room`: token after token off the longer side, from its front or its back by chance."""
    tokens = [tokens_of(documents, first), tokens_of(documents, second)]
    lengths = [len(side) for side in tokens]
    cuts = [[0, 0], [0, 0]]
    while sum(lengths) > room:
        side = 0 if lengths[0] > lengths[1] else 1
        cuts[side][0 if random.random() < 0.5 else 1] += 1
        lengths[side] -= 1
    first, second = (
        segment._replace(front=front, back=back) for segment, (front, back) in zip((first, second), cuts, strict=True)
    )
    sides = (tokens[i][cuts[i][0] : len(tokens[i]) - cuts[i][1]] for i in (0, 1))
    return Pair(*sides, label, (first, second))


def check_lengths(max_length: int, short_share: float) -> None:
    """Raise InputError unless `make_pairs` can use both."""
    if isinstance(max_length, bool) or not isinstance(max_length, int) or max_length < 5:
        raise InputError(
            f"max_length is {max_length!r}; expected a whole number of at least 5: [CLS], a token, [SEP], a token and "
            "[SEP]."
        )
    if not 0 <= short_share <= 1:
        raise InputError(f"short_share is {short_share!r}; expected a share from 0 to 1. The reference has 0.1.")


def _check_documents(documents: Sequence[Document]) -> None:
    if not documents:
        raise InputError("There are no documents to make pairs from: the corpus is empty.")
    for number, document in enumerate(documents):
        if not document or not all(document):
            raise InputError(f"document {number} has no sentences, or an empty one: leave it out.")
    if all(document == documents[0] for document in documents):
        raise InputError(
            f"There is one document{', in copies' if len(documents) > 1 else ''}. A pair that is not true needs a "
            "second one: a B from the same document might be the true next sentence after all. Give at least two "
            "different documents."
        )
    if all(len(document) == 1 for document in documents):
        raise InputError(
            "Every document is one sentence, so none has a next one and no true pair can be made. Give documents of "
            "several sentences each."
        )
