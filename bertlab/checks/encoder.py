"""The checks of notebook 03, the encoder.

Each takes what the exercise makes, returns "Right: ..." or raises WrongAnswer, which names the likely mistake. A function
is called on inputs of its own copy, with sizes that differ from each other, so that a swapped dimension shows.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from bertlab.checks.answers import call, judge
from bertlab.model.config import BertConfig
from bertlab.model.encoder import EncoderLayer
from bertlab.model.heads import Pooler

_CONFIG = BertConfig(hidden_size=12, num_attention_heads=3, intermediate_size=20)


def gelu(answer: Callable[[Tensor], Tensor]) -> str:
    """Exercise 1: `answer(x)` is x Φ(x), exact, of the shape of x (three dimensions here)."""
    x = torch.linspace(-5, 5, 60).reshape(3, 4, 5)
    erf = torch.erf(x / math.sqrt(2))
    mistakes = {
        "this is the tanh approximation; the exact one has erf": F.gelu(x, approximate="tanh"),
        "this is the approximation x·sigmoid(1.702 x); the exact one has erf": x * torch.sigmoid(1.702 * x),
        "the sigmoid took the place of Φ (that is SiLU)": F.silu(x),
        "Φ lacks its factor ½": x * (1 + erf),
        "the √2 under x is missing: Φ(x) has erf(x / √2)": x * (1 + torch.erf(x)) / 2,
        "x was divided by 2 in place of √2": x * (1 + torch.erf(x / 2)) / 2,
        "x was multiplied by √2, not divided": x * (1 + torch.erf(x * math.sqrt(2))) / 2,
        "the 1 in ½(1 + erf) is missing": x * erf / 2,
        "this is Φ(x) alone, without the x before it": (1 + erf) / 2,
        "the normal density stands in place of Φ, its integral": x * (-(x**2) / 2).exp() / math.sqrt(2 * math.pi),
        "this is ReLU": F.relu(x),
    }
    return judge("my_gelu", call("my_gelu", answer, x), F.gelu(x), mistakes)


def encoder_layer(answer: Callable[[EncoderLayer, Tensor], Tensor]) -> str:
    """Exercise 2: `answer(layer, x)` is what the EncoderLayer makes of x, (B, n, D) -> (B, n, D), in eval mode."""
    layer, x = _a_layer()
    expected, mistakes = layer(x)[0], _layer_mistakes(layer, x)
    hint = "layer.attention.self(x) returns three things, and its [0] is what the heads make of x."
    return judge("my_layer", call("my_layer", answer, layer, x, hint=hint), expected, mistakes)


def parameter_count(answer: Callable[[int, int, int, int, int, int], int]) -> str:
    """Exercise 3: `answer(V, P, S, D, d_ff, L)` counts embeddings, L layers and pooler."""
    V, P, S, D, d_ff, L = sizes = 101, 37, 3, 24, 50, 5
    right = _count(*sizes)
    mistakes = {
        "the biases of the linear maps are forgotten": right - L * (5 * D + d_ff) - D,
        "the biases of query, key and value are forgotten": right - L * 3 * D,
        "the biases of the feed-forward net are forgotten": right - L * (d_ff + D),
        "the LayerNorms are forgotten": right - L * 4 * D - 2 * D,
        "the LayerNorms of the layers are forgotten": right - L * 4 * D,
        "the LayerNorm of the embeddings is forgotten": right - 2 * D,
        "each layer has one LayerNorm; it has two": right - L * 2 * D,
        "a LayerNorm has only a scale; it has a shift as well": right - (2 * L + 1) * D,
        "the output projection of attention, W^O, is forgotten": right - L * (D * D + D),
        "the feed-forward net has one matrix; it has two": right - L * (d_ff * D + D),
        "the pooler is forgotten": right - (D * D + D),
        "the biases of the pooler are forgotten": right - D,
        "the position embeddings are forgotten": right - P * D,
        "the segment embeddings are forgotten": right - S * D,
        "the position and segment embeddings are forgotten": right - (P + S) * D,
        "the embeddings are forgotten": right - (V + P + S + 2) * D,
        "only one layer is counted": _count(V, P, S, D, d_ff, 1),
        "d_ff is taken to be 4 D; it is an argument of its own": _count(V, P, S, D, 4 * D, L),
    }
    given = "my_count(V=101, P=37, S=3, D=24, d_ff=50, L=5)"
    judge(given, call("my_count", answer, *sizes), right, mistakes)
    large = 30_522, 512, 2, 1_024, 4_096, 24
    return judge("my_count, which gives BERT-large 335,141,888", call("my_count", answer, *large), _count(*large), {})


def pooler(answer: Callable[[Pooler, Tensor], Tensor]) -> str:
    """Exercise 4: `answer(pooler, states)` is the pooler's output, (B, n, D) -> (B, D)."""
    random = torch.Generator().manual_seed(4)
    module, states = _randomised(Pooler(_CONFIG), random), torch.randn(4, 5, 12, generator=random)
    expected, dense = module(states), module.dense
    mistakes = {
        "the mean of all tokens was taken; it is the first token, [CLS], alone": dense(states.mean(1)).tanh(),
        "the maximum over all tokens was taken; it is [CLS] alone": dense(states.amax(1)).tanh(),
        "the last token was taken; [CLS] is the first": dense(states[:, -1]).tanh(),
        "the tanh is missing": dense(states[:, 0]),
        "the tanh stands before the dense map; it comes after": dense(states[:, 0].tanh()),
        "the dense map is missing": states[:, 0].tanh(),
        "nothing was done to [CLS]: dense map and tanh are missing": states[:, 0],
        "GELU took the place of tanh": F.gelu(dense(states[:, 0])),
        "the dense map's bias is missing": (states[:, 0] @ dense.weight.T).tanh(),
        "all tokens were pooled; only [CLS] is": dense(states).tanh(),
        "the first sequence was taken, states[0]; [CLS] of each is states[:, 0]": dense(states[0]).tanh(),
    }
    return judge("my_pooler", call("my_pooler", answer, module, states), expected, mistakes)


