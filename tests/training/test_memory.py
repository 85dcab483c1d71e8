"""Memory that runs out: the same step in smaller parts, and the same run as if it had been so from the start."""

import warnings

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from bertlab.errors import InputError
from bertlab.training import Checkpoints, train
from tests.small import small_classifier
from tests.training.runs import in_order
from tests.training.test_loop import batches_of, weights_of

ERRORS = {
    "CUDA": torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
    "CPU": RuntimeError("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you ..."),
    "Python": MemoryError(),
}


class Narrow(nn.Module):
    """A classifier on a device that holds `room` examples, and fails in its second layer; `rows`: what it was given."""

    def __init__(self, room, error="CUDA", **config):
        super().__init__()
        self.model, self.rows = small_classifier(**config), []
        self.model.bert.encoder.layer[1].register_forward_pre_hook(self.check)
        self.room, self.error = room, error

    def check(self, module, arguments):
        self.rows.append(len(arguments[0]))
        if len(arguments[0]) > self.room:
            raise ERRORS[self.error]

    def forward(self, **batch):
        return self.model(**batch)


QUIET = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def fitted(room, batches, config=QUIET, error="CUDA", **changes):
    model = Narrow(room, error, **config)
    arguments = {"epochs": 1, "learning_rate": 1e-3, "eps": 1e-4, "fit_memory": True} | changes
    return train(model, batches, **arguments), model


@pytest.mark.parametrize("error", ERRORS)
def test_the_batch_is_halved_and_an_update_stays_what_it_was(error):
    expected, whole = fitted(99, in_order(36, 16))
    with pytest.warns(UserWarning) as warned:
        history, model = fitted(5, in_order(36, 16), error=error)
    told = [str(warning.message) for warning in warned if "do not fit into memory" in str(warning.message)]
    assert [text.split(":")[0] for text in told] == [f"{rows} examples at once do not fit into memory" for rows in (16, 8)]
    assert "from step 1 on, 8 at once" in told[0] and "The gradients of 2 such parts" in told[0]
    assert "4 at once" in told[1] and "The gradients of 4 such parts" in told[1] and "from 16 examples as before" in told[1]
    assert "batch_size=4 with accumulation=4" in told[1]
    assert whole.rows == [16, 16, 4]
    assert model.rows == [16, 8, *[4] * 9]
    assert torch.allclose(weights_of(model), weights_of(whole), atol=1e-6, rtol=0)
    assert history.losses == pytest.approx(expected.losses, abs=1e-6)
    assert history.examples == expected.examples == 36


def test_batches_of_any_size_are_halved():
    """13 = 6 + 6 + 1, weighted by their sizes; the smaller last batch of three fits, and is left whole."""
    expected, whole = fitted(99, in_order(29, 13))
    with pytest.warns(UserWarning, match="The gradients of 3 such parts are added up"):
        history, model = fitted(6, in_order(29, 13))
    assert model.rows == [13, 6, 6, 1, 6, 6, 1, 3]
    assert torch.allclose(weights_of(model), weights_of(whole), atol=1e-6, rtol=0)
    assert history.losses == pytest.approx(expected.losses, abs=1e-6)


def test_it_begins_anew_as_if_it_had_never_tried():
    """With dropout: the random state is that before the attempt, and no gradient of it is left."""
    whole = list(in_order(24, 8))
    halves = [{name: tensor[rows] for name, tensor in b.items()} for b in whole for rows in (slice(4), slice(4, 8))]
    with pytest.warns(UserWarning, match="8 examples at once"):
        _, model = fitted(4, DataLoader(whole, batch_size=None), {})
    _, expected = fitted(4, DataLoader(halves, batch_size=None), {}, accumulation=2)
    assert torch.equal(weights_of(model), weights_of(expected))


