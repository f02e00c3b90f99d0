"""The rows of drills as chapters read them: by drill, in the order of their table. Pure over the packed tables.

Not here: what is printed of them. Invariant: chapters see what the pack's readers see, so that a masked pack prints masks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from evidence.packs.chapters.material import Material
from evidence.packs.texts import text
from evidence.tables import DRILLS, Table

Row = Mapping[str, object]
MOST_CARDS = 250
"""So many cards are set, each some third of a page; a page of cards takes half a second, and a report ten minutes at most."""
STATES: Mapping[str, tuple[str, str]] = {
    "accepted": ("accepted", "good"),
    "accepted_with_deviations": ("accepted with deviations", "warning"),
    "rejected": ("rejected", "bad"),
    "remediation": ("rejected, retest planned", "bad"),
    "closed": ("rejected, retest accepted", "warning"),
    "missed": ("missed", "bad"),
    "cancelled": ("cancelled", "warning"),
    "waived": ("waived", "warning"),
    "planned": ("planned", "unknown"),
    "executed": ("executed", "unknown"),
    "evidence_linked": ("evidence linked", "unknown"),
    "validated": ("validated", "unknown"),
    "in_review": ("in review", "unknown"),
}
"""What a state is called, and the tone of it."""


def rows_of(of: Material, table: Table) -> Sequence[Row]:
    """All rows of a packed table in its order."""
    found: Sequence[Row] = (
        of.selection.tables[table.name].sort_by([(name, "ascending") for name in table.key]).to_pylist()
    )
    return found


def quarters_drills(of: Material) -> Sequence[Row]:
    """The drills of the pack's quarter, by id."""
    return [row for row in rows_of(of, DRILLS) if row["counted"] == "quarter"]


def by_drill(rows: Sequence[Row]) -> Mapping[str, Sequence[Row]]:
    """Rows by the drill that they are of."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row["drill_id"]), []).append(row)
    return found


def state_of(row: Row) -> tuple[str, str]:
    """What the state of a drill is called, and its tone; a superseded one says so."""
    words, tone = STATES[str(row["state"])]
    return (words, tone) if row["superseded_by"] is None else (f"{words}, superseded", "unknown")


def tier_of(row: Row) -> str:
    """`tier 2`, or `no tier`."""
    return "no tier" if row["tier"] is None else f"tier {row['tier']}"


def span(seconds: object) -> str:
    """`3 h 30 min`, `41 min`, `2 d 4 h`: as people say it; a dash where there is none."""
    if not isinstance(seconds, int):
        return text(None)
    if seconds < 60:  # noqa: PLR2004  # seconds of a minute
        return f"{seconds} s"
    minutes = timedelta(seconds=seconds) // timedelta(minutes=1)
    hours, rest = divmod(minutes, 60)
    days, left = divmod(hours, 24)
    parts = (f"{days} d" if days else "", f"{left} h" if left else "", f"{rest} min" if rest else "")
    return " ".join(part for part in parts if part)
