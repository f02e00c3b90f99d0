"""The chapter on restore jobs and the recovery points they came from. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.chapters.material import Material, first_rows
from evidence.packs.charts.restores import objectives, restores_chart
from evidence.packs.charts.values import Chart
from evidence.packs.interface import ReportColumn, Section
from evidence.packs.select import matching
from evidence.packs.texts import graded, item_name, moment, text
from evidence.records import Kind

_OF_RESTORES = ["event_night", "vault_id", "job_id", "evidence_grade", "target"]
_OF_LINKS = ["vault_id", "job_id", "item_key", "recovery_point_at", "link", "evidence_grade", "reason"]
_OF_JOBS = ["operation_kind", "vault_id", "job_id", "started_at", "status", "entity_friendly_name"]
_GRADES = (
    ("F-24", "id"),
    ("F-25", "exact"),
    ("F-26", "range"),
    ("F-27", "inferred"),
    ("F-28", "ambiguous"),
    ("F-29", "unlinked"),
)


def restores_chapter(of: Material) -> Section:
    """The chapter; pure."""
    restores = of.selection.tables["restore_jobs"].select(_OF_RESTORES)
    shown = first_rows(restores, "event_night", "vault_id", "job_id")
    ids = pa.array(sorted({str(row["job_id"]).lower() for row in shown}), pa.string())
    links = {_key(row): row for row in _of_ids(of.selection.tables["restore_links"].select(_OF_LINKS), ids)}
    jobs = {_key(row): row for row in _of_ids(_restore_jobs(of), ids)}
    columns = (
        ReportColumn("Began (UTC)", 12),
        ReportColumn("Status", 12, below=True),
        ReportColumn("Item", 17),
        ReportColumn("Vault", 17, below=True),
        ReportColumn("Restored to", 25),
        ReportColumn("Recovery point (UTC)", 12),
        ReportColumn("Link", 12, below=True),
        ReportColumn("Why", 19),
        ReportColumn("Job id", 18, mono=True),
    )
    rows = []
    for row in shown:
        key = _key(row)
        link, job = links[key], jobs.get(key, {})
        rows.append(
            (
                moment(job.get("started_at")),
                graded(job.get("status"), row["evidence_grade"]),
                item_name(link["item_key"], job.get("entity_friendly_name")),
                of.vault(row["vault_id"]),
                text(row["target"]),
                moment(link["recovery_point_at"]),
                graded(link["link"], link["evidence_grade"]),
                text(link["reason"]),
                text(row["job_id"]),
            )
        )
    unknown = not restores.num_rows and of.unread.nothing(Kind.JOBS)
    table = of.table(
        "T-02",
        "Restore jobs and the recovery points they came from",
        "The link is made from items, points and jobs as observed; its grade says how sure it is.",
        columns,
        rows,
        total=restores.num_rows,
        file="data/restore_links.csv",
        empty="Not known: no job list was read." if unknown else "No restore job began in the period.",
    )
    return Section("S-2", "Restore jobs", _sentences(of, unknown=unknown), (), (table,), _chart(of))


def _chart(of: Material) -> Chart | None:
    """Job times against objectives; none in a night's short report, nor where there is no restore."""
    if of.is_night or not of.any("F-23"):
        return None
    return restores_chart(of.selection, None if of.tiers is None else objectives(of.selection, of.tiers))


def _sentences(of: Material, *, unknown: bool) -> tuple[str, ...]:
    if unknown:
        return ("How many restore jobs began in the period is not known: no job list was read.",)
    began = f"Restore jobs that began in the period: {of.cite('F-23')}. Linked beyond doubt: {of.cite('F-10')}."
    drills = (
        "Whether each was a drill or a production recovery stands in the chapter on the restores of the quarter."
        if of.tells_drills
        else "Whether a restore was a drill or a production recovery is told by packs of the kind restore-drills."
    )
    if not of.any("F-23"):
        return (began, drills)
    grades = ", ".join(f"{name} {of.cite(anchor)}" for anchor, name in _GRADES)
    return (
        began,
        f"By grade of link: {grades}.",
        (
            "exact: the one point of that item whose time equals the job's to the second; range: inside a range of log backups; "
            "inferred: the nearest point before it. ambiguous and unlinked prove nothing about the point restored."
        ),
        drills,
    )


def _restore_jobs(of: Material) -> pa.Table:
    return matching(of.selection.tables["jobs"].select(_OF_JOBS), "operation_kind", "restore")


def _of_ids(rows: pa.Table, ids: pa.Array[Any]) -> Sequence[Mapping[str, object]]:
    """The rows of these jobs, whose ids compare without case."""
    return rows.filter(pc.is_in(pc.utf8_lower(rows["job_id"]), value_set=ids)).to_pylist()


def _key(row: Mapping[str, object]) -> tuple[str, str]:
    """Ids of jobs compare without case, as links are made."""
    return str(row["vault_id"]), str(row["job_id"]).lower()
