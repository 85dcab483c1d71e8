"""The checks of notebook 03: right answers pass, and each usual mistake is called by its name."""

import math

import pytest
import torch
import torch.nn.functional as F

from bertlab.checks import encoder as checks
from bertlab.checks.answers import WrongAnswer
from bertlab.model import BertConfig, BertForSequenceClassification, BertModel, freeze


def phi(x):
    return (1 + torch.erf(x / math.sqrt(2))) / 2


@pytest.mark.parametrize("answer", [F.gelu, lambda x: x * phi(x), lambda x: x.double() * phi(x.double())])
def test_right_gelus(answer):
    assert checks.gelu(answer) == "Right: my_gelu."


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (lambda x: F.gelu(x, approximate="tanh"), "tanh approximation"),
        (lambda x: x / (1 + torch.exp(-1.702 * x)), "sigmoid"),
        (lambda x: x / (1 + torch.exp(-x)), "SiLU"),
        (lambda x: 2 * x * phi(x), "factor ½"),
        (lambda x: 0.5 * x * (1 + torch.erf(x)), "√2 under x is missing"),
        (lambda x: 0.5 * x * (1 + torch.erf(x / 2)), "divided by 2"),
        (lambda x: 0.5 * x * (1 + torch.erf(x * 2**0.5)), "multiplied by √2"),
        (lambda x: 0.5 * x * torch.erf(x / 2**0.5), "the 1 in"),
        (phi, "without the x"),
        (lambda x: x * torch.distributions.Normal(0, 1).log_prob(x).exp(), "density"),
        (lambda x: x.clamp(min=0), "ReLU"),
        (lambda x: F.gelu(x) + 0.01, "off by 0.01"),
    ],
)
def test_wrong_gelus(answer, named):
    with pytest.raises(WrongAnswer, match=named):
        checks.gelu(answer)


class Parts:
    """A layer as a learner takes it apart."""

    def __init__(self, layer, x):
        self.x, self.self = x, lambda x: layer.attention.self(x)[0]
        self.project, self.norm1 = layer.attention.output.dense, layer.attention.output.LayerNorm
        self.widen, self.narrow, self.norm2 = layer.intermediate.dense, layer.output.dense, layer.output.LayerNorm

    def attend(self, x):
        return self.project(self.self(x))

    def feed(self, x, bend=F.gelu):
        return self.narrow(bend(self.widen(x)))

    @property
    def a(self):
        return self.norm1(self.x + self.attend(self.x))


def of_parts(function):
    return lambda layer, x: function(Parts(layer, x))


def with_own_norm(eps=1e-12, unbiased=False):
    def norm(x, part):
        scaled = (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True, unbiased=unbiased) + eps).sqrt()
        return part.weight * scaled + part.bias

    def layer(p):
        a = norm(p.x + p.attend(p.x), p.norm1)
        return norm(a + p.feed(a), p.norm2)

    return of_parts(layer)


@pytest.mark.parametrize(
    "answer",
    [lambda layer, x: layer(x)[0], of_parts(lambda p: p.norm2(p.a + p.feed(p.a))), with_own_norm()],
    ids=["the package's", "of the parts", "with a norm by hand"],
)
def test_right_layers(answer):
    assert checks.encoder_layer(answer) == "Right: my_layer."


def pre_norm(p):
    x = p.x + p.attend(p.norm1(p.x))
    return x + p.feed(p.norm2(x))


def norm_before_sum(p):
    a = p.x + p.norm1(p.attend(p.x))
    return a + p.norm2(p.feed(a))


def half_normed(p):
    a = p.x + p.norm1(p.attend(p.x))
    return p.norm2(a + p.feed(a))


def swapped(p):
    a = p.norm2(p.x + p.attend(p.x))
    return p.norm1(a + p.feed(a))


def after_the_first(first):
    def layer(p):
        a = first(p)
        return p.norm2(a + p.feed(a))

    return layer


