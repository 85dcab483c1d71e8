"""Checks for notebook 02, attention: each takes what its exercise asks for and names the likely mistake.

A function is tried on random numbers of a seed of their own, in sizes that are all different, so that no axis can be taken
for another. Every check returns ``"Right: ..."`` or raises ``WrongAnswer``.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from bertlab.checks.answers import WrongAnswer, call, judge
from bertlab.model.attention import MASKED

BASE_LAYERS, BASE_HEADS, BASE_WIDTH, LONGEST = 12, 12, 768, 512


def attention(function: Callable[[Tensor, Tensor, Tensor], Tensor]) -> str:
    """Exercise 1: ``function(query, key, value)`` gives softmax(Q Kᵀ / √d_k) V.

    Shapes: query (B, h, n, d_k), key (B, h, m, d_k), value (B, h, m, d_v) -> (B, h, n, d_v).
    """
    random = _random_numbers()
    # Two of the usual mistakes divide by √n and √d_v: n, m, d_v and h * d_k must be told from d_k and from each other.
    query, key, value = random(2, 3, 5, 4), random(2, 3, 6, 4), random(2, 3, 6, 7)
    d_k, d_model = query.shape[-1], query.shape[-1] * query.shape[1]

    def context(scale: float = 1 / math.sqrt(d_k), dim: int = -1) -> Tensor:
        return (query @ key.transpose(-1, -2) * scale).softmax(dim=dim) @ value

    weights = (query @ key.transpose(-1, -2) / math.sqrt(d_k)).softmax(dim=-1)
    mistakes = {
        "the scores are not divided by √d_k": context(1.0),
        "the scores are divided by √d_model, the width of all heads together; take d_k, the width of one": context(
            1 / math.sqrt(d_model)
        ),
        "the scores are divided by d_k, and not by its square root": context(1 / d_k),
        "the scores are multiplied by √d_k, and not divided": context(math.sqrt(d_k)),
        "the scores are divided by the root of the number of queries; take query.shape[-1]": context(1 / math.sqrt(5)),
        "the scores are divided by √d_v, the width of the values; take query.shape[-1]": context(1 / math.sqrt(7)),
        "the softmax goes over the queries (dim=-2); over the keys it is dim=-1": context(dim=-2),
        "the softmax goes over the heads (dim=1); over the keys it is dim=-1": context(dim=1),
        "the softmax goes over the batch (dim=0); over the keys it is dim=-1": context(dim=0),
        "√d_k divides the weights, after the softmax; it belongs before": weights @ value / math.sqrt(d_k),
        "there is no softmax": query @ key.transpose(-1, -2) / math.sqrt(d_k) @ value,
        "the weights are returned; multiply them by the values": weights,
    }
    hint = "Only K's last two axes change places: key.transpose(-1, -2)."
    return judge("the context", _result("my_attention", function, query, key, value, hint=hint), weights @ value, mistakes)


def masked_weights(function: Callable[[Tensor, Tensor], Tensor]) -> str:
    """Exercise 2: ``function(scores, attention_mask)`` gives weights that leave padding keys out.

    Shapes: scores (B, h, n, n), already scaled; attention_mask (B, n), int64, 1 token, 0 padding -> (B, h, n, n).
    """
    scores = 2 * _random_numbers()(2, 3, 5, 5)
    # One padding token in each text: a mistake then gives the same weights whether the mask was added or filled in.
    mask = torch.tensor([[1, 1, 1, 1, 0], [0, 1, 1, 1, 1]])
    keep = mask[:, None, None, :]  # (B, 1, 1, n), over the keys
    queries = mask[:, None, :, None]  # (B, 1, n, 1)
    added = (1 - keep) * MASKED

    def softmax(changed: Tensor) -> Tensor:
        return changed.softmax(dim=-1)

    right = softmax(scores + added)
    mistakes = {
        "the mask does nothing": softmax(scores),
        "the weights are multiplied by the mask after the softmax, so that rows no longer sum to 1": softmax(scores) * keep,
        "the mask is added after the softmax; it belongs before": softmax(scores) + added,
        "the mask is the wrong way round, so that only padding is read; padding (0 in the mask) gets -10000, a token (1) "
        "gets 0": softmax(scores - added),
        "the scores of padding are set to 0, which leaves nothing out, since e⁰ = 1; they must be very negative": softmax(
            scores * keep
        ),
        "the mask's own 1 and 0 are added to the scores; add 0 for a token and -10000 for padding": softmax(scores + keep),
        "the mask goes over the queries, the rows; padding is left out as a key, a column": softmax(
            scores + (1 - queries) * MASKED
        ),
        "the mask goes over the queries and makes their rows flat; padding is left out as a key, a column": softmax(
            scores.masked_fill(queries == 0, MASKED)
        ),
        "the rows of padding queries were set to 0; that is a mask after the softmax, and the rows should sum to 1": right
        * queries,
        "the softmax goes over the queries (dim=-2); over the keys it is dim=-1": (scores + added).softmax(dim=-2),
        "the softmax is still to come": scores + added,
    }
    hint = "The mask is (B, n), the scores are (B, h, n, n); mask[:, None, None, :] is (B, 1, 1, n), which fits."
    found = _result("masked_weights", function, scores, mask, hint=hint)
    if isinstance(found, Tensor) and not found.isfinite().all():
        raise WrongAnswer(f"the masked weights: {_not_finite(found)}.")
    return judge("the masked weights", found, right, mistakes)


def split_heads(function: Callable[[Tensor, int], Tensor]) -> str:
    """Exercise 3: ``function(x, heads)`` cuts the last axis into heads.

    Shapes: x (B, n, D) -> (B, heads, n, D / heads).
    """
    x, h = _random_numbers()(2, 5, 12), 3
    parts = x.unflatten(-1, (h, 4))  # (B, n, h, d)
    mistakes = {
        "x was given the final shape by view or reshape alone, which mixes tokens and heads; cut the last axis first, "
        "then transpose": x.reshape(2, h, 5, 4),
        "the heads still stand behind the tokens; transpose(1, 2) is missing": parts,
        "a head takes every third column; it should take neighbouring ones: (heads, d), not (d, heads)": x.unflatten(
            -1, (4, h)
        ).permute(0, 3, 1, 2),
        "the heads stand before the batch; the order is (B, heads, n, d)": parts.permute(2, 0, 1, 3),
        "tokens and columns have changed places within each head; only tokens and heads should": parts.permute(0, 2, 3, 1),
    }
    hint = "x.unflatten(-1, (heads, -1)) cuts the last axis."
    return judge("the heads", _result("split_heads", function, x, h, hint=hint), parts.transpose(1, 2), mistakes)


def multi_head(function: Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, int], Tensor]) -> str:
    """Exercise 4: ``function(hidden_states, W_Q, W_K, W_V, W_O, heads)`` is multi-head attention without biases.

    Shapes: hidden_states (B, n, D), each matrix (D, D), applied as H W -> (B, n, D).
    """
    random, h = _random_numbers(), 3
    H = random(2, 5, 12)
    W_Q, W_K, W_V, W_O = (random(12, 12) / math.sqrt(12) for _ in range(4))

    def heads(
        Q: Tensor = W_Q, K: Tensor = W_K, V: Tensor = W_V, h: int = h, dim: int = -1, scale: float | None = None
    ) -> Tensor:
        """The heads' contexts, (B, h, n, d)."""
        q, k, v = ((H @ W).unflatten(-1, (h, -1)).transpose(1, 2) for W in (Q, K, V))
        return (q @ k.transpose(-1, -2) * (scale or 1 / math.sqrt(q.shape[-1]))).softmax(dim=dim) @ v

    def joined(contexts: Tensor) -> Tensor:
        return contexts.transpose(1, 2).flatten(2)  # (B, n, D)

    right = heads()
    mistakes = {
        "W_O is forgotten": joined(right),
        "W_O is transposed; the paper's convention is H W": joined(right) @ W_O.T,
        "all four matrices are transposed, as in nn.Linear; here the convention is H W": joined(
            heads(W_Q.T, W_K.T, W_V.T)
        )
        @ W_O.T,
        "the heads were joined by reshape or view without moving the tokens back in front; transpose(1, 2) comes first": (
            right.reshape(H.shape) @ W_O
        ),
        "the heads are joined in reverse order": joined(right.flip(1)) @ W_O,
        "the heads' columns are interleaved where they should stand side by side": right.permute(0, 2, 3, 1).flatten(2) @ W_O,
        "there is only one head, of full width": joined(heads(h=1)) @ W_O,
        "the number of heads is taken for their width d": joined(heads(h=4)) @ W_O,
        "the scores are not divided by √d": joined(heads(scale=1.0)) @ W_O,
        "the scores are divided by √D, the width of all heads together": joined(heads(scale=1 / math.sqrt(12))) @ W_O,
        "the softmax goes over the queries; over the keys it is dim=-1": joined(heads(dim=-2)) @ W_O,
        "keys and queries have changed places": joined(heads(W_K, W_Q)) @ W_O,
        "keys and values have changed places": joined(heads(W_Q, W_V, W_K)) @ W_O,
        "the values are the hidden states themselves; W_V is forgotten": joined(heads(V=torch.eye(12))) @ W_O,
    }
    hint = "Shapes on the way: (B, n, D), split (B, h, n, d), attend, transpose back, flatten (B, n, D), times W_O."
    found = _result("multi_head", function, H, W_Q, W_K, W_V, W_O, h, hint=hint)
    return judge("multi-head attention", found, joined(right) @ W_O, mistakes)


