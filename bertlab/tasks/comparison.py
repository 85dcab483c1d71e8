"""Two classifiers held against each other on the same texts."""

from dataclasses import dataclass

import numpy as np

from bertlab.errors import InputError
from bertlab.tasks.evaluation import Evaluation, Statistic, number_of
from bertlab.tasks.uncertainty import bootstrap_interval


@dataclass(frozen=True)
class Comparison:
    """Two classifiers on the same texts.

    Attributes:
        difference: the first one's number less the second's.
        interval: its 95 % percentile interval, over draws of the same texts for both.
        only_first: texts that the first alone classifies rightly.
        only_second: those that the second alone does.
        p_value: McNemar's exact test: how probable so uneven a share of those texts, or a more uneven one, would be if each
            were as likely to fall to either.
    """

    difference: float
    interval: tuple[float, float]
    only_first: int
    only_second: int
    p_value: float

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"difference {self.difference:+.4f} (95 % interval {low:+.4f} to {high:+.4f}); right in the first alone "
            f"{self.only_first}, in the second alone {self.only_second}, McNemar's p = {self.p_value:.2g}"
        )


def compare(
    first: Evaluation, second: Evaluation, statistic: Statistic = "accuracy", *, n: int = 1000, seed: int = 0
) -> Comparison:
    """Hold two classifiers against each other on the same texts, which says more than two intervals side by side.

    The interval is of texts alone: what another seed of training would change is not in it. McNemar's test asks about
    accuracy whatever the statistic is (Dietterich 1998, section 3.1; here the exact binomial instead of its chi-squared).

    Args:
        first, second: evaluations of the same texts in the same order.
        statistic, n, seed: as in ``Evaluation.bootstrap``.

    Raises:
        InputError: for evaluations of other texts or classes, and what ``Evaluation.bootstrap`` does not take.
    """
    from scipy.stats import binomtest

    if first.names != second.names or not np.array_equal(first.labels, second.labels):
        raise InputError(
            f"The two evaluations are not of the same texts: {len(first.labels)} and {len(second.labels)} texts, classes "
            f"{', '.join(first.names)} and {', '.join(second.names)}. Expected the same labels in the same order."
        )
    number = number_of(statistic)
    interval = bootstrap_interval(
        lambda texts: number(first.subset(texts)) - number(second.subset(texts)), len(first.labels), n=n, seed=seed
    )
    only_first, only_second = int((first.right & ~second.right).sum()), int((second.right & ~first.right).sum())
    uneven = only_first + only_second
    p_value = float(binomtest(only_first, uneven, 0.5).pvalue) if uneven else 1.0
    return Comparison(number(first) - number(second), interval, only_first, only_second, p_value)
