"""Calibration (Guo et al. 2017): whether 90 % of the texts judged with 90 % confidence are judged rightly, and a cure."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bertlab.errors import InputError
from bertlab.tasks.evaluation import Evaluation
from bertlab.tasks.uncertainty import wilson

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure
    from torch import nn


def calibration_error(evaluation: Evaluation, *, bins: int = 15, equal_mass: bool = False) -> float:
    """The expected calibration error (ECE; Guo et al. 2017, equation 3), from 0 to 1.

    The texts are put into bins by the confidence of the predicted class. In each, the mean confidence is held against the
    accuracy; the error is the mean of the absolute differences, weighted with the texts in the bin. Chance alone makes it
    greater than 0, and the more so the fewer texts there are in a bin: compare errors on as many texts and with the same
    bins. Drawing texts again adds more chance, so the interval of `Evaluation.bootstrap` lies too high.

    Args:
        bins: how many, of equal width from 0 to 1. A confidence on a border is in the lower bin.
        equal_mass: let each bin hold as many texts instead, which suits confidences that crowd near 1 (Nguyen and O'Connor
            2015, section 3). Equal confidences stay in one bin, so there may be fewer bins.

    Raises:
        InputError: for less than one bin.
    """
    table = reliability(evaluation, bins=bins, equal_mass=equal_mass)
    gaps = (table["accuracy"] - table["confidence"]).abs()
    return float((gaps * table["count"]).sum() / table["count"].sum())


def reliability(evaluation: Evaluation, *, bins: int = 15, equal_mass: bool = False) -> "pandas.DataFrame":
    """The bins of `calibration_error` that hold texts, from the least confident to the most.

    Returns:
        ``low`` and ``high``, the bin's borders; ``count`` of its texts; their mean ``confidence`` and their ``accuracy``.

    Raises:
        InputError: for less than one bin.
    """
    import pandas

    if not isinstance(bins, int) or isinstance(bins, bool) or bins < 1:
        raise InputError(f"bins must be a whole number of at least 1, not {bins!r}.")
    confidence = evaluation.confidence
    borders = np.linspace(0, 1, bins + 1)
    if equal_mass:
        borders = np.unique([0, *np.quantile(confidence, borders[1:])])
    # searchsorted from the left: the first border that is not below the confidence closes its bin.
    numbers = np.searchsorted(borders[1:-1], confidence, side="left")
    frame = pandas.DataFrame({"bin": numbers, "confidence": confidence, "right": evaluation.right})
    table = frame.groupby("bin").agg(
        count=("right", "size"), confidence=("confidence", "mean"), accuracy=("right", "mean")
    )
    table.insert(0, "low", borders[table.index])
    table.insert(1, "high", borders[table.index + 1])
    return table.reset_index(drop=True)


def plot_reliability(evaluation: Evaluation, *, bins: int = 15, equal_mass: bool = False) -> "Figure":
    """Draw the reliability diagram: each bin's accuracy over its mean confidence, and below it how many texts it holds.

    A calibrated model's points lie on the diagonal; below it the model is overconfident. The bars at the points are Wilson's
    95 % intervals: a point is off only where its bar misses the diagonal.

    Arguments and errors are `calibration_error`'s, which the title gives.
    """
    from bertlab.figures import new_figure

    table = reliability(evaluation, bins=bins, equal_mass=equal_mass)
    error = calibration_error(evaluation, bins=bins, equal_mass=equal_mass)
    right = (table["accuracy"] * table["count"]).round().astype(int)
    ends = np.array([wilson(*pair) for pair in zip(right, table["count"])]).T  # (2, bins)
    least = 1 / len(evaluation.names)

    figure, axes = new_figure(width=4.8, height=5.4)
    grid = figure.add_gridspec(2, 1, height_ratios=(4, 1))
    axes.set_subplotspec(grid[0])
    counts = figure.add_subplot(grid[1], sharex=axes)
    axes.plot([least, 1], [least, 1], color="0.5", linestyle="--", label="calibrated")
    lengths = np.abs(ends - table["accuracy"].to_numpy())
    axes.errorbar(table["confidence"], table["accuracy"], lengths, fmt="o-", capsize=3, label="the model")
    kind = "bins of equal mass" if equal_mass else "bins of equal width"
    axes.set(ylabel="accuracy in the bin", title=f"ECE {error:.3f} ({bins} {kind}, {len(evaluation.labels)} texts)")
    axes.legend()
    axes.tick_params(labelbottom=False)
    counts.bar(table["low"], table["count"], table["high"] - table["low"], align="edge", color="C0", edgecolor="white")
    counts.set(xlabel="confidence: the predicted class's probability", ylabel="texts")
    axes.set_xlim(least - 0.02, 1.02)
    return figure


@dataclass(frozen=True)
class Temperature:
    """One number that every logit is divided by: above 1 it makes a model less sure, below 1 surer.

    Dividing by a positive number leaves the order of the classes as it was, so no prediction changes, nor the accuracy.

    Attributes:
        value: T, greater than 0.
    """

    value: float

    def __post_init__(self) -> None:
        if not 0 < self.value < np.inf:
            raise InputError(f"A temperature is greater than 0, not {self.value!r}.")

    def scale(self, evaluation: Evaluation) -> Evaluation:
        """The evaluation that a model with this temperature would get: softmax(logits / T).

        From its probabilities alone, since log p is the logits less a number that is the same for all classes of a text, and
        softmax does not see such a number.
        """
        from scipy.special import softmax

        scaled = softmax(evaluation.log_probabilities / self.value, axis=1)
        return Evaluation(evaluation.names, evaluation.labels, scaled)

    def scale_head(self, model: "nn.Module") -> None:
        """Divide the weights and the bias of a sequence classifier's last linear layer by T, in place.

        Its logits are then divided by T wherever it is used, and stay so when it is saved. Scaling twice divides by T².

        Raises:
            InputError: for a model without such a layer at the end of ``model.classifier``.
        """
        import torch

        from bertlab.tasks.classification import class_names

        head = _last_linear(model, len(class_names(model)))
        with torch.no_grad():
            head.weight.div_(self.value)
            if head.bias is not None:
                head.bias.div_(self.value)


def fit_temperature(evaluation: Evaluation) -> Temperature:
    """The temperature under which the labels are likeliest (Guo et al. 2017, section 4.2).

    Fit it on validation texts: on training texts the model is surer than it may be, and test texts are for judging. The mean
    of -log p of the true class is convex in 1 / T, so over log T, where it is searched from T = 0.001 to 1,000, it has one
    minimum.

    Raises:
        InputError: where there is no minimum: every text is classified rightly (the surer, the better), or the true classes'
            logits are on average no higher than the others' (the less sure, the better).
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    logits, true = evaluation.log_probabilities, (np.arange(len(evaluation.labels)), evaluation.labels)
    if evaluation.right.all():
        raise InputError(
            f"All {len(evaluation.labels)} texts are classified rightly, so the closer to 0 a temperature is, the better it "
            "fits. Fit on more validation texts, on which the model errs now and then."
        )
    if (logits[true] - logits.mean(axis=1)).mean() <= 0:
        raise InputError(
            f"On these {len(evaluation.labels)} texts the true class gets no more than the others (accuracy "
            f"{evaluation.accuracy:.1%}), so the greater a temperature is, the better it fits. Train the model, or see "
            "whether the labels are in its order."
        )

    def loss(log_temperature: float) -> float:
        return -float(log_softmax(logits / np.exp(log_temperature), axis=1)[true].mean())

    found = minimize_scalar(loss, bounds=(np.log(1e-3), np.log(1e3)), method="bounded", options={"xatol": 1e-6})
    return Temperature(float(np.exp(found.x)))


def _last_linear(model: "nn.Module", classes: int) -> "nn.Linear":
    """The layer that gives the logits: ``model.classifier`` itself (BERT), or the last in it (RoBERTa, ELECTRA)."""
    from torch import nn

    head = getattr(model, "classifier", None)
    layers = [part for part in head.modules() if isinstance(part, nn.Linear)] if isinstance(head, nn.Module) else []
    if not layers or layers[-1].out_features != classes:
        raise InputError(
            f"{type(model).__name__} has no linear layer of {classes} outputs at the end of model.classifier. Use a "
            "sequence classifier of the BERT family, or scale its evaluations instead."
        )
    return layers[-1]
