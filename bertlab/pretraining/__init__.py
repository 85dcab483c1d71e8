"""Pretraining (Devlin et al. 2018, section 3.1): masked words, next sentences, the batches that ask for both, the run."""

from bertlab.pretraining.batches import PretrainingBatches
from bertlab.pretraining.corpus import FilmWorld, HubText, TextFiles
from bertlab.pretraining.masking import MaskedTokens, Masking, mask_tokens
from bertlab.pretraining.pairs import IS_NEXT, NOT_NEXT, Pair, Segment, make_pairs
from bertlab.pretraining.tokenizer import train_tokenizer

__all__ = [
    "IS_NEXT",
    "NOT_NEXT",
    "FilmWorld",
    "HubText",
    "MaskedTokens",
    "Masking",
    "Pair",
    "PretrainingBatches",
    "Segment",
    "TextFiles",
    "make_pairs",
    "mask_tokens",
    "train_tokenizer",
]
