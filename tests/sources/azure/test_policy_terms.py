"""What planning reads from policies: recorded shapes, and everything odd taken for the case that asks for more."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given

from evidence.nights import Calendar, Window
from evidence.sources.azure.policy_terms import UNKNOWN, PolicyTerms, policy_terms, terms_of
from tests.paths import RECORDINGS, needs_recordings
from tests.strategies import json_values

AT = ["2026-11-14T22:00:00Z"]


def kept(count: object, unit: object = "Days") -> dict[str, object]:
    return {"retentionDuration": {"count": count, "durationType": unit}}


def simple(frequency: str = "Daily", **more: object) -> dict[str, object]:
    told = {"schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": frequency, "scheduleRunTimes": AT}
    return {"schedulePolicy": told | more}


def long_term(**schedules: object) -> dict[str, object]:
    return {"retentionPolicy": {"retentionPolicyType": "LongTermRetentionPolicy"} | schedules}


DAILY = simple() | long_term(dailySchedule=kept(30))
WEEKLY = simple("Weekly", scheduleRunDays=["Sunday"]) | long_term(weeklySchedule=kept(12, "Weeks"))
ENHANCED = {
    "policyType": "V2",
    "schedulePolicy": {
        "schedulePolicyType": "SimpleSchedulePolicyV2",
        "scheduleRunFrequency": "Hourly",
        "hourlySchedule": {"interval": 4},
    },
} | long_term(dailySchedule=kept(30))
LOG = {
    "policyType": "Log",
    "schedulePolicy": {"schedulePolicyType": "LogSchedulePolicy", "scheduleFrequencyInMins": 60},
    "retentionPolicy": {"retentionPolicyType": "SimpleRetentionPolicy"} | kept(15),
}


@pytest.mark.parametrize(
    ("properties", "terms"),
    [
        (DAILY, PolicyTerms(30, runs_once=True)),
        (WEEKLY, PolicyTerms(84, runs_once=True, weekdays=frozenset({6}))),
        (ENHANCED, PolicyTerms(30)),
        ({"subProtectionPolicy": [{"policyType": "Full"} | DAILY, LOG]}, PolicyTerms(15)),
        ({"subProtectionPolicy": [{"policyType": "Full"} | DAILY]}, PolicyTerms(30, runs_once=True)),
        (
            {"subProtectionPolicy": [WEEKLY, simple("Weekly", scheduleRunDays=["Monday"]) | long_term()]},
            PolicyTerms(None, weekdays=frozenset({0, 6})),
        ),
        (
            simple() | long_term(dailySchedule=kept(180), yearlySchedule=kept(10, "Years")),
            PolicyTerms(180, runs_once=True),
        ),
        (
            simple() | long_term(dailySchedule=kept(60), monthlySchedule=kept(2, "Months")),
            PolicyTerms(56, runs_once=True),
        ),
        (
            simple()
            | {"vaultRetentionPolicy": {"vaultRetention": {"dailySchedule": kept(30)}, "snapshotRetentionInDays": 5}},
            PolicyTerms(5, runs_once=True),
        ),
        (simple(scheduleRunTimes=AT * 2) | long_term(dailySchedule=kept(30)), PolicyTerms(30)),
        (
            simple("Weekly", scheduleRunDays=["Someday"]) | long_term(dailySchedule=kept(30)),
            PolicyTerms(30, runs_once=True),
        ),
        (simple("Hourly") | long_term(dailySchedule=kept(30)), PolicyTerms(30)),
        (simple() | long_term(dailySchedule=kept("thirty")), PolicyTerms(None, runs_once=True)),
        (simple() | long_term(dailySchedule=kept(30, "Moons")), PolicyTerms(None, runs_once=True)),
        (simple() | long_term(dailySchedule=kept(0), weeklySchedule=kept(5)), PolicyTerms(None, runs_once=True)),
        (
            {"schedulePolicy": {"schedulePolicyType": "LongTermSchedulePolicy"}}
            | {"retentionPolicy": kept(6, "Weeks")},
            PolicyTerms(42),
        ),
        ({}, UNKNOWN),
    ],
)
def test_a_policy_tells_its_shortest_retention_and_how_often_it_runs(
    properties: dict[str, object], terms: PolicyTerms
) -> None:
    assert policy_terms(properties) == terms


def test_fields_are_understood_in_any_case() -> None:
    folded = json.loads(
        json.dumps(DAILY).replace("schedulePolicy", "SchedulePolicy").replace("dailySchedule", "DailySchedule")
    )
    assert policy_terms(folded) == policy_terms(DAILY)


def test_policies_are_found_by_id_without_case() -> None:
    assert terms_of(({"id": "/X/Policies/Daily", "properties": DAILY}, {"id": 5}, {"id": "/y"})) == {
        "/x/policies/daily": PolicyTerms(30, runs_once=True)
    }


@given(json_values())
def test_any_body_gives_terms(value: object) -> None:
    body = {
        "schedulePolicy": value,
        "retentionPolicy": value,
        "subProtectionPolicy": [value, {"retentionPolicy": value}],
    }
    for properties in (body, {"retentionPolicy": {"dailySchedule": value}}, value if isinstance(value, dict) else {}):
        terms = policy_terms(properties)
        assert terms.retention_days is None or terms.retention_days > 0


def test_a_weekly_policy_may_run_where_its_day_touches_the_night_in_any_zone() -> None:
    terms, calendar = policy_terms(WEEKLY), Calendar()
    sunday = date(2026, 11, 15)
    nights = [sunday + timedelta(days=number) for number in range(-3, 4)]
    told = [terms.may_run_in(calendar.window(night)) for night in nights]
    assert told == [False, False, True, True, True, False, False]
    assert policy_terms(DAILY).may_run_in(calendar.window(sunday))


@pytest.mark.parametrize("zone_hours", range(-12, 15))
def test_no_zone_s_own_sunday_is_left_out(zone_hours: int) -> None:
    terms = policy_terms(WEEKLY)
    for hour in range(24):
        run = datetime.combine(date(2026, 11, 15), time(hour), UTC) - timedelta(hours=zone_hours)
        night = Calendar().night_of(run)
        window = Calendar().window(night)
        assert terms.may_run_in(Window(window.start, window.end))


@needs_recordings
def test_every_recorded_policy_tells_its_retention() -> None:
    bodies = [
        json.loads(path.read_bytes()) for folder in ("policy", "policies") for path in (RECORDINGS / folder).iterdir()
    ]
    policies = [one["properties"] for body in bodies for one in body.get("value", [body]) if "properties" in one]
    assert len(policies) > 50
    assert all(policy_terms(one).retention_days for one in policies)
    machines = [
        policy_terms(one)
        for one in policies
        if one["backupManagementType"] == "AzureIaasVM" and one.get("policyType") != "V2"
    ]
    assert all(terms.runs_once for terms in machines)
