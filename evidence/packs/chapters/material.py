"""What all chapters of a report are made of: the selection, the judgement, the counts and the files. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from evidence.packs.bag import Digest
from evidence.packs.completeness import CompletenessResult
from evidence.packs.figures import Counts
from evidence.packs.interface import ReportColumn, ReportTable
from evidence.packs.select import Selection
from evidence.packs.texts import vault_names
from evidence.packs.unread import Unread, unread

MOST_ROWS = 100
"""Rows of a table on the page; the rest is counted there and stands in the CSV."""


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
        wide: bool = False,
    ) -> ReportTable:
        """A printed table of at most MOST_ROWS rows."""
        sha256 = self.files[file].sha256 if file else None
        return ReportTable(
            anchor, title, caption, tuple(columns), tuple(rows[:MOST_ROWS]), total, file, sha256, empty, wide
        )


def material(selection: Selection, judged: CompletenessResult, counts: Counts, files: Mapping[str, Digest]) -> Material:
    """Gather what chapters need."""
    return Material(selection, judged, counts, files, vault_names(selection.vaults), unread(judged))


def first_rows(rows: pa.Table, *names: str) -> Sequence[Mapping[str, object]]:
    """The rows that a page shows, as dicts: the first MOST_ROWS, sorted by columns."""
    return rows.sort_by([(name, "ascending") for name in names]).slice(0, MOST_ROWS).to_pylist()
