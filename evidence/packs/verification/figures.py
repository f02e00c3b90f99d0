"""The figures: each counted a second time from the packed rows, by code of its own.

Not here: the pages of the report, which print these very values. The counting is written a second time, against the Parquet files alone,
because whoever builds a pack must not be the one who says what its numbers are. Invariant: a figure that is missing, told otherwise, or said
to be unknown where rows tell it, fails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from evidence.errors import IntegrityError
from evidence.packs.figures.definitions import DEFINITIONS
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.figures_counted import Number, Rows, counted
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.saying import Statement
from evidence.packs.verification.tables import csv_of

FIGURES = "figures"
_ONLY_WITH: Mapping[str, str] = (
    {"F-30": "restated", "F-39": "oddities", "F-40": "oddities", "F-41": "oddities"}
    | {f"F-{place}": "canaries" for place in range(51, 59)}
    | {f"F-{place}": "drills" for place in range(59, 88)}
    | {f"F-{place}": "attainment" for place in range(88, 92)}
)
"""Figures that only a pack with a table has."""
_ANCHOR = re.compile(r"F-[0-9]{2,}")
_UNKNOWN = "unknown"
Told = Mapping[str, object]


def check_figures(pack: Opened, statement: Statement, checks: Checklist) -> None:
    """Check every figure against the rows it counts."""
    if FIGURES not in statement.counts:
        checks.not_checked(FIGURES, None, "The pack lists no figures: it was sealed before packs did.")
        return
    checks.examine(FIGURES, csv_of(FIGURES), lambda: _figures(pack, statement))


def _figures(pack: Opened, statement: Statement) -> tuple[str, None]:
    rows = Rows(pack, statement)
    told: dict[str, Told] = {str(row["anchor"]): row for row in rows.table(FIGURES).to_pylist()}
    due = {anchor for anchor in DEFINITIONS if _ONLY_WITH.get(anchor, FIGURES) in statement.counts}
    if missing := sorted(due - set(told)):
        raise IntegrityError(f"{missing[0]} is missing: every pack of this form has it.")
    numbers = counted(rows)
    for anchor in sorted(told):
        _check_form(anchor, told[anchor])
        if anchor in DEFINITIONS:
            _check_number(anchor, told[anchor], numbers[anchor])
    newer = len(set(told) - set(DEFINITIONS))
    beside = f"; {newer} of a newer program were not counted" if newer else ""
    return f"{len(set(told) & set(DEFINITIONS))} figures counted again from the tables{beside}", None


def _check_form(anchor: str, row: Told) -> None:
    """That the text which is printed says the numbers beside it, and that the anchor means what it always meant."""
    found, whole, percent = row["numerator"], row["denominator"], row["percent"]
    if not _ANCHOR.fullmatch(anchor):
        raise IntegrityError(f"`{anchor}` is no anchor.")
    if anchor in DEFINITIONS and row["name"] != DEFINITIONS[anchor].name:
        raise IntegrityError(f"{anchor} is called `{row['name']}`; it has always been `{DEFINITIONS[anchor].name}`.")
    if row["value"] != _printed(found, whole, percent):
        raise IntegrityError(f"{anchor} prints `{row['value']}`, but its numbers are {found} of {whole}.")


def _printed(found: object, whole: object, percent: object) -> str:
    if not isinstance(found, int):
        return _UNKNOWN
    number = f"{found:,}" if not isinstance(whole, int) else f"{found:,} of {whole:,}"
    if not isinstance(percent, float):
        return number
    if not isinstance(whole, int) or not whole or percent != found * 1000 // whole / 10:
        return "another share"
    return f"{percent} % ({number})"


def _check_number(anchor: str, row: Told, number: Number) -> None:
    told = (row["numerator"], row["denominator"])
    if told[0] is None:
        if number[0]:
            raise IntegrityError(f"{anchor} is said to be unknown, but the rows make it {number[0]} of {number[1]}.")
    elif told != number:
        raise IntegrityError(f"{anchor} says {told[0]} of {told[1]}, but the rows make it {number[0]} of {number[1]}.")
