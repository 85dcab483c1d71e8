"""What a count may be when the code is right: every bound here is broken by chance once in a million runs."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import stats

RISK = 1e-6


def check_share(hits: int, trials: int, share: float) -> None:
    """`hits` of `trials` independent draws lie in the exact binomial interval around `share`."""
    low, high = stats.binom.interval(1 - RISK, trials, share)
    assert low <= hits <= high, f"{hits} of {trials}; expected {share:.4f} of them, {low:.0f} to {high:.0f}"


def check_distribution(found: Mapping[Any, int], expected: Mapping[Any, float]) -> None:
    """The outcomes are drawn with the expected probabilities (Pearson's chi-squared), and there are no others."""
    assert set(found) <= set(expected), f"{set(found) - set(expected)} cannot be"
    assert abs(sum(expected.values()) - 1) < 1e-9
    trials = sum(found.values())
    wanted = np.array([trials * share for share in expected.values()])
    assert wanted.min() >= 5, "too few trials for this test"
    found_counts = [found.get(outcome, 0) for outcome in expected]
    p_value = stats.chisquare(found_counts, wanted).pvalue
    assert p_value > RISK, f"p = {p_value:.1e}: {dict(found)} instead of {dict(zip(expected, wanted.round()))}"


def check_same_distribution(a: Counter, b: Counter) -> None:
    """Two samples are of one distribution (chi-squared on the table of both; rare outcomes are taken together)."""
    outcomes = [outcome for outcome in a | b if a[outcome] + b[outcome] >= 20]
    table = [[sample[outcome] for outcome in outcomes] for sample in (a, b)]
    for row, sample in zip(table, (a, b)):
        row.append(sample.total() - sum(row))
    columns = [column for column in zip(*table) if sum(column)]
    assert len(columns) > 1
    p_value = stats.chi2_contingency(np.array(columns)).pvalue
    assert p_value > RISK, f"p = {p_value:.1e}"
