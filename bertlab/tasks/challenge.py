"""How a sentiment classifier does on the challenge set, phenomenon by phenomenon (`bertlab.data.challenge`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool
from torch import nn
from transformers import PreTrainedTokenizerBase

from bertlab.data.challenge import CONTROL, ChallengeReview, load_challenge
from bertlab.errors import InputError
from bertlab.tasks.classification import Evaluation, class_names, evaluate

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

# The name that transformers gives a class without one, in the order in which IMDb and SST-2 have their classes.
_UNNAMED = ("label_0", "label_1")
_TOTAL = f"all but {CONTROL}"


@dataclass(frozen=True)
class ChallengeResult:
    """What a classifier made of the challenge set. It prints, and shows in a notebook, as its table.

    ``challenge`` makes one from a model. For any other classifier make it from the ``Evaluation`` of the reviews' texts.

    Attributes:
        reviews: those that were judged.
        evaluation: of their texts, in this order, for two classes that are named as ``challenge`` wants them.

    Raises:
        InputError: for an evaluation of other texts, and classes that do not say which is positive.
    """

    reviews: Sequence[ChallengeReview] = field(repr=False)
    evaluation: Evaluation

    def __post_init__(self) -> None:
        own = [positive_class(self.evaluation.names) == label for label in self.evaluation.labels.tolist()]
        if own != [bool(review.label) for review in self.reviews]:
            raise InputError(
                f"The evaluation is not of these reviews: it has {len(own)} labels for {len(self.reviews)} reviews"
                + (", or others than theirs. " if len(own) == len(self.reviews) else ". ")
                + "Judge [review.text for review in reviews], in this order."
            )

    @cached_property
    def right(self) -> Bool[np.ndarray, " review"]:
        """Whether each review's label was found."""
        return self.evaluation.labels == self.evaluation.predictions

    @cached_property
    def table(self) -> "pandas.DataFrame":
        """A row for each phenomenon, the control group ``plain`` first, and last one for all the others together.

        Columns: ``reviews``, their number; ``accuracy`` and its 95 % interval (Wilson's), from ``low`` to ``high``;
        ``positive``, the share predicted positive, where half are; ``pairs``, the number of whole pairs; ``both_right``, the
        share of these with both reviews right: 0 for one that says the same of both always, 0.25 for one that guesses.
        The interval takes reviews as drawn one by one, which those of a pair are not: read it as a rough one.
        """
        import pandas

        phenomena = np.array([review.phenomenon for review in self.reviews])
        rows = {name: self._row(phenomena == name) for name in dict.fromkeys(phenomena.tolist())}
        if len(set(rows) - {CONTROL}) > 1:
            rows[_TOTAL] = self._row(phenomena != CONTROL)
        return pandas.DataFrame.from_dict(rows, orient="index").rename_axis("phenomenon")

    def _row(self, chosen: Bool[np.ndarray, " review"]) -> dict[str, float]:
        judged = Evaluation(
            self.evaluation.names, self.evaluation.labels[chosen], self.evaluation.probabilities[chosen]
        )
        low, high = judged.interval
        found: dict[str, list[bool]] = {}
        for index in np.flatnonzero(chosen):
            if (pair := self.reviews[index].pair) is not None:
                found.setdefault(pair, []).append(bool(self.right[index]))
        pairs = [all(right) for right in found.values() if len(right) == 2]
        return {
            "reviews": len(judged.labels),
            "accuracy": judged.accuracy,
            "low": low,
            "high": high,
            "positive": float((judged.predictions == positive_class(judged.names)).mean()),
            "pairs": len(pairs),
            "both_right": sum(pairs) / len(pairs) if pairs else float("nan"),
        }

    def frame(self) -> "pandas.DataFrame":
        """A row for each review; ``frame().query("not right")`` are the mistakes.

        Columns: ``phenomenon``, ``pair``, ``label``, the predicted ``probability`` that it is positive, ``right``, ``text``.
        """
        import pandas

        return pandas.DataFrame(
            {
                "phenomenon": [review.phenomenon for review in self.reviews],
                "pair": [review.pair for review in self.reviews],
                "label": [review.label for review in self.reviews],
                "probability": self.evaluation.probabilities[:, positive_class(self.evaluation.names)],
                "right": self.right,
                "text": [review.text for review in self.reviews],
            }
        )

    def plot(self) -> "Figure":
        """Draw the table: for each phenomenon a dot with its interval, and a diamond for the pairs; ``plain`` is a line."""
        from bertlab.figures import new_figure

        rows = self.table.drop(index=CONTROL, errors="ignore") if len(self.table) > 1 else self.table
        y = np.arange(len(rows), 0, -1.0)
        y[rows.index == _TOTAL] -= 0.4
        figure, axes = new_figure(width=7, height=1.2 + 0.34 * len(rows))
        if CONTROL in self.table.index:
            plain = self.table.loc[CONTROL, "accuracy"]
            axes.axvline(plain, color="C2", linestyle="--", label=f"accuracy on the {CONTROL} reviews")
        axes.axvline(0.5, color="0.5", linestyle=":", label="accuracy of a coin")
        spread = [rows["accuracy"] - rows["low"], rows["high"] - rows["accuracy"]]
        label = "accuracy, 95 % interval"
        axes.errorbar(rows["accuracy"], y + 0.1, xerr=spread, fmt="o", color="C0", capsize=3, label=label)
        axes.plot(rows["both_right"], y - 0.18, "D", color="C1", markerfacecolor="none", label="pairs with both right")
        axes.set(yticks=y, yticklabels=rows.index, xlabel="share of the reviews, or of the pairs", ylabel="phenomenon")
        axes.set(xlim=(-0.03, 1.03), ylim=(y[-1] - 0.6, y[0] + 0.6))
        axes.grid(axis="y", visible=False)
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
        return figure

    def __str__(self) -> str:
        return self._shown().to_string()

    def _repr_html_(self) -> str:
        return self._shown().to_html()

    def _shown(self) -> "pandas.DataFrame":
        """The table with its shares as per cent, as text."""
        table = self.table.rename(columns={"both_right": "both right"})
        for column in ("accuracy", "low", "high", "positive", "both right"):
            table[column] = [f"{share:.0%}" if share == share else "-" for share in table[column]]
        return table.rename_axis(None)


