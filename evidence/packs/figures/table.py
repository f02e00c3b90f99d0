"""Figures as the packed table `figures`, and back. Pure.

Invariant: what the report prints is what stands here, to the letter.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from evidence.packs.interface import Figure
from evidence.tables import FIGURES, from_rows


def figures_table(figures: Sequence[Figure]) -> pa.Table:
    """One row a figure."""
    return from_rows(FIGURES, [_row(figure) for figure in figures])


def figures_of(table: pa.Table) -> dict[str, str]:
    """The values that a pack's table tells, by anchor."""
    return {row["anchor"]: row["value"] for row in table.select(["anchor", "value"]).to_pylist()}


def _row(figure: Figure) -> dict[str, object]:
    return {
        "anchor": figure.anchor,
        "name": figure.label,
        "value": figure.value,
        "numerator": figure.count,
        "denominator": figure.denominator,
        "percent": figure.percent,
        "unit": figure.unit,
        "definition": figure.definition,
        "note": figure.note,
        "file": figure.file,
        "filter": figure.filter,
    }
