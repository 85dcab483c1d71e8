"""The training loop: AdamW, warm-up and linear decay, gradient clipping, mixed precision where there is a GPU.

The mechanics of devices are ``accelerate``'s, the schedule is ``transformers``'. The loop asks of a model only that
``model(**batch).loss`` is the loss, so any Hugging Face model serves, and so does ``bertlab.model``.
"""

import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from accelerate import Accelerator
from torch import nn
from torch.utils.data import DataLoader
from transformers import get_linear_schedule_with_warmup

from bertlab.errors import InputError
from bertlab.model.parameters import parameter_groups
from bertlab.progress import progress_bar
from bertlab.training.dropout import without_attention_dropout

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class History:
    """What happened in a training run.

    Attributes:
        losses: the training loss of each step, in nats.
        learning_rates: the learning rate of each step.
        steps_per_epoch: steps in one pass over the data.
        examples: examples trained on, counted once for each pass.
        seconds: wall time of the loop.
    """

    losses: list[float] = field(repr=False)
    learning_rates: list[float] = field(repr=False)
    steps_per_epoch: int
    examples: int
    seconds: float

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

    def plot(self, *, window: int | None = None) -> "Figure":
        """Draw the loss of each step, and its mean over the last ``window`` steps (default: a tenth of the run)."""
        from bertlab.figures import new_figure

        window = window or max(1, len(self.losses) // 10)
        frame = self.frame()
        figure, axes = new_figure(width=7, height=3.2)
        axes.plot(frame["step"], frame["loss"], color="C0", alpha=0.3, label="each step")
        axes.plot(frame["step"], frame["loss"].rolling(window).mean(), color="C0", label=f"mean of {window} steps")
        for step in range(self.steps_per_epoch, len(self.losses), self.steps_per_epoch):
            axes.axvline(step, color="0.6", linestyle=":", linewidth=1)
        axes.set(xlabel="step (dotted: a new pass over the data)", ylabel="training loss (nats)", ylim=(0, None))
        axes.legend()
        return figure


def train(
    model: nn.Module,
    batches: DataLoader,
    *,
    epochs: int,
    learning_rate: float,
    weight_decay: float = 0.01,
    warmup: float = 0.1,
    max_grad_norm: float = 1.0,
    attention_dropout: bool = True,
    seed: int = 0,
) -> History:
    """Train a model in place and return how it went.

    Runs on the best device there is, in bfloat16 (or float16 where the GPU has none) on CUDA and float32 elsewhere. The
    caller's random state is left as it was. Afterwards the model is on that device, in evaluation mode.

    Args:
        model: ``model(**batch).loss`` is a scalar.
        batches: yields dictionaries of tensors.
        epochs: passes over ``batches``, at least 1.
        learning_rate: AdamW's peak, reached after the warm-up and falling linearly to 0.
        weight_decay: AdamW's, for every weight but biases and LayerNorm's.
        warmup: the share of all steps in which the learning rate rises from 0, in [0, 1).
        max_grad_norm: the gradients' joint 2-norm is cut to this.
        attention_dropout: whether the dropout on the attention weights stays on. Off, a CPU trains faster;
            ``tests/benchmarks/founding.py`` has a row for it, with the accuracy beside the time.
        seed: of the dropout.

    Raises:
        InputError: for a number out of its range, and for a model with nothing to train.
    """
    _check(epochs, learning_rate, weight_decay, warmup, max_grad_norm)
    groups = parameter_groups(model, weight_decay)
    if not any(group["params"] for group in groups):
        raise InputError("The model has no trainable parameter: every requires_grad is False. Unfreeze some of it.")

    accelerator = Accelerator(mixed_precision=_precision())
    # One kernel for the update in place of hundreds: where it exists it is the same arithmetic, only faster.
    fused = accelerator.device.type in ("cpu", "cuda")
    optimizer = torch.optim.AdamW(groups, lr=learning_rate, fused=fused)
    steps = epochs * len(batches)
    schedule = get_linear_schedule_with_warmup(optimizer, int(warmup * steps), steps)
    wrapped, optimizer, batches = accelerator.prepare(model, optimizer, batches)

    losses: list[torch.Tensor] = []
    learning_rates: list[float] = []
    examples = 0
    devices = [accelerator.device] if accelerator.device.type == "cuda" else []
    began = time.perf_counter()
    dropout = nullcontext() if attention_dropout else without_attention_dropout(model)
    with dropout, torch.random.fork_rng(devices), progress_bar(total=steps, description="train", unit="step") as bar:
        torch.manual_seed(seed)
        wrapped.train()
        for epoch in range(epochs):
            for batch in batches:
                loss = wrapped(**batch).loss
                accelerator.backward(loss)
                accelerator.clip_grad_norm_(wrapped.parameters(), max_grad_norm)
                learning_rates.append(schedule.get_last_lr()[0])
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
                losses.append(loss.detach())
                examples += len(next(iter(batch.values())))
                bar.update()
                if bar.n % 10 == 0 and not bar.disable:
                    bar.set_postfix(epoch=epoch + 1, loss=f"{loss.item():.3f}")
    # Reading the losses waits for the device: only after it has the wall time ended.
    values = torch.stack(losses).float().tolist()
    seconds = time.perf_counter() - began
    accelerator.unwrap_model(wrapped, keep_fp32_wrapper=False).eval()
    accelerator.free_memory()
    return History(values, learning_rates, len(batches), examples, seconds)


def _precision() -> str:
    if not torch.cuda.is_available():
        return "no"
    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"


def _check(epochs: int, learning_rate: float, weight_decay: float, warmup: float, max_grad_norm: float) -> None:
    if not isinstance(epochs, int) or isinstance(epochs, bool) or epochs < 1:
        raise InputError(f"epochs must be a whole number of at least 1, not {epochs!r}.")
    if not 0 < learning_rate < 1:
        raise InputError(f"learning_rate must lie between 0 and 1, not {learning_rate!r}. Fine-tuning likes 2e-5 to 1e-4.")
    if not 0 <= weight_decay < 1:
        raise InputError(f"weight_decay must be from 0 up to (not including) 1, not {weight_decay!r}.")
    if not 0 <= warmup < 1:
        raise InputError(f"warmup is a share of all steps, from 0 up to (not including) 1, not {warmup!r}.")
    if not max_grad_norm > 0:
        raise InputError(f"max_grad_norm must be greater than 0, not {max_grad_norm!r}.")