def challenge(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    *,
    reviews: Iterable[ChallengeReview] | None = None,
    **options: Any,
) -> ChallengeResult:
    """Judge a sentiment classifier on the challenge set; the model is left as it was.

    Args:
        model: a sequence classifier with two classes, in either order. Their names say which is which: one begins with
            neg and one with pos; LABEL_0 and LABEL_1 are taken for these two.
        tokenizer: the model's.
        reviews: another set, or a part of it; without, all of ``load_challenge()``.
        options: as ``bertlab.evaluate`` takes them: ``batch_size``, ``max_length``, ``truncation``. No review of the set is
            longer than 128 word pieces, so the defaults cut none.

    Returns:
        The result: ``table``, ``plot()``, ``frame()``.

    Raises:
        InputError: for a model that is no classifier, has other than two classes or names that leave open which is
            positive; for no reviews; and as ``bertlab.evaluate`` does.
    """
    positive = positive_class(class_names(model))
    reviews = load_challenge() if reviews is None else list(reviews)
    labels = [positive if review.label else 1 - positive for review in reviews]
    return ChallengeResult(reviews, evaluate(model, tokenizer, [review.text for review in reviews], labels, **options))


def positive_class(names: Sequence[str]) -> int:
    """Which of a classifier's two classes is the positive one, 0 or 1, by their names.

    Raises:
        InputError: for other than two names, and names that do not say it.
    """
    listed = ", ".join(f"{number} = {name}" for number, name in enumerate(names))
    if len(names) != 2:
        raise InputError(
            f"The model has {len(names)} classes ({listed}); the challenge set knows two, negative and positive. Give one "
            "that was trained with these two: bertlab.load_model(name, labels=['neg', 'pos'])."
        )
    lowered = [str(name).casefold() for name in names]
    signs = [name.startswith("pos") - name.startswith("neg") for name in lowered]
    if sorted(signs) == [-1, 1]:
        return signs.index(1)
    if tuple(lowered) == _UNNAMED:
        return 1
    raise InputError(
        f"The model's classes are {listed}: nothing says which of them is positive. Expected one whose name begins with neg "
        "and one with pos. Name them, in the order of the logits: model.config.id2label = {0: 'neg', 1: 'pos'}."
    )
