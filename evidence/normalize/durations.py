"""Durations as Azure writes them to seconds.

Invariant: ISO 8601 and .NET forms mean the same number of seconds; a text that means none is a ValueError.
"""

from __future__ import annotations

import re

_ISO = re.compile(
    r"(?P<sign>-?)P(?=[0-9T])(?:(?P<weeks>[0-9]{1,9})W)?(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?"
    r"(?:(?P<seconds>[0-9]{1,9}(?:\.[0-9]{1,9})?)S)?)?"
)
_DOTNET = re.compile(
    r"(?P<sign>-?)(?:(?P<days>[0-9]{1,9})\.)?(?P<hours>[01]?[0-9]|2[0-3]):(?P<minutes>[0-5][0-9])"
    r":(?P<seconds>[0-5][0-9](?:\.[0-9]{1,9})?)"
)
_SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60}


def parse_duration(text: str) -> float:
    """Seconds of `PT9M12.3S`, `-PT5.8S`, `00:03:05.13` or `13.23:59:41.1234567`.

    Months and years have no fixed length and are refused. Raises ValueError for what is no duration.
    """
    match = _ISO.fullmatch(text) or _DOTNET.fullmatch(text)
    if match is None:
        raise ValueError(f"not a duration: {text!r}")
    parts = match.groupdict(default="0")
    whole = sum(int(parts.get(unit, "0")) * seconds for unit, seconds in _SECONDS.items())
    total = whole + float(parts["seconds"])
    return -total if match["sign"] else total
