"""The spread over seeds against the textbook's formulas, and how it is written."""

import numpy as np
import pytest
from scipy import stats

from bertlab.errors import InputError
from bertlab.tasks.uncertainty import SeedsSpread, over_seeds


def test_the_interval_of_the_mean_is_students():
    values = (0.83, 0.86, 0.85)
    spread = SeedsSpread(values)
    assert spread.mean == pytest.approx(0.8466667, abs=1e-6)
    assert spread.deviation == pytest.approx(0.0152753, abs=1e-6)
    # By hand: t of 2 degrees of freedom is 4.3027 at 97.5 %; 4.3027 * 0.0152753 / √3 = 0.0379459.
    assert spread.margin == pytest.approx(0.0379459, abs=1e-6)
    assert spread.interval == pytest.approx(stats.ttest_1samp(values, 0).confidence_interval(0.95))
    assert list(spread.summary) == ["mean", "deviation", "min", "max", "low", "high", "seeds"]
    expected = [spread.mean, np.std(values, ddof=1), 0.83, 0.86, *spread.interval, 3]
    assert list(spread.summary.values()) == pytest.approx(expected)


def test_a_spread_is_written_in_the_format_asked_for():
    spread = SeedsSpread([0.83, 0.86, 0.85])
    assert f"{spread:.1%}" == "84.7% ± 3.8% (3 seeds, 83.0% to 86.0%)"
    assert str(spread) == "0.8467 ± 0.03795 (3 seeds, 0.83 to 0.86)"


def test_one_seed_has_no_spread():
    spread = SeedsSpread([0.83])
    assert spread.mean == 0.83 and spread.deviation is spread.margin is spread.interval is None
    assert f"{spread:.1%}" == "83.0% (one seed)"
    assert spread.summary["low"] is None and spread.summary["max"] == 0.83


def test_each_seed_is_run_once_in_turn():
    asked = []

    def run(seed):
        asked.append(seed)
        return np.float32(seed / 2)

    assert over_seeds(run, range(3, 6)).values == (1.5, 2.0, 2.5)
    assert asked == [3, 4, 5]


@pytest.mark.parametrize("values", [[], ["0.8"], [None]])
def test_what_is_no_spread(values):
    with pytest.raises(InputError, match="expected at least one number"):
        SeedsSpread(values)
