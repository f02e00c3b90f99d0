"""The chapter on what a quarter of drills proves: coverage by tier with its denominators, objectives, and who is missed, waived or called off, by name. Pure.

Not here: the drills themselves (`drill_cards`). Invariants: every number is a figure; an item that was due and never planned is named; a quarter of which restores may be
unread says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence.packs.chapters.drill_rows import Row, quarters_drills, rows_of, span, state_of, tier_of
from evidence.packs.chapters.drill_tables import DEVIATION_COLUMNS, decision_of, deviation_cells
from evidence.packs.chapters.material import Material
from evidence.packs.charts.drills import objectives_chart
from evidence.packs.interface import ReportColumn, ReportTable, Section
from evidence.packs.texts import joined, moment, plural, text
from evidence.packs.unread import Unread
from evidence.records import Kind
from evidence.tables import DEVIATIONS, DRILL_ITEMS, DRILLS

_TIERS = (
    ("F-60", "Tier 0"),
    ("F-61", "Tier 1"),
    ("F-62", "Tier 2"),
    ("F-63", "Tier 3"),
    ("F-64", "Other tiers, or none"),
)
_BY_NAME = ("missed", "rejected", "remediation", "waived", "cancelled")


def coverage_of_drills(of: Material) -> Section:
    """The chapter; pure."""
    drills = quarters_drills(of)
    tables = (
        _tiers(of),
        _objectives(of),
        _not_accepted(of, drills),
        _unplanned(of),
        _every(of, drills),
        _deviations(of),
    )
    return Section(
        "S-30",
        "What the quarter's drills prove",
        tuple(_sentences(of, drills)),
        (),
        tables,
        chart=objectives_chart(drills),
    )


def _sentences(of: Material, drills: Sequence[Row]) -> Iterator[str]:
    yield f"Items due whose drill was accepted: {of.cite('F-59')}. Due is what was planned for the quarter, or demanded by the rules and not planned; missed, waived and cancelled drills stay among it."
    yield f"Within twelve months: {of.cite('F-65')} of the items in scope. Accepted at the first review: {of.cite('F-66')}."
    figure = of.figures["F-73"]
    hours = (
        "not known, for nothing was executed and decided"
        if figure.count is None
        else f"{figure.count / 24:.1f} days, {figure.cited} hours"
    )
    yield f"From execution to sign-off, median: {hours}; drills decided {of.cite('F-74')}."
    yield f"Recovery time objective met: {of.cite('F-67')}; not measured {of.cite('F-68')}; no target set {of.cite('F-71')}. Recovery point objective met: {of.cite('F-69')}; not measured {of.cite('F-70')}; no target set {of.cite('F-72')}."
    yield from _unread(of.unread)
    if not drills:
        yield "No drill was planned for this quarter: nothing is proven, and nothing was waived."


def _unread(left_out: Unread) -> Iterator[str]:
    """What of restores nobody knows."""
    jobs, nights = left_out.lost(Kind.JOBS), len(left_out.unsealed)
    activity = sum(len(found.get(Kind.ACTIVITY_LOG, ())) for found in (left_out.missing, left_out.partly))
    if nights:
        yield f"UNKNOWN: of {plural(nights, 'night')} of the quarter no run was sealed. Restores of then are unknown: a drill that seems missed may have been done."
    elif jobs or left_out.lists:
        lists = ", and not every list of vaults" if left_out.lists else ""
        yield f"UNKNOWN: {plural(jobs, 'job list')} (of a vault and a night) were not read whole{lists}. Restores of then are unknown: a drill that seems missed may have been done."
    if activity:
        yield f"UNKNOWN: the Activity Log was not read whole {plural(activity, 'time')} (of a subscription and a night): who started a restore of then may be unknown."


def _tiers(of: Material) -> ReportTable:
    columns = (
        ReportColumn("Items", 40),
        ReportColumn("Accepted", 15, align_right=True),
        ReportColumn("Due", 15, align_right=True),
        ReportColumn("Share", 15, align_right=True),
        ReportColumn("Figure", 15, mono=True),
    )
    rows = []
    for anchor, name in (*_TIERS, ("F-59", "All tiers")):
        one = of.figures[anchor]
        share = text(None) if one.percent is None else f"{one.percent} %"
        rows.append((name, f"{one.count or 0:,}", f"{one.denominator or 0:,}", share, f"[{anchor}]"))
    return of.table(
        "T-80",
        "Coverage by tier",
        "An item counts once, by whichever of its drills was accepted.",
        columns,
        rows,
        total=len(rows),
        file="data/figures.csv",
        empty="None.",
    )


def _objectives(of: Material) -> ReportTable:
    anchors = ("F-75", "F-76", "F-77", "F-78", "F-79", "F-80", "F-81", "F-82", "F-83", "F-84", "F-85", "F-86", "F-87")
    columns = (
        ReportColumn("Figure", 8, mono=True),
        ReportColumn("What", 44),
        ReportColumn("Number", 16, align_right=True),
        ReportColumn("What it means", 34),
    )
    rows = [(f"[{one.anchor}]", one.label, one.value, one.note) for one in map(of.figures.__getitem__, anchors)]
    return of.table(
        "T-81",
        "How drills, restores and deviations stand",
        "When the pack was built.",
        columns,
        rows,
        total=len(rows),
        file=None,
        empty="None.",
    )


def _not_accepted(of: Material, drills: Sequence[Row]) -> ReportTable:
    rows = sorted(
        (row for row in drills if row["state"] in _BY_NAME), key=lambda row: _BY_NAME.index(str(row["state"]))
    )
    columns = (
        ReportColumn("State", 15),
        ReportColumn("Drill", 20, mono=True),
        ReportColumn("Item", 20),
        ReportColumn("Tier", 9),
        ReportColumn("Window ended (UTC)", 16),
        ReportColumn("Why, and who", 30),
    )
    cells = [
        (
            state_of(row)[0],
            text(row["drill_id"]),
            text(row["name"]),
            tier_of(row),
            moment(row["window_end"]),
            _why(row),
        )
        for row in rows
    ]
    return of.table(
        "T-82",
        "Missed, rejected, waived and cancelled drills by name",
        "Of these only retests can still prove anything.",
        columns,
        cells,
        total=len(cells),
        file=f"data/{DRILLS.name}.csv",
        empty="None was missed, rejected, waived or cancelled.",
    )


def _why(row: Row) -> str:
    match row["state"]:
        case "missed":
            return "no completed restore was found in its window and grace"
        case "waived":
            return f"until {text(row['waived_until'])}, by {text(row['waived_by'])}: {text(row['waiver_reason'])}"
        case "cancelled":
            return text(row["remark"])
        case _:
            return f"{decision_of(row)} {moment(row['decided_at'])}"


def _unplanned(of: Material) -> ReportTable:
    rows = [row for row in rows_of(of, DRILL_ITEMS) if row["due_because"] and not row["planned"]]
    columns = (
        ReportColumn("Item", 24),
        ReportColumn("Vault", 22),
        ReportColumn("Tier", 9),
        ReportColumn("Due because", 45),
    )
    cells = [
        (text(row["name"]), of.vault(row["vault_id"]), tier_of(row), joined(row["due_because"], "; ")) for row in rows
    ]
    return of.table(
        "T-83",
        "Due, and no drill was planned",
        "By the rules in force when the pack was built; those drawn in a sample stand in its appendix.",
        columns,
        cells,
        total=len(cells),
        file=f"data/{DRILL_ITEMS.name}.csv",
        empty="Nothing was due that was not planned."
        if rows_of(of, DRILL_ITEMS)
        else "Not known: no item of the quarter was read.",
    )


def _every(of: Material, drills: Sequence[Row]) -> ReportTable:
    columns = (
        ReportColumn("Drill", 20, mono=True),
        ReportColumn("Item", 20),
        ReportColumn("Tier", 9),
        ReportColumn("State", 17),
        ReportColumn("Recovery time", 12, align_right=True),
        ReportColumn("of", 10, align_right=True),
        ReportColumn("Data loss", 12, align_right=True),
        ReportColumn("of", 10, align_right=True),
        ReportColumn("Decided (UTC)", 15),
    )
    cells = [
        (
            text(row["drill_id"]),
            text(row["name"]),
            tier_of(row),
            state_of(row)[0],
            span(row["recovery_time_s"]),
            span(row["rto_s"]),
            span(row["data_loss_s"]),
            span(row["rpo_s"]),
            moment(row["decided_at"]),
        )
        for row in drills
    ]
    return of.table(
        "T-84",
        "Every drill of the quarter",
        "A dash: not measured, no target set, or not decided.",
        columns,
        cells,
        total=len(cells),
        file=f"data/{DRILLS.name}.csv",
        empty="No drill was planned for the quarter.",
        compact=True,
    )


def _deviations(of: Material) -> ReportTable:
    rows = sorted(rows_of(of, DEVIATIONS), key=lambda row: (row["state"] == "closed", row["state"] != "overdue"))
    columns = (ReportColumn("Drill", 18, mono=True), *DEVIATION_COLUMNS)
    cells = [(text(row["drill_id"]), *deviation_cells(row)) for row in rows]
    return of.table(
        "T-85",
        "Deviations and retests",
        f"Still open: {of.cite('F-83')}; overdue: {of.cite('F-84')}. Those that follow from the record are found by itself, and nobody can leave them out.",
        columns,
        cells,
        total=len(cells),
        file=f"data/{DEVIATIONS.name}.csv",
        empty="No deviation is recorded.",
        compact=True,
    )
