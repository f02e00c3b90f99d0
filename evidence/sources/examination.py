"""What an examination of the source found: what may be read, what may be done beyond it, clocks and api-versions.

Values only. Invariant: what could not be found out is `unknown` with the reason; it is never counted as fine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from evidence.records import Kind
from evidence.sources.privileges import Excess


class Finding(StrEnum):
    """What became of one thing that was looked at."""

    OK = "ok"
    MISSING = "missing"
    """A right, or an api-version, that is needed and not there."""
    TOO_MUCH = "too much"
    """A right that must not be there."""
    UNKNOWN = "unknown"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True, slots=True)
class Access:
    """Whether one kind of thing may be read of one subscription or vault."""

    subject: str
    """Lower-cased id of the subscription or vault."""
    kind: Kind
    finding: Finding
    action: str | None
    """Right that is needed, as role definitions write it: that which Azure's refusal names, else that of the table."""
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Privilege:
    """What an identity may do at one scope beyond reading."""

    scope: str
    finding: Finding
    excesses: tuple[Excess, ...] = ()
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """Whether Azure supports an api-version that is pinned here."""

    subscription: str
    resource_type: str
    api_version: str
    finding: Finding
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """How far our clock is from Azure's `Date`; None where no answer told it."""

    seconds: float | None
    """Positive where ours is ahead; the smallest distance that an answer allows."""
    answers: int


@dataclass(frozen=True, slots=True)
class Examination:
    """All that was found."""

    access: tuple[Access, ...]
    privileges: tuple[Privilege, ...]
    versions: tuple[Version, ...]
    skew: ClockSkew
    subscriptions: int
    vaults: int
