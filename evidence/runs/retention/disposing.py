"""Deletes what two persons approved: holds, dates, approvals and hashes are checked again on the very ledger that the deletion follows.

Not here: which objects are due (`proposing`), certificates. Invariants: an object is deleted only between the entry that begins it and the tombstone that tells of it;
that entry follows a ledger on which nothing forbade it; a run that stopped goes on where it is run again, whichever write was its last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from evidence.errors import IntegrityError, ObjectMissingError, RefusedError
from evidence.ledger.disposals import KINDS, told_payload, told_tombstone
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.retention.calendar import day_of
from evidence.retention.disposition import Proposal, why_kept
from evidence.retention.register import Register
from evidence.runs.parts import Parts, Progress, silent
from evidence.runs.retention.book import Keeping, KeepingReader, check
from evidence.runs.retention.deciding import proven, refuse_unsigned
from evidence.runs.retention.proposing import Due, ProposalFile, Registers, mapping_of, read_proposal
from evidence.runs.retention.stones import stone_of
from evidence.stores.disposing import Remains, Removal, removal_of

__all__ = ["BATCH", "Disposed", "Remains", "dispose", "remains_of"]

_T = TypeVar("_T")
BATCH = 1000
"""Objects that one entry begins, and one tells the end of."""
_MISSING = "missing, and nobody began to delete it"


@dataclass(slots=True)
class Disposed:
    """What one run of a disposal did."""

    file: ProposalFile
    gone: list[str] = field(default_factory=list)
    """Paths that got their tombstone in this run."""
    before: int = 0
    """Objects that had theirs before."""
    left: dict[str, str] = field(default_factory=dict)
    """What was left as it is, by path, with the reason."""
    refused: dict[str, str] = field(default_factory=dict)
    """What the store refused to delete, with its word."""
    alarms: dict[str, str] = field(default_factory=dict)
    """What is not as the ledger says: missing, or changed."""


def dispose(
    parts: Parts, registers: Registers, proposal_id: str, removal: Removal | None = None, progress: Progress = silent
) -> Disposed:
    """Delete what an approved proposal names and may go; what may not is left, with the reason.

    Raises RefusedError without two approvals or where another proposal took its place, IntegrityError where an approval's signed statement does not
    hold, StoreError.
    """
    return _Disposal(parts, registers, removal or removal_of(parts.store), progress).run(proposal_id)


def remains_of(parts: Parts, paths: Collection[str], removal: Removal | None = None) -> Remains:
    """What the store still holds of some paths, by a listing made now; raises StoreError, SignInError."""
    return (removal or removal_of(parts.store)).remains(paths)


class _KeptError(RefusedError):
    """Something began to keep objects while their deletion was prepared."""


@dataclass(slots=True)
class _Disposal:
    """One run."""

    parts: Parts
    registers: Registers
    removal: Removal
    progress: Progress
    reader: KeepingReader = field(default_factory=KeepingReader)
    _register: Register | None = None
    _register_size: int = 0
    _stamped: tuple[date, ...] = ()

    def run(self, proposal_id: str) -> Disposed:
        held, refused = self._finish_all(self._now())
        proposal = self._now().dispositions.named(proposal_id)
        file = read_proposal(self.parts.store, proposal)
        found = Disposed(file, before=len(proposal.gone), left=held, refused=refused)
        if len(proposal.gone) == proposal.count:
            return found
        self._refuse_unapproved(proposal)
        done = proposal.gone | held.keys() | refused.keys()
        waiting = [one for one in found.file.due if one.object.path not in done]
        for number, batch in enumerate(_batches(waiting)):
            self.progress(proposal_id, number * BATCH, len(waiting))
            self._batch(proposal_id, found, batch)
        self.progress(proposal_id, len(waiting), len(waiting))
        return found

    def _batch(self, proposal_id: str, found: Disposed, batch: Sequence[Due]) -> None:
        there = [one for one in batch if self._is_as_named(one, found)]
        while free := self._free(proposal_id, found, there):
            try:
                self._begin(proposal_id, found.file, free)
            except _KeptError:
                continue
            removed = [one for one in free if self._removed(one, found)]
            if removed:
                self._bury(found.file, removed)
                found.gone += [one.object.path for one in removed]
            return

    def _is_as_named(self, one: Due, found: Disposed) -> bool:
        """Whether the very object stands there; what was changed is proof of that, and stays."""
        path = one.object.path
        try:
            data = self.parts.store.read(path)
        except ObjectMissingError:
            begun = path in self._now().beginnings
            told, why = (found.left, "another run is deleting it") if begun else (found.alarms, _MISSING)
            told[path] = why
            return False
        if hashlib.sha256(data).hexdigest() != one.object.sha256:
            found.alarms[path] = "it is not what the ledger names"
            return False
        return True

    def _free(self, proposal_id: str, found: Disposed, there: Sequence[Due]) -> list[Due]:
        entries = self.parts.ledger.entries()
        why = self._why(proposal_id, entries, there)
        found.left |= why
        return [one for one in there if one.object.path not in why]

    def _why(self, proposal_id: str, entries: Sequence[LedgerEntry], wanted: Sequence[Due]) -> Mapping[str, str]:
        """Why objects may not go, by path, on these entries."""
        day, register = self._day(proposal_id, entries), self._registered(entries)
        found = {}
        for one in wanted:
            registered = register.find(one.object.path)
            told = why_kept(registered, day)
            if told is None and registered is not None and registered.file.sha256 != one.object.sha256:
                told = "the ledger names other bytes than the proposal"
            if told is not None:
                found[one.object.path] = told
        return found

    def _begin(self, proposal_id: str, file: ProposalFile, free: Sequence[Due]) -> None:
        """The entry from which on objects are deleted, on a ledger on which nothing keeps them."""
        payload = told_payload(
            attempt=self.parts.new_id(),
            proposal=proposal_id,
            sha256=file.sha256,
            paths=[one.object.path for one in free],
        )
        draft = self._draft(EntryKind.DISPOSAL_BEGUN, proposal_id, payload)

        def guard(entries: Sequence[LedgerEntry]) -> None:
            check(self.reader.upto(entries), draft.placed(len(entries) + 1, entries[-1].sha256))
            kept = self._why(proposal_id, entries, free)
            if kept:
                path, why = next(iter(kept.items()))
                raise _KeptError(f"{path} stays: {why}.")

        self.parts.ledger.append(draft, (guard,))

    def _removed(self, one: Due, found: Disposed) -> bool:
        """Delete one object, unless a hold came since; whether it is gone."""
        path = one.object.path
        kept = self._why(found.file.proposal_id, self.parts.ledger.entries(), (one,))
        if kept:
            found.left |= kept
            return False
        try:
            self.removal.remove(path)
        except ObjectMissingError:
            # It stood there when its deletion began: another run of the same disposal was faster.
            return self.parts.store.stat(path) is None and self._finished(path, found.left, found.refused)
        except RefusedError as error:
            found.refused[path] = f"{error.message} {error.cause}".strip()
            return False
        if self.parts.store.stat(path) is not None:
            found.refused[path] = "The store says that it deleted it, and it is still there."
            return False
        return True

    def _bury(self, file: ProposalFile, removed: Sequence[Due]) -> None:
        """The tombstones of what is gone; another run may have written some of them meanwhile."""
        while True:
            keeping = self._now()
            left = [one for one in removed if one.object.path not in keeping.stones]
            if not left:
                return
            draft = self._tombstone(keeping, file, left)

            def guard(entries: Sequence[LedgerEntry], draft: Draft = draft) -> None:
                check(self.reader.upto(entries), draft.placed(len(entries) + 1, entries[-1].sha256))

            try:
                self.parts.ledger.append(draft, (guard,))
            except RefusedError:
                if self._now().stones.keys() & {one.object.path for one in left}:
                    continue
                raise
            return

    def _tombstone(self, keeping: Keeping, file: ProposalFile, left: Sequence[Due]) -> Draft:
        proposal, entries = keeping.dispositions.named(file.proposal_id), self.parts.ledger.entries()
        approvers = [
            {"tenant_id": one.tenant_id, "object_id": one.object_id, "name": one.name} for one in proposal.approvals
        ]
        payload = told_payload(
            attempt=self.parts.new_id(),
            proposal=file.proposal_id,
            sha256=file.sha256,
            begun=max(keeping.beginnings[one.object.path].sequence for one in left),
            approvals=[one.sequence for one in proposal.approvals],
            approvers=approvers,
            stones=[told_tombstone(stone_of(one, entries)) for one in left],
        )
        objects = tuple(one.object for one in left)
        return self._draft(EntryKind.DISPOSED, file.proposal_id, payload, objects)

    def _finish_all(self, keeping: Keeping) -> tuple[dict[str, str], dict[str, str]]:
        """Tombstones for what a run that stopped had deleted, whichever proposal it was of; what holds and the store keep of it, by path."""
        held, refused = dict[str, str](), dict[str, str]()
        for proposal in keeping.dispositions.proposals.values():
            cut = [path for path in sorted(proposal.begun) if self.parts.store.stat(path) is None]
            if cut:
                refuse_unsigned(self.parts.store, self.parts.ledger.entries(), proposal)
            ended = [path for path in cut if self._finished(path, held, refused)]
            if ended:
                file = read_proposal(self.parts.store, proposal)
                due = mapping_of(file)
                for batch in _batches(ended):
                    self._bury(file, [due[path] for path in batch])
        return held, refused

    def _finished(self, path: str, held: dict[str, str], refused: dict[str, str]) -> bool:
        """Whether nothing is left behind a name that is gone, such as versions that a removal which stopped did not come to."""
        registered = self._registered(self.parts.ledger.entries()).find(path)
        if registered is not None and registered.holds:
            if self.removal.remains((path,)).left:
                held[path] = f"its name is gone, and versions of it stay: {why_kept(registered, date.max)}"
            return path not in held
        try:
            self.removal.finish(path)
        except RefusedError as error:
            refused[path] = f"{error.message} {error.cause}".strip()
        return path not in refused

    def _refuse_unapproved(self, proposal: Proposal) -> None:
        """Two approvals by two persons, each with a signed statement that holds; raises RefusedError, IntegrityError."""
        entries = self.parts.ledger.entries()
        if not proposal.approved:
            raise RefusedError(
                f"Proposal {proposal.proposal_id} has {len({one.key for one in proposal.approvals})} of 2 approvals.",
                next_step=f"Let another person run: backup-evidence retention approve {proposal.proposal_id}",
            )
        for one in proposal.approvals:
            statement = proven(self.parts.store, entries, entries[one.sequence - 1])
            if not statement.established:
                raise IntegrityError(
                    f"Approval {one.sequence} of proposal {proposal.proposal_id} is signed by a certificate that the ledger did not know."
                )
            if statement.seal.stamp is not None:
                # An authority's time binds a clock that was set forward.
                stamped = day_of(statement.seal.stamp.at, self.parts.calendar.time_zone)
                self._stamped = (*self._stamped, stamped)

    def _day(self, proposal_id: str, entries: Sequence[LedgerEntry]) -> date:
        """The day that dates are compared with: everything must have been over when it was proposed and approved, and is now."""
        now, zone = self.parts.clock.now(), self.parts.calendar.time_zone
        proposal = self.reader.upto(entries).dispositions.named(proposal_id)
        moments = (now, proposal.at, *(one.at for one in proposal.approvals))
        return min(*(day_of(one, zone) for one in moments), *self._stamped, proposal.day)

    def _registered(self, entries: Sequence[LedgerEntry]) -> Register:
        """The register; entries of disposals alone change no promise and no hold."""
        later = entries[self._register_size :]
        if self._register is None or any(one.kind not in KINDS for one in later):
            self._register = self.registers(entries, self.parts.clock.now())
            self._register_size = len(entries)
        return self._register

    def _now(self) -> Keeping:
        return self.reader.upto(self.parts.ledger.entries())

    def _draft(
        self, kind: EntryKind, proposal_id: str, payload: Mapping[str, object], objects: Sequence[LedgerObject] = ()
    ) -> Draft:
        return Draft(kind, self.parts.clock.now(), self.parts.actor, f"disposal/{proposal_id}", payload, tuple(objects))


def _batches(many: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (many[start : start + BATCH] for start in range(0, len(many), BATCH))
