"""A scenario shows what it says, on its nights, in the answers that Azure would give; and nothing else goes wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from simulator.errors import SimulatorError
from simulator.generated.scenarios import BRANCH_BACKUPS, DATABASE_JOB, REGIONAL_EXTENSION, SCENARIOS, scenario_world
from simulator.generated.world import GeneratedWorld
from tests.simulator.asking import body, rows, vaults
from tests.simulator.test_world import window

FIRST = date(2026, 11, 5)
NIGHTS = 5


@cache
def world(*names: str) -> GeneratedWorld:
    return scenario_world(names or SCENARIOS, 5, FIRST, NIGHTS)


def morning(night: date) -> datetime:
    return datetime(night.year, night.month, night.day, 6, 30, tzinfo=UTC) + timedelta(days=1)


def jobs_of(found: GeneratedWorld, night: date) -> list[Any]:
    """All jobs that begin in a night, of all vaults, as they stand in the morning after."""
    now = morning(night)
    asked = window(now - timedelta(hours=24, minutes=30), now - timedelta(minutes=30, seconds=1))
    return [row for one in vaults(found, now) for row in rows(found, f"{one['id']}/backupJobs", now, filter=asked)]


def names(*found: Any, status: str) -> list[str]:
    return sorted(one["properties"]["entityFriendlyName"] for one in found if one["properties"]["status"] == status)


def told(family: str) -> list[Any]:
    scenarios: Any = world().truth()["scenarios"]
    return list(scenarios[family])


def test_branch_backups_fail_and_are_retried_in_two_regions_and_in_vain_in_the_third() -> None:
    found = [one for one in jobs_of(world(BRANCH_BACKUPS), FIRST) if one["properties"]["status"] == "Failed"]
    assert names(*found, status="Failed") == [
        "vm-branch-eus-01",
        "vm-branch-eus-01",
        "vm-branch-neu-01",
        "vm-branch-weu-01",
    ]
    completed = names(*jobs_of(world(BRANCH_BACKUPS), FIRST), status="Completed")
    assert {"vm-branch-neu-01", "vm-branch-weu-01"} <= set(completed)
    assert "vm-branch-eus-01" not in completed
    planted = {job["job_id"]: job["status"] for one in told(BRANCH_BACKUPS) for job in one["jobs"]}
    assert {one["name"] for one in found} == {key for key, status in planted.items() if status == "Failed"}


def test_a_database_job_fails_with_code_and_recommendation() -> None:
    (failed,) = [one for one in jobs_of(world(DATABASE_JOB), FIRST) if one["properties"]["status"] == "Failed"]
    assert failed["properties"]["entityFriendlyName"] == "Payments [sql-weu-11]"
    (error,) = failed["properties"]["errorDetails"]
    assert (error["errorCode"], error["errorTitle"]) == (530010, "WorkloadExtensionNotReachable")
    assert error["recommendations"]
    ((planted,),) = [one["jobs"] for one in told(DATABASE_JOB)]
    assert planted["job_id"] == failed["name"]


def test_an_extension_fails_in_three_regions_on_two_nights_and_then_points_are_made_again() -> None:
    only = world(REGIONAL_EXTENSION)
    for number in (0, 1):
        found = jobs_of(only, FIRST + timedelta(days=number))
        assert names(*found, status="Failed") == ["vm-branch-eus-02", "vm-branch-neu-02", "vm-branch-weu-02"]
    assert len({one["region"] for one in told(REGIONAL_EXTENSION)}) == 3
    third = jobs_of(only, FIRST + timedelta(days=2))
    assert names(*third, status="Failed") == []
    (pointless,) = [one for one in told(REGIONAL_EXTENSION) if one["deviation"] == "without-point"]
    assert [job["status"] for job in pointless["jobs"]] == ["Completed"]
    for night, count in ((2, 0), (3, 1)):
        now = morning(FIRST + timedelta(days=night))
        since = [
            one
            for one in rows(only, f"{pointless['item_id']}/recoveryPoints", now)
            if one["properties"]["recoveryPointTime"] > (FIRST + timedelta(days=2)).isoformat()
        ]
        assert len(since) == count


@pytest.mark.parametrize("night", [0, 1, 2, 3, 4])
def test_nothing_else_goes_wrong(night: int) -> None:
    planted = {job["job_id"] for family in SCENARIOS for one in told(family) for job in one["jobs"]}
    others = [one for one in jobs_of(world(), FIRST + timedelta(days=night)) if one["name"] not in planted]
    assert len(others) >= 8
    assert {one["properties"]["status"] for one in others} == {"Completed"}


def test_a_scenario_that_is_not_chosen_is_not_planted() -> None:
    assert set(world(DATABASE_JOB).truth()["scenarios"]) == {DATABASE_JOB}  # type: ignore[call-overload]  # a mapping


def test_an_item_tells_of_its_failure_and_of_its_repair() -> None:
    item = next(one["item_id"] for one in told(REGIONAL_EXTENSION) if one["name"] == "vm-branch-weu-02")
    states = [
        body(world(), item, morning(FIRST + timedelta(days=number)))["properties"]["lastBackupStatus"]
        for number in (0, 1, 2)
    ]
    assert states == ["Failed", "Failed", "Completed"]


def test_a_name_that_is_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(SimulatorError, match="branch-backups"):
        scenario_world(["meteorite"], 5, FIRST, 1)
