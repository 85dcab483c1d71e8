"""All that decides how a training run goes on: to a checkpoint's files, and back."""

import hashlib
import json
import math
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler

from bertlab.errors import InputError
from bertlab.training.checkpoints import Checkpoints, check_same_run, newest_checkpoint, write_checkpoint
from bertlab.training.passes import Passes, Place
from bertlab.training.record import Record
from bertlab.training.stopping import Selection
from bertlab.training.update import Update
from bertlab.training.weights import weights

MODEL, TRAINING, SCALARS = "model.safetensors", "training.safetensors", "training.json"
BEST = "best.safetensors"
"""The weights of the best validation that training changes; where there is one, and it is kept."""


@dataclass
class TrainingState:
    """A run's moving parts.

    Attributes:
        place: where the run stood when its last whole step had been done. Ctrl-C may come in the middle of the next, when
            batches have been handed out, and numbers drawn, that count for nothing.
    """

    accelerator: Accelerator
    model: nn.Module
    optimizer: torch.optim.Optimizer
    schedule: LRScheduler
    passes: Passes
    record: Record
    update: Update
    selection: Selection
    place: Place = field(init=False)

    def mark(self) -> None:
        """A step has been done whole."""
        self.place = self.passes.place()

    def files(self) -> dict[str, bytes]:
        """The files of a checkpoint. Every process takes part, since each has its own random states."""
        tensors = {f"optimizer.{key}.{name}": tensor for name, key, tensor in self._optimizer_tensors()}
        for when, states in (("beginning", self.place.beginning), ("now", self.place.now)):
            for name, state in states.items():
                everywhere = self.accelerator.gather(state[None].to(self.accelerator.device))  # (processes, bytes)
                tensors[f"random.{when}.{name}"] = everywhere
        tensors["losses"] = torch.tensor(self.record.read_losses(), dtype=torch.float32)
        tensors["learning_rates"] = torch.tensor(self.record.learning_rates, dtype=torch.float64)
        scaler = self.accelerator.scaler
        scalars = {
            "epoch": self.place.epoch,
            "batches_done": self.place.done,
            "rows": self.update.rows,
            "validation": self.selection.scores,
            "examples": self.record.examples,
            "seconds": self.record.seconds,
            "waited": self.passes.waited,
            "schedule": self.schedule.state_dict(),
            "scaler": scaler.state_dict() if scaler is not None else None,
        }
        best = {BEST: _safetensors(self.selection.weights)} if self.selection.weights else {}
        return best | {
            MODEL: _safetensors(weights(self.model)),
            TRAINING: _safetensors(tensors),
            SCALARS: json.dumps(scalars, indent=2).encode(),
        }

    def restore(self, checkpoint: Path) -> None:
        """Take up where the checkpoint was made."""
        saved, tensors = load_file(checkpoint / MODEL), load_file(checkpoint / TRAINING)
        scalars = json.loads((checkpoint / SCALARS).read_text(encoding="utf-8"))
        with torch.no_grad():
            for name, tensor in weights(self.model).items():
                tensor.copy_(saved[name])
        self._restore_optimizer(tensors)
        self.schedule.load_state_dict(scalars["schedule"])
        for group, rate in zip(self.optimizer.param_groups, self.schedule.get_last_lr()):
            group["lr"] = rate
        if self.accelerator.scaler is not None:
            self.accelerator.scaler.load_state_dict(scalars["scaler"])
        losses, rates = tensors["losses"].tolist(), tensors["learning_rates"].tolist()
        self.record.restore(losses, rates, scalars["examples"], scalars["seconds"])
        self.passes.waited = scalars.get("waited", 0.0)  # older ones do not tell
        states: dict[str, dict[str, Tensor]] = {"beginning": {}, "now": {}}
        for name, everywhere in tensors.items():
            if name.startswith("random."):
                _, when, which = name.split(".")
                states[when][which] = everywhere[self.accelerator.process_index].clone()
        self.passes.go_to(Place(scalars["epoch"], scalars["batches_done"], states["beginning"], states["now"]))
        self.update.rows, self.selection.scores = scalars["rows"], scalars["validation"]
        self.selection.weights = load_file(checkpoint / BEST) if (checkpoint / BEST).exists() else {}

    def about(self) -> dict[str, Any]:
        """What of the model and the machine must be the same in a run that goes on, in JSON's types."""
        named = [(name, list(p.shape), p.requires_grad) for name, p in self.model.named_parameters()]
        config = getattr(getattr(self.model, "config", None), "to_dict", dict)()
        # Where a model came from is not what it is.
        for origin in ("transformers_version", "_name_or_path"):
            config.pop(origin, None)
        return {
            "model": type(self.model).__name__,
            "parameters": sum(math.prod(shape) for _, shape, _ in named),
            "trainable parameters": sum(math.prod(shape) for _, shape, trains in named if trains),
            "SHA-256 of the parameters' names and shapes and of which train": _sha256_of(named),
            "processes": self.accelerator.num_processes,
            "precision": self.accelerator.mixed_precision,
            "device": self.accelerator.device.type,
        } | {f"config.{name}": value for name, value in config.items()}

    def _parameter_names(self) -> list[str]:
        """The optimizer's parameters in its own order."""
        names = {id(parameter): name for name, parameter in self.model.named_parameters()}
        return [names[id(parameter)] for group in self.optimizer.param_groups for parameter in group["params"]]

    def _optimizer_tensors(self) -> list[tuple[str, str, Tensor]]:
        """(parameter, kind of state, state); a parameter that never had a gradient has none."""
        names, state = self._parameter_names(), self.optimizer.state_dict()["state"]
        return [(names[number], key, tensor) for number, kinds in state.items() for key, tensor in kinds.items()]

    def _restore_optimizer(self, tensors: dict[str, Tensor]) -> None:
        numbers = {name: number for number, name in enumerate(self._parameter_names())}
        state: dict[int, dict[str, Tensor]] = defaultdict(dict)
        for full_name, tensor in tensors.items():
            if full_name.startswith("optimizer."):
                _, key, name = full_name.split(".", 2)
                state[numbers[name]][key] = tensor
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": dict(state), "param_groups": groups})


