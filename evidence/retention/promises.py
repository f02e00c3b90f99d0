"""Until when an object is kept: the latest day of all rules under all configurations that it lived under, and of all that rests on it.

Not here: what an entry tells of its objects (`evidence.runs.retention.origins`), columns (`register`). Invariants: what is added to the ledger adds candidates and
takes none away, so that no sequence of configurations shortens a day; what cannot be read is never taken for short.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from evidence.retention.policies import Policy, Subject
from evidence.retention.values import LASTING, Candidate, Kind, Promise

SHORT = 12
"""Digits of a hash in a sentence."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """A configuration that the ledger adopted."""

    sequence: int
    """Of the entry."""
    sha256: str
    policy: Policy | None
    """None where it cannot be read."""
    why: str = ""
    """Why it cannot be read."""

    @property
    def source(self) -> str:
        """For a candidate."""
        return f"configuration {self.sha256}"


@dataclass(frozen=True, slots=True)
class Regime:
    """Every configuration of a store, in order, and the one that is in use."""

    adopted: tuple[Adopted, ...]
    current: Adopted
    _known: dict[int, tuple[Adopted, ...]] = field(default_factory=dict)

    def over(self, sequence: int) -> tuple[Adopted, ...]:
        """Those in force when an entry was written and since, without repetition."""
        first = max(0, bisect_left([one.sequence for one in self.adopted], sequence) - 1)
        if first not in self._known:
            self._known[first] = tuple(_distinct((*self.adopted[first:], self.current)))
        return self._known[first]


@dataclass(frozen=True, slots=True)
class Origin:
    """What an entry tells of some of its objects, beside their paths, sizes and hashes."""

    sequence: int
    sealed_at: datetime
    kind: Kind
    first_night: date | None = None
    last_night: date | None = None
    scope: str | None = None
    pack_kind: str | None = None
    audience: str | None = None
    pack_id: str | None = None
    stated: Candidate | None = None
    """What the sealed pack itself says."""
    lasting: bool = False
    """Part of what proves a disposal: kept like the ledger, whatever its kind."""

    @property
    def subject(self) -> Subject:
        """What the rules look at."""
        return Subject(
            self.kind,
            self.sealed_at.date(),
            self.first_night,
            self.last_night,
            self.scope,
            self.pack_kind,
            self.audience,
        )


def ruled(origin: Origin, regime: Regime) -> Promise:
    """What rules and the object's own statement promise, before anything that rests on it."""
    if origin.lasting or origin.kind in LASTING:
        return Promise(None, "kept longer than all that it proves")
    if origin.kind is Kind.UNKNOWN:
        return Promise(None, "its folder is unknown to this version, which never lets it go")
    found = [] if origin.stated is None else [origin.stated]
    subject = origin.subject
    for adopted in regime.over(origin.sequence):
        if adopted.policy is None:
            return Promise(None, f"{adopted.source} applied to it and cannot be read: {adopted.why}", tuple(found))
        found.extend(adopted.policy.candidates(subject, adopted.source))
    return latest(found)


def latest(candidates: Iterable[Candidate]) -> Promise:
    """The promise that several candidates make; of equal days the first that is given sets it."""
    # Sorting is stable: what the object states of itself stands first.
    ordered = tuple(sorted(dict.fromkeys(candidates), key=lambda one: one.day, reverse=True))
    return Promise(ordered[0].day, _told(ordered[0]), ordered)


def longer(promise: Promise, more: Sequence[Candidate]) -> Promise:
    """A promise with more candidates; one without a day has none later."""
    if not more:
        return promise
    if promise.day is None:
        return Promise(None, promise.rule, (*promise.candidates, *more))
    return latest((*promise.candidates, *more))


def joined(promises: Sequence[Promise]) -> Promise:
    """The promise of an object that several entries name: the latest; without a day where one has none.

    Shown are the candidates of the entry that sealed it and of the one that keeps it longest: a file that each night names has thousands.
    """
    for promise in promises:
        if promise.day is None:
            return promise
    longest = max(promises, key=lambda one: one.day or date.max)
    return latest((*promises[0].candidates, *longest.candidates))


def _told(candidate: Candidate) -> str:
    what, _, name = candidate.source.partition(" ")
    source = f"{what} {name[:SHORT]}" if what == "configuration" else candidate.source
    return f"{candidate.rule} [{source}]"


def _distinct(found: Iterable[Adopted]) -> Iterable[Adopted]:
    """One of each policy: the first that set it; all that cannot be read."""
    policies = []
    for one in found:
        if one.policy is None or one.policy not in policies:
            policies.append(one.policy)
            yield one
