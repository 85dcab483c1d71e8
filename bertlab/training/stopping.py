"""Validation during training: the scores on data held out, the best weights, and when to stop."""

import math
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from bertlab.errors import InputError
from bertlab.training.weights import weights


@dataclass(frozen=True)
class Validation:
    """How a training run is judged on the way, and what follows from it.

    Attributes:
        score: gives the scores of a model by name, say ``{"loss": 0.31, "accuracy": 0.88}``. It is called between two steps
            with the model in evaluation mode and without gradients, on the main process only; what it draws at random does
            not change the run. Judge on examples that are neither trained on nor the test split.
        every_steps: one validation after every so many steps, and one after the last. By default one after each pass over
            the data.
        patience: training stops when so many validations in a row have not bettered the best. By default it never does.
        monitor: the score that tells which is best: ``"loss"``, the lower the better, or another, the higher the better. A
            score that is not finite betters nothing.
        keep_best: whether the model has the weights of the best validation at the end, rather than the last. Until then they
            are kept in the CPU's memory, and every checkpoint holds them too, as ``best.safetensors``.

    Raises:
        InputError: for numbers out of their range.
    """

    score: Callable[[nn.Module], Mapping[str, float]]
    _: KW_ONLY
    every_steps: int | None = None
    patience: int | None = None
    monitor: str = "loss"
    keep_best: bool = True

    def __post_init__(self) -> None:
        if not callable(self.score):
            raise InputError(f"Validation needs a function of the model that gives its scores, not {self.score!r}.")
        for name in ("every_steps", "patience"):
            number = getattr(self, name)
            if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
                raise InputError(f"{name} must be a whole number of at least 1, not {number!r}.")

    def about(self) -> dict[str, Any]:
        """What must be the same in a run that goes on, in JSON's types."""
        names = ("every_steps", "patience", "monitor", "keep_best")
        return {name: getattr(self, name) for name in names}


class Selection:
    """The validations of one run so far.

    Attributes:
        scores: of each validation, in order, with its ``step``.
        weights: those of the best, by name, on the CPU: all that training changes. Empty before the first, and where they
            are not kept.
    """

    def __init__(self, validation: Validation | None, model: nn.Module) -> None:
        self.validation, self.model = validation, model
        self.scores: list[dict[str, float]] = []
        self.weights: dict[str, Tensor] = {}

    def due(self, step: int, *, pass_ended: bool, last: bool) -> bool:
        """Whether to validate after this step; False where that has been done."""
        if self.validation is None or step == 0 or self.scores and self.scores[-1]["step"] == step:
            return False
        every = self.validation.every_steps
        return last or (pass_ended if every is None else step % every == 0)

    def add(self, step: int, scores: Mapping[str, float]) -> None:
        """The scores after a step.

        Raises:
            InputError: where they are no numbers by name, or lack the one that decides.
        """
        monitor = self.validation.monitor
        if not isinstance(scores, Mapping) or monitor not in scores:
            found = ", ".join(map(repr, scores)) if isinstance(scores, Mapping) else repr(scores)
            raise InputError(f"The validation must give scores by name, {monitor!r} among them, but gave {found}.")
        self.scores.append({"step": step} | {name: float(value) for name, value in scores.items()})
        if self.validation.keep_best and self.best == len(self.scores) - 1:
            self.weights = {name: tensor.detach().to("cpu", copy=True) for name, tensor in weights(self.model, moving=True).items()}

    @property
    def best(self) -> int | None:
        """The number of the best validation, from 0; of equals the first."""
        sign = -1 if self.validation and self.validation.monitor == "loss" else 1
        values = [sign * scores[self.validation.monitor] for scores in self.scores]
        finite = [number for number, value in enumerate(values) if math.isfinite(value)]
        return max(finite, key=values.__getitem__, default=None)

    @property
    def best_step(self) -> int | None:
        """The step after which the best was made."""
        return None if self.best is None else self.scores[self.best]["step"]

    @property
    def stopped(self) -> bool:
        """Whether training is to end."""
        if self.validation is None or self.validation.patience is None:
            return False
        best = -1 if self.best is None else self.best
        return len(self.scores) - 1 - best >= self.validation.patience

    def put_back(self) -> None:
        """Give the model the best weights, where they are kept."""
        with torch.no_grad():
            for name, tensor in weights(self.model, moving=True).items():
                if name in self.weights:
                    tensor.copy_(self.weights[name])
