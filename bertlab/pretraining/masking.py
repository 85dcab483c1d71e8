"""Masked words: which positions the model has to guess, and what it is shown there (section 3.1, task 1).

The reference is ``create_masked_lm_predictions`` in google-research/bert, ``create_pretraining_data.py``.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from bertlab.errors import InputError

IGNORED = -100
"""The label of a position that was not chosen; the loss leaves it out."""


@dataclass(frozen=True)
class Masking:
    """How tokens are masked.

    Attributes:
        rate: the share of a sequence's tokens to predict, `[CLS]` and `[SEP]` counted, padding not. BERT's is 0.15.
        most: the most predictions in a sequence, or None for no limit. BERT's is 20 for 128 tokens and 76 for 512.
        whole_words: choose words and predict all their pieces, instead of choosing pieces. (What each piece shows is
            still drawn for itself, as in the reference.)
        shown_mask: the share of the chosen positions that show `[MASK]`.
        shown_random: the share that shows a random piece of the vocabulary. The rest shows what stood there.

    Raises:
        InputError: for shares outside their range.
    """

    rate: float = 0.15
    most: int | None = None
    whole_words: bool = False
    shown_mask: float = 0.8
    shown_random: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.rate < 1:
            raise InputError(
                f"the mask rate is {self.rate!r}; expected a share between 0 and 1, neither included: with none masked "
                "there is nothing to learn, with all masked nothing to learn from. BERT's is 0.15."
            )
        if self.most is not None and (isinstance(self.most, bool) or not isinstance(self.most, int) or self.most < 1):
            raise InputError(f"most is {self.most!r}; expected a whole number of at least 1, or None for no limit.")
        if not (self.shown_mask >= 0 and self.shown_random >= 0 and self.shown_mask + self.shown_random <= 1):
            raise InputError(
                f"shown_mask is {self.shown_mask!r} and shown_random {self.shown_random!r}; expected two shares that "
                "add up to at most 1: the rest shows the word that stood there."
            )

    def count(self, tokens: int) -> int:
        """How many of a sequence's tokens to predict: the rate, rounded, at least 1 and at most `most`."""
        wanted = max(1, round(tokens * self.rate))
        return wanted if self.most is None else min(wanted, self.most)


@dataclass(frozen=True)
class MaskedTokens:
    """What masking makes of a batch: the ids to show, and the labels (`IGNORED` where nothing is asked)."""

    input_ids: Int[np.ndarray, "batch n"]
    labels: Int[np.ndarray, "batch n"]


def mask_tokens(
    input_ids: Int[np.ndarray, "batch n"],
    maskable: Bool[np.ndarray, "batch n"],
    lengths: Int[np.ndarray, " batch"],
    *,
    mask_id: int,
    vocab_size: int,
    random: np.random.Generator,
    masking: Masking = Masking(),
    continues: Bool[np.ndarray, "batch n"] | None = None,
) -> MaskedTokens:
    """Choose positions of each sequence and replace what stands there. The input is left as it is.

    A sequence of `length` tokens has `masking.count(length)` of its maskable positions chosen, all equally likely
    without repetition. Each chosen one is then settled by a single draw u from [0, 1): `[MASK]` for u < 0.8, a random
    piece for u < 0.9, itself otherwise. (Two draws, "mask with 0.8, else random with 0.1", would give 80, 2 and 18 in
    a hundred, and independent ones 81, 9 and 10 or the like.)

    Args:
        input_ids: the tokens, padded.
        maskable: where a token may be chosen: not `[CLS]`, `[SEP]` or `[PAD]`.
        lengths: tokens in each sequence, special ones counted, padding not.
        mask_id: the id of `[MASK]`.
        vocab_size: random pieces are drawn from 0 to `vocab_size - 1`, special tokens among them, as in the reference.
        random: where the draws come from. The same generator state gives the same masks.
        continues: for `masking.whole_words`: True where a token continues the word of the token before it. A word that
            would take a sequence over its count is passed over, as in the reference; so a short sequence of long words
            may have no prediction at all.

    Raises:
        InputError: for shapes that do not match, and for whole words without `continues`.
    """
    for name, array in (("maskable", maskable), ("continues", continues)):
        if array is not None and array.shape != input_ids.shape:
            raise InputError(f"{name} has shape {array.shape}; expected {input_ids.shape}, as the input_ids.")
    if lengths.shape != input_ids.shape[:1]:
        raise InputError(f"lengths has shape {lengths.shape}; expected {input_ids.shape[:1]}, one for each sequence.")
    if masking.whole_words and continues is None:
        raise InputError("whole_words masks all pieces of a word; expected continues, which says what the words are.")
    chosen = np.zeros(input_ids.shape, dtype=bool)
    for row, length in enumerate(lengths):
        positions = np.flatnonzero(maskable[row])
        if masking.whole_words:
            picked = _pick_words(positions, continues[row], masking.count(int(length)), random)
        else:
            picked = random.permutation(positions)[: masking.count(int(length))]
        chosen[row, picked] = True
    draw = random.random(input_ids.shape)
    pieces = random.integers(vocab_size, size=input_ids.shape)
    shown = np.where(chosen & (draw < masking.shown_mask), mask_id, input_ids)
    in_between = (draw >= masking.shown_mask) & (draw < masking.shown_mask + masking.shown_random)
    shown = np.where(chosen & in_between, pieces, shown)
    return MaskedTokens(shown, np.where(chosen, input_ids, IGNORED))


def _pick_words(
    positions: Int[np.ndarray, " positions"],
    continues: Bool[np.ndarray, " n"],
    count: int,
    random: np.random.Generator,
) -> list[int]:
    """Positions of whole words, in random order, as long as they fit into the count."""
    words: list[list[int]] = []
    for position in positions.tolist():
        if words and continues[position] and words[-1][-1] == position - 1:
            words[-1].append(position)
        else:
            words.append([position])
    picked: list[int] = []
    for index in random.permutation(len(words)):
        if len(picked) + len(words[index]) <= count:
            picked += words[index]
    return picked
