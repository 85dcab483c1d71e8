"""What `fine_tune` hands to the training loop besides batches: how to judge on the way, and what makes a run the same."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerBase

from bertlab.data.batches import inference_batches
from bertlab.data.rows import Example, Rows
from bertlab.training import Checkpoints

EVERY_SECONDS = 120
"""Between two checkpoints, where only a folder is given."""

Labelled = tuple[Sequence[str], Sequence[int]]
"""Texts and their labels."""


def score_on(
    tokenizer: PreTrainedTokenizerBase, examples: Rows | Sequence[Example], *, batch_size: int
) -> Callable[[nn.Module], dict[str, float]]:
    """What judges a classifier on tokenised examples with ``labels``: ``loss``, the mean cross-entropy in nats, ``accuracy``.

    Both are means over the examples, not over the batches, and so do not depend on the batches but in their last digits.
    """

    def score(model: nn.Module) -> dict[str, float]:
        device = next(model.parameters()).device
        loss, right = torch.zeros((), dtype=torch.float64), 0
        for _, batch in inference_batches(tokenizer, examples, batch_size=batch_size):
            labels = batch.pop("labels")
            logits = model(**{name: tensor.to(device) for name, tensor in batch.items()}).logits.float().cpu()
            loss += cross_entropy(logits, labels, reduction="sum")
            right += int((logits.argmax(dim=-1) == labels).sum())
        return {"loss": loss.item() / len(examples), "accuracy": right / len(examples)}

    return score


def checkpoints_of(
    checkpoints: Checkpoints | str | Path | None,
    tokenizer: PreTrainedTokenizerBase,
    trained_on: Labelled,
    judged_on: Labelled | None,
    **settings: Any,
) -> Checkpoints | None:
    """The checkpoints with a recipe that tells this run from one on other texts, with another vocabulary or ``settings``."""
    if checkpoints is None:
        return None
    if not isinstance(checkpoints, Checkpoints):
        checkpoints = Checkpoints(checkpoints, every_seconds=EVERY_SECONDS)
    pieces = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    recipe = settings | {
        "SHA-256 of the texts and labels": _sha256_of(trained_on),
        "SHA-256 of the validation's texts and labels": _sha256_of(judged_on),
        "SHA-256 of the vocabulary": _sha256_of(pieces),
    }
    return replace(checkpoints, recipe={**checkpoints.recipe, **recipe})


def _sha256_of(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
