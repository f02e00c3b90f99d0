"""Printed tables of reviews, deliveries, access and changed settings, which the chapter on access and change shows. Pure.

Invariant: a person's statement is marked as one, and a place that was not read is a line of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidence.ledger.persons import UNPROVEN
from evidence.packs.chapters.material import Material
from evidence.packs.interface import ReportColumn, ReportTable
from evidence.packs.oversight.reading import OVERDUE
from evidence.packs.texts import moment, text
from evidence.tables import ACCESS, CONFIGURATION_CHANGES, DELIVERIES, REVIEWS, Table

Row = Mapping[str, object]
_STATES = (OVERDUE, "rejected", "due", "confirmed with remarks", "confirmed", "superseded")
"""What needs somebody first."""


def oversight_tables(of: Material) -> tuple[ReportTable, ...]:
    """Those that the pack holds; a pack of a night holds none of them."""
    made = ((REVIEWS, _reviews), (DELIVERIES, _deliveries), (ACCESS, _access), (CONFIGURATION_CHANGES, _settings))
    return tuple(show(of) for table, show in made if table.name in of.selection.tables)


def _rows(of: Material, table: Table) -> Sequence[Row]:
    found: Sequence[Row] = (
        of.selection.tables[table.name].sort_by([(name, "ascending") for name in table.key]).to_pylist()
    )
    return found


def _printed(
    of: Material,
    table: Table,
    anchor: str,
    title: str,
    caption: str,
    columns: Sequence[ReportColumn],
    cells: Sequence[tuple[str, ...]],
    empty: str,
) -> ReportTable:
    """All rows of one packed table."""
    file = f"data/{table.name}.csv"
    return of.table(anchor, title, caption, columns, cells, total=len(cells), file=file, empty=empty, compact=True)


def _reviews(of: Material) -> ReportTable:
    rows = sorted(_rows(of, REVIEWS), key=lambda row: _STATES.index(str(row["state"])))
    overdue = sum(row["state"] == OVERDUE for row in rows)
    columns = (
        ReportColumn("Pack", 22, mono=True),
        ReportColumn("State", 11),
        ReportColumn("Due (UTC)", 11),
        ReportColumn("Reviewer", 14),
        ReportColumn("Grade", 5),
        ReportColumn("At (UTC)", 11),
        ReportColumn("Remarks", 20),
        ReportColumn("Entry", 6, align_right=True),
    )
    cells = [
        (
            text(row["pack_id"]),
            "OVERDUE" if row["state"] == OVERDUE else text(row["state"]),
            moment(row["due_at"]),
            text(row["reviewer"]),
            text(row["evidence_grade"]),
            moment(row["reviewed_at"]),
            text(row["remarks"]),
            text(row["ledger_entry"]),
        )
        for row in rows
    ]
    return _printed(
        of,
        REVIEWS,
        "T-65",
        "Reviews of packs by people",
        f"Exceptions: {overdue:,} overdue when this pack was built. Grade C: {UNPROVEN}. Grade B: the reviewer signed in, and a signed statement proves it.",
        columns,
        cells,
        "No review was made, and none was due.",
    )


def _deliveries(of: Material) -> ReportTable:
    columns = (
        ReportColumn("Copied (UTC)", 13),
        ReportColumn("Pack", 25, mono=True),
        ReportColumn("For", 18),
        ReportColumn("Purpose", 16),
        ReportColumn("Asked by", 20),
        ReportColumn("Entry", 7, align_right=True),
    )
    cells = [
        (
            moment(row["copied_at"]),
            text(row["pack_id"]),
            text(row["receiver"]),
            text(row["purpose"]),
            text(row["asked_by"]),
            text(row["ledger_entry"]),
        )
        for row in _rows(of, DELIVERIES)
    ]
    return _printed(
        of,
        DELIVERIES,
        "T-66",
        "Who was handed packs",
        "As whoever asked said (grade C). Whoever may read the store can copy a pack without this command, and is not told here.",
        columns,
        cells,
        "No delivery was recorded.",
    )


def _access(of: Material) -> ReportTable:
    columns = (
        ReportColumn("Of", 8),
        ReportColumn("Right", 8),
        ReportColumn("Who", 28),
        ReportColumn("By", 16),
        ReportColumn("Finding", 10),
        ReportColumn("As found", 24),
        ReportColumn("Read at (UTC)", 13),
    )
    cells = [
        (
            text(row["place"]),
            text(row["right"]),
            text(row["holder"]),
            text(row["means"]),
            text(row["finding"]),
            text(row["detail"]),
            moment(row["read_at"]),
        )
        for row in _rows(of, ACCESS)
    ]
    return _printed(
        of,
        ACCESS,
        "T-67",
        "Who could write the store or use the key",
        "As read when this pack was built, from owner, group and mode; it says nothing of other moments, and “not read” is not nobody.",
        columns,
        cells,
        "Not read.",
    )


def _settings(of: Material) -> ReportTable:
    columns = (
        ReportColumn("Adopted (UTC)", 13),
        ReportColumn("Setting", 22, mono=True),
        ReportColumn("Change", 10),
        ReportColumn("Before", 18),
        ReportColumn("Since", 18),
        ReportColumn("By", 13),
        ReportColumn("Entry", 6, align_right=True),
    )
    cells = [
        (
            moment(row["adopted_at"]),
            text(row["setting"]),
            text(row["change"]),
            text(row["before"]),
            text(row["after"]),
            text(row["adopted_by"]),
            text(row["ledger_entry"]),
        )
        for row in _rows(of, CONFIGURATION_CHANGES)
    ]
    return _printed(
        of,
        CONFIGURATION_CHANGES,
        "T-68",
        "Settings that changed",
        "Configurations adopted for the nights of the period, each compared with the one before it; an asterisk stands for the whole file.",
        columns,
        cells,
        "No other configuration was adopted.",
    )
