"""Which parameters Muon takes, and that it does there what torch's does, and AdamW elsewhere."""

import pytest
import torch

from bertlab.errors import InputError
from bertlab.model.bert import BertForPreTraining
from bertlab.model.config import BertConfig
from bertlab.training import train
from bertlab.training.optimizers import hidden_matrices, make_optimizer
from tests.small import small_classifier
from tests.training.test_loop import batches_of, weights_of

MATRICES = [
    f"bert.encoder.layer.{layer}.{name}.weight"
    for layer in (0, 1)
    for name in (
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.output.dense",
        "intermediate.dense",
        "output.dense",
    )
]
NUMBERS = {"learning_rate": 1e-3, "muon_learning_rate": 2e-3, "weight_decay": 0.1, "betas": (0.8, 0.95), "eps": 1e-6}


def pretraining_model():
    config = BertConfig(
        vocab_size=30,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=8,
    )
    torch.manual_seed(0)
    return BertForPreTraining(config)


def made(model, name="muon", **changes):
    return make_optimizer(model, name, **(NUMBERS | {"fused": True} | changes))


@pytest.mark.parametrize("build", [pretraining_model, small_classifier])
def test_muon_takes_the_layers_matrices_and_adamw_all_else_each_once(build):
    model = build()
    assert list(hidden_matrices(model)) == MATRICES
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    muon, decayed, spared = [[names[id(p)] for p in group["params"]] for group in made(model).param_groups]
    assert muon == MATRICES
    assert sorted(muon + decayed + spared) == sorted(names.values())
    assert all(name.endswith("bias") or "LayerNorm" in name for name in spared)
    assert not any(name.endswith("bias") or "LayerNorm" in name or ".encoder.layer." in name for name in decayed)
    assert "bert.embeddings.word_embeddings.weight" in decayed
    assert "bert.pooler.dense.weight" in decayed


def test_the_groups_numbers():
    muon, decayed, spared = made(pretraining_model()).param_groups
    assert (muon["lr"], muon["weight_decay"], muon["momentum"], muon["nesterov"]) == (2e-3, 0.1, 0.95, True)
    assert (decayed["lr"], decayed["weight_decay"], decayed["betas"], decayed["eps"]) == (1e-3, 0.1, (0.8, 0.95), 1e-6)
    assert (spared["lr"], spared["weight_decay"]) == (1e-3, 0.0)
    assert made(pretraining_model(), muon_learning_rate=None).param_groups[0]["lr"] == 1e-3
    assert [group["betas"] for group in made(pretraining_model(), "adamw").param_groups] == [(0.8, 0.95)] * 2


def gradients(model, seed):
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        parameter.grad = torch.randn(parameter.shape, generator=generator)


def test_it_updates_as_torchs_two_optimizers_do():
    ours, reference = pretraining_model(), pretraining_model()
    optimizer = made(ours)
    named = dict(reference.named_parameters())
    muon = torch.optim.Muon(
        [named.pop(name) for name in MATRICES], lr=2e-3, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"
    )
    others = [
        {"params": [p for p in named.values() if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in named.values() if p.ndim == 1], "weight_decay": 0.0},
    ]
    adamw = torch.optim.AdamW(others, lr=1e-3, betas=(0.8, 0.95), eps=1e-6, fused=True)
    for step in range(4):
        if step == 2:  # whose state and groups are other objects afterwards
            optimizer.load_state_dict(optimizer.state_dict())
        gradients(ours, step)
        gradients(reference, step)
        optimizer.step()
        muon.step()
        adamw.step()
        for group in optimizer.param_groups + muon.param_groups + adamw.param_groups:
            group["lr"] *= 0.5
    assert torch.equal(weights_of(ours), weights_of(reference))


def test_a_closure_is_called_with_gradients_on():
    model = pretraining_model()
    optimizer = made(model)

    def closure():
        loss = sum(parameter.square().sum() for parameter in model.parameters())
        loss.backward()
        return loss

    first = optimizer.step(closure)
    optimizer.zero_grad()
    assert optimizer.step(closure) < first


def test_frozen_layers_are_left_out():
    model = small_classifier()
    model.bert.encoder.layer[0].requires_grad_(False)
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}
    train(model, batches_of(), epochs=1, learning_rate=1e-3, optimizer="muon")
    changed = {name for name, parameter in model.named_parameters() if not torch.equal(parameter, before[name])}
    assert changed & set(MATRICES) == set(MATRICES[6:])


