"""The model against `transformers`, component by component, and a proof that these tests can fail."""

import copy
import math

import pytest
import torch
from torch import nn

from bertlab.model.attention import additive_mask
from tests.model.parity import (
    SMALL,
    TASKS,
    attention_differences,
    batch,
    beyond,
    differences,
    gradient_differences,
    minilm,
    reference,
    small,
)

STATES = 1e-5  # absolute, float32
GRADIENTS = 1e-4  # of each tensor's largest
INPUTS = [
    pytest.param({}, id="plain"),
    pytest.param({"padded": True}, id="padded"),
    pytest.param({"pairs": True}, id="pairs"),
    pytest.param({"padded": True, "pairs": True}, id="padded pairs"),
]


@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("task", TASKS)
def test_small_components_outputs_and_loss(task, inputs):
    ours = small(task)
    found = differences(ours, reference(ours), batch(task, **inputs))
    assert {"bert.encoder.layer.2.attention.self", "encoder.layer.2.attention.self"} & found.keys()
    assert not beyond(found, STATES)


@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("task", TASKS)
def test_small_gradients_in_train_mode(task, inputs):
    ours = small(task, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0).train()
    assert not beyond(gradient_differences(ours, reference(ours), batch(task, **inputs)), GRADIENTS)


@pytest.mark.parametrize("task", TASKS)
def test_minilm_components_outputs_and_loss(task):
    ours = minilm(task)
    assert not beyond(differences(ours, reference(ours), batch(task, padded=True, pairs=True, vocab=30522)), STATES)


@pytest.mark.parametrize("task", TASKS)
def test_minilm_gradients_in_train_mode(task):
    ours = minilm(task, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0).train()
    theirs = reference(ours)
    inputs = batch(task, padded=True, pairs=True, vocab=30522)
    assert not beyond(gradient_differences(ours, theirs, inputs), GRADIENTS)


@pytest.mark.parametrize("model", [small, minilm])
@pytest.mark.parametrize("inputs", INPUTS)
def test_attention_weights_and_every_hidden_state(model, inputs):
    ours = model()
    inputs = batch("BertModel", **inputs)
    found = attention_differences(ours, reference(ours, attention="eager"), inputs)
    assert not beyond(found, STATES)
    weights = ours(**inputs, output_attentions=True).attentions
    assert all(torch.allclose(layer.sum(-1), torch.ones(()), atol=1e-6) for layer in weights)
    if "attention_mask" in inputs:
        unread = ~inputs["attention_mask"].bool()[:, None, None, :]
        assert all(layer.masked_select(unread).eq(0).all() for layer in weights)


def test_the_tanh_gelu():
    ours = small(hidden_act="gelu_new")
    assert not beyond(differences(ours, reference(ours), batch("BertModel")), STATES)


@pytest.mark.parametrize("labels", [torch.tensor([0.2, -1.0, 3.0]), torch.tensor([[1.0, 0, 1], [0, 0, 1], [1, 1, 0]])])
def test_regression_and_many_labels(labels):
    ours = small("BertForSequenceClassification", num_labels=1 if labels.ndim == 1 else 3)
    inputs = batch("BertForSequenceClassification") | {"labels": labels}
    assert not beyond(differences(ours, reference(ours), inputs), STATES)


@pytest.mark.parametrize("name", ["position_ids", "inputs_embeds"])
def test_other_inputs(name):
    ours = small()
    inputs = batch("BertModel", padded=True)
    if name == "position_ids":
        inputs[name] = torch.arange(17).flip(0)[None]
    else:
        inputs[name] = ours.embeddings.word_embeddings(inputs.pop("input_ids")).detach()
    assert not beyond(differences(ours, reference(ours), inputs), STATES)


