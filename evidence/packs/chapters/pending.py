"""The chapter on jobs that had not ended when they were last seen. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.chapters.material import Material, first_rows
from evidence.packs.columns import one_of
from evidence.packs.interface import ReportColumn, Section
from evidence.packs.texts import item_name, moment, text
from evidence.packs.unended import NOT_FOUND, gone_jobs
from evidence.records import Kind
from evidence.runs.unfinished import UNFINISHED

_PRINTED = [
    "vault_id",
    "job_id",
    "item_key",
    "entity_friendly_name",
    "operation",
    "status",
    "started_at",
    "observed_at",
]
_CALLS = ["vault_id", "capture_id", "kind", "subject", "status", "outcome", "observed_at"]


def pending_chapter(of: Material) -> Section:
    """The chapter; pure."""
    jobs = of.selection.tables["jobs"].select(_PRINTED)
    pending = jobs.filter(pc.is_in(jobs["status"], value_set=UNFINISHED))
    gone = gone_jobs(_asked(of.selection.tables["calls"]))
    columns = (
        ReportColumn("Began (UTC)", 14),
        ReportColumn("Item", 20),
        ReportColumn("Vault", 20, below=True),
        ReportColumn("Operation", 20),
        ReportColumn("State", 20, below=True),
        ReportColumn("Last seen (UTC)", 14),
        ReportColumn("Age then", 10, align_right=True),
        ReportColumn("Job id", 20, mono=True),
    )
    rows = [
        (
            moment(row["started_at"]),
            item_name(row["item_key"], row["entity_friendly_name"]),
            of.vault(row["vault_id"]),
            text(row["operation"]),
            _state(row, gone.get((str(row["vault_id"]), str(row["job_id"])))),
            moment(row["observed_at"]),
            age(row["started_at"], row["observed_at"]),
            text(row["job_id"]),
        )
        for row in first_rows(pending, "started_at", "vault_id", "job_id")
    ]
    table = of.table(
        "T-10",
        "Jobs that had not ended when they were last seen",
        "Neither a success nor a failure. Each is asked again by id every night, until it ends or Azure says that it is gone.",
        columns,
        rows,
        total=pending.num_rows,
        file="data/jobs.csv",
        empty=_none(of),
    )
    return Section("S-8", "Pending", (), (), (table,))


def _asked(calls: pa.Table) -> Sequence[Mapping[str, object]]:
    """Calls for single jobs that Azure does not know, and the job lists of their captures that were answered."""
    slim = calls.select(_CALLS)
    missing = slim.filter(
        pc.and_(one_of(slim["kind"], Kind.JOB_DETAILS), pc.equal(slim["status"], pa.scalar(NOT_FOUND)))
    )
    if not missing.num_rows:
        return []
    lists = slim.filter(pc.and_(one_of(slim["kind"], Kind.JOBS), one_of(slim["outcome"], "ok")))
    captures = pc.unique(missing["capture_id"])
    lists = lists.filter(pc.is_in(lists["capture_id"], value_set=captures))
    return pa.concat_tables([lists, missing]).to_pylist()


def _none(of: Material) -> str:
    """Why no job is listed."""
    if of.any("F-03"):
        return f"None of the {of.cite('F-03')} jobs seen."
    return "Not known: no job list was read." if of.unread.nothing(Kind.JOBS) else "No job was seen in the period."


def _state(row: Mapping[str, object], gone_at: datetime | None) -> str:
    return text(row["status"]) if gone_at is None else f"{row['status']}, gone (404) since {moment(gone_at)}"


def age(began: object, seen: object) -> str:
    """`31 h 05 min`, or a dash where a moment is not known."""
    if not isinstance(began, datetime) or not isinstance(seen, datetime):
        return text(None)
    minutes = max(seen - began, timedelta()) // timedelta(minutes=1)
    return f"{minutes // 60} h {minutes % 60:02d} min"
