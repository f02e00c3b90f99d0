"""By what exceptions of each class end.

Not here: whether they did (`closing`). Invariant: every class has exactly one way to end without a person; drift has one only where what was
changed is as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from evidence.assess.findings import Class


class Ending(StrEnum):
    """Ways in which a problem ends without a person, each with the sentence that the documentation prints."""

    JOB = "a later completed job of the item and a new recovery point of that job; of tier 0 and 1 the next scheduled run too"
    FULL_JOB = "a later completed full or differential job of the item and a new recovery point of that job"
    AGE = "the newest usable point is within the target again"
    POINT = "a usable point after the gap"
    READ = "the source was read, and tells"
    RESTORED = "what was changed is as it was before; else by a person's decision alone"
    NOT_FOUND = "looked for on a later night with all that the detector needs, and not found"
    CHILDREN = "all problems that belong to it ended"


ENDINGS: Mapping[Class, Ending] = {
    Class.FAILED: Ending.JOB,
    Class.CANCELLED: Ending.JOB,
    Class.WARNING: Ending.JOB,
    Class.NO_POINT: Ending.JOB,
    Class.SILENT: Ending.JOB,
    Class.RUNNING_LATE: Ending.JOB,
    Class.RECURRING: Ending.JOB,
    Class.CONSISTENCY_DOWNGRADE: Ending.JOB,
    Class.LOG_CHAIN_BREAK: Ending.FULL_JOB,
    Class.RPO_BREACH: Ending.AGE,
    Class.POINT_GAP: Ending.POINT,
    Class.UNKNOWN: Ending.READ,
    Class.OUTBREAK: Ending.CHILDREN,
    Class.SCHEDULE_THINNED: Ending.RESTORED,
    Class.RETENTION_SHORTENED: Ending.RESTORED,
    Class.POLICY_REASSIGNED: Ending.RESTORED,
    Class.PROTECTION_STOPPED: Ending.RESTORED,
    Class.VANISHED: Ending.RESTORED,
    Class.SECURITY_WEAKENED: Ending.RESTORED,
    Class.UNPROTECTED: Ending.NOT_FOUND,
    Class.EXPIRES_EARLY: Ending.NOT_FOUND,
    Class.UNHEALTHY: Ending.NOT_FOUND,
    Class.DURATION: Ending.NOT_FOUND,
    Class.SIZE: Ending.NOT_FOUND,
    Class.STORAGE_GROWTH: Ending.NOT_FOUND,
    Class.CONCURRENCY: Ending.NOT_FOUND,
    Class.REVIEW_OVERDUE: Ending.NOT_FOUND,
    Class.MISSED_DRILL: Ending.NOT_FOUND,
    Class.CANARY_SILENT: Ending.NOT_FOUND,
    Class.EVIDENCE_LOST: Ending.NOT_FOUND,
    Class.EVIDENCE_UNPROTECTED: Ending.NOT_FOUND,
    Class.EVIDENCE_AT_RISK: Ending.NOT_FOUND,
    Class.EVIDENCE_UNREAD: Ending.NOT_FOUND,
}
BY_JOB = frozenset(one for one, ending in ENDINGS.items() if ending in {Ending.JOB, Ending.FULL_JOB})
DRIFT = frozenset(one for one, ending in ENDINGS.items() if ending is Ending.RESTORED)
APPROVABLE = DRIFT | {Class.UNPROTECTED}
"""Changes and choices that a person may have wanted, so that a person may close them as approved."""
