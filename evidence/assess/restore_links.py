"""Which recovery point each restore job came from, as known at a moment.

Recovery Services jobs tell a point's time in text, never its id (azure-backup.md section 5), so the link is a judgement over all
points ever observed. Not here: whether a restore was a drill. Invariant: a link is only made where no second point could be meant;
what is unsure is `ambiguous` or `unlinked`, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa

from evidence.assess.point_index import KnownPoints, Point, PointIndex, whole_lists, whole_second
from evidence.assess.restores import Observation, Restore, fold_restores

FILES_REACH = timedelta(seconds=60)
"""How much later than its point a Files job may say it is: 0 to 35 s were recorded (azure-backup.md section 0.4)."""

BY_ID = "id"
"""Link of a job to its item by an id of Azure's: jobs of Backup vaults alone have one."""
_OF_BACKUPS = ("(full)", "(differential)", "(incremental)")
_OF_LOGS = "(log)"
_DATABASES = "azureworkload"


@dataclass(frozen=True, slots=True)
class AssessmentContext:
    """Which assessment makes the rows, and when."""

    assessment_id: str
    assessed_at: datetime
    night: date
    run_id: str


@dataclass(frozen=True, slots=True)
class Link:
    """What was decided for one restore job."""

    link: str
    """`id, exact, range, inferred, ambiguous` or `unlinked`."""
    reason: str
    item_key: str | None = None
    point_id: str | None = None
    point_at: datetime | None = None
    candidates: tuple[str, ...] | None = None


def link_restores(
    restore_jobs: Iterable[pa.Table],
    recovery_points: Iterable[pa.Table],
    context: AssessmentContext,
    calls: Iterable[pa.Table] = (),
) -> list[dict[str, object]]:
    """Rows of `restore_links`, one a restore job, in the order of vault and job.

    The inputs are tables of the observed schemas, or of the columns that `RESTORE_COLUMNS`, `POINT_COLUMNS` and `CALL_COLUMNS`
    name; one a file or night, in any order. Each is read once, and only points of items that were restored are kept. From `calls` it is told which answers held all points of an item, which can prove that an item of
    the same name had no point at a time; without them a restore whose item is ambiguous stays so.
    """
    restores = fold_restores(restore_jobs)
    item_keys = {key for restore in restores for key in restore.item_keys}
    index = PointIndex(recovery_points, item_keys, whole_lists(calls))
    return [_row(restore, decide(restore, index), context) for restore in restores]


def decide(restore: Restore, index: PointIndex) -> Link:
    """The link of one restore job."""
    source = restore.source
    item_key = restore.item_keys[0] if restore.item_known else None
    if source.recovery_point_id_sent is not None:
        return _by_id(source, source.recovery_point_id_sent, item_key, index)
    if source.recovery_point_at_sent is None:
        return Link("unlinked", _no_time(restore), item_key)
    second = whole_second(source.recovery_point_at_sent)
    if item_key is None:
        return _among_items(restore, second, index)
    if source.item_link == BY_ID:
        return _of_moment(second, item_key)
    known = index.of(item_key)
    if restore.is_files:
        return _of_share(known, second, item_key)
    return _of_item(known, second, item_key, source.operation)


def _by_id(source: Observation, point_id: str, item_key: str | None, index: PointIndex) -> Link:
    """Azure itself says which point; whether it was ever seen is told beside, and an id is spelled as its point was."""
    point, sent = index.of(item_key).named(point_id) if item_key else None, source.recovery_point_at_sent
    if point is None:
        reason = "The job names the recovery point by its id; no list that was read held that point."
        return Link("id", reason, item_key, point_id, sent)
    reason = "The job names the recovery point by its id."
    if sent is not None and whole_second(sent) != whole_second(point.at):
        reason = f"The job names the recovery point by its id, but tells {_told(sent)} as its time."
    return Link("id", reason, item_key, point.point_id, point.at)


def _of_moment(second: datetime, item_key: str) -> Link:
    """A Backup vault names points by id, so a time alone is a moment within continuous backups, whatever points lie beside it.

    Azure tells the ranges of those to a POST that may not be sent, so nothing that is read can prove the moment.
    """
    reason = f"The job names no recovery point but the moment {_told(second)} of continuous backups, whose ranges are not read."
    return Link("unlinked", reason, item_key)


def _of_item(known: KnownPoints, second: datetime, item_key: str, operation: str | None) -> Link:
    points, ranges = known.at(second), known.ranges_around(second)
    of_logs, of_backups = _says(operation, (_OF_LOGS,)), _says(operation, _OF_BACKUPS)
    if ranges and (of_logs or not (points or of_backups)):
        around = ranges[-1]
        reason = f"A point in time inside the log backups from {_told(around.start)} to {_told(around.end)}."
        return Link("range", reason, item_key, around.point_id, second)
    if not points:
        return Link("unlinked", f"No point of the item is known at {_told(second)}: {_extent(known)}.", item_key)
    if len(points) > 1:
        reason = f"{len(points)} points of the item were made in the second {_told(second)}."
        return Link("ambiguous", reason, item_key, candidates=_ids(points))
    reason = f"The one point of the item that was made in the second {_told(second)}."
    return Link("exact", reason, item_key, points[0].point_id, points[0].at)


