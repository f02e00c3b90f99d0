"""What all chapters of a report are made of: the selection, the judgement, the counts, the figures and the files. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.bag import Digest
from evidence.packs.columns import plain
from evidence.packs.completeness import CompletenessResult
from evidence.packs.figures import Counts, figures
from evidence.packs.interface import Figure, ReportColumn, ReportTable
from evidence.packs.select import Selection
from evidence.packs.texts import vault_names
from evidence.packs.unread import Unread, unread
from evidence.tables import DRILLS
from evidence.tiers import TierRule

MOST_ROWS = 200
"""Up to so many rows a table is printed whole."""
FIRST_ROWS = 40
"""Of a longer one so many; the rest is counted on the page and stands in the file."""
FEW_ROWS = 12
NIGHT = "night"


@dataclass(frozen=True, slots=True)
class Material:
    """What all chapters are made of."""

    selection: Selection
    judged: CompletenessResult
    counts: Counts
    files: Mapping[str, Digest]
    """Length and hash of the pack's data files, by path."""
    vaults: Mapping[str, str]
    """Vault names by id."""
    unread: Unread
    """What the numbers leave out."""
    figures: Mapping[str, Figure]
    """By anchor."""
    kind: str
    """Of the pack."""
    tiers: tuple[TierRule, ...] | None = ()
    """Objectives of items; None where names are masked, by which they are set."""

    @property
    def is_night(self) -> bool:
        """Whether the report is to be short: it is read every morning."""
        return self.kind == NIGHT

    @property
    def tells_drills(self) -> bool:
        """Whether the report is about restore drills."""
        return DRILLS.name in self.selection.tables

    def cite(self, anchor: str) -> str:
        """A figure as it stands in a sentence: `1,204 of 1,256 [F-04]`."""
        return self.figures[anchor].cited

    def any(self, anchor: str) -> int:
        """How many a figure counts; 0 where it is unknown, or where this pack does not have it."""
        return (self.figures[anchor].count or 0) if anchor in self.figures else 0

    def vault(self, vault_id: object) -> str:
        """A vault's name, or its id where it has none."""
        return self.vaults.get(str(vault_id), str(vault_id))

    def table(
        self,
        anchor: str,
        title: str,
        caption: str,
        columns: Sequence[ReportColumn],
        rows: Sequence[tuple[str, ...]],
        *,
        total: int,
        file: str | None,
        empty: str,
        compact: bool = False,
        listed: bool = False,
        first: int = FIRST_ROWS,
        most: int = MOST_ROWS,
    ) -> ReportTable:
        """A printed table: whole up to `most` rows, else its `first` rows."""
        sha256 = self.files[file].sha256 if file else None
        shown = tuple(rows if total <= most else rows[:first])
        return ReportTable(anchor, title, caption, tuple(columns), shown, total, file, sha256, empty, compact, listed)


def material(
    selection: Selection,
    judged: CompletenessResult,
    counts: Counts,
    files: Mapping[str, Digest],
    kind: str = "audit",
    tiers: tuple[TierRule, ...] | None = (),
) -> Material:
    """Gather what chapters need."""
    numbers = {figure.anchor: figure for figure in figures(counts, judged)}
    names = vault_names(selection.vaults)
    return Material(selection, judged, counts, files, names, unread(judged), numbers, kind, tiers)


def first_rows(
    rows: pa.Table, *names: str, first: int = FIRST_ROWS, most: int = MOST_ROWS
) -> Sequence[Mapping[str, object]]:
    """The rows that a page shows, as dicts, sorted by columns: all of up to `most`, else the first."""
    shown = rows.num_rows if rows.num_rows <= most else first
    # Keys alone are sorted, and only what is shown is moved.
    places = pc.sort_indices(plain(rows.select(list(names))), sort_keys=[(name, "ascending") for name in names])
    return rows.take(places.slice(0, shown)).to_pylist()
