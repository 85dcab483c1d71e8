"""Runs that can be killed, each by a recipe and in a process of its own that halts where it is told to."""

import json
import multiprocessing
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm
from transformers import DataCollatorWithPadding

from bertlab import fine_tune
from bertlab.data.batches import encode
from bertlab.training import Checkpoints, History, Validation, train
from tests.small import small_classifier, small_reviews, small_tokenizer
from tests.training.test_loop import batches_of

STEPS = 12
EVERY = 2
"""Steps between two checkpoints."""


class NumberedBatches(Dataset):
    """Item k is batch k, as in pretraining."""

    def __init__(self, n: int = STEPS) -> None:
        self.batches = [dict(batch) for batch in batches_of(8 * n)]
        self.taken: list[int] = []

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        self.taken.append(index)
        return self.batches[index]


def shuffled_batches() -> DataLoader:
    """Four batches a pass, in an order that torch's own generator draws."""
    tokenizer = small_tokenizer()
    examples = encode(tokenizer, *small_reviews(32), max_length=64)
    return DataLoader(examples, batch_size=8, shuffle=True, collate_fn=DataCollatorWithPadding(tokenizer))


def uneven_batches() -> DataLoader:
    """Six batches a pass, in a shuffled order, the last half as large as the others."""
    tokenizer = small_tokenizer()
    examples = encode(tokenizer, *small_reviews(22), max_length=64)
    return DataLoader(examples, batch_size=4, shuffle=True, collate_fn=DataCollatorWithPadding(tokenizer))


def moved(model: torch.nn.Module) -> dict[str, float]:
    """How near the LayerNorms' scales, which begin at 1, have come to where they are after about half of the run."""
    torch.rand(3)
    scales = [scale for name, scale in model.named_parameters() if name.endswith("LayerNorm.weight")]
    return {"near": -abs(sum((scale - 1).abs().mean().item() for scale in scales) - 0.0065)}


RECIPES: dict[str, dict] = {
    "shuffled, adamw": {"batches": shuffled_batches, "epochs": 3, "optimizer": "adamw"},
    "grouped by length, muon": {"batches": batches_of, "epochs": 3, "optimizer": "muon"},
    "numbered, muon": {
        "batches": lambda: DataLoader(NumberedBatches(), batch_size=None),
        "epochs": 1,
        "optimizer": "muon",
        "muon_learning_rate": 3e-3,
    },
    "accumulated, decayed, validated": {
        "batches": uneven_batches,
        "epochs": 6,
        "accumulation": 4,
        "layer_decay": 0.8,
        "validation": Validation(moved, every_steps=3, monitor="near"),
    },
}
"""What `train` is given; dropout is on in all, and each has twelve steps."""

FINE_TUNED = {
    "epochs": 6,
    "batch_size": 4,
    "accumulation": 4,
    "learning_rate": 1e-2,
    "layer_decay": 0.8,
    "frozen_layers": 1,
    "max_length": 32,
    "validation": small_reviews(9),
    "validate_every": 3,
    "patience": 99,
}
"""What `fine_tune` is given by the recipe "fine_tune"; twelve steps as well, after 36 batches and 12 for validation."""


def run(recipe: str, model: torch.nn.Module, folder: Path | None = None, **changes) -> History:
    """Train by a recipe, with checkpoints in the folder."""
    if recipe == "fine_tune":
        checkpoints = None if folder is None else Checkpoints(folder, every_steps=EVERY)
        return fine_tune(model, small_tokenizer(), *small_reviews(22), checkpoints=checkpoints, **FINE_TUNED)
    arguments = RECIPES[recipe] | {"learning_rate": 1e-3, "watch_every": 1} | changes
    if folder is not None:
        arguments |= {"checkpoints": Checkpoints(folder, every_steps=EVERY)}
    return train(model, arguments.pop("batches")(), **arguments)


def run_in_process(recipe: str, folder: Path | None, result: Path, halt: tuple[str, int] | None = None) -> int:
    """Run in a new process, and kill it with SIGKILL once it has halted; its exit code.

    `result`: where the final weights and, beside them in JSON, the losses go. `halt`: ("step", n), when n steps are
    done and validated, but not saved; ("flush", n), when a checkpoint's file is written for the n-th time in this process,
    but not on the disk yet; ("forward", n), when a batch comes to the model for the n-th time, be it for validation.
    """
    # The server imports once and computes nothing, so its children begin at once and with a fresh torch each.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    halted, tell = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(recipe, folder, result, halt, tell), daemon=True)
    process.start()
    tell.close()
    if halt is not None:
        assert halted.recv() == halt
        process.kill()
    process.join()
    return process.exitcode


def run_in_two_processes(accumulation: int, result: Path) -> None:
    """Train without dropout in two processes that share the batches; each writes its weights beside `result`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = [context.Process(target=_one_of_two, args=(rank, port, accumulation, result)) for rank in (0, 1)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]


def _one_of_two(rank: int, port: int, accumulation: int, result: Path) -> None:
    torch.set_num_threads(1)
    ranks = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2}
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "ACCELERATE_USE_CPU": "true"}
    os.environ.update({name: str(value) for name, value in (ranks | place).items()})
    model = small_classifier(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    judged = Validation(moved, monitor="near", keep_best=False)
    history = train(
        model, in_order(32, 4), epochs=2, learning_rate=1e-3, eps=1e-4, accumulation=accumulation, validation=judged
    )
    save_file(model.state_dict(), result.with_name(f"{rank}.safetensors"))
    result.with_name(f"{rank}.json").write_text(json.dumps([history.losses, history.examples, history.validation]))


def in_order(n: int, batch_size: int) -> DataLoader:
    """Batches of the first reviews as they come."""
    tokenizer = small_tokenizer()
    examples = encode(tokenizer, *small_reviews(n), max_length=64)
    return DataLoader(examples, batch_size=batch_size, collate_fn=DataCollatorWithPadding(tokenizer))


def _child(recipe: str, folder: Path | None, result: Path, halt: tuple[str, int] | None, tell) -> None:
    torch.set_num_threads(1)
    tqdm.set_lock(threading.RLock())  # its own outlives a killed process
    place, number = halt or ("", 0)

    def stop() -> None:
        tell.send(halt)
        time.sleep(600)

    if place == "flush":
        os.fsync = _stop_at(number, os.fsync, stop)
    model = small_classifier(seed=1)
    if place == "forward":
        forward = model.forward
        model.forward = _stop_at(number, forward, stop)
    history = run(recipe, model, folder, watch=lambda now: stop() if (place, number) == ("step", now.step) else None)
    save_file(model.state_dict(), result)
    told = [history.losses, history.learning_rates, history.validation, history.best_step]
    result.with_suffix(".json").write_text(json.dumps(told))


def _stop_at(number: int, function: Callable, stop: Callable[[], None]) -> Callable:
    calls = 0

    def counted(*arguments, **options):
        nonlocal calls
        calls += 1
        if calls == number:
            stop()
        return function(*arguments, **options)

    return counted
