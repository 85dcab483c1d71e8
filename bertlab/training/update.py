"""One update of the weights: gradients of one or more batches, clipped, and handed to the optimizer."""

from contextlib import nullcontext

import torch
from accelerate import Accelerator
from accelerate.optimizer import AcceleratedOptimizer
from accelerate.utils.memory import clear_device_cache
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler

from bertlab.errors import InputError
from bertlab.training.finite import taken
from bertlab.training.memory import out_of_memory, smaller, split
from bertlab.training.passes import Batch, Passes, random_states, set_random_states, size
from bertlab.training.record import Record


class Update:
    """Makes one update after the other; ``gradients`` and then ``apply``.

    A loss or a gradient that is not finite never reaches the weights. On the CPU it ends the run at once. On CUDA, asking
    for it at each step would make the device wait: there the device itself leaves out this update and all later ones, until
    the record's losses are read.

    Attributes:
        rows: at most so many examples are in the model at once; None for whole batches. Halved when memory runs out.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        model: nn.Module,
        optimizer: AcceleratedOptimizer,
        schedule: LRScheduler,
        passes: Passes,
        record: Record,
        *,
        max_grad_norm: float,
        fit_memory: bool,
    ) -> None:
        self.accelerator, self.model, self.optimizer, self.schedule = accelerator, model, optimizer, schedule
        self.passes, self.record, self.max_grad_norm = passes, record, max_grad_norm
        # One process alone cannot go back: the others are waiting for its gradients.
        self.fit_memory = fit_memory and accelerator.num_processes == 1
        self.rows: int | None = None
        self._checks_at_once = accelerator.device.type != "cuda"
        self._bad = torch.zeros((), dtype=torch.bool, device=accelerator.device)
        self._part: Batch = {}

    def gradients(self, batches: list[Batch]) -> None:
        """Those of the mean loss over all examples of the batches, cut to ``max_grad_norm``; no weight changes.

        Raises:
            InputError: where not even one example fits into memory.
            TrainingError: on the CPU, for a loss or a gradient that is not finite.
        """
        before = random_states(None) if self.fit_memory else {}
        while True:
            try:
                self._loss = self._add_up(batches)
                break
            except (RuntimeError, MemoryError) as error:
                if not (self.fit_memory and out_of_memory(error)):
                    raise
            # Out of the except clause: the error's traceback held on to all tensors of the attempt.
            examples = sum(map(size, batches))
            self.rows = smaller(size(self._part), self._part, examples, self.record.step + 1)
            self.optimizer.zero_grad()
            clear_device_cache(garbage_collection=True)
            set_random_states(None, before)
        self._norm = self.accelerator.clip_grad_norm_(self.model.parameters(), self.max_grad_norm)
        self._taken = taken(self.passes, batches, self.schedule.get_last_lr()[-1])
        self._keep_finite()

    def apply(self) -> None:
        """Change the weights. Not to be broken off in between.

        Raises:
            InputError: where there is no memory for what the optimizer keeps.
        """
        try:
            self.optimizer.step()
        except (RuntimeError, MemoryError) as error:
            if not (self.fit_memory and out_of_memory(error)):
                raise
            raise InputError(
                "Memory ran out in the optimizer, which keeps two numbers for each weight that trains, whatever the batch. "
                "Train fewer layers (frozen_layers=... of fine_tune), take a smaller model, or free some memory."
            ) from error
        self.record.add(self._loss, self._norm, self._taken)
        self.schedule.step()
        self.optimizer.zero_grad()

    def _add_up(self, batches: list[Batch]) -> Tensor:
        parts = [part for batch in batches for part in split(batch, self.rows)]
        examples = sum(map(size, parts))
        total = None
        for number, self._part in enumerate(parts, start=1):
            # Of several processes, all exchange their gradients once: with the last part's.
            alone = self.accelerator.no_sync(self.model) if number < len(parts) else nullcontext()
            with alone:
                loss = self.model(**self._part).loss
                if len(parts) > 1:
                    loss = loss * (size(self._part) / examples)
                self.accelerator.backward(self._poisoned(loss))
            total = loss.detach() if total is None else total + loss.detach()
        return total

    def _poisoned(self, loss: Tensor) -> Tensor:
        """In float16 on CUDA, after a loss that is not finite: one whose gradients are not, which the scaler leaves out."""
        if self._checks_at_once or self.accelerator.scaler is None:
            return loss
        self._bad = self._bad | ~loss.detach().isfinite()
        return loss * torch.where(self._bad, torch.nan, 1.0)

    def _keep_finite(self) -> None:
        if self._checks_at_once:
            loss = self._loss
            if self.accelerator.num_processes > 1:  # all of them end, or none
                loss = self.accelerator.reduce(loss, "mean")
            self.record.check(self.record.step + 1, loss.item(), self._norm.item(), self._taken)
        elif self.accelerator.scaler is None:
            self._bad = self._bad | ~(self._loss.isfinite() & self._norm.isfinite())
            self.optimizer.optimizer.found_inf = self._bad.float()
