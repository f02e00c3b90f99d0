"""Targets, intervals and promises from the JSON of policies, by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from evidence.assess.points.calendar import later
from evidence.assess.points.promises import promised, read_promises, shortest
from evidence.assess.points.values import Demand, Kept, Promises, Target, Unit
from evidence.assess.points.wanted import BY_POLICY, BY_RULE, rpo_target, wanted_of
from evidence.assess.slots.schedules import read_schedules
from evidence.assess.slots.values import PolicyVersion
from evidence.tiers import ItemFacts, TierMatch, TierRule
from tests.assess.points.given import DAY, HOUR, at
from tests.strategies import texts

FACTS = ItemFacts("sql1", "/v1/items/sql1", "v1", "/v1")
TIMES = ["2026-03-02T22:00:00Z"]
WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]


def kept(count: int, unit: str) -> dict[str, object]:
    return {"retentionDuration": {"count": count, "durationType": unit}}


def long_term(**rules: dict[str, object]) -> dict[str, object]:
    return {
        "retentionPolicyType": "LongTermRetentionPolicy",
        **{f"{name}Schedule": rule for name, rule in rules.items()},
    }


def simple(count: int, unit: str = "Days") -> dict[str, object]:
    return {"retentionPolicyType": "SimpleRetentionPolicy", **kept(count, unit)}


def runs(frequency: str, days: list[str] | None = None, times: list[str] = TIMES) -> dict[str, object]:
    body: dict[str, object] = {
        "schedulePolicyType": "SimpleSchedulePolicy",
        "scheduleRunFrequency": frequency,
        "scheduleRunTimes": times,
    }
    return body if days is None else {**body, "scheduleRunDays": days}


def version(
    schedule: object, retention: object, management: str | None = "AzureIaasVM", zone: str = "UTC"
) -> PolicyVersion:
    ordered, retained = (None if one is None else json.dumps(one) for one in (schedule, retention))
    return PolicyVersion("/v1/p", "/v1", "a", management, None, ordered, retained, zone, at(1))


FULL = {"policyType": "Full", "schedulePolicy": runs("Weekly", ["Sunday"])}
DIFFERENTIAL = {"policyType": "Differential", "schedulePolicy": runs("Weekly", WEEKDAYS[1:])}
LOG = {
    "policyType": "Log",
    "schedulePolicy": {"schedulePolicyType": "LogSchedulePolicy", "scheduleFrequencyInMins": 15},
}
HOURLY = {
    "schedulePolicyType": "SimpleSchedulePolicyV2",
    "scheduleRunFrequency": "Hourly",
    "hourlySchedule": {"interval": 4, "scheduleWindowStartTime": "2026-03-02T08:00:00Z", "scheduleWindowDuration": 14},
}
RULES = [
    {
        "objectType": "AzureBackupRule",
        "backupParameters": {"backupType": "Full"},
        "trigger": {"schedule": {"repeatingTimeIntervals": ["R/2026-03-02T21:00:00+00:00/P1W"]}},
        "dataStore": {"dataStoreType": "VaultStore"},
    }
]


@pytest.mark.parametrize(
    ("policy", "interval"),
    [
        (version(runs("Daily"), long_term(daily=kept(30, "Days"))), DAY),
        (version(runs("Daily", times=[*TIMES, "2026-03-02T10:00:00Z"]), simple(30)), 12 * HOUR),
        (version(runs("Weekly", ["Sunday"]), long_term(weekly={"daysOfTheWeek": ["Sunday"]})), 7 * DAY),
        (version(runs("Weekly", ["Monday", "Thursday"]), simple(30)), 4 * DAY),
        (version(runs("Daily"), long_term(weekly={"daysOfTheWeek": ["Friday"]})), 7 * DAY),
        (version(HOURLY, long_term(daily=kept(30, "Days"))), 12 * HOUR),
        (version([FULL, DIFFERENTIAL, LOG], [], "AzureWorkload"), DAY),
        (version([FULL, LOG], [], "AzureWorkload"), 7 * DAY),
        (version(RULES, None, None), 7 * DAY),
        (version(runs("Daily"), long_term(daily=kept(30, "Days")), zone="W. Europe Standard Time"), DAY),
        (version({"schedulePolicyType": "SomethingNew"}, None), None),
        (version(None, None), None),
    ],
    ids=[
        "daily", "twice-a-day", "weekly", "two-days-a-week", "daily-kept-weekly", "hourly-window", "full-and-differential",
        "full-weekly", "backup-vault", "zone-with-clock-changes", "unreadable", "none",
    ],
)  # fmt: skip
def test_the_interval_is_the_longest_stretch_between_runs_that_leave_points(
    policy: PolicyVersion, interval: timedelta | None
) -> None:
    """Trap 13. The hourly window 8:00 to 22:00 runs at 8, 12, 16 and 20, so the night is the longest."""
    assert wanted_of(policy, read_schedules(policy), 2 * HOUR).interval == interval


def test_a_yearly_retention_of_a_weekly_policy_is_judged_by_its_year() -> None:
    rule = {
        "retentionScheduleFormatType": "Weekly",
        "monthsOfYear": ["January"],
        "retentionScheduleWeekly": {"daysOfTheWeek": ["Sunday"], "weeksOfTheMonth": ["First"]},
        **kept(10, "Years"),
    }
    policy = version(runs("Weekly", ["Sunday"]), long_term(yearly=rule))
    assert wanted_of(policy, read_schedules(policy), 2 * HOUR).interval == timedelta(days=364), (
        "5 January 2025 to 4 January 2026"
    )


def test_policies_that_take_points_to_the_vault_demand_them_there() -> None:
    vm = version(runs("Daily"), long_term(daily=kept(30, "Days")))
    assert wanted_of(vm, read_schedules(vm), HOUR).demand == Demand(frozenset({"hardenedrp", "archivedrp"}), DAY)
    vault = version(RULES, None, None)
    assert wanted_of(vault, read_schedules(vault), HOUR).demand == Demand(
        frozenset({"vaultstore", "archivestore"}), DAY
    )
    database = version([FULL, LOG], [], "AzureWorkload")
    assert wanted_of(database, read_schedules(database), HOUR).demand == Demand(logs=True)


def test_targets_come_from_the_first_rule_that_fits_else_from_the_policy_and_say_so() -> None:
    vm = version(runs("Daily"), long_term(daily=kept(30, "Days")))
    log = version([FULL, LOG], [], "AzureWorkload")
    by_vm, by_log = (wanted_of(one, read_schedules(one), 2 * HOUR) for one in (vm, log))
    rules = [TierRule(match=TierMatch(name=("sql*",)), tier=0, rpo=HOUR)]
    assert rpo_target(FACTS, rules, by_vm) == Target(HOUR, BY_RULE, 0)
    assert rpo_target(FACTS, [], by_vm) == Target(26 * HOUR, BY_POLICY)
    assert rpo_target(FACTS, [TierRule(match=TierMatch(name=("*",)), tier=2)], by_vm) == Target(26 * HOUR, BY_POLICY, 2)
    assert rpo_target(FACTS, [], by_log) == Target(HOUR / 2, BY_POLICY)
    assert rpo_target(FACTS, [], None) is None


@pytest.mark.parametrize(
    ("retention", "part", "rule", "tiers", "expected"),
    [
        (long_term(daily=kept(30, "Days"), weekly=kept(12, "Weeks")), "", "Weekly", (), Kept(12, Unit.WEEKS)),
        (long_term(daily=kept(30, "Days"), yearly=kept(10, "Years")), "", "Yearly", (), Kept(10, Unit.YEARS)),
        (long_term(daily=kept(30, "Days"), weekly=kept(12, "Weeks")), "", None, (), Kept(30, Unit.DAYS)),
        (long_term(daily=kept(30, "Days")), "", "On-Demand", (), None),
        (simple(15), "", None, (), Kept(15, Unit.DAYS)),
        ([{"policyType": "Full", "retentionPolicy": long_term(daily=kept(30, "days"))},
          {"policyType": "Differential", "retentionPolicy": simple(7)}], "differential", None, (), Kept(7, Unit.DAYS)),
        ([{"policyType": "Full", "retentionPolicy": long_term(weekly=kept(5, "Weeks"))},
          {"policyType": "Log", "retentionPolicy": simple(15)}], "full", "Weekly", (), Kept(5, Unit.WEEKS)),
        ([{"name": "Default", "lifecycles": [
            {"sourceDataStore": {"dataStoreType": "OperationalStore"}, "deleteAfter": {"duration": "P7D"}},
            {"sourceDataStore": {"dataStoreType": "VaultStore"}, "deleteAfter": {"duration": "P3M"}}]},
          {"name": "Yearly", "lifecycles": [
            {"sourceDataStore": {"dataStoreType": "VaultStore"}, "deleteAfter": {"duration": "P10Y"}}]}],
         "", "Default", ("OperationalStore=COMMITTED",), Kept(7, Unit.DAYS)),
        ([{"name": "Default", "lifecycles": [
            {"sourceDataStore": {"dataStoreType": "OperationalStore"}, "deleteAfter": {"duration": "P7D"}},
            {"sourceDataStore": {"dataStoreType": "VaultStore"}, "deleteAfter": {"duration": "P3M"}}]}],
         "", "Default", ("OperationalStore=COMMITTED", "VaultStore=COMMITTED"), Kept(3, Unit.MONTHS)),
        ([{"name": "Default", "lifecycles": [
            {"sourceDataStore": {"dataStoreType": "VaultStore"}, "deleteAfter": {"duration": "P3M"}}]}],
         "", "Renamed", ("VaultStore=COMMITTED",), None),
    ],
    ids=["weekly", "yearly", "no-rule", "on-demand", "simple", "differential", "full", "operational", "longest-store", "renamed"],
)  # fmt: skip
def test_promises_are_read_from_both_shapes(
    retention: object, part: str, rule: str | None, tiers: tuple[str, ...], expected: Kept | None
) -> None:
    promises = read_promises(version(None, retention))
    assert promises.unreadable == ()
    assert promised(promises, part, rule, tiers) == expected


@pytest.mark.parametrize(
    "retention",
    [None, "text", {"retentionPolicyType": "New"}, simple(1, "Invalid"), simple(0), [{"name": "x"}], [1], []],
    ids=["none", "text", "new-type", "unit-invalid", "nothing", "no-lifecycles", "number", "empty"],
)
def test_a_retention_that_cannot_be_read_is_said_and_promises_nothing(retention: object) -> None:
    promises = read_promises(version(None, retention))
    assert promises.unreadable
    assert promised(promises, "", "Daily") is None
    assert shortest(promises) is None


def test_the_shortest_life_is_that_of_any_rule() -> None:
    promises = Promises({"": {"daily": Kept(30, Unit.DAYS)}, "log": {"": Kept(2, Unit.WEEKS)}})
    assert shortest(promises) == Kept(2, Unit.WEEKS)


@pytest.mark.parametrize(
    ("moment", "span", "expected"),
    [
        (datetime(2026, 1, 31, 22, tzinfo=UTC), Kept(1, Unit.MONTHS), datetime(2026, 2, 28, 22, tzinfo=UTC)),
        (datetime(2024, 2, 29, tzinfo=UTC), Kept(1, Unit.YEARS), datetime(2025, 2, 28, tzinfo=UTC)),
        (datetime(2026, 11, 30, tzinfo=UTC), Kept(14, Unit.MONTHS), datetime(2028, 1, 30, tzinfo=UTC)),
        (datetime(2026, 11, 1, tzinfo=UTC), Kept(2, Unit.WEEKS), datetime(2026, 11, 15, tzinfo=UTC)),
        (datetime(2026, 11, 1, tzinfo=UTC), Kept(9999, Unit.YEARS), datetime.max.replace(tzinfo=UTC)),
    ],
    ids=["short-month", "leap-day", "over-years", "weeks", "for-ever"],
)
def test_months_and_years_go_by_the_calendar(moment: datetime, span: Kept, expected: datetime) -> None:
    assert later(moment, span) == expected


@given(texts)
def test_no_text_makes_reading_raise(text: str) -> None:
    policy = PolicyVersion("/p", "/v1", "a", None, None, text, text, None, at(1))
    assert read_promises(policy).unreadable
