"""What a tombstone says of an object, from its proposal and from the entry that sealed it.

Not here: when it is written (`disposing`). Invariant: it holds no content.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.ledger.disposals import Pack, Tombstone
from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.payloads import sealed_pack
from evidence.runs.retention.proposing import Due


def stone_of(one: Due, entries: Sequence[LedgerEntry]) -> Tombstone:
    """The tombstone of an object; of a pack's with its id and the hash of its tag manifest."""
    sealed = entries[one.sequence - 1]
    pack = None
    if sealed.kind is EntryKind.PACK_SEALED:
        told = sealed_pack(sealed)
        pack = Pack(told.pack_id, told.tagmanifest_sha256)
    return Tombstone(one.object, one.sequence, one.until, one.rule, pack)
