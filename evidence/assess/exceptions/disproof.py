"""Whether data that came late shows that a problem never was: the runs that it was found on are judged otherwise now.

Not here: problems that were real and ended (`closing`). Invariants: a failure that was recovered was a failure; one run that is still judged as
it was, or that this look does not tell of, keeps the exception.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from evidence.assess.exceptions.proofs import Proofs
from evidence.assess.exceptions.states import Proof, Standing
from evidence.assess.findings import Class
from evidence.assess.slots.values import BAD, OPEN, Judged, Outcome

_NOT_DUE = frozenset({Outcome.NOT_EXPECTED})
_CLEARED: Mapping[Class, frozenset[Outcome]] = {
    # Late jobs break a silence whatever came of them, and late points prove what was said to have none.
    Class.SILENT: frozenset(Outcome) - OPEN - {Outcome.SILENT},
    Class.NO_POINT: _NOT_DUE | {Outcome.SUCCESS, Outcome.FAILED_RECOVERED},
    Class.FAILED: _NOT_DUE | {Outcome.SUCCESS},
    Class.CANCELLED: _NOT_DUE | {Outcome.SUCCESS},
    Class.WARNING: _NOT_DUE | {Outcome.SUCCESS},
    Class.RUNNING_LATE: _NOT_DUE,
    Class.RECURRING: frozenset(Outcome) - OPEN - BAD - {Outcome.FAILED_RECOVERED},
}
_STILL: Mapping[Class, frozenset[Outcome]] = {
    Class.SILENT: frozenset({Outcome.SILENT}),
    Class.NO_POINT: frozenset({Outcome.SUCCESS_NO_POINT}),
    Class.FAILED: frozenset({Outcome.FAILED}),
    Class.CANCELLED: frozenset({Outcome.CANCELLED}),
    Class.WARNING: frozenset({Outcome.WARNING}),
    Class.RUNNING_LATE: frozenset({Outcome.RUNNING_LATE}),
    Class.RECURRING: BAD,
}
_OTHER_JOBS = frozenset({Class.FAILED, Class.CANCELLED, Class.WARNING})
"""Classes that another, later job of the same run does not disprove, only that the same jobs tell otherwise."""


def disproved(standing: Standing, proofs: Proofs, as_of: datetime) -> Proof | None:
    """Why a problem never was; None where that cannot be said."""
    cleared = _CLEARED.get(standing.class_)
    slots = proofs.slots.get(standing.finding.item_key or "", ())
    if cleared is None or not slots:
        return None
    by_night = _by_night(standing, slots, as_of)
    cleared_by = [_cleared_on(standing, at, by_night.get(night, ()), cleared) for night, at in standing.sightings]
    last = cleared_by[-1]
    if last is None or None in cleared_by or standing.reopened_at is not None:
        return None
    said = f"Late data: the run of {last.slot.slot_at:%Y-%m-%d %H:%M}Z is now judged `{last.outcome}`."
    return Proof(said, slot_at=last.slot.slot_at, recovery_point_id=last.recovery_point_id)


def _cleared_on(
    standing: Standing, at: datetime, slots: Sequence[Judged], cleared: frozenset[Outcome]
) -> Judged | None:
    """The run that the problem was seen on, where it is judged otherwise now and no other one of the night shows the problem."""
    if any(one.outcome in _STILL[standing.class_] for one in slots):
        return None
    return next((one for one in slots if one.slot.slot_at == at and _clears(one, cleared, standing)), None)


def _clears(one: Judged, cleared: frozenset[Outcome], standing: Standing) -> bool:
    if one.outcome not in cleared:
        return False
    same = set(one.job_ids) <= set(standing.finding.job_ids)
    return standing.class_ not in _OTHER_JOBS or one.outcome in _NOT_DUE or same


def _by_night(standing: Standing, slots: Sequence[Judged], as_of: datetime) -> Mapping[date, Sequence[Judged]]:
    """Runs of the part that the problem is about, in order, those that were due by now."""
    part = standing.finding.part
    found: dict[date, list[Judged]] = {}
    for one in sorted(slots, key=lambda one: (one.slot.slot_at, one.slot.part)):
        if one.slot.slot_at <= as_of and (part is None or one.slot.part == part):
            found.setdefault(one.night, []).append(one)
    return found
