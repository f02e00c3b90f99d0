"""The chapter on backup jobs that did not simply complete. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.chapters.material import MOST_ROWS, Material, sorted_rows
from evidence.packs.figures import COMPLETED
from evidence.packs.interface import ReportColumn, Section
from evidence.packs.select import matching
from evidence.packs.texts import item_name, joined, moment, plural, text


def jobs_chapter(of: Material) -> Section:
    """The chapter; pure."""
    jobs = of.selection.tables["jobs"]
    backups = matching(jobs, "operation_kind", "backup")
    ended_well = pc.equal(backups["status"], pa.scalar(COMPLETED))
    doubtful = sorted_rows(backups.filter(pc.invert(ended_well)), "started_at", "vault_id", "job_id")
    columns = (
        ReportColumn("Began (UTC)", 10),
        ReportColumn("Vault", 10),
        ReportColumn("Item", 13),
        ReportColumn("Status", 9),
        ReportColumn("Error", 17),
        ReportColumn("Azure recommends", 24),
        ReportColumn("Job id", 17, mono=True),
    )
    rows = [
        (
            moment(row["started_at"]),
            of.vaults.get(str(row["vault_id"]), str(row["vault_id"])),
            item_name(row["item_key"], row["entity_friendly_name"]),
            text(row["status"]),
            _errors(row),
            joined(row["recommendations"], " "),
            text(row["job_id"]),
        )
        for row in doubtful[:MOST_ROWS]
    ]
    table = of.table(
        "T-01",
        "Backup jobs that did not simply complete",
        "Failed, warned, cancelled and still running; the last known state of each.",
        columns,
        rows,
        total=len(doubtful),
        file="data/jobs.csv",
        wide=True,
        empty=f"None: all {plural(backups.num_rows, 'backup job')} of the period completed."
        if backups.num_rows
        else "No backup job was seen in the period.",
    )
    return Section("S-1", "Backup jobs", _job_sentences(of, backups.num_rows), (), (table,))


def _job_sentences(of: Material, backups: int) -> tuple[str, ...]:
    told = ", ".join(f"{status} {number:,}" for status, number in sorted(of.counts.backups.items())) or "none"
    return (
        f"{plural(backups, 'backup job')} began in the period, by status: {told}.",
        "A failed job followed by a retry shows both: Azure gives each attempt a job id of its own.",
    )


def _errors(row: Mapping[str, object]) -> str:
    codes, titles = row["error_codes"], row["error_titles"]
    both = [*(codes if isinstance(codes, list) else []), *(titles if isinstance(titles, list) else [])]
    return joined(both, " ")
