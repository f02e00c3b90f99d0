"""Counts the rows of a sealed pack's CSV files again, from the bytes in the store, against what the ledger says."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from evidence.errors import IntegrityError
from evidence.ledger.folds import SealedPack
from evidence.packs.machine.descriptor import csv_path
from evidence.packs.select import PACKED
from evidence.stores.interface import EvidenceStore


def miscounted(store: EvidenceStore, pack: SealedPack) -> Mapping[str, int]:
    """Difference of CSV rows and ledger counts, by table; all must be 0. Raises IntegrityError for another archive."""
    counts = pack.entry.payload["counts"]
    if not isinstance(counts, dict):
        raise IntegrityError(f"The ledger counts no rows of {pack.pack_id}.")
    path = pack.archive.path
    with tempfile.TemporaryDirectory(prefix="backup-evidence-recount-") as folder:
        copy = Path(folder) / "pack.zip"
        store.fetch(path, copy)
        with zipfile.ZipFile(copy) as archive:
            return {
                table.name: abs(_rows(archive, f"{pack.pack_id}/{csv_path(table)}") - counts[table.name])
                for table in PACKED
                if table.name in counts
            }


def _rows(archive: zipfile.ZipFile, name: str) -> int:
    with archive.open(name) as raw:
        reader = csv.reader(io.TextIOWrapper(raw, encoding="utf-8", newline=""), strict=True)
        return sum(1 for _ in reader) - 1