def _of_share(known: KnownPoints, second: datetime, item_key: str) -> Link:
    """Files jobs tell a time up to half a minute later than the point's, so the point before it is inferred.

    With two points within reach the later one would be likelier, not sure: an undecided link is better than a wrong one.
    """
    points = known.before(second, FILES_REACH)
    reach = int(FILES_REACH.total_seconds())
    if not points:
        reason = f"No point of the share is known within {reach} s before {_told(second)}: {_extent(known)}."
        return Link("unlinked", reason, item_key)
    if len(points) > 1:
        reason = f"{len(points)} points of the share lie within {reach} s before {_told(second)}."
        return Link("ambiguous", reason, item_key, candidates=_ids(points))
    late = int((second - whole_second(points[0].at)).total_seconds())
    reason = f"The one point of the share within {reach} s before the job's {_told(second)}, by {late} s."
    return Link("inferred", reason, item_key, points[0].point_id, points[0].at)


def _among_items(restore: Restore, second: datetime, index: PointIndex) -> Link:
    """The item is not known. One point is named only where each other item that fits is proven not to have such a point."""
    keys = restore.item_keys
    if not keys:
        return Link("unlinked", "No item known in this vault bears the name that the job tells.")
    reach = FILES_REACH if restore.is_files else timedelta(0)
    points = [point for key in keys for point in index.of(key).before(second, reach)]
    if not points:
        extents = "; ".join(_extent(index.of(key)) for key in keys)
        return Link("unlinked", f"{_fitting(keys)}, none with a known point at {_told(second)}: {extents}.")
    if len(points) > 1 or len(keys) == 1 or not _others_lack(restore, points[0], second, index):
        reason = f"{_fitting(keys)}; {len(points)} of their known points could be meant by {_told(second)}."
        return Link("ambiguous", reason, candidates=_ids(points))
    reason = f"{_fitting(keys)}; this one alone has a point at {_told(second)}, the lists of the others show that they had none."
    return Link("exact", reason, points[0].item_key, points[0].point_id, points[0].at)


def _others_lack(restore: Restore, point: Point, second: datetime, index: PointIndex) -> bool:
    """Whether no other item that fits could have been restored to this second.

    A database could also have been restored to a point in time between backups, which lists of points do not show; so of databases
    the operation must say that a backup was restored. Lists read after the restore began prove nothing: retention may have removed a point.
    """
    source = restore.source
    if restore.is_files or source.started_at is None:
        return False
    if (source.management_type or "").casefold() == _DATABASES and not _says(source.operation, _OF_BACKUPS):
        return False
    others = (index.of(key) for key in restore.item_keys if key != point.item_key)
    return all(other.lacked(second, source.started_at) for other in others)


def _no_time(restore: Restore) -> str:
    text, status = restore.source.recovery_point_at_text, restore.last.status or "unknown"
    if text:
        return f"The job's recovery point time cannot be read: {text!r}."
    times = "observation" if restore.observations == 1 else "observations"
    return f"Azure tells no recovery point time for this job in {restore.observations} {times}; its last status is {status}."


def _says(operation: str | None, suffixes: Sequence[str]) -> bool:
    return any(suffix in (operation or "").casefold() for suffix in suffixes)


def _extent(known: KnownPoints) -> str:
    bounds = known.bounds()
    if bounds is None:
        return "no point is known"
    return f"{known.count()} known, from {_told(bounds[0])} to {_told(bounds[1])}"


def _fitting(keys: Sequence[str]) -> str:
    if len(keys) == 1:
        return "One known item bears the name that the job tells, but the item list was cut short"
    return f"{len(keys)} items bear the name that the job tells"


def _ids(points: Sequence[Point]) -> tuple[str, ...]:
    return tuple(sorted(point.resource_id for point in points))


def _told(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _row(restore: Restore, link: Link, context: AssessmentContext) -> dict[str, object]:
    source = restore.source
    return {
        "night": context.night,
        "event_night": source.event_night,
        "tenant_id": source.tenant_id,
        "vault_id": source.vault_id,
        "run_id": context.run_id,
        "capture_id": source.capture_id,
        "call_id": source.call_id,
        "observed_at": source.observed_at,
        "evidence_grade": source.evidence_grade,
        "assessment_id": context.assessment_id,
        "assessed_at": context.assessed_at,
        "job_id": source.job_id,
        "item_key": link.item_key,
        "recovery_point_id": link.point_id,
        "recovery_point_at": link.point_at,
        "link": link.link,
        "reason": link.reason,
        "candidates": link.candidates,
    }
