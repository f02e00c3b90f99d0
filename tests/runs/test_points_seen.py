"""What sealed nights tell of points, from fake captures to standings: nights that were not read are unknown, expired points still count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from evidence.assess.points.values import Of, Standing
from evidence.assess.points.wanted import BY_POLICY, BY_RULE
from evidence.ledger.folds import named_paths
from evidence.records import Kind, Outcome, Vault
from evidence.runs.points_seen import Asked, PointsSeen, points_seen
from evidence.runs.sealed import SealedRows
from evidence.tiers import TierMatch, TierRule
from tests.fakes.bench import NIGHT, Bench, at, backup
from tests.fakes.bodies import FakeItem, FakePoint, FakeVault, daily

NIGHTS = [NIGHT + timedelta(days=number) for number in range(6)]
RULES = (TierRule(match=TierMatch(name=("vm*",)), tier=0, rpo=timedelta(hours=24)),)
HOUR = timedelta(hours=1)


def seen(
    bench: Bench,
    first: date = NIGHTS[0],
    last: date = NIGHTS[-1],
    rules: tuple[TierRule, ...] = RULES,
    holds: Callable[[Vault], bool] = lambda _: True,
) -> dict[str, PointsSeen]:
    entries = bench.parts.ledger.entries()
    asked = Asked(first, last, holds, rules)
    found = points_seen(SealedRows(bench.store, named_paths(entries)), entries, asked)
    return {one.points.about.name: one for one in found}


def played(*nights: date, backed_up: tuple[date, ...] | None = None) -> tuple[Bench, FakeVault]:
    """A vault with one VM, backed up on all nights, captured on some."""
    bench = Bench()
    vault = bench.vault()
    for night in NIGHTS:
        if night in (NIGHTS if backed_up is None else backed_up):
            backup(vault, night)
        if night in nights:
            bench.seal(night)
    return bench, vault


def made(night: date) -> FakePoint:
    return FakePoint(f"point-{night}", at(night, 22.01))


def test_the_age_of_the_newest_point_with_its_target_and_tier() -> None:
    bench, _ = played(*NIGHTS[:3])
    one = seen(bench)["vm1"]
    age = one.age(bench.calendar.window(NIGHTS[2]).end)
    assert (age.standing, age.newest_at) == (Standing.ATTAINED, at(NIGHTS[2], 22.01))
    assert age.target is not None
    assert (age.target.source, one.points.about.tier, one.points.about.workload) == (BY_RULE, 0, "VM")


def test_without_a_rule_the_target_is_the_policys_and_says_so() -> None:
    bench, _ = played(*NIGHTS[:2])
    target = seen(bench, rules=())["vm1"].age(at(NIGHTS[1], 30)).target
    assert target is not None
    assert (target.rpo, target.source) == (26 * HOUR, BY_POLICY)


def test_a_missed_backup_is_a_breach_and_an_unread_night_is_unknown() -> None:
    bench, vault = played(*NIGHTS[:2], backed_up=tuple(NIGHTS[:2]))
    bench.seal(NIGHTS[2])
    one = seen(bench)["vm1"]
    assert one.age(bench.calendar.window(NIGHTS[2]).end).standing is Standing.BREACHED
    assert one.age(at(NIGHTS[4], 6)).standing is Standing.UNKNOWN
    vault.spoiled = {Kind.RECOVERY_POINTS: (Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed")}
    bench.seal(NIGHTS[3])
    spoiled = seen(bench)["vm1"]
    assert spoiled.age(bench.calendar.window(NIGHTS[3]).end).standing is Standing.UNKNOWN


@pytest.mark.slow
def test_attainment_over_captured_nights_is_whole_and_over_an_uncaptured_one_unknown() -> None:
    bench, _ = played(*NIGHTS)
    start, end = bench.calendar.window(NIGHTS[1]).start, bench.calendar.window(NIGHTS[4]).end
    whole = seen(bench)["vm1"].attainment(start, end)
    assert (whole.standing, whole.share, whole.breaches) == (Standing.ATTAINED, 1.0, 0)
    later = bench.calendar.window(NIGHTS[5] + timedelta(days=3)).end
    open_end = seen(bench)["vm1"].attainment(start, later)
    assert open_end.standing is Standing.UNKNOWN
    assert open_end.share is not None
    assert open_end.share < 1


@pytest.mark.slow
def test_points_that_are_listed_no_more_still_count_as_nights_saw_them() -> None:
    bench, vault = played()
    (vm,) = vault.items
    for night in NIGHTS:
        vm.points = [one for one in vm.points if night - timedelta(days=1) <= one.at.date() <= night]
        vm.points += [] if any(one.at.date() == night for one in vm.points) else [made(night)]
        bench.seal(night)
    one = seen(bench)["vm1"]
    found = one.attainment(bench.calendar.window(NIGHTS[1]).start, bench.calendar.window(NIGHTS[5]).end)
    assert (found.standing, found.share) == (Standing.ATTAINED, 1.0)
    assert len(one.points.held) == len(NIGHTS)


def test_the_list_of_items_tells_a_point_that_no_list_of_points_was_read_for() -> None:
    bench, vault = played(backed_up=())
    told = f"{at(NIGHTS[0], 22.01):%Y-%m-%dT%H:%M:%S}Z"
    vault.items.append(FakeItem("vm2", properties={"lastRecoveryPoint": told}))
    vault.spoiled = {Kind.RECOVERY_POINTS: (Outcome.NOT_REACHED, "quota")}
    bench.seal(NIGHTS[0])
    one = seen(bench)["vm2"]
    assert one.age(bench.calendar.window(NIGHTS[0]).end).standing is Standing.ATTAINED
    bench.seal(NIGHTS[1])
    later = seen(bench)["vm2"]
    age = later.age(bench.calendar.window(NIGHTS[1]).end)
    assert age.standing is Standing.BREACHED, "no newer one was there when the items were listed again"


def test_databases_are_judged_by_their_log_ranges() -> None:
    """Trap 14."""
    bench = Bench()
    vault = bench.vault()
    night = NIGHTS[0]
    full = daily()["schedulePolicy"]
    log = {"schedulePolicyType": "LogSchedulePolicy", "scheduleFrequencyInMins": 15}
    kept = {"retentionPolicyType": "SimpleRetentionPolicy", "retentionDuration": {"count": 15, "durationType": "Days"}}
    vault.policies["daily"] = {
        "backupManagementType": "AzureWorkload",
        "workLoadType": "SQLDataBase",
        "settings": {"timeZone": "UTC"},
        "subProtectionPolicy": [
            {"policyType": "Full", "schedulePolicy": full, "retentionPolicy": kept},
            {"policyType": "Log", "schedulePolicy": log, "retentionPolicy": kept},
        ],
    }
    database = FakeItem("orders", database=True, points=[made(night)])
    database.ranges.append((at(night, 22), at(night, 29.75)))
    vault.items.append(database)
    bench.seal(night)
    one = seen(bench)["orders"]
    age = one.age(bench.calendar.window(night).end)
    assert (age.standing, age.age) == (Standing.ATTAINED, HOUR / 4)
    assert age.target is not None
    assert age.target.rpo == HOUR / 2
    assert {reading.of for reading in one.points.readings} == {Of.POINTS, Of.LOGS}


@pytest.mark.slow
def test_a_policy_edited_later_changes_nothing_of_what_was_wanted_before() -> None:
    """Trap 11: made weekly after the third night, it excuses no missing day before."""
    bench, vault = played(*NIGHTS[:3], backed_up=(NIGHTS[0], NIGHTS[2]))
    start, end = bench.calendar.window(NIGHTS[0]).end, bench.calendar.window(NIGHTS[2]).end
    before = seen(bench, rules=())["vm1"].attainment(start, end)
    assert before.standing is Standing.BREACHED
    weekly = daily()
    weekly["schedulePolicy"] = {
        "schedulePolicyType": "SimpleSchedulePolicy",
        "scheduleRunFrequency": "Weekly",
        "scheduleRunDays": ["Sunday"],
        "scheduleRunTimes": ["2026-01-01T22:00:00Z"],
    }
    vault.policies["daily"] = weekly
    for night in NIGHTS[3:]:
        bench.seal(night)
    one = seen(bench, rules=())["vm1"]
    assert one.attainment(start, end) == before
    assert len(one.in_force) == 2
    assert one.age(bench.calendar.window(NIGHTS[5]).end).standing is Standing.ATTAINED, "three days old, of a week"


@pytest.mark.slow
def test_an_item_that_was_protected_later_is_counted_from_its_first_run() -> None:
    """Trap 12."""
    bench, vault = played(*NIGHTS[:2])
    vault.items.append(FakeItem("vm-new"))
    for night in NIGHTS[2:]:
        backup(vault, night, "vm-new")
        bench.seal(night)
    one = seen(bench)["vm-new"]
    found = one.attainment(bench.calendar.window(NIGHTS[0]).start, bench.calendar.window(NIGHTS[5]).end)
    assert one.points.counted_from is not None
    assert found.start >= at(NIGHTS[2], 22)
    assert (found.standing, found.missed) == (Standing.ATTAINED, 0 * HOUR)


@pytest.mark.slow
def test_what_was_missed_before_the_item_was_given_another_policy_counts() -> None:
    bench = Bench()
    vault = bench.vault(policies={"daily": daily(), "other": daily()})
    for place, night in enumerate(NIGHTS):
        if place != 2:
            backup(vault, night)
        if place == 4:
            vault.items[0].properties["policyId"] = f"{vault.arm_id}/backupPolicies/other"
        bench.seal(night)
    start, end = bench.calendar.window(NIGHTS[1]).start, bench.calendar.window(NIGHTS[-1]).end
    found = seen(bench)["vm1"].attainment(start, end)
    assert (found.standing, found.breaches, found.start) == (Standing.BREACHED, 1, start)


def test_protection_that_ended_is_counted_until_then() -> None:
    bench, vault = played(*NIGHTS[:3], backed_up=tuple(NIGHTS[:3]))
    (vm,) = vault.items
    vm.properties = {"protectionState": "ProtectionStopped"}
    bench.seal(NIGHTS[3])
    one = seen(bench)["vm1"]
    assert one.points.counted_until is not None
    assert one.age(at(NIGHTS[5], 6)).standing is Standing.NOT_COUNTED


def test_only_vaults_asked_about_are_told() -> None:
    bench, _ = played(NIGHTS[0])
    assert seen(bench, holds=lambda _: False) == {}


@pytest.mark.parametrize("pages", [1, 1000])
def test_points_of_a_list_in_pages_were_not_left_out_by_its_other_pages(pages: int) -> None:
    bench, vault = played(backed_up=())
    for night in NIGHTS[:3]:
        backup(vault, night)
    vault.page_size = pages
    bench.seal(NIGHTS[2])
    assert [one.gone_at for one in seen(bench)["vm1"].points.held] == [None, None, None]


def test_what_was_missed_before_protection_was_off_for_a_while_counts() -> None:
    bench = Bench()
    vault = bench.vault()
    for place, night in enumerate(NIGHTS):
        if place not in (1, 4):
            backup(vault, night)
        vault.items[0].properties = {"protectionState": "ProtectionStopped"} if place in (3, 4) else {}
        bench.seal(night)
    start, end = bench.calendar.window(NIGHTS[0]).end, bench.calendar.window(NIGHTS[-1]).end
    one = seen(bench)["vm1"]
    found = one.attainment(start, end)
    assert (found.standing, found.breaches) == (Standing.BREACHED, 1)
    assert (
        found.attained + found.missed + found.unknown < end - start
    )  # nothing is asked of the time in which it was off
