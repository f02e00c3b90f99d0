"""The small tables of a card: restores, checks, deviations and sign-offs of one drill. Pure.

Not here: the card around them (`drill_cards`). Invariant: a table that would be empty is left to a sentence of the card; every row names its grade.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.packs.chapters.drill_rows import Row
from evidence.packs.chapters.material import Material
from evidence.packs.interface import ReportColumn, ReportTable
from evidence.packs.texts import joined, moment, text

CERTIFICATES = "S-32"
"""The section of certificates."""


def _table(
    of: Material,
    anchor: str,
    title: str,
    columns: Sequence[ReportColumn],
    rows: Sequence[tuple[str, ...]],
) -> ReportTable | None:
    if not rows:
        return None
    return of.table(anchor, title, "", columns, rows, total=len(rows), file=None, empty="None.", compact=True)


def executions_of(of: Material, number: int, rows: Sequence[Row]) -> ReportTable | None:
    """Restore jobs of a drill, the one that stands first."""
    columns = (
        ReportColumn("Job", 24, mono=True),
        ReportColumn("Status", 12),
        ReportColumn("Restored to", 24),
        ReportColumn("Point found by", 12),
        ReportColumn("Started by", 18),
        ReportColumn("Data", 14),
        ReportColumn("Grade", 8),
    )
    cells = [_execution(row) for row in sorted(rows, key=lambda row: not row["stands"])]
    return _table(of, f"T-DE{number:04d}", "Restores", columns, cells)


def _execution(row: Row) -> tuple[str, ...]:
    stands = "" if row["stands"] else " (does not stand)"
    target = [row["target_group"], row["target_name"], row["target_network"]]
    where = " / ".join(str(one) for one in target if one) or text(row["target_subscription"])
    return (
        f"{row['job_id']}",
        f"{text(row['status'])}{stands}",
        f"{text(row['location_type'])}: {where}",
        f"{row['link']}{_graded(row['point_grade'])}",
        f"{text(row['initiator'])}{', service' if row['initiator_is_service'] else ''}{_graded(row['initiator_grade'])}",
        _data(row),
        text(row["evidence_grade"]),
    )


def _graded(grade: object) -> str:
    return f" ({grade})" if grade else ""


def _data(row: Row) -> str:
    told = []
    if isinstance(row["bytes_transferred"], int):
        told.append(f"{row['bytes_transferred'] / 2**30:,.1f} GiB")
    counts = [(name, row[f"files_{name}"]) for name in ("restored", "skipped", "failed")]
    told += [f"{count:,} files {name}" for name, count in counts if isinstance(count, int)]
    return ", ".join(told) or "not told"


def validations_of(of: Material, number: int, rows: Sequence[Row]) -> ReportTable | None:
    """Checks of a drill."""
    columns = (
        ReportColumn("Check", 16),
        ReportColumn("Expected", 22),
        ReportColumn("Found", 22),
        ReportColumn("Result", 11),
        ReportColumn("By", 16),
        ReportColumn("At (UTC)", 16),
        ReportColumn("Attached", 14, mono=True),
        ReportColumn("Grade", 8),
    )
    cells = [
        (
            text(row["kind"]),
            text(row["expected"]) + (f", tolerance {row['tolerance']}" if row["tolerance"] else ""),
            text(row["actual"]),
            str(row["result"]).upper() if row["result"] == "failed" else text(row["result"]),
            text(row["checked_by"]) if row["checked_by"] else "Azure's record",
            moment(row["checked_at"]),
            joined([str(one)[:12] for one in _texts(row["artefacts"])]),
            text(row["evidence_grade"]),
        )
        for row in rows
    ]
    return _table(of, f"T-DV{number:04d}", "Validations", columns, cells)


def _texts(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def deviations_of(of: Material, number: int, rows: Sequence[Row]) -> ReportTable | None:
    """Deviations of a drill."""
    return _table(of, f"T-DD{number:04d}", "Deviations", DEVIATION_COLUMNS, [deviation_cells(row) for row in rows])


DEVIATION_COLUMNS = (
    ReportColumn("Deviation", 15),
    ReportColumn("What was found", 30),
    ReportColumn("Owner", 13),
    ReportColumn("Due", 10),
    ReportColumn("Action", 24),
    ReportColumn("Retest", 16),
    ReportColumn("State", 14),
)


def deviation_cells(row: Row) -> tuple[str, ...]:
    """One deviation as it is printed."""
    closed = f" {moment(row['closed_at'])}" if row["closed_at"] else ""
    ticket = f" [{row['ticket']}]" if row["ticket"] else ""
    return (
        f"{text(row['kind'])}, {text(row['severity'])}{', found by itself' if row['automatic'] else ''}",
        text(row["cause"]),
        text(row["owner"]),
        text(row["due"]),
        f"{text(row['action'])}{ticket}",
        text(row["retest"]),
        f"{'OVERDUE' if row['state'] == 'overdue' else text(row['state'])}{closed}",
    )


def sign_offs_of(of: Material, number: int, rows: Sequence[Row]) -> ReportTable | None:
    """Sign-offs of a drill, each with the page of its certificate."""
    columns = (
        ReportColumn("Role", 10),
        ReportColumn("Decision", 17),
        ReportColumn("Who", 22),
        ReportColumn("At (UTC)", 18),
        ReportColumn("Record read, SHA-256", 40, mono=True),
        ReportColumn("Entry", 7, align_right=True),
        ReportColumn("Grade", 8),
    )
    cells = [
        (
            text(row["role"]),
            decision_of(row),
            text(row["person"]),
            moment(row["decided_at"]),
            text(row["record_sha256"]),
            text(row["ledger_entry"]),
            text(row["evidence_grade"]),
        )
        for row in sorted(rows, key=_entry)
    ]
    return _table(
        of, f"T-DS{number:04d}", "Sign-offs; the certificate of each is found by its ledger entry", columns, cells
    )


def decision_of(row: Row) -> str:
    """A decision in words."""
    return str(row["decision"]).replace("_", " ")


def _entry(row: Row) -> int:
    number = row["ledger_entry"]
    return number if isinstance(number, int) else 0