class Saver:
    """Makes a run's checkpoints when they are due, and takes up the newest.

    `arguments`: those of `train` that must be the same in a run that goes on. `saved_step`: of the last checkpoint, 0 before
    the first. Raises InputError for a loader with persistent workers.
    """

    def __init__(self, checkpoints: Checkpoints, state: TrainingState, arguments: dict[str, Any]) -> None:
        if getattr(state.passes.loader, "persistent_workers", False):
            raise InputError(
                "A loader with persistent_workers=True draws a number only when its workers begin, so that a run that "
                "goes on would differ from one never stopped. Leave it at False, or train without checkpoints."
            )
        self.checkpoints, self.state = checkpoints, state
        self.folder = Path(checkpoints.folder)
        recipe = {f"recipe.{name}": value for name, value in checkpoints.recipe.items()}
        self.run = json.loads(json.dumps(state.about() | arguments | recipe))
        self.saved = time.monotonic()
        self.saved_step = 0

    def resume(self) -> None:
        """Go on from the newest whole checkpoint; without any, from the beginning.

        Raises:
            InputError: where it is of another run.
            SourceError: where there are checkpoints, and all of them are damaged.
        """
        newest = newest_checkpoint(self.folder)
        if newest is not None:
            check_same_run(newest, self.run)
            self.state.restore(newest)
        self.saved, self.saved_step = time.monotonic(), self.state.record.step

    def due(self, *, last: bool) -> bool:
        """Whether to save now; the same on every process."""
        every_steps, every_seconds = self.checkpoints.every_steps, self.checkpoints.every_seconds
        if last or every_steps is not None and self.state.record.step % every_steps == 0:
            return True
        if every_seconds is None:
            return False
        # The clocks of several processes differ: the main one's counts.
        return broadcast_object_list([time.monotonic() - self.saved >= every_seconds])[0]

    def save(self) -> None:
        """Write a checkpoint.

        Raises:
            SourceError: where the disk is full or cannot be written.
        """
        accelerator = self.state.accelerator
        self.state.record.stop_clock()
        self.state.record.start_clock()
        files = self.state.files()
        if accelerator.is_main_process:
            write_checkpoint(self.folder, self.state.record.step, files, self.run, keep=self.checkpoints.keep)
        accelerator.wait_for_everyone()
        self.saved, self.saved_step = time.monotonic(), self.state.record.step


def _sha256_of(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def _safetensors(tensors: dict[str, Tensor]) -> bytes:
    return save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, {"format": "pt"})
