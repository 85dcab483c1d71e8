"""Right answers to notebook 02's exercises pass, in several forms; each usual mistake is named."""

import math

import pytest
import torch
import torch.nn.functional as F

from bertlab.checks import attention as checks
from bertlab.checks.answers import WrongAnswer


def scored(query, key, divisor=None, dim=-1):
    return (query @ key.transpose(-1, -2) / (divisor or math.sqrt(query.shape[-1]))).softmax(dim=dim)


def attended(**options):
    return lambda query, key, value: scored(query, key, **options) @ value


def by_einsum(query, key, value):
    scores = torch.einsum("bhnd,bhmd->bhnm", query, key) / query.shape[-1] ** 0.5
    exp = (scores - scores.amax(-1, keepdim=True)).exp()
    return (exp / exp.sum(-1, keepdim=True)) @ value


@pytest.mark.parametrize("answer", [attended(), by_einsum, F.scaled_dot_product_attention])
def test_attention_right(answer):
    assert checks.attention(answer) == "Right: the context."


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (attended(divisor=1), "not divided by √d_k"),
        (lambda q, k, v: attended(divisor=math.sqrt(q.shape[1] * q.shape[-1]))(q, k, v), "divided by √d_model"),
        (lambda q, k, v: attended(divisor=q.shape[-1])(q, k, v), "divided by d_k, and not by its square root"),
        (lambda q, k, v: attended(divisor=q.shape[-1] ** -0.5)(q, k, v), "multiplied by √d_k"),
        (lambda q, k, v: attended(divisor=math.sqrt(q.shape[-2]))(q, k, v), "root of the number of queries"),
        (lambda q, k, v: attended(divisor=math.sqrt(v.shape[-1]))(q, k, v), "divided by √d_v"),
        (attended(dim=-2), "over the queries"),
        (attended(dim=1), "over the heads"),
        (attended(dim=0), "over the batch"),
        (lambda q, k, v: attended(divisor=1)(q, k, v) / math.sqrt(q.shape[-1]), "off by"),
        (lambda q, k, v: attended()(q, k, v) / math.sqrt(q.shape[-1]), "after the softmax; it belongs before"),
        (lambda q, k, v: q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) @ v, "there is no softmax"),
        (lambda q, k, v: scored(q, k), "the weights are returned"),
        (lambda q, k, v: (q @ k / 2).softmax(-1) @ v, r"raises RuntimeError.*key\.transpose\(-1, -2\)"),
        (lambda q, k, v: scored(k, q) @ v, r"raises RuntimeError.*key\.transpose\(-1, -2\)"),
        (lambda q, k, v: (scored(q, k) @ v, scored(q, k)), "a tuple of 2"),
        (lambda q, k, v: (scored(q, k) @ v).long(), "my_attention returns torch.int64; expected floating-point"),
        (lambda q, k, v: (scored(q, k) @ v)[0], r"the shape is \(3, 5, 7\)"),
        (lambda q, k, v: None, "returns nothing. Does it end in `return`"),
        (lambda q, k, v: ..., "nothing is there yet"),
        (lambda q: q, "my_attention raises TypeError"),
        (..., "nothing is there yet"),
        (torch.zeros(2, 3, 5, 7), "expected the function itself, found Tensor"),
    ],
)
def test_attention_wrong(answer, message):
    with pytest.raises(WrongAnswer, match=message):
        checks.attention(answer)


def keys(mask):
    return mask[:, None, None, :]


def queries(mask):
    return mask[:, None, :, None]


def added(scores, mask, sign=-1):
    return scores + sign * (1 - keys(mask)) * 10_000.0


