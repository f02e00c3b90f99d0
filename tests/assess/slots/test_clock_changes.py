"""Runs where clocks change by half an hour, where a day does not exist, and on days that not every year has; each worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from evidence.assess.slots.orders import Schedule, Unreadable
from evidence.assess.slots.schedules import read_schedules
from evidence.assess.slots.times import run_times
from evidence.assess.slots.values import PolicyVersion
from evidence.nights import Calendar
from tests.assess.slots.given import hourly, item, night, rule, simple, slots, version

HOWE, APIA = "Australia/Lord_Howe", "Pacific/Apia"


def runs(policy: PolicyVersion, first: datetime, last: datetime) -> list[str]:
    schedule = read_schedules(policy)[0]  # of an hourly window the end, which is in doubt, is one of its own
    assert isinstance(schedule, Schedule)
    return [f"{at:%m-%d %H:%M}" for at, _ in run_times(schedule, first, last)]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # year, month, day


# Lord Howe Island is at +10:30, in summer at +11: it changes by half an hour, on 5 April and 4 October 2026, at 02:00.
CHANGES = [
    pytest.param(version(simple("Daily", "01:45"), zone=HOWE), utc(2026, 4, 3), utc(2026, 4, 7), ["04-03 14:45", "04-04 14:45", "04-05 15:15", "04-06 15:15"], id="the half hour that comes twice, in its first pass"),
    pytest.param(version(simple("Daily", "02:15"), zone=HOWE), utc(2026, 10, 2), utc(2026, 10, 6), ["10-02 15:45", "10-03 15:45", "10-04 15:15", "10-05 15:15"], id="the half hour that does not exist, as long after midnight"),
    pytest.param(version(hourly(4, "00:00", 20), zone=HOWE), utc(2026, 4, 4, 12), utc(2026, 4, 5, 9), ["04-04 13:00", "04-04 17:30", "04-04 21:30", "04-05 01:30", "04-05 05:30"], id="every four hours of the wall clock, half an hour more"),
    pytest.param(version(hourly(4, "00:00", 20), zone=HOWE), utc(2026, 10, 3, 12), utc(2026, 10, 4, 8), ["10-03 13:30", "10-03 17:00", "10-03 21:00", "10-04 01:00", "10-04 05:00"], id="every four hours of the wall clock, half an hour less"),
    # Samoa left 30 December 2011 out: 29 December 24:00 at -10 is 31 December 00:00 at +14.
    pytest.param(version(simple("Daily", "23:00"), zone=APIA), utc(2011, 12, 29), utc(2012, 1, 2), ["12-29 09:00", "12-30 09:00", "12-31 09:00", "01-01 09:00"], id="a day that does not exist has no run of its own"),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "first", "last", "told"), CHANGES)
def test_runs_of_clocks_that_change(policy: PolicyVersion, first: datetime, last: datetime, told: list[str]) -> None:
    assert runs(policy, first, last) == told


@pytest.mark.parametrize(("day", "due"), [(date(2026, 4, 4), (12, 0)), (date(2026, 10, 3), (12, 30))])
def test_a_night_of_the_change_has_one_run(day: date, due: tuple[int, int]) -> None:
    policy = version(simple("Daily", "23:00"), zone=HOWE)
    (slot,) = slots(item(), policy, window=Calendar(HOWE).window(day))
    assert slot.slot_at == utc(day.year, day.month, day.day, *due)


LEAP = {
    "retentionPolicyType": "LongTermRetentionPolicy",
    "yearlySchedule": {
        "retentionScheduleFormatType": "Daily",
        "monthsOfYear": ["February"],
        "retentionScheduleDaily": {"daysOfTheMonth": [{"date": 29, "isLast": False}]},
        "retentionTimes": ["2026-03-02T23:00:00Z"],
        "retentionDuration": {"count": 10, "durationType": "Years"},
    },
}


@pytest.mark.parametrize(("day", "point"), [((2028, 2, 29), True), ((2027, 2, 28), False), ((2027, 3, 1), False)])
def test_a_point_kept_of_29_february_alone_is_asked_for_in_leap_years(day: tuple[int, int, int], point: bool) -> None:
    policy = version(simple("Daily", "23:00"), retention=LEAP)
    (slot,) = slots(item(), policy, window=night(date(*day)))
    assert slot.makes_point is point


@pytest.mark.parametrize("begin", ["2024-02-29", "2026-01-31", "2026-01-30"])
def test_a_rule_that_begins_on_a_day_that_not_every_month_has_is_not_guessed(begin: str) -> None:
    policy = version([rule(f"R/{begin}T21:00:00+00:00/P1Y")], management_type=None, zone=None)
    (schedule,) = read_schedules(policy)
    assert isinstance(schedule, Unreadable)
    (slot,) = slots(item(), policy)
    assert not slot.schedule_known
