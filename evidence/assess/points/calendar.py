"""Retention spans added to a moment: days and weeks by the clock, months and years by the calendar.

Not here: what a policy promises. Invariant: the last day of a shorter month stands for a day that it has not.
"""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.assess.points.values import Kept

_MONTHS_OF_YEAR = 12
_DAYS = {"Days": 1, "Weeks": 7}
_MONTHS = {"Months": 1, "Years": _MONTHS_OF_YEAR}


def later(moment: datetime, kept: Kept) -> datetime:
    """The moment that lies a span of retention after another; beyond the last year that can be written, that year's end."""
    try:
        if kept.unit in _DAYS:
            return moment + timedelta(days=kept.count * _DAYS[kept.unit])
        year, month = divmod(moment.year * _MONTHS_OF_YEAR + moment.month - 1 + kept.count * _MONTHS[kept.unit], 12)
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        return moment.replace(year=year, month=month + 1, day=day)
    except (OverflowError, ValueError):
        return datetime.max.replace(tzinfo=moment.tzinfo)


def least_days(kept: Kept) -> int:
    """Days that a span lasts at least, for comparing spans of different units."""
    days = {"Days": 1, "Weeks": 7, "Months": 28, "Years": 365}[kept.unit]
    return kept.count * days


@lru_cache(maxsize=256)
def longest(kept: Kept) -> timedelta:
    """The longest time that a span may last; what no clock can count lasts as long as one can."""
    days = {"Days": 1, "Weeks": 7, "Months": 31, "Years": 366}[kept.unit]
    return timedelta(days=min(kept.count * days, timedelta.max.days))
