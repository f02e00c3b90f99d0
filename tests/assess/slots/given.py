"""Policies, items, jobs and points as tests give them; times are told short, in UTC."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from evidence.assess.slots.expected import PolicyBook, expected_slots
from evidence.assess.slots.history import ItemHistory, Sighting, Turn, item_history
from evidence.assess.slots.outcome import judge_slot
from evidence.assess.slots.rules import SlotRules
from evidence.assess.slots.values import Expected, Judged, Part, PolicyVersion, SlotJob, SlotPoint, Sources
from evidence.nights import Calendar, Window

VAULT, ITEM, POLICY = "/vaults/rsv", "/vaults/rsv/items/web01", "/vaults/rsv/policies/nightly"
RULES = SlotRules()
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
NIGHT = date(2026, 11, 10)
"""A Tuesday."""
EVERY_DAY = {"dailySchedule": {"retentionTimes": ["2026-03-02T23:00:00Z"], "retentionDuration": {"count": 30}}}


def at(text: str) -> datetime:
    """`11-10 23:00` of 2026, `11-10 23:00:05`, or a whole date with year."""
    told = text if text[4] == "-" else f"2026-{text}"
    return datetime.fromisoformat(told).replace(tzinfo=UTC)


def night(day: date = NIGHT, zone: str = "UTC") -> Window:
    return Calendar(zone).window(day)


def simple(frequency: str, *times: str, days: Sequence[str] = (), weeks: int = 0) -> dict[str, object]:
    return {
        "schedulePolicyType": "SimpleSchedulePolicy",
        "scheduleRunFrequency": frequency,
        "scheduleRunTimes": [f"2026-03-02T{one}:00Z" for one in times],
        "scheduleWeeklyFrequency": weeks,
        **({"scheduleRunDays": list(days)} if days else {}),
    }


def hourly(interval: int, start: str, duration: int) -> dict[str, object]:
    return {
        "schedulePolicyType": "SimpleSchedulePolicyV2",
        "scheduleRunFrequency": "Hourly",
        "hourlySchedule": {
            "interval": interval,
            "scheduleWindowStartTime": f"2026-03-02T{start}:00Z",
            "scheduleWindowDuration": duration,
        },
    }


def logs(minutes: int) -> dict[str, object]:
    return {"schedulePolicyType": "LogSchedulePolicy", "scheduleFrequencyInMins": minutes}


def parts(**schedules: dict[str, object]) -> list[dict[str, object]]:
    """Of SQL and HANA, by `policyType`."""
    return [{"policyType": name, "schedulePolicy": schedule} for name, schedule in schedules.items()]


def rule(
    *intervals: str, zone: str | None = None, store: str = "OperationalStore", kind: str = "Incremental"
) -> dict[str, object]:
    """A backup rule of a Backup vault's policy."""
    schedule: dict[str, object] = {"repeatingTimeIntervals": list(intervals)}
    if zone is not None:
        schedule["timeZone"] = zone
    return {
        "backupParameters": {"backupType": kind, "objectType": "AzureBackupParams"},
        "dataStore": {"dataStoreType": store, "objectType": "DataStoreInfoBase"},
        "trigger": {"schedule": schedule, "objectType": "ScheduleBasedTriggerContext"},
        "objectType": "AzureBackupRule",
    }


def version(
    schedule: object,
    *,
    management_type: str | None = "AzureIaasVM",
    zone: str | None = "UTC",
    retention: object = None,
    policy_id: str = POLICY,
    from_at: datetime = LONG_AGO,
    until_at: datetime | None = None,
    last_seen_at: datetime | None = None,
    workload: str | None = None,
) -> PolicyVersion:
    told = None if schedule is None else schedule if isinstance(schedule, str) else json.dumps(schedule)
    kept = json.dumps(
        {"retentionPolicyType": "LongTermRetentionPolicy", **EVERY_DAY} if retention is None else retention
    )
    content = sha256(f"{told}{kept}{zone}{management_type}".encode()).hexdigest()
    return PolicyVersion(
        policy_id,
        VAULT,
        content,
        management_type,
        workload,
        told,
        kept,
        zone,
        from_at,
        until_at=until_at,
        last_seen_at=last_seen_at,
    )


def seen(
    first_at: datetime = LONG_AGO,
    last_at: datetime | None = None,
    *,
    state: str | None = "Protected",
    policy_id: str | None = POLICY,
    soft_deleted: bool = False,
    listed: bool = True,
) -> Sighting:
    until = last_at or datetime(2099, 1, 1, tzinfo=UTC)
    return Sighting(first_at, until, policy_id, state, soft_deleted=soft_deleted, listed=listed)


def item(
    *sightings: Sighting,
    turns: Sequence[Turn] = (),
    known_since: datetime | None = None,
    logs_from: datetime | None = LONG_AGO,
) -> ItemHistory:
    return item_history(VAULT, ITEM, sightings or (seen(),), turns=turns, known_since=known_since, logs_from=logs_from)


def slots(
    history: ItemHistory, *versions: PolicyVersion, window: Window | None = None, rules: SlotRules = RULES
) -> list[Expected]:
    return list(expected_slots(history, PolicyBook(versions), window or night(), rules))


def job(
    started: str,
    ended: str | None = None,
    status: str = "Completed",
    *,
    name: str = "j1",
    link: str = "id",
    operation: str = "Backup",
    by_person: bool | None = None,
    code: str | None = None,
    title: str | None = None,
    part: Part | None = None,
) -> SlotJob:
    return SlotJob(
        name,
        link,
        status,
        operation,
        at(started),
        None if ended is None else at(ended),
        by_person,
        error_codes=(code,) if code else (),
        error_titles=(title,) if title else (),
        part=part,
    )


def point(
    when: str, *, name: str = "p1", kind: str | None = None, tiers: tuple[str, ...] = (), soft_deleted: bool = False
) -> SlotPoint:
    return SlotPoint(name, at(when), point_type=kind, tiers=tiers, soft_deleted=soft_deleted)


def log_range(start: str, end: str) -> SlotPoint:
    return SlotPoint("range", None, range_start_at=at(start), range_end_at=at(end), point_type="Log")


def read(jobs: str | None = None, points: str | None = None, reason: str | None = None) -> Sources:
    return Sources(None if jobs is None else at(jobs), None if points is None else at(points), reason)


def judged(
    slot: Expected,
    jobs: Sequence[SlotJob] = (),
    points: Sequence[SlotPoint] = (),
    *,
    sources: Sources | None = None,
    as_of: str = "11-12 06:30",
) -> Judged:
    """As the night after next sees it, everything read, unless told otherwise."""
    return judge_slot(slot, jobs, points, sources or read(as_of, as_of), at(as_of), NIGHT)


HOUR = timedelta(hours=1)
