"""What the ledger names and the store no longer holds: disposed of by an entry, or lost; and what should be gone and is not.

Not here: nights that were never sealed (`runs.gaps`), proofs (`prove`). Invariants: only a `disposed` entry that comes after the one that
names an object, and after two approvals, excuses its absence; nothing is read but the list of the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.runs.retention.book import read_keeping
from evidence.stores.interface import EvidenceStore


class Fate(StrEnum):
    """What became of an object that the ledger names."""

    DISPOSED = "disposed of"
    UNFINISHED = "deleted, and its tombstone not written yet"
    """A disposal stopped between the two: it goes on where it is run again."""
    LOST = "missing, and not disposed of"
    STILL_THERE = "disposed of, and still there"
    OTHER_LENGTH = "there, with another length"

    @property
    def alarming(self) -> bool:
        """Whether somebody took or changed it without saying so."""
        return self in {Fate.LOST, Fate.OTHER_LENGTH}


@dataclass(frozen=True, slots=True)
class Missed:
    """An object that is not as the ledger says alone."""

    path: str
    fate: Fate
    named_by: LedgerEntry
    tombstone: LedgerEntry | None

    @property
    def sentence(self) -> str:
        """For people, with the entries' numbers."""
        by = f" by entry {self.tombstone.sequence} on {self.tombstone.at:%Y-%m-%d}" if self.tombstone else ""
        return f"{self.path}, named by entry {self.named_by.sequence}: {self.fate}{by}"


def missed_objects(store: EvidenceStore, entries: Sequence[LedgerEntry]) -> tuple[Missed, ...]:
    """Every object that entries name and that is not there, or should not be; in the order in which they were named.

    Raises IntegrityError for a tombstone that nothing approved: such a one excuses nothing.
    """
    there = {found.path: found.bytes for found in store.list("")}
    keeping = read_keeping(entries)
    stones = {path: entry for path, (_, entry) in keeping.stones.items()}
    found: dict[str, Missed] = {}
    for entry in entries:
        if entry.kind is EntryKind.DISPOSED:
            continue
        for named in entry.objects:
            stone = stones.get(named.path)
            excused = stone is not None and stone.sequence > entry.sequence
            fate = _fate(named.bytes, there.get(named.path), excused=excused)
            begun = keeping.beginnings.get(named.path)
            if fate is Fate.LOST and begun is not None and begun.sequence > entry.sequence:
                fate = Fate.UNFINISHED
            if fate is not None and named.path not in found:
                found[named.path] = Missed(named.path, fate, entry, stone if excused else None)
    return tuple(found.values())


def _fate(named: int, length: int | None, *, excused: bool) -> Fate | None:
    if length is None:
        return Fate.DISPOSED if excused else Fate.LOST
    if excused:
        return Fate.STILL_THERE
    return None if length == named else Fate.OTHER_LENGTH
