"""Sequences laid end to end, without padding: which token belongs to which, and attention that stays inside each.

A packed batch is one long row, (1, T), and `cu_seqlens`, the name that variable-length kernels have for the cumulated
lengths: sequence i is the tokens from `cu_seqlens[i]` up to, and without, `cu_seqlens[i + 1]`.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from bertlab.errors import InputError

try:
    from torch.nn.attention.varlen import varlen_attn
except ImportError:  # torch before 2.10
    varlen_attn = None


@dataclass(frozen=True)
class Sequences:
    """Where the sequences of a packed batch begin and end.

    Attributes:
        cu_seqlens: (S + 1,) int32, from 0 to T, rising.
        max_seqlen: tokens of the longest.
    """

    cu_seqlens: Int[Tensor, " ends"]
    max_seqlen: int

    @property
    def first(self) -> Int[Tensor, " sequences"]:
        """The place of each sequence's first token, which is its `[CLS]`."""
        return self.cu_seqlens[:-1].long()

    @cached_property
    def lengths(self) -> list[int]:
        """Tokens of each sequence; from a GPU that takes a wait, once a batch."""
        return self.cu_seqlens.diff().tolist()

    def places(self, tokens: int) -> tuple[Int[Tensor, " tokens"], Int[Tensor, " tokens"]]:
        """Of each token, the number of its sequence and its place in it, both from 0."""
        all_places = torch.arange(tokens, device=self.cu_seqlens.device)
        owner = torch.searchsorted(self.cu_seqlens[1:].long(), all_places, right=True)
        return owner, all_places - self.first[owner]

    def position_ids(self, tokens: int) -> Int[Tensor, "1 tokens"]:
        """Each token's place in its own sequence, from 0: (1, T)."""
        return self.places(tokens)[1].unsqueeze(0)


def sequences_of(cu_seqlens: Int[Tensor, " ends"], max_seqlen: int | None, shape: torch.Size) -> Sequences:
    """What a packed batch's model keywords say, held against the shape (1, T) of its tokens.

    `max_seqlen` is worked out where it is None; from a GPU that takes a wait. Raises InputError for ends that are no int32,
    do not begin at 0, do not rise or do not end at T (on a GPU only what needs no wait is looked at), and for tokens
    that are not in one row.
    """
    if len(shape) < 2 or shape[0] != 1:
        raise InputError(f"with cu_seqlens all tokens are in one row, (1, T); these have shape {tuple(shape)}.")
    if cu_seqlens.dtype != torch.int32 or cu_seqlens.ndim != 1 or len(cu_seqlens) < 2:
        raise InputError(
            f"cu_seqlens is {cu_seqlens.dtype} of shape {tuple(cu_seqlens.shape)}; expected torch.int32 of shape "
            "(sequences + 1,), as bertlab.data.packing.pack makes it."
        )
    if cu_seqlens.device.type == "cpu" and not torch.compiler.is_compiling():
        lengths = cu_seqlens.diff()
        if cu_seqlens[0] != 0 or cu_seqlens[-1] != shape[1] or lengths.min() < 1:
            raise InputError(
                f"cu_seqlens is {cu_seqlens.tolist()}; expected numbers that rise from 0 to {shape[1]}, the number of tokens."
            )
        if max_seqlen is not None and max_seqlen < lengths.max():
            raise InputError(f"max_seqlen is {max_seqlen}, but a sequence has {int(lengths.max())} tokens.")
    return Sequences(cu_seqlens, int(cu_seqlens.diff().max()) if max_seqlen is None else max_seqlen)


def packed_attention(
    query: Float[Tensor, "1 h n d"],
    key: Float[Tensor, "1 h n d"],
    value: Float[Tensor, "1 h n d"],
    sequences: Sequences,
    dropout: float = 0.0,
) -> Float[Tensor, "1 h n d"]:
    """Scaled dot-product attention inside each sequence: what each would get alone, whatever lies beside it.

    In half precision on CUDA one kernel does all (`torch.nn.attention.varlen`). It knows no dropout: with dropout, and in
    float32, a GPU computes attention alone on the sequences padded to the longest. Elsewhere, where starting an operation is
    cheap, they go through `scaled_dot_product_attention` one by one, and no product is wasted.
    """
    if varlen_attn is not None and query.is_cuda and query.dtype in (torch.float16, torch.bfloat16) and not dropout:
        ends, longest = sequences.cu_seqlens, sequences.max_seqlen
        rows = (x[0].transpose(0, 1) for x in (query, key, value))  # (T, h, d) each
        return varlen_attn(*rows, ends, ends, longest, longest).transpose(0, 1).unsqueeze(0)
    if query.is_cuda:
        return _padded_attention(query, key, value, sequences, dropout)
    parts = zip(*(x.split(sequences.lengths, dim=2) for x in (query, key, value)), strict=True)
    return torch.cat([F.scaled_dot_product_attention(q, k, v, dropout_p=dropout) for q, k, v in parts], dim=2)


def _padded_attention(
    query: Float[Tensor, "1 h n d"],
    key: Float[Tensor, "1 h n d"],
    value: Float[Tensor, "1 h n d"],
    sequences: Sequences,
    dropout: float,
) -> Float[Tensor, "1 h n d"]:
    """The same in one call, each sequence a padded row of it; nothing in it makes a GPU wait."""
    places = torch.arange(sequences.max_seqlen, device=sequences.cu_seqlens.device)
    inside = places < sequences.cu_seqlens.diff()[:, None]  # (S, m), False where a row is padding
    tokens = torch.where(inside, sequences.first[:, None] + places, 0)
    rows = (x[0][:, tokens].transpose(0, 1) for x in (query, key, value))  # (S, h, m, d) each
    context = F.scaled_dot_product_attention(*rows, attn_mask=inside[:, None, None, :], dropout_p=dropout)
    owner, place = sequences.places(query.shape[2])
    return context[owner, :, place].transpose(0, 1).unsqueeze(0)  # (T, h, d) -> (1, h, T, d)
