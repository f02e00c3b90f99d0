"""The words in which a plan is written: deviations, incidents, restores.

Values only; which of them are planted is decided in `plan`, what comes of them in `history`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from simulator.generated.values import Caller, Failure, Item


class Deviation(StrEnum):
    """How a run differs from one that simply completes."""

    MISSED = "missed"
    FAILED = "failed"
    RETRIED = "retried"
    SLOW = "slow"
    SLOW_THEN_FAILED = "slow-then-failed"
    SNAPSHOT_ONLY = "snapshot-only"
    RETRIED_IN_VAIN = "retried-in-vain"
    WITHOUT_POINT = "without-point"
    """The job completes, and no point of it is ever told."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One item's deviation on one night."""

    family: str
    """Incidents with one cause share it."""
    deviation: Deviation
    item: Item
    night: date
    failure: Failure | None = None


class RestoreKind(StrEnum):
    """The restores that are planted."""

    VM_ALTERNATE = "vm-alternate"
    VM_DISKS = "vm-disks"
    VM_DISKS_EXPIRING = "vm-disks-of-expiring-snapshot"
    VM_FAILED = "vm-disks-failed"
    VM_ORIGINAL = "vm-original-location"
    SQL_ALTERNATE = "sql-alternate"
    SQL_AMBIGUOUS = "sql-ambiguous-name"
    SQL_LATE = "sql-running-at-cut-over"
    SQL_NO_TIME = "sql-without-recovery-point-time"
    SQL_RANGE = "sql-point-in-time"
    HANA_ALTERNATE = "hana-alternate"
    FILES_ALTERNATE = "files-alternate"
    FILES_EMPTY = "files-without-files"


@dataclass(frozen=True, slots=True)
class PlannedRestore:
    """One restore of an item's last point of an earlier night."""

    kind: RestoreKind
    item: Item
    night: date
    nights_back: int = 1
    """The point is one that was made so many nights before."""
    asked_by: Caller | None = None
    """Who asked for it, where the Activity Log tells it as Azure is expected to: with the point, and the job's own correlation id."""
    group: str | None = None
    """Another resource group than that of drills."""
    target: str | None = None
    """Another name than that of drills."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything planted in a world."""

    incidents: Mapping[tuple[str, date], Incident]
    restores: tuple[PlannedRestore, ...]
    deleted: Mapping[str, datetime] = field(default_factory=dict)
    """By item key: when its deletion began."""
    protected: Mapping[str, datetime] = field(default_factory=dict)
    """By item key: when its protection was set up; others were always protected."""

    def incident(self, item: Item, night: date) -> Incident | None:
        """What is planted for an item on a night."""
        return self.incidents.get((item.key, night))
