"""What an exception is at a moment, what can happen to it, and what a person can decide.

Not here: what follows from an event (`fold`), which events a night makes (`advance`). Invariants: an exception is what its events say, in the
order of the ledger; an accepted risk is open again by itself on the day after its last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from evidence.assess.findings import HINTS, Class, Finding


class State(StrEnum):
    """How an exception stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    """A named person accepted the risk, until a day."""
    PROVISIONALLY_CLOSED = "provisionally_closed"
    """A later job and its point are there; of tier 0 and 1 the next scheduled run must still succeed."""
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    """Late data disproved it."""


ENDED = frozenset({State.CLOSED, State.WITHDRAWN})
UNRESOLVED = frozenset({State.OPEN, State.ACKNOWLEDGED, State.ACCEPTED})


class EventKind(StrEnum):
    """What the machine finds, in the order in which it can happen within one look."""

    OPENED = "opened"
    REOPENED = "reopened"
    SEEN = "seen"
    PROVISIONALLY_CLOSED = "provisionally_closed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What a person decides."""

    ACKNOWLEDGE = "acknowledge"
    ACCEPT = "accept"
    CLOSE = "close"
    REOPEN = "reopen"
    COMMENT = "comment"


class Closure(StrEnum):
    """As what a person closes an exception."""

    DECOMMISSIONED = "decommissioned"
    """The item was removed on purpose."""
    APPROVED = "approved"
    """A change of policy, protection or security was wanted."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an item, or of a vault, besides its backups."""

    vault_name: str | None = None
    region: str | None = None
    tier: int | None = None
    """By the rules in force; None where no rule fits."""
    app_consistent: bool = False
    """Whether a point proves a backup only where it is application-consistent."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What ended an exception."""

    reason: str
    """One sentence."""
    job_id: str | None = None
    job_at: datetime | None = None
    """Begin of the job."""
    recovery_point_id: str | None = None
    """None where a list told the point's time alone."""
    recovery_point_at: datetime | None = None
    slot_at: datetime | None = None
    """The later scheduled run that succeeded too, or the run that was judged again."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a look at the evidence found of an exception."""

    key: str
    episode: int
    kind: EventKind
    at: datetime
    """When the problem, or its proven end, happened."""
    recorded_at: datetime
    """When it was judged."""
    finding: Finding | None = None
    """Of what opens, reopens or is seen."""
    sightings: tuple[tuple[date, datetime], ...] = ()
    """Nights on which it was found, each with the last time that the problem arose."""
    facts: Facts | None = None
    proof: Proof | None = None
    """Of what ends."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided of an exception; the name is a person's statement."""

    key: str
    episode: int
    act: Act
    by: str
    at: datetime
    approver: str | None = None
    reason: str | None = None
    until: date | None = None
    """Last day of an accepted risk."""
    closure: Closure | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One exception in its last episode, as its events and decisions add up."""

    key: str
    episode: int
    state: State
    """As decided and found; `state_on` tells whether an acceptance has ended since."""
    finding: Finding
    """The newest one, its children those of the whole episode."""
    facts: Facts
    first_seen: datetime
    last_seen: datetime
    sightings: tuple[tuple[date, datetime], ...]
    """By night, oldest first."""
    reopened: int = 0
    reopened_at: datetime | None = None
    """When a person opened it again: nothing that happened before ends it."""
    decided_by: str | None = None
    approver: str | None = None
    reason: str | None = None
    accepted_until: date | None = None
    ended_at: datetime | None = None
    """When the proven end happened."""
    proof: Proof | None = None
    closure: Closure | None = None
    changed_in: int = 0
    """Batches of the machine before the last thing that happened to it."""

    @property
    def nights(self) -> int:
        """Nights on which it was found."""
        return len(self.sightings)

    @property
    def hint(self) -> bool:
        """Whether it only tells where to look."""
        return self.finding.class_ in HINTS

    @property
    def class_(self) -> Class:
        """Its class."""
        return self.finding.class_

    def state_on(self, moment: datetime) -> State:
        """How it stands at a moment: an accepted risk is open again after its last day, which ends at midnight UTC."""
        until = self.accepted_until
        if self.state is State.ACCEPTED and (until is None or moment.astimezone(UTC).date() > until):
            return State.OPEN
        return self.state
