"""How long texts are in word pieces: what a ``max_length`` cuts, and what a way of batching pads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int
from transformers import PreTrainedTokenizerBase
from transformers.trainer_pt_utils import LengthGroupedSampler

from bertlab.data.batches import check_texts
from bertlab.data.tokens import Cache, tokenise
from bertlab.errors import InputError


@dataclass(frozen=True, eq=False, repr=False)
class Lengths:
    """The lengths of texts before any is cut.

    Attributes:
        pieces: word pieces of each text, ``[CLS]`` and ``[SEP]`` included.
    """

    pieces: Int[np.ndarray, "text"]

    @property
    def mean(self) -> float:
        """Word pieces in a text, in the mean."""
        return float(self.pieces.mean())

    @property
    def median(self) -> float:
        """Half of the texts are shorter, half longer."""
        return float(np.median(self.pieces))

    def cut(self, max_length: int) -> float:
        """The share of texts, from 0 to 1, that lose something when all are cut to ``max_length`` word pieces.

        Raises:
            InputError: for a ``max_length`` that is no whole number of at least 1.
        """
        _check("max_length", max_length)
        return float((self.pieces > max_length).mean())

    def padding(self, max_length: int, *, batch_size: int = 32, seed: int = 0) -> dict[str, float]:
        """Positions computed for each word piece, in one pass over the texts cut to ``max_length``: 1 is no padding.

        Args:
            batch_size: texts in a batch.
            seed: of the orders.

        Returns:
            ``"plain"``: every text padded to ``max_length``. ``"dynamic"``: in random order, each batch padded to its longest
            text. ``"buckets"``: the same with like lengths together, as ``bertlab.data.batches.training_batches`` does.

        Raises:
            InputError: for a ``max_length`` or ``batch_size`` that is no whole number of at least 1.
        """
        _check("max_length", max_length)
        _check("batch_size", batch_size)
        kept = np.minimum(self.pieces, max_length)
        generator = torch.Generator().manual_seed(seed)
        orders = {
            "dynamic": torch.randperm(len(kept), generator=generator).tolist(),
            "buckets": list(LengthGroupedSampler(batch_size, lengths=kept.tolist(), generator=generator)),
        }
        positions = {"plain": max_length * len(kept)}
        for name, order in orders.items():
            batches = (kept[order[start : start + batch_size]] for start in range(0, len(kept), batch_size))
            positions[name] = sum(len(batch) * int(batch.max()) for batch in batches)
        return {name: count / int(kept.sum()) for name, count in positions.items()}

    def __repr__(self) -> str:
        """What is worth knowing before a ``max_length`` is chosen."""
        shares = ", ".join(f"{self.cut(at):.1%} at {at}" for at in (128, 256, 512))
        return (
            f"{len(self.pieces):,} texts: {self.median:,.0f} word pieces in the median, {self.mean:,.0f} in the mean, "
            f"{self.pieces.max():,} at most; cut are {shares}"
        )


def lengths(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], *, cache: Cache = None) -> Lengths:
    """Count each text's word pieces, ``[CLS]`` and ``[SEP]`` included; none is cut.

    With ``cache`` (see ``bertlab.data.tokens.tokenise``) they are those that ``encode`` keeps and reads there.

    Raises:
        InputError: for texts that ``check_texts`` does not take.
    """
    from pyarrow import compute

    table = tokenise(tokenizer, check_texts(texts), cache=cache)
    return Lengths(compute.list_value_length(table["input_ids"]).to_numpy().astype(np.int64))


def _check(name: str, number: int) -> None:
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise InputError(f"{name} must be a whole number of at least 1, not {number!r}.")
