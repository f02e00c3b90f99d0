"""How a proposal of disposal goes its way: proposed, approved by two persons, begun, deleted, certified; pure.

Not here: the ledger's spelling (`evidence.ledger.disposals`), deleting (`runs.retention.disposing`). Invariants: nothing is begun without the approvals of two
different persons of the very bytes; nothing counts as gone that was not begun; by a proposal that a later one ended nothing is begun.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from evidence.errors import RefusedError
from evidence.retention.values import LASTING, Kind, Registered, State

_FOLDED = re.compile(r"assessments/exception(_event)?s/|notifications/[^/]+/standing\.parquet")
"""What later states are folded from, however old it is: events and states of exceptions, and what of messages still matters."""
APPROVALS = 2
"""Different persons who must approve."""


@dataclass(frozen=True, slots=True)
class Approver:
    """A person who signed in and approved."""

    tenant_id: str
    object_id: str
    name: str
    at: datetime
    sequence: int
    """Of the ledger entry."""

    @property
    def key(self) -> tuple[str, str]:
        """What tells persons apart."""
        return self.tenant_id.lower(), self.object_id.lower()


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal and what became of it."""

    proposal_id: str
    sha256: str
    """Of the file that is read and approved."""
    day: date
    """Objects in it were due before this day."""
    at: datetime
    path: str
    """Of the file in the store."""
    count: int
    sequence: int
    approvals: tuple[Approver, ...] = ()
    begun: frozenset[str] = frozenset()
    """Paths whose deletion began and is not recorded as done."""
    gone: frozenset[str] = frozenset()
    """Paths with a tombstone."""
    certified: frozenset[str] = frozenset()
    superseded_by: str | None = None

    @property
    def approved(self) -> bool:
        """Whether enough different persons approved."""
        return len({one.key for one in self.approvals}) >= APPROVALS

    @property
    def state(self) -> str:
        """`superseded, in_review, approved, disposing, disposed` or `certified`, for people."""
        if self.gone and len(self.gone) == self.count:
            return "certified" if self.certified >= self.gone else State.DISPOSED.value
        if self.superseded_by is not None:
            return "superseded"
        if self.begun or self.gone:
            return "disposing"
        return State.APPROVED.value if self.approved else State.IN_REVIEW.value


@dataclass(frozen=True, slots=True)
class Dispositions:
    """All proposals, in order, and all that is gone."""

    proposals: Mapping[str, Proposal] = field(default_factory=dict)

    @property
    def standing(self) -> Proposal | None:
        """The newest, unless all that it names is gone."""
        last = next(reversed(tuple(self.proposals.values())), None)
        return None if last is None or len(last.gone) == last.count else last

    @property
    def gone(self) -> frozenset[str]:
        """Every path with a tombstone."""
        return frozenset().union(*(one.gone for one in self.proposals.values()))

    def named(self, proposal_id: str) -> Proposal:
        """A proposal; raises RefusedError where there is none."""
        found = self.proposals.get(proposal_id)
        if found is None:
            raise RefusedError(f"There is no proposal {proposal_id}.", next_step="backup-evidence retention proposals")
        return found


def propose(book: Dispositions, proposal: Proposal) -> Dispositions:
    """The book with a new proposal, which ends the one that stands: nothing more is begun by that, and what was begun may still be told as done."""
    if proposal.proposal_id in book.proposals:
        raise RefusedError(f"Proposal {proposal.proposal_id} is there already.")
    if proposal.count < 1:
        raise RefusedError(f"Proposal {proposal.proposal_id} names nothing.")
    before = book.standing
    ended = {} if before is None else {before.proposal_id: replace(before, superseded_by=proposal.proposal_id)}
    return Dispositions({**book.proposals, **ended, proposal.proposal_id: proposal})


def approve(book: Dispositions, proposal_id: str, sha256: str, who: Approver) -> Dispositions:
    """The book with one more approval; raises RefusedError for other bytes, one person twice, or a proposal that is over."""
    found = _open(book, proposal_id, sha256)
    if who.key in {one.key for one in found.approvals}:
        raise RefusedError(
            f"{who.name} approved proposal {proposal_id} already; a second person must.",
            cause="Two approvals by one account, by tenant and object id, are one.",
        )
    return _with(book, replace(found, approvals=(*found.approvals, who)))