@pytest.mark.parametrize("autocast", [False, True])
@pytest.mark.parametrize("model", [small, minilm])
def test_bfloat16_within_its_own_rounding(model, autocast):
    inputs = batch("BertModel", padded=True, pairs=True)
    ours = model()
    with torch.no_grad():
        exact = ours(**inputs).last_hidden_state
        theirs = reference(ours)
        if not autocast:
            ours, theirs = ours.bfloat16(), theirs.bfloat16()
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            mine, plain, yours = ours(**inputs), ours(**inputs, output_attentions=True), theirs(**inputs)
    rounding = (yours.last_hidden_state.float() - exact).abs().max()  # what bfloat16 does to the reference itself
    assert rounding < 0.1 * exact.abs().max()
    for output in (mine, plain):
        assert (output.last_hidden_state.float() - exact).abs().max() <= 1.5 * rounding


@torch.no_grad()
def test_the_two_routes_agree():
    ours, inputs = minilm(), batch("BertModel", padded=True, vocab=30522, n=50)
    states = ours(**inputs, output_hidden_states=True).hidden_states
    mask = additive_mask(inputs["attention_mask"], states[0])
    for hidden_states, layer in zip(states, ours.encoder.layer, strict=False):
        for extra in (None, mask):
            fused, no_weights, no_scores = layer.attention.self(hidden_states, extra)
            plain, weights, scores = layer.attention.self(hidden_states, extra, with_weights=True)
            assert no_weights is None and no_scores is None
            assert (fused - plain).abs().max() <= 1e-6 * max(1, plain.abs().max())
            assert torch.equal(scores.softmax(-1), weights)


def test_masked_only_gives_the_same_words_and_loss():
    for task, field in (("BertForMaskedLM", "logits"), ("BertForPreTraining", "prediction_logits")):
        ours, inputs = small(task), batch(task, padded=True)
        everywhere, picked = ours(**inputs), ours(**inputs, masked_only=True)
        assert torch.allclose(everywhere[field][inputs["labels"] != -100], picked[field], atol=1e-6)
        assert torch.allclose(everywhere.loss, picked.loss, atol=1e-6)


def test_captured_whole_by_the_compiler():
    ours, inputs = small("BertForSequenceClassification"), batch("BertForSequenceClassification", padded=True, pairs=True)
    compiled = torch.compile(ours, backend="aot_eager", fullgraph=True)
    assert torch.allclose(compiled(**inputs).logits, ours(**inputs).logits, atol=1e-6)
    compiled(**inputs).loss.backward()
    assert ours.bert.embeddings.word_embeddings.weight.grad.abs().sum() > 0


def _norms(model: nn.Module) -> list[nn.LayerNorm]:
    return [part for part in model.modules() if isinstance(part, nn.LayerNorm)]


def _break_eps(model):
    _norms(model)[0].eps = 1e-5


def _break_gelu(model):
    model.encoder.layer[1].intermediate.approximate = "tanh"


def _break_scale(model):
    model.encoder.layer[1].attention.self.scale = 1 / math.sqrt(SMALL.hidden_size)


def _break_mask(model):
    attention = model.encoder.layer[1].attention.self
    unmasked = attention.forward
    attention.forward = lambda hidden_states, mask=None, with_weights=False: unmasked(hidden_states, None, with_weights)


def _break_residual(model):
    output = model.encoder.layer[1].output
    output.forward = lambda x, residual: output.LayerNorm(output.dense(x))


def _break_norm_order(model):
    output = model.encoder.layer[1].output
    output.forward = lambda x, residual: residual + output.LayerNorm(output.dense(x))


@pytest.mark.parametrize(
    "broken", [_break_eps, _break_gelu, _break_scale, _break_mask, _break_residual, _break_norm_order]
)
def test_one_broken_constant_is_seen(broken):
    ours, inputs = small(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0), batch("BertModel", padded=True)
    theirs, eager = reference(ours), reference(ours, attention="eager")
    assert not beyond(differences(ours, theirs, inputs), STATES)
    wrong = copy.deepcopy(ours)
    broken(wrong)
    assert beyond(differences(wrong, theirs, inputs), STATES)
    assert beyond(attention_differences(wrong, eager, inputs), STATES)
    assert beyond(gradient_differences(wrong, theirs, inputs), GRADIENTS)
