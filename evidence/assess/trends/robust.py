"""How far a value lies from its like: the modified z-score on logarithms, after Iglewicz and Hoaglin (analytics 6.8).

Not here: floors and what is compared. Invariant: fewer than ten values give no score, and so no anomaly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import fmean, median

LIMIT = 3.5
WINDOW, LEAST = 30, 10
"""Values that make the baseline: the last thirty, and at least ten."""
_NORMAL = 0.6745
"""The 0.75 quantile of the normal distribution: makes the score comparable with a standard deviation."""
_MEAN = 1.253314
"""Square root of pi/2: the same for the mean absolute deviation, where the median one is zero."""


@dataclass(frozen=True, slots=True)
class Score:
    """A value against its baseline."""

    value: float
    median: float
    score: float | None
    """None where all of the baseline is equal: the floors alone decide."""
    of: int
    """Values in the baseline."""

    @property
    def high(self) -> bool:
        """Whether it lies beyond the limit, or nothing but the floors can tell."""
        return self.score is None or self.score > LIMIT

    @property
    def low(self) -> bool:
        """The same below."""
        return self.score is None or self.score < -LIMIT


def baseline(values: Sequence[float]) -> Sequence[float] | None:
    """The last thirty of the values in order of time; None where there are fewer than ten."""
    return values[-WINDOW:] if len(values) >= LEAST else None


def scored(value: float, values: Sequence[float], floor: float = 1.0) -> Score | None:
    """The score of a value among at least ten earlier ones; all below `floor` are taken as it, for zero has no logarithm."""
    kept = baseline(values)
    if kept is None:
        return None
    logs = [log(max(one, floor)) for one in kept]
    middle = median(logs)
    deviations = [abs(one - middle) for one in logs]
    distance = log(max(value, floor)) - middle
    mad, mean = median(deviations), fmean(deviations)
    score = _NORMAL * distance / mad if mad else distance / (_MEAN * mean) if mean else None
    return Score(value, median(kept), score, len(kept))
