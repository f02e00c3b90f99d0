"""Values as PowerShell and Python print them to the texts that Azure sends for the same thing.

Not here: which field holds what. Invariant: a value is changed only where it has one meaning; all others stay as saved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

_MICROSOFT_DATE = re.compile(r"/Date\((-?[0-9]{1,17})(?:[+-][0-9]{4})?\)/")
"""Milliseconds since 1970 in UTC; an offset behind them says how it was shown, not when it was."""
_PYTHON_DURATION = re.compile(r"(?:(-?[0-9]{1,9}) days?, )?([0-9]{1,2}):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,6}))?")
_TRUNCATED = re.compile(r"@\{.*\}|(?:System|Microsoft)\.[A-Za-z0-9_.+`]+(?:\[[^\]]*\])*", re.DOTALL)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE_KEYS = frozenset({"value", "displayhint", "datetime"})
_SPAN_KEYS = frozenset({"ticks", "totalseconds"})
_TICKS = 10_000_000
"""In a second."""


def is_truncated(value: object) -> bool:
    """Whether `ConvertTo-Json` wrote a name or a rendering where an object stood, because -Depth was too small."""
    return isinstance(value, str) and _TRUNCATED.fullmatch(value) is not None


def plain(value: object) -> object:
    """The value with PowerShell's dates and time spans as ISO 8601; the very same object where nothing changes."""
    if isinstance(value, str):
        return _date(value)
    if isinstance(value, Mapping):
        return _special(value) or _each(value)
    if isinstance(value, list):
        found = [plain(one) for one in value]
        return value if all(new is old for new, old in zip(found, value, strict=True)) else found
    return value


def plain_duration(value: object) -> object:
    """A duration as Python prints one (`1 day, 0:09:12.5`) in ISO 8601; anything else as it is."""
    match = _PYTHON_DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[1] is None:
        return value  # without days it reads like .NET's form, which Azure sends itself
    days, hours, minutes, seconds = (int(part) for part in match.groups()[:4])
    fraction = int((match[5] or "0").ljust(6, "0"))
    return _iso(timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, microseconds=fraction))


def _date(text: str) -> str:
    match = _MICROSOFT_DATE.fullmatch(text)
    if match is None:
        return text
    try:
        moment = _EPOCH + timedelta(milliseconds=int(match[1]))
    except OverflowError:
        return text  # beyond the calendar: it stays as saved, and is said to be unreadable
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _special(value: Mapping[str, object]) -> object:
    """A date or a time span that PowerShell wrote as an object; None for any other object."""
    folded: dict[str, object] = {key.casefold(): one for key, one in value.items()}
    dated = folded.get("value")
    if folded.keys() <= _DATE_KEYS and isinstance(dated, str) and len(folded) > 1:
        return _date(dated)
    ticks = folded.get("ticks")
    if folded.keys() >= _SPAN_KEYS and isinstance(ticks, int) and not isinstance(ticks, bool):
        sign = "-" if ticks < 0 else ""
        return f"{sign}PT{abs(ticks) // _TICKS}.{abs(ticks) % _TICKS:07d}S"
    return None


def _each(value: Mapping[str, object]) -> Mapping[str, object]:
    found = {key: plain(one) for key, one in value.items()}
    return value if all(found[key] is one for key, one in value.items()) else found


def _iso(span: timedelta) -> str:
    sign, span = ("-", -span) if span < timedelta(0) else ("", span)
    return f"{sign}PT{span.days * 86_400 + span.seconds}.{span.microseconds:06d}S"
