"""Attention: every token asks every token, and takes the weighted mean of what they say."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from bertlab.errors import InputError
from bertlab.model.config import BertConfig
from bertlab.model.packed import Sequences, packed_attention

MASKED = -10_000.0
"""What the mask adds where nothing may be read; google-research/bert, modeling.py. Its exp is 0 and, unlike -inf, it
gives no NaN in a row that is masked throughout, and fits in every half-precision type."""


def scaled_dot_product(
    query: Float[Tensor, "batch h n d"],
    key: Float[Tensor, "batch h m d"],
    value: Float[Tensor, "batch h m d"],
    mask: Float[Tensor, "#batch #h #n m"] | None = None,
    dropout: float = 0.0,
    scale: float | None = None,
) -> tuple[Float[Tensor, "batch h n d"], Float[Tensor, "batch h n m"], Float[Tensor, "batch h n m"]]:
    """softmax(Q Kᵀ / √d_k + mask) V: equation 1 of Vaswani et al. 2017, written out.

    Returns the context, the weights (each row sums to 1; dropout is not in them) and the scores that went into the
    softmax. `scale` is 1/√d_k unless given.
    """
    scores = query @ key.transpose(-1, -2) * (scale or 1 / math.sqrt(query.shape[-1]))  # (B, h, n, m)
    if mask is not None:
        scores = scores + mask  # before the softmax, so that what is left still sums to 1
    weights = scores.softmax(dim=-1)  # over the keys
    context = F.dropout(weights, p=dropout) @ value  # (B, h, n, d)
    return context, weights, scores


def additive_mask(
    attention_mask: Int[Tensor, "batch n"] | Bool[Tensor, "batch n"] | None, like: Float[Tensor, "batch n D"]
) -> Float[Tensor, "batch 1 1 n"] | None:
    """A tokenizer's mask (1 keep, 0 padding) as numbers to add to the scores: 0 keep, MASKED padding.

    None where nothing is masked. Raises InputError for another shape, or a type other than whole numbers and bool.
    """
    if attention_mask is None:
        return None
    if attention_mask.shape != like.shape[:2] or attention_mask.is_floating_point():
        raise InputError(
            f"attention_mask is {attention_mask.dtype} of shape {tuple(attention_mask.shape)}; expected whole numbers, "
            f"1 for a token and 0 for padding, of shape {tuple(like.shape[:2])}, as a tokenizer makes it."
        )
    keep = attention_mask.bool()
    # Without a mask the fused kernel is quicker, but on a GPU the look itself would cost a wait.
    if keep.device.type == "cpu" and not torch.compiler.is_compiling() and keep.all():
        return None
    return torch.zeros_like(keep, dtype=like.dtype).masked_fill(~keep, MASKED)[:, None, None, :]  # (B, 1, 1, n)


class SelfAttention(nn.Module):
    """Many heads: project once, cut the D columns into h heads of d, attend in each, put them side by side again.

    Vaswani et al. 2017, section 3.2.2, whose per-head W_i^Q, W_i^K, W_i^V are column blocks of the one matrix here.
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        D = config.hidden_size
        self.num_attention_heads, self.attention_head_size = config.num_attention_heads, config.head_size
        self.scale = 1 / math.sqrt(config.head_size)  # 1 / √d_k
        self.query, self.key, self.value = nn.Linear(D, D), nn.Linear(D, D), nn.Linear(D, D)
        self.dropout = nn.Dropout(config.attention_probs_dropout_prob)

    def split(self, x: Float[Tensor, "batch n D"]) -> Float[Tensor, "batch h n d"]:
        """(B, n, D) -> (B, h, n, d)."""
        return x.unflatten(-1, (self.num_attention_heads, self.attention_head_size)).transpose(1, 2)

    def forward(
        self,
        hidden_states: Float[Tensor, "batch n D"],
        mask: Float[Tensor, "#batch 1 #n n"] | Sequences | None = None,
        with_weights: bool = False,
    ) -> tuple[Float[Tensor, "batch n D"], Float[Tensor, "batch h n n"] | None, Float[Tensor, "batch h n n"] | None]:
        """The heads' contexts side by side, and with `with_weights` the weights and the scores before the softmax.

        The fused kernel never holds the (n, n) weights, so asking for them takes the route that does; the context is
        the same (within 1e-6 a call). Where sequences are laid end to end, `mask` says which tokens are whose; they have
        no common (n, n) to show, so asking for weights is an InputError there.
        """
        query, key, value = (self.split(W(hidden_states)) for W in (self.query, self.key, self.value))  # (B, h, n, d)
        dropout = self.dropout.p if self.training else 0.0
        weights = scores = None
        if isinstance(mask, Sequences):
            if with_weights:
                raise InputError("packed sequences have no attention weights to show: give a padded batch for them.")
            context = packed_attention(query, key, value, mask, dropout)
        elif with_weights:
            context, weights, scores = scaled_dot_product(query, key, value, mask, dropout, self.scale)
        else:
            context = F.scaled_dot_product_attention(query, key, value, mask, dropout, scale=self.scale)
        return context.transpose(1, 2).flatten(2), weights, scores  # (B, n, D)
