"""Freezing that freezes, and which parameters decay."""

import copy

import pytest
import torch
from torch import nn

from bertlab.errors import InputError
from bertlab.model import freeze, parameter_groups
from tests.model.parity import batch, reference, small

TASK = "BertForSequenceClassification"


@pytest.mark.parametrize("theirs", [False, True])
def test_frozen_parts_stay_and_the_rest_moves(theirs):
    model = reference(small(TASK)) if theirs else small(TASK)
    frozen = freeze(model, layers=2)
    before = copy.deepcopy(model.state_dict())
    optimizer = torch.optim.AdamW(parameter_groups(model.train()), lr=0.01)
    model(**batch(TASK)).loss.backward()
    optimizer.step()
    moved = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    still = ("bert.embeddings.", "bert.encoder.layer.0.", "bert.encoder.layer.1.")
    assert moved == {name for name in before if not name.startswith(still)}
    assert frozen.trainable == sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    assert frozen.total == sum(parameter.numel() for parameter in model.parameters())
    assert f"{frozen.trainable:,} of {frozen.total:,}" in str(frozen)
    assert "the embeddings and the first 2 layers" in str(frozen)


@pytest.mark.parametrize("theirs", [False, True])
def test_frozen_parts_do_not_drop_out_even_in_train_mode(theirs):
    model = small("BertModel", hidden_dropout_prob=0.5, attention_probs_dropout_prob=0.5)
    model = reference(model) if theirs else model
    inputs = batch("BertModel")
    quiet = model(**inputs, output_hidden_states=True).hidden_states
    freeze(model, layers=2)
    awake = model.train()(**inputs, output_hidden_states=True).hidden_states
    assert all(torch.equal(quiet[i], awake[i]) for i in range(3))
    assert not torch.equal(quiet[3], awake[3])
    freeze(model, layers=0, embeddings=False)
    assert not torch.equal(quiet[0], model(**inputs, output_hidden_states=True).hidden_states[0])
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize("theirs", [False, True])
def test_the_tied_decoder_is_frozen_with_the_embeddings_and_said_to_be(theirs):
    model = reference(small("BertForMaskedLM")) if theirs else small("BertForMaskedLM")
    frozen = freeze(model)
    assert frozen.tied_decoder and "same matrix" in str(frozen)
    model(**batch("BertForMaskedLM")).loss.backward()
    assert model.bert.embeddings.word_embeddings.weight.grad is None
    assert not freeze(model, layers=1, embeddings=False).tied_decoder
    assert model.bert.embeddings.word_embeddings.weight.requires_grad


def test_what_cannot_be_frozen():
    with pytest.raises(InputError, match="layers=4 cannot be frozen; the encoder has 3"):
        freeze(small(), layers=4)
    with pytest.raises(InputError, match="Linear has no BERT encoder"):
        freeze(nn.Linear(2, 2))


@pytest.mark.parametrize("task", [TASK, "BertForPreTraining"])
def test_biases_and_layer_norms_do_not_decay(task):
    for model in (small(task), reference(small(task))):
        names = {id(parameter): name for name, parameter in model.named_parameters()}
        decaying, others = ([names[id(p)] for p in group["params"]] for group in parameter_groups(model, 0.1))
        assert [group["weight_decay"] for group in parameter_groups(model, 0.1)] == [0.1, 0.0]
        assert set(others) == {name for name in names.values() if name.endswith("bias") or "LayerNorm" in name}
        assert sorted(decaying + others) == sorted(names.values())
