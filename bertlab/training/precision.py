"""In which numbers a model is computed: found out by a short measurement, not by the device's name.

Half precision has half the bytes and, where the chip has units for it, several times the speed: tensor cores on a GPU, AMX
on some CPUs. On a CPU without such units bfloat16 is slower than float32, not quicker.
"""

import time
from collections.abc import Callable
from functools import lru_cache

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import DataLoaderConfiguration, broadcast_object_list

from bertlab.errors import InputError
from bertlab.training.processes import this_process

PRECISIONS = ("auto", "fp32", "bf16", "fp16")
MIN_GAIN = 1.3
"""So many times as fast must half precision's products be: what is not a product gains nothing, and the casts cost."""

MIN_STEP_GAIN = 1.05
"""And so many times as fast a whole training step of the model, where that is measured: less is within the noise."""

TRIED = (1024, 768, 3072)
"""The product that is timed: tokens by width by inner width, BERT-base's feed-forward net."""


@lru_cache(maxsize=None)
def measured(device: torch.device, threads: int) -> str:
    """The quicker of float32 and the device's half precision, "fp32", "bf16" or "fp16", by products of BERT's shapes.

    Takes some hundredths of a second, once for each device and number of threads.
    """
    half = _half(device)
    times = {name: _seconds(device, dtype) for name, dtype in (("fp32", torch.float32), (half, _DTYPES[half]))}
    return half if times["fp32"] > MIN_GAIN * times[half] else "fp32"


def resolve(
    precision: str | None, before: str | None = None, step_seconds: Callable[[str], float | None] | None = None
) -> str:
    """What to train in on this process' device, "fp32", "bf16" or "fp16".

    "auto" takes half precision where products are `MIN_GAIN` times as fast in it, and elsewhere than on CUDA only if a step
    of the model is `MIN_STEP_GAIN` times as fast too: a small one can be slower, for all its casts. Without a choice it is
    "auto" on CUDA, and float32 elsewhere, so that one CPU gives another's numbers. Of several processes the main one chooses.

    Args:
        before: what the run that goes on was computed in, in ``accelerate``'s names, which "auto" keeps.
        step_seconds: measures a step of the model in one of the precisions; None where it cannot.

    Raises:
        InputError: for a name that is none of `PRECISIONS`, and for float16 on a CPU.
    """
    device = this_process().device
    if precision is None:
        precision = "auto" if device.type == "cuda" else "fp32"
    if precision not in PRECISIONS:
        raise InputError(f"precision must be one of {', '.join(map(repr, PRECISIONS))}, not {precision!r}.")
    if precision == "fp16" and device.type != "cuda":
        raise InputError("precision is 'fp16', which needs a CUDA device: its losses are scaled there. Take 'bf16' or 'auto'.")
    if precision == "auto":
        if before:
            return before.replace("no", "fp32")
        return broadcast_object_list([_quickest(device, step_seconds)])[0]
    return precision


def _quickest(device: torch.device, step_seconds: Callable[[str], float | None] | None) -> str:
    quickest = measured(device, torch.get_num_threads())
    if quickest == "fp32" or step_seconds is None or device.type == "cuda":
        return quickest
    plain, half = (step_seconds(name) for name in ("fp32", quickest))
    return quickest if plain is None or half is None or plain > MIN_STEP_GAIN * half else "fp32"


def accelerator_in(precision: str) -> tuple[Accelerator, Callable[[], None]]:
    """An `Accelerator` that computes so, and what to call when it is done with.

    ``accelerate`` keeps one precision for a process: another one is forgotten here, and this one afterwards, lest the next who
    asks for none, such as a Trainer, be given it.
    """
    name = "no" if precision == "fp32" else precision
    # From pinned memory, which loaders take on CUDA, batches go to the device while it computes.
    loading = DataLoaderConfiguration(non_blocking=True)
    if AcceleratorState._shared_state and AcceleratorState().mixed_precision == name:
        return Accelerator(mixed_precision=name, dataloader_config=loading), lambda: None
    AcceleratorState._reset_state()
    return Accelerator(mixed_precision=name, dataloader_config=loading), AcceleratorState._reset_state


_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def _half(device: torch.device) -> str:
    return "fp16" if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False) else "bf16"


def _seconds(device: torch.device, dtype: torch.dtype) -> float:
    """The shortest of some runs: other processes can only make one longer."""
    tokens, width, inner = TRIED
    with torch.random.fork_rng([device] if device.type == "cuda" else []), torch.no_grad():
        a = torch.randn(tokens, width, device=device).to(dtype)
        b = torch.randn(width, inner, device=device).to(dtype)
        found = []
        for _ in range(5):
            _wait(device)
            start = time.perf_counter()
            a @ b
            _wait(device)
            found.append(time.perf_counter() - start)
    return min(found[1:])


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
