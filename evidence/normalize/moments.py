"""Times as Azure writes them to UTC moments.

Not here: which field holds a time. Invariant: a text becomes the one moment it can mean, None where it is a sentinel,
or a ValueError; never a guess.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

LAST_SENTINEL_YEAR = 2001
"""`0001-01-01` and `2001-01-01` stand for "never" (azure-backup.md section 4); Azure Backup is younger than both."""

_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
_SLASHED = re.compile(
    r"(?P<first>[0-9]{1,2})/(?P<second>[0-9]{1,2})/(?P<year>[0-9]{4})"
    r" (?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2}):(?P<seconds>[0-9]{2})(?:[ \u00a0\u202f](?P<half>[AP]M))?"
)
_NOON = 12


def parse_moment(text: str) -> datetime | None:
    """The UTC moment a text means; None for a sentinel and for an empty text.

    Read are ISO 8601 with T or a space and up to nine fractional digits, `M/D/YYYY h:mm:ss AM`, and
    `MM/DD/YYYY HH:mm:ss`. A text without zone is UTC. Digits beyond microseconds are cut off, not rounded: a moment
    never moves into a later second. Raises ValueError for all else.
    """
    if _ISO.fullmatch(text):
        return _unless_sentinel(datetime.fromisoformat(text))
    stripped = text.strip()
    if not stripped:
        return None
    match = _SLASHED.fullmatch(stripped)
    if match is None:
        raise ValueError(f"not a time: {text!r}")
    return _unless_sentinel(_slashed(match))


def _unless_sentinel(moment: datetime) -> datetime | None:
    if moment.year <= LAST_SENTINEL_YEAR:
        return None
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"out of range in UTC: {moment.isoformat()}") from error


def _slashed(match: re.Match[str]) -> datetime:
    first, second = int(match["first"]), int(match["second"])
    minute, seconds, year = int(match["minute"]), int(match["seconds"]), int(match["year"])
    if match["half"]:
        return datetime(year, first, second, _hour_of_day(match), minute, seconds, tzinfo=UTC)
    month, day = _month_and_day(first, second)
    return datetime(year, month, day, int(match["hour"]), minute, seconds, tzinfo=UTC)


def _hour_of_day(match: re.Match[str]) -> int:
    hour = int(match["hour"])
    if not 1 <= hour <= _NOON:
        raise ValueError(f"no such hour before or after noon: {match[0]!r}")
    return hour % _NOON + (_NOON if match["half"] == "PM" else 0)


def _month_and_day(first: int, second: int) -> tuple[int, int]:
    """Month and day of a 24-hour text; Azure sends both `06/19/2021` and `14/05/2022` (jobs that move points)."""
    months = range(1, 13)
    if first in months and second in months and first != second:
        raise ValueError(f"may be month/day or day/month: {first:02}/{second:02}")
    return (first, second) if first in months else (second, first)
