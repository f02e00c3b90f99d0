"""From a policy version to its schedules: at which times of which days it backs up what.

Not here: run times of a window (`times`), policies of Backup vaults (`backup_rules`). Invariant: a shape that cannot be read becomes an
`Unreadable` with its reason; never no schedule. Times of day are wall-clock times of the policy's zone, though Azure writes them with `Z`
(adr/0040).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from evidence.assess.slots.backup_rules import read_rules
from evidence.assess.slots.keeping import WEEKDAYS, kept_days
from evidence.assess.slots.orders import (
    Repeating,
    Schedule,
    ScheduleError,
    Sent,
    Unreadable,
    Unscheduled,
    inside,
    objects,
    read_json,
    text,
    whole,
)
from evidence.assess.slots.values import Part, PolicyVersion
from evidence.assess.slots.zones import iana_zone

__all__ = ["Order", "Repeating", "Schedule", "Unreadable", "Unscheduled", "read_schedules"]

Order = Schedule | Unscheduled | Unreadable

_PARTS = {
    "full": Part.FULL,
    "differential": Part.DIFFERENTIAL,
    "incremental": Part.INCREMENTAL,
    "log": Part.LOG,
    "snapshotfull": Part.SNAPSHOT,
}
_AGENTS = frozenset({"mab", "dpm", "azurebackupserver"})
_VM = "azureiaasvm"
_DAY_HOURS = 24
_MOST = 366 * _DAY_HOURS * 60
"""Minutes of a year: what would repeat more seldom is misread."""


def read_schedules(version: PolicyVersion) -> tuple[Order, ...]:
    """The schedules of a policy version: at least one value."""
    return _read(version.management_type, version.workload, version.schedule, version.retention, version.time_zone)


@lru_cache(maxsize=4096)
def _read(
    management_type: str | None, workload: str | None, schedule: str | None, retention: str | None, zone: str | None
) -> tuple[Order, ...]:
    if management_type is None:
        return read_rules(workload, schedule, retention, zone)
    if schedule is None:
        return (Unreadable("the policy tells no schedule"),)
    try:
        told = read_json(schedule)
        kept = None if retention is None else read_json(retention)
    except ScheduleError as error:
        return (Unreadable(str(error)),)
    if isinstance(told, dict):
        return _one(Part.FULL, told, kept, zone, management_type.casefold(), parts_apart=False)
    parts = objects(told)
    if not parts or not isinstance(told, list) or len(parts) != len(told):
        return (Unreadable("the policy tells no schedule of its parts"),)
    kept_by_part = {text(one, "policytype"): one.get("retentionpolicy") for one in objects(kept)}
    return tuple(
        order for part in parts for order in _part(part, kept_by_part, zone, management_type=management_type.casefold())
    )


def _part(part: Sent, kept: dict[str | None, object], zone: str | None, *, management_type: str) -> tuple[Order, ...]:
    name = text(part, "policytype")
    known = _PARTS.get((name or "").casefold())
    if known is None:
        return (Unreadable(f"backups of type `{name}` are not known"),)
    schedule = inside(part, "schedulepolicy")
    return _one(known, schedule, kept.get(name), zone, management_type, parts_apart=True)


def _one(
    part: Part, sent: Sent, retention: object, zone: str | None, management_type: str, *, parts_apart: bool
) -> tuple[Order, ...]:
    """The schedules of one `schedulePolicy`: two where the last run of an hourly window is in doubt."""
    try:
        known, doubt = _zone(zone, management_type)
        runs = _runs(sent)
    except ScheduleError as error:
        return (Unreadable(str(error), part),)
    if runs.log is not None:
        return (Schedule(Part.LOG, known, every=runs.log, parts_apart=parts_apart, doubt=None),)

    def scheduled(offsets: tuple[timedelta, ...], why: str | None) -> Schedule:
        return Schedule(
            part,
            known,
            offsets=offsets,
            weekdays=runs.weekdays,
            every=runs.every,
            kept=kept_days(retention),
            # Of several VM backups a day Azure takes the last one to the vault, or the next day's first.
            vault_copy=management_type == _VM and runs.every is None,
            parts_apart=parts_apart,
            doubt=why,
        )

    sure = scheduled(runs.offsets, runs.doubt or doubt)
    return (sure, scheduled(runs.doubtful, _WINDOW_END)) if runs.doubtful else (sure,)


_WINDOW_END = "whether Azure still runs at the very end of an hourly window is not established"


class _Runs:
    """What a `schedulePolicy` orders, before it is known of what."""

    __slots__ = ("doubt", "doubtful", "every", "log", "offsets", "weekdays")

    def __init__(
        self,
        offsets: tuple[timedelta, ...] = (),
        weekdays: frozenset[int] | None = None,
        *,
        every: timedelta | None = None,
        doubtful: tuple[timedelta, ...] = (),
        doubt: str | None = None,
        log: timedelta | None = None,
    ) -> None:
        self.offsets, self.weekdays, self.every = offsets, weekdays, every
        self.doubtful, self.doubt, self.log = doubtful, doubt, log


def _runs(sent: Sent) -> _Runs:
    kind = (text(sent, "schedulepolicytype") or "").casefold()
    if kind == "logschedulepolicy":
        return _Runs(log=timedelta(minutes=_positive(sent, "schedulefrequencyinmins")))
    if kind == "longtermschedulepolicy":
        raise ScheduleError("the policy orders retention alone; when backups run the service decides")
    if kind not in {"simpleschedulepolicy", "simpleschedulepolicyv2"}:
        raise ScheduleError(f"schedules of type `{text(sent, 'schedulepolicytype')}` are not known")
    frequency = (text(sent, "schedulerunfrequency") or "").casefold()
    if frequency == "hourly":
        return _hourly(inside(sent, "hourlyschedule"))
    if frequency not in {"daily", "weekly"}:
        raise ScheduleError(f"the frequency `{text(sent, 'schedulerunfrequency')}` is not known")
    told = inside(sent, f"{frequency}schedule") if kind.endswith("v2") else sent
    return _Runs(_times(told), _days(told) if frequency == "weekly" else None, doubt=_weeks(sent))


def _hourly(sent: Sent) -> _Runs:
    interval, duration = _positive(sent, "interval"), _positive(sent, "schedulewindowduration")
    start = _time_of_day(text(sent, "schedulewindowstarttime"))
    if interval > _DAY_HOURS or duration > _DAY_HOURS:
        raise ScheduleError("the hourly schedule is longer than a day")
    hours = range(0, duration, interval)
    at_end = duration % interval == 0 and duration < _DAY_HOURS
    return _Runs(
        tuple(start + timedelta(hours=hour) for hour in hours),
        every=timedelta(hours=interval),
        doubtful=(start + timedelta(hours=duration),) if at_end else (),
    )


def _times(sent: Sent) -> tuple[timedelta, ...]:
    times = sent.get("scheduleruntimes")
    if not isinstance(times, list) or not times:
        raise ScheduleError("the schedule names no run times")
    return tuple(sorted({_time_of_day(one) for one in times}))


def _time_of_day(value: object) -> timedelta:
    """Since midnight, of `2026-03-02T23:00:00Z`: the date says nothing, and the time is of the policy's zone."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise ScheduleError(f"the run time `{value}` is not readable")
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)


