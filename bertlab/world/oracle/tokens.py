"""BERT's view of a sentence: lower-cased words, punctuation apart."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from bertlab.world.structure import Sentence

PIECES = re.compile(r"\w+|[^\w\s]")


class BasicToken(NamedTuple):
    """A pre-token, and the index in `sentence.words` of the word that it is a piece of."""

    text: str
    word: int


@lru_cache(maxsize=20_000)
def pieces(word: str) -> tuple[str, ...]:
    """A word of the world in pre-tokens: "Holloway-Reed" is holloway, -, reed."""
    return tuple(PIECES.findall(word.lower()))


def basic_tokens(sentence: Sentence) -> tuple[BasicToken, ...]:
    """The pre-tokens of a sentence, as BERT's normaliser (lower-casing) and pre-tokenizer cut its text."""
    return tuple(BasicToken(piece, i) for i, word in enumerate(sentence.words) for piece in pieces(word))
