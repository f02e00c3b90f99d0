"""Asks Resource Graph, a second source, about one subscription: vaults, items, jobs, and resources that could be protected.

Not here: comparing (`assess`). It shows only what the caller may read and keeps silent about the rest, so an empty answer
proves nothing. Invariant: an answer that was cut short, or counts more records than it gave, is never whole.
Sources: api-version 2021-03-01 as recorded; paging and quota as Microsoft documents them (work-with-data, paging-results,
guidance-for-throttled-requests).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson
from azure.core.rest import HttpRequest

from evidence.nights import Window
from evidence.records import WHOLE, CaptureRequest, Coverage, Kind, Outcome
from evidence.sources.azure.checks import with_duplicates
from evidence.sources.azure.coverage import LATE, cover
from evidence.sources.azure.questions import Answer, Question, Reading, Shape
from evidence.sources.azure.session import MOST_PAGES, Line, Session
from evidence.sources.bodies import decode_body

API_VERSION: Final = "2021-03-01"
PAGE: Final = 1000
"""Rows a page; the most that it gives."""
JOBS_KEPT: Final = timedelta(days=13)
"""It holds jobs "up to 14 days old": a day less is what can be relied on."""
LONGEST_PAUSE_S: Final = 30.0
EMPTY: Final = "an empty answer proves nothing: Resource Graph leaves out what the identity may not read"
JOBS_GONE: Final = "asked too late: Resource Graph holds jobs of 14 days only"
_PATH: Final = f"/providers/Microsoft.ResourceGraph/resources?api-version={API_VERSION}"
_COLUMNS: Final = "project id, name, type, location, resourceGroup, subscriptionId"
_RESET: Final = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?")

VAULT_TYPES: Final = ("microsoft.recoveryservices/vaults", "microsoft.dataprotection/backupvaults")
_ITEM_TYPES: Final = (
    "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems",
    "microsoft.dataprotection/backupvaults/backupinstances",
)
_JOB_TYPES: Final = ("microsoft.recoveryservices/vaults/backupjobs", "microsoft.dataprotection/backupvaults/backupjobs")
RESOURCE_TYPES: Final = (
    "microsoft.compute/virtualmachines",
    "microsoft.compute/disks",
    "microsoft.storage/storageaccounts",
    "microsoft.sqlvirtualmachine/sqlvirtualmachines",
    "microsoft.dbforpostgresql/servers",
    "microsoft.dbforpostgresql/flexibleservers",
    "microsoft.dbformysql/flexibleservers",
    "microsoft.containerservice/managedclusters",
)
"""What Azure Backup can protect and Resource Graph lists; it knows no file shares and no databases."""


def read_graph(line: Line, session: Session, subscription: str, request: CaptureRequest) -> list[Coverage]:
    """The coverage of every kind of it; each question goes on where another failed."""
    span = Window(request.long_jobs_window.start, request.window.end)
    rows = [
        _read_kind(line, session, subscription, kind, query)
        for kind, query in (
            (Kind.GRAPH_VAULTS, _of_types("Resources", VAULT_TYPES, "tags, properties")),
            (Kind.GRAPH_ITEMS, _of_types("RecoveryServicesResources", _ITEM_TYPES, "properties")),
            (Kind.GRAPH_JOBS, _jobs(span)),
            (Kind.GRAPH_RESOURCES, _of_types("Resources", RESOURCE_TYPES, _RESOURCE_FIELDS)),
        )
    ]
    return [_as_of_then(row, line.clock.now(), request) for row in rows]


_RESOURCE_FIELDS: Final = (
    "kind, managedBy, tags, properties = pack('virtualMachineResourceId', properties.virtualMachineResourceId)"
)
"""A disk tells the machine that it is attached to, a SQL virtual machine the machine it runs on."""


def _of_types(table: str, types: Sequence[str], more: str, *conditions: str) -> str:
    named = ", ".join(f"'{one}'" for one in types)
    # Without `id` among the columns, and an order, pages are neither linked nor repeatable.
    steps = [table, f"where type in~ ({named})", *conditions, f"{_COLUMNS}, {more}", "order by id asc"]
    return " | ".join(steps)


def _jobs(window: Window) -> str:
    started = "extend startedAt = todatetime(properties.startTime)"
    begun = f"startedAt >= datetime({_moment(window.start)}) and startedAt < datetime({_moment(window.end)})"
    # A job that does not tell when it began is kept, as with the vaults' own lists.
    return _of_types(
        "RecoveryServicesResources", _JOB_TYPES, "properties", started, f"where isnull(startedAt) or ({begun})"
    )


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_kind(line: Line, session: Session, subscription: str, kind: Kind, query: str) -> Coverage:
    reading = with_duplicates(read_pages(line, session, subscription, kind, query))
    return cover(kind, [reading], notes=[EMPTY] if reading.whole and not reading.rows else ())


def read_pages(line: Line, session: Session, subscription: str, kind: Kind, query: str) -> Reading:
    """All pages of one query, as far as their tokens can be followed."""
    answers: tuple[Answer, ...] = ()
    tokens: set[str] = set()
    token: str | None = None
    while True:
        body = _body(subscription, query, token)
        sent = HttpRequest("POST", _PATH, content=body, headers={"content-type": "application/json"})
        reading = session.send(Question(kind, Shape.GRAPH, body=body), sent)
        page = f"page {len(answers) + 1}: " if answers else ""
        answers = (*answers, *reading.answers)
        if reading.failure is not None:
            return Reading(answers, f"{page}{reading.failure}", f"{page}{reading.brief}")
        _pause(line, answers[-1])
        token = answers[-1].call.next_link
        if token is None:
            return _counted(answers)
        obstacle = _obstacle(token, tokens, len(answers))
        if obstacle is not None:
            return Reading(answers, obstacle, obstacle)
        tokens.add(token)


def _body(subscription: str, query: str, token: str | None) -> str:
    options: dict[str, object] = {"$top": PAGE, "resultFormat": "objectArray", "allowPartialScopes": False}
    if token is not None:
        options["$skipToken"] = token
    return orjson.dumps({"subscriptions": [subscription], "query": query, "options": options}).decode()


def _obstacle(token: str, seen: set[str], pages: int) -> str | None:
    if token in seen:
        return "the skip token leads back to a page already read"
    return f"the list did not end after {MOST_PAGES} pages" if pages >= MOST_PAGES else None


def _counted(answers: tuple[Answer, ...]) -> Reading:
    """The reading of the last page: whole only where Resource Graph says so and gave all that it counts."""
    last = answers[-1].call.last
    told = orjson.loads(decode_body(last.body, last.response_headers))
    rows, total = sum(len(answer.rows) for answer in answers), told.get("totalRecords")
    failure = None
    if str(told.get("resultTruncated")).strip().lower() not in {"false", "none"}:
        failure = "the answer was cut short (resultTruncated) and gives no skip token to go on with"
    elif isinstance(total, int) and total > rows:
        failure = f"Resource Graph counts {total} records and gave {rows}"
    return Reading(answers, failure, failure)


def _pause(line: Line, answer: Answer) -> None:
    """Wait for the next window of the caller's quota (15 queries in 5 s), where this one is used up."""
    headers = answer.call.last.response_headers
    wait = quota_wait(headers)
    # A longer wait is left to the refusal that follows: it is recorded, and bounded for each call.
    if 0 < wait <= min(LONGEST_PAUSE_S, line.patience.max_wait_s):
        line.patience.sleep(wait)


def quota_wait(headers: Mapping[str, str]) -> float:
    """Seconds until queries are allowed again, by `x-ms-user-quota-remaining` and `-resets-after`; 0 where they are."""
    if headers.get("x-ms-user-quota-remaining", "").strip() != "0":
        return 0.0
    found = _RESET.fullmatch(headers.get("x-ms-user-quota-resets-after", "").strip())
    if found is None:
        return 0.0
    hours, minutes, seconds = (int(part) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def _as_of_then(row: Coverage, now: datetime, request: CaptureRequest) -> Coverage:
    """The same where it is asked too late to tell of the night."""
    if row.outcome not in WHOLE:
        return row
    reason = None
    if row.kind is Kind.GRAPH_JOBS:
        reason = JOBS_GONE if now - request.jobs_window.start > JOBS_KEPT else None
    elif request.late:
        reason = LATE
    if reason is None:
        return row
    return replace(row, outcome=Outcome.NOT_OBSERVED_THEN, reason=f"{reason}; {row.reason}" if row.reason else reason)
