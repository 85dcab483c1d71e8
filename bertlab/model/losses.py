"""The losses of the tasks: Hugging Face's numbers, with an error that says what is wrong with a label."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Num
from torch import Tensor

from bertlab.errors import InputError

IGNORED = -100
"""A label that counts for nothing: padding, pieces after the first of a word, tokens that were not masked."""


def cross_entropy(
    logits: Float[Tensor, "*positions classes"], labels: Int[Tensor, "*positions"], ignore_index: int = IGNORED
) -> Float[Tensor, ""]:
    """Mean of -log p(label) over the labels that are not ignored; NaN where all are.

    Raises InputError for labels of another shape than the logits' or, on the CPU, outside their classes.
    """
    classes = logits.shape[-1]
    check_shape(labels, logits.shape[:-1])
    if labels.device.type == "cpu" and not torch.compiler.is_compiling():
        wrong = labels[(labels != ignore_index) & ((labels < 0) | (labels >= classes))]
        if len(wrong):
            raise InputError(
                f"label {wrong[0]} is out of range; expected 0 to {classes - 1}, or {ignore_index} for none. "
                "Is num_labels right?"
            )
    return F.cross_entropy(logits.reshape(-1, classes), labels.reshape(-1).long(), ignore_index=ignore_index)


def classification_loss(logits: Float[Tensor, "batch classes"], labels: Num[Tensor, "*labels"]) -> Float[Tensor, ""]:
    """Hugging Face's rule: one class is a regression, whole-number labels are classes, others are yes/no for each."""
    if logits.shape[-1] == 1:
        check_shape(labels.reshape(-1), logits.shape[:1])
        return F.mse_loss(logits.squeeze(-1), labels.reshape(-1).to(logits.dtype))
    if labels.is_floating_point():
        check_shape(labels, logits.shape)
        return F.binary_cross_entropy_with_logits(logits, labels)
    return cross_entropy(logits, labels.reshape(-1))


def span_loss(
    start_logits: Float[Tensor, "batch n"],
    end_logits: Float[Tensor, "batch n"],
    start_positions: Int[Tensor, "batch *one"],
    end_positions: Int[Tensor, "batch *one"],
) -> Float[Tensor, ""]:
    """Mean of both ends' cross-entropies; an answer that was cut off (a position of n or more) is left out."""
    n = start_logits.shape[1]
    ends = ((start_logits, start_positions), (end_logits, end_positions))
    start_loss, end_loss = (cross_entropy(logits, at.reshape(-1).clamp(0, n), ignore_index=n) for logits, at in ends)
    return (start_loss + end_loss) / 2


def check_shape(labels: Tensor, expected: torch.Size) -> None:
    """InputError unless the labels have the expected shape."""
    if labels.shape != expected:
        raise InputError(f"labels have shape {tuple(labels.shape)}; expected {tuple(expected)}, to match the logits.")
