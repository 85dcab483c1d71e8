"""The training loop: AdamW or Muon, warm-up and linear decay, gradient clipping, mixed precision where there is a GPU.

The mechanics of devices are ``accelerate``'s, the schedule is ``transformers``'. The loop asks of a model only that
``model(**batch).loss`` is the loss, so any Hugging Face model serves, and so does ``bertlab.model``.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from torch import nn
from torch.utils.data import DataLoader
from transformers import get_linear_schedule_with_warmup

from bertlab.errors import InputError
from bertlab.progress import progress_bar
from bertlab.training.checkpoints import Checkpoints, run_of
from bertlab.training.compiling import compiled_layers, to_compile
from bertlab.training.dropout import without_attention_dropout, without_dropout
from bertlab.training.history import History, Progress
from bertlab.training.interrupts import Interrupts
from bertlab.training.measure import first_batch, step_seconds
from bertlab.training.numbers import check_numbers, check_optimizer_numbers
from bertlab.training.optimizers import make_optimizer
from bertlab.training.passes import Passes, with_batch_size
from bertlab.training.precision import accelerator_in, resolve
from bertlab.training.processes import lost_process, this_process
from bertlab.training.record import Record
from bertlab.training.state import Saver, TrainingState
from bertlab.training.stopping import Selection, Validation
from bertlab.training.update import Update

READ_EVERY = 10
"""Steps between two readings of the losses, for which the device must finish what it was given."""


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
    dropout: bool = True,
    precision: str | None = None,
    compile: bool | str = False,
    seed: int = 0,
    optimizer: str = "adamw",
    muon_learning_rate: float | None = None,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    accumulation: int = 1,
    layer_decay: float = 1.0,
    validation: Validation | None = None,
    fit_memory: bool = False,
    checkpoints: Checkpoints | None = None,
    watch: Callable[[Progress], None] | None = None,
    watch_every: int = 100,
) -> History:
    """Train a model in place and return how it went.

    Runs on the best device there is; on CUDA in half precision where that is quicker, in float32 elsewhere, unless
    ``precision`` says otherwise. The caller's random state is left as it was. Afterwards the model is on that device, in
    evaluation mode; so it is after an error, and then has the weights of the last step that was done whole.

    With ``checkpoints``, a run that was killed goes on from the newest whole one when it is started again in the same
    way. On a CPU, with as many threads, it ends with the same weights, to the last bit, as a run that was never
    stopped; `Passes` says what that asks of a data set. A run that had ended trains no further and returns its history.

    Ctrl-C ends the run between two steps: the model has the weights of the last whole step, not those of the best
    validation; a checkpoint is written where there are checkpoints; a warning says where it stopped and how to go on, and the
    history so far is returned, with ``interrupted``. A second Ctrl-C raises KeyboardInterrupt at once. With several
    processes, or where the caller has taken SIGINT, the first one does, or what the caller wants.

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
        dropout: False leaves out all dropout, on the attention weights too.
        precision: ``"fp32"``, ``"bf16"``, ``"fp16"``, or ``"auto"`` for the quickest on this machine by a short measurement of
            products and of this model (`bertlab.training.precision`). Weights and optimizer stay in float32 in any case; what
            is quick is the products between. A run that goes on from a checkpoint must compute as it did: ``"auto"`` takes
            what the checkpoint says. Unless given, ``"auto"`` on CUDA and ``"fp32"`` elsewhere.
        compile: whether ``torch.compile`` makes the encoder's layers quicker; ``"auto"``: where that saves more time in this
            run than it takes, by a rule (`bertlab.training.compiling.pays`). Without a compiler it is left out, and a warning
            says so.
        seed: of the dropout.
        optimizer: ``"adamw"``, or ``"muon"``: Muon for the matrices of the encoder's layers, AdamW for all else.
        muon_learning_rate: Muon's peak, on the same schedule; ``learning_rate`` unless given.
        betas: AdamW's decay rates of its two running means.
        eps: AdamW's, added to the root of the second.
        accumulation: batches in a step. Their gradients are added up, each batch's weighted by its number of examples
            (tensors' first dimension), so that a step is that of one large batch, also where they differ in size; the last of
            a pass are a step of their own, however few. For a model whose loss is a mean over something else than examples,
            the weights are the same. Of several processes, each does so with its own batches, and the mean over the
            processes is taken; ``accelerate`` gives them batches of one size.
        layer_decay: below 1, each layer learns at this share of the rate of the layer above it, and the embeddings at that of
            the lowest layer's; see `bertlab.model.parameters.rate_shares`. With Muon, its rate too.
        validation: how to judge the model on the way, when to stop early, and which weights to keep; see `Validation`.
        fit_memory: where memory runs out, go on with the same step, the random state as before it, each batch in halves (then
            quarters, ...) that go through the model one by one; each update is still made from as many examples, and a
            warning says so. Needs tensors that all begin with the dimension of the examples. With several processes: no.
        checkpoints: where and how often to save; see `Checkpoints`. Of several processes the main one writes.
        watch: called with a `Progress` before the first step, after every ``watch_every`` and after the last; without
            gradients, and on the main process only. What it draws at random does not change the run. A run that goes
            on from a checkpoint does not repeat the calls up to it; it may repeat calls after it.
        watch_every: steps between two calls of ``watch``.

    Raises:
        InputError: for a number out of its range, a model with nothing to train, a checkpoint of another run,
            ``checkpoints`` with a loader that has ``persistent_workers``, and, with ``fit_memory``, where not even one example
            fits.
        SourceError: where a checkpoint cannot be written, and where all that there are are damaged.
        TrainingError: where another of several processes has ended (at once, since its connections end with it), and for a
            loss or a gradient that is not finite, with the step and the examples; the model has the weights
            from before that step. On the CPU at once; on CUDA after at most ten steps more, which change nothing, so that the
            device need not wait. In float16 its scaler leaves steps with such gradients out, and only the loss counts.
    """
    check_numbers(epochs, learning_rate, weight_decay, warmup, max_grad_norm, accumulation, watch_every)
    check_optimizer_numbers(muon_learning_rate, betas, eps)
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise InputError("The model has no trainable parameter: every requires_grad is False. Unfreeze some of it.")

    before = run_of(Path(checkpoints.folder)) if checkpoints else {}
    sample = cache(lambda: first_batch(batches))

    @cache
    def seconds(precision: str) -> float | None:
        return None if sample() is None else step_seconds(model, sample(), this_process().device, precision)

    precision = resolve(precision, before.get("precision"), seconds)
    accelerator, forget = accelerator_in(precision)
    devices = [accelerator.device] if accelerator.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)  # with several processes accelerate draws here what they shuffle by
        loader = accelerator.prepare(with_batch_size(batches))
    passes = Passes(loader, epochs, accumulation)
    steps = epochs * passes.steps_per_epoch
    compiled = to_compile(compile, accelerator.device, steps * accumulation, lambda: seconds(precision), before)
    # One kernel for the update in place of hundreds: where it exists it is the same arithmetic, only faster.
    fused = accelerator.device.type in ("cpu", "cuda")
    numbers = {
        "learning_rate": learning_rate,
        "muon_learning_rate": muon_learning_rate,
        "weight_decay": weight_decay,
        "betas": betas,
        "eps": eps,
        "layer_decay": layer_decay,
    }
    chosen = make_optimizer(model, optimizer, fused=fused, **numbers)
    schedule = get_linear_schedule_with_warmup(chosen, int(warmup * steps), steps)
    wrapped, stepper = accelerator.prepare(model, chosen)
    record, selection = Record(accelerator, passes), Selection(validation, model)
    update = Update(
        accelerator, wrapped, stepper, schedule, passes, record, max_grad_norm=max_grad_norm, fit_memory=fit_memory
    )
    state = TrainingState(accelerator, model, chosen, schedule, passes, record, update, selection)
    saver = None
    if checkpoints is not None:
        arguments = numbers | {
            "epochs": epochs,
            "steps": steps,
            "optimizer": optimizer,
            "warmup": warmup,
            "max_grad_norm": max_grad_norm,
            "attention_dropout": attention_dropout,
            "accumulation": accumulation,
            "validation": validation.about() if validation else None,
            "seed": seed,
        }
        # Only where they are not as usual, so that a run that began before they were there can go on.
        arguments |= ({} if dropout else {"dropout": False}) | ({"compiled": True} if compiled else {})
        saver = Saver(checkpoints, state, arguments)

    dropped = nullcontext() if dropout else without_dropout(model)
    if dropout and not attention_dropout:
        dropped = without_attention_dropout(model)
    layers = compiled_layers(model) if compiled else nullcontext()
    bar = progress_bar(total=steps, description="train", unit="step")
    interrupts, interrupted = Interrupts(), False

    def judge_if_due() -> None:
        if selection.due(record.step, pass_ended=passes.pass_ended, last=record.step == steps):
            with aside(accelerator, model, record, compiled=compiled):
                scores = [validation.score(model) if accelerator.is_main_process else None]
            selection.add(record.step, broadcast_object_list(scores)[0])

    def show() -> None:
        since = max(record.step - 1, 0) // watch_every * watch_every
        losses = record.read_losses()[since:]
        with aside(accelerator, model, record, compiled=compiled):
            if accelerator.is_main_process:
                watch(Progress(record.step, steps, model, record.seconds, losses))

    try:
        with dropped, layers, torch.random.fork_rng(devices), bar, interrupts:
            torch.manual_seed(seed)
            wrapped.train()
            if saver:
                saver.resume()
            state.mark()
            bar.update(record.step)
            record.start_clock()
            try:
                if watch and record.step == 0:
                    show()
                judge_if_due()  # where Ctrl-C came before it
                for group in passes if not selection.stopped else ():
                    update.gradients(group)
                    with interrupts.deferred():
                        update.apply()
                        state.mark()
                    bar.update()
                    if record.step % READ_EVERY == 0 or passes.pass_ended:
                        bar.set_postfix(epoch=passes.epoch + 1, loss=f"{record.read_losses()[-1]:.3f}")
                    judge_if_due()
                    last = record.step == steps or selection.stopped
                    if watch and (record.step % watch_every == 0 or last):
                        show()
                    if saver and saver.due(last=last):
                        with interrupts.deferred():
                            saver.save()
                    if last:
                        break
            except RuntimeError as error:
                lost = lost_process(error, record.step) if accelerator.num_processes > 1 else None
                if lost is None:
                    raise
                raise lost from error
            except KeyboardInterrupt:
                if interrupts.waiting or accelerator.num_processes > 1:
                    raise
                interrupted = True
                record.stop_clock()
                if saver and saver.saved_step < record.step:
                    saver.save()
            record.stop_clock()
        if not interrupted:
            selection.put_back()
    finally:
        accelerator.unwrap_model(wrapped, keep_fp32_wrapper=False).eval()
        chosen.zero_grad()
        accelerator.free_memory()
        forget()
    if interrupted:
        _warn_of_interrupt(record.step, steps, checkpoints)
    return History(
        record.read_losses(),
        record.learning_rates,
        passes.steps_per_epoch,
        record.examples,
        record.seconds,
        selection.scores,
        selection.best_step,
        stopped_early=selection.stopped and record.step < steps,
        interrupted=interrupted,
        precision=precision,
        compiled=compiled,
        waiting_seconds=passes.waited,
    )


@contextmanager
def aside(accelerator: Accelerator, model: nn.Module, record: Record, *, compiled: bool) -> Iterator[None]:
    """Between two steps, so that the next is what it would have been: what is drawn, and the time, do not count.

    What is `compiled` is for training; a compiler would begin anew for evaluation.
    """
    record.stop_clock()
    model.eval()
    try:
        devices = [accelerator.device] if accelerator.device.type == "cuda" else []
        plain = torch.compiler.set_stance("force_eager") if compiled else nullcontext()
        with torch.random.fork_rng(devices), torch.no_grad(), plain:
            yield
    finally:
        model.train()
    accelerator.wait_for_everyone()
    record.start_clock()


def _warn_of_interrupt(step: int, steps: int, checkpoints: Checkpoints | None) -> None:
    if checkpoints is None:
        onward = "Nothing is on the disk: started again, the run begins anew. checkpoints=... lets one go on."
    elif step == 0:
        onward = "Started again in the same way, the run begins anew."
    else:
        onward = f"A checkpoint is in {checkpoints.folder}: started again in the same way, the run goes on from there."
    warnings.warn(
        f"Training was interrupted after step {step} of {steps}, whose weights the model has. {onward}", stacklevel=3
    )

