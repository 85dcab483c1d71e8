"""A loss that is not finite: named with its step and its examples, and the weights are those from before."""

import pytest
import torch
from accelerate import Accelerator
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

from bertlab.errors import TrainingError
from bertlab.training import Checkpoints, Validation, train
from bertlab.training.update import Update
from tests.small import small_classifier
from tests.training.runs import NumberedBatches, in_order, shuffled_batches
from tests.training.test_loop import batches_of, weights_of


class Spoilt(nn.Module):
    """A classifier whose loss is multiplied by `factor` at one training batch, counted from 1.

    `seen`: the word pieces of each batch; `before`: the weights when it came.
    """

    def __init__(self, at, factor=float("nan"), **config):
        super().__init__()
        self.model, self.at, self.factor = small_classifier(**config), at, factor
        self.seen, self.before = [], []

    def forward(self, **batch):
        out = self.model(**batch)
        if self.training:
            self.seen.append(batch["input_ids"])
            self.before.append(weights_of(self.model))
            if len(self.seen) == self.at:
                out.loss = out.loss * self.factor
        return out


class Infinite(torch.autograd.Function):
    """A finite number whose gradient is not."""

    @staticmethod
    def forward(context, loss):
        return loss.clone()

    @staticmethod
    def backward(context, gradient):
        return gradient * torch.inf


def spoilt_run(at, loader, model=None, **changes):
    model = model or Spoilt(at)
    arguments = {"epochs": 2, "learning_rate": 1e-3} | changes
    with pytest.raises(TrainingError) as raised:
        train(model, loader, **arguments)
    return model, raised.value


def read_late(monkeypatch):
    made = Update.__init__

    def init(self, *arguments, **options):
        made(self, *arguments, **options)
        self._checks_at_once = False

    monkeypatch.setattr(Update, "__init__", init)


@pytest.fixture(params=["at once", "late"])
def late(request, monkeypatch):
    """As on the CPU, and as on CUDA, where the losses are read at every tenth step only."""
    if request.param == "late":
        read_late(monkeypatch)
    return request.param == "late"


@pytest.mark.parametrize(
    ("optimizer", "factor"), [("adamw", float("nan")), ("adamw", float("inf")), ("muon", float("-inf"))]
)
def test_the_step_and_the_weights_from_before_it(optimizer, factor, late):
    model, error = spoilt_run(6, in_order(48, 4), model=Spoilt(6, factor), optimizer=optimizer)
    assert error.step == 6
    value = "nan" if factor != factor else str(factor)
    assert str(error).startswith(f"The loss of step 6 is {value} (learning rate 0.000864; batch 6 of pass 1, 4 examples as")
    assert "input_ids (4, " in str(error) and "indices in the data set are 20, 21, 22, 23)" in str(error)
    assert "Lower the learning rate" in str(error)
    assert error.indices == [20, 21, 22, 23]
    assert len(model.seen) == (10 if late else 6)
    assert torch.equal(weights_of(model), model.before[5])
    assert not torch.equal(model.before[5], model.before[4])
    assert not model.training and all(parameter.grad is None for parameter in model.parameters())


def test_a_gradient_that_is_not_finite(late):
    class Steep(Spoilt):
        def forward(self, **batch):
            out = super().forward(**batch)
            if len(self.seen) == self.at:
                out.loss = Infinite.apply(out.loss)
            return out

    model, error = spoilt_run(3, in_order(24, 4), model=Steep(3, 1.0))
    assert str(error).startswith("The loss of step 3 is 0.69")
    assert "but the norm of its gradient nan" in str(error) or "but the norm of its gradient inf" in str(error)
    assert torch.equal(weights_of(model), model.before[2])


def test_in_float16_the_scaler_leaves_out_what_comes_after(monkeypatch):
    """As on a GPU without bfloat16: the gradients are scaled, and the scaler alone decides about an update."""
    read_late(monkeypatch)
    made = Accelerator.__init__

    def init(self, *arguments, **options):
        made(self, *arguments, **options)
        self.scaler = torch.amp.GradScaler("cpu", init_scale=256.0)

    monkeypatch.setattr(Accelerator, "__init__", init)
    model, error = spoilt_run(6, in_order(48, 4), model=Spoilt(6))
    assert error.step == 6 and len(model.seen) == 10
    assert torch.equal(weights_of(model), model.before[5])
    assert not torch.equal(model.before[5], model.before[4])