def plain_norms(p):
    a = F.layer_norm(p.x + p.attend(p.x), (p.x.shape[-1],), eps=1e-12)
    return F.layer_norm(a + p.feed(a), (p.x.shape[-1],), eps=1e-12)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (of_parts(lambda p: p.norm2(p.feed(p.norm1(p.attend(p.x))))), "both residuals are missing"),
        (of_parts(after_the_first(lambda p: p.norm1(p.attend(p.x)))), "the first residual is missing"),
        (of_parts(lambda p: p.norm2(p.feed(p.a))), "the second residual is missing"),
        (of_parts(pre_norm), "pre-norm"),
        (of_parts(norm_before_sum), "each LayerNorm comes before"),
        (of_parts(half_normed), "the first LayerNorm comes before"),
        (of_parts(lambda p: p.a + p.norm2(p.feed(p.a))), "the second LayerNorm comes before"),
        (of_parts(lambda p: p.norm2(p.x + p.feed(p.a))), "the second residual is x"),
        (of_parts(lambda p: p.norm2(p.a + p.feed(p.x))), "read x"),
        (of_parts(lambda p: p.norm2(p.a + p.feed(p.a, F.relu))), "ReLU"),
        (of_parts(lambda p: p.norm2(p.a + p.feed(p.a, lambda x: F.gelu(x, approximate="tanh")))), "tanh"),
        (of_parts(lambda p: p.norm2(p.a + p.feed(p.a, torch.nn.Identity()))), "GELU is missing"),
        (of_parts(after_the_first(lambda p: p.norm1(p.x + p.self(p.x)))), "output projection"),
        (of_parts(after_the_first(lambda p: p.x + p.attend(p.x))), "the first LayerNorm is missing"),
        (of_parts(lambda p: p.a + p.feed(p.a)), "the second LayerNorm is missing"),
        (of_parts(swapped), "swapped"),
        (of_parts(plain_norms), "lack their scale and shift"),
        (with_own_norm(eps=1e-5), "epsilon is 1e-5"),
        (with_own_norm(unbiased=True), "off by"),
        (of_parts(lambda p: p.a), "the feed-forward net is missing"),
        (lambda layer, x: layer.attention(x), "a tuple of 3"),
        (lambda layer, x: x + layer.attention.self(x), r"my_layer raises TypeError: .* x \(4, 5, 12\)\. .* its \[0\]"),
        (of_parts(lambda p: p.norm2(p.a + p.feed(p.a))[:, 0]), r"shape is \(4, 12\), and should be \(4, 5, 12\)"),
    ],
)
def test_wrong_layers(answer, named):
    with pytest.raises(WrongAnswer, match=named):
        checks.encoder_layer(answer)


def test_a_layer_that_changes_its_input_is_judged_by_what_it_returns():
    def in_place(layer, x):
        x += layer.attention.output.dense(layer.attention.self(x)[0])
        return layer.output(layer.intermediate(layer.attention.output.LayerNorm(x)), layer.attention.output.LayerNorm(x))

    assert checks.encoder_layer(in_place) == "Right: my_layer."


def count(V, P, S, D, d_ff, L, *, bias=1, norms=2, embedding_norm=1, output=1, pooler=1, second=1, positions=1, segments=1):
    embeddings = (V + P * positions + S * segments) * D + 2 * D * embedding_norm
    attention = (3 + output) * (D * D + bias * D)
    feed = D * d_ff + bias * d_ff + second * (d_ff * D + bias * D)
    return embeddings + L * (attention + feed + norms * 2 * D) + pooler * (D * D + bias * D)


def test_right_counts():
    assert checks.parameter_count(count) == "Right: my_count, which gives BERT-large 335,141,888."


def test_the_count_is_that_of_a_model():
    sizes = {"vocab_size": 101, "max_position_embeddings": 37, "type_vocab_size": 3, "hidden_size": 24}
    with torch.device("meta"):
        model = BertModel(BertConfig(**sizes, intermediate_size=50, num_hidden_layers=5, num_attention_heads=3))
    assert sum(parameter.numel() for parameter in model.parameters()) == count(101, 37, 3, 24, 50, 5)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (lambda *sizes: count(*sizes, bias=0), "biases of the linear maps"),
        (lambda *sizes: count(*sizes) - sizes[-1] * 3 * sizes[3], "biases of query, key and value"),
        (lambda *sizes: count(*sizes) - sizes[-1] * (sizes[3] + sizes[4]), "biases of the feed-forward"),
        (lambda *sizes: count(*sizes, norms=0, embedding_norm=0), "the LayerNorms are forgotten"),
        (lambda *sizes: count(*sizes, norms=0), "the LayerNorms of the layers"),
        (lambda *sizes: count(*sizes, embedding_norm=0), "the LayerNorm of the embeddings"),
        (lambda *sizes: count(*sizes, norms=1), "each layer has one LayerNorm"),
        (lambda *sizes: count(*sizes, norms=1, embedding_norm=0.5), "only a scale"),
        (lambda *sizes: count(*sizes, output=0), "output projection"),
        (lambda *sizes: count(*sizes, second=0), "one matrix"),
        (lambda *sizes: count(*sizes, pooler=0), "the pooler is forgotten"),
        (lambda *sizes: count(*sizes) - sizes[3], "biases of the pooler"),
        (lambda *sizes: count(*sizes, positions=0), "the position embeddings"),
        (lambda *sizes: count(*sizes, segments=0), "the segment embeddings"),
        (lambda *sizes: count(*sizes, positions=0, segments=0), "the position and segment embeddings"),
        (lambda *sizes: count(*sizes) - (101 + 37 + 3 + 2) * 24, "the embeddings are forgotten"),
        (lambda V, P, S, D, d_ff, L: count(V, P, S, D, d_ff, 1), "only one layer"),
        (lambda V, P, S, D, d_ff, L: count(V, P, S, D, 4 * D, L), "4 D"),
        (lambda *sizes: count(101, 37, 3, 24, 50, 5), "BERT-large"),
        (lambda *sizes: None, "my_count returns nothing"),
        (lambda V, P: V, "raises TypeError"),
        (335_141_888, "the function itself, found int"),
    ],
)
def test_wrong_counts(answer, named):
    with pytest.raises(WrongAnswer, match=named):
        checks.parameter_count(answer)


