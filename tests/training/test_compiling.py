"""Compiling: the same training, where it pays, and only where there is something to compile with."""

import pytest
import torch
from torch._dynamo.testing import CompileCounter

from bertlab.errors import InputError
from bertlab.training import Checkpoints, Validation, compiling, loop, train
from tests.small import small_classifier
from tests.training.runs import shuffled_batches
from tests.training.test_loop import weights_of

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def tuned(model=None, **changes):
    model = model or small_classifier(**NO_DROPOUT)
    return train(model, shuffled_batches(), **({"epochs": 2, "learning_rate": 1e-3} | changes)), model


@pytest.fixture
def paying(monkeypatch):
    """As if compiling were worth it on a CPU."""
    monkeypatch.setitem(compiling.SAVED, "cpu", 0.1)
    monkeypatch.setitem(compiling.COMPILING, "cpu", 60.0)


@pytest.fixture
def counter(monkeypatch):
    """Compiles to what it was; ``frame_count`` is how often."""
    torch._dynamo.reset()
    found, compile = CompileCounter(), torch.compile
    monkeypatch.setattr(torch, "compile", lambda function, **options: compile(function, backend=found, **options))
    yield found
    torch._dynamo.reset()


def test_a_compiled_run_learns_the_same(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))  # what an earlier run left there is no part of this
    torch._dynamo.reset()
    plain, compiled = tuned()[0], tuned(compile=True)[0]
    assert compiled.losses == pytest.approx(plain.losses, abs=1e-4)
    assert compiled.compiled and not plain.compiled


def test_the_layers_alone_are_compiled_and_afterwards_as_they_were(counter):
    validation = Validation(lambda model: {"loss": float(model(**next(iter(shuffled_batches()))).loss)})
    history, model = tuned(compile=True, validation=validation)
    assert history.compiled and 1 <= counter.frame_count <= 4, "once for all layers and shapes, not for evaluation"
    assert not any("forward" in part.__dict__ for part in model.modules())


def test_a_model_without_layers_is_compiled_as_a_whole(counter):
    model = torch.nn.Linear(2, 2)
    with compiling.compiled_layers(model):
        model(torch.ones(1, 2))
    assert counter.frame_count == 1 and "forward" not in model.__dict__


@pytest.mark.parametrize("named", [None, "no-such-compiler"])
def test_without_a_compiler_it_is_left_out_and_said(named, monkeypatch, tmp_path):
    plain, expected = tuned()
    if named is None:
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.delenv("CXX", raising=False)
    else:
        monkeypatch.setenv("CXX", named)
    with pytest.warns(UserWarning, match=r"Nothing is compiled.*C\+\+ compiler"):
        history, model = tuned(compile=True)
    assert not history.compiled and history.losses == plain.losses
    assert torch.equal(weights_of(model), weights_of(expected))


def test_a_gpu_without_triton_compiles_nothing(monkeypatch):
    monkeypatch.setattr(compiling.importlib.util, "find_spec", lambda name: None)
    assert compiling.missing(torch.device("cuda")).startswith("triton")


def test_it_pays_from_as_many_steps_on_as_save_what_it_takes():
    steps = round(compiling.COMPILING["cuda"] / compiling.SAVED["cuda"])  # of a second each
    assert not compiling.pays(lambda: 1.0, steps - 1, CUDA) and compiling.pays(lambda: 1.0, steps + 1, CUDA)
    assert not compiling.pays(lambda: None, 10**9, CUDA), "what was not measured is not guessed"


def test_on_a_cpu_it_never_pays_and_nothing_is_measured():
    assert not compiling.pays(lambda: pytest.fail("it was measured"), 10**9, CPU)


@pytest.mark.parametrize("seconds, compiled", [(1e-4, False), (1e4, True), (None, False)])
def test_auto_follows_the_rule(seconds, compiled, counter, paying, monkeypatch):
    monkeypatch.setattr(loop, "step_seconds", lambda *_: seconds)
    assert tuned(compile="auto")[0].compiled == compiled == (counter.frame_count > 0)


def test_a_run_that_goes_on_is_compiled_as_it_was(counter, monkeypatch, tmp_path):
    kept = Checkpoints(tmp_path, every_steps=4)
    tuned(compile=True, checkpoints=kept)
    monkeypatch.setattr(loop, "step_seconds", lambda *_: pytest.fail("it was measured"))
    assert tuned(compile="auto", checkpoints=kept)[0].compiled
    with pytest.raises(InputError, match="compiled is True there and 'missing' here"):
        tuned(checkpoints=kept)


@pytest.mark.parametrize("wish", ["always", None, 1])
def test_another_wish(wish):
    with pytest.raises(InputError, match="compile must be True, False or 'auto', not"):
        tuned(compile=wish)
