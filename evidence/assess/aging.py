"""How long failures have stood unresolved: item by item and operation by operation, with what moved since the last look.

Pure over values. A failed backup opens an episode; only a later completed job together with a recovery point made by it closes one.
Cancelled jobs, jobs with warnings and jobs in another or no known state neither open nor close. Invariant: what cannot be told is
`unknown`, in a bucket of its own, and never counts as resolved. Source: analytics 6.9 and 6.10 of the design's reference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

FAILED, COMPLETED = "Failed", "Completed"
TOLERANCE = timedelta(minutes=5)
"""By which a point may lie outside the job that made it: clocks and what is called its time differ."""
LONGEST_JOB = timedelta(hours=24)
"""Where a completed job tells no end: Azure's own limit for a daily policy."""
UNKNOWN = "unknown"
_LAST_DAYS = (1, 3, 7, 14, 30, 60, 90)
BUCKETS = ("0-1", "2-3", "4-7", "8-14", "15-30", "31-60", "61-90", "over 90", UNKNOWN)
"""Whole days; the last one is of what cannot be told."""


class State(StrEnum):
    """How a failure stands."""

    FAILING = "failing"
    """No later job completed."""
    UNPROVEN = "unproven"
    """A later job completed, and no recovery point of it was seen; or of log backups a later range was seen, and no job."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What an episode is about."""

    vault_id: str
    subject: str
    """The item's key; `name: …` where a job's item cannot be told."""
    operation: str


@dataclass(frozen=True, slots=True)
class BackupRun:
    """One backup job in its last known state."""

    vault_id: str
    item_key: str | None
    name: str | None
    workload: str | None
    operation: str
    status: str | None
    started_at: datetime
    ended_at: datetime | None
    night: date
    job_id: str
    error: str | None = None

    @property
    def key(self) -> Key:
        """What it counts for."""
        return Key(self.vault_id, self.item_key or f"name: {self.name or 'not told'}", self.operation)


@dataclass(frozen=True, slots=True)
class SeenPoint:
    """A recovery point, or a range of log backups, of an item."""

    start: datetime
    end: datetime
    """Equal to `start` but for a range."""
    point_id: str | None
    """None where the list of items alone told of it."""


@dataclass(frozen=True, slots=True)
class Closure:
    """What resolved an episode."""

    run: BackupRun
    point: SeenPoint


@dataclass(frozen=True, slots=True)
class Aged:
    """One unresolved failure."""

    key: Key
    state: State
    first: BackupRun
    last: BackupRun
    failed_jobs: int
    nights_failing: int
    age_days: int
    """Whole days since the first failure began."""
    last_success: BackupRun | None
    """Before the episode."""
    later_success: BackupRun | None
    """After the last failure, without a recovery point."""
    later_range: bool
    """Whether a range of log backups reaches past the last failure: Azure lists no scheduled log jobs."""
    unread_nights: int
    """After the last failure."""

    @property
    def bucket(self) -> str:
        """Its bucket; unknown ones share one whatever their age."""
        return UNKNOWN if self.state is State.UNKNOWN else bucket(self.age_days)


@dataclass(frozen=True, slots=True)
class Aging:
    """All that is unresolved, oldest first, and what closed the rest."""

    unresolved: tuple[Aged, ...]
    closed: Mapping[Key, Closure]


def bucket(days: int) -> str:
    """The bucket of an age in whole days."""
    return next((name for name, last in zip(BUCKETS, _LAST_DAYS, strict=False) if days <= last), BUCKETS[-2])


def age_failures(
    runs: Iterable[BackupRun],
    points: Mapping[str, Sequence[SeenPoint]],
    unread: Mapping[str, Sequence[date]],
    as_of: datetime,
) -> Aging:
    """Judge every item and operation as of a moment; what began at or after it is left aside.

    `points` by item key; `unread` are nights, by vault, of which it is not known which jobs ran.
    """
    by_key: dict[Key, list[BackupRun]] = defaultdict(list)
    for run in runs:
        if run.started_at < as_of:
            by_key[run.key].append(run)
    found: list[Aged] = []
    closed: dict[Key, Closure] = {}
    for key, mine in by_key.items():
        episode = _episode(sorted(mine, key=lambda one: (one.started_at, one.job_id)), points, as_of)
        if episode.failures:
            seen = points.get(episode.failures[-1].item_key or "", ())
            found.append(_aged(key, episode, seen, unread.get(key.vault_id, ()), as_of))
        elif episode.closure is not None:
            closed[key] = episode.closure
    return Aging(tuple(sorted(found, key=lambda one: (one.first.started_at, one.key))), closed)


