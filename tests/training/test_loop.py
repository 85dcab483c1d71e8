"""The training loop: what it computes, step by step, against the same thing written out."""

import math
import time

import pytest
import torch
from torch.utils.data import DataLoader, Dataset
from transformers import DataCollatorWithPadding

from bertlab.data.batches import encode, training_batches
from bertlab.errors import InputError
from bertlab.training import train
from tests.small import small_classifier, small_reviews, small_tokenizer


def batches_of(n=32, batch_size=8, seed=0):
    tokenizer = small_tokenizer()
    examples = encode(tokenizer, *small_reviews(n), max_length=64)
    return training_batches(tokenizer, examples, batch_size=batch_size, generator=torch.Generator().manual_seed(seed))


def weights_of(model):
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def test_learns_what_can_be_learnt():
    history = train(small_classifier(), batches_of(64), epochs=15, learning_rate=3e-3)
    assert abs(history.losses[0] - math.log(2)) < 0.1
    assert max(history.losses[-4:]) < 0.1


def test_equals_the_loop_written_out():
    """AdamW without decay on biases and LayerNorms, warm-up, linear decay, clipping: all in plain torch."""
    ours, reference = (small_classifier(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0) for _ in range(2))
    history = train(ours, batches_of(), epochs=2, learning_rate=1e-3, weight_decay=0.1, warmup=0.25, max_grad_norm=0.05)

    spared = {
        id(parameter)
        for module in reference.modules()
        for name, parameter in module.named_parameters(recurse=False)
        if isinstance(module, torch.nn.LayerNorm) or name == "bias"
    }
    parameters = list(reference.parameters())
    groups = [
        {"params": [p for p in parameters if id(p) not in spared], "weight_decay": 0.1},
        {"params": [p for p in parameters if id(p) in spared], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=1e-3)
    loader, losses, rates, steps = batches_of(), [], [], 8
    reference.train()
    for epoch in range(2):
        for batch in loader:
            step = len(losses)
            rate = 1e-3 * (step / 2 if step < 2 else (steps - step) / (steps - 2))
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = reference(**batch).loss
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 0.05)
            optimizer.step()
            losses.append(loss.item())
            rates.append(rate)
    assert history.losses == pytest.approx(losses, abs=1e-6)
    assert history.learning_rates == pytest.approx(rates, abs=1e-12)
    assert torch.allclose(weights_of(ours), weights_of(reference), atol=1e-6)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    models = [small_classifier() for _ in range(3)]
    for model, seed in zip(models, (1, 1, 2)):
        train(model, batches_of(), epochs=1, learning_rate=1e-3, seed=seed)
    assert torch.equal(weights_of(models[0]), weights_of(models[1]))
    assert not torch.equal(weights_of(models[0]), weights_of(models[2])), "the dropout does not follow the seed"


def test_leaves_the_callers_random_state_alone():
    torch.manual_seed(123)
    expected = torch.rand(3)
    torch.manual_seed(123)
    train(small_classifier(), batches_of(), epochs=1, learning_rate=1e-3)
    assert torch.equal(torch.rand(3), expected)


def test_the_history_counts_and_draws():
    history = train(small_classifier(), batches_of(30, batch_size=8), epochs=3, learning_rate=1e-3)
    assert (history.steps_per_epoch, len(history.losses), history.examples) == (4, 12, 90)
    assert history.examples_per_second == pytest.approx(90 / history.seconds)
    frame = history.frame()
    assert list(frame["epoch"])[3::4] == [1, 2, 3]
    assert list(frame["loss"]) == history.losses
    (axes,) = history.plot(window=2).axes
    smooth = axes.lines[1].get_ydata()
    assert smooth[1] == pytest.approx((history.losses[0] + history.losses[1]) / 2)


def test_the_time_that_the_loop_waits_for_its_batches_is_told():
    class Slow(Dataset):
        def __init__(self, pause):
            self.pause, self.batches = pause, [dict(batch) for batch in batches_of()]

        def __len__(self):
            return len(self.batches)

        def __getitem__(self, index):
            time.sleep(self.pause)
            return self.batches[index]

    slow, quick = (
        train(small_classifier(), DataLoader(Slow(pause), batch_size=None), epochs=2, learning_rate=1e-3) for pause in (0.1, 0)
    )
    assert 8 * 0.1 <= slow.waiting_seconds <= slow.seconds
    assert 0 < quick.waiting_seconds < slow.waiting_seconds


def test_ends_in_evaluation_mode_with_no_gradients_left():
    model = small_classifier()
    train(model, batches_of(), epochs=1, learning_rate=1e-3)
    assert not model.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_frozen_parameters_stay():
    model = small_classifier()
    model.bert.embeddings.requires_grad_(False)
    before = model.bert.embeddings.word_embeddings.weight.clone()
    encoder = model.bert.encoder.layer[0].attention.self.query.weight.clone()
    train(model, batches_of(), epochs=1, learning_rate=1e-2, weight_decay=0.5)
    assert torch.equal(model.bert.embeddings.word_embeddings.weight, before)
    assert not torch.equal(model.bert.encoder.layer[0].attention.self.query.weight, encoder)


