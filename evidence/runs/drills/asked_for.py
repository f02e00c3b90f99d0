"""Joins restores with the requests that the Activity Log tells: who started each, and from which recovery point.

Not here: reading the log (`activity`), which points there are (`points`). Invariants: Azure's correlation id stands before item and time; what two records tell
otherwise, or what fits twice, is not taken and is said; a job's own word on its point is never replaced by another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from evidence.drills.automatic import EXACT
from evidence.drills.grades import BY_CORRELATION, BY_ITEM_AND_TIME
from evidence.drills.values import Execution
from evidence.runs.drills.activity import ANY_MOMENT, Actions, RestoreAction, plain_id
from evidence.runs.drills.around import PointSeen
from evidence.runs.drills.executions import SeenRestore

PointAt = Callable[[Execution, str], PointSeen | None]
"""The recovery point of a restore's item by its id, whatever its case; None where no list around the restore held it."""
LogRead = Callable[[Execution], bool]
"""Whether the Activity Log around a restore was read whole."""
_INFERRED = "inferred"


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A restore with what the log tells of it, and how that is known."""

    execution: Execution
    known_by: tuple[str, ...]
    """Sentences."""


def asked_for(
    seen: Sequence[SeenRestore], actions: Actions, point_at: PointAt, log_read: LogRead
) -> Mapping[tuple[str, str], AskedFor]:
    """All restores, by vault and lower-cased job id."""
    mine = _Requests(actions, seen)
    found = {}
    for one in seen:
        found[one.execution.vault_id, one.execution.job_id.lower()] = _told(
            one.execution, mine.of(one), point_at, log_read
        )
    return found


@dataclass(frozen=True, slots=True)
class _Choice:
    """The request that led to a restore, how that is known, and what is said where none is taken."""

    action: RestoreAction | None = None
    how: str = ""
    why: str | None = None


def _told(job: Execution, choice: _Choice, point_at: PointAt, log_read: LogRead) -> AskedFor:
    if choice.action is None:
        return AskedFor(job, (choice.why or _nothing(log_read(job)),))
    started = _with_initiator(job, choice.action, choice.how)
    execution, of_point = _with_point(started, choice.action, point_at)
    return AskedFor(execution, (_who(choice.action, choice.how), *of_point))


class _Requests:
    """The requests of the log, and which restores each of them could have led to."""

    def __init__(self, actions: Actions, seen: Sequence[SeenRestore]) -> None:
        self._actions = actions
        self._taken = {
            action.event_id for one in seen for action in actions.of_correlation(one.activity_id) if _fits(one, action)
        }
        self._rivals: Counter[str] = Counter()
        for one in seen:
            if not actions.of_correlation(one.activity_id):
                self._rivals.update(action.event_id for action in self._near(one.execution))

    def of(self, one: SeenRestore) -> _Choice:
        """The request of a restore."""
        told = self._actions.of_correlation(one.activity_id)
        mine = [action for action in told if _fits(one, action)]
        if len(mine) == 1:
            return _Choice(mine[0], BY_CORRELATION)
        if told:
            what = f"{len(mine)} requests" if mine else "a request for something else"
            return _Choice(
                why=f"The Activity Log holds {what} under the job's correlation id {one.activity_id}: none is taken."
            )
        near = self._near(one.execution)
        jobs = max((self._rivals[action.event_id] for action in near), default=0)
        if len(near) > 1 or jobs > 1:
            what = f"{len(near)} requests for the item in the Activity Log fit {jobs} restore jobs"
            return _Choice(why=f"{what} by their time: which is whose is not known.")
        return _Choice(near[0], BY_ITEM_AND_TIME) if near else _Choice()

    def _near(self, job: Execution) -> Sequence[RestoreAction]:
        """Requests for the item just before the job, but for those of other jobs and those that name another point."""
        if job.item_key is None or job.started_at is None:
            return ()
        around = self._actions.around(plain_id(job.item_key), job.started_at)
        near = [one for one in around if one.event_id not in self._taken and _may_be(job, one)]
        return [one for one in near if not one.failed] or near


def _may_be(job: Execution, action: RestoreAction) -> bool:
    """Whether job and request name the same point, where both name one for sure."""
    sure = job.link in EXACT and job.recovery_point_id is not None and action.point_id not in {None, ANY_MOMENT}
    return not sure or (job.recovery_point_id or "").casefold() == action.point_id


def _fits(one: SeenRestore, action: RestoreAction) -> bool:
    """Whether a request under a job's correlation id is about the job's item, or at least its vault."""
    job = one.execution
    if action.item_key is None:
        return True
    if job.item_key is not None:
        return plain_id(job.item_key) == action.item_key
    return action.item_key.startswith(f"{plain_id(job.vault_id)}/")


def _with_initiator(job: Execution, action: RestoreAction, how: str) -> Execution:
    return replace(
        job,
        # A job may tell no item where two bear its name; the request does.
        item_key=job.item_key or action.item_key,
        initiator=action.initiator,
        initiator_known_by=how if action.initiator is not None else None,
        activity_event_id=action.event_id,
        correlation_id=action.correlation_id,
    )


def _with_point(job: Execution, action: RestoreAction, point_at: PointAt) -> tuple[Execution, tuple[str, ...]]:
    """The job with the point that the request names, where the job itself tells none for sure."""
    named = action.point_id
    if named is None or named == ANY_MOMENT or job.item_key is None:
        return job, ()
    known = point_at(job, named)
    told = (job.recovery_point_id or "").casefold()
    if told == named and job.link in EXACT:
        return job, ("Job and request name the same recovery point.",)
    if told and told != named and job.link in {*EXACT, _INFERRED}:
        why = f"The job tells recovery point {job.recovery_point_id}, the request {named}: which it was is not known."
        return replace(job, recovery_point_id=None, recovery_point_at=None, link="ambiguous", point_grade=None), (why,)
    if known is None or known.at is None:
        why = f"The request names recovery point {named}, which no list that was read held: when it was made is not known."
        return replace(job, recovery_point_id=named, link="id", point_grade=None), (why,)
    moved = replace(job, recovery_point_id=known.point_id, recovery_point_at=known.at, link="id", point_grade=None)
    return moved, (f"The recovery point {known.point_id} is named by the request in the Activity Log.",)


def _who(action: RestoreAction, how: str) -> str:
    way = (
        "by the job's correlation id"
        if how == BY_CORRELATION
        else "as the one request for the item just before the one job that fits"
    )
    if action.initiator is None:
        asked = f"asked for by {action.caller or 'nobody named'}, without one object id"
        return f"The Activity Log tells the request {way}, {asked}: who started it is not known."
    kinds = {True: "a service principal", False: "a person", None: "whether person or service principal is not told"}
    return f"Started by {action.initiator.name} ({kinds[action.initiator.is_service]}): Activity Log, {way}."


def _nothing(read: bool) -> str:
    if read:
        return "The Activity Log was read and holds no request that fits: who started it is not known."
    return "The Activity Log of that time was not read whole: who started it is not known."
