"""How long a training step of this very model takes on this machine: by making some, before the first."""

import time
from contextlib import nullcontext

import torch
from accelerate.utils import send_to_device
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

from bertlab.training.memory import can_be_split, out_of_memory, split
from bertlab.training.passes import Batch, random_states, set_random_states

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}
EXAMPLES = 8
"""Of the first batch that are measured with: enough to tell two ways apart, few enough to take little time."""

RUNS = 3
"""The shortest counts: the first makes what later ones have, and other processes can only make one longer."""


def first_batch(batches: DataLoader) -> Batch | None:
    """Some examples of the first batch; what is drawn for it is drawn again by who trains.

    None for an ``IterableDataset``, which may not give them a second time.
    """
    if isinstance(batches.dataset, IterableDataset):
        return None
    before = random_states(batches)
    try:
        batch = next(iter(batches))
    finally:
        set_random_states(batches, before)
    return split(batch, EXAMPLES)[0] if can_be_split(batch) else batch


def step_seconds(model: nn.Module, batch: Batch, device: torch.device, precision: str) -> float | None:
    """Seconds of a forward and a backward pass; the model is left as it was but for its device, without gradients.

    None where memory does not suffice. Draws nothing from the caller's generator.
    """
    modes = [(part, part.training) for part in model.modules()]
    model.to(device).train()
    batch, found = send_to_device(batch, device), []
    half = torch.autocast(device.type, DTYPES[precision]) if precision in DTYPES else nullcontext()
    try:
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            for _ in range(RUNS):
                _wait(device)
                start = time.perf_counter()
                with half:
                    loss = model(**batch).loss
                loss.float().backward()
                _wait(device)
                found.append(time.perf_counter() - start)
                model.zero_grad()
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        return None
    finally:
        model.zero_grad()
        for part, mode in modes:
            part.training = mode
    return min(found)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
