"""The values that travel between the parts: calls, vaults, coverage, captures.

Not here: Arrow schemas (`tables`), behaviour. Invariant: all are frozen, and all times are UTC and aware.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from evidence.nights import Window


class Kind(StrEnum):
    """Kinds of things that are asked for; each has its own coverage."""

    VAULTS = "vaults"
    """The vault list of a subscription."""
    JOBS = "jobs"
    JOB_DETAILS = "job_details"
    PROTECTED_ITEMS = "protected_items"
    RECOVERY_POINTS = "recovery_points"
    POLICIES = "policies"
    VAULT = "vault"
    VAULT_CONFIG = "vault_config"
    STORAGE_CONFIG = "storage_config"
    ENCRYPTION_CONFIG = "encryption_config"
    GUARD_PROXIES = "guard_proxies"
    BACKUP_VAULTS = "backup_vaults"
    """The list of Backup vaults of a subscription; `vaults` lists the Recovery Services vaults."""
    CONTAINERS = "containers"
    BACKUP_ENGINES = "backup_engines"
    """DPM and Azure Backup Server machines of a Recovery Services vault."""
    CROSS_REGION_JOBS = "cross_region_jobs"
    """Restores into the paired region, which a vault's own job list leaves out."""
    DELETED_ITEMS = "deleted_items"
    """Soft-deleted instances of a Backup vault."""
    SUBSCRIPTIONS = "subscriptions"
    """The list of subscriptions: of a management group, or all that may be seen."""
    GRAPH_VAULTS = "graph_vaults"
    GRAPH_ITEMS = "graph_items"
    GRAPH_JOBS = "graph_jobs"
    GRAPH_RESOURCES = "graph_resources"
    """Resources that could be protected, as Resource Graph lists them."""
    ACTIVITY_LOG = "activity_log"


ESSENTIAL = frozenset({Kind.SUBSCRIPTIONS, Kind.VAULTS, Kind.BACKUP_VAULTS, Kind.JOBS, Kind.PROTECTED_ITEMS})
"""Kinds without which a pack is INCOMPLETE (DESIGN section 7)."""

RECOVERY_SERVICES = "recovery_services"
BACKUP = "backup"
KINDS_OF: Mapping[str, tuple[Kind, ...]] = {
    RECOVERY_SERVICES: (
        Kind.VAULT,
        Kind.VAULT_CONFIG,
        Kind.STORAGE_CONFIG,
        Kind.ENCRYPTION_CONFIG,
        Kind.GUARD_PROXIES,
        Kind.POLICIES,
        Kind.PROTECTED_ITEMS,
        Kind.CONTAINERS,
        Kind.BACKUP_ENGINES,
        Kind.JOBS,
        Kind.CROSS_REGION_JOBS,
        Kind.JOB_DETAILS,
        Kind.RECOVERY_POINTS,
    ),
    # Their settings stand in the list of Backup vaults, in the very body that a GET of the vault gives.
    BACKUP: (
        Kind.GUARD_PROXIES,
        Kind.POLICIES,
        Kind.PROTECTED_ITEMS,
        Kind.DELETED_ITEMS,
        Kind.JOBS,
        Kind.JOB_DETAILS,
        Kind.RECOVERY_POINTS,
    ),
}
"""What is read of a vault of each kind every night, in the order asked."""
SUBSCRIPTION_LIST = "/subscriptions"
"""Subject of the list of subscriptions, where they are not named one by one."""
SECOND_KINDS: tuple[Kind, ...] = (
    Kind.GRAPH_VAULTS,
    Kind.GRAPH_ITEMS,
    Kind.GRAPH_JOBS,
    Kind.GRAPH_RESOURCES,
    Kind.ACTIVITY_LOG,
)
"""What second sources tell of a subscription; not asked where they are turned off."""
WITHOUT_SECOND_SOURCES = "second sources turned off"
"""Stands in a run's description of its source where they were."""
LIST_OF: Mapping[str, Kind] = {RECOVERY_SERVICES: Kind.VAULTS, BACKUP: Kind.BACKUP_VAULTS}
"""The list of a subscription that names the vaults of each kind."""
SUBSCRIPTION_KINDS: tuple[Kind, ...] = (Kind.VAULTS, Kind.BACKUP_VAULTS, *SECOND_KINDS)
"""What is read of each subscription every night, above its vaults."""


def kinds_of(vault: Vault) -> tuple[Kind, ...]:
    """What is to be read of a vault every night; a vault of a kind never heard of raises KeyError."""
    return KINDS_OF[vault.kind]


class Outcome(StrEnum):
    """What became of reading a kind of thing."""

    COLLECTED = "collected"
    COLLECTED_ZERO = "collected_zero"
    PARTIAL = "partial"
    NOT_REACHED = "not_reached"
    NOT_OBSERVED_THEN = "not_observed_then"


