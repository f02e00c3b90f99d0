"""Durations as Azure writes them to seconds.

Invariant: ISO 8601 and .NET forms mean the same number of seconds; a text that means none is a ValueError.
"""

from __future__ import annotations

import re

_ISO = re.compile(
    r"(-?)P(?=[0-9T])(?:([0-9]{1,9})D)?(?:T(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)S)?)?"
)
_DOTNET = re.compile(r"(-?)(?:([0-9]{1,9})\.)?([01]?[0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9](?:\.[0-9]{1,9})?)")


def parse_duration(text: str) -> float:
    """Seconds of `PT9M12.3S`, `-PT5.8S`, `00:03:05.13` or `13.23:59:41.1234567`.

    Weeks, months and years are refused: Azure does not send them, and months have no fixed length. Raises ValueError for what is no duration.
    """
    match = _ISO.fullmatch(text) or _DOTNET.fullmatch(text)
    if match is None:
        raise ValueError(f"not a duration: {text!r}")
    sign, days, hours, minutes, seconds = match.groups(default="0")
    whole = int(days) * 86_400 + int(hours) * 3_600 + int(minutes) * 60
    try:
        total = whole + float(seconds)
    except OverflowError:
        raise ValueError(f"a duration that no clock counts: {text[:40]!r}") from None
    return -total if sign == "-" else total