def test_it_is_read_before_it_could_reach_a_validation_or_a_checkpoint(late, tmp_path):
    """Step 3 of 8 a pass; a validation would be made after step 4, and a checkpoint after step 5."""
    judged = []
    validation = Validation(lambda model: judged.append(1) or {"loss": 1.0}, every_steps=4)
    checkpoints = Checkpoints(tmp_path, every_steps=2)
    _, error = spoilt_run(3, in_order(32, 4), validation=validation, checkpoints=checkpoints)
    assert (error.step, judged) == (3, [])
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000002"]


def test_it_is_read_while_its_pass_is_under_way(late):
    """Where a pass ends before the tenth step: once the next began, the order could no longer be drawn again."""
    model, error = spoilt_run(3, batches_of())
    assert error.step == 3 and len(model.seen) == (4 if late else 3)
    assert "batch 3 of pass 1" in str(error)


def text_of(loader, indices):
    return {tuple(token for token in loader.dataset[index]["input_ids"] if token) for index in indices}


def rows_of(batches):
    return {tuple(token for token in row if token) for batch in batches for row in batch.tolist()}


def with_workers():
    loader = shuffled_batches()
    return DataLoader(loader.dataset, batch_size=8, shuffle=True, collate_fn=loader.collate_fn, num_workers=1)


@pytest.mark.parametrize("make", [shuffled_batches, batches_of, with_workers])
@pytest.mark.parametrize("accumulation", [1, 3])
def test_the_indices_are_those_of_the_batch(make, accumulation, late):
    """In the second pass; with batches by threes it has two steps, of three batches and of one."""
    at = {1: 7, 3: 8}[accumulation]
    loader = make()
    model, error = spoilt_run(at, loader, accumulation=accumulation)
    batches = model.seen[6:7] if accumulation == 1 else model.seen[7:8]
    assert error.step == (7 if accumulation == 1 else 4)
    assert len(error.indices) == sum(len(batch) for batch in batches) == 8
    assert text_of(loader, error.indices) == rows_of(batches)
    assert "of pass 2" in str(error)


def test_an_accumulated_step_names_all_its_batches():
    loader = batches_of(44)
    model, error = spoilt_run(5, loader, accumulation=5)
    assert error.step == 1 and "batches 1 to 5 of pass 1, 40 examples as input_ids (8, " in str(error)
    assert len(error.indices) == 40 and text_of(loader, error.indices) == rows_of(model.seen)
    listed = str(error).split("data set are ")[1].split(" and 8 more")[0]
    assert [int(index) for index in listed.split(", ")] == error.indices[:32]


def test_the_indices_after_going_on_in_the_middle_of_a_pass(tmp_path):
    def stop(now):
        if now.step == 2:
            raise ConnectionAbortedError

    checkpoints = Checkpoints(tmp_path, every_steps=1)
    options = {"epochs": 2, "learning_rate": 1e-3, "checkpoints": checkpoints}
    with pytest.raises(ConnectionAbortedError):
        train(Spoilt(99), shuffled_batches(), watch=stop, watch_every=1, **options)
    loader = shuffled_batches()
    model, error = spoilt_run(2, loader, **options)
    assert error.step == 3 and "batch 3 of pass 1" in str(error)
    assert text_of(loader, error.indices) == rows_of(model.seen[1:])


def test_whole_batches_are_named_by_their_number():
    _, error = spoilt_run(3, DataLoader(NumberedBatches(), batch_size=None), epochs=1)
    assert error.indices == [2]


def test_a_stream_has_no_indices():
    class Stream(IterableDataset):
        def __init__(self):
            self.batches = list(in_order(16, 4))

        def __iter__(self):
            return iter(self.batches)

        def __len__(self):
            return len(self.batches)

    _, error = spoilt_run(2, DataLoader(Stream(), batch_size=None))
    assert error.indices is None and error.step == 2
    assert "4 examples as input_ids (4, " in str(error) and "indices" not in str(error)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_reading_late_changes_nothing(optimizer, monkeypatch):
    models = [small_classifier() for _ in range(2)]
    for model in models:
        train(model, batches_of(), epochs=3, learning_rate=1e-3, optimizer=optimizer)
        read_late(monkeypatch)
    assert torch.equal(weights_of(models[0]), weights_of(models[1]))
