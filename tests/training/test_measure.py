"""Measuring a step leaves no trace, and tells slow from quick."""

import time

import pytest
import torch
from torch.utils.data import DataLoader

from bertlab.data.batches import encode
from bertlab.data.packing import packed_batches, sequences_in
from bertlab.training import loop, precision, train
from bertlab.training.measure import first_batch, step_seconds
from tests.small import small_classifier, small_reviews, small_tokenizer
from tests.training.runs import NumberedBatches, shuffled_batches
from tests.training.test_loop import batches_of, weights_of

CPU = torch.device("cpu")


def test_the_first_batch_comes_again():
    loader = batches_of(40, batch_size=20)
    sample = first_batch(loader)
    again = next(iter(loader))
    assert len(sample["labels"]) == 8 and torch.equal(sample["input_ids"], again["input_ids"][:8])


def test_what_is_drawn_for_it_is_given_back():
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    first_batch(shuffled_batches())
    assert torch.equal(torch.rand(3), expected)


def test_some_texts_of_a_packed_batch_and_the_first_of_whole_ones():
    examples = encode(small_tokenizer(), *small_reviews(24), max_length=48)
    assert sequences_in(first_batch(packed_batches(examples, batch_size=24, generator=torch.Generator()))) == 8
    whole = DataLoader(NumberedBatches(3), batch_size=None)
    assert torch.equal(first_batch(whole)["input_ids"], whole.dataset.batches[0]["input_ids"])


def test_a_stream_is_not_asked():
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            raise AssertionError("its first batch would be lost")

    assert first_batch(DataLoader(Stream())) is None


def test_a_step_leaves_the_model_as_it_was():
    model, batch = small_classifier(), first_batch(batches_of())
    model.bert.embeddings.train()
    modes, before = [part.training for part in model.modules()], weights_of(model)
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    assert step_seconds(model, batch, CPU, "bf16") > 0
    assert torch.equal(torch.rand(3), expected) and torch.equal(weights_of(model), before)
    assert [part.training for part in model.modules()] == modes
    assert all(parameter.grad is None for parameter in model.parameters())


def test_it_is_made_in_training_mode_in_the_precision_asked_for_and_timed():
    model, batch, seen = small_classifier(), first_batch(batches_of()), []

    def hook(module, inputs, output):
        seen.append((module.training, torch.is_grad_enabled(), output.dtype))
        time.sleep(0.05)

    model.bert.encoder.layer[0].intermediate.dense.register_forward_hook(hook)
    assert step_seconds(model, batch, CPU, "fp32") >= 0.05
    step_seconds(model, batch, CPU, "bf16")
    assert set(seen[: len(seen) // 2]) == {(True, True, torch.float32)}
    assert set(seen[len(seen) // 2 :]) == {(True, True, torch.bfloat16)}


def test_what_does_not_fit_is_not_measured(monkeypatch):
    model, batch = small_classifier(), first_batch(batches_of())
    for error, raised in ((torch.OutOfMemoryError("CUDA out of memory."), False), (RuntimeError("shapes"), True)):

        def fails(**_):
            raise error

        monkeypatch.setattr(model, "forward", fails)
        if raised:
            with pytest.raises(RuntimeError, match="shapes"):
                step_seconds(model, batch, CPU, "fp32")
        else:
            assert step_seconds(model, batch, CPU, "fp32") is None


@pytest.mark.parametrize(
    "fp32, bf16, chosen", [(1.0, 0.5, "bf16"), (1.0, 1.0, "fp32"), (0.5, 1.0, "fp32"), (None, None, "bf16")]
)
def test_auto_asks_the_model_too(fp32, bf16, chosen, monkeypatch):
    """Products that gain do not help a model that loses."""
    monkeypatch.setattr(precision, "measured", lambda device, threads: "bf16")
    assert precision.resolve("auto", None, {"fp32": fp32, "bf16": bf16}.get) == chosen


def test_where_products_do_not_gain_the_model_is_not_asked(monkeypatch):
    monkeypatch.setattr(precision, "measured", lambda device, threads: "fp32")
    monkeypatch.setattr(loop, "step_seconds", lambda *_: pytest.fail("it was measured"))
    train(small_classifier(), shuffled_batches(), epochs=1, learning_rate=1e-3, precision="auto")


@pytest.mark.parametrize("gain, chosen", [(0.5, "bf16"), (2.0, "fp32")])
def test_a_run_that_measured_is_the_run_that_was_told(gain, chosen, monkeypatch):
    """To the last bit, dropout and the order of the texts included; and the history tells what was chosen."""
    monkeypatch.setattr(precision, "measured", lambda device, threads: "bf16")
    real = step_seconds
    monkeypatch.setattr(loop, "step_seconds", lambda *asked: (real(*asked), gain if asked[-1] == "bf16" else 1.0)[1])
    measuring, told = small_classifier(), small_classifier()
    history = train(measuring, shuffled_batches(), epochs=2, learning_rate=1e-3, precision="auto")
    assert history.precision == chosen
    train(told, shuffled_batches(), epochs=2, learning_rate=1e-3, precision=chosen)
    assert torch.equal(weights_of(measuring), weights_of(told))
