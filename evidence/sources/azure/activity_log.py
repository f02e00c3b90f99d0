"""Asks a subscription's Activity Log who restored, backed up or changed what, night by night: Azure drops it after 90 days.

Not here: what an event is (`normalize.activity`). Invariant: a window that Azure may have dropped by now is not read as whole.
No body of it was ever recorded for us; request and paging follow Microsoft's reference (ActivityLogs_List, 2015-04-01).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import quote

from azure.core.rest import HttpRequest

from evidence.nights import Window
from evidence.records import WHOLE, CaptureRequest, Coverage, Kind, Outcome
from evidence.sources.azure.checks import with_duplicates
from evidence.sources.azure.coverage import cover
from evidence.sources.azure.questions import Question, Reading, Shape, ask_each
from evidence.sources.azure.session import Line, Session

API_VERSION: Final = "2015-04-01"
PROVIDERS: Final = ("Microsoft.RecoveryServices", "Microsoft.DataProtection")
KEPT: Final = timedelta(days=90)
GONE: Final = "asked too late: Azure keeps the Activity Log for 90 days"


def read_activity(line: Line, session: Session, subscription: str, request: CaptureRequest) -> Coverage:
    """The events of both providers in the nights that are read again."""
    asked = ask_each([partial(_read, session, subscription, provider, request.jobs_window) for provider in PROVIDERS])
    row = cover(Kind.ACTIVITY_LOG, asked.readings, not_asked=asked.not_asked)
    if row.outcome not in WHOLE or line.clock.now() - request.jobs_window.start <= KEPT:
        return row
    return replace(row, outcome=Outcome.NOT_OBSERVED_THEN, reason=f"{GONE}; {row.reason}" if row.reason else GONE)


def _read(session: Session, subscription: str, provider: str, window: Window) -> Reading:
    path = f"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values"
    asked = quote(events_filter(window, provider), safe="")
    sent = HttpRequest("GET", f"{path}?api-version={API_VERSION}&$filter={asked}")
    return with_duplicates(session.send_list(Question(Kind.ACTIVITY_LOG, Shape.LIST), sent))


def events_filter(window: Window, provider: str) -> str:
    """The one form of `$filter` that tells a provider's events of a time; both ends belong to it."""
    span = f"eventTimestamp ge '{_moment(window.start)}' and eventTimestamp le '{_moment(window.end)}'"
    return f"{span} and resourceProvider eq '{provider}'"


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