def begin(book: Dispositions, proposal_id: str, sha256: str, paths: Iterable[str]) -> Dispositions:
    """The book once deletions have begun; raises RefusedError without two approvals of these bytes."""
    found, wanted = _open(book, proposal_id, sha256), frozenset(paths)
    if not found.approved:
        raise RefusedError(
            f"Proposal {proposal_id} has {len({one.key for one in found.approvals})} of {APPROVALS} approvals.",
            next_step=f"Let another person run: backup-evidence retention approve {proposal_id}",
        )
    if not wanted or wanted & found.gone:
        raise RefusedError(f"Proposal {proposal_id}: what is to be deleted is gone already, or is nothing.")
    if len(found.gone | found.begun | wanted) > found.count:
        raise RefusedError(f"Proposal {proposal_id} names {found.count} objects, and more were begun.")
    return _with(book, replace(found, begun=found.begun | wanted))


def bury(book: Dispositions, proposal_id: str, sha256: str, paths: Iterable[str]) -> Dispositions:
    """The book once deleted objects have their tombstones; raises RefusedError for what was never begun."""
    found, wanted = book.named(proposal_id), frozenset(paths)
    _same_bytes(found, sha256)
    if not wanted or not wanted <= found.begun:
        raise RefusedError(f"Proposal {proposal_id}: no deletion of what is said to be gone was begun.")
    return _with(book, replace(found, begun=found.begun - wanted, gone=found.gone | wanted))


def certify(book: Dispositions, proposal_id: str, paths: Iterable[str]) -> Dispositions:
    """The book once a certificate covers what is gone; raises RefusedError for what is not, or is covered already."""
    found, wanted = book.named(proposal_id), frozenset(paths)
    if not wanted or not wanted <= found.gone - found.certified:
        raise RefusedError(f"Proposal {proposal_id}: nothing is gone that no certificate covers yet.")
    return _with(book, replace(found, certified=found.certified | wanted))


def why_kept(one: Registered | None, day: date) -> str | None:
    """Why an object may not go on a day, in words; None where it may."""
    if one is None:
        return "no ledger entry names it"
    if one.holds:
        return f"legal hold {', '.join(hold.hold_id for hold in one.holds)}"
    return _why_never(one) or _why_not_yet(one, day)


def _why_never(one: Registered) -> str | None:
    if one.state is State.DISPOSED:
        return "it was disposed of already"
    if one.file.kind in LASTING:
        return f"{one.file.kind} outlive all that they prove"
    if _FOLDED.match(one.file.path):
        return "how exceptions and messages stand is folded from it"
    if one.file.kind is Kind.CONFIGURATION:
        return "dates of what was sealed under it are derived from it again"
    return "this version does not know its folder" if one.file.kind is Kind.UNKNOWN else None


def _why_not_yet(one: Registered, day: date) -> str | None:
    until = one.promise.day
    if until is None:
        return f"it is kept for ever: {one.promise.rule}"
    return f"it is kept until {until}: {one.promise.rule}" if day <= until else None


def _open(book: Dispositions, proposal_id: str, sha256: str) -> Proposal:
    found = book.named(proposal_id)
    if found.superseded_by is not None:
        raise RefusedError(
            f"Proposal {proposal_id} is over: {found.superseded_by} took its place.",
            next_step=f"backup-evidence retention review {found.superseded_by}",
        )
    _same_bytes(found, sha256)
    return found


def _same_bytes(found: Proposal, sha256: str) -> None:
    if found.sha256 != sha256:
        raise RefusedError(
            f"What was read is not proposal {found.proposal_id} as the ledger names it.",
            cause=f"Its SHA-256 is {sha256}; the ledger names {found.sha256}.",
            next_step=f"backup-evidence retention review {found.proposal_id}",
        )


def _with(book: Dispositions, proposal: Proposal) -> Dispositions:
    return Dispositions({**book.proposals, proposal.proposal_id: proposal})