@pytest.mark.parametrize(
    "answer",
    [
        lambda scores, mask: added(scores, mask).softmax(-1),
        lambda scores, mask: scores.masked_fill(keys(mask) == 0, -math.inf).softmax(-1),
        lambda scores, mask: F.normalize(scores.softmax(-1) * keys(mask), p=1, dim=-1),
        lambda scores, mask: scores.masked_fill_(keys(mask) == 0, -1e9).softmax(-1),
    ],
    ids=["added", "filled", "renormalised", "in place"],
)
def test_masked_weights_right(answer):
    assert checks.masked_weights(answer) == "Right: the masked weights."


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda scores, mask: scores.softmax(-1), "the mask does nothing"),
        (lambda scores, mask: scores.softmax(-1) * keys(mask), "multiplied by the mask after the softmax"),
        (lambda scores, mask: added(scores.softmax(-1), mask), "added after the softmax"),
        (lambda scores, mask: scores.masked_fill(keys(mask) == 1, -math.inf).softmax(-1), "only padding is read"),
        (lambda scores, mask: (scores - 10_000.0 * keys(mask)).softmax(-1), "only padding is read"),
        (lambda scores, mask: added(scores, mask, sign=1).softmax(-1), "only padding is read"),
        (lambda scores, mask: scores.masked_fill(keys(mask) == 0, 1e4).softmax(-1), "only padding is read"),
        (lambda scores, mask: (scores * keys(mask)).softmax(-1), "since e⁰ = 1"),
        (lambda scores, mask: (scores + keys(mask)).softmax(-1), "own 1 and 0 are added"),
        (lambda scores, mask: scores.masked_fill(queries(mask) == 0, -1e4).softmax(-1), "makes their rows flat"),
        (lambda scores, mask: (scores - 1e4 * (1 - queries(mask))).softmax(-1), "over the queries, the rows"),
        (lambda scores, mask: scores.masked_fill(queries(mask) == 0, -math.inf).softmax(-1), "some rows are NaN"),
        (lambda scores, mask: (scores + (1 - keys(mask)) * -math.inf).softmax(-1), "all of them are NaN"),
        (lambda scores, mask: added(scores, mask).softmax(-1) * queries(mask), "rows of padding queries were set to 0"),
        (lambda scores, mask: added(scores, mask).softmax(-2), "the softmax goes over the queries"),
        (lambda scores, mask: added(scores, mask), "the softmax is still to come"),
        (lambda scores, mask: scores.masked_fill(keys(mask) == 0, -math.inf), "there is -inf in them"),
        (lambda scores, mask: (scores + (1 - mask) * -1e4).softmax(-1), r"raises RuntimeError.*mask\[:, None, None, :\]"),
    ],
)
def test_masked_weights_wrong(answer, message):
    with pytest.raises(WrongAnswer, match=message):
        checks.masked_weights(answer)


@pytest.mark.parametrize(
    "answer",
    [
        lambda x, heads: x.unflatten(-1, (heads, -1)).transpose(1, 2),
        lambda x, heads: x.view(*x.shape[:2], heads, x.shape[2] // heads).permute(0, 2, 1, 3),
        lambda x, heads: torch.stack(x.chunk(heads, dim=-1), dim=1),
    ],
    ids=["unflatten", "view and permute", "chunks"],
)
def test_split_heads_right(answer):
    assert checks.split_heads(answer) == "Right: the heads."


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda x, heads: x.view(x.shape[0], heads, x.shape[1], -1), "mixes tokens and heads"),
        (lambda x, heads: x.unflatten(-1, (heads, -1)), r"transpose\(1, 2\) is missing"),
        (lambda x, heads: x.unflatten(-1, (-1, heads)).permute(0, 3, 1, 2), "neighbouring ones"),
        (lambda x, heads: torch.stack(x.chunk(heads, dim=-1)), "before the batch"),
        (lambda x, heads: x.unflatten(-1, (heads, -1)).permute(0, 2, 3, 1), "within each head"),
        (lambda x, heads: x.chunk(heads, dim=-1), "a tuple of 3"),
        (lambda x, heads: x, r"the shape is \(2, 5, 12\), and should be \(2, 3, 5, 4\)"),
        (lambda x, heads: x.view(heads, 7), "split_heads raises RuntimeError.*cuts the last axis"),
    ],
)
def test_split_heads_wrong(answer, message):
    with pytest.raises(WrongAnswer, match=message):
        checks.split_heads(answer)