def test_muon_learns_what_can_be_learnt():
    rates = {"learning_rate": 3e-3, "muon_learning_rate": 3e-2}
    history = train(small_classifier(), batches_of(64), epochs=10, optimizer="muon", **rates)
    assert max(history.losses[-4:]) < 0.1


def test_the_learning_rates_of_the_two_rise_and_fall_together():
    rates = train(
        small_classifier(),
        batches_of(),
        epochs=2,
        learning_rate=1e-3,
        optimizer="muon",
        muon_learning_rate=1e-2,
        warmup=0.25,
    ).learning_rates
    assert rates == pytest.approx([0, 5e-4, *[1e-3 * left / 6 for left in range(6, 0, -1)]])


@pytest.mark.parametrize("name", ["adamw", "muon"])
@pytest.mark.parametrize("build", [pretraining_model, small_classifier])
def test_the_rate_of_every_parameter_with_layer_decay(build, name):
    model = build()
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    optimizer = made(model, name, layer_decay=0.5)
    rates = {names[id(p)]: group["lr"] for group in optimizer.param_groups for p in group["params"]}
    depths = {"bert.embeddings.": 0.25, "bert.encoder.layer.0.": 0.5}
    for parameter in names.values():
        peak = 2e-3 if name == "muon" and parameter in MATRICES else 1e-3
        share = next((share for start, share in depths.items() if parameter.startswith(start)), 1.0)
        assert rates[parameter] == pytest.approx(peak * share, abs=1e-15), parameter
    assert optimizer.param_groups[-1]["lr"] == 1e-3, "the history tells the last group's rate: the peak's"
    decaying = [group["weight_decay"] for group in optimizer.param_groups for p in group["params"] if p.ndim > 1]
    assert set(decaying) == {0.1}


@pytest.mark.parametrize("name", ["adamw", "muon"])
def test_layer_decay_slows_what_lies_low(name):
    """Of Adam's first update, about the rate whatever the gradient, and of Muon's, whose size is the rate's as well."""
    models = [small_classifier(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0) for _ in range(2)]
    before = {key: parameter.clone() for key, parameter in models[0].named_parameters()}
    moved = []
    for model, decay in zip(models, (1.0, 0.5)):
        history = train(
            model,
            batches_of(8),
            epochs=1,
            learning_rate=1e-3,
            warmup=0.0,
            weight_decay=0.0,
            optimizer=name,
            layer_decay=decay,
        )
        assert history.learning_rates == [1e-3]
        moved.append({key: (p - before[key]).norm().item() for key, p in model.named_parameters()})
    for key, share in {
        "bert.embeddings.word_embeddings.weight": 0.25,
        "bert.encoder.layer.0.attention.self.query.weight": 0.5,
        "bert.encoder.layer.0.output.LayerNorm.weight": 0.5,
        "bert.encoder.layer.1.attention.self.query.weight": 1.0,
        "bert.pooler.dense.weight": 1.0,
        "classifier.weight": 1.0,
    }.items():
        assert moved[1][key] == pytest.approx(share * moved[0][key], rel=1e-3), key


def test_nothing_moves_where_the_device_found_something_not_finite():
    """As in torch's fused AdamW; where it found nothing, the step is as ever."""
    model, told, plain = pretraining_model(), pretraining_model(), pretraining_model()
    for each, found in ((model, 1.0), (told, 0.0), (plain, None)):
        optimizer = made(each)
        if found is not None:
            optimizer.found_inf = torch.tensor(found)
        gradients(each, 0)
        if found:
            each.bert.encoder.layer[0].output.dense.weight.grad[0, 0] = torch.nan
        optimizer.step()
    assert torch.equal(weights_of(model), weights_of(pretraining_model()))
    assert torch.equal(weights_of(told), weights_of(plain))
    assert not torch.equal(weights_of(plain), weights_of(model))


def test_what_cannot_be_used():
    with pytest.raises(InputError, match="optimizer must be one of 'adamw', 'muon', not 'sgd'"):
        train(small_classifier(), batches_of(), epochs=1, learning_rate=1e-3, optimizer="sgd")
    frozen = small_classifier()
    frozen.bert.encoder.requires_grad_(False)
    with pytest.raises(InputError, match="BertForSequenceClassification has no encoder matrix for Muon"):
        train(frozen, batches_of(), epochs=1, learning_rate=1e-3, optimizer="muon")
