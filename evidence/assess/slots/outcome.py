"""What came of an expected run, by the jobs and points known at a moment.

Not here: which runs are expected (`expected`), which jobs and points are a slot's (`matching`), log backups (`logs`). Invariants: a success
names a point of that very item where the run leaves one; a source that was not read never makes a success, a failure or a silence; a job that
may be another item's counts only beside what the item's own points tell. The definitions stand in adr/0040.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from evidence.assess.slots.doubts import moment
from evidence.assess.slots.families import error_family
from evidence.assess.slots.logs import judge_logs
from evidence.assess.slots.matching import in_vault, jobs_of, made_by, points_of
from evidence.assess.slots.values import Expected, Judged, Outcome, Part, SlotJob, SlotPoint, Sources

COMPLETED, _WARNED, _FAILED, _CANCELLED = "completed", "completedwithwarnings", "failed", "cancelled"
_RUNNING = frozenset({"inprogress", "cancelling"})
_BAD = frozenset({_FAILED, _WARNED, _CANCELLED})
LINKED = frozenset({"id", "name"})
_AMBIGUOUS = "ambiguous"
WITH_POINT = "Completed, with a recovery point."
"""Reason of a plain success."""


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What is known of a slot."""

    slot: Expected
    own: Sequence[SlotJob]
    """Jobs linked to the item."""
    maybe: Sequence[SlotJob]
    """Jobs that may be the item's."""
    points: Sequence[SlotPoint]
    sources: Sources
    known_until: datetime
    """Until when jobs are known."""
    as_of: datetime
    night: date

    def judged(
        self, outcome: Outcome, reason: str, jobs: Sequence[SlotJob] = (), point: SlotPoint | None = None
    ) -> Judged:
        """The outcome with what shows it; of failed jobs their errors."""
        failed = [job for job in jobs if _status(job) in _BAD]
        codes = tuple(dict.fromkeys(code for job in failed for code in job.error_codes))
        recovered = outcome is Outcome.FAILED_RECOVERED
        return Judged(
            self.slot,
            outcome,
            reason,
            self.night,
            job_ids=tuple(job.job_id for job in jobs),
            recovery_point_id=None if point is None else point.recovery_point_id or None,
            recovery_point_at=None if point is None else point.at,
            recovered_at=_recovered_at(jobs, point) if recovered else None,
            error_family=_family(failed),
            error_codes=codes,
        )


def judge_slot(
    slot: Expected,
    jobs: Sequence[SlotJob],
    points: Sequence[SlotPoint],
    sources: Sources,
    as_of: datetime,
    night: date,
) -> Judged:
    """The outcome of a slot as known at `as_of`; backup jobs and points of the item outside the slot are left out here.

    `jobs` may hold jobs that are ambiguous between this item and others; jobs of other kinds of operation must not be among them.
    """
    if slot.not_expected is not None:
        return Judged(slot, Outcome.NOT_EXPECTED, f"Nothing was due: {slot.not_expected}.", night)
    if not slot.schedule_known:
        return Judged(slot, Outcome.UNKNOWN, f"What was due is not known: {slot.unsure}.", night)
    if slot.part is Part.LOG:
        return judge_logs(slot, points, sources, as_of, night)
    read_until = sources.jobs_read_until
    if read_until is None or read_until <= slot.slot_at:
        return _jobs_unread(slot, points, sources, as_of, night)
    found = jobs_of(slot, jobs)
    own = [job for job in found if job.item_link in LINKED]
    maybe = [] if len(own) == len(found) else [job for job in found if job.item_link not in LINKED]
    known_until = min(as_of, read_until)
    evidence = _Evidence(slot, own, maybe, points_of(slot, points), sources, known_until, as_of, night)
    return _proven(evidence) or _of_jobs(evidence, own) or _of_doubtful_jobs(evidence) or _of_nothing(evidence)


def _jobs_unread(slot: Expected, points: Sequence[SlotPoint], sources: Sources, as_of: datetime, night: date) -> Judged:
    if as_of <= slot.slot_at:
        return Judged(slot, Outcome.PENDING, f"Not yet due: {moment(slot.slot_at)}.", night)
    why = sources.reason or "the job list was not read whole since the run was due"
    made = points_of(slot, points)
    point = made[0] if made else None
    return Judged(
        slot,
        Outcome.UNKNOWN,
        f"Jobs were not read: {why}.",
        night,
        recovery_point_id=None if point is None else point.recovery_point_id or None,
        recovery_point_at=None if point is None else point.at,
    )


