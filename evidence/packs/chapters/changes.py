"""The chapter on what a new revision says otherwise than the superseded one. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.packs.changes import Changed, TableChange
from evidence.packs.chapters.material import MOST_ROWS, Material
from evidence.packs.interface import ReportColumn, Section
from evidence.packs.texts import item_name, text


def changes_chapter(of: Material, changes: Sequence[TableChange]) -> Section:
    """The chapter; pure."""
    counts = of.table(
        "T-08",
        "Rows by table",
        "Rows are compared by what they are about; when and by which call they were observed is left aside.",
        (
            ReportColumn("Table", 24),
            *(ReportColumn(name, 12, align_right=True) for name in ("Before", "Now", "Added", "Gone", "Changed")),
        ),
        [
            (
                one.table,
                *(f"{number:,}" for number in (one.before, one.after, one.added, one.removed, len(one.changed))),
            )
            for one in changes
        ],
        total=len(changes),
        file=None,
        empty="No table.",
    )
    jobs = next(one for one in changes if one.table == "jobs").changed
    rows = [_job_change(of, one) for one in jobs[:MOST_ROWS]]
    changed = of.table(
        "T-09",
        "Jobs whose last known state changed",
        "What the superseded revision said, and what is known now.",
        (
            ReportColumn("Item", 20),
            ReportColumn("Vault", 20, below=True),
            ReportColumn("Status before", 16),
            ReportColumn("Status now", 16, below=True),
            ReportColumn("Also changed", 30),
            ReportColumn("Job id", 34, mono=True),
        ),
        rows,
        total=len(jobs),
        file="data/jobs.csv",
        empty="None.",
    )
    return Section("S-0", "What changed since the superseded revision", (), (), (counts, changed))


def _job_change(of: Material, one: Changed) -> tuple[str, ...]:
    job = one.after
    return (
        item_name(job["item_key"], job["entity_friendly_name"]),
        of.vault(job["vault_id"]),
        text(one.before.get("status")),
        text(job["status"]),
        ", ".join(name.replace("_", " ") for name in one.columns if name not in {"status", "properties", "envelope"})
        or text(None),
        text(job["job_id"]),
    )
