"""Two classifiers on the same texts: a paired interval and McNemar's exact test."""

from math import comb

import numpy as np
import pytest

from bertlab.errors import InputError
from bertlab.tasks.comparison import compare
from bertlab.tasks.evaluation import Evaluation


def answering(labels, right):
    """A classifier that is right where it is told to be."""
    said = np.where(right, labels, 1 - labels)
    return Evaluation(("neg", "pos"), labels, 0.1 + 0.8 * np.eye(2)[said])


@pytest.fixture
def pair():
    """Of 400 texts the first classifier alone has 15 right, the second alone 5, both 330, neither 50."""
    labels = np.random.default_rng(0).integers(2, size=400)
    first = np.repeat([True, False, True, False], [15, 5, 330, 50])
    second = np.repeat([False, True, True, False], [15, 5, 330, 50])
    return answering(labels, first), answering(labels, second)


def test_mcnemars_test_is_a_fair_coins(pair):
    found = compare(*pair, n=50)
    assert (found.only_first, found.only_second) == (15, 5)
    # 15 or more of 20 throws, or 5 or fewer.
    assert found.p_value == pytest.approx(2 * sum(comb(20, k) for k in range(6)) / 2**20)
    assert found.difference == pytest.approx(10 / 400)
    low, high = found.interval
    assert str(found) == (
        f"difference +0.0250 (95 % interval {low:+.4f} to {high:+.4f}); right in the first alone 15, in the second "
        "alone 5, McNemar's p = 0.041"
    )


def test_the_interval_is_that_of_the_differences_on_the_same_texts(pair):
    """A text's difference is +1, -1 or 0, so its variance is known; unpaired draws would spread three times as far."""
    low, high = compare(*pair, n=2000).interval
    mean, deviation = 10 / 400, (20 / 400 - (10 / 400) ** 2) ** 0.5
    half = 1.96 * deviation / 400**0.5
    assert (mean - low, high - mean) == pytest.approx((half, half), rel=0.2)
    backwards = compare(pair[1], pair[0], n=2000)
    assert backwards.interval == pytest.approx((-high, -low)) and backwards.difference == pytest.approx(-mean)


def test_another_number_may_be_compared(pair):
    found = compare(*pair, "macro_f1", n=50)
    assert found.difference == pytest.approx(pair[0].macro_f1 - pair[1].macro_f1)
    assert found.interval[0] < found.difference < found.interval[1]


def test_the_same_answers_do_not_differ(pair):
    found = compare(pair[0], pair[0], n=20)
    assert (found.difference, found.interval, found.p_value) == (0.0, (0.0, 0.0), 1.0)


def test_other_texts_are_not_compared(pair):
    with pytest.raises(InputError, match="not of the same texts: 400 and 399 texts"):
        compare(pair[0], pair[1].subset(np.arange(399)))
    with pytest.raises(InputError, match="Expected the same labels in the same order"):
        compare(pair[0], pair[1].subset(np.arange(399, -1, -1)))