WHOLE = frozenset({Outcome.COLLECTED, Outcome.COLLECTED_ZERO})


class Completeness(StrEnum):
    """How complete a pack is; unknown is never a pass."""

    COMPLETE = "COMPLETE"
    WITH_GAPS = "COMPLETE WITH GAPS"
    INCOMPLETE = "INCOMPLETE"


@dataclass(frozen=True, slots=True)
class Vault:
    """A vault to be read."""

    vault_id: str
    """Lower-cased ARM id."""
    name: str
    kind: str
    """`recovery_services` or `backup`."""
    subscription_id: str
    resource_group: str
    region: str | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asked, as the access token says; None where it does not."""

    tenant_id: str | None = None
    principal_id: str | None = None
    application_id: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a call."""

    started_at: datetime
    finished_at: datetime
    status: int | None
    """HTTP status; None where no answer came."""
    error: str | None = None
    """What the transport said where no whole answer came."""
    waited_s: float = 0.0
    """Time waited before this attempt."""
    response_headers: Mapping[str, str] = field(default_factory=dict)
    """Headers as received, names lower-cased; of the last attempt they are the call's."""
    body: bytes = b""
    """Body as received; empty where none came whole."""
    sha256: str | None = None
    """Of the body, computed at receipt; None where none came whole."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to Azure and its verbatim answer, with every attempt."""

    call_id: str
    kind: Kind
    subject: str | None
    """Item (ARM id as Azure sent it) or job id the call was about, where it was about one."""
    url: str
    """Full address asked, verbatim, as Azure was asked it; no secret is ever part of it."""
    api_version: str | None
    filter: str | None
    request_headers: Mapping[str, str]
    """Without Authorization."""
    identity: Identity
    attempts: tuple[Attempt, ...]
    outcome: str
    """`ok`: a body that parses and is what was asked for; `error`: Azure said no or never answered; `unreadable`: a body that is not what it must be."""
    reason: str | None
    rows: int | None
    next_link: str | None
    request_body: str | None = None
    """What was sent with a query that Azure takes by POST only; no secret is ever part of it."""

    @property
    def last(self) -> Attempt:
        """The attempt that counts."""
        return self.attempts[-1]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of reading one kind of thing of one vault (or subscription)."""

    kind: Kind
    outcome: Outcome
    reason: str | None
    expected: int
    answered: int
    collected: int
    first_call_id: str | None
    last_call_id: str | None


@dataclass(frozen=True, slots=True)
class Capture:
    """All calls of one run to one vault, or to one subscription above its vaults."""

    capture_id: str
    subject_id: str
    """Lower-cased ARM id of the vault, or of the subscription (`/subscriptions/<id>`)."""
    vault: Vault | None
    calls: tuple[Call, ...]
    coverage: tuple[Coverage, ...]


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a source found before it asks vaults: captures of subscriptions, and the vaults to read."""

    captures: tuple[Capture, ...]
    vaults: tuple[Vault, ...]


@dataclass(frozen=True, slots=True)
class MissedNight:
    """A night on which the points of an item's vault were not read whole, and the item's own not since."""

    night: date
    proven: bool
    """Whether the item list of that night told a last recovery point inside it."""


@dataclass(frozen=True, slots=True)
class ItemMemory:
    """What earlier nights tell about the reading of one item's recovery points."""

    read_at: datetime | None = None
    """When they were last read whole; None: not in the nights remembered."""
    missed: tuple[MissedNight, ...] = ()


@dataclass(frozen=True, slots=True)
class PointsMemory:
    """What earlier nights tell about the reading of recovery points."""

    since: date | None = None
    """First night remembered; None where no earlier night is known."""
    items: Mapping[str, Mapping[str, ItemMemory]] = field(default_factory=dict)
    """By lower-cased vault id, then by lower-cased item id; an item that is not there was never read."""


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """What one run asks of a source."""

    night: date
    run_id: str
    window: Window
    """The night itself."""
    jobs_window: Window
    """Jobs that began in it are listed: the night and the nights before that are read again."""
    long_jobs_window: Window
    """The same for jobs that Azure tells late (MAB)."""
    late: bool
    """Whether items, policies and settings no longer tell what was then (a backfill)."""
    unfinished: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Job ids last seen unfinished, by lower-cased vault id: each is asked again by id."""
    detailed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Lower-cased ids of ended restore jobs whose details are known in full, by lower-cased vault id: they are not asked again."""
    points: PointsMemory = field(default_factory=PointsMemory)
    """When points were last read: from it is planned whose are read tonight."""
    containers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Management types of containers and backup engines seen on earlier nights, by lower-cased vault id."""
