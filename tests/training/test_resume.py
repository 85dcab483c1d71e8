"""A run that was killed, and went on: the same to the last bit."""

import errno
import functools
import json
import os
import random
import signal

import pytest
import torch
from safetensors import safe_open
from torch.utils.data import DataLoader
from transformers import BertForMaskedLM

from bertlab.errors import InputError, SourceError
from bertlab.training import Checkpoints, train
from tests.small import small_classifier, small_config
from tests.training.runs import EVERY, RECIPES, STEPS, NumberedBatches, run, run_in_process
from tests.training.test_loop import batches_of, weights_of


class Stopped(Exception):
    pass


def stopped_run(recipe, folder, step, **changes):
    """Run until `step` steps are done; an exception in place of a kill, for what is quicker to see in one process."""

    def stop(now):
        if now.step == step:
            raise Stopped

    with pytest.raises(Stopped):
        run(recipe, small_classifier(), folder, watch=stop, **changes)


@pytest.fixture(scope="module")
def uninterrupted():
    """Recipe -> the final weights and the history of a run that nothing stopped."""

    @functools.cache
    def of(recipe):
        model = small_classifier()
        history = run(recipe, model)
        return weights_of(model), history

    return of


@pytest.mark.parametrize("recipe", RECIPES)
def test_killed_three_times_it_ends_as_if_never_stopped(recipe, tmp_path):
    """Killed in the first third, while a checkpoint is being written, and in the last third."""
    whole, pieces, folder = tmp_path / "whole.safetensors", tmp_path / "pieces.safetensors", tmp_path / "checkpoints"
    draw = random.Random(recipe)
    first, last = draw.randint(EVERY + 1, STEPS // 3), draw.randint(STEPS * 2 // 3, STEPS - 1)
    flush = draw.randint(1, 5)
    # A checkpoint is five flushes: three files, the manifest, the folder; then the parent, after the renaming. From the
    # first validation on it is six, and one.
    halts = [("step", first), ("flush", 6 + flush), ("step", last)]
    print(halts)

    assert run_in_process(recipe, None, whole) == 0
    for halt in halts:
        assert run_in_process(recipe, folder, pieces, halt) == -signal.SIGKILL
        assert not pieces.exists()
    assert run_in_process(recipe, folder, pieces) == 0

    assert pieces.read_bytes() == whole.read_bytes()
    told = pieces.with_suffix(".json").read_text()
    assert told == whole.with_suffix(".json").read_text()
    losses, rates, validation, best_step = json.loads(told)
    assert len(losses) == len(rates) == STEPS
    assert [scores["step"] for scores in validation] == ([3, 6, 9, 12] if "validated" in recipe else [])
    assert sorted(path.name for path in folder.iterdir()) == ["step-00000010", "step-00000012"]


def test_fine_tuning_killed_anywhere_ends_as_if_never_stopped(tmp_path):
    """While it validates, while a checkpoint is written, and at random, with accumulation, decay and frozen layers."""
    whole, pieces, folder = tmp_path / "whole.safetensors", tmp_path / "pieces.safetensors", tmp_path / "checkpoints"
    # A step takes 4 batches and 2 in turn, a validation 3: the twelfth batch is the second of the first validation, and
    # no checkpoint lies between it and the beginning of step 3, from which the next process goes on.
    halts = [("forward", 12), ("flush", 4), ("forward", random.Random().randint(1, 30)), ("flush", 9)]
    print(halts)
    assert run_in_process("fine_tune", None, whole) == 0
    for halt in halts:
        assert run_in_process("fine_tune", folder, pieces, halt) == -signal.SIGKILL
        assert not pieces.exists()
    assert run_in_process("fine_tune", folder, pieces) == 0
    assert pieces.read_bytes() == whole.read_bytes()
    told = pieces.with_suffix(".json").read_text()
    assert told == whole.with_suffix(".json").read_text()
    losses, _, validation, _ = json.loads(told)
    assert len(losses) == STEPS and [scores["step"] for scores in validation] == [3, 6, 9, 12]


@pytest.mark.parametrize(("step", "kept"), [(6, ["step-00000002", "step-00000004"]), (7, ["step-00000004", "step-00000006"])])
def test_stopped_right_after_a_validation_and_after_the_best_weights_were_saved(step, kept, uninterrupted, tmp_path):
    """After step 6 it is validated; a checkpoint comes next."""
    recipe = "accumulated, decayed, validated"
    weights, expected = uninterrupted(recipe)
    stopped_run(recipe, tmp_path, step)
    assert sorted(path.name for path in tmp_path.iterdir()) == kept
    model = small_classifier(seed=1)
    history = run(recipe, model, tmp_path)
    assert torch.equal(weights_of(model), weights)
    assert (history.losses, history.validation) == (expected.losses, expected.validation)
    assert history.best_step == expected.best_step == 6, "the best weights are from before the end"


@pytest.mark.parametrize(("recipe", "step"), [("shuffled, adamw", 5), ("grouped by length, muon", 3)])
def test_goes_on_from_the_end_and_from_the_middle_of_a_pass(recipe, step, uninterrupted, tmp_path):
    weights, expected = uninterrupted(recipe)
    stopped_run(recipe, tmp_path, step)
    model = small_classifier(seed=1)
    history = run(recipe, model, tmp_path)
    assert torch.equal(weights_of(model), weights)
    assert history.losses == expected.losses
    assert history.learning_rates == expected.learning_rates
    assert history.examples == expected.examples == 8 * STEPS


def test_skipped_batches_are_not_computed(tmp_path):
    data = NumberedBatches()
    stopped_run("numbered, muon", tmp_path, 7)
    run("numbered, muon", small_classifier(), tmp_path, batches=lambda: DataLoader(data, batch_size=None))
    assert data.taken == [6, 7, 8, 9, 10, 11]


def test_each_numbered_item_is_one_batch_as_it_is():
    data, seen = NumberedBatches(3), []
    model = small_classifier()
    model.register_forward_pre_hook(lambda _, __, batch: seen.append(batch), with_kwargs=True)
    history = train(model, DataLoader(data, batch_size=None), epochs=2, learning_rate=1e-3)
    assert (history.steps_per_epoch, history.examples) == (3, 48)
    assert data.taken == [0, 1, 2, 0, 1, 2]
    for given, batch in zip(seen, data.batches * 2, strict=True):
        assert given.keys() == batch.keys()
        assert all(torch.equal(given[name], batch[name]) for name in batch)


def test_a_run_that_had_ended_trains_no_further(tmp_path):
    first, second = small_classifier(), small_classifier(seed=1)
    recipe = "grouped by length, muon"
    expected, seen = run(recipe, first, tmp_path), []
    history = run(recipe, second, tmp_path, watch=seen.append)
    assert (history.losses, seen) == (expected.losses, [])
    assert torch.equal(weights_of(first), weights_of(second))


def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(uninterrupted, tmp_path):
    recipe, pieces = "shuffled, adamw", small_classifier(seed=1)
    stopped_run(recipe, tmp_path, 9)
    path = tmp_path / "step-00000008" / "training.safetensors"
    contents = bytearray(path.read_bytes())
    contents[-100] ^= 1
    path.write_bytes(contents)
    with pytest.warns(UserWarning, match="step-00000008 is damaged and not used: it has a training.safetensors with"):
        history = run(recipe, pieces, tmp_path)
    assert torch.equal(weights_of(pieces), uninterrupted(recipe)[0])
    assert history.losses == uninterrupted(recipe)[1].losses


@pytest.mark.parametrize(
    ("model", "changes", "message"),
    [
        ({}, {"learning_rate": 2e-3}, r"learning_rate is 0\.001 there and 0\.002 here\. Give the same"),
        ({}, {"epochs": 4}, r"epochs is 3 there and 4 here; steps is 12 there and 16 here\."),
        ({}, {"seed": 3}, "seed is 0 there and 3 here"),
        ({}, {"optimizer": "muon"}, "optimizer is 'adamw' there and 'muon' here"),
        ({"hidden_dropout_prob": 0.2}, {}, r"config\.hidden_dropout_prob is 0\.1 there and 0\.2 here\."),
        ({"intermediate_size": 32}, {}, r"config\.intermediate_size is 64 there and 32 here; parameters is"),
    ],
)
def test_a_checkpoint_of_another_run(model, changes, message, tmp_path):
    stopped_run("shuffled, adamw", tmp_path, 3)
    other = small_classifier(**model)
    before = weights_of(other)
    with pytest.raises(InputError, match=message):
        run("shuffled, adamw", other, tmp_path, **changes)
    assert torch.equal(weights_of(other), before)


def test_a_checkpoint_of_another_recipe_of_batches_or_of_another_part_frozen(tmp_path):
    def start(part=None, **recipe):
        model = small_classifier()
        if part:
            model.get_submodule(part).requires_grad_(False)
        checkpoints = Checkpoints(tmp_path, every_steps=4, recipe=recipe)
        return train(model, batches_of(), epochs=1, learning_rate=1e-3, checkpoints=checkpoints)

    start("bert.encoder.layer.0", mask_rate=0.15)
    with pytest.raises(InputError, match=r"recipe\.mask_rate is 0\.15 there and 0\.3 here\."):
        start("bert.encoder.layer.0", mask_rate=0.3)
    with pytest.raises(InputError, match=r"recipe\.mask_rate is 0\.15 there and 'missing' here\."):
        start("bert.encoder.layer.0")
    with pytest.raises(InputError, match=": SHA-256 of the parameters' names and shapes and of which train is"):
        start("bert.encoder.layer.1", mask_rate=0.15)


def test_a_full_disk_ends_the_run_and_leaves_it_able_to_go_on(uninterrupted, tmp_path, monkeypatch):
    recipe, pieces = "grouped by length, muon", small_classifier(seed=1)
    with monkeypatch.context() as patch:

        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        def watch(now):
            if now.step == 5:
                patch.setattr(os, "replace", full)

        with pytest.raises(SourceError, match="The checkpoint of step 6 could not be written to .*: the disk is full"):
            run(recipe, small_classifier(), tmp_path, watch=watch)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000002", "step-00000004"]
    run(recipe, pieces, tmp_path)
    assert torch.equal(weights_of(pieces), uninterrupted(recipe)[0])


@pytest.mark.parametrize(("seconds", "kept"), [(1e-9, ["step-00000003", "step-00000004"]), (600, ["step-00000004"])])
def test_checkpoints_by_the_clock_and_one_at_the_end(seconds, kept, tmp_path):
    checkpoints = Checkpoints(tmp_path, every_seconds=seconds)
    train(small_classifier(), batches_of(), epochs=1, learning_rate=1e-3, checkpoints=checkpoints)
    assert sorted(path.name for path in tmp_path.iterdir()) == kept


def test_a_tied_model_is_saved_once_and_taken_up(tmp_path):
    data = [{"input_ids": torch.tensor([[2, 5, 6, 3]]), "labels": torch.tensor([[-100, 7, -100, -100]])}] * 4
    models = []
    for number in range(2):
        torch.manual_seed(number)
        models.append(BertForMaskedLM(small_config()))
        checkpoints = Checkpoints(tmp_path, every_steps=4)
        train(models[-1], DataLoader(data, batch_size=None), epochs=1, learning_rate=1e-3, checkpoints=checkpoints)
    assert torch.equal(weights_of(models[0]), weights_of(models[1]))
    with safe_open(tmp_path / "step-00000004" / "model.safetensors", "pt") as file:
        assert "bert.embeddings.word_embeddings.weight" in file.keys()
        assert "cls.predictions.decoder.weight" not in file.keys()


def test_a_loader_that_could_not_go_on_in_the_same_way(tmp_path):
    loader = DataLoader(NumberedBatches(2), batch_size=None, num_workers=1, persistent_workers=True)
    with pytest.raises(InputError, match="Leave it at False, or train without checkpoints"):
        run("numbered, muon", small_classifier(), tmp_path, batches=lambda: loader)


def test_workers_batches_are_skipped_too(tmp_path):
    def loader():
        return DataLoader(NumberedBatches(), batch_size=None, num_workers=1, shuffle=True)

    whole, pieces, recipe = small_classifier(), small_classifier(seed=1), "numbered, muon"
    run(recipe, whole, batches=loader)
    stopped_run(recipe, tmp_path, 6, batches=loader)
    run(recipe, pieces, tmp_path, batches=loader)
    assert torch.equal(weights_of(pieces), weights_of(whole))
