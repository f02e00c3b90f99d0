"""Policies to schedules: every shape, and every way not to be readable."""

from __future__ import annotations

import json
from datetime import date, timedelta
from zoneinfo import available_timezones

import pytest

from evidence.assess.slots.backup_rules import read_interval
from evidence.assess.slots.keeping import kept_days
from evidence.assess.slots.orders import Schedule, ScheduleError, Unreadable, Unscheduled, folded
from evidence.assess.slots.schedules import read_schedules
from evidence.assess.slots.values import Part, PolicyVersion
from evidence.assess.slots.zones import iana_zone, windows_zones
from tests.assess.slots.given import hourly, logs, parts, rule, simple, version


def one(version: PolicyVersion) -> Schedule:
    (order,) = read_schedules(version)
    assert isinstance(order, Schedule)
    return order


def why_not(version: PolicyVersion) -> str:
    (order,) = read_schedules(version)
    assert isinstance(order, Unreadable)
    return order.reason


def v2(frequency: str, **schedule: object) -> dict[str, object]:
    return {"schedulePolicyType": "SimpleSchedulePolicyV2", "scheduleRunFrequency": frequency, **schedule}


def test_v2_daily_and_weekly_have_schedules_of_their_own() -> None:
    daily = one(version(v2("Daily", dailySchedule={"scheduleRunTimes": ["2026-03-02T21:30:00Z"]})))
    assert daily.offsets == (timedelta(hours=21, minutes=30),)
    assert daily.weekdays is None
    assert daily.vault_copy
    told = {"scheduleRunTimes": ["2026-03-02T21:30:00Z"], "scheduleRunDays": ["Saturday", "Sunday"]}
    assert one(version(v2("Weekly", weeklySchedule=told))).weekdays == frozenset({5, 6})


def test_field_names_are_found_whatever_their_case() -> None:
    shouted = {key.upper(): value for key, value in simple("daily", "23:00").items()}
    assert one(version(shouted)).offsets == (timedelta(hours=23),)


def test_hourly_vm_backups_need_no_vault_copy_each() -> None:
    assert not one(version(hourly(4, "08:00", 24))).vault_copy


