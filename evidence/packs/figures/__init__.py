"""The numbers of a pack, each with its denominator, its definition and an anchor that is the same in every pack.

`count` counts the packed tables once, `figures` makes figures of the counts, `figures_table` the packed table of them; `definitions`
says in words and columns what each one counts. Invariant: what cannot be judged is counted as such, never among the good.
"""

from __future__ import annotations

from evidence.packs.figures.counting import AZURES, COMPLETED, FAILED, LINKED, UNKNOWN, WARNED, Counts, count
from evidence.packs.figures.definition import Definition
from evidence.packs.figures.definitions import DEFINITIONS, HEADLINES, headlines
from evidence.packs.figures.numbers import figures
from evidence.packs.figures.table import figures_of, figures_table

__all__ = [
    "AZURES",
    "COMPLETED",
    "DEFINITIONS",
    "FAILED",
    "HEADLINES",
    "LINKED",
    "UNKNOWN",
    "WARNED",
    "Counts",
    "Definition",
    "count",
    "figures",
    "figures_of",
    "figures_table",
    "headlines",
]