def test_right_poolers():
    assert checks.pooler(lambda pooler, states: torch.tanh(pooler.dense(states[:, 0]))) == "Right: my_pooler."
    assert checks.pooler(lambda pooler, states: pooler(states)) == "Right: my_pooler."
    assert checks.pooler(lambda pooler, states: pooler(states).numpy()) == "Right: my_pooler."


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (lambda pooler, states: pooler.dense(states.mean(dim=1)).tanh(), "the mean of all tokens"),
        (lambda pooler, states: pooler.dense(states.max(dim=1).values).tanh(), "the maximum"),
        (lambda pooler, states: pooler.dense(states[:, -1]).tanh(), "the last token"),
        (lambda pooler, states: pooler.dense(states[:, 0]), "the tanh is missing"),
        (lambda pooler, states: pooler.dense(states[:, 0].tanh()), "before the dense map"),
        (lambda pooler, states: states[:, 0].tanh(), "the dense map is missing"),
        (lambda pooler, states: states[:, 0], "nothing was done"),
        (lambda pooler, states: F.gelu(pooler.dense(states[:, 0])), "GELU took the place"),
        (lambda pooler, states: (states[:, 0] @ pooler.dense.weight.T).tanh(), "bias is missing"),
        (lambda pooler, states: pooler.dense(states).tanh(), "all tokens were pooled"),
        (lambda pooler, states: pooler.dense(states[0]).tanh(), "the first sequence was taken"),
        (..., "nothing is there yet"),
    ],
)
def test_wrong_poolers(answer, named):
    with pytest.raises(WrongAnswer, match=named):
        checks.pooler(answer)


LAYER, POOLER, CLASSIFIER, EMBEDDINGS = 7_087_872, 590_592, 1_538, 23_837_184


def test_the_right_number_of_trainable_parameters_is_what_freezing_leaves():
    with torch.device("meta"):
        model = BertForSequenceClassification(BertConfig(num_labels=2))
    assert checks.trainable(freeze(model, layers=9).trainable) == "Right: my_trainable."


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (109_482_240 + CLASSIFIER, "nothing is frozen"),
        (109_482_240, "nothing is frozen, and the classifier"),
        (3 * LAYER + POOLER + CLASSIFIER + EMBEDDINGS, "the embeddings still train"),
        (9 * LAYER + EMBEDDINGS, "the frozen parameters were counted"),
        (9 * LAYER + POOLER + CLASSIFIER, "nine layers train"),
        (4 * LAYER + POOLER + CLASSIFIER, "one layer too many trains"),
        (2 * LAYER + POOLER + CLASSIFIER, "one layer too many is frozen"),
        (3 * LAYER, "pooler and classifier"),
        (3 * LAYER + CLASSIFIER, "the pooler is forgotten"),
        (3 * LAYER + POOLER, "the classifier is forgotten"),
        (3 * LAYER + POOLER + CLASSIFIER - 2, "biases of the classifier"),
        (3 * LAYER + POOLER + 769, "one output"),
        (..., "nothing is there yet"),
        (21_000_000, "off by"),
    ],
)
def test_wrong_numbers_of_trainable_parameters(answer, named):
    with pytest.raises(WrongAnswer, match=named):
        checks.trainable(answer)
