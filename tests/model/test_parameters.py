"""Freezing that freezes, and which parameters decay."""

import copy

import pytest
import torch
import transformers
from torch import nn

from bertlab.errors import InputError
from bertlab.model import freeze, parameter_groups
from bertlab.model.parameters import rate_shares
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


def share_by_hand(name, decay):
    """Sun et al. 2019, section 5.3.3, for three layers: the top one and all above it 1, each lower one times the decay."""
    for part, power in {"encoder.layer.2.": 0, "encoder.layer.1.": 1, "encoder.layer.0.": 2, "embeddings.": 3}.items():
        if name.startswith(("bert." + part, part)):
            return decay**power
    assert name.startswith(("bert.pooler.", "pooler.", "classifier.", "cls.", "qa_outputs."))
    return 1.0


@pytest.mark.parametrize("task", [TASK, "BertForPreTraining", "BertModel", "BertForQuestionAnswering"])
@pytest.mark.parametrize("theirs", [False, True])
def test_the_rate_of_every_parameter_decays_from_layer_to_layer(task, theirs):
    model = reference(small(task)) if theirs else small(task)
    shares = rate_shares(model, 0.8)
    assert shares == pytest.approx({name: share_by_hand(name, 0.8) for name, _ in model.named_parameters()}, abs=1e-12)
    assert set(rate_shares(model, 1.0).values()) == {1.0}

    names = {id(parameter): name for name, parameter in model.named_parameters()}
    groups = parameter_groups(model, 0.1, layer_decay=0.8)
    seen = [(names[id(p)], group["share"], group["weight_decay"]) for group in groups for p in group["params"]]
    plain = [(names[id(p)], group["weight_decay"]) for group in parameter_groups(model, 0.1) for p in group["params"]]
    assert sorted((name, decay) for name, _, decay in seen) == sorted(plain)
    assert {name: share for name, share, _ in seen} == shares
    assert [group["share"] for group in groups] == sorted(group["share"] for group in groups)


def test_frozen_parts_have_no_rate():
    model = small(TASK)
    freeze(model, layers=2)
    groups = parameter_groups(model, layer_decay=0.8)
    trained = {id(parameter) for group in groups for parameter in group["params"]}
    assert trained == {id(parameter) for parameter in model.parameters() if parameter.requires_grad}
    assert {group["share"] for group in groups if group["params"]} == {1.0}


@pytest.mark.parametrize(
    ("kind", "base", "embeddings", "lowest"),
    [
        ("Roberta", "roberta", "embeddings.word_embeddings.weight", "encoder.layer.0.output.dense.weight"),
        ("DistilBert", "distilbert", "embeddings.LayerNorm.weight", "transformer.layer.0.ffn.lin1.weight"),
        ("Electra", "electra", "embeddings_project.weight", "encoder.layer.0.attention.self.query.bias"),
    ],
)
def test_the_rates_of_berts_relatives(kind, base, embeddings, lowest):
    sizes = {"num_hidden_layers": 2, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": 9}
    sizes |= {"embedding_size": 4} if kind == "Electra" else {}
    sizes |= {"n_layers": 2, "dim": 8, "n_heads": 2, "hidden_dim": 8} if kind == "DistilBert" else {}
    config = getattr(transformers, f"{kind}Config")(**sizes)
    model = getattr(transformers, f"{kind}ForSequenceClassification")(config)
    shares = rate_shares(model, 0.5)
    assert (shares[f"{base}.{embeddings}"], shares[f"{base}.{lowest}"]) == (0.25, 0.5)
    assert {share for name, share in shares.items() if not name.startswith(f"{base}.")} == {1.0}
    assert set(shares.values()) == {0.25, 0.5, 1.0}


def test_rates_that_cannot_decay():
    with pytest.raises(InputError, match="Linear has no layers that the rate could decay over"):
        rate_shares(nn.Linear(2, 2), 0.9)
    for decay in (0, 1.1, float("nan")):
        with pytest.raises(InputError, match="layer_decay must be greater than 0 and at most 1, not"):
            parameter_groups(small(), layer_decay=decay)


@pytest.mark.parametrize("theirs", [False, True])
@pytest.mark.parametrize("layers", [0, 2])
def test_the_forward_pass_keeps_nothing_of_frozen_parts(theirs, layers):
    """What autograd packs away for the backward pass, while the embeddings and each layer compute."""
    model = small(TASK, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1)
    model = (reference(model) if theirs else model).train()
    freeze(model, layers=layers)
    kept, where = set(), []
    parts = {"embeddings": model.bert.embeddings} | dict(enumerate(model.bert.encoder.layer))
    for name, part in parts.items():
        part.register_forward_pre_hook(lambda *_, name=name: where.append(name))
        part.register_forward_hook(lambda *_: where.clear())

    def pack(tensor):
        kept.add(where[0] if where else "head")
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = model(**batch(TASK)).loss
    assert kept == {"head", *range(layers, 3)}
    loss.backward()
    assert all((parameter.grad is not None) == parameter.requires_grad for parameter in model.parameters())
