"""What a classifier's answers amount to: its numbers, how far each can be trusted, and where it errs."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Union

import numpy as np
from jaxtyping import Bool, Float, Int

from bertlab.errors import InputError
from bertlab.tasks.uncertainty import bootstrap_interval, wilson

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

# The properties of an `Evaluation` that `Evaluation.bootstrap` and `compare` take by name.
NUMBERS = ("accuracy", "macro_f1", "auc", "log_loss", "brier")

# One of NUMBERS, or a function of an evaluation.
Statistic = Union[str, Callable[["Evaluation"], float]]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How a classifier did on texts whose labels are known.

    Attributes:
        names: the classes' names; a label is an index into them.
        labels: the true label of each text.
        probabilities: the predicted probabilities; each row sums to 1.

    Raises:
        InputError: for shapes that do not match, labels that no class has, and rows that are no probabilities.
    """

    names: tuple[str, ...]
    labels: Int[np.ndarray, " text"] = field(repr=False)
    probabilities: Float[np.ndarray, "text class"] = field(repr=False)

    def __post_init__(self) -> None:
        labels, probabilities = np.asarray(self.labels), np.asarray(self.probabilities, dtype=np.float64)
        if len(self.names) < 2 or probabilities.shape != (len(labels), len(self.names)) or not len(labels):
            raise InputError(
                f"{len(labels)} labels and {len(self.names)} classes need probabilities of shape "
                f"({len(labels)}, {len(self.names)}), of at least one text and two classes, not {probabilities.shape}."
            )
        if labels.ndim != 1 or labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= len(self.names):
            raise InputError(f"labels must be one integer a text, from 0 to {len(self.names) - 1}.")
        wrong = ~(np.abs(probabilities.sum(axis=1) - 1) < 1e-3) | ~(probabilities >= 0).all(axis=1)
        if wrong.any():
            first = int(wrong.argmax())
            raise InputError(
                f"{wrong.sum()} of {len(labels)} rows are no probabilities: row {first} is {probabilities[first]}. Expected "
                "numbers of 0 or more that sum to 1. A row of nan comes from a model whose weights are nan: its training "
                "diverged; train it anew with a lower learning rate."
            )
        for name, value in (("names", tuple(self.names)), ("labels", labels), ("probabilities", probabilities)):
            object.__setattr__(self, name, value)

    def subset(
        self, texts: Sequence[int] | Sequence[bool] | Int[np.ndarray, " some"] | Bool[np.ndarray, " text"]
    ) -> "Evaluation":
        """The evaluation of some of the texts: their numbers, or True and False for each."""
        texts = np.asarray(texts)
        return Evaluation(self.names, self.labels[texts], self.probabilities[texts])

    @cached_property
    def predictions(self) -> Int[np.ndarray, " text"]:
        """The most probable class of each text."""
        return self.probabilities.argmax(axis=1)

    @property
    def right(self) -> Bool[np.ndarray, " text"]:
        """Whether the most probable class is the true one."""
        return self.labels == self.predictions

    @property
    def confidence(self) -> Float[np.ndarray, " text"]:
        """The probability of the most probable class."""
        return self.probabilities.max(axis=1)

    @cached_property
    def log_probabilities(self) -> Float[np.ndarray, "text class"]:
        """Natural logarithms of the probabilities; of 0, that of the smallest positive float64, -708.4."""
        return np.log(np.maximum(self.probabilities, np.finfo(np.float64).tiny))

    @property
    def losses(self) -> Float[np.ndarray, " text"]:
        """-log of the true class's probability, in nats."""
        return -self.log_probabilities[np.arange(len(self.labels)), self.labels]

    @property
    def accuracy(self) -> float:
        """The share of texts whose most probable class is the true one."""
        return float(self.right.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy: where it may lie on other texts of the same kind."""
        return wilson(int(self.right.sum()), len(self.labels))

    @property
    def macro_f1(self) -> float:
        """The mean over the classes of F1, the harmonic mean of precision and recall."""
        from sklearn.metrics import f1_score

        return float(
            f1_score(self.labels, self.predictions, labels=range(len(self.names)), average="macro", zero_division=0)
        )

    @property
    def auc(self) -> float:
        """The area under the ROC curve: how often a text of a class gets a higher probability of it than a text of another.

        With more than two classes, the mean over the classes of each against the rest.

        Raises:
            InputError: where a class has no text, or has them all: the curve is not defined.
        """
        from sklearn.metrics import roc_auc_score

        classes = [1] if len(self.names) == 2 else range(len(self.names))
        self._check_roc(classes)
        return float(np.mean([roc_auc_score(self.labels == index, self.probabilities[:, index]) for index in classes]))

    @property
    def log_loss(self) -> float:
        """The mean of `losses`, in nats: 0 for certainty that is always right, log(classes) for knowing nothing."""
        return float(self.losses.mean())

    @property
    def brier(self) -> float:
        """The mean squared distance of the probabilities from the truth (Brier 1950).

        With two classes it is that of one class's probability from 0 or 1, so from 0 to 1, as is usual; with more, the sum
        over all classes, so from 0 to 2, as in the paper.
        """
        distances = np.square(self.probabilities - np.eye(len(self.names))[self.labels]).sum(axis=1)
        return float(distances.mean() / (2 if len(self.names) == 2 else 1))

    @property
    def confusion(self) -> Int[np.ndarray, "class class"]:
        """How many texts of each true class (row) were given each class (column)."""
        from sklearn.metrics import confusion_matrix

        return confusion_matrix(self.labels, self.predictions, labels=range(len(self.names)))

    def roc(self, positive: str | None = None) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, " points"]]:
        """The ROC curve of a class against the rest: false positive rates and true positive rates, both rising from 0 to 1.

        Args:
            positive: the class's name; with two classes the second, unless another is given.

        Raises:
            InputError: for a name that no class has, or none among more than two; and where the class has no text or all.
        """
        from sklearn.metrics import roc_curve

        if positive is None and len(self.names) == 2:
            positive = self.names[1]
        if positive not in self.names:
            raise InputError(f"positive is {positive!r}; expected the class whose curve to give: {', '.join(self.names)}.")
        index = self.names.index(positive)
        self._check_roc([index])
        false_positives, true_positives, _ = roc_curve(self.labels == index, self.probabilities[:, index])
        return false_positives, true_positives

    def bootstrap(self, statistic: Statistic = "accuracy", *, n: int = 1000, seed: int = 0) -> tuple[float, float]:
        """The 95 % percentile interval of a number, over ``n`` draws of as many texts, with replacement (Efron 1979).

        Args:
            statistic: one of ``NUMBERS``, or a function that takes an ``Evaluation`` and returns a number.

        Raises:
            InputError: for a number that there is not, and one that is not defined on every draw, as the AUC is not on one
                that lacks a class.
        """
        number = number_of(statistic)
        return bootstrap_interval(lambda texts: number(self.subset(texts)), len(self.labels), n=n, seed=seed)

    def by(self, groups: Sequence[Any]) -> "pandas.DataFrame":
        """The accuracy on each group of texts: the hard ones, those of a length, those with a phenomenon.

        Args:
            groups: the group of each text; or a list of groups for each, which then counts in all of them. None and an
                empty list leave a text out.

        Returns:
            A row for each group, in their order: ``count`` of its texts, ``accuracy``, and Wilson's 95 % interval of that,
            from ``low`` to ``high``.

        Raises:
            InputError: for as many groups as there are not texts.
        """
        import pandas

        if not isinstance(groups, pandas.Series | pandas.Categorical):
            groups = list(groups)
        if len(groups) != len(self.labels):
            raise InputError(f"There are {len(self.labels)} texts and {len(groups)} groups: give each text one.")
        frame = pandas.DataFrame({"group": pandas.Series(groups).array, "right": self.right}).explode("group")
        found = frame.groupby("group", observed=True)["right"].agg(["size", "sum"]).astype(int)
        intervals = [wilson(right, count) for count, right in found.itertuples(index=False)]
        low, high = np.array(intervals).reshape(-1, 2).T
        columns = {"count": found["size"], "accuracy": found["sum"] / found["size"], "low": low, "high": high}
        return pandas.DataFrame(columns)

    def mistakes(
        self, texts: Sequence[str], n: int = 10, *, by: str = "confidence", width: int = 100
    ) -> "pandas.DataFrame":
        """The worst of the wrong answers.

        Args:
            texts: those that were judged, in the same order.
            n: rows at most.
            by: what comes first: ``"confidence"``, the highest probability of the wrong class, or ``"loss"``, the lowest of
                the true one. With two classes they are the same.
            width: characters of a text at most; white space is made single spaces.

        Returns:
            ``text``, ``true``, ``predicted``, ``probability`` of the predicted class and ``loss``, -log of the true one's,
            in nats. The index is the text's number, so ``texts[number]`` is the whole of it.

        Raises:
            InputError: for as many texts as were not judged, and another order.
        """
        import pandas

        if isinstance(texts, str) or len(texts) != len(self.labels):
            raise InputError(f"{len(self.labels)} texts were judged; expected the same, not {len(texts)}.")
        orders = {"confidence": self.confidence, "loss": self.losses}
        if by not in orders:
            raise InputError(f"by is {by!r}; expected {' or '.join(map(repr, orders))}.")
        wrong = np.flatnonzero(~self.right)
        worst = wrong[np.argsort(-orders[by][wrong], kind="stable")][:n]
        columns = {
            "text": [_cut(texts[int(number)], width) for number in worst],
            "true": [self.names[label] for label in self.labels[worst]],
            "predicted": [self.names[label] for label in self.predictions[worst]],
            "probability": self.confidence[worst],
            "loss": self.losses[worst],
        }
        return pandas.DataFrame(columns, index=pandas.Index(worst, name="number"))

    def plot_confusion(self) -> "Figure":
        """Draw ``confusion`` with its counts."""
        from sklearn.metrics import ConfusionMatrixDisplay

        from bertlab.figures import new_figure

        figure, axes = new_figure(width=4, height=3.4)
        ConfusionMatrixDisplay(self.confusion, display_labels=self.names).plot(ax=axes, cmap="Blues", colorbar=False)
        axes.set(xlabel="predicted", ylabel="true")
        axes.grid(False)
        return figure

    def plot_roc(self) -> "Figure":
        """Draw the ROC curve, with its area: of the second of two classes, or of each of more against the rest."""
        from sklearn.metrics import auc

        from bertlab.figures import new_figure

        figure, axes = new_figure(width=4.6, height=4.4)
        for name in self.names[1:] if len(self.names) == 2 else self.names:
            false_positives, true_positives = self.roc(name)
            area = auc(false_positives, true_positives)
            axes.plot(false_positives, true_positives, label=f"{name} (AUC {area:.3f})")
        axes.plot([0, 1], [0, 1], color="0.5", linestyle="--", label="guessing (AUC 0.500)")
        axes.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
        axes.set_aspect("equal")
        axes.legend(loc="lower right")
        return figure

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"accuracy {self.accuracy:.1%} (95 % interval {low:.1%} to {high:.1%}), "
            f"macro F1 {self.macro_f1:.3f}, {len(self.labels)} texts"
        )

    def _check_roc(self, classes: Collection[int]) -> None:
        for index in classes:
            texts = int((self.labels == index).sum())
            if texts in (0, len(self.labels)):
                raise InputError(
                    f"{texts} of {len(self.labels)} texts are {self.names[index]!r}: a ROC curve needs texts of that class "
                    "and of another. Judge on texts of every class."
                )


def number_of(statistic: Statistic) -> Callable[[Evaluation], float]:
    """The function that gives the number.

    Raises:
        InputError: for a name that is not in ``NUMBERS``.
    """
    if callable(statistic):
        return statistic
    if statistic not in NUMBERS:
        raise InputError(
            f"statistic is {statistic!r}; expected one of {', '.join(NUMBERS)}, or a function of an evaluation."
        )
    return attrgetter(statistic)


def _cut(text: str, width: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"
