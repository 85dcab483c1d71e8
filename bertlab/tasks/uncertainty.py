"""How far a number can be trusted: Wilson's interval of a share, the bootstrap over texts, the spread over seeds.

The first two ask what other texts would have given, the third what another run of training would.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from numbers import Real

import numpy as np
from jaxtyping import Int

from bertlab.errors import InputError


def wilson(right: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, of which ``right`` of ``count`` were found; ``count`` is at least 1."""
    from scipy.stats import binomtest

    found = binomtest(right, count).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def bootstrap_interval(
    number: Callable[[Int[np.ndarray, " texts"]], float], texts: int, *, n: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """The 95 % percentile interval of a number over ``n`` draws of ``texts`` texts with replacement (Efron 1979).

    Args:
        number: given the indices of the texts drawn, the number.
        texts: how many there are, and how many are drawn each time.

    Raises:
        InputError: for less than one draw or two texts.
    """
    from scipy.stats import bootstrap

    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise InputError(f"n must be a whole number of draws of at least 1, not {n!r}.")
    if texts < 2:
        raise InputError(f"Of {texts} text every draw is the same. Judge at least two texts, better some hundred.")
    # In small batches, since scipy holds the indices of a whole one: 1,000 draws of 25,000 would take 200 MB.
    drawn = bootstrap((np.arange(texts),), number, n_resamples=n, batch=16, vectorized=False, method="percentile", rng=seed)
    return float(drawn.confidence_interval.low), float(drawn.confidence_interval.high)


@dataclass(frozen=True)
class SeedsSpread:
    """One number from runs that differ in their seed alone.

    ``format(spread, ".1%")`` writes mean, interval and range, each number in that format.

    Attributes:
        values: the number in each run, at least one.
    """

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        values = tuple(self.values)
        if not values or not all(isinstance(value, Real) for value in values):
            raise InputError(f"values is {self.values!r}; expected at least one number, one a run.")
        object.__setattr__(self, "values", tuple(map(float, values)))

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def deviation(self) -> float | None:
        """The standard deviation of single runs, estimated with n - 1; None for one run."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else None

    @property
    def margin(self) -> float | None:
        """Half of the 95 % interval of the mean (Student's t), assuming that runs are spread normally; None for one run."""
        from scipy.stats import t

        if self.deviation is None:
            return None
        n = len(self.values)
        return float(t.ppf(0.975, n - 1)) * self.deviation / n**0.5

    @property
    def interval(self) -> tuple[float, float] | None:
        """The mean less and plus ``margin``; None for one run."""
        return None if self.margin is None else (self.mean - self.margin, self.mean + self.margin)

    @property
    def summary(self) -> dict[str, float | None]:
        """A row for a table: ``mean``, ``deviation``, ``min``, ``max``, ``low`` and ``high`` of the interval, ``seeds``."""
        low, high = self.interval or (None, None)
        ends = {"min": min(self.values), "max": max(self.values), "low": low, "high": high}
        return {"mean": self.mean, "deviation": self.deviation, **ends, "seeds": len(self.values)}

    def __format__(self, spec: str) -> str:
        if self.margin is None:
            return f"{self.mean:{spec}} (one seed)"
        ends = f"{min(self.values):{spec}} to {max(self.values):{spec}}"
        return f"{self.mean:{spec}} ± {self.margin:{spec}} ({len(self.values)} seeds, {ends})"

    def __str__(self) -> str:
        return format(self, ".4g")


def over_seeds(function: Callable[[int], float], seeds: Iterable[int]) -> SeedsSpread:
    """Call a function with each seed in turn: it makes a new model, trains it and returns a number.

        over_seeds(lambda seed: judged_after_training(seed).accuracy, range(3))
    """
    return SeedsSpread(tuple(function(seed) for seed in seeds))
