"""Policies of Backup vaults: backup rules that repeat by ISO 8601 intervals.

Not here: Recovery Services policies (`schedules`). Invariant: a rule that cannot be read becomes an `Unreadable`; every point gets a
retention tag, so every run leaves one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

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
)
from evidence.assess.slots.values import Part
from evidence.assess.slots.zones import iana_zone, zone_info

_INTERVAL = re.compile(
    r"R/(?P<first>[^/]+)/P(?:(?P<years>[0-9]{1,2})Y)?(?:(?P<months>[0-9]{1,3})M)?(?:(?P<weeks>[0-9]{1,4})W)?"
    r"(?:(?P<days>[0-9]{1,5})D)?(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,6})H)?(?:(?P<minutes>[0-9]{1,8})M)?)?"
)
_PARTS = {"differential": Part.DIFFERENTIAL, "incremental": Part.INCREMENTAL, "log": Part.LOG}
_CONTINUOUS = "microsoft.storage/storageaccounts/blobservices"
_YEARS = (1970, 2200)
_SAFE_DAY = 28
"""Latest day that every month has."""

Order = Schedule | Unscheduled | Unreadable


def read_rules(
    workload: str | None, schedule: str | None, retention: str | None, zone: str | None
) -> tuple[Order, ...]:
    """The schedules of a Backup vault's policy; `schedule` holds its backup rules as JSON."""
    if schedule is None:
        if retention is not None and (workload or "").casefold() == _CONTINUOUS:
            return (Unscheduled("the policy has no runs: operational backups of blobs are continuous"),)
        return (Unreadable("the policy tells no schedule"),)
    try:
        rules = objects(read_json(schedule))
    except ScheduleError as error:
        return (Unreadable(str(error)),)
    if not rules:
        return (Unreadable("the policy tells no backup rules"),)
    kinds = {_kind(rule) for rule in rules}
    orders = [order for rule in rules for order in _rule(rule, zone, alone=len(kinds) == 1)]
    timed = [order for order in orders if not isinstance(order, Unscheduled)]
    return tuple(timed or orders)


def _rule(rule: Sent, zone: str | None, *, alone: bool) -> Sequence[Order]:
    kind = _kind(rule)
    # Backups of a policy with one kind stand for themselves: incremental snapshots of disks are restored without another.
    part = Part.FULL if alone and kind != "log" else _PARTS.get(kind, Part.FULL)
    trigger = inside(rule, "trigger")
    if (text(trigger, "objecttype") or "").casefold() == "adhocbasedtriggercontext":
        return (Unscheduled("the policy backs up on demand only"),)
    told = inside(trigger, "schedule")
    intervals = told.get("repeatingtimeintervals")
    if not isinstance(intervals, list) or not intervals:
        return (Unreadable("the backup rule names no repeating intervals", part),)
    try:
        known = _zone(text(told, "timezone") or zone)
        return [_schedule(part, str(interval), known, rule, alone=alone) for interval in intervals]
    except ScheduleError as error:
        return (Unreadable(str(error), part),)


def _kind(rule: Sent) -> str:
    return (text(inside(rule, "backupparameters"), "backuptype") or "").casefold()


def _schedule(part: Part, interval: str, zone: str | None, rule: Sent, *, alone: bool) -> Schedule:
    repeating = read_interval(interval)
    if repeating.months and zone is not None and repeating.first.astimezone(zone_info(zone)).day > _SAFE_DAY:
        raise ScheduleError(f"the repeating interval `{interval}` begins, in {zone}, on a day that not every month has")
    store = (text(inside(rule, "datastore"), "datastoretype") or "").casefold()
    return Schedule(
        part,
        zone,
        repeating=repeating,
        every=repeating.elapsed,
        vault_copy=store == "vaultstore",
        parts_apart=not alone,
    )


def read_interval(interval: str) -> Repeating:
    """A repeating interval of ISO 8601 without end; raises ScheduleError."""
    match = _INTERVAL.fullmatch(interval)
    if match is None:
        raise ScheduleError(f"the repeating interval `{interval}` is not readable")
    first = _first(match["first"], interval)
    months = int(match["years"] or 0) * 12 + int(match["months"] or 0)
    days = int(match["weeks"] or 0) * 7 + int(match["days"] or 0)
    elapsed = timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
    if sum((months > 0, days > 0, bool(elapsed))) != 1:
        raise ScheduleError(f"the repeating interval `{interval}` has no single period")
    if months and first.day > _SAFE_DAY:
        raise ScheduleError(f"the repeating interval `{interval}` begins on a day that not every month has")
    return Repeating(first, months=months, days=days, elapsed=elapsed or None)


def _first(value: str, interval: str) -> datetime:
    try:
        first = datetime.fromisoformat(value)
    except ValueError as error:
        raise ScheduleError(f"the repeating interval `{interval}` has no readable begin") from error
    if first.tzinfo is None:
        raise ScheduleError(f"the repeating interval `{interval}` tells no offset")
    if not _YEARS[0] <= first.year <= _YEARS[1]:
        raise ScheduleError(f"the repeating interval `{interval}` begins in no year that a backup could")
    return first


def _zone(name: str | None) -> str | None:
    if name is None:
        return None
    zone = iana_zone(name)
    if zone is None:
        raise ScheduleError(f"the time zone `{name}` is not known")
    return zone
