"""What a vault looked like at one look, what changed since, and what could not be compared.

Not here: comparing. Invariant: what was not read is None, and None is never taken for empty: nothing vanishes because nobody looked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from evidence.assess.findings import Finding
from evidence.assess.slots.values import PolicyVersion


@dataclass(frozen=True, slots=True)
class PolicySeen:
    """A policy as one night saw it."""

    version: PolicyVersion
    name: str | None
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class ItemSeen:
    """A protected item as one night saw it."""

    item_key: str
    name: str
    workload: str | None
    policy_id: str | None
    protection_state: str | None
    soft_deleted: bool
    source_resource_id: str | None
    observed_at: datetime
    tier: int | None = None


GONE = "(none)"
"""Stands for what was asked for and is not there, such as a Resource Guard."""


@dataclass(frozen=True, slots=True)
class Security:
    """A vault's settings as one night's calls told them, call by call: two calls may spell one setting differently."""

    observed_at: datetime
    told: Mapping[str, Mapping[str, str | int | tuple[str, ...] | None]]
    """By kind of call that was answered whole, then by column of the table `vaults`; None: not told by it."""


@dataclass(frozen=True, slots=True)
class VaultLook:
    """One vault at one night's look."""

    vault_id: str
    name: str
    observed_at: datetime
    policies: Mapping[str, PolicySeen] | None
    """By policy id; None: not read whole, or not as it was then."""
    items: Mapping[str, ItemSeen] | None
    security: Security | None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that somebody did to protection, by a job or an event of the Activity Log."""

    at: datetime
    kind: str
    """Of a job `configure`, `disable`, `delete`, `undelete`, `move`; of an event `policy`, `protection`, `vault`."""
    resource_id: str
    """Lower-cased; item key of a job."""
    operation: str | None = None
    caller: str | None = None
    succeeded: bool = True


@dataclass(frozen=True, slots=True)
class Changes:
    """Jobs and events between two looks."""

    jobs: tuple[Change, ...] | None
    """None: the vault's job list was not read whole for the time between."""
    events: tuple[Change, ...] | None
    """None: the Activity Log was not read whole for the time between."""


@dataclass(frozen=True, slots=True)
class NotCompared:
    """What could not be compared, and why."""

    vault_id: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Drift:
    """What changed, and what could not be compared."""

    findings: tuple[Finding, ...] = ()
    unknown: tuple[NotCompared, ...] = ()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where else items and vaults were seen on the later night."""

    by_source: Mapping[str, str] = field(default_factory=dict)
    """Item key by the folded resource that it protects: a vanished item may have moved to another vault."""