def multiplications(answer: int) -> str:
    """Exercise 5: the multiplications of BERT-base's 12 attention layers for one text of 512 tokens, a number."""
    L, h, D, n = BASE_LAYERS, BASE_HEADS, BASE_WIDTH, LONGEST
    mistakes = {
        "one layer is counted; BERT-base has 12": 4 * n * D**2 + 2 * n**2 * D,
        "W_O is forgotten: there are four projections": L * (3 * n * D**2 + 2 * n**2 * D),
        "one n²D is missing: the scores take one, the weighted mean of the values another": L * (4 * n * D**2 + n**2 * D),
        "only the four projections are counted; Q Kᵀ and the weights times V are missing": L * 4 * n * D**2,
        "the projections are missing; only Q Kᵀ and the weights times V are counted": L * 2 * n**2 * D,
        "additions are counted as well": 2 * L * (4 * n * D**2 + 2 * n**2 * D),
        "each head is counted at the full width D; a head is D / 12 = 64 wide": L * (4 * n * D**2 + 2 * h * n**2 * D),
        "the projections are counted once for each head; their column blocks make one matrix D × D": L
        * (4 * h * n * D**2 + 2 * n**2 * D),
        "D is taken to be 64, the width of one head; it is 768": L * (4 * n * 64**2 + 2 * n**2 * 64),
        "the feed-forward network is counted as well": L * (12 * n * D**2 + 2 * n**2 * D),
    }
    return judge("the number of multiplications", answer, L * (4 * n * D**2 + 2 * n**2 * D), mistakes)


def _not_finite(weights: Tensor) -> str:
    """What has happened where -inf was used as a mask and something other than weights came out."""
    if weights.isnan().all():
        return "all of them are NaN, as 0 times -inf is; use -10000, or masked_fill with -inf"
    if weights.isnan().any():
        return "some rows are NaN, for all of their scores are -inf: padding is left out as a key, a column, not as a row"
    return "there is -inf in them: the softmax is still to come"


def _random_numbers() -> Callable[..., Tensor]:
    """Draws from N(0, 1) in a given shape, by a seed of its own: the caller's random state stays as it was."""
    generator = torch.Generator().manual_seed(2)
    return lambda *shape: torch.randn(*shape, generator=generator)


def _result(name: str, function: Callable[..., Any], *arguments: Tensor | int, hint: str) -> Any:
    """What the function makes of the arguments; WrongAnswer where it rounds, as attention has no whole numbers."""
    result = call(name, function, *arguments, hint=hint)
    if isinstance(result, Tensor) and not result.is_floating_point():
        raise WrongAnswer(f"{name} returns {result.dtype}; expected floating-point numbers. Is something rounded?")
    return result
