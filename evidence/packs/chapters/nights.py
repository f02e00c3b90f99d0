"""The chapter on the nights of a period, each with the run that stands for it. Pure."""

from __future__ import annotations

from collections import defaultdict

from evidence.packs.chapters.material import Material
from evidence.packs.chapters.runs import nights_not_due
from evidence.packs.charts.nights import nights_chart
from evidence.packs.columns import tallied
from evidence.packs.figures import FAILED
from evidence.packs.interface import ReportColumn, Section
from evidence.packs.select import matching
from evidence.packs.texts import moment, text
from evidence.records import Kind

MOST_NIGHTS = 400
"""A year's nights are printed whole: an auditor ticks them off."""


def nights_chapter(of: Material) -> Section:
    """The chapter; pure."""
    jobs = of.selection.tables["jobs"].select(["operation_kind", "event_night", "status"])
    backups = matching(jobs, "operation_kind", "backup")
    begun = tallied(backups["event_night"])
    failed = tallied(matching(backups, "status", FAILED)["event_night"])
    gaps: dict[object, int] = defaultdict(int)
    for gap in of.judged.gaps:
        gaps[gap.night] += 1
    rows = []
    for night in of.selection.period.nights():
        runs = of.selection.runs_of(night)
        # Nights after it may have told its jobs; without them nothing is known of a night whose lists nobody read.
        known = bool(begun[night]) or not of.unread.nothing_on(night, Kind.JOBS)
        rows.append(
            (
                str(night),
                runs[-1].run_id if runs else "not sealed",
                moment(runs[-1].captured_at) if runs else text(None),
                f"{len(of.selection.scope.chosen(runs[-1].vaults)):,}" if runs else text(None),
                f"{begun[night]:,}" if known else "unknown",
                f"{failed[night]:,}" if known else "unknown",
                f"{gaps[night]:,}",
            )
        )
    columns = (
        ReportColumn("Night", 12),
        ReportColumn("Run", 26, mono=True),
        ReportColumn("Captured (UTC)", 20),
        ReportColumn("Vaults in scope", 10, align_right=True),
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
        file="data/completeness.json" if len(rows) > MOST_NIGHTS else None,
        empty="No night.",
        most=MOST_NIGHTS,
        compact=True,
    )
    return Section(
        "S-4",
        "Nights",
        (),
        (),
        (table,),
        nights_chart(of.selection, of.judged, of.vaults, nights_not_due(of.selection)),
    )