@dataclass(slots=True)
class _Episode:
    failures: list[BackupRun] = field(default_factory=list)
    last_success: BackupRun | None = None
    later_success: BackupRun | None = None
    closure: Closure | None = None


def _episode(runs: Iterable[BackupRun], points: Mapping[str, Sequence[SeenPoint]], as_of: datetime) -> _Episode:
    """The open episode at the end, or what closed the last one."""
    found = _Episode()
    for run in runs:
        if run.status == FAILED:
            found.failures.append(run)
            found.later_success = None
        elif run.status == COMPLETED and not found.failures:
            found.last_success = run
        elif run.status == COMPLETED:
            point = point_of(run, points.get(run.item_key or "", ()), as_of)
            if point is None:
                found.later_success = run
            else:
                found = _Episode(last_success=run, closure=Closure(run, point))
    return found


def point_of(run: BackupRun, points: Iterable[SeenPoint], as_of: datetime) -> SeenPoint | None:
    """The first point that a completed job made; ranges count for log backups alone."""
    begin, end = run.started_at - TOLERANCE, (run.ended_at or run.started_at + LONGEST_JOB) + TOLERANCE
    logs = is_log(run.operation)
    fitting = (
        one
        for one in points
        if one.start < as_of
        and (begin <= one.start <= end if one.start == one.end else logs and one.start <= end and one.end >= begin)
    )
    return min(fitting, key=lambda one: (one.start, one.point_id is None, one.point_id or ""), default=None)


def is_log(operation: str) -> bool:
    """Whether jobs of an operation back up logs, which are seen as ranges."""
    return "log" in operation.casefold()


def _aged(key: Key, episode: _Episode, points: Iterable[SeenPoint], unread: Sequence[date], as_of: datetime) -> Aged:
    first, last = episode.failures[0], episode.failures[-1]
    missed = sum(night > last.night for night in unread)
    logged = is_log(key.operation) and any(one.start < one.end > (last.ended_at or last.started_at) for one in points)
    state = State.UNPROVEN if episode.later_success or logged else State.FAILING
    return Aged(
        key=key,
        state=State.UNKNOWN if missed or last.item_key is None else state,
        first=first,
        last=last,
        failed_jobs=len(episode.failures),
        nights_failing=len({one.night for one in episode.failures}),
        age_days=(as_of - first.started_at) // timedelta(days=1),
        last_success=episode.last_success,
        later_success=episode.later_success,
        later_range=logged,
        unread_nights=missed,
    )


class Moved(StrEnum):
    """What became of an unresolved failure since the last look."""

    NEW = "new"
    AGAIN = "failed again"
    """Another failure than then: that one was resolved in between."""
    OLDER = "older"
    """In a later bucket."""
    SAME = "same bucket"
    UNCLEAR = "now unknown"
    CLEAR = "no longer unknown"
    RESOLVED = "resolved"
    LEFT = "no longer told"
    """Neither unresolved nor proven to be resolved: its item or vault is not in what was read."""


@dataclass(frozen=True, slots=True)
class Look:
    """One unresolved failure at one look."""

    bucket: str
    first_job_id: str | None
    """Which failure it began with."""


def movement(now: Mapping[Key, Look], closed: Iterable[Key], before: Mapping[Key, Look]) -> Mapping[Key, Moved]:
    """What moved between two looks; `closed` are keys whose last failure is proven to be resolved."""
    resolved = set(closed)
    found = {key: _moved(look, before.get(key)) for key, look in now.items()}
    gone = {key: Moved.RESOLVED if key in resolved else Moved.LEFT for key in before.keys() - now.keys()}
    return {**found, **gone}


def _moved(now: Look, before: Look | None) -> Moved:
    if before is None:
        return Moved.NEW
    if now.first_job_id != before.first_job_id:
        return Moved.AGAIN
    if now.bucket == before.bucket:
        return Moved.SAME
    if now.bucket == UNKNOWN:
        return Moved.UNCLEAR
    return Moved.CLEAR if before.bucket == UNKNOWN else Moved.OLDER
