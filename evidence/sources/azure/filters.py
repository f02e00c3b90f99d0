"""The job filter exactly as Azure Backup reads it: 12-hour times with AM and PM, UTC, at most 30 days.

No locale is asked (`%p` would be). Sources: `JobQueryObject` of the SDK, azure-sdk-for-python issue 13123, and the
30 days that PowerShell allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from evidence.errors import ConfigurationError
from evidence.nights import Window

LONGEST_SLICE: Final = timedelta(days=30)
_HALF_DAY: Final = 12


def moment(value: datetime) -> str:
    """A moment as `yyyy-MM-dd hh:mm:ss AM`, UTC; fractions of a second are dropped. Refuses one without zone."""
    if value.tzinfo is None:
        raise ValueError(f"a moment without time zone cannot be asked for: {value.isoformat()}")
    utc = value.astimezone(UTC)
    half, hour = divmod(utc.hour, _HALF_DAY)
    return f"{utc.date().isoformat()} {hour or _HALF_DAY:02}:{utc.minute:02}:{utc.second:02} {'PM' if half else 'AM'}"


def whole_seconds(window: Window) -> Window:
    """The window widened to whole seconds, which is all that a filter can say."""
    end = window.end
    if end.microsecond:
        end = end.replace(microsecond=0) + timedelta(seconds=1)
    return Window(window.start.replace(microsecond=0), end)


def slices(window: Window, longest: timedelta = LONGEST_SLICE) -> Iterator[Window]:
    """Consecutive parts of a window, none longer than `longest`; neighbours share their boundary. Refuses an empty window."""
    if window.start >= window.end:
        raise ConfigurationError(f"A window must end after it starts: {window.start} to {window.end}.")
    start = window.start
    while start < window.end:
        end = min(start + longest, window.end)
        yield Window(start, end)
        start = end


def jobs_filter(window: Window, management_type: str | None = None, status: str | None = None) -> str:
    """The `$filter` for jobs that began in a window, both ends included, as Azure reads it."""
    kind = f"backupManagementType eq '{management_type}' and " if management_type else ""
    state = f"status eq '{status}' and " if status else ""
    return f"{kind}{state}startTime eq '{moment(window.start)}' and endTime eq '{moment(window.end)}'"


def began_in(row: Mapping[str, object], window: Window) -> bool | None:
    """Whether a listed job began in the window, ends included; None where it does not tell its start."""
    properties = row.get("properties")
    text = properties.get("startTime") if isinstance(properties, Mapping) else None
    try:
        start = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if start is None:
        return None
    if start.tzinfo is None:  # Azure sends UTC; old bodies leave the letter out
        start = start.replace(tzinfo=UTC)
    return window.start <= start <= window.end
