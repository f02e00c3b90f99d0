"""What period a pack is about: a night, a week, a month, a quarter, a year or any span of nights."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from evidence.errors import ConfigurationError
from evidence.nights import nights_between

_QUARTER = re.compile(r"([0-9]{4})-?[Qq]([1-4])")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_WEEK = re.compile(r"([0-9]{4})-[Ww]([0-9]{2})")
_DAYS_OF_WEEK = 7
_YEAR = re.compile(r"[0-9]{4}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Period:
    """Nights from first to last, both included, with the name that paths and pack ids carry."""

    name: str
    first: date
    last: date

    def nights(self) -> tuple[date, ...]:
        """All its nights."""
        return tuple(nights_between(self.first, self.last))


def parse_period(text: str) -> Period:
    """`2026Q3`, `2026-11`, `2026-W47`, `2026`, `2026-11-21`, or `2026-11-01..2026-11-10`; raises ConfigurationError."""
    try:
        return _parsed(text.strip())
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(
            f"`{text}` is no period.",
            cause=str(error),
            next_step="Write 2026Q3, 2026-11, 2026-W47, 2026, 2026-11-21 or 2026-11-01..2026-11-10.",
        ) from error


def span_period(first: date, last: date) -> Period:
    """Any nights from first to last; one night alone is named by its date."""
    if last < first:
        raise ConfigurationError(f"The last night {last} lies before the first {first}.")
    return Period(str(first) if first == last else f"{first}--{last}", first, last)


def week_of(night: date) -> Period:
    """The ISO week (Monday to Sunday) that holds a night."""
    year, week, day = night.isocalendar()
    monday = night - timedelta(days=day - 1)
    return Period(f"{year:04d}-W{week:02d}", monday, monday + timedelta(days=_DAYS_OF_WEEK - 1))


def _parsed(text: str) -> Period:
    if found := _QUARTER.fullmatch(text):
        year, quarter = int(found.group(1)), int(found.group(2))
        month = quarter * 3
        return Period(f"{year}Q{quarter}", date(year, month - 2, 1), _month_end(year, month))
    if found := _MONTH.fullmatch(text):
        year, month = int(found.group(1)), int(found.group(2))
        return Period(f"{year:04d}-{month:02d}", date(year, month, 1), _month_end(year, month))
    if found := _WEEK.fullmatch(text):
        # A year has 52 weeks or 53: Python refuses what there is not.
        return week_of(date.fromisocalendar(int(found.group(1)), int(found.group(2)), 1))
    if _YEAR.fullmatch(text):
        return Period(text, date(int(text), 1, 1), date(int(text), 12, 31))
    first, dots, last = text.partition("..")
    if dots:
        return span_period(_day(first.strip()), _day(last.strip()))
    return span_period(_day(text), _day(text))


def _day(text: str) -> date:
    # Python reads weeks (2026-W47) as their first day too; a week must not become one night.
    if not _DAY.fullmatch(text):
        raise ValueError(f"`{text}` is no day")
    return date.fromisoformat(text)


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])
