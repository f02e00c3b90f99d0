"""Attempts at one backup: the ordered jobs of a slot (analytics 6.5).

Azure gives a retry a new job id, so jobs are linked by item and slot. Invariants: an attempt after the slot's end belongs to the next slot; a
person is named as the starter only where Azure tells it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from evidence.assess.slots.values import Expected, SlotJob
from evidence.assess.trends.values import Chain

FAILED, COMPLETED = "Failed", "Completed"


def retry_chain(slot: Expected, jobs: Iterable[SlotJob], *, starter_told: bool = True) -> Chain | None:
    """The chain of a slot in which a job failed; None where none did. `starter_told`: False for Files, whose jobs always deny a person.

    `jobs` are the item's backups of the slot's part; those outside the slot, and those of no known begin, are left out here.
    """
    mine = sorted(
        (one for one in jobs if one.started_at is not None and slot.slot_at <= one.started_at < slot.window_end),
        key=lambda one: (one.started_at, one.job_id),
    )
    place = next((number for number, one in enumerate(mine) if one.status == FAILED), None)
    if place is None:
        return None
    failed = mine[place]
    recovering = next((one for one in mine[place + 1 :] if one.status == COMPLETED and one.ended_at is not None), None)
    recovered_at = None if recovering is None else recovering.ended_at
    first_fail = _moment(failed)
    return Chain(
        job_ids=tuple(one.job_id for one in mine),
        attempts=len(mine),
        first_fail=first_fail,
        recovered_at=recovered_at,
        time_to_recover=None if recovered_at is None else recovered_at - first_fail,
        manual=recovering.user_triggered if recovering is not None and starter_told else None,
    )


def _moment(job: SlotJob) -> datetime:
    moment = job.ended_at or job.started_at
    assert moment is not None  # noqa: S101 - jobs of no known begin are left out
    return moment
