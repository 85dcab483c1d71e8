"""Validation on the way: when it is made, when it stops the run, and which weights are left."""

import math
import time

import pytest
import torch

from bertlab.errors import InputError
from bertlab.training import Checkpoints, Validation, train
from tests.small import small_classifier
from tests.training.test_loop import batches_of, weights_of


def saying(values, seen=None, name="loss"):
    """A score that gives these values one after the other, and keeps the weights that it was asked about."""
    values = iter(values)

    def score(model):
        torch.rand(7)
        assert not any(module.training for module in model.modules())
        assert not torch.is_grad_enabled()
        if seen is not None:
            seen.append(weights_of(model))
        return {name: next(values), "other": 1.0}

    return score


def run(values, epochs=3, seen=None, name="loss", model=None, every_steps=None, **changes):
    """A run of four steps an epoch, and its model."""
    model = model or small_classifier()
    validation = Validation(saying(values, seen, name), every_steps=every_steps, monitor=name, **changes)
    return train(model, batches_of(), epochs=epochs, learning_rate=1e-3, validation=validation), model


@pytest.mark.parametrize(
    ("every", "steps"),
    [(None, [4, 8, 12]), (5, [5, 10, 12]), (6, [6, 12]), (100, [12])],
)
def test_when_it_is_made(every, steps):
    history, _ = run([3.0, 2.0, 1.0][: len(steps)], every_steps=every)
    assert [scores["step"] for scores in history.validation] == steps
    assert list(history.validation_frame()["epoch"]) == [step / 4 for step in steps]
    assert list(history.validation_frame()["loss"]) == [3.0, 2.0, 1.0][: len(steps)]
    assert history.best_step == 12
    assert not history.stopped_early


def test_it_changes_nothing_but_what_is_left():
    """Without keeping the best, the run is the one without validation, random numbers and all."""
    alone = small_classifier()
    expected = train(alone, batches_of(), epochs=3, learning_rate=1e-3)
    history, model = run([1.0, 2.0, 3.0], keep_best=False)
    assert torch.equal(weights_of(model), weights_of(alone))
    assert history.losses == expected.losses
    assert history.best_step == 4
    assert expected.validation == [] and expected.best_step is None
    assert list(expected.validation_frame().columns) == ["step", "epoch"]


@pytest.mark.parametrize(
    ("name", "values", "best"),
    [
        ("loss", [0.5, 0.3, 0.4], 1),
        ("loss", [0.5, 0.5, 0.5], 0),  # of equals the first
        ("loss", [math.nan, 0.7, 0.9], 1),
        ("loss", [0.9, -math.inf, 0.8], 2),
        ("accuracy", [0.5, 0.3, 0.4], 0),
        ("accuracy", [math.nan, 0.3, 0.4], 2),
        ("accuracy", [math.nan, math.inf, math.nan], None),
    ],
)
def test_the_best_weights_are_put_back(name, values, best):
    seen = []
    history, model = run(values, seen=seen, name=name)
    assert history.best_step == (None if best is None else 4 * (best + 1))
    assert torch.equal(weights_of(model), seen[2 if best is None else best])
    assert not torch.equal(seen[1], seen[2])
    assert not model.training


@pytest.mark.parametrize(
    ("patience", "values", "made"),
    [
        (1, [0.5, 0.6], 2),
        (1, [0.5, 0.5], 2),  # no better is not better
        (2, [0.5, 0.6, 0.4, 0.7, 0.45], 5),
        (2, [math.nan, math.nan], 2),
        (3, [0.5, 0.6, 0.7, 0.4, 0.3, 0.2], 6),  # never: the run ends by itself
    ],
)
def test_it_stops_after_so_many_without_improvement(patience, values, made):
    seen, watched = [], []
    model = small_classifier()
    validation = Validation(saying(values, seen), every_steps=2, patience=patience)
    history = train(
        model, batches_of(), epochs=3, learning_rate=1e-3, validation=validation, watch=watched.append, watch_every=100
    )
    assert len(history.validation) == made
    assert len(history.losses) == 2 * made
    assert history.stopped_early == (2 * made < 12)
    assert [now.step for now in watched] == [0, 2 * made], "watch sees the end, wherever it comes"
    best = min(range(made), key=lambda number: values[number] if values[number] == values[number] else math.inf)
    assert torch.equal(weights_of(model), seen[best] if history.best_step else seen[-1])


