"""Which numbers a model is computed in: chosen, measured, kept when a run goes on."""

import pytest
import torch
from accelerate import Accelerator

from bertlab.errors import InputError
from bertlab.training import Checkpoints, precision, train
from tests.small import small_classifier
from tests.training.runs import shuffled_batches

SETTINGS = {"epochs": 1, "learning_rate": 1e-3}


def dtypes_of_products(monkeypatch_free_model):
    """What a linear layer's output has been computed in, step by step."""
    seen = []
    layer = monkeypatch_free_model.bert.encoder.layer[0].intermediate.dense
    layer.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    return seen


@pytest.mark.parametrize("asked, computed", [(None, torch.float32), ("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_products_are_computed_as_asked(asked, computed):
    model = small_classifier()
    seen = dtypes_of_products(model)
    history = train(model, shuffled_batches(), precision=asked, **SETTINGS)
    assert seen and set(seen) == {computed}
    assert all(parameter.dtype == torch.float32 for parameter in model.parameters())
    assert history.losses[-1] == pytest.approx(0.69, abs=0.2)


def test_one_after_the_other_in_one_process():
    """accelerate keeps a precision for good; here each run has its own."""
    for asked, computed in (("bf16", torch.bfloat16), ("fp32", torch.float32), ("bf16", torch.bfloat16)):
        model = small_classifier()
        seen = dtypes_of_products(model)
        train(model, shuffled_batches(), precision=asked, **SETTINGS)
        assert set(seen) == {computed}
    assert Accelerator().mixed_precision == "no", "who asks for none gets none"


@pytest.mark.parametrize("seconds, chosen", [((1.0, 0.5), "bf16"), ((1.0, 0.9), "fp32"), ((0.5, 1.0), "fp32")])
def test_auto_takes_the_quicker_if_it_is_quicker_by_enough(monkeypatch, seconds, chosen):
    times = dict(zip((torch.float32, torch.bfloat16), seconds, strict=True))
    monkeypatch.setattr(precision, "_seconds", lambda device, dtype: times[dtype])
    precision.measured.cache_clear()
    try:
        assert precision.resolve("auto") == chosen
    finally:
        precision.measured.cache_clear()


def test_the_measurement_measures(monkeypatch):
    """A product that is made slower is found to be slower."""
    device, product = torch.device("cpu"), torch.Tensor.__matmul__
    plain = precision._seconds(device, torch.float32)

    def slowed(a, b):
        return [product(a, b) for _ in range(8)][-1]

    monkeypatch.setattr(torch.Tensor, "__matmul__", slowed)
    assert precision._seconds(device, torch.float32) > 2 * plain > 0


def test_it_draws_nothing_from_the_caller_s_generator():
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    precision.measured.cache_clear()
    precision.resolve("auto")
    assert torch.equal(torch.rand(3), expected)


def test_a_run_that_goes_on_computes_as_it_did(tmp_path, monkeypatch):
    kept = Checkpoints(tmp_path, every_steps=2)
    train(small_classifier(), shuffled_batches(), precision="bf16", checkpoints=kept, **SETTINGS)
    monkeypatch.setattr(precision, "measured", lambda device, threads: "fp32")
    train(small_classifier(), shuffled_batches(), precision="auto", checkpoints=kept, **SETTINGS)
    with pytest.raises(InputError, match="precision is 'bf16' there and 'no' here"):
        train(small_classifier(), shuffled_batches(), precision="fp32", checkpoints=kept, **SETTINGS)


@pytest.mark.parametrize("asked, message", [("half", "must be one of 'auto', 'fp32', 'bf16', 'fp16'"), ("fp16", "needs a CUDA")])
def test_what_cannot_be(asked, message):
    with pytest.raises(InputError, match=message):
        train(small_classifier(), shuffled_batches(), precision=asked, **SETTINGS)
