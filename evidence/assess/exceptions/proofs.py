"""What one look at the evidence can prove about the end of problems; whoever reads sealed rows fills it in.

Not here: what follows (`closing`). Invariant: what was not read is left out, and what is left out proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from evidence.assess.exceptions.states import Facts
from evidence.assess.findings import Class, Finding
from evidence.assess.slots.values import Judged, SlotJob, SlotPoint


@dataclass(frozen=True, slots=True)
class PointAge:
    """The newest usable point of an item against its target."""

    recovery_point_id: str | None
    recovery_point_at: datetime
    target: timedelta
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Restored:
    """A setting, policy or protection that is again what it was before it drifted."""

    class_: Class
    vault_id: str
    item_key: str | None
    error_family: str | None
    at: datetime
    """When it was seen so."""
    reason: str
    """One sentence: what is again what."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """Jobs, points and slots by item key; of items that nothing is said of, nothing is known."""

    jobs: Mapping[str, Sequence[SlotJob]] = field(default_factory=dict)
    """Backup jobs of the item in their last known state, whatever it is."""
    points: Mapping[str, Sequence[SlotPoint]] = field(default_factory=dict)
    slots: Mapping[str, Sequence[Judged]] = field(default_factory=dict)
    """Of each expected run the judgement that stands."""
    ages: Mapping[str, PointAge] = field(default_factory=dict)
    read: frozenset[str] = frozenset()
    """Vaults (or subscriptions) whose lists of jobs, items and points were all read whole for the night."""
    looked: Mapping[Class, frozenset[str]] = field(default_factory=dict)
    """By class, the `vault_id`s, or of single items the `item_key`s, of findings for which its detector had all that it needs on the night: what it did not find there is not there."""
    restored: Sequence[Restored] = ()
    facts: Mapping[str, Facts] = field(default_factory=dict)
    """By item key, and by vault id for what is about a whole vault."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the evidence: what was found, and what it proves."""

    tenant_id: str
    night: date
    until: datetime
    """Up to when the evidence of this night reaches: its end, or the moment of the look where that comes first."""
    as_of: datetime
    """When it is judged; long after the night where nights are judged late."""
    findings: Sequence[Finding]
    proofs: Proofs = field(default_factory=Proofs)
