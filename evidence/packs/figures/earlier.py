"""The figures of the pack before in the series, from the copy of its table that the ledger names.

Not here: which pack that is (`series`). Invariant: a copy that is not as the ledger names it is refused; a pack that has none, for it
was sealed before packs listed figures, is said to have none.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass

from evidence.errors import DisposedError, IntegrityError
from evidence.ledger.entries import LedgerObject
from evidence.ledger.folds import SealedPack
from evidence.packs import bag
from evidence.runs.sealed import saying_disposed
from evidence.stores.interface import EvidenceStore

FILE = "figures.csv"
"""Name of the copy beside a pack."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the pack before told."""

    pack: SealedPack
    values: Mapping[str, str] | None
    """By anchor, as it printed them; None where it listed none, or was disposed of."""
    disposed: bool = False


def earlier_figures(store: EvidenceStore, pack: SealedPack | None) -> Earlier | None:
    """The figures of a pack; None where there is no pack. Raises IntegrityError, StoreError."""
    if pack is None:
        return None
    named = next((one for one in pack.entry.objects if one.path.endswith(f"/{FILE}")), None)
    if named is None:
        return Earlier(pack, None)
    try:
        with saying_disposed(store, named.path):
            data = store.read(named.path)
    except DisposedError:
        return Earlier(pack, None, disposed=True)
    if hashlib.sha256(data).hexdigest() != named.sha256:
        raise IntegrityError(f"{named.path} does not have the SHA-256 that the ledger names.")
    rows = csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""))
    return Earlier(pack, {row["anchor"]: row["value"] for row in rows})


def keep_figures(store: EvidenceStore, folder: str, table: bag.Source) -> LedgerObject:
    """Keep a copy of a pack's figures beside it, so that the next one need not open the whole pack; raises StoreError."""
    data = bag.content(table)
    store.create(f"{folder}{FILE}", data)
    return LedgerObject(f"{folder}{FILE}", len(data), hashlib.sha256(data).hexdigest())