def test_in_the_middle_of_a_run_and_of_an_accumulated_step():
    """From the fifth batch on there is room for half a batch: the third step, its first batch included, is made anew."""
    runs = []
    for room in (99, 2):
        model, batches = Narrow(99, **QUIET), 0

        def shrink(*_, model=model, room=room):
            model.room = room if len(model.rows) >= 5 else 99

        model.model.bert.embeddings.register_forward_pre_hook(shrink)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            history = train(
                model, in_order(32, 4), epochs=1, learning_rate=1e-3, eps=1e-4, fit_memory=True, accumulation=2
            )
        runs.append((history, weights_of(model), [text for w in warned if "fit into" in (text := str(w.message))]))
    assert runs[0][2] == []
    (text,) = runs[1][2]
    assert text.startswith("4 examples at once do not fit into memory: from step 3 on, 2 at once")
    assert "The gradients of 4 such parts are added up, so that an update is made from 8 examples" in text
    assert torch.allclose(runs[0][1], runs[1][1], atol=1e-6, rtol=0)
    assert runs[1][0].losses == pytest.approx(runs[0][0].losses, abs=1e-6)


def test_a_run_that_goes_on_does_not_try_again_what_did_not_fit(tmp_path):
    def stop(now):
        if now.step == 3:
            raise ConnectionAbortedError

    keeping = {"checkpoints": Checkpoints(tmp_path, every_steps=2), "config": {}, "epochs": 2}
    with pytest.warns(UserWarning, match="do not fit"):
        _, expected = fitted(4, batches_of(), {}, epochs=2)
    with pytest.warns(UserWarning, match="do not fit"), pytest.raises(ConnectionAbortedError):
        fitted(4, batches_of(), watch=stop, watch_every=1, **keeping)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, model = fitted(4, batches_of(), **keeping)
    assert set(model.rows) == {4}
    assert torch.equal(weights_of(model), weights_of(expected))


def test_one_example_that_does_not_fit():
    model = Narrow(0)
    before = weights_of(model)
    with pytest.warns(UserWarning), pytest.raises(InputError, match="a single example in the model .of input_ids .1, .*sh"):
        train(model, in_order(16, 4), epochs=1, learning_rate=1e-3, fit_memory=True)
    assert model.rows == [4, 2, 1]
    assert torch.equal(weights_of(model), before)
    assert not model.training and all(parameter.grad is None for parameter in model.parameters())


def test_a_batch_that_cannot_be_split():
    batch = {"input_ids": torch.zeros(4, 3, dtype=torch.long), "labels": torch.zeros(4, dtype=torch.long)}
    batch["token_type_ids"] = torch.zeros(1, 3, dtype=torch.long)
    loader = DataLoader([batch], batch_size=None)
    with pytest.raises(InputError, match="cannot be split .of input_ids .4, 3.*max_length, train fewer layers"):
        train(Narrow(2), loader, epochs=1, learning_rate=1e-3, fit_memory=True)


def test_no_room_for_the_optimizer(monkeypatch):
    def full(*_, **__):
        raise ERRORS["CUDA"]

    monkeypatch.setattr(torch.optim.AdamW, "step", full)
    model = small_classifier()
    before = weights_of(model)
    with pytest.raises(InputError, match="Memory ran out in the optimizer.*Train fewer layers"):
        train(model, in_order(8, 4), epochs=1, learning_rate=1e-3, fit_memory=True)
    assert torch.equal(weights_of(model), before)


@pytest.mark.parametrize("fit", [False, True])
def test_other_errors_and_other_runs_are_left_alone(fit):
    """Without fit_memory memory's own error comes through; with it, those that are not about memory."""
    error = RuntimeError("shapes do not match") if fit else ERRORS["CUDA"]
    model = small_classifier()

    def fail(*_):
        raise error

    model.bert.encoder.layer[1].register_forward_pre_hook(fail)
    with pytest.raises(RuntimeError) as raised:
        train(model, in_order(8, 4), epochs=1, learning_rate=1e-3, fit_memory=fit)
    assert raised.value is error
    assert not model.training
