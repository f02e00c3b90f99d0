"""Who was given which pack, by the ledger.

Not here: copying packs (`evidence.packs.oversight.deliveries`). Invariant: pure over the entries given; one copy is one delivery, however often
its entry was tried.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.fields import Fields
from evidence.ledger.persons import VERSION, Account, check_version, read_account

_KEYS = frozenset({"v", "pack_id", "tagmanifest_sha256", "sha256", "bytes", "for", "purpose", "asked_by", "copied_at"})


@dataclass(frozen=True, slots=True)
class Delivery:
    """One copy of one pack for one person."""

    pack_id: str
    tagmanifest_sha256: str
    sha256: str
    """Of the ZIP that was handed out."""
    bytes: int
    receiver: str
    """For whom, as whoever asked says; not proven."""
    purpose: str | None
    asked_by: Account
    copied_at: datetime
    """When the copy was written, UTC."""
    entry: LedgerEntry


def told_delivery(
    *, pack: tuple[str, str], copy: tuple[str, int], receiver: str, purpose: str | None, by: Account, copied_at: str
) -> dict[str, object]:
    """The payload; `pack` is id and tag manifest hash, `copy` hash and bytes. It names no path of anybody's machine."""
    return {
        "v": VERSION,
        "pack_id": pack[0],
        "tagmanifest_sha256": pack[1],
        "sha256": copy[0],
        "bytes": copy[1],
        "for": receiver,
        "purpose": purpose,
        "asked_by": by.told(),
        "copied_at": copied_at,
    }


def delivery(entry: LedgerEntry) -> Delivery:
    """What a pack-delivered entry says; raises IntegrityError."""
    fields = Fields(f"The payload of {entry.name}", entry.payload)
    check_version(fields)
    fields.check_keys(_KEYS)
    return Delivery(
        fields.text("pack_id"),
        fields.sha256("tagmanifest_sha256"),
        fields.sha256("sha256"),
        fields.whole("bytes"),
        fields.text("for"),
        fields.optional_text("purpose"),
        read_account(fields, "asked_by"),
        fields.moment("copied_at"),
        entry,
    )


def deliveries(entries: Iterable[LedgerEntry]) -> Mapping[str, tuple[Delivery, ...]]:
    """Deliveries by pack id, in order of recording."""
    found: defaultdict[str, tuple[Delivery, ...]] = defaultdict(tuple)
    for entry in entries:
        if entry.kind is EntryKind.PACK_DELIVERED:
            one = delivery(entry)
            found[one.pack_id] += (one,)
    return dict(sorted(found.items()))