def _proven(evidence: _Evidence) -> Judged | None:
    """A success: a completed job with its point, or a point that no unfinished or failed job explains."""
    slot = evidence.slot
    job = next((job for job in evidence.own if _status(job) == COMPLETED), None)
    if job is None:
        point = next((point for point in evidence.points if not _explained(evidence, point)), None)
        return None if point is None else _by_point(evidence, point)
    if not slot.makes_point:
        return _success(evidence, job, None, "Completed; of this day the policy keeps no point.")
    point = _nearest([one for one in evidence.points if _may_be_of(evidence, one, job)], job)
    if point is None:
        return None
    if not slot.vault_copy or in_vault(point):
        return _success(evidence, job, point, WITH_POINT)
    if not _points_read_since(evidence, job.ended_at or job.started_at):
        return None
    reason = "Completed, and its point is a snapshot alone: there is no copy in the vault."
    return evidence.judged(Outcome.WARNING, reason, evidence.own, point)


def _by_point(evidence: _Evidence, point: SlotPoint) -> Judged | None:
    """What a point shows that no job of the item alone explains."""
    if not evidence.slot.vault_copy or in_vault(point):
        reason = "No job of this item alone shows it; a recovery point of this item does."
        return _success(evidence, None, point, reason)
    if evidence.own:
        return None
    if evidence.as_of < evidence.slot.final_at:
        return evidence.judged(Outcome.PENDING, "A snapshot without copy in the vault yet, and no job.", (), point)
    return evidence.judged(Outcome.WARNING, "A snapshot alone, without copy in the vault, and no job.", (), point)


def _may_be_of(evidence: _Evidence, point: SlotPoint, job: SlotJob) -> bool:
    """Whether a point can be a completed job's: the snapshot that a failed, warned or cancelled one left behind is not that of a later job."""
    until, others = evidence.known_until, [one for one in evidence.own if _status(one) in _BAD]
    return not others or made_by(point, job, until) or not any(made_by(point, one, until) for one in others)


def _points_read_since(evidence: _Evidence, at: datetime | None) -> bool:
    read_at = evidence.sources.points_read_at
    return read_at is not None and at is not None and read_at >= at


def _success(evidence: _Evidence, job: SlotJob | None, point: SlotPoint | None, reason: str) -> Judged:
    """Success, or recovery where a job failed before it."""
    at = job.started_at if job is not None else point.at if point is not None else None
    failed = [one for one in evidence.own if _status(one) == _FAILED and _before(one.started_at, at)]
    jobs = list(evidence.own)
    if job is None and point is not None:
        jobs += [one for one in evidence.maybe if made_by(point, one, evidence.known_until)]
    if failed:
        told = f"{len(failed)} failed before. {reason}"
        return evidence.judged(Outcome.FAILED_RECOVERED, told, jobs, point)
    if job is not None and job.user_triggered:
        reason = f"{reason} It was started by a person; the scheduled run is not among the jobs."
        if any(not one.user_triggered for one in evidence.own):
            reason = "Completed on demand, after the scheduled run did not."
    return evidence.judged(Outcome.SUCCESS, reason, jobs, point)


def _explained(evidence: _Evidence, point: SlotPoint) -> bool:
    """Whether a point is that of a job which did not complete: the snapshot of one that runs, warned or failed."""
    if any(_status(job) == COMPLETED and made_by(point, job, evidence.known_until) for job in evidence.maybe):
        return False
    return any(made_by(point, job, evidence.known_until) for job in evidence.own)


def _of_jobs(evidence: _Evidence, jobs: Sequence[SlotJob]) -> Judged | None:
    """The outcome that jobs tell where no point proves success; None where there are none."""
    statuses = {_status(job) for job in jobs}
    if not jobs:
        return None
    if COMPLETED in statuses:
        return _completed(evidence, jobs)
    if statuses & _RUNNING:
        return _running(evidence, jobs)
    return _ended(evidence, jobs)


def _completed(evidence: _Evidence, jobs: Sequence[SlotJob]) -> Judged:
    last = [job for job in jobs if _status(job) == COMPLETED][-1]
    read_at = evidence.sources.points_read_at
    if read_at is not None and _points_read_since(evidence, last.ended_at or last.started_at):
        none = (
            "the recovery point in the slot is of a job that did not"
            if evidence.points
            else "no recovery point that was kept lies in the slot"
        )
        reason = f"Completed, and {none}; points were read at {moment(read_at)}."
        return evidence.judged(Outcome.SUCCESS_NO_POINT, reason, jobs)
    why = evidence.sources.reason or "the item's points were not read since the job ended"
    return evidence.judged(Outcome.UNKNOWN, f"Completed, and whether a point was made is not known: {why}.", jobs)


