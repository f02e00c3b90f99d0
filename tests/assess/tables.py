"""Observed tables as an assessment reads them, normalized from answers in recorded shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import orjson
import pyarrow as pa

from evidence.assess import AssessmentContext, link_restores
from evidence.nights import Calendar
from evidence.normalize import CaptureContext, normalize_capture
from evidence.normalize.results import Row
from evidence.records import Attempt, Call, Capture, Coverage, Kind
from evidence.tables import CALLS, RECOVERY_POINTS, RESTORE_JOBS, from_rows
from tests.normalize.shapes import VAULT_ID, Json, answer, call, files_item, sql_item, vm_item

FIRST_NIGHT = date(2026, 11, 20)
ASSESSED_AT = datetime(2026, 11, 28, 7, 0, tzinfo=UTC)
CONTEXT = AssessmentContext("assessment-1", ASSESSED_AT, date(2026, 11, 27), "run-9")

VM, SQL, SHARE = vm_item(), sql_item(), files_item()
TWIN = sql_item(instance="INST2")
VM_AT, VM_TEXT = "2026-11-19T22:00:09.7367545Z", "11/19/2026 10:00:09 PM"
SQL_AT, SQL_TEXT = "2026-11-19T17:03:54Z", "2026-11-19 17:03:54Z"


@dataclass
class Nights:
    """A few nights of one vault, each captured at the end of its night."""

    restore_jobs: list[pa.Table] = field(default_factory=list)
    recovery_points: list[pa.Table] = field(default_factory=list)
    calls: list[pa.Table] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)

    def capture(
        self,
        *,
        items: Sequence[Json] = (),
        points: Sequence[Json] = (),
        jobs: Sequence[Json] = (),
        lists: Sequence[Json] = (),
        at: datetime | None = None,
        coverage: Sequence[Coverage] = (),
        of_points: Mapping[str, object] | None = None,
    ) -> None:
        """Capture one night more: `jobs` by id, `lists` as a job list; `of_points` are fields of the call for points."""
        number = len(self.calls)
        night = FIRST_NIGHT + timedelta(days=number)
        now = at or datetime(night.year, night.month, night.day, 6, 0, tzinfo=UTC) + timedelta(days=1)
        calls = [
            _call(f"{number}-items", Kind.PROTECTED_ITEMS, answer(*items), now),
            _call(f"{number}-points", Kind.RECOVERY_POINTS, answer(*points), now, **(of_points or {})),
            _call(f"{number}-jobs", Kind.JOBS, answer(*lists), now),
            *[_call(f"{number}-job-{n}", Kind.JOB_DETAILS, orjson.dumps(job), now) for n, job in enumerate(jobs)],
        ]
        context = CaptureContext(night, f"run-{number}", Calendar())
        rows = normalize_capture(
            Capture(f"capture-{number}", VAULT_ID, None, tuple(calls), tuple(coverage)), context, self.items
        )
        self.items += rows.protected_items
        self.restore_jobs.append(from_rows(RESTORE_JOBS, rows.restore_jobs))
        self.recovery_points.append(from_rows(RECOVERY_POINTS, rows.recovery_points))
        self.calls.append(from_rows(CALLS, rows.calls))

    def links(self) -> list[dict[str, object]]:
        return link_restores(self.restore_jobs, self.recovery_points, CONTEXT, self.calls)

    def link(self) -> dict[str, object]:
        (row,) = self.links()
        return row


def _call(call_id: str, kind: Kind, body: bytes, at: datetime, **fields: object) -> Call:
    return call(kind, body, call_id, attempts=(Attempt(at, at, 200, body=body),), **fields)


def key(item: Json) -> str:
    return str(item["id"]).lower()


def told(row: dict[str, object]) -> tuple[object, object, object]:
    return row["link"], row["item_key"], row["recovery_point_id"]
