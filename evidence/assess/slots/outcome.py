"""What came of an expected run, by the jobs and points known at a moment.

Not here: which runs are expected (`expected`), log backups (`logs`). Invariants: a success names a point of that very item where the run makes
one; a source that was not read never makes a success, a failure or a silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from evidence.assess.slots.values import Expected, Judged, SlotJob, SlotPoint, Sources


def judge_slot(
    slot: Expected,
    jobs: Sequence[SlotJob],
    points: Sequence[SlotPoint],
    sources: Sources,
    as_of: datetime,
    night: date,
) -> Judged:
    """The outcome of a slot as known at `as_of`; backup jobs and points of the item outside the slot are left out here."""
    raise NotImplementedError
