"""Who seals, by the ledger: the first who did, and since then whoever a `key-rotated` entry names.

Not here: keys and certificates themselves. Invariant: pure over the entries given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.fields import Fields

SIGNER = "signer_fingerprint_sha256"
"""Payload key of entries that seal something with a signature."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """A signer who followed another."""

    previous_fingerprint_sha256: str
    fingerprint_sha256: str
    subject: str
    not_after: datetime
    reason: str
    countersigned: bool
    """Whether the previous key signed the statement too."""
    entry: LedgerEntry


def rotation(entry: LedgerEntry) -> Rotation:
    """What a key-rotated entry says; raises IntegrityError."""
    fields = Fields(f"The payload of {entry.name}", entry.payload)
    fields.text("attempt")
    if not entry.objects:
        fields.refuse("it names no statement")
    return Rotation(
        fields.sha256("previous_fingerprint_sha256"),
        fields.sha256("fingerprint_sha256"),
        fields.text("subject"),
        fields.moment("not_after"),
        fields.text("reason"),
        fields.flag("countersigned"),
        entry,
    )


def rotations(entries: Iterable[LedgerEntry]) -> tuple[Rotation, ...]:
    """Every rotation, in order."""
    return tuple(rotation(entry) for entry in entries if entry.kind is EntryKind.KEY_ROTATED)


def standing_signer(entries: Iterable[LedgerEntry]) -> str | None:
    """Fingerprint of the certificate that seals now; None where nothing was sealed with one."""
    standing: str | None = None
    for entry in entries:
        if entry.kind is EntryKind.KEY_ROTATED:
            standing = rotation(entry).fingerprint_sha256
        elif standing is None and isinstance(told := entry.payload.get(SIGNER), str):
            standing = told
    return standing
