"""The chain of entries, pure: each follows the one before, by number and by hash.

Not here: reading and writing (`ledger`), what entries add up to (`folds`). Invariant: entries are numbered from 1
without gap, each names the hash of the file before it, the first and no other opens the store, and none is there twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from evidence.errors import IntegrityError
from evidence.ledger.entries import EntryKind, LedgerEntry, parse

PREFIX = "ledger/"


@dataclass(frozen=True, slots=True)
class Chain:
    """Entries from the first on, verified."""

    entries: tuple[LedgerEntry, ...] = ()
    head_sha256: str | None = None
    """Hash of the last entry's file; None where there is none."""
    by_id: Mapping[str, LedgerEntry] = field(default_factory=dict)

    def followed_by(self, files: Iterable[bytes]) -> Chain:
        """The chain with the entries in these files behind it; raises IntegrityError naming the number that fails."""
        entries, by_id, previous = list(self.entries), dict(self.by_id), self.head_sha256
        for data in files:
            sequence = len(entries) + 1
            entry = parse(data, path_of(sequence))
            _check_link(entry, sequence, previous)
            twin = by_id.setdefault(entry.entry_id, entry)
            if twin is not entry:
                raise broken(sequence, f"it says once more what entry {twin.sequence} says")
            entries.append(entry)
            previous = hashlib.sha256(data).hexdigest()
        return Chain(tuple(entries), previous, by_id)


def path_of(sequence: int) -> str:
    """Where an entry is kept."""
    return f"{PREFIX}{sequence:012d}.json"


def broken(sequence: int, why: str) -> IntegrityError:
    """The error for a chain that breaks at a number."""
    return IntegrityError(
        f"The ledger does not hold at entry {sequence} ({path_of(sequence)}).",
        cause=f"As found, {why}.",
        next_step="Compare the ledger with a copy or a checkpoint, and find out what changed it.",
    )


def _check_link(entry: LedgerEntry, sequence: int, previous_sha256: str | None) -> None:
    if entry.sequence != sequence:
        raise broken(sequence, f"its file says that it is entry {entry.sequence}")
    if entry.previous_sha256 != previous_sha256:
        raise broken(sequence, f"it does not follow entry {sequence - 1} as that is now: one of the two was changed")
    if (entry.kind is EntryKind.STORE_OPENED) != (sequence == 1):
        raise broken(sequence, f"it is {entry.kind}; the first entry, and no other, opens the store")
