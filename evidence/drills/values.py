"""What a restore drill is: its plan, its executions, what was checked, what went wrong, and who decided.

Not here: events and their fold (`events`, `fold`), guards (`guards`), the ledger. Invariants: every fact carries the grade of its evidence; all
times are UTC and aware; a person is told apart by tenant and object id, never by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Where a drill stands (the design's reference on restore drills, 1.4)."""

    PLANNED = "planned"
    EXECUTED = "executed"
    EVIDENCE_LINKED = "evidence_linked"
    VALIDATED = "validated"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_DEVIATIONS = "accepted_with_deviations"
    REJECTED = "rejected"
    REMEDIATION = "remediation"
    CLOSED = "closed"
    """Rejected, and its retest was accepted."""
    MISSED = "missed"
    CANCELLED = "cancelled"
    WAIVED = "waived"


ACCEPTING = frozenset({State.ACCEPTED, State.ACCEPTED_WITH_DEVIATIONS})
"""States that count for coverage."""
FINAL = ACCEPTING | {State.REJECTED, State.REMEDIATION, State.CLOSED, State.MISSED, State.CANCELLED, State.WAIVED}
"""States in which the record is no longer changed, only superseded or followed."""
UNFINISHED = frozenset(State) - FINAL
"""States from which it may still come to any end."""
REVIEWED = ACCEPTING | {State.REJECTED}
"""States that a review brings about."""


class Grade(StrEnum):
    """How good the evidence of a fact is."""

    A = "A"
    """Azure's own record."""
    B = "B"
    """An uploaded file, hashed and kept."""
    C = "C"
    """A person's statement."""


class Role(StrEnum):
    """What a person does in a drill."""

    PLANNER = "planner"
    TESTER = "tester"
    VALIDATOR = "validator"
    REVIEWER = "reviewer"
    APPROVER = "approver"


class Verdict(StrEnum):
    """What a restore job was."""

    DRILL = "drill"
    PRODUCTION_RECOVERY = "production_recovery"
    UNCLASSIFIED = "unclassified"
    """Never counted, always listed."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who says so; two are the same person where tenant and object id are."""

    tenant_id: str
    object_id: str
    name: str
    is_service: bool | None = False
    """A service principal or managed identity: may restore, never approves. None: not known, and approves as little."""

    @property
    def key(self) -> tuple[str, str]:
        """What tells persons apart."""
        return self.tenant_id.lower(), self.object_id.lower()


@dataclass(frozen=True, slots=True)
class Target:
    """Where a restore goes."""

    subscription_id: str | None = None
    resource_group: str | None = None
    name: str | None = None
    """Machine, database, share or folder."""
    network: str | None = None
    tag: str | None = None
    """Value of the tag `backup-drill`."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One drill of a plan; objectives are copied when the plan is approved and stay as they were."""

    drill_id: str
    quarter: str
    """Such as 2026Q3."""
    item_key: str
    vault_id: str
    subject: str
    workload: str | None
    tier: int | None
    application: str | None
    drill_type: str
    """`vm_full, vm_disks, vm_files, db_full, db_point_in_time, file_share, file_item, blob, disk, cluster, cross_region` or `other`."""
    window_start: datetime
    window_end: datetime
    reason: str
    """Why it is due."""
    rto: timedelta | None
    rpo: timedelta | None
    needs: tuple[tuple[str, ...], ...]
    """Kinds of validation that the tier demanded when it was planned: of each group at least one."""
    grace: timedelta
    """By which it may be executed after its window."""
    tester: Person | None = None
    target: Target = Target()
    isolation_required: bool = True
    retest_of: str | None = None
    stratum: str | None = None
    """Where it was sampled: workload, region and tier."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One restore job, found in what Azure recorded."""

    vault_id: str
    job_id: str
    item_key: str | None
    operation: str | None
    status: str | None
    location_type: str | None
    """`original`, `alternate`, `files` or None."""
    target: Target
    started_at: datetime | None
    ended_at: datetime | None
    recovery_point_id: str | None
    recovery_point_at: datetime | None
    link: str
    """How the point was found: `id, exact, range, inferred, ambiguous` or `unlinked`."""
    point_consistency: str | None = None
    point_tier: str | None = None
    """Tier that it was restored from, where Azure tells: instant, vault or archive."""
    initiator: Person | None = None
    initiator_known_by: str | None = None
    """`activity_log`, `activity_log_item_and_time` or None: a person's word."""
    activity_event_id: str | None = None
    correlation_id: str | None = None
    bytes_transferred: int | None = None
    files_restored: int | None = None
    files_skipped: int | None = None
    files_failed: int | None = None
    night: date | None = None
    call_id: str | None = None
    point_grade: Grade | None = None
    """Of the link to the point, where it rests on worse evidence than the job does; None: on the same."""


@dataclass(frozen=True, slots=True)
class Classification:
    """What a restore job was held to be, and why."""

    verdict: Verdict
    score: int
    reasons: tuple[str, ...]
    decided_by: Person | None = None
    """None: by rules."""
    drill_id: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """An artefact kept in the store, by hash."""

    sha256: str
    bytes: int
    name: str
    media_type: str
    path: str
    grade: Grade
    by: Person | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Validation:
    """One check of what was restored."""

    check_id: str
    kind: str
    """`row_count, checksum, database_check, file_count, boot, application, user_acceptance` or `malware_scan`."""
    expected: str
    actual: str
    tolerance: str | None
    passed: bool | None
    """None: not applicable, with the reason in `actual`."""
    by: Person | None
    """None where Azure's record tells it."""
    at: datetime
    grade: Grade
    artefacts: tuple[str, ...] = ()
    """SHA-256 of attached evidence."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """What was not as it should be."""

    deviation_id: str
    kind: str
    """`rto_missed, rpo_missed, loss_too_late, usable_too_early, warnings, no_files, files_skipped, files_failed, validation_failed, not_isolated, wrong_point,
    no_point, no_vault_copy, late`, or a person's own word such as `process`."""
    severity: str
    cause: str
    automatic: bool
    owner: str | None = None
    due: date | None = None
    action: str | None = None
    ticket: str | None = None
    retest: str | None = None
    """Drill that tests it again."""
    closed_at: datetime | None = None
    closed_by: Person | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """Moments of the drill that persons state; job times are those of the executions and are never called RTO."""

    declared_loss_at: datetime | None = None
    usable_at: datetime | None = None
    stated_by: Person | None = None
    rpo_applies: bool = True
    """False where an old point was restored on purpose, with the reason in the record."""
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class SignOff:
    """One decision, bound to the record that was read."""

    role: Role
    person: Person
    decision: str
    """`submitted, accepted, accepted_with_deviations` or `rejected`."""
    comment: str
    at: datetime
    record_sha256: str
    answers: tuple[tuple[str, str], ...] = ()
    """The review questions and what was answered."""
    identity_sha256: str | None = None
    """Of the CMS-signed statement with the identity claims."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A risk that somebody accepted instead of a drill."""

    reason: str
    by: Person
    until: date


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill as its events make it."""

    planned: Planned
    state: State
    version: int
    """Number of events folded."""
    executions: tuple[Execution, ...] = ()
    timing: Timing = Timing()
    evidence: tuple[Evidence, ...] = ()
    validations: tuple[Validation, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    sign_offs: tuple[SignOff, ...] = ()
    waiver: Waiver | None = None
    clean_up: str | None = None
    """How it is known that the restored copy is gone; None: not told."""
    clean_up_at: datetime | None = None
    superseded_by: str | None = None
    remarks: tuple[str, ...] = field(default=())
