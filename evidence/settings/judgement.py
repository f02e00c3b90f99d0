"""How long a run may take to begin, to end and to be told of: settings of `judgement`.

Not here: the rest of the configuration (`model`), judging (`evidence.assess.slots`). Invariant: a slot's window is `start_within` of its
workload and `longest_run` long at most, and its silence is certain `latency` later.
"""

from __future__ import annotations

from datetime import timedelta

from pydantic import field_validator

from evidence.settings.strict import Strict
from evidence.tiers import Span

_LONGEST_START = timedelta(days=1)
_LONGEST = timedelta(days=14)


class StartWithin(Strict):
    """How long after its time a run may begin, by workload."""

    vm: Span = timedelta(hours=2)
    """Azure triggers VM backups within two hours of the scheduled time."""
    database: Span = timedelta(minutes=30)
    """SQL and HANA: full, differential and incremental backups."""
    files: Span = timedelta(hours=2)
    agent: Span = timedelta(hours=2)
    """MARS agents, DPM and Azure Backup Server."""
    backup_vault: Span = timedelta(hours=2)

    @field_validator("vm", "database", "files", "agent", "backup_vault")
    @classmethod
    def _within_a_day(cls, value: timedelta | None) -> timedelta | None:
        if value is None or value > _LONGEST_START:
            raise ValueError("must be a span of at most 1d")
        return value


class JudgementSettings(Strict):
    """What the nightly judgement takes as in time, and what its rates count."""

    start_within: StartWithin = StartWithin()
    longest_run: Span = timedelta(hours=24)
    latency: Span = timedelta(hours=6)
    """How long after a window's end Azure may still tell of its jobs and points."""
    warnings_succeed: bool = False
    """Whether success rates count completed with warnings as successes; printed beside each rate."""

    @field_validator("longest_run", "latency")
    @classmethod
    def _bounded(cls, value: timedelta | None) -> timedelta | None:
        if value is None or value > _LONGEST:
            raise ValueError("must be a span of at most 14d")
        return value