def test_an_hourly_window_without_remainder_leaves_its_end_in_doubt() -> None:
    sure, doubtful = read_schedules(version(hourly(4, "08:00", 12)))
    assert isinstance(sure, Schedule)
    assert isinstance(doubtful, Schedule)
    assert [offset // timedelta(hours=1) for offset in sure.offsets] == [8, 12, 16]
    assert sure.doubt is None
    assert doubtful.offsets == (timedelta(hours=20),)
    assert doubtful.doubt


def test_parts_of_a_workload() -> None:
    told = parts(Full=simple("Daily", "22:00"), Log=logs(15))
    full, log = read_schedules(version(told, management_type="AzureWorkload"))
    assert isinstance(full, Schedule)
    assert isinstance(log, Schedule)
    assert (full.part, full.parts_apart, log.part, log.every) == (Part.FULL, True, Part.LOG, timedelta(minutes=15))


def test_retention_of_each_part_is_its_own() -> None:
    told = parts(Full=simple("Daily", "22:00"), Differential=simple("Daily", "02:00"))
    kept = [
        {"policyType": "Full", "retentionPolicy": {"weeklySchedule": {"daysOfTheWeek": ["Sunday"]}}},
        {"policyType": "Differential", "retentionPolicy": {"retentionDuration": {"count": 30}}},
    ]
    full, differential = read_schedules(version(told, management_type="AzureWorkload", retention=kept))
    assert isinstance(full, Schedule)
    assert isinstance(differential, Schedule)
    assert full.kept is not None
    assert differential.kept is None


def test_a_policy_of_rules_on_demand_runs_at_no_times() -> None:
    told = [{"trigger": {"objectType": "AdhocBasedTriggerContext"}}]
    (order,) = read_schedules(version(told, management_type=None))
    assert isinstance(order, Unscheduled)


def test_several_intervals_of_one_rule_are_several_schedules() -> None:
    told = [rule("R/2026-01-04T21:00:00+00:00/P1W", "R/2026-01-07T21:00:00+00:00/P1W")]
    assert len(read_schedules(version(told, management_type=None))) == 2


def test_kinds_of_backups_of_a_rule_are_parts_only_where_there_are_several() -> None:
    alone = read_schedules(version([rule("R/2026-01-04T21:00:00+00:00/P1D")], management_type=None))
    both = [
        rule("R/2026-01-04T21:00:00+00:00/P1W", kind="Full"),
        rule("R/2026-01-04T22:00:00+00:00/P1D", kind="Incremental"),
    ]
    assert [order.part for order in alone if isinstance(order, Schedule)] == [Part.FULL]
    apart = read_schedules(version(both, management_type=None))
    assert [order.part for order in apart if isinstance(order, Schedule)] == [Part.FULL, Part.INCREMENTAL]


UNREADABLE: dict[str, tuple[object, str]] = {
    "no schedule": (None, "no schedule"),
    "no JSON": ("{", "not readable JSON"),
    "deep JSON": ("[" * 100_000, "not readable JSON"),
    "a number": ("5", "no schedule of its parts"),
    "no parts": ([], "no schedule of its parts"),
    "no frequency": ({"schedulePolicyType": "SimpleSchedulePolicy"}, "frequency `None`"),
    "unknown frequency": (simple("Fortnightly", "23:00"), "frequency `Fortnightly`"),
    "no times": (simple("Daily"), "no run times"),
    "no time": ({**simple("Daily", "23:00"), "scheduleRunTimes": ["at night"]}, "`at night`"),
    "no days": (simple("Weekly", "23:00"), "names no days"),
    "no day": (simple("Weekly", "23:00", days=["Caturday"]), "a day that is none"),
    "no interval": (hourly(0, "08:00", 12), "`interval`"),
    "too long": (hourly(4, "08:00", 36), "longer than a day"),
    "no log interval": ({"schedulePolicyType": "LogSchedulePolicy"}, "`schedulefrequencyinmins`"),
    "retention alone": ({"schedulePolicyType": "LongTermSchedulePolicy"}, "the service decides"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_says_why(name: str) -> None:
    schedule, reason = UNREADABLE[name]
    assert reason in why_not(version(schedule))


def test_parts_that_cannot_be_read_say_why_and_leave_the_others() -> None:
    told = parts(Full=simple("Daily", "22:00"), Wishful=simple("Daily", "23:00"))
    full, wishful = read_schedules(version(told, management_type="AzureWorkload"))
    assert isinstance(full, Schedule)
    assert isinstance(wishful, Unreadable)
    assert "Wishful" in wishful.reason


@pytest.mark.parametrize(
    "interval",
    [
        "R/2026-01-01T00:00:00+00:00/P0D",
        "R5/2026-01-01T00:00:00+00:00/P1D",
        "R/2026-01-01T00:00:00/P1D",
        "R/yesterday/P1D",
        "R/2026-01-01T00:00:00+00:00/P1DT6H",
        "R/2026-01-31T00:00:00+00:00/P1M",
        "R/2026-01-01T00:00:00+00:00/PT",
        "daily",
    ],
)
def test_intervals_that_cannot_be_read(interval: str) -> None:
    with pytest.raises(ScheduleError):
        read_interval(interval)
    assert interval in why_not(version([rule(interval)], management_type=None))


@pytest.mark.parametrize(
    ("interval", "months", "days", "hours"),
    [
        ("R/2026-01-01T00:00:00+00:00/P1D", 0, 1, None),
        ("R/2026-01-01T00:00:00Z/P1W", 0, 7, None),
        ("R/2026-01-01T00:00:00+05:30/P1M", 1, 0, None),
        ("R/2026-01-01T00:00:00+00:00/P1Y", 12, 0, None),
        ("R/2026-01-01T00:00:00+00:00/PT4H", 0, 0, 4),
    ],
)
def test_intervals(interval: str, months: int, days: int, hours: int | None) -> None:
    read = read_interval(interval)
    assert (read.months, read.days) == (months, days)
    assert read.elapsed == (None if hours is None else timedelta(hours=hours))


def test_every_windows_zone_is_an_iana_zone_of_this_machine() -> None:
    assert len(windows_zones()) > 130
    assert set(windows_zones().values()) <= available_timezones()


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("UTC", "Etc/UTC"),
        ("Utc", "Etc/UTC"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("india standard time", "Asia/Calcutta"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Mars Standard Time", None),
        ("", None),
    ],
)
def test_zones(name: str, zone: str | None) -> None:
    assert iana_zone(name) == zone


WEEKLY = {"daysOfTheWeek": ["Sunday"]}
MONTHLY = {
    "retentionScheduleFormatType": "Weekly",
    "retentionScheduleWeekly": {"daysOfTheWeek": ["Sunday"], "weeksOfTheMonth": ["First", "Last"]},
}
FIRST_AND_LAST = {
    "retentionScheduleFormatType": "Daily",
    "retentionScheduleDaily": {"daysOfTheMonth": [{"date": 1, "isLast": False}, {"date": 0, "isLast": True}]},
}


@pytest.mark.parametrize(
    ("retention", "kept", "dropped"),
    [
        ({"weeklySchedule": WEEKLY}, [date(2026, 11, 8)], [date(2026, 11, 9)]),
        (
            {"monthlySchedule": MONTHLY},
            [date(2026, 11, 1), date(2026, 11, 29)],
            [date(2026, 11, 8), date(2026, 11, 30)],
        ),
        ({"monthlySchedule": FIRST_AND_LAST}, [date(2026, 2, 1), date(2026, 2, 28)], [date(2026, 2, 2)]),
        ({"yearlySchedule": {**MONTHLY, "monthsOfYear": ["January"]}}, [date(2026, 1, 4)], [date(2026, 2, 1)]),
        ({"weeklySchedule": WEEKLY, "monthlySchedule": FIRST_AND_LAST}, [date(2026, 12, 31)], [date(2026, 12, 30)]),
    ],
)
def test_days_whose_points_are_kept(retention: object, kept: list[date], dropped: list[date]) -> None:
    found = kept_days(folded(retention))
    assert found is not None
    assert [day for day in (*kept, *dropped) if found.holds(day)] == kept


@pytest.mark.parametrize(
    "retention",
    [
        None,
        {},
        {"retentionPolicyType": "SimpleRetentionPolicy", "retentionDuration": {"count": 30}},
        {"dailySchedule": {"retentionDuration": {"count": 30}}, "weeklySchedule": WEEKLY},
        {"weeklySchedule": {"daysOfTheWeek": ["Caturday"]}},
        {"weeklySchedule": WEEKLY, "monthlySchedule": {"retentionScheduleFormatType": "Lunar"}},
        {"yearlySchedule": MONTHLY},
        {
            "monthlySchedule": {
                "retentionScheduleFormatType": "Daily",
                "retentionScheduleDaily": {"daysOfTheMonth": [{}]},
            }
        },
    ],
)
def test_a_retention_that_is_not_understood_keeps_all_days(retention: object) -> None:
    assert kept_days(json.loads(json.dumps(folded(retention)))) is None


@pytest.mark.parametrize(
    ("interval", "zone"),
    [
        # the first of February in London is the last of January in Los Angeles
        ("R/2026-02-01T02:00:00+00:00/P1M", "Pacific Standard Time"),
        ("R/9999-12-31T23:00:00-05:00/P1D", None),
        ("R/0001-01-01T00:00:00+05:00/P1D", "Pacific Standard Time"),
        ("R/2026-01-01T22:00:00Z/P99999999999D", None),
        ("R/2026-01-01T22:00:00Z/PT99999999999999H", None),
        ("R/2026-01-01T22:00:00Z/P1000000M", None),
    ],
)
def test_intervals_that_no_calendar_has_are_not_readable(interval: str, zone: str | None) -> None:
    assert "repeating interval" in why_not(version([rule(interval, zone=zone)], management_type=None))


@pytest.mark.parametrize("minutes", ["\N{SUPERSCRIPT TWO}", "1" * 5000, 10**9, 10**15])
def test_frequencies_that_no_log_has_are_not_readable(minutes: object) -> None:
    order = {"schedulePolicyType": "LogSchedulePolicy", "scheduleFrequencyInMins": minutes}
    assert "readable" in why_not(version(parts(Log=order), management_type="AzureWorkload"))
