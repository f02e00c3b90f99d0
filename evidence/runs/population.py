"""What is expected, beside what is found: earlier sealed nights, the approved list, and the newest imported inventory.

Not here: comparing (`assess`). Invariant: only what the ledger names is read; the newest import stands for the whole inventory, as it
was known then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.facts import listed_things
from evidence.assess.sides import INVENTORY as IMPORTED
from evidence.assess.sides import ExpectedList
from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.runs.approved import ApprovedPopulation
from evidence.runs.manifest import parse_run_manifest
from evidence.runs.sealed import SealedRows
from evidence.sources.known import Known
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import run_file
from evidence.tables import INVENTORY, empty

_PREFIX = f"tables/{INVENTORY.name}/"
_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)")


def known_before(
    store: EvidenceStore, entries: Sequence[LedgerEntry], night: date, approved: ApprovedPopulation | None = None
) -> Known:
    """What the newest sealed night before one met; what the approved list ended, or does not name, is expected no more.

    Each run asks again what the one before it asked, so one step back is as far as all of them.
    """
    earlier = {one: runs for one, runs in sealed_nights(entries).items() if one < night}
    if not earlier:
        return Known()
    newest = max(earlier)
    path = run_file(newest, earlier[newest][-1].run_id)
    manifest = parse_run_manifest(SealedRows(store, named_paths(entries)).content(path))
    asked = [found[1] for one in manifest.subscriptions if (found := _SUBSCRIPTION.fullmatch(one))]
    kept = {
        one.lower() for one in asked if approved is None or approved.expects(f"/subscriptions/{one.lower()}", night)
    }
    vaults = tuple(one for one in manifest.vaults if not _ended(one.vault_id, night, approved))
    return Known(newest, tuple(sorted(kept)), vaults)


def _ended(vault_id: str, night: date, approved: ApprovedPopulation | None) -> bool:
    until = (approved.vaults or {}).get(vault_id) if approved else None
    return until is not None and until < night


@dataclass(frozen=True, slots=True)
class ImportedInventory:
    """The newest imported inventory."""

    entry: LedgerEntry
    expected: ExpectedList

    @property
    def told(self) -> Mapping[str, object]:
        """How an assessment names it."""
        return {"entry": self.entry.sequence, "entry_sha256": self.entry.sha256, "title": self.expected.title}


def imported_inventory(sealed: SealedRows, entries: Sequence[LedgerEntry]) -> ImportedInventory | None:
    """The list of the newest import that holds one; None where there was none."""
    entry = _newest_import(entries)
    if entry is None:
        return None
    rows = _rows_of(sealed, entry).to_pylist()
    expected = ExpectedList(
        source=IMPORTED,
        title=f"the inventory imported on {entry.at:%Y-%m-%d} (ledger entry {entry.sequence})",
        subscriptions=listed_things(rows, "subscription"),
        vaults=listed_things(rows, "vault"),
        items=listed_things(rows, "item"),
        resources=listed_things(rows, "resource"),
    )
    return ImportedInventory(entry, expected)


def imported_rows(sealed: SealedRows, entries: Sequence[LedgerEntry]) -> pa.Table:
    """Rows of the newest imported inventory; none where there was none."""
    entry = _newest_import(entries)
    return empty(INVENTORY) if entry is None else _rows_of(sealed, entry)


def _newest_import(entries: Sequence[LedgerEntry]) -> LedgerEntry | None:
    found = (one for one in reversed(entries) if one.kind is EntryKind.IMPORT_SEALED and _paths(one))
    return next(found, None)


def _paths(entry: LedgerEntry) -> list[str]:
    return [one.path for one in entry.objects if one.path.startswith(_PREFIX)]


def _rows_of(sealed: SealedRows, entry: LedgerEntry) -> pa.Table:
    rows = pa.concat_tables([sealed.file(INVENTORY, path) for path in _paths(entry)])
    return rows.filter(pc.equal(rows["source"], pa.scalar(IMPORTED)))
