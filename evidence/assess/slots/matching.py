"""Which jobs and points of an item belong to a slot.

Not here: what they show (`outcome`). Invariants: a job or point belongs to one slot of a part at most, the last that began before it; what
does not tell its part belongs to the slot of any part that began last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from evidence.assess.slots.rules import EARLY
from evidence.assess.slots.values import Expected, Part, SlotJob, SlotPoint

_IN_BRACKETS = re.compile(r"\(\s*([A-Za-z ]+?)\s*\)\s*$")
_PARTS = {
    "full": Part.FULL,
    "differential": Part.DIFFERENTIAL,
    "incremental": Part.INCREMENTAL,
    "log": Part.LOG,
    "snapshotfull": Part.SNAPSHOT,
}
_BUILD_UPON_FULL = frozenset({Part.DIFFERENTIAL, Part.INCREMENTAL})
_VAULT = ("hardenedrp=", "archivedrp=", "vaultstore=", "archivestore=")
_NO_MORE = ("=deleted", "=disabled", "=invalid")


@lru_cache(maxsize=256)
def part_of_operation(operation: str | None) -> Part | None:
    """The part that an operation names, as in `Backup (Full)`; None where it names none, as while it runs."""
    match = _IN_BRACKETS.search(operation or "")
    return _PARTS.get(match[1].casefold().replace(" ", "")) if match else None


@lru_cache(maxsize=256)
def _other(operation: str | None) -> bool:
    """Whether an operation names a kind of backup that no schedule orders, such as a copy-only full one."""
    match = _IN_BRACKETS.search(operation or "")
    return match is not None and match[1].casefold().replace(" ", "") not in _PARTS


def jobs_of(slot: Expected, jobs: Sequence[SlotJob]) -> list[SlotJob]:
    """The slot's jobs in order of their begin, each once."""
    found: dict[str, SlotJob] = {}
    for job in jobs:
        at = job.started_at
        if at is None or (slot.parts_apart and _other(job.operation)):
            continue
        if _belongs(slot, job.part or part_of_operation(job.operation), at):
            found[job.job_id] = job
    if len(found) < 2:  # noqa: PLR2004  # nothing to sort
        return list(found.values())
    return sorted(found.values(), key=_begin)


def points_of(slot: Expected, points: Sequence[SlotPoint]) -> list[SlotPoint]:
    """The slot's points that were ever seen kept, in order of time."""
    found = [
        point
        for point in points
        if point.at is not None and not point.never_kept and _point_belongs(slot, point, point.at)
    ]
    if len(found) > 1:
        found.sort(key=_time)
    return found


def in_vault(point: SlotPoint) -> bool:
    """Whether a point is in a vault tier; one that tells no tiers is taken to be where its job says."""
    if not point.tiers:
        return True
    tiers = [tier.casefold() for tier in point.tiers]
    return any(tier.startswith(_VAULT) and not tier.endswith(_NO_MORE) for tier in tiers)


def made_by(point: SlotPoint, job: SlotJob, known_until: datetime) -> bool:
    """Whether a point lies within a job, give or take the clocks of guests (analytics 6.10)."""
    if point.at is None or job.started_at is None:
        return False
    return job.started_at - EARLY <= point.at <= (job.ended_at or known_until) + EARLY


def _point_belongs(slot: Expected, point: SlotPoint, at: datetime) -> bool:
    kind = (point.point_type or "").casefold()
    if slot.parts_apart and kind in {"copyonlyfull", "snapshotcopyonlyfull"}:
        return False
    return _belongs(slot, _PARTS.get(kind), at)


def _belongs(slot: Expected, part: Part | None, at: datetime) -> bool:
    if at < slot.slot_at - EARLY or at >= slot.window_end - EARLY:
        return False
    if not slot.parts_apart or part is slot.part:
        return True
    if part is None or (part is Part.FULL and slot.part in _BUILD_UPON_FULL):
        # Azure makes a full backup in place of one that has nothing to build upon.
        return at < (slot.unnamed_until or slot.window_end) - EARLY
    return False


def _begin(job: SlotJob) -> tuple[datetime, str]:
    assert job.started_at is not None  # noqa: S101  # chosen so
    return job.started_at, job.job_id


def _time(point: SlotPoint) -> tuple[datetime, str]:
    assert point.at is not None  # noqa: S101  # chosen so
    return point.at, point.recovery_point_id
