"""The chapter on backup jobs that did not simply complete. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from evidence.packs.chapters.failures import doubtful
from evidence.packs.chapters.material import Material, first_rows
from evidence.packs.interface import ReportColumn, Section
from evidence.packs.texts import graded, item_name, joined, moment, text
from evidence.records import Kind

_PRINTED = [
    "operation_kind",
    "status",
    "evidence_grade",
    "started_at",
    "vault_id",
    "job_id",
    "item_key",
    "entity_friendly_name",
    "error_codes",
    "error_titles",
    "recommendations",
]
"""All that is looked at: what Azure sent beside it weighs most of a row."""


def jobs_chapter(of: Material) -> Section:
    """The chapter; pure."""
    found = doubtful(of.selection.tables["jobs"].select(_PRINTED))
    columns = (
        ReportColumn("Began (UTC)", 18),
        ReportColumn("Status", 18, below=True),
        ReportColumn("Item", 20),
        ReportColumn("Vault", 20, below=True),
        ReportColumn("Error", 22),
        ReportColumn("Azure recommends", 32),
        ReportColumn("Job id", 19, mono=True),
    )
    rows = [
        (
            moment(row["started_at"]),
            graded(row["status"], row["evidence_grade"]),
            item_name(row["item_key"], row["entity_friendly_name"]),
            of.vault(row["vault_id"]),
            _errors(row),
            joined(row["recommendations"], " "),
            text(row["job_id"]),
        )
        for row in first_rows(found, "started_at", "vault_id", "job_id")
    ]
    table = of.table(
        "T-01",
        "Backup jobs that did not simply complete",
        "Failed, warned, cancelled and still running; the last known state of each.",
        columns,
        rows,
        total=found.num_rows,
        file="data/jobs.csv",
        empty=_none(of),
    )
    return Section("S-1", "Backup jobs", _job_sentences(of), (), (table,))


def _none(of: Material) -> str:
    """Why no job is listed."""
    if of.any("F-49"):
        return "None: every backup job seen in the period completed."
    return (
        "Not known: no job list was read." if of.unread.nothing(Kind.JOBS) else "No backup job was seen in the period."
    )


def _job_sentences(of: Material) -> tuple[str, ...]:
    if of.figures["F-49"].count is None:
        return ("How many backup jobs began in the period is not known: no job list was read.",)
    by_status = f"{of.cite('F-04')} completed, {of.cite('F-05')} failed, {of.cite('F-06')} completed with warnings"
    return (
        f"{of.cite('F-49')} jobs that began in the period are backups: {by_status}, {of.cite('F-07')} have another status or none.",
        "A failed job followed by a retry shows both: Azure gives each attempt a job id of its own.",
        *([note] if (note := of.unread.note(Kind.JOBS)) else []),
    )


def _errors(row: Mapping[str, object]) -> str:
    codes, titles = row["error_codes"], row["error_titles"]
    both = [*(codes if isinstance(codes, list) else []), *(titles if isinstance(titles, list) else [])]
    return joined(both, " ")
