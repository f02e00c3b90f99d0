"""Of which days a retention keeps the points: rules by weekday, by day of the month, by week of the month.

Not here: how long they are kept (drift and expiry are judged elsewhere). Invariant: a rule that cannot be read keeps every day, so that a
point is looked for rather than excused.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

WEEKDAYS = {
    "monday": 0,
    "tuesday": 1,
    "wednesday": 2,
    "thursday": 3,
    "friday": 4,
    "saturday": 5,
    "sunday": 6,
}
_WEEKS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 0}
_MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
_WEEK = 7


@dataclass(frozen=True, slots=True)
class KeptDays:
    """Days that one retention rule names; what is None restricts nothing."""

    weekdays: frozenset[int] | None = None
    weeks: frozenset[int] | None = None
    """Of the month, 1 to 4; 0 is the last."""
    dates: frozenset[int] | None = None
    """Of the month; 0 is the last day."""
    months: frozenset[int] | None = None

    def holds(self, day: date) -> bool:
        """Whether the rule names the day."""
        if self.months is not None and day.month not in self.months:
            return False
        if self.dates is not None:
            return day.day in self.dates or (0 in self.dates and _is_last_day(day))
        if self.weekdays is not None and day.weekday() not in self.weekdays:
            return False
        return self.weeks is None or _week(day) in self.weeks or (0 in self.weeks and _in_last_week(day))


@dataclass(frozen=True, slots=True)
class Kept:
    """Days of which any rule keeps the points."""

    rules: tuple[KeptDays, ...]

    def holds(self, day: date) -> bool:
        """Whether points of the day are kept."""
        return any(rule.holds(day) for rule in self.rules)


def kept_days(retention: object) -> Kept | None:
    """The days that a `LongTermRetentionPolicy` (keys folded) keeps; None where it keeps all, or cannot be read."""
    if not isinstance(retention, dict) or retention.get("dailyschedule"):
        return None
    named = {name: retention.get(f"{name}schedule") for name in ("weekly", "monthly", "yearly")}
    rules = [_rule(name, sent) for name, sent in named.items() if isinstance(sent, dict)]
    found = [rule for rule in rules if rule is not None]
    return Kept(tuple(found)) if found and len(found) == len(rules) else None


def _rule(name: str, sent: Mapping[str, object]) -> KeptDays | None:
    if name == "weekly":
        weekdays = _numbers(sent.get("daysoftheweek"), WEEKDAYS)
        return KeptDays(weekdays=weekdays) if weekdays else None
    months = _numbers(sent.get("monthsofyear"), _MONTHS) if name == "yearly" else None
    if name == "yearly" and not months:
        return None
    return _by_date(sent, months) if _format(sent) == "daily" else _by_week(sent, months)


def _format(sent: Mapping[str, object]) -> str:
    value = sent.get("retentionscheduleformattype")
    return value.casefold() if isinstance(value, str) else ""


def _by_week(sent: Mapping[str, object], months: frozenset[int] | None) -> KeptDays | None:
    weekly = sent.get("retentionscheduleweekly")
    if not isinstance(weekly, dict):
        return None
    weekdays = _numbers(weekly.get("daysoftheweek"), WEEKDAYS)
    weeks = _numbers(weekly.get("weeksofthemonth"), _WEEKS)
    return KeptDays(weekdays=weekdays, weeks=weeks, months=months) if weekdays and weeks else None


def _by_date(sent: Mapping[str, object], months: frozenset[int] | None) -> KeptDays | None:
    daily = sent.get("retentionscheduledaily")
    days = daily.get("daysofthemonth") if isinstance(daily, dict) else None
    if not isinstance(days, list) or not days:
        return None
    dates = [_date(day) for day in days]
    return None if None in dates else KeptDays(dates=frozenset(day for day in dates if day is not None), months=months)


def _date(day: object) -> int | None:
    if not isinstance(day, dict):
        return None
    number = day.get("date")
    if day.get("islast") is True:
        return 0
    return number if isinstance(number, int) and number > 0 else None


def _numbers(names: object, known: Mapping[str, int]) -> frozenset[int] | None:
    """Numbers of the names; None where one of them is not known."""
    if not isinstance(names, list):
        return None
    found = [known.get(name.casefold()) if isinstance(name, str) else None for name in names]
    return None if None in found else frozenset(number for number in found if number is not None)


def _week(day: date) -> int:
    return (day.day - 1) // _WEEK + 1


def _is_last_day(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]


def _in_last_week(day: date) -> bool:
    return day.day + _WEEK > calendar.monthrange(day.year, day.month)[1]