def _days(sent: Sent) -> frozenset[int]:
    days = sent.get("schedulerundays")
    if not isinstance(days, list) or not days:
        raise ScheduleError("the weekly schedule names no days")
    known = [WEEKDAYS.get(str(day).casefold()) for day in days]
    if None in known:
        raise ScheduleError(f"the weekly schedule names a day that is none: {days}")
    return frozenset(day for day in known if day is not None)


def _weeks(sent: Sent) -> str | None:
    """Agents may run every second to fourth week, and the policy does not tell which."""
    weeks = whole(sent, "scheduleweeklyfrequency") or 0
    return f"runs every {weeks} weeks, and the policy does not tell in which" if weeks > 1 else None


def _positive(sent: Sent, name: str) -> int:
    number = whole(sent, name)
    if number is None or not 1 <= number <= _MOST:
        raise ScheduleError(f"the schedule has no readable `{name}`")
    return number


def _zone(name: str | None, management_type: str) -> tuple[str, str | None]:
    """The zone, and why its times are in doubt."""
    if name is None:
        # Times are sent with Z. An agent goes by its server's clock, which no policy tells.
        return (
            "UTC",
            "the agent goes by its server's clock, and no zone is told" if management_type in _AGENTS else None,
        )
    zone = iana_zone(name)
    if zone is None:
        raise ScheduleError(f"the time zone `{name}` is not known")
    return zone, None
