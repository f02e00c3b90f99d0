"""How far Azure's clock stands from ours, as the `Date` header of an answer tells (RFC 9110, section 6.6.1).

Invariant: only what cannot be explained by the time that the answer took, and by the header's whole seconds, counts as skew.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from evidence.records import Call

_RESOLUTION = timedelta(seconds=1)


def clock_skew_s(call: Call) -> float | None:
    """Seconds that Azure's clock is ahead of ours, below zero where it is behind; None where the last answer tells no time."""
    last = call.last
    azure = _moment(last.response_headers.get("date"))
    if azure is None:
        return None
    if azure > last.finished_at:
        return (azure - last.finished_at).total_seconds()
    latest = azure + _RESOLUTION
    return (latest - last.started_at).total_seconds() if latest < last.started_at else 0.0


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
