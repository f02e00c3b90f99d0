"""What a detector found: one value for every class of problem, from which exceptions are made.

Not here: detecting, the life of an exception. Invariants: a finding names what shows it; a hint (anomalies, trends) is never a control result;
the same problem on the next night gives the same `class_`, item and error family.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Class(StrEnum):
    """Classes of problems."""

    FAILED = "failed"
    CANCELLED = "cancelled"
    WARNING = "warning"
    NO_POINT = "no_point"
    SILENT = "silent"
    RUNNING_LATE = "running_late"
    UNKNOWN = "unknown"
    """A slot whose source was not read, night after night."""
    RECURRING = "recurring"
    OUTBREAK = "outbreak"
    """The parent of one error family in one vault and night, or over several vaults."""
    RPO_BREACH = "rpo_breach"
    POINT_GAP = "point_gap"
    LOG_CHAIN_BREAK = "log_chain_break"
    CONSISTENCY_DOWNGRADE = "consistency_downgrade"
    EXPIRES_EARLY = "expires_early"
    UNHEALTHY = "unhealthy"
    DURATION = "duration"
    SIZE = "size"
    STORAGE_GROWTH = "storage_growth"
    CONCURRENCY = "concurrency"
    SCHEDULE_THINNED = "schedule_thinned"
    RETENTION_SHORTENED = "retention_shortened"
    POLICY_REASSIGNED = "policy_reassigned"
    PROTECTION_STOPPED = "protection_stopped"
    VANISHED = "vanished"
    SECURITY_WEAKENED = "security_weakened"
    UNPROTECTED = "unprotected"
    REVIEW_OVERDUE = "review_overdue"
    MISSED_DRILL = "missed_drill"
    """A planned test restore that was missed, or a quarter that ended without an accepted one."""
    CANARY_SILENT = "canary_silent"
    """A detector did not find what was planted for it."""
    EVIDENCE_LOST = "evidence_lost"
    """A sealed object is missing, or is not what was sealed."""
    EVIDENCE_UNPROTECTED = "evidence_unprotected"
    """The store keeps a sealed object less strongly, or less long, than promised."""
    EVIDENCE_AT_RISK = "evidence_at_risk"
    """A setting of the store contradicts what is promised."""
    EVIDENCE_UNREAD = "evidence_unread"
    """A sealed object could not be looked at."""


HINTS = frozenset({Class.DURATION, Class.SIZE, Class.STORAGE_GROWTH, Class.CONCURRENCY})
"""Classes that tell a person where to look and decide nothing."""


class Severity(StrEnum):
    """How soon somebody must look, worst first."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem as one look at the evidence found it."""

    class_: Class
    severity: Severity
    vault_id: str
    item_key: str | None
    """None where it is about a whole vault, or about a job whose item cannot be told."""
    subject: str
    """Name that people know it by."""
    error_family: str | None
    at: datetime
    """When the problem arose: the slot, the point, the change."""
    night: date
    summary: str
    """One sentence, with figures."""
    workload: str | None = None
    job_ids: tuple[str, ...] = ()
    recovery_point_ids: tuple[str, ...] = ()
    error_codes: tuple[str, ...] = ()
    recommendation: str | None = None
    """What Azure recommends, or the next step."""
    actor: str | None = None
    """Who did it, where the Activity Log tells."""
    children: tuple[str, ...] = ()
    """Item keys under an outbreak."""
    slots: int = 1
    """Expected runs in a row, or of the last seven, that show it."""
    part: str | None = None
    """Which of the policy's schedules it is about, where it is about a slot: a word of `slots.values.Part`."""