def split(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def multi_head(attend=F.scaled_dot_product_attention, join=lambda c: c.transpose(1, 2).flatten(2)):
    return lambda H, W_Q, W_K, W_V, W_O, heads: join(attend(*(split(H @ W, heads) for W in (W_Q, W_K, W_V)))) @ W_O


def head_by_head(H, W_Q, W_K, W_V, W_O, heads):
    blocks = zip(*(W.chunk(heads, dim=1) for W in (W_Q, W_K, W_V)), W_O.chunk(heads, dim=0), strict=True)
    return sum(scored(H @ Q, H @ K) @ H @ V @ O for Q, K, V, O in blocks)


@pytest.mark.parametrize("answer", [multi_head(), multi_head(attended()), head_by_head])
def test_multi_head_right(answer):
    assert checks.multi_head(answer) == "Right: multi-head attention."


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda H, Q, K, V, O, h: multi_head()(H, Q, K, V, torch.eye(len(O)), h), "W_O is forgotten"),
        (lambda H, Q, K, V, O, h: multi_head()(H, Q, K, V, O.T, h), "W_O is transposed"),
        (lambda H, Q, K, V, O, h: multi_head()(H, Q.T, K.T, V.T, O.T, h), "all four matrices are transposed"),
        (multi_head(join=lambda c: c.reshape(2, 5, 12)), "without moving the tokens back in front"),
        (multi_head(join=lambda c: c.flip(1).transpose(1, 2).flatten(2)), "in reverse order"),
        (multi_head(join=lambda c: c.permute(0, 2, 3, 1).flatten(2)), "interleaved"),
        (lambda H, Q, K, V, O, h: multi_head()(H, Q, K, V, O, 1), "only one head"),
        (lambda H, Q, K, V, O, h: multi_head()(H, Q, K, V, O, 12 // h), "taken for their width"),
        (multi_head(attended(divisor=1)), "not divided by √d"),
        (multi_head(attended(divisor=math.sqrt(12))), "divided by √D"),
        (multi_head(attended(dim=-2)), "over the queries"),
        (lambda H, Q, K, V, O, h: multi_head()(H, K, Q, V, O, h), "keys and queries have changed places"),
        (lambda H, Q, K, V, O, h: multi_head()(H, Q, V, K, O, h), "keys and values have changed places"),
        (lambda H, Q, K, V, O, h: multi_head()(H, Q, K, torch.eye(len(V)), O, h), "W_V is forgotten"),
        (multi_head(join=lambda c: c), "multi_head raises RuntimeError.*times W_O"),
        (lambda *given: multi_head()(*given)[:, 0], r"the shape is \(2, 12\), and should be \(2, 5, 12\)"),
    ],
)
def test_multi_head_wrong(answer, message):
    with pytest.raises(WrongAnswer, match=message):
        checks.multi_head(answer)


PROJECTION, PRODUCT = 512 * 768**2, 512**2 * 768  # n D² and n² D


def test_multiplications_right():
    assert checks.multiplications(19_327_352_832) == "Right: the number of multiplications."


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (4 * PROJECTION + 2 * PRODUCT, "one layer is counted"),
        (12 * (3 * PROJECTION + 2 * PRODUCT), "four projections"),
        (12 * (4 * PROJECTION + PRODUCT), "one n²D is missing"),
        (12 * 4 * PROJECTION, "only the four projections"),
        (12 * 2 * PRODUCT, "the projections are missing"),
        (24 * (4 * PROJECTION + 2 * PRODUCT), "additions are counted"),
        (12 * (4 * PROJECTION + 24 * PRODUCT), "at the full width D"),
        (12 * (48 * PROJECTION + 2 * PRODUCT), "once for each head"),
        (12 * (4 * 512 * 64**2 + 2 * 512**2 * 64), "taken to be 64"),
        (12 * (12 * PROJECTION + 2 * PRODUCT), "feed-forward network"),
        (1.93e10, "off by"),
        (..., "nothing is there yet"),
    ],
)
def test_multiplications_wrong(answer, message):
    with pytest.raises(WrongAnswer, match=message):
        checks.multiplications(answer)


def test_a_check_leaves_the_random_state_alone():
    before = torch.get_rng_state()
    checks.attention(attended())
    assert torch.equal(torch.get_rng_state(), before)
