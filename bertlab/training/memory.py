"""When memory runs out: the same batch in smaller parts."""

import warnings

import torch
from accelerate.utils.memory import should_reduce_batch_size

from bertlab.data.packing import is_packed, split_packed
from bertlab.errors import InputError
from bertlab.training.passes import Batch, size


def split(batch: Batch, rows: int | None) -> list[Batch]:
    """A batch in parts of at most so many examples; None leaves it whole."""
    if rows is None or size(batch) <= rows:
        return [batch]
    if is_packed(batch):
        return split_packed(batch, rows)
    return [
        {name: tensor[first : first + rows] for name, tensor in batch.items()} for first in range(0, size(batch), rows)
    ]


def can_be_split(batch: Batch) -> bool:
    """Whether it can be taken apart: it is packed, or all of its tensors begin with the dimension of the examples."""
    return is_packed(batch) or len({len(tensor) for tensor in batch.values()}) == 1


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or not."""
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or should_reduce_batch_size(error)


def smaller(rows: int, batch: Batch, examples: int, step: int) -> int:
    """How many examples to try at once after so many did not fit; it is said in a warning.

    Args:
        rows: how many were in the model when memory ran out.
        batch: the one they are from.
        examples: in all batches of the update.
        step: the update that is tried again.

    Raises:
        InputError: where there is nothing smaller: for a single example, and a batch that cannot be taken apart because its
            tensors differ in their first dimension.
    """
    shape = f"{next(iter(batch))} {tuple(next(iter(batch.values())).shape)}"
    advice = (
        "Use a shorter max_length, train fewer layers (bertlab.model.freeze, or frozen_layers=... of fine_tune), take a "
        "smaller model, or free some memory."
    )
    if rows == 1:
        raise InputError(f"Memory ran out at step {step}, with a single example in the model (of {shape}). {advice}")
    if not can_be_split(batch):
        raise InputError(f"Memory ran out at step {step}, in a batch that cannot be split (of {shape}). {advice}")
    half = rows // 2
    warnings.warn(
        f"{rows} examples at once do not fit into memory: from step {step} on, {half} at once go through the model. The "
        f"gradients of {-(-examples // half)} such parts are added up, so that an update is made from {examples} examples "
        f"as before. batch_size={half} with accumulation={-(-examples // half)} would do so from the start.",
        stacklevel=2,
    )
    return half
