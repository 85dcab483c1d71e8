"""The training loop: AdamW or Muon, warm-up and linear decay, gradient clipping, mixed precision where there is a GPU.

The mechanics of devices are ``accelerate``'s, the schedule is ``transformers``'. The loop asks of a model only that
``model(**batch).loss`` is the loss, so any Hugging Face model serves, and so does ``bertlab.model``.
"""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from accelerate import Accelerator
from torch import nn
from torch.utils.data import DataLoader
from transformers import get_linear_schedule_with_warmup

from bertlab.errors import InputError
from bertlab.progress import progress_bar
from bertlab.training.checkpoints import Checkpoints
from bertlab.training.dropout import without_attention_dropout
from bertlab.training.optimizers import make_optimizer
from bertlab.training.passes import Passes, with_batch_size
from bertlab.training.state import Record, Saver, TrainingState

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class History:
    """What happened in a training run.

    Attributes:
        losses: the training loss of each step, in nats; of several processes, their mean.
        learning_rates: AdamW's learning rate of each step.
        steps_per_epoch: steps in one pass over the data.
        examples: examples trained on, counted once for each pass.
        seconds: wall time of the loop, less what ``watch`` took. A run that was broken off and went on: the sum.
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


@dataclass(frozen=True)
class Progress:
    """What ``train`` shows to ``watch``.

    Attributes:
        step: updates done so far; 0 before the first.
        steps: updates of the whole run.
        model: in evaluation mode, on the training device.
        seconds: training time so far, without what ``watch`` took.
        losses: of the steps since the last multiple of ``watch_every``, in nats; empty at step 0.
    """

    step: int
    steps: int
    model: nn.Module = field(repr=False)
    seconds: float
    losses: list[float] = field(repr=False)


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
    optimizer: str = "adamw",
    muon_learning_rate: float | None = None,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    checkpoints: Checkpoints | None = None,
    watch: Callable[[Progress], None] | None = None,
    watch_every: int = 100,
) -> History:
    """Train a model in place and return how it went.

    Runs on the best device there is, in bfloat16 (or float16 where the GPU has none) on CUDA and float32 elsewhere.
    The caller's random state is left as it was. Afterwards the model is on that device, in evaluation mode.

    With ``checkpoints``, a run that was killed goes on from the newest whole one when it is started again in the same
    way. On a CPU, with as many threads, it ends with the same weights, to the last bit, as a run that was never
    stopped; `Passes` says what that asks of a data set. A run that had ended trains no further and returns its history.

    Args:
        model: ``model(**batch).loss`` is a scalar.
        batches: yields dictionaries of tensors. With ``batch_size=None`` each item of the data set is a whole batch.
        epochs: passes over ``batches``, at least 1.
        learning_rate: AdamW's peak, reached after the warm-up and falling linearly to 0.
        weight_decay: for every weight but biases and LayerNorm's.
        warmup: the share of all steps in which the learning rate rises from 0, in [0, 1).
        max_grad_norm: the gradients' joint 2-norm is cut to this.
        attention_dropout: whether the dropout on the attention weights stays on. Off, a CPU trains faster;
            ``tests/benchmarks/founding.py`` has a row for it, with the accuracy beside the time.
        seed: of the dropout.
        optimizer: ``"adamw"``, or ``"muon"``: Muon for the matrices of the encoder's layers, AdamW for all else.
        muon_learning_rate: Muon's peak, on the same schedule; ``learning_rate`` unless given.
        betas: AdamW's decay rates of its two running means.
        eps: AdamW's, added to the root of the second.
        checkpoints: where and how often to save; see `Checkpoints`. Of several processes the main one writes.
        watch: called with a `Progress` before the first step, after every ``watch_every`` and after the last; without
            gradients, and on the main process only. What it draws at random does not change the run. A run that goes
            on from a checkpoint does not repeat the calls up to it; it may repeat calls after it.
        watch_every: steps between two calls of ``watch``.

    Raises:
        InputError: for a number out of its range, a model with nothing to train, a checkpoint of another run, and
            ``checkpoints`` with a loader that has ``persistent_workers``.
        SourceError: where a checkpoint cannot be written, and where all that there are are damaged.
    """
    _check(epochs, learning_rate, weight_decay, warmup, max_grad_norm)
    _check_optimizer(muon_learning_rate, betas, eps)
    if not isinstance(watch_every, int) or isinstance(watch_every, bool) or watch_every < 1:
        raise InputError(f"watch_every must be a whole number of at least 1, not {watch_every!r}.")
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise InputError("The model has no trainable parameter: every requires_grad is False. Unfreeze some of it.")

    accelerator = Accelerator(mixed_precision=_precision())
    devices = [accelerator.device] if accelerator.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)  # with several processes accelerate draws here what they shuffle by
        loader = accelerator.prepare(with_batch_size(batches))
    steps = epochs * len(loader)
    # One kernel for the update in place of hundreds: where it exists it is the same arithmetic, only faster.
    fused = accelerator.device.type in ("cpu", "cuda")
    numbers = {
        "learning_rate": learning_rate,
        "muon_learning_rate": muon_learning_rate,
        "weight_decay": weight_decay,
        "betas": betas,
        "eps": eps,
    }
    chosen = make_optimizer(model, optimizer, fused=fused, **numbers)
    schedule = get_linear_schedule_with_warmup(chosen, int(warmup * steps), steps)
    wrapped, stepper = accelerator.prepare(model, chosen)
    passes, record = Passes(loader, epochs), Record(accelerator)
    saver = None
    if checkpoints is not None:
        arguments = numbers | {
            "epochs": epochs,
            "steps": steps,
            "optimizer": optimizer,
            "warmup": warmup,
            "max_grad_norm": max_grad_norm,
            "attention_dropout": attention_dropout,
            "seed": seed,
        }
        saver = Saver(checkpoints, TrainingState(accelerator, model, chosen, schedule, passes, record), arguments)

    dropout = nullcontext() if attention_dropout else without_attention_dropout(model)
    with dropout, torch.random.fork_rng(devices), progress_bar(total=steps, description="train", unit="step") as bar:
        torch.manual_seed(seed)
        wrapped.train()
        if saver:
            saver.resume()
        bar.update(record.step)
        record.start_clock()
        if watch and record.step == 0:
            _show(watch, watch_every, accelerator, model, record, steps)
        for batch in passes:
            loss = wrapped(**batch).loss
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(wrapped.parameters(), max_grad_norm)
            examples = len(next(iter(batch.values()))) * accelerator.num_processes
            record.add(loss, schedule.get_last_lr()[-1], examples)
            stepper.step()
            schedule.step()
            stepper.zero_grad()
            bar.update()
            if bar.n % 10 == 0 and not bar.disable:
                bar.set_postfix(epoch=passes.epoch + 1, loss=f"{loss.item():.3f}")
            if watch and (record.step % watch_every == 0 or record.step == steps):
                _show(watch, watch_every, accelerator, model, record, steps)
            if saver and saver.due(last=record.step == steps):
                saver.save()
        record.stop_clock()
    accelerator.unwrap_model(wrapped, keep_fp32_wrapper=False).eval()
    accelerator.free_memory()
    return History(record.read_losses(), record.learning_rates, len(loader), record.examples, record.seconds)


def _show(
    watch: Callable[[Progress], None],
    watch_every: int,
    accelerator: Accelerator,
    model: nn.Module,
    record: Record,
    steps: int,
) -> None:
    """Call ``watch`` between two steps, so that the second is what it would have been without."""
    record.stop_clock()
    since = max(record.step - 1, 0) // watch_every * watch_every
    losses = record.read_losses()[since:]
    if accelerator.is_main_process:
        model.eval()
        with torch.random.fork_rng([accelerator.device] if accelerator.device.type == "cuda" else []), torch.no_grad():
            watch(Progress(record.step, steps, model, record.seconds, losses))
        model.train()
    accelerator.wait_for_everyone()
    record.start_clock()


def _precision() -> str:
    if not torch.cuda.is_available():
        return "no"
    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"


def _check(epochs: int, learning_rate: float, weight_decay: float, warmup: float, max_grad_norm: float) -> None:
    if not isinstance(epochs, int) or isinstance(epochs, bool) or epochs < 1:
        raise InputError(f"epochs must be a whole number of at least 1, not {epochs!r}.")
    if not 0 < learning_rate < 1:
        raise InputError(
            f"learning_rate must lie between 0 and 1, not {learning_rate!r}. Fine-tuning likes 2e-5 to 1e-4."
        )
    if not 0 <= weight_decay < 1:
        raise InputError(f"weight_decay must be from 0 up to (not including) 1, not {weight_decay!r}.")
    if not 0 <= warmup < 1:
        raise InputError(f"warmup is a share of all steps, from 0 up to (not including) 1, not {warmup!r}.")
    if not max_grad_norm > 0:
        raise InputError(f"max_grad_norm must be greater than 0, not {max_grad_norm!r}.")


def _check_optimizer(muon_learning_rate: float | None, betas: tuple[float, float], eps: float) -> None:
    if muon_learning_rate is not None and not 0 < muon_learning_rate < 1:
        raise InputError(f"muon_learning_rate must lie between 0 and 1, not {muon_learning_rate!r}.")
    if len(betas) != 2 or not all(0 <= beta < 1 for beta in betas):
        raise InputError(f"betas must be two numbers from 0 up to (not including) 1, not {betas!r}.")
    if not eps > 0:
        raise InputError(f"eps must be greater than 0, not {eps!r}.")