def test_attention_dropout_off_is_a_model_without_it_and_all_else_stays():
    """Other dropout at 0, so that the two runs draw nothing: they must agree to the last bit."""
    ours = small_classifier(hidden_dropout_prob=0.0)
    reference = small_classifier(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    train(ours, batches_of(), epochs=1, learning_rate=1e-3, attention_dropout=False)
    train(reference, batches_of(), epochs=1, learning_rate=1e-3)
    assert torch.equal(weights_of(ours), weights_of(reference))
    assert {layer.attention.self.dropout.p for layer in ours.bert.encoder.layer} == {0.1}, "it must come back afterwards"


def test_attention_dropout_off_leaves_the_other_dropout_on():
    ours, reference = small_classifier(), small_classifier(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    for model in (ours, reference):
        train(model, batches_of(), epochs=1, learning_rate=1e-3, attention_dropout=False)
    assert not torch.equal(weights_of(ours), weights_of(reference))


def test_dropout_off_is_a_model_without_any():
    ours = small_classifier()
    reference = small_classifier(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, classifier_dropout=0.0)
    train(ours, batches_of(), epochs=1, learning_rate=1e-3, dropout=False)
    train(reference, batches_of(), epochs=1, learning_rate=1e-3)
    assert torch.equal(weights_of(ours), weights_of(reference))
    assert {module.p for module in ours.modules() if isinstance(module, torch.nn.Dropout)} == {0.1}


def test_attention_dropout_that_cannot_be_found():
    with pytest.raises(InputError, match="Linear has no attention dropout that could be found"):
        train(torch.nn.Linear(2, 2), batches_of(), epochs=1, learning_rate=1e-3, attention_dropout=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs must be a whole number of at least 1, not 0"),
        ({"epochs": 1.5}, "not 1.5"),
        ({"learning_rate": 0}, "learning_rate must lie between 0 and 1"),
        ({"learning_rate": 5}, "learning_rate must lie between 0 and 1"),
        ({"weight_decay": -0.1}, "weight_decay must be from 0"),
        ({"warmup": 1}, "warmup is a share of all steps"),
        ({"max_grad_norm": 0}, "max_grad_norm must be greater than 0"),
        ({"muon_learning_rate": 2}, "muon_learning_rate must lie between 0 and 1, not 2"),
        ({"betas": (0.9, 1)}, "betas must be two numbers from 0"),
        ({"eps": 0}, "eps must be greater than 0, not 0"),
        ({"watch_every": 0}, "watch_every must be a whole number of at least 1, not 0"),
    ],
)
def test_numbers_out_of_range(changes, message):
    with pytest.raises(InputError, match=message):
        train(small_classifier(), batches_of(), **({"epochs": 1, "learning_rate": 1e-3} | changes))


@pytest.mark.parametrize(("every", "steps"), [(3, [0, 3, 6, 8]), (4, [0, 4, 8]), (100, [0, 8])])
def test_watch_sees_the_run_from_before_the_first_step_to_after_the_last(every, steps):
    seen = []
    watching = {"watch": seen.append, "watch_every": every}
    history = train(small_classifier(), batches_of(), epochs=2, learning_rate=1e-3, **watching)
    assert [(now.step, now.steps) for now in seen] == [(step, 8) for step in steps]
    assert [now.losses for now in seen] == [[]] + [history.losses[a:b] for a, b in zip(steps, steps[1:])]
    assert 0 <= seen[0].seconds < seen[1].seconds <= history.seconds


def test_watch_sees_the_model_as_it_evaluates_and_changes_nothing():
    """The dropout is on, so a number drawn, or a dropout left off, would show in the weights."""
    alone, watched = small_classifier(), small_classifier()
    train(alone, batches_of(), epochs=1, learning_rate=1e-2)
    weights, began = [], time.perf_counter()

    def watch(now):
        torch.rand(5)
        assert not any(module.training for module in now.model.modules())
        assert not torch.is_grad_enabled()
        weights.append(weights_of(now.model))
        time.sleep(0.1)

    history = train(watched, batches_of(), epochs=1, learning_rate=1e-2, watch=watch, watch_every=2)
    assert torch.equal(weights_of(watched), weights_of(alone))
    assert torch.equal(weights[0], weights_of(small_classifier()))
    assert torch.equal(weights[-1], weights_of(alone))
    assert not torch.equal(weights[1], weights[-1])
    assert history.seconds < time.perf_counter() - began - 0.3, "the time of the watch was counted"


def test_nothing_to_train():
    model = small_classifier().requires_grad_(False)
    with pytest.raises(InputError, match="no trainable parameter"):
        train(model, batches_of(), epochs=1, learning_rate=1e-3)


def test_takes_any_loader_of_dictionaries():
    tokenizer = small_tokenizer()
    examples = encode(tokenizer, *small_reviews(8), max_length=64)
    loader = DataLoader(examples, batch_size=4, collate_fn=DataCollatorWithPadding(tokenizer))
    assert len(train(small_classifier(), loader, epochs=1, learning_rate=1e-3).losses) == 2
