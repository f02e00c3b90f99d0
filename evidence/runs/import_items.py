"""The items of each vault that an import links jobs by: Azure's, and those that people uploaded.

Not here: how a job is linked (`normalize`). Invariant: an item list counts as whole only where Azure told it whole on that night.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

from evidence.nights import look_back
from evidence.normalize.results import Row
from evidence.records import WHOLE, Kind
from evidence.runs.night import ITEM_COLUMNS, NIGHTS_OF_ITEMS
from evidence.runs.sealed import SealedRows
from evidence.tables import COVERAGE, PROTECTED_ITEMS


class KnownItems:
    """Items as known to the end of a night; read once, when the first are asked for."""

    def __init__(self, sealed: SealedRows, night: date) -> None:
        self._sealed, self._night = sealed, night

    def of(self, vault_id: str) -> Sequence[Row]:
        """The items of a vault, each as often as it was told otherwise."""
        return self._rows.get(vault_id, ())

    def whole(self, vault_id: str) -> bool:
        """Whether Azure told all items of a vault on the night."""
        return vault_id in self._whole

    @cached_property
    def _rows(self) -> Mapping[str, Sequence[Row]]:
        found: defaultdict[str, list[Row]] = defaultdict(list)
        first = look_back(self._night, NIGHTS_OF_ITEMS)
        rows = self._sealed.distinct(PROTECTED_ITEMS, ITEM_COLUMNS, first, self._night)
        for row in rows.sort_by("item_key").to_pylist():
            found[str(row["vault_id"])].append(row)
        return found

    @cached_property
    def _whole(self) -> frozenset[str]:
        columns = ["vault_id", "kind", "outcome"]
        rows = self._sealed.rows(COVERAGE, first=self._night, last=self._night, columns=columns).to_pylist()
        told = (row for row in rows if row["kind"] == Kind.PROTECTED_ITEMS and row["outcome"] in WHOLE)
        return frozenset(str(row["vault_id"]) for row in told)
