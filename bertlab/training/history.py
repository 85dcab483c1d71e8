"""What a training run tells: its history at the end, its progress on the way."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class History:
    """What happened in a training run. A step is an update of the weights, however many batches it takes.

    Attributes:
        losses: the training loss of each step, in nats: the mean over all examples of its batches, each batch's loss taken
            in training mode before the update; of several processes, their mean.
        learning_rates: AdamW's learning rate of each step; with ``layer_decay`` that of the head and the top layer.
        steps_per_epoch: steps in one pass over the data.
        examples: examples trained on, counted once for each pass.
        seconds: wall time of the loop, less what validation and ``watch`` took. A run that was broken off and went on: the
            sum.
        validation: the scores of each validation, with the ``step`` after which it was made; empty without any.
        best_step: the step of the best of them; None without any.
        stopped_early: whether the validations ended the run before its last step.
        interrupted: whether Ctrl-C did.
        precision: what it was computed in, "fp32", "bf16" or "fp16".
        compiled: whether the encoder's layers were compiled.
        waiting_seconds: how much of `seconds` the loop waited for batches to be made. On a GPU, which computes meanwhile, it
            is the most that waiting can have cost.
    """

    losses: list[float] = field(repr=False)
    learning_rates: list[float] = field(repr=False)
    steps_per_epoch: int
    examples: int
    seconds: float
    validation: list[dict[str, float]] = field(default_factory=list, repr=False)
    best_step: int | None = None
    stopped_early: bool = False
    interrupted: bool = False
    precision: str = "fp32"
    compiled: bool = False
    waiting_seconds: float = 0.0

    @property
    def examples_per_second(self) -> float:
        """Examples trained on, a second of wall time."""
        return self.examples / self.seconds

    def frame(self) -> "pandas.DataFrame":
        """A row a step: ``step`` (from 1), ``epoch`` (passes over the data so far), ``loss``, ``learning_rate``."""
        import pandas

        steps = range(1, len(self.losses) + 1)
        return pandas.DataFrame(
            {
                "step": steps,
                "epoch": [step / self.steps_per_epoch for step in steps],
                "loss": self.losses,
                "learning_rate": self.learning_rates,
            }
        )

    def validation_frame(self) -> "pandas.DataFrame":
        """A row a validation: ``step``, ``epoch`` (passes over the data so far), and each score."""
        import pandas

        frame = pandas.DataFrame(self.validation, columns=None if self.validation else ["step"])
        frame.insert(1, "epoch", frame["step"] / self.steps_per_epoch)
        return frame

    def plot(self, *, window: int | None = None) -> "Figure":
        """Draw the loss of each step, and its mean over the last ``window`` steps (default: a tenth of the run).

        Where the validations gave a ``loss``, it is drawn too, and the best of them marked.
        """
        from bertlab.figures import new_figure

        window = window or max(1, len(self.losses) // 10)
        frame = self.frame()
        figure, axes = new_figure(width=7, height=3.2)
        axes.plot(frame["step"], frame["loss"], color="C0", alpha=0.3, label="each step")
        axes.plot(frame["step"], frame["loss"].rolling(window).mean(), color="C0", label=f"mean of {window} steps")
        for step in range(self.steps_per_epoch, len(self.losses), self.steps_per_epoch):
            axes.axvline(step, color="0.6", linestyle=":", linewidth=1)
        label = "training loss (nats)"
        if any("loss" in scores for scores in self.validation):
            label = "loss (nats)"
            held_out = self.validation_frame()
            axes.plot(held_out["step"], held_out["loss"], color="C1", marker="o", markersize=4, label="validation")
            best = held_out[held_out["step"] == self.best_step]
            axes.plot(best["step"], best["loss"], "o", color="C1", markersize=10, fillstyle="none", label="best validation")
        axes.set(xlabel="step (dotted: a new pass over the data)", ylabel=label, ylim=(0, None))
        axes.legend()
        return figure


@dataclass(frozen=True)
class Progress:
    """What ``train`` shows to ``watch``.

    Attributes:
        step: updates done so far; 0 before the first.
        steps: updates of the whole run.
        model: in evaluation mode, on the training device.
        seconds: training time so far, without what validation and ``watch`` took.
        losses: of the steps since the last multiple of ``watch_every``, in nats; empty at step 0.
    """

    step: int
    steps: int
    model: nn.Module = field(repr=False)
    seconds: float
    losses: list[float] = field(repr=False)
