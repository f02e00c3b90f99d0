"""Where a number stands on a line, and which numbers a line is marked with.

Not here: shapes, colours, words beside a line. Invariant: positions grow with numbers and stay on the line; the marks of an axis
of minutes hold all that is shown between the first and the last.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log

MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 4320, 10080, 20160, 43200)
"""Steps that people think in: minutes, quarters of an hour, hours, days, weeks, a month."""
HOUR, DAY = 60, 1440
LEAST_GAP = 24.0
"""Points between two marks of an axis, so that their words do not touch."""


@dataclass(frozen=True, slots=True)
class Linear:
    """From 0 at the left to `top` at the right."""

    top: float
    width: float

    def at(self, value: float) -> float:
        """Points from the left."""
        return 0.0 if self.top <= 0 else self.width * min(max(value / self.top, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Logarithmic:
    """From `low` at the left to `high` at the right, both above 0, each doubling as long as the other."""

    low: float
    high: float
    width: float

    def at(self, value: float) -> float:
        """Points from the left; what is below the first mark stands on it."""
        if value <= self.low:
            return 0.0
        return self.width * min(log(value / self.low) / log(self.high / self.low), 1.0)


def minutes_scale(values: Sequence[float], width: float) -> Logarithmic:
    """The shortest line between two steps of MINUTES that holds all values; beyond the last step, the doubled largest value."""
    low = max((step for step in MINUTES if step <= min(values)), default=MINUTES[0])
    high = min((step for step in MINUTES if step >= max(values) and step > low), default=None)
    return Logarithmic(low, max(values) * 2 if high is None else high, width)


def minutes_ticks(scale: Logarithmic) -> tuple[float, ...]:
    """Steps on the line, first and last among them, with room between."""
    steps = [float(step) for step in MINUTES if scale.low <= step <= scale.high]
    kept = steps[:1]
    for step in steps[1:-1]:
        if scale.at(step) - scale.at(kept[-1]) >= LEAST_GAP and scale.at(steps[-1]) - scale.at(step) >= LEAST_GAP:
            kept.append(step)
    return tuple(dict.fromkeys([*kept, *steps[-1:]]))


def span_words(minutes: float) -> str:
    """`15 min`, `4 h`, `2 d`: the largest unit that tells a step in a whole number."""
    if minutes >= DAY and minutes % DAY == 0:
        return f"{minutes / DAY:,.0f} d"
    if minutes >= HOUR and minutes % HOUR == 0:
        return f"{minutes / HOUR:,.0f} h"
    return f"{minutes:,.0f} min"


def split(amounts: Sequence[int], width: float, least: float) -> list[tuple[float, float]]:
    """Begin and length of each part of a bar; parts that are not zero are at least so long, at the cost of the longer ones.

    Where there are more parts than room, the bar grows longer rather than lose one.
    """
    narrow: set[int] = set()
    while True:
        lengths = _lengths(amounts, max(width - least * len(narrow), 0.0), least, narrow)
        found = {place for place, length in enumerate(lengths) if amounts[place] and length < least}
        if not found:
            break
        narrow |= found
    ends = list(accumulate(lengths))
    return [(end - length, length) for end, length in zip(ends, lengths, strict=True)]


def _lengths(amounts: Sequence[int], room: float, least: float, narrow: Collection[int]) -> list[float]:
    rest = sum(amount for place, amount in enumerate(amounts) if place not in narrow)
    return [
        (least if place in narrow else room * amount / rest) if amount else 0.0 for place, amount in enumerate(amounts)
    ]