def trainable(answer: int) -> str:
    """Exercise 5: parameters that train in BERT-base with a classifier of 2 labels, embeddings and 9 layers frozen."""
    D, d_ff = 768, 3072
    layer, pooler_size, classifier = _layer_count(D, d_ff), D * D + D, 2 * D + 2
    base = _count(30_522, 512, 2, D, d_ff, 12)
    embeddings, right = base - 12 * layer - pooler_size, 3 * layer + pooler_size + classifier
    mistakes = {
        "nothing is frozen": base + classifier,
        "nothing is frozen, and the classifier is forgotten": base,
        "the embeddings still train": right + embeddings,
        "the frozen parameters were counted, not those that train": embeddings + 9 * layer,
        "nine layers train; nine are frozen and three train": right + 6 * layer,
        "one layer too many trains: layers 0 to 8 are nine": right + layer,
        "one layer too many is frozen: layers 0 to 8 are nine": right - layer,
        "pooler and classifier are forgotten; they train": 3 * layer,
        "the pooler is forgotten; it trains": right - pooler_size,
        "the classifier is forgotten; it trains": right - classifier,
        "the biases of the classifier are forgotten": right - 2,
        "the classifier has one output; it has one for each of two labels": right - (D + 1),
    }
    return judge("my_trainable", answer, right, mistakes)


def _randomised(module: torch.nn.Module, random: torch.Generator) -> Any:
    """The module in eval mode, frozen, every parameter random, so that no bias, scale or shift is without effect."""
    for parameter in module.requires_grad_(False).parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=random) * 0.4 + (parameter.ndim == 1))
    return module.eval()


def _a_layer() -> tuple[EncoderLayer, Tensor]:
    """A layer, and a batch whose last sequence is so small that the first LayerNorm's epsilon shows in it."""
    random = torch.Generator().manual_seed(3)
    layer, x = _randomised(EncoderLayer(_CONFIG), random), torch.randn(4, 5, 12, generator=random)
    x[-1] *= 0.03
    for parameter in layer.attention.output.dense.parameters():
        parameter.mul_(0.03)
    return layer, x


def _layer_mistakes(layer: EncoderLayer, x: Tensor) -> dict[str, Tensor]:
    project, norm1 = layer.attention.output.dense, layer.attention.output.LayerNorm
    widen, narrow, norm2 = layer.intermediate.dense, layer.output.dense, layer.output.LayerNorm
    heads = layer.attention.self(x)[0]
    attended = project(heads)
    a = norm1(x + attended)

    def feed(a: Tensor, bend: Callable[[Tensor], Tensor] = F.gelu) -> Tensor:
        return narrow(bend(widen(a)))

    def rest(a: Tensor) -> Tensor:
        return norm2(a + feed(a))

    def bare(x: Tensor, norm: torch.nn.LayerNorm, eps: float = norm1.eps, scaled: bool = True) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], *((norm.weight, norm.bias) if scaled else (None, None)), eps=eps)

    def with_eps(eps: float) -> Tensor:
        a = bare(x + attended, norm1, eps)
        return bare(a + feed(a), norm2, eps)

    first_in = x + project(layer.attention.self(norm1(x))[0])
    normed_first = x + norm1(attended)
    unscaled = bare(x + attended, norm1, scaled=False)
    return {
        "both residuals are missing": norm2(feed(norm1(attended))),
        "the first residual is missing: x + attention": rest(norm1(attended)),
        "the second residual is missing: a + feed-forward": norm2(feed(a)),
        "the norms stand before the sublayers (pre-norm); BERT is post-norm": first_in + feed(norm2(first_in)),
        "each LayerNorm comes before the residual is added; it comes after the sum": normed_first + norm2(feed(normed_first)),
        "the first LayerNorm comes before the residual is added; it comes after the sum": rest(normed_first),
        "the second LayerNorm comes before the residual is added; it comes after the sum": a + norm2(feed(a)),
        "the second residual is x; it is a, the output of the first LayerNorm": norm2(x + feed(a)),
        "the feed-forward net read x; it reads a, the output of the first LayerNorm": norm2(a + feed(x)),
        "ReLU took the place of GELU": norm2(a + feed(a, F.relu)),
        "GELU is the tanh approximation; this layer has the exact one": norm2(
            a + feed(a, lambda inner: F.gelu(inner, approximate="tanh"))
        ),
        "GELU is missing": norm2(a + feed(a, lambda inner: inner)),
        "the output projection, attention.output.dense, is missing": rest(norm1(x + heads)),
        "the first LayerNorm is missing": rest(x + attended),
        "the second LayerNorm is missing": a + feed(a),
        "the two LayerNorms are swapped": norm1(norm2(x + attended) + feed(norm2(x + attended))),
        "the LayerNorms lack their scale and shift": bare(unscaled + feed(unscaled), norm2, scaled=False),
        "epsilon is 1e-5, PyTorch's own; BERT's is 1e-12, and stands in layer.….LayerNorm.eps": with_eps(1e-5),
        "the feed-forward net is missing": a,
    }


def _layer_count(D: int, d_ff: int) -> int:
    return 4 * (D * D + D) + 2 * D * d_ff + d_ff + D + 4 * D


def _count(V: int, P: int, S: int, D: int, d_ff: int, L: int) -> int:
    return (V + P + S + 2) * D + L * _layer_count(D, d_ff) + D * D + D
