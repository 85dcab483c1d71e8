"""How much memory a training step takes: what is kept for the way back, and the most that is held at once."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.profiler import ProfilerActivity, profile


def kept_bytes(forward: Callable[[], object], *, besides: Sequence[Tensor] = ()) -> int:
    """Bytes of the tensors that a forward pass keeps for the backward pass: its activations.

    A tensor that is kept twice, or as two views of the same numbers, counts once.

    Args:
        forward: computes a loss, and returns it or whatever else holds on to the graph.
        besides: tensors that are there anyway, such as parameters, and are not counted.
    """
    there = {tensor.untyped_storage().data_ptr() for tensor in besides}
    found: dict[int, int] = {}
    held = []  # so that no storage is freed and another one made in its place

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in there:
            found[storage.data_ptr()] = storage.nbytes()
            held.append(storage)
        return tensor

    with saved_tensors_hooks(note, lambda tensor: tensor):
        result = forward()
    del result
    return sum(found.values())


def peak_bytes(work: Callable[[], object]) -> int:
    """The most bytes of tensors that were held at once while `work` ran, above what was there before it.

    On CUDA the allocator keeps that number. On a CPU it is read from a trace of `torch.profiler`, which sees each allocation
    of a tensor; what Python and the libraries take beside tensors is in neither.
    """
    if torch.cuda.is_available():
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        work()
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated() - before
    with native_messages_off(), profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        work()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        seen.export_chrome_trace(str(path))
        events = json.loads(path.read_text())["traceEvents"]
    changes = sorted(
        (event["ts"], event["args"]["Bytes"])
        for event in events
        if event.get("name") == "[memory]" and event["args"]["Device Type"] == 0
    )
    held = most = 0
    for _, change in changes:
        held += change
        most = max(most, held)
    return most


@contextmanager
def native_messages_off() -> Iterator[None]:
    """Without what libraries in C++ write to standard error; torch's profiler writes there that it starts and ends.

    What Python writes there meanwhile is lost, too, where it is not redirected; exceptions are raised as ever.
    """
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