def test_frozen_weights_are_not_copied(tmp_path):
    model = small_classifier()
    model.bert.encoder.layer[0].requires_grad_(False)
    from safetensors import safe_open

    validation = Validation(saying([0.1, 0.2]), every_steps=2)
    checkpoints = Checkpoints(tmp_path, every_steps=100)
    train(model, batches_of(), epochs=1, learning_rate=1e-3, validation=validation, checkpoints=checkpoints)
    with safe_open(tmp_path / "step-00000004" / "best.safetensors", "pt") as file:
        names = set(file.keys())
    assert names == {name for name, parameter in model.named_parameters() if parameter.requires_grad}


def test_a_run_that_had_stopped_early_goes_no_further(tmp_path):
    def start(values, seed):
        validation = Validation(saying(values), every_steps=2, patience=1)
        model, checkpoints = small_classifier(seed=seed), Checkpoints(tmp_path, every_steps=4)
        train_ = {"epochs": 3, "learning_rate": 1e-3, "validation": validation, "checkpoints": checkpoints}
        return train(model, batches_of(), **train_), weights_of(model)

    expected, weights = start([0.5, 0.4, 0.6], 0)
    assert expected.stopped_early and len(expected.losses) == 6
    history, again = start([], 1)
    assert torch.equal(again, weights)
    assert (history.validation, history.best_step, history.stopped_early) == (expected.validation, 4, True)
    with pytest.raises(InputError, match="validation is .*'patience': 1.* there and .*'patience': 2.* here"):
        validation = Validation(saying([]), every_steps=2, patience=2)
        checkpoints = Checkpoints(tmp_path, every_steps=4)
        model = small_classifier()
        train(model, batches_of(), epochs=3, learning_rate=1e-3, validation=validation, checkpoints=checkpoints)


def test_its_time_is_not_the_trainings():
    def score(model):
        time.sleep(0.2)
        return {"loss": 1.0}

    began = time.perf_counter()
    history = train(
        small_classifier(), batches_of(), epochs=1, learning_rate=1e-3, validation=Validation(score, every_steps=2)
    )
    assert history.seconds < time.perf_counter() - began - 0.3


def test_the_losses_are_drawn_and_the_best_marked():
    history, _ = run([0.7, 0.5, 0.6])
    (axes,) = history.plot().axes
    drawn = {line.get_label(): list(zip(line.get_xdata(), line.get_ydata())) for line in axes.lines}
    assert drawn["validation"] == [(4, 0.7), (8, 0.5), (12, 0.6)]
    assert drawn["best validation"] == [(8, 0.5)]
    assert axes.get_ylabel() == "loss (nats)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"every_steps": 0}, "every_steps must be a whole number of at least 1, not 0"),
        ({"patience": 1.5}, "patience must be a whole number of at least 1, not 1.5"),
        ({"score": 3}, "Validation needs a function of the model that gives its scores, not 3"),
    ],
)
def test_what_cannot_be_used(arguments, message):
    with pytest.raises(InputError, match=message):
        Validation(**({"score": saying([])} | arguments))


@pytest.mark.parametrize(
    ("score", "message"),
    [
        (lambda model: 0.5, "must give scores by name, 'loss' among them, but gave 0.5"),
        (lambda model: {"f1": 0.5, "accuracy": 0.1}, "'loss' among them, but gave 'f1', 'accuracy'"),
    ],
)
def test_scores_that_cannot_be_used(score, message):
    with pytest.raises(InputError, match=message):
        train(small_classifier(), batches_of(), epochs=1, learning_rate=1e-3, validation=Validation(score))
