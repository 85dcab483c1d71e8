"""Runs that can be killed: three recipes, each in a process of its own that halts where it is told to."""

import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm
from transformers import DataCollatorWithPadding

from bertlab.data.batches import encode
from bertlab.training import Checkpoints, History, train
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


RECIPES: dict[str, dict] = {
    "shuffled, adamw": {"batches": shuffled_batches, "epochs": 3, "optimizer": "adamw"},
    "grouped by length, muon": {"batches": batches_of, "epochs": 3, "optimizer": "muon"},
    "numbered, muon": {
        "batches": lambda: DataLoader(NumberedBatches(), batch_size=None),
        "epochs": 1,
        "optimizer": "muon",
        "muon_learning_rate": 3e-3,
    },
}
"""What `train` is given; dropout is on in all."""


def run(recipe: str, model: torch.nn.Module, folder: Path | None = None, **changes) -> History:
    """Train by a recipe, with checkpoints in the folder."""
    arguments = RECIPES[recipe] | {"learning_rate": 1e-3, "watch_every": 1} | changes
    if folder is not None:
        arguments |= {"checkpoints": Checkpoints(folder, every_steps=EVERY)}
    return train(model, arguments.pop("batches")(), **arguments)


def run_in_process(recipe: str, folder: Path | None, result: Path, halt: tuple[str, int] | None = None) -> int:
    """Run in a new process, and kill it with SIGKILL once it has halted; its exit code.

    `result`: where the final weights and, beside them in JSON, the losses go. `halt`: ("step", n), when n steps are
    done; ("flush", n), when a checkpoint's file is written for the n-th time in this process, but not on the disk yet.
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
    history = run(recipe, model, folder, watch=lambda now: stop() if (place, number) == ("step", now.step) else None)
    save_file(model.state_dict(), result)
    result.with_suffix(".json").write_text(json.dumps([history.losses, history.learning_rates]))


def _stop_at(number: int, function: Callable, stop: Callable[[], None]) -> Callable:
    calls = 0

    def counted(*arguments):
        nonlocal calls
        calls += 1
        if calls == number:
            stop()
        return function(*arguments)

    return counted
