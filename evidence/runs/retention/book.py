"""Holds, lengthened dates and disposals as the ledger tells them.

Not here: recording (`holds`, `proposing`, `disposing`), what events do (`evidence.retention`). Invariants: the same entries give the same state; an entry that no
guard lets happen is an error of integrity and never passed over; nothing but the ledger is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from evidence.errors import IntegrityError, RefusedError
from evidence.ledger import disposals, keeping
from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.retention.disposition import (
    Approver,
    Dispositions,
    Proposal,
    approve,
    begin,
    bury,
    certify,
    propose,
)
from evidence.retention.holds import Release, place, release
from evidence.retention.values import Extension, Hold, HoldScope

KINDS = frozenset({*keeping.DECIDED, *disposals.KINDS})
"""Entries that this fold reads."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """All that was decided of keeping, up to an entry."""

    holds: tuple[Hold, ...] = ()
    extensions: tuple[Extension, ...] = ()
    dispositions: Dispositions = field(default_factory=Dispositions)
    stones: Mapping[str, tuple[disposals.Tombstone, LedgerEntry]] = field(default_factory=dict)
    """Tombstones by path, each with its entry."""
    beginnings: Mapping[str, LedgerEntry] = field(default_factory=dict)
    """By path, the newest entry by which its deletion began."""


@dataclass(slots=True)
class KeepingReader:
    """Reads a growing ledger: what was folded once is not folded again."""

    keeping: Keeping = field(default_factory=Keeping)
    _read: int = 0
    _last: str | None = None

    def upto(self, entries: Sequence[LedgerEntry]) -> Keeping:
        """The state as of the last of these entries, which begin with those that were read before; raises IntegrityError."""
        if self._read and entries[self._read - 1].entry_id != self._last:
            self.keeping, self._read = Keeping(), 0
        for entry in entries[self._read :]:
            if entry.kind in KINDS:
                self.keeping = _followed_by(self.keeping, entry)
        self._read, self._last = len(entries), entries[-1].entry_id if entries else None
        return self.keeping


def read_keeping(entries: Sequence[LedgerEntry]) -> Keeping:
    """All that was decided of keeping; raises IntegrityError naming an entry that does not fit."""
    return KeepingReader().upto(entries)


def holds_of(entries: Sequence[LedgerEntry]) -> tuple[Hold, ...]:
    """All holds, released ones too, in order of placing."""
    return read_keeping(entries).holds


def extensions_of(entries: Sequence[LedgerEntry]) -> tuple[Extension, ...]:
    """All lengthened dates, in order."""
    return read_keeping(entries).extensions


def tombstones(entries: Iterable[LedgerEntry]) -> Mapping[str, LedgerEntry]:
    """The tombstone entry of each object that was disposed of with approval, by path; raises IntegrityError."""
    return {path: entry for path, (_, entry) in read_keeping(tuple(entries)).stones.items()}


def scope_of(covered: keeping.Covered) -> HoldScope:
    """What a decision covers, as rules read it."""
    return HoldScope(
        covered.items, covered.first_night, covered.last_night, covered.packs, covered.scopes, covered.paths
    )


def check(keeping_now: Keeping, entry: LedgerEntry) -> Keeping:
    """The state with one entry behind it; raises RefusedError where a guard forbids it, IntegrityError for its payload."""
    match entry.kind:
        case EntryKind.HOLD_PLACED:
            return _with_hold(keeping_now, entry)
        case EntryKind.HOLD_RELEASED:
            return _with_release(keeping_now, entry)
        case EntryKind.RETENTION_EXTENDED:
            return _with_extension(keeping_now, entry)
        case EntryKind.DISPOSED:
            return _with_stones(keeping_now, entry)
        case _:
            return _changed(keeping_now, dispositions=_disposed(keeping_now, entry), begun=entry)


def _followed_by(before: Keeping, entry: LedgerEntry) -> Keeping:
    expected = keeping.checked_subject(entry) if entry.kind in keeping.DECIDED else disposals.checked_subject(entry)
    if entry.subject != expected:
        raise _misplaced(entry, f"Its subject is {entry.subject!r} and should be {expected!r}.")
    try:
        return check(before, entry)
    except RefusedError as error:
        raise _misplaced(entry, error.message) from error


def _with_hold(before: Keeping, entry: LedgerEntry) -> Keeping:
    told = keeping.placed_hold(entry)
    hold = Hold(told.hold_id, told.case, scope_of(told.covered), told.at, told.by.name, told.why, entry.sequence)
    return _changed(before, holds=place(before.holds, hold))


def _with_release(before: Keeping, entry: LedgerEntry) -> Keeping:
    told = keeping.released_holds(entry)
    if any(one.case != told.case for one in before.holds if one.hold_id in told.hold_ids):
        raise RefusedError(f"A release of case {told.case} names a hold of another case.")
    return _changed(before, holds=release(before.holds, Release(told.hold_ids, told.at, told.by.name, told.why)))


def _with_extension(before: Keeping, entry: LedgerEntry) -> Keeping:
    told = keeping.extension(entry)
    one = Extension(scope_of(told.covered), told.until, told.by.name, told.why, told.at, entry.sequence)
    return _changed(before, extensions=(*before.extensions, one))


def _with_stones(before: Keeping, entry: LedgerEntry) -> Keeping:
    told = disposals.buried(entry)
    paths = [stone.object.path for stone in told.stones]
    approvals = before.dispositions.named(told.proposal_id).approvals
    if told.approvals != tuple(one.sequence for one in approvals) or [
        (one.tenant_id, one.object_id) for one in told.approvers
    ] != [(one.tenant_id, one.object_id) for one in approvals]:
        raise RefusedError(f"{entry.name} does not name the approvals of proposal {told.proposal_id}.")
    after = bury(before.dispositions, told.proposal_id, told.sha256, paths)
    stones = {stone.object.path: (stone, entry) for stone in told.stones}
    return _changed(before, dispositions=after, stones={**before.stones, **stones})


def _disposed(before: Keeping, entry: LedgerEntry) -> Dispositions:
    book = before.dispositions
    match entry.kind:
        case EntryKind.DISPOSAL_PROPOSED:
            told = disposals.proposed(entry)
            return propose(
                book,
                Proposal(told.proposal_id, told.sha256, told.day, entry.at, told.file.path, told.count, entry.sequence),
            )
        case EntryKind.DISPOSAL_APPROVED:
            said = keeping.approval(entry)
            who = Approver(said.by.tenant_id, said.by.object_id, said.by.name, said.at, entry.sequence)
            return approve(book, said.proposal_id, said.proposal_sha256, who)
        case EntryKind.DISPOSAL_BEGUN:
            start = disposals.begun(entry)
            return begin(book, start.proposal_id, start.sha256, start.paths)
        case _:
            return _certified(before, entry)


def _certified(before: Keeping, entry: LedgerEntry) -> Dispositions:
    told = disposals.certified(entry)
    paths = [path for path, (_, stone) in before.stones.items() if stone.sequence in told.tombstones]
    odd = {stone.sequence for _, stone in before.stones.values()}
    if not set(told.tombstones) <= odd or len(paths) != told.count:
        raise RefusedError(f"{entry.name} names tombstones that are not there, or counts otherwise.")
    return certify(before.dispositions, told.proposal_id, paths)


def _changed(
    before: Keeping,
    *,
    holds: tuple[Hold, ...] | None = None,
    extensions: tuple[Extension, ...] | None = None,
    dispositions: Dispositions | None = None,
    stones: Mapping[str, tuple[disposals.Tombstone, LedgerEntry]] | None = None,
    begun: LedgerEntry | None = None,
) -> Keeping:
    beginnings = before.beginnings
    if begun is not None and begun.kind is EntryKind.DISPOSAL_BEGUN:
        beginnings = {**beginnings, **dict.fromkeys(disposals.begun(begun).paths, begun)}
    return Keeping(
        before.holds if holds is None else holds,
        before.extensions if extensions is None else extensions,
        before.dispositions if dispositions is None else dispositions,
        before.stones if stones is None else stones,
        beginnings,
    )


def _misplaced(entry: LedgerEntry, why: str) -> IntegrityError:
    return IntegrityError(
        f"{entry.name} could not have been recorded where it stands.",
        cause=why,
        next_step="Find out what wrote it: this program checks every such entry before it appends it.",
    )