def _ended(evidence: _Evidence, jobs: Sequence[SlotJob]) -> Judged:
    """Of jobs of which none completed: the last that ended by itself decides; a cancelled one only where there is no other."""
    strange = [job.status or "none" for job in jobs if _status(job) not in _BAD]
    if strange:
        return evidence.judged(Outcome.UNKNOWN, f"A job has a status that is not known: {strange[0]}.", jobs)
    ended = [_status(job) for job in jobs if _status(job) != _CANCELLED]
    if not ended:
        return evidence.judged(Outcome.CANCELLED, "Cancelled, and not made up for.", jobs)
    if ended[-1] == _WARNED:
        reason = "Completed with warnings: Azure made no full copy."
        return evidence.judged(Outcome.WARNING, reason, jobs, evidence.points[-1] if evidence.points else None)
    count = ended.count(_FAILED)
    return evidence.judged(Outcome.FAILED, "Failed." if count == 1 else f"Failed {count} times.", jobs)


def _running(evidence: _Evidence, jobs: Sequence[SlotJob]) -> Judged:
    slot = evidence.slot
    if evidence.known_until >= slot.window_end:
        reason = (
            f"Still running at {moment(evidence.known_until)}, after the window's end at {moment(slot.window_end)}."
        )
        return evidence.judged(Outcome.RUNNING_LATE, reason, jobs)
    if evidence.as_of >= slot.final_at:
        reason = f"Was running when jobs were last read, at {moment(evidence.known_until)}; its end was never seen."
        return evidence.judged(Outcome.UNKNOWN, reason, jobs)
    return evidence.judged(Outcome.PENDING, f"Running at {moment(evidence.known_until)}.", jobs)


def _of_doubtful_jobs(evidence: _Evidence) -> Judged | None:
    """Jobs that fit this item among others: they count where the item's own points are read and show no backup."""
    jobs = [job for job in evidence.maybe if job.item_link == _AMBIGUOUS]
    if not jobs:
        return None
    if any(_status(job) in _RUNNING for job in jobs):
        return _running(evidence, jobs)
    last = max((end for job in jobs if (end := job.ended_at or job.started_at) is not None), default=None)
    if not evidence.slot.makes_point or not _points_read_since(evidence, last):
        reason = "A job may be this item's or another's, and the item's points were not read since."
        return evidence.judged(Outcome.UNKNOWN, reason, jobs)
    bad = [job for job in jobs if _status(job) != COMPLETED]
    if not bad and evidence.as_of < evidence.slot.final_at:
        reason = "A job that completed may be this item's or another's; this item has no point yet."
        return evidence.judged(Outcome.PENDING, reason, jobs)
    judged = _ended(evidence, bad) if bad else _completed(evidence, jobs)
    told = f"{judged.reason} The job may be another item's; this item has no point in the slot."
    return evidence.judged(judged.outcome, told, jobs)


def _of_nothing(evidence: _Evidence) -> Judged:
    """Neither job nor point: pending until it is final, then silent where both were read."""
    slot, read_at = evidence.slot, evidence.sources.points_read_at
    if evidence.as_of < slot.final_at:
        due = "Overdue since" if evidence.as_of > slot.slot_at else "Due at"
        doubt = f"; {slot.unsure}" if slot.unsure else ""
        return evidence.judged(Outcome.PENDING, f"{due} {moment(slot.slot_at)}; no job and no point yet{doubt}.")
    if slot.unsure is not None:
        return evidence.judged(Outcome.UNKNOWN, f"No job, and whether a run was due cannot be told: {slot.unsure}.")
    why = evidence.sources.reason
    if evidence.known_until < slot.final_at:
        told = why or f"they were last read at {moment(evidence.known_until)}"
        return evidence.judged(Outcome.UNKNOWN, f"Jobs were not read after the slot was final: {told}.")
    if slot.makes_point and (read_at is None or read_at < slot.final_at):
        told = why or "no reading of them is newer"
        return evidence.judged(Outcome.UNKNOWN, f"No job; points were not read after the slot was final: {told}.")
    return evidence.judged(Outcome.SILENT, f"No job and no recovery point until {moment(slot.final_at)}.")


def _nearest(points: Sequence[SlotPoint], job: SlotJob) -> SlotPoint | None:
    """The point nearest to the job's begin; of those alike near, one in a vault tier."""

    def distance(point: SlotPoint) -> tuple[bool, float]:
        apart = (point.at - job.started_at).total_seconds() if point.at and job.started_at else 0.0
        return not in_vault(point), abs(apart)

    return min(points, key=distance, default=None) if len(points) != 1 else points[0]


def _recovered_at(jobs: Sequence[SlotJob], point: SlotPoint | None) -> datetime | None:
    completed = [job for job in jobs if _status(job) == COMPLETED]
    if completed and completed[0].ended_at is not None:
        return completed[0].ended_at
    return None if point is None else point.at


def _family(failed: Sequence[SlotJob]) -> str | None:
    """Of the last failed job that told an error."""
    families = (error_family(job.error_codes, job.error_titles) for job in reversed(failed))
    return next((family for family in families if family is not None), None)


def _before(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one < other


def _status(job: SlotJob) -> str:
    return (job.status or "").casefold()
