"""One sealed pack as the commands show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.ledger.folds import SealedPack

COLUMNS = ("pack", "completeness", "time_stamp", "keep_until")
"""What a terminal shows of it."""


def pack_row(composition: Composition, pack: SealedPack) -> dict[str, object]:
    """What the ledger says of it, and where its ZIP is."""
    payload = pack.entry.payload
    path = pack.archive.path
    return {
        "pack": pack.pack_id,
        "scope": pack.series.scope,
        "kind": pack.series.kind,
        "first_night": str(pack.first_night),
        "last_night": str(pack.last_night),
        "revision": pack.revision,
        "series_sequence": pack.series_sequence,
        "completeness": payload["completeness"],
        "time_stamp": payload["time_stamp"] if payload["time_stamp"] == "inside" else "NOT TIME-STAMPED",
        "keep_until": payload["keep_until"],
        "sealed_at": pack.entry.at.isoformat(),
        "tagmanifest_sha256": pack.tagmanifest_sha256,
        "file": str(composition.place(path)),
        "calls": None if pack.calls is None else str(composition.place(pack.calls.path)),
    }
