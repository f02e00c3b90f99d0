"""Whether a later job and a new recovery point of it prove that a failing backup works again (analytics 6.10).

Not here: problems that end otherwise (`closing`). Invariants: no job alone and no point alone ends anything; a job that belongs to the problem
itself is no later one; of tier 0 and 1 the next scheduled run must have succeeded too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from evidence.assess.exceptions.endings import ENDINGS, Ending
from evidence.assess.exceptions.proofs import Proofs
from evidence.assess.exceptions.states import Facts, Proof, Standing
from evidence.assess.findings import Class
from evidence.assess.slots.values import GOOD, Judged, Part, SlotJob, SlotPoint

TOLERANCE = timedelta(minutes=5)
"""By which a point may lie outside its job: clocks differ (analytics 6.10)."""
LONGEST_JOB = timedelta(hours=24)
"""Where a completed job tells no end: Azure's own limit for a daily policy."""
COMPLETED = "completed"
_MATTER_MOST = (0, 1)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A completed job."""

    job_id: str
    started_at: datetime
    ended_at: datetime | None
    part: Part | None


@dataclass(frozen=True, slots=True)
class Proven:
    """What a job and its point prove."""

    proof: Proof
    at: datetime
    """The end of the job, or of the run that had to succeed too."""
    whole: bool
    """False: the next scheduled run must still succeed."""


def proven_by_job(standing: Standing, proofs: Proofs, facts: Facts) -> Proven | None:
    """The first later job with its point, and whether it is enough; None where there is none."""
    item = standing.finding.item_key
    if item is None:
        return None
    found = next(_pairs(standing, proofs.jobs.get(item, ()), proofs.points.get(item, ()), facts), None)
    if found is None:
        return None
    job, point = found
    if not _needs_slot(standing, facts):
        return Proven(_proof(standing, job, point, None), _end(job), whole=True)
    slot = _next_good(standing, proofs.slots.get(item, ()))
    at = _end(job) if slot is None else max(_end(job), slot.slot.slot_at)
    return Proven(_proof(standing, job, point, slot), at, whole=slot is not None)


def failed_until(standing: Standing, jobs: Sequence[SlotJob]) -> datetime:
    """The moment after which a job is a later one: the last failure, or a person's word that it is not mended."""
    mine = [job.started_at for job in jobs if job.job_id in standing.finding.job_ids and job.started_at]
    late = standing.class_ is Class.RUNNING_LATE
    return max([standing.last_seen, *([] if late else mine), *([standing.reopened_at] if standing.reopened_at else [])])


def _pairs(
    standing: Standing, jobs: Sequence[SlotJob], points: Sequence[SlotPoint], facts: Facts
) -> Iterator[tuple[_Begun, SlotPoint]]:
    after = failed_until(standing, jobs)
    begun = [
        _Begun(job.job_id, job.started_at, job.ended_at, job.part)
        for job in jobs
        if job.started_at is not None and job.started_at > after and _counts(standing, job)
    ]
    for job in sorted(begun, key=lambda one: (one.started_at, one.job_id)):
        fitting = [one for one in points if _made_by(job, one, after) and _consistent(standing, one, facts)]
        if fitting:
            # A point with an id says more than one of which a list told the time alone.
            yield job, min(fitting, key=lambda one: (not one.recovery_point_id, _time(one), one.recovery_point_id))


def _counts(standing: Standing, job: SlotJob) -> bool:
    if (job.status or "").casefold() != COMPLETED:
        return False
    return ENDINGS[standing.class_] is not Ending.FULL_JOB or job.part in {Part.FULL, Part.DIFFERENTIAL}


def _made_by(job: _Begun, point: SlotPoint, after: datetime) -> bool:
    at = _time(point)
    if at is None or point.soft_deleted or (point.at is None and job.part is not Part.LOG):
        return False
    return at > after and job.started_at - TOLERANCE <= at <= _end(job) + TOLERANCE


def _time(point: SlotPoint) -> datetime | None:
    return point.at if point.at is not None else point.range_end_at


def _end(job: _Begun) -> datetime:
    return job.ended_at or job.started_at + LONGEST_JOB


def _consistent(standing: Standing, point: SlotPoint, facts: Facts) -> bool:
    """Whether the point is as consistent as it must be; of one that does not tell, that is not known."""
    if not facts.app_consistent and standing.class_ is not Class.CONSISTENCY_DOWNGRADE:
        return True
    told = (point.consistency or "").replace("-", "").replace(" ", "").casefold()
    return bool(told) and not told.startswith(("crash", "file"))


def _needs_slot(standing: Standing, facts: Facts) -> bool:
    """Of tier 0 and 1, and of log backups, whose scheduled runs leave no job: their ranges must go on."""
    return facts.tier in _MATTER_MOST or standing.finding.part == Part.LOG


def _next_good(standing: Standing, slots: Sequence[Judged]) -> Judged | None:
    """The first scheduled run after the last failure that succeeded; one that failed otherwise is a problem of its own."""
    after = max(one for one in (standing.last_seen, standing.reopened_at) if one is not None)
    part = standing.finding.part
    later = [
        one
        for one in slots
        if one.slot.slot_at > after
        and one.outcome in GOOD
        and (one.slot.part == part if part else one.slot.part is not Part.LOG)
    ]
    return min(later, key=lambda one: (one.slot.slot_at, one.slot.part), default=None)


def _proof(standing: Standing, job: _Begun, point: SlotPoint, slot: Judged | None) -> Proof:
    at = _time(point)
    said = f"Job {job.job_id} completed after the last failure of {standing.last_seen:%Y-%m-%d %H:%M}Z and made the recovery point of {at:%Y-%m-%d %H:%M}Z"
    also = f"; the scheduled run of {slot.slot.slot_at:%Y-%m-%d %H:%M}Z succeeded too" if slot else ""
    return Proof(
        f"{said}{also}.",
        job.job_id,
        job.started_at,
        point.recovery_point_id or None,
        at,
        slot.slot.slot_at if slot else None,
    )
