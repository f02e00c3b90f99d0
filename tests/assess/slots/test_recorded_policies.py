"""Every policy that Azure really sent is read to schedules, or says why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

from evidence.assess.slots.orders import Schedule, Unreadable
from evidence.assess.slots.schedules import read_schedules
from evidence.assess.slots.times import run_times
from evidence.assess.slots.values import Part, PolicyVersion
from evidence.normalize.backup_policies import backup_policy_row
from evidence.normalize.fields import Fields, Place
from evidence.normalize.policies import policy_row
from tests.paths import RECORDINGS, needs_recordings

YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def _bodies(value: object) -> Iterator[dict[str, object]]:
    """The `properties` of every policy within."""
    if isinstance(value, list):
        for one in value:
            yield from _bodies(one)
    elif isinstance(value, dict):
        inner = value.get("properties")
        if isinstance(inner, dict) and {"schedulePolicy", "subProtectionPolicy", "policyRules"} & inner.keys():
            yield inner
        for one in value.values():
            yield from _bodies(one)


@cache
def recorded_policies() -> tuple[tuple[dict[str, object], PolicyVersion], ...]:
    return tuple(_recorded())


def _recorded() -> Iterator[tuple[dict[str, object], PolicyVersion]]:
    told = json.loads((RECORDINGS / "manifest.json").read_text())
    for record in told:
        for properties in _bodies(json.loads((RECORDINGS / record["file"]).read_text())):
            fields = Fields(properties, Place("c", "policies", []), 0)
            text = json.dumps(properties)
            row = (
                backup_policy_row("/p", fields, {}, text)
                if "policyRules" in properties
                else policy_row("/p", None, fields, {}, text, ordinal=0)
            )
            names = ("content_sha256", "management_type", "workload", "schedule", "retention", "time_zone")
            values = {name: row.get(name) for name in names}
            yield properties, PolicyVersion("/p", "/v", **values, from_at=YEAR[0])  # type: ignore[arg-type]  # texts of a row


@needs_recordings
def test_every_recorded_policy_is_read_or_says_why_not() -> None:
    read, why_not = 0, set()
    for properties, version in recorded_policies():
        orders = read_schedules(version)
        assert orders
        whole = [order for order in orders if isinstance(order, Schedule)]
        why_not |= {order.reason for order in orders if isinstance(order, Unreadable)}
        read += len(whole) == len(orders)
        wanted = properties.get("subProtectionPolicy")
        if isinstance(wanted, list):
            assert len(orders) >= len(wanted)
        for schedule in whole:
            assert schedule.part is Part.LOG or run_times(schedule, *YEAR)
    assert read > 100
    assert why_not <= {"the policy tells no schedule"}, why_not


@needs_recordings
def test_recorded_daily_policies_run_once_a_day_all_year() -> None:
    days = [
        len(run_times(schedule, *YEAR))
        for properties, version in recorded_policies()
        for schedule in read_schedules(version)
        if isinstance(schedule, Schedule) and schedule.offsets and schedule.weekdays is None and schedule.every is None
    ]
    assert days
    assert set(days) == {365}


@needs_recordings
def test_recorded_intervals_of_six_hours_are_kept() -> None:
    runs = [
        run_times(schedule, *YEAR)
        for _, version in recorded_policies()
        for schedule in read_schedules(version)
        if isinstance(schedule, Schedule) and schedule.repeating
    ]
    assert runs
    assert {later[0] - earlier[0] for one in runs for earlier, later in pairwise(one)} == {timedelta(hours=6)}
