"""Azure's many ways to write a time, all from the same moment.

Formats as recorded; every moment is UTC.
"""

from __future__ import annotations

from datetime import datetime, timedelta


def ticks(moment: datetime) -> str:
    """100 ns as .NET writes them, trailing zeros dropped: `2024-04-28T06:40:53.412578Z`."""
    fraction = f"{moment.microsecond:06}{_seventh(moment)}".rstrip("0")
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction}Z" if fraction else f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def seven(moment: datetime) -> str:
    """Seven fractional digits and no zone: `2024-05-28T00:00:00.0000000`."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}0"


def seconds(moment: datetime) -> str:
    """Whole seconds: `2024-06-11T10:27:09Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def milliseconds(moment: datetime) -> str:
    """Milliseconds, trailing zeros dropped: `2021-09-17T07:20:58.6Z`."""
    fraction = f"{moment.microsecond // 1000:03}".rstrip("0")
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'.' if fraction else ''}{fraction}Z"


def american(moment: datetime) -> str:
    """`5/15/2024 7:52:53 AM`, as property bags of VMs and file shares have it."""
    half = "AM" if moment.hour < 12 else "PM"
    clock = f"{moment.hour % 12 or 12}:{moment:%M:%S} {half}"
    return f"{moment.month}/{moment.day}/{moment.year} {clock}"


def spaced(moment: datetime) -> str:
    """`2023-05-11 14:19:20Z`, as property bags of SQL and HANA have it."""
    return f"{moment:%Y-%m-%d %H:%M:%SZ}"


def duration(length: timedelta) -> str:
    """ISO 8601: `PT41M14.823331S`, `PT0S`."""
    whole, fraction = divmod(round(length.total_seconds() * 1_000_000), 1_000_000)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    text = "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if left or fraction or text == "PT":
        text += f"{left}" + (f".{fraction:06}".rstrip("0") if fraction else "") + "S"
    return text


def dotnet_span(length: timedelta) -> str:
    """.NET's days and time: `13.23:59:42.8656002`."""
    rest = length - timedelta(days=length.days)
    minutes, left = divmod(rest.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{length.days}.{hours:02}:{minutes:02}:{left:02}.{rest.microseconds:06}0"


def _seventh(moment: datetime) -> int:
    return (moment.microsecond * 7 + moment.second) % 10 if moment.microsecond else 0
