"""What a training run has done so far, read from the device as seldom as can be."""

import math
import time

import torch
from accelerate import Accelerator
from jaxtyping import Float
from torch import Tensor

from bertlab.training.finite import Taken, not_finite
from bertlab.training.passes import Passes


class Record:
    """What has happened so far, and how long it took.

    Attributes:
        learning_rates: of each step.
        examples: trained on, by all processes.
        seconds: training time up to where the clock was last stopped.
    """

    def __init__(self, accelerator: Accelerator, passes: Passes) -> None:
        self.learning_rates: list[float] = []
        self.examples = 0
        self.seconds = 0.0
        self._accelerator, self._passes = accelerator, passes
        self._losses: list[float] = []
        self._unread: list[tuple[Tensor, Tensor, Taken]] = []
        self._began: float | None = None

    @property
    def step(self) -> int:
        """Steps done."""
        return len(self.learning_rates)

    def add(self, loss: Float[Tensor, ""], norm: Float[Tensor, ""], of: Taken) -> None:
        """One step more, and the norm of its gradient. Both are read later: at once would make the device wait for Python."""
        self._unread.append((loss.detach(), norm, of))
        self.learning_rates.append(of.learning_rate)
        self.examples += of.examples * self._accelerator.num_processes

    def read_losses(self) -> list[float]:
        """The loss of each step, the mean over the processes, which must all call this. Waits for the device.

        Raises:
            TrainingError: for the first that is not finite, or whose gradient is not. In float16 a gradient may be: its
                scaler leaves such a step out, and goes on with smaller ones.
        """
        # Counted from the end: Ctrl-C may have come when they were read, but not yet taken off the list.
        unread = self._unread[len(self._unread) - (self.step - len(self._losses)) :]
        if unread:
            losses, norms, batches = zip(*unread)
            losses = self._accelerator.reduce(torch.stack(losses).float(), "mean").tolist()
            norms = torch.stack(norms).tolist()
            for number, (loss, norm, of) in enumerate(zip(losses, norms, batches), start=len(self._losses) + 1):
                self.check(number, loss, norm, of)
            self._losses += losses
        self._unread = []
        return self._losses

    def check(self, step: int, loss: float, norm: float, of: Taken) -> None:
        """Raise TrainingError where a step's loss or gradient is not finite; see ``read_losses``."""
        if not math.isfinite(loss) or self._accelerator.scaler is None and not math.isfinite(norm):
            raise not_finite(self._passes, step, loss, norm, of)

    def start_clock(self) -> None:
        """From now on time counts."""
        self._began = time.perf_counter()

    def stop_clock(self) -> None:
        """Until the next start it does not; before, the device does all that it was given."""
        self.read_losses()
        if self._began is not None:
            self.seconds += time.perf_counter() - self._began
            self._began = None

    def restore(self, losses: list[float], learning_rates: list[float], examples: int, seconds: float) -> None:
        """Take over what a checkpoint says."""
        self._losses, self._unread, self.learning_rates = losses, [], learning_rates
        self.examples, self.seconds = examples, seconds
