"""The chapter on the nights of a period, each with the run that stands for it. Pure."""

from __future__ import annotations

from collections import defaultdict

from evidence.packs.chapters.material import MOST_ROWS, Material
from evidence.packs.interface import ReportColumn, Section
from evidence.packs.select import matching
from evidence.packs.texts import moment, text


def nights_chapter(of: Material) -> Section:
    """The chapter; pure."""
    jobs = of.selection.tables["jobs"]
    backups = matching(jobs, "operation_kind", "backup")
    by_night: dict[object, list[str]] = defaultdict(list)
    for row in backups.select(["event_night", "status"]).to_pylist():
        by_night[row["event_night"]].append(str(row["status"]))
    gaps: dict[object, int] = defaultdict(int)
    for gap in of.judged.gaps:
        gaps[gap.night] += 1
    rows = []
    for night in of.selection.period.nights():
        runs, found = of.selection.runs_of(night), by_night[night]
        rows.append(
            (
                str(night),
                runs[-1].run_id if runs else "not sealed",
                moment(runs[-1].captured_at) if runs else text(None),
                f"{len(runs[-1].vaults):,}" if runs else text(None),
                f"{len(found):,}",
                f"{sum(status == 'Failed' for status in found):,}",
                f"{gaps[night]:,}",
            )
        )
    columns = (
        ReportColumn("Night", 12),
        ReportColumn("Run", 26, mono=True),
        ReportColumn("Captured (UTC)", 20),
        ReportColumn("Vaults found", 10, align_right=True),
        ReportColumn("Backup jobs", 10, align_right=True),
        ReportColumn("Failed", 8, align_right=True),
        ReportColumn("Gaps", 8, align_right=True),
    )
    table = of.table(
        "T-04",
        "Nights of the period",
        "Each night with the run that stands for it.",
        columns,
        rows,
        total=len(rows),
        file="data/completeness.json" if len(rows) > MOST_ROWS else None,
        empty="No night.",
    )
    return Section("S-4", "Nights", (), (), (table,))
