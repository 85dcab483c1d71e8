"""This process among several: which one it is, and what it says when another is no longer there."""

import os

import torch
from accelerate.state import PartialState
from accelerate.utils import parse_flag_from_env

from bertlab.errors import BertlabError, InputError, TrainingError

_SIGNS = ("closed by peer", "reset by peer", "broken pipe", "socket", "nccl", "gloo", "timed out", "tcpstore")
"""What the errors of gloo, NCCL and the store say that links them, in small letters."""


def this_process() -> PartialState:
    """What ``accelerate`` knows of this process: its device, its number, and how many there are.

    To be asked before an ``Accelerator`` is made. ``accelerate`` joins processes that have no GPU only where it was told that
    they are to have none; otherwise each would train alone, and all would write over each other.

    Raises:
        InputError: where this is one of several that were started when ``accelerate`` took itself for a single one.
    """
    state = PartialState(cpu=parse_flag_from_env("ACCELERATE_USE_CPU") or not torch.accelerator.is_available())
    started = int(os.environ.get("WORLD_SIZE", 1))
    if state.num_processes == 1 and started > 1:
        raise InputError(
            f"This is one of {started} processes, but something was trained here before they were started, so that each would "
            "train alone. Restart the kernel, and let notebook_launcher come before any training."
        )
    return state


def lost_process(error: RuntimeError, step: int) -> TrainingError | None:
    """The error to raise where one says that another process of the run did not answer; None where it says something else."""
    told = str(error)
    if isinstance(error, BertlabError) or not any(sign in told.lower() for sign in _SIGNS):
        return None
    return TrainingError(
        f"After step {step} another process of this run did not answer: it has ended, or its machine cannot be reached. What "
        "it printed last says why. Start all of them again: with checkpoints=... the run goes on from the newest. "
        f"(torch says: {told.splitlines()[0][:200]})",
        step=step,
        indices=None,
    )
