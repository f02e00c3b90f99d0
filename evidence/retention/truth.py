"""What the register promises of each object against what the store tells of it: every difference, with the promised and the real value.

Pure. Not here: looking (`evidence.runs.retention.truth`). Invariants: what was not looked at is unknown and never fine; a hash that the store tells proves
nothing, so only contents that were read prove an object whole; protection counts as far as it was read back, and no further.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

ROTATION = 28
"""Days within which every content is read again; the promise is 30, so that two nights may fail."""
STRENGTH = {"none": 0, "unlocked": 1, "container": 1, "locked": 2}


class Fault(StrEnum):
    """Ways in which the store differs from the promise."""

    MISSING = "missing"
    SIZE = "size"
    CONTENT = "content"
    """The bytes have another hash, or the store's own note of the hash is another."""
    REPLACED = "replaced"
    """Something was written over it, or it was deleted and written again."""
    PROTECTION = "protection"
    """Weaker than configured, or none."""
    INTERVAL = "interval"
    """Protection ends before the promise."""
    HOLD = "hold"
    """A hold stands, and the store keeps none."""
    WRITABLE = "writable"
    LIFECYCLE = "lifecycle"
    """A rule of the account deletes or archives what is promised."""
    SOFT_DELETE = "soft delete"
    UNREAD = "unread"
    """It could not be looked at: unknown."""


LOST = frozenset({Fault.MISSING, Fault.SIZE, Fault.CONTENT, Fault.REPLACED})
OPEN_TO_CHANGE = frozenset({Fault.PROTECTION, Fault.INTERVAL, Fault.HOLD, Fault.WRITABLE})


@dataclass(frozen=True, slots=True)
class Demand:
    """What the configuration asks of the store beyond keeping objects."""

    mode: str = "off"
    """`locked`, `unlocked`, or `off`: nothing is asked."""
    days: int = 0
    """Protection from sealing on, at least."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is promised of one object."""

    path: str
    bytes: int
    sha256: str
    until: datetime
    """First moment at which it may go; for what never goes, as far as protection must reach by now."""
    held: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What the store tells of one object."""

    bytes: int | None
    """None: nothing stands under the name."""
    sha256: str | None = None
    state: str = "none"
    until: datetime | None = None
    legal_hold: bool | None = None
    created_at: datetime | None = None
    earlier_versions: int = 0
    writable: bool = False
    gone: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class ContainerTerm:
    """A policy of the whole container, as the control plane told it."""

    days: int
    locked: bool


@dataclass(frozen=True, slots=True, order=True)
class Mismatch:
    """One difference between promise and store."""

    path: str
    """Of the object; of what concerns the whole store, what differs."""
    fault: Fault
    promised: str
    real: str


@lru_cache(maxsize=4096)
def protected_until(day: date, time_zone: str) -> datetime:
    """First moment at which an object with this last day may go: the next midnight in UTC and in the zone, whichever is later."""
    following = datetime.combine(day + timedelta(days=1), time())
    return max(following.replace(tzinfo=UTC), following.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC))


def faults_of(wanted: Wanted, seen: Seen, demand: Demand, term: ContainerTerm | None) -> Iterator[Mismatch]:
    """Everything in which the store's word on one object differs from its promise."""
    if seen.trouble:
        yield Mismatch(wanted.path, Fault.UNREAD, "can be looked at", seen.trouble)
    elif seen.bytes is None:
        yield missing(wanted, seen.gone)
    else:
        yield from _of_what_is_there(wanted, seen)
        yield from protection_faults(wanted, seen, demand, term)


def missing(wanted: Wanted, gone: str = "") -> Mismatch:
    """An object that is not there."""
    real = f"nothing stands there: {gone}" if gone else "nothing stands there"
    return Mismatch(wanted.path, Fault.MISSING, f"{wanted.bytes} bytes with SHA-256 {wanted.sha256}", real)


def _of_what_is_there(wanted: Wanted, seen: Seen) -> Iterator[Mismatch]:
    if seen.bytes != wanted.bytes:
        yield Mismatch(wanted.path, Fault.SIZE, f"{wanted.bytes} bytes", f"{seen.bytes} bytes")
    if seen.sha256 is not None and seen.sha256 != wanted.sha256:
        real = f"the store notes SHA-256 {seen.sha256}"
        yield Mismatch(wanted.path, Fault.CONTENT, f"SHA-256 {wanted.sha256}", real)
    if seen.earlier_versions:
        real = f"{seen.earlier_versions} other versions stand under its name"
        yield Mismatch(wanted.path, Fault.REPLACED, "written once", real)
    if seen.writable:
        yield Mismatch(wanted.path, Fault.WRITABLE, "a read-only file", "its mode lets it be written")


def protection_faults(wanted: Wanted, seen: Seen, demand: Demand, term: ContainerTerm | None) -> Iterator[Mismatch]:
    """In what protection falls short of what is configured; nothing where nothing is configured."""
    if demand.mode == "off":
        return
    state, until = reached(seen, term)
    needed = f"{demand.mode} until {_told(wanted.until)}"
    if STRENGTH[state] < STRENGTH[demand.mode]:
        yield Mismatch(wanted.path, Fault.PROTECTION, needed, _kept(state, until))
    elif until is None or until < wanted.until:
        yield Mismatch(wanted.path, Fault.INTERVAL, needed, _kept(state, until))
    if wanted.held and not seen.legal_hold:
        yield Mismatch(wanted.path, Fault.HOLD, "a legal hold", "no hold of the object")


def reached(seen: Seen, term: ContainerTerm | None) -> tuple[str, datetime | None]:
    """How strongly, and until when, an object is kept by what was read: a container's policy counts by its days where those were read."""
    if seen.state != "container" or term is None:
        return seen.state, seen.until
    until = None if seen.created_at is None else seen.created_at + timedelta(days=term.days)
    return "locked" if term.locked else "unlocked", until


def content_fault(wanted: Wanted, size: int, sha256: str) -> Mismatch | None:
    """Whether bytes that were read are those that were sealed."""
    if (size, sha256) == (wanted.bytes, wanted.sha256):
        return None
    promised = f"{wanted.bytes} bytes with SHA-256 {wanted.sha256}"
    return Mismatch(wanted.path, Fault.CONTENT, promised, f"{size} bytes with SHA-256 {sha256}")


def is_due(path: str, known_since: date, today: date) -> bool:
    """Whether a content is read on a day: once in every rotation, by its path; at once where a day was missed.

    `known_since`: when it was last read whole, or sealed.
    """
    turn = int.from_bytes(hashlib.sha256(path.encode()).digest()[:8]) % ROTATION
    # What was read on a day that is yet to come was read by a clock that went wrong.
    return today.toordinal() % ROTATION == turn or not 0 <= (today - known_since).days < ROTATION


def _kept(state: str, until: datetime | None) -> str:
    if state == "none":
        return "not enforced"
    if until is None:
        return f"{state}, and nothing tells until when"
    return f"{state} until {_told(until)}"


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
