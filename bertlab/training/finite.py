"""A loss or a gradient that is not finite: which step, which examples, and what to do."""

import math
from dataclasses import dataclass

from bertlab.errors import TrainingError
from bertlab.training.passes import Batch, Passes, size

SHOWN = 32
"""How many indices a message lists; the error's ``indices`` has all."""


@dataclass(frozen=True)
class Taken:
    """The batches of one update, without the tensors themselves.

    Attributes:
        first: the number of the first of them in its pass, from 0.
        shapes: of each batch, its first tensor's name and shape.
        examples: in all of them.
        learning_rate: of the update.
    """

    first: int
    shapes: list[str]
    examples: int
    learning_rate: float


def taken(passes: Passes, batches: list[Batch], learning_rate: float) -> Taken:
    """What `not_finite` asks for, of the batches that were handed out last."""
    shapes = []
    for batch in batches:
        name, tensor = next(iter(batch.items()))
        shapes.append(f"{name} {tuple(tensor.shape)}")
    return Taken(passes.done - len(batches), shapes, sum(map(size, batches)), learning_rate)


def not_finite(passes: Passes, step: int, loss: float, norm: float, of: Taken) -> TrainingError:
    """The error that ends a run, to be raised while the pass that the batches are from is under way."""
    indices = passes.indices(of.first, len(of.shapes))
    if math.isfinite(loss):
        what = f"The loss of step {step} is {loss:.4g}, but the norm of its gradient {norm}"
    else:
        what = f"The loss of step {step} is {loss}"
    batches = f"batch {of.first + 1} of pass {passes.epoch + 1}"
    if len(of.shapes) > 1:
        batches = f"batches {of.first + 1} to {of.first + len(of.shapes)} of pass {passes.epoch + 1}"
    where = f"{batches}, {of.examples} examples as {', '.join(of.shapes)}"
    if indices is not None:
        rest = f" and {len(indices) - SHOWN} more" if len(indices) > SHOWN else ""
        where += f"; their indices in the data set are {', '.join(map(str, indices[:SHOWN]))}{rest}"
    return TrainingError(
        f"{what} (learning rate {of.learning_rate:.3g}; {where}). The model has the weights from before that step. Lower "
        "the learning rate, or make the warm-up longer; where the same examples do it at any rate, look at them.",
        step=step,
        indices=indices,
    )
