"""What trends are judged by, and what is told of them beside findings.

Not here: the rules. Invariant: what was not read is None, and no rule takes None for zero or for fine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from evidence.assess.about import About
from evidence.assess.findings import Finding
from evidence.assess.slots.values import Judged


@dataclass(frozen=True, slots=True)
class SlotHistory:
    """The slots of one item, each as it stands last, in order of `slot_at`; at least those of the last seven expected runs of each part."""

    about: About
    slots: Sequence[Judged]
    recommendation: str | None = None
    """What Azure recommends for the last failure."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The jobs of one slot as attempts at one backup."""

    job_ids: tuple[str, ...]
    """In order of their begin."""
    attempts: int
    first_fail: datetime
    """End of the first failed job, else its begin."""
    recovered_at: datetime | None
    """End of the first job that completed after it."""
    time_to_recover: timedelta | None
    manual: bool | None
    """Whether a person started the job that recovered it; None where Azure does not tell, or nothing recovered it."""


@dataclass(frozen=True, slots=True)
class OutbreakRule:
    """From when one family is one problem."""

    least: int = 5
    """Items of one vault."""
    share: float = 0.10
    """Of the vault's items with expected runs; over vaults, of the vaults with expected runs."""
    vaults: int = 2
    """Vaults at least, over several."""


@dataclass(frozen=True, slots=True)
class Outbreaks:
    """Parents, and which parent the finding of an item belongs to."""

    parents: tuple[Finding, ...]
    parent_of: dict[tuple[str, str], Finding]
    """By item key and error family."""


@dataclass(frozen=True, slots=True)
class Run:
    """One finished backup job, for comparison with its like."""

    about: About
    job_id: str
    kind: str
    """Operation or part: what is compared with each other."""
    night: date
    started_at: datetime
    duration_s: float
    bytes_transferred: int | None
    error_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HealthSeen:
    """An item's health on one night, with what came of its slots."""

    night: date
    health: str | None
    """As Azure sent it; None where the list of items was not read."""
    green: bool | None
    """Whether every slot of the night that was due is good; None where none was due or it is not known."""
    observed_at: datetime
    """When the list of items was read, or should have been."""
    details: tuple[HealthDetail, ...] = ()


@dataclass(frozen=True, slots=True)
class HealthDetail:
    """What Azure says of an item's health."""

    code: str | None
    title: str | None
    recommendations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Growth:
    """How a vault's stored data grew; None where it cannot be told."""

    vault_id: str
    night: date
    stored_bytes: int | None
    grown_bytes: int | None
    """Since the night before."""
    reason: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Peak:
    """Most jobs at work at once."""

    count: int
    at: datetime | None
    """When it was reached first; None where no job ran."""
    without_end: int
    """Jobs among them that had not ended when last seen: counted until then."""
