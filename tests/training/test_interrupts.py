"""Ctrl-C: what was trained is kept, the run can go on, and a second one ends the program."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import warnings
from pathlib import Path

import pytest
import torch

from bertlab.training import Checkpoints, Validation, train
from bertlab.training.interrupts import Interrupts
from tests.small import small_classifier
from tests.training.test_loop import batches_of, weights_of

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends SIGINT to itself")
RUN = {"epochs": 3, "learning_rate": 1e-3}


@pytest.fixture(autouse=True)
def listening():
    """A process that a shell has put into the background may have been started with Ctrl-C ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler, "training must give the handler back"
    signal.signal(signal.SIGINT, before)


def ctrl_c(*_):
    os.kill(os.getpid(), signal.SIGINT)


class At:
    """Presses Ctrl-C at the n-th call."""

    def __init__(self, *numbers):
        self.numbers, self.calls = numbers, 0

    def __call__(self, *_):
        self.calls += 1
        if self.calls in self.numbers:
            ctrl_c()


def after(steps):
    """The weights and the losses after so many steps, by an exception that ends the run there."""
    model, seen = small_classifier(), []

    def stop(now):
        if now.step == steps:
            seen.extend([weights_of(now.model)])
            raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        train(model, batches_of(), watch=stop, watch_every=1, **RUN)
    return seen[0]


def interrupted_run(model, **changes):
    with pytest.warns(UserWarning, match="Training was interrupted") as warned:
        history = train(model, batches_of(), **(RUN | changes))
    (text,) = [str(warning.message) for warning in warned]
    return history, text


@pytest.mark.parametrize("place", ["forward", "backward", "update", "watch"])
def test_the_weights_are_those_of_the_last_whole_step(place, monkeypatch):
    """Within an update Ctrl-C waits for its end; elsewhere it comes at once, and the step under way counts for nothing."""
    model, at, options = small_classifier(), At(6), {}
    if place == "forward":
        model.bert.encoder.layer[1].register_forward_hook(at)
    elif place == "backward":
        model.bert.encoder.layer[0].register_full_backward_hook(at)
    elif place == "watch":
        options = {"watch": At(6 + 1), "watch_every": 1}  # the first is before the first step
    else:
        step = torch.optim.AdamW.step

        def half(optimizer, *arguments):
            at()
            return step(optimizer, *arguments)

        monkeypatch.setattr(torch.optim.AdamW, "step", half)
    history, text = interrupted_run(model, **options)
    done = 6 if place in ("update", "watch") else 5
    assert torch.equal(weights_of(model), after(done))
    assert history.interrupted and not history.stopped_early
    assert (len(history.losses), len(history.learning_rates), history.examples) == (done, done, 8 * done)
    assert text.startswith(f"Training was interrupted after step {done} of 12, whose weights the model has. Nothing is on")
    assert not model.training and all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("call", [1, 6, 9, 12])
def test_the_run_goes_on_from_there_to_the_same_end(call, tmp_path):
    """Dropout is on: numbers that the broken step drew must not count. Step 9 begins a pass, where the order is drawn."""
    expected, pieces = small_classifier(), small_classifier()
    whole = train(expected, batches_of(), **RUN)
    handle = pieces.bert.encoder.layer[1].register_forward_hook(At(call))
    keeping = {"checkpoints": Checkpoints(tmp_path, every_steps=100)}
    history, text = interrupted_run(pieces, **keeping)
    assert len(history.losses) == call - 1
    names = [path.name for path in tmp_path.iterdir()]
    if call == 1:
        assert names == [] and "Started again in the same way, the run begins anew." in text
    else:
        assert names == [f"step-{call - 1:08d}"] and f"A checkpoint is in {tmp_path}: started again in the same" in text
    handle.remove()
    other = small_classifier() if call == 1 else small_classifier(seed=1)
    again = train(other, batches_of(), **RUN, **keeping)
    assert torch.equal(weights_of(other), weights_of(expected))
    assert again.losses == whole.losses and not again.interrupted


