"""A drill's moments in order, and what they say of its objectives: recovery time from the declared loss, never the time of a job.

Not here: numbers of a quarter (`coverage`), deviations that follow (`automatic`). Invariants: what was not stated is not measured, and never met; a job's
duration stands apart and is never called RTO; a point younger than the loss measures nothing. Source: the design's reference on restore drills, 1.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from evidence.drills.automatic import EXACT, recovery_time, standing_execution
from evidence.drills.values import Drill, Execution


class Reached(StrEnum):
    """How a measure stands to its objective."""

    MET = "met"
    MISSED = "missed"
    NOT_MEASURED = "not measured"
    NO_TARGET = "no target set"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Measure:
    """An objective, and what was achieved."""

    objective: timedelta | None
    achieved: timedelta | None
    """None: not measured."""
    reached: Reached


@dataclass(frozen=True, slots=True)
class Timeline:
    """The moments of the execution that stands; None: not told."""

    recovery_point_at: datetime | None
    declared_loss_at: datetime | None
    restore_began_at: datetime | None
    restore_ended_at: datetime | None
    usable_at: datetime | None
    rto: Measure
    """From the declared loss until the service was usable."""
    rpo: Measure
    """From the recovery point until the declared loss."""
    job_time: timedelta | None
    """How long the restore job took: no measure of any objective."""


def timeline(drill: Drill) -> Timeline:
    """The moments and measures of a drill as they stand."""
    one, timing = standing_execution(drill), drill.timing
    began, ended = (None, None) if one is None else (one.started_at, one.ended_at)
    return Timeline(
        recovery_point_at=None if one is None else one.recovery_point_at,
        declared_loss_at=timing.declared_loss_at,
        restore_began_at=began,
        restore_ended_at=ended,
        usable_at=timing.usable_at,
        rto=_measure(drill.planned.rto, recovery_time(drill)),
        rpo=_rpo(drill, one),
        job_time=between(began, ended),
    )


def between(first: datetime | None, second: datetime | None) -> timedelta | None:
    """The time from one moment to a later one; None where one is not told, or comes before."""
    return None if first is None or second is None or second < first else second - first


def _rpo(drill: Drill, one: Execution | None) -> Measure:
    if not drill.timing.rpo_applies:
        return Measure(drill.planned.rpo, None, Reached.NOT_APPLICABLE)
    known = one is not None and one.link in EXACT
    point = one.recovery_point_at if one is not None and known else None
    return _measure(drill.planned.rpo, between(point, drill.timing.declared_loss_at))


def _measure(objective: timedelta | None, achieved: timedelta | None) -> Measure:
    if objective is None:
        return Measure(None, achieved, Reached.NO_TARGET)
    if achieved is None:
        return Measure(objective, None, Reached.NOT_MEASURED)
    return Measure(objective, achieved, Reached.MET if achieved <= objective else Reached.MISSED)
