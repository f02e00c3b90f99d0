"""What the register of kept evidence is made of: files, promises, holds and where each stands.

Not here: how dates are reckoned (`rules`, `dates`), how entries are folded (`register`), what a hold covers (`holds`). Invariants: a promise without a
day never ends; a hold that was not released wins over every state.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
    """What an object is, by the first folder of its path (DESIGN section 4)."""

    CALLS = "calls"
    TABLES = "tables"
    ASSESSMENTS = "assessments"
    PACKS = "packs"
    CONFIGURATION = "configuration"
    LEDGER = "ledger"
    CHECKPOINTS = "checkpoints"
    STAMPS = "stamps"
    CERTIFICATES = "certificates"
    DECISIONS = "decisions"
    DRILLS = "drills"
    IMPORTS = "imports"
    NOTIFICATIONS = "notifications"
    ENGAGEMENTS = "engagements"
    VIEWS = "views"
    RETENTION = "retention"
    """Proposals and certificates of disposal."""
    UNKNOWN = "unknown"
    """A folder that this version does not know; such an object is never disposed of."""


LASTING = frozenset({Kind.LEDGER, Kind.CHECKPOINTS, Kind.CERTIFICATES, Kind.RETENTION})
"""Kept longer than all they prove: this version never proposes them."""
OF_NIGHTS = frozenset({Kind.CALLS, Kind.TABLES, Kind.ASSESSMENTS, Kind.IMPORTS, Kind.NOTIFICATIONS})
"""Kept at least as long as every pack whose period covers one of their nights."""


def kind_of(path: str) -> Kind:
    """Kind of an object by its path; `unknown` for a folder that this version does not know."""
    folder, slash, _ = path.partition("/")
    try:
        return Kind(folder) if slash else Kind.UNKNOWN
    except ValueError:
        return Kind.UNKNOWN


class State(StrEnum):
    """Where an object stands between sealing and disposal; a hold lies over each of them and always wins."""

    ACTIVE = "active"
    """Its day has not passed."""
    ELIGIBLE = "eligible"
    """Its day has passed; nothing happens by itself."""
    IN_REVIEW = "in_review"
    """Named by a proposal that stands."""
    APPROVED = "approved"
    """Named by a proposal that two persons approved."""
    DISPOSED = "disposed"
    """Deleted; a tombstone stands for it."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One sealed object, as the ledger tells of it."""

    path: str
    kind: Kind
    bytes: int
    sha256: str
    """Lower-case hex."""
    sealed_at: datetime
    """UTC, of the first entry that names it."""
    sequence: int
    """Of the first entry that names it."""
    first_night: date | None
    """First night it is about; None where it is about none."""
    last_night: date | None
    scope: str | None
    """Of the pack it belongs to; None where it belongs to none."""
    pack_kind: str | None
    """`night`, `audit`, `restore-drills`, `aging`."""
    audience: str | None
    pack_id: str | None
    """The pack it is a part of, or that it is about."""


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """One day that one rule asks for."""

    day: date
    """Last day on which the object is kept."""
    rule: str
    """In words, with what it counts from."""
    source: str
    """What set it: `sealed pack`, `configuration <sha256>`, `pack <id>`, `ledger entry <n>` …"""


@dataclass(frozen=True, slots=True)
class Promise:
    """Until when an object is kept: the latest of all candidates."""

    day: date | None
    """The object may go on the first day after it, in UTC and in the store's zone, whichever is later; None: never."""
    rule: str
    """The one that set the day, with its source."""
    candidates: tuple[Candidate, ...] = ()
    """All that were weighed, latest first."""


@dataclass(frozen=True, slots=True)
class HoldScope:
    """What a hold covers: a file that every given condition covers; without any condition, everything.

    A condition of items covers all files that may hold rows of one of them.
    """

    items: tuple[str, ...] = ()
    """Patterns of protected items, by name or id; `*` stands for any text."""
    first_night: date | None = None
    last_night: date | None = None
    packs: tuple[str, ...] = ()
    """Patterns of pack ids: the packs, and all that belongs to them or to one of their nights."""
    scopes: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """Patterns of paths."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold of one case; cases are independent of each other."""

    hold_id: str
    case: str
    scope: HoldScope
    placed_at: datetime
    by: str
    why: str
    sequence: int
    """Of the entry that placed it."""
    released_at: datetime | None = None
    released_by: str | None = None
    released_why: str | None = None

    @property
    def stands(self) -> bool:
        """Whether it was not released."""
        return self.released_at is None


@dataclass(frozen=True, slots=True)
class Registered:
    """One object of the register with all that decides how long it stays."""

    file: KeptFile
    promise: Promise
    holds: tuple[Hold, ...] = ()
    """Those that cover it and stand."""
    state: State = State.ACTIVE

    @property
    def on_hold(self) -> bool:
        """Whether a hold keeps it, whatever its state."""
        return bool(self.holds)


@dataclass(frozen=True, slots=True)
class Extension:
    """A `retention-extended` entry: what a scope covers is kept until a day at least; nothing takes it back."""

    scope: HoldScope
    until: date
    """Last day on which it is kept."""
    by: str
    why: str
    at: datetime
    sequence: int
    """Of the entry."""
