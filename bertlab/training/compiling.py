"""``torch.compile`` where it pays itself back, and not where there is nothing to compile with.

Only the encoder's layers are compiled, once for all of them and for every shape of batch: the rest is little, and a whole
model would take as many times as long as it has layers.
"""

import importlib.util
import os
import re
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from accelerate.utils import broadcast_object_list
from torch import nn

from bertlab.errors import InputError

SAVED = {"cuda": 0.2}
"""The share of a step's time that compiled layers are taken to save. On a CPU they save none: the layers of a pocket-sized
BERT (two, 128 wide) took 35 s to compile there, and then a fifth more processor time than before."""

COMPILING = {"cuda": 40.0}
"""Seconds that compiling a layer is taken to need, forward and backward."""

_LAYER = re.compile(r"(?:^|\.)(?:encoder|transformer)\.layer\.\d+$")


def to_compile(
    wish: bool | str,
    device: torch.device,
    steps: int,
    step_seconds: Callable[[], float | None],
    before: Mapping[str, Any],
) -> bool:
    """Whether a run is to be compiled that wishes it so: True, False, or "auto" for where it pays (`pays`).

    Args:
        steps: passes through the model in the whole run.
        step_seconds: measures one; asked only where it decides.
        before: what the checkpoint of the run that goes on says, which "auto" keeps.

    Raises:
        InputError: for another wish.

    Warns:
        UserWarning: where it would be compiled and there is no compiler.
    """
    if not isinstance(wish, bool) and wish != "auto":
        raise InputError(f"compile must be True, False or 'auto', not {wish!r}.")
    if wish == "auto" and before:
        wish = bool(before.get("compiled"))
    elif wish == "auto":  # of several processes the main one chooses
        wish = broadcast_object_list([pays(step_seconds, steps, device)])[0]
    return wish and can_compile(device)


def pays(step_seconds: Callable[[], float | None], steps: int, device: torch.device) -> bool:
    """The rule of "auto": whether so many steps save more seconds than compiling takes.

    A step saves `SAVED` of its time, compiling takes `COMPILING`. False on a device that is in neither, where no step is
    measured, and where one cannot be.
    """
    seconds = step_seconds() if device.type in SAVED else None
    return seconds is not None and steps * seconds * SAVED[device.type] > COMPILING[device.type]


def missing(device: torch.device) -> str | None:
    """What there is to be installed before anything can be compiled for the device; None where all is there."""
    if device.type == "cuda" and importlib.util.find_spec("triton") is None:
        return "triton, which comes with torch for CUDA on Linux"
    named = os.environ.get("CC" if device.type == "cuda" else "CXX")
    usual = ("gcc", "clang", "cc") if device.type == "cuda" else ("g++", "clang++", "c++", "cl")
    if any(shutil.which(name) for name in ([named] if named else usual)):
        return None
    return f"a {'C' if device.type == 'cuda' else 'C++'} compiler, such as {usual[0]}"


def can_compile(device: torch.device) -> bool:
    """Whether it can be; otherwise a warning says what is missing, and that nothing else is lost by it."""
    lacks = missing(device)
    if lacks is not None:
        warnings.warn(
            f"Nothing is compiled, since there is none of what it takes: {lacks}. Training goes on without, with the same "
            "results, only slower.",
            stacklevel=4,
        )
    return lacks is None


@contextmanager
def compiled_layers(model: nn.Module) -> Iterator[None]:
    """The model with compiled encoder layers (all of it, where it has none), and afterwards as it was."""
    parts = [part for name, part in model.named_modules() if _LAYER.search(name)] or [model]
    before = [part.__dict__.get("forward") for part in parts]
    try:
        for part in parts:
            part.forward = torch.compile(part.forward, dynamic=True)
        yield
    finally:
        for part, forward in zip(parts, before):
            part.__dict__.pop("forward", None)
            if forward is not None:
                part.forward = forward