def test_in_a_validation_it_is_made_again_when_the_run_goes_on(tmp_path):
    def run(model, press):
        scored = []

        def score(judged):
            press()
            scored.append(weights_of(judged))
            return {"loss": abs(len(scored) - 2.5)}

        return scored, {"validation": Validation(score, every_steps=3)} | RUN

    expected = small_classifier()
    whole, options = run(expected, lambda: None)
    train(expected, batches_of(), **options)
    pieces, keeping = small_classifier(), {"checkpoints": Checkpoints(tmp_path, every_steps=2)}
    first, options = run(pieces, At(2))
    history, _ = interrupted_run(pieces, **options, **keeping)
    assert [scores["step"] for scores in history.validation] == [3] and len(history.losses) == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000004", "step-00000006"]
    assert torch.equal(weights_of(pieces), whole[1]), "the last, not the best"
    other = small_classifier(seed=1)
    rest, options = run(other, lambda: None)
    history = train(other, batches_of(), **options, **keeping)
    assert [scores["step"] for scores in history.validation] == [3, 6, 9, 12]
    assert all(torch.equal(a, b) for a, b in zip([*first, *rest], whole, strict=True))


def test_while_a_checkpoint_is_written_it_is_finished_first(tmp_path, monkeypatch):
    fsync, at = os.fsync, At(7)

    def flush(descriptor):
        at()
        return fsync(descriptor)

    monkeypatch.setattr(os, "fsync", flush)
    model = small_classifier()
    history, _ = interrupted_run(model, checkpoints=Checkpoints(tmp_path, every_steps=3))
    assert len(history.losses) == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000003", "step-00000006"]


@pytest.mark.parametrize("place", ["update", "checkpoint", "last checkpoint"])
def test_a_second_one_ends_the_program(place, tmp_path, monkeypatch):
    """In the middle of an update or of a checkpoint that the first one waits for, and while its own is being written."""
    model = small_classifier()
    if place == "update":
        monkeypatch.setattr(torch.optim.AdamW, "step", lambda *_, at=At(1, 2): (at(), at()))
    elif place == "checkpoint":
        at = At(2, 3)
        monkeypatch.setattr(os, "fsync", at)
    else:
        model.bert.encoder.layer[1].register_forward_hook(At(3))
        monkeypatch.setattr(os, "fsync", At(2))
    with warnings.catch_warnings(), pytest.raises(KeyboardInterrupt):
        warnings.simplefilter("error")
        train(model, batches_of(), **RUN, checkpoints=Checkpoints(tmp_path, every_steps=1 if place == "checkpoint" else 100))
    assert not model.training
    assert [path for path in tmp_path.iterdir() if path.name.startswith("step-")] == []


def test_without_a_signal_it_is_the_same():
    """Where it is raised by other means: from a callback, or by a handler of the caller's."""

    def stop(now):
        if now.step == 4:
            raise KeyboardInterrupt

    model = small_classifier()
    history, _ = interrupted_run(model, watch=stop, watch_every=1)
    assert len(history.losses) == 4
    assert torch.equal(weights_of(model), after(4))


def test_a_handler_of_the_callers_stays():
    seen = []
    signal.signal(signal.SIGINT, lambda *_: seen.append(1))
    try:
        model = small_classifier()
        model.bert.register_forward_hook(At(2))
        assert not train(model, batches_of(), epochs=1, learning_rate=1e-3).interrupted
        assert seen == [1]
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_another_thread_trains_as_ever():
    losses = []
    thread = threading.Thread(
        target=lambda: losses.extend(train(small_classifier(), batches_of(), epochs=1, learning_rate=1e-3).losses)
    )
    thread.start()
    thread.join()
    assert len(losses) == 4


def test_what_waits_is_raised_at_the_end_of_what_it_waited_for():
    done = []
    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt):
        with interrupts.deferred():
            ctrl_c()
            done.append("whole")
    assert done == ["whole"] and not interrupts.waiting


SCRIPT = """
import os, signal, sys, time
from bertlab.training import train
from tests.small import small_classifier
from tests.training.test_loop import batches_of

def watch(now):
    if now.step == 3:
        print("third step", flush=True)

model = small_classifier()
model.bert.register_forward_hook(lambda *_: time.sleep(0.05))
history = train(model, batches_of(), epochs=1000, learning_rate=1e-3, watch=watch, watch_every=1)
print("kept", history.interrupted, len(history.losses), flush=True)
time.sleep(600)
print("never")
"""


def test_a_real_process_keeps_what_was_trained_and_ends_at_the_second():
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SCRIPT)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        assert process.stdout.readline() == "third step\n"
        process.send_signal(signal.SIGINT)
        word, interrupted, steps = process.stdout.readline().split()
        assert (word, interrupted) == ("kept", "True") and 3 <= int(steps) < 4000
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert out == "" and "KeyboardInterrupt" in errors
    assert f"Training was interrupted after step {steps} of 4000" in errors
    assert process.returncode != 0
