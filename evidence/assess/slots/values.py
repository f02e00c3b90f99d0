"""What a slot is: the run that a policy, as it stood then, expected of an item, and its outcome.

Not here: reading policies (`schedules`), which runs are expected (`expected`), judging them (`outcome`). Invariants: all times are UTC and
aware; what cannot be told is `unknown`, never a success and never a failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class Outcome(StrEnum):
    """What came of an expected run (analytics 6.2 of the design's reference)."""

    SUCCESS = "success"
    """The job completed and, where the policy makes one, a point of that very item lies in the slot."""
    SUCCESS_NO_POINT = "success_no_point"
    """The job completed; the points were read whole, and none lies in the slot."""
    WARNING = "warning"
    """Completed with warnings: Azure made no vault copy, so it is no success."""
    FAILED_RECOVERED = "failed_recovered"
    """At least one job failed, then one succeeded, with its point, within the slot."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    RUNNING_LATE = "running_late"
    """A job is still at work after the slot's window ended."""
    PENDING = "pending"
    """Not final: due or overdue, without an end that was seen; blocks the gate."""
    SILENT = "silent"
    """Final, sources read whole: no job and no point at all."""
    UNKNOWN = "unknown"
    """A source that would tell was not read, or tells nothing that can be relied upon."""
    NOT_EXPECTED = "not_expected"
    """The schedule names the time, and nothing was due: protected later, stopped before, policy changed within; with its reason."""


GOOD = frozenset({Outcome.SUCCESS, Outcome.FAILED_RECOVERED})
"""Outcomes that prove a backup."""
BAD = frozenset(
    {Outcome.SUCCESS_NO_POINT, Outcome.WARNING, Outcome.FAILED, Outcome.CANCELLED, Outcome.RUNNING_LATE, Outcome.SILENT}
)
"""Outcomes that need an owner."""
OPEN = frozenset({Outcome.PENDING, Outcome.UNKNOWN})
"""Outcomes that tell neither."""


class Part(StrEnum):
    """Which of a policy's schedules a slot belongs to."""

    FULL = "full"
    DIFFERENTIAL = "differential"
    INCREMENTAL = "incremental"
    LOG = "log"
    """Judged by time ranges, one slot a night."""
    SNAPSHOT = "snapshot"
    """Snapshots of HANA instances and the like, where the policy has them apart from backups."""


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """What one policy ordered from one moment until it was seen to order something else."""

    policy_id: str
    vault_id: str
    content_sha256: str
    management_type: str | None
    workload: str | None
    schedule: str | None
    """JSON as in the table `policies`."""
    retention: str | None
    time_zone: str | None
    """Windows or IANA name, as sent."""
    from_at: datetime
    """First seen with this content; the policy may have been changed at any time after the observation before it."""
    until_at: datetime | None = None
    """First seen with other content; None while it stands."""
    last_seen_at: datetime | None = None
    """Last seen with this content: it may have been changed at any time after. None: not told, taken as seen until `until_at`."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One run that a policy expects of an item."""

    vault_id: str
    item_key: str
    part: Part
    slot_at: datetime
    window_end: datetime
    """When a run that began in time should have ended; at most the next slot of the same part."""
    final_at: datetime
    """When silence is certain: the window's end and the latency of Azure's records."""
    every: timedelta | None
    """Interval of a schedule within the day, of log backups above all; None where it runs once on its day."""
    policy_id: str
    policy_sha256: str
    makes_point: bool = True
    """Whether the run leaves a recovery point of its own."""
    not_expected: str | None = None
    """Why nothing was due after all; None where the run was due."""
    unsure: str | None = None
    """Why it cannot be told whether the run was due (a policy not read, a change of unknown time); None where it can."""
    schedule_known: bool = True
    """False where the schedule could not be read: one such slot stands for the night, and nothing can prove it."""
    unnamed_until: datetime | None = None
    """Until when a job that does not tell its part is taken as this slot's: the next slot of any part. None: `window_end`."""
    parts_apart: bool = False
    """Whether the policy has several parts, so that jobs and points must be of this one."""
    vault_copy: bool = False
    """Whether the run must leave its point in the vault, not in a snapshot alone."""
    from_at: datetime | None = None
    """Of logs: from when they are due, where that is later than `slot_at`."""


@dataclass(frozen=True, slots=True)
class SlotJob:
    """A backup job in its last known state."""

    job_id: str
    item_link: str
    """`id`, `name`, `ambiguous` or `unlinked`."""
    status: str | None
    operation: str | None
    started_at: datetime | None
    ended_at: datetime | None
    user_triggered: bool | None
    error_codes: tuple[str, ...] = ()
    error_titles: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()
    part: Part | None = None
    """What it backed up, where the job tells (`full`, `differential`, `log`)."""


@dataclass(frozen=True, slots=True)
class SlotPoint:
    """A recovery point, or a range of log backups (then `at` is None)."""

    recovery_point_id: str
    """Empty where the item tells the point's time alone."""
    at: datetime | None
    range_start_at: datetime | None = None
    range_end_at: datetime | None = None
    point_type: str | None = None
    consistency: str | None = None
    tiers: tuple[str, ...] = ()
    """`tier=state` as in the table."""
    expires_at: datetime | None = None
    soft_deleted: bool = False
    """As last seen."""
    never_kept: bool = False
    """Whether it was soft-deleted whenever it was seen: it shows a run, and proves no backup."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What was read of one item when it was judged."""

    jobs_read_until: datetime | None
    """Jobs that began before are known; None: the job list was not read whole."""
    points_read_at: datetime | None
    """When the item's points were last read whole after the slot; None: they were not."""
    reason: str | None = None
    """Why something was not read."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One slot with its outcome and what shows it."""

    slot: Expected
    outcome: Outcome
    reason: str
    """One sentence."""
    night: date
    """The night of the slot (`event_night`)."""
    job_ids: tuple[str, ...] = ()
    """In order of their begin."""
    recovery_point_id: str | None = None
    recovery_point_at: datetime | None = None
    recovered_at: datetime | None = None
    """End of the job that succeeded after a failure."""
    error_family: str | None = None
    error_codes: tuple[str, ...] = ()
    gap_s: int | None = None
    """Of log slots: the longest stretch without a backed-up log, in seconds."""
