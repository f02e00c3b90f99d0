"""Restore jobs: what they tell of their recovery point, in Azure's formats, and what they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from simulator.generated.moments import american, spaced
from tests.simulator.asking import body, rows
from tests.simulator.test_planted import END, morning, truth, vault_of
from tests.simulator.test_world import world

VM, FILES, DATABASE = "Recovery point time ", "RestoreRecoveryPointTime", "RestoreRecoveryPointTime"


@cache
def drills() -> dict[str, Any]:
    return {one["kind"]: one for one in truth()["drills"]}


def details(one: Any, now: datetime = END) -> Any:
    return body(world(), f"{vault_of(one['item_id'])}/backupJobs/{one['job_id']}", now)["properties"]


def bag(one: Any, now: datetime = END) -> Any:
    return details(one, now)["extendedInfo"]["propertyBag"]


@pytest.mark.parametrize("kind", ["vm-alternate", "vm-disks", "vm-disks-failed"])
def test_vm_bags_hold_the_point_to_the_second_under_a_key_with_a_space(kind: str) -> None:
    one = drills()[kind]
    assert bag(one)[VM] == american(datetime.fromisoformat(one["recovery_point_at"]))
    during = datetime.fromisoformat(one["started_at"]) + timedelta(seconds=30)
    assert VM in bag(one, during)


@pytest.mark.parametrize("kind", ["sql-alternate", "sql-ambiguous-name", "hana-alternate", "sql-running-at-cut-over"])
def test_database_bags_hold_the_point_only_when_the_job_is_over(kind: str) -> None:
    one = drills()[kind]
    assert bag(one)[DATABASE] == spaced(datetime.fromisoformat(one["recovery_point_at"]))
    during = details(one, datetime.fromisoformat(one["started_at"]) + timedelta(seconds=30))
    assert DATABASE not in during["extendedInfo"]["propertyBag"]
    assert during["operation"] == "Restore"
    assert details(one)["operation"] == "Restore (Full)"


def test_file_bags_hold_a_time_up_to_two_seconds_after_the_point() -> None:
    for kind, files in (("files-alternate", "3"), ("files-without-files", "0")):
        one = drills()[kind]
        assert bag(one)["Number Of Restored Files"] == files
        assert details(one)["status"] == "Completed"
        point = datetime.fromisoformat(one["recovery_point_at"])
        assert bag(one)[FILES] in {american(point + timedelta(seconds=late)) for late in range(3)}


def test_the_true_point_was_in_the_list_when_the_restore_began() -> None:
    linked = [one for one in truth()["drills"] if one["recovery_point_id"]]
    assert len(linked) >= 10
    for one in linked:
        begun = datetime.fromisoformat(one["started_at"])
        listed = {point["name"] for point in rows(world(), f"{one['item_id']}/recoveryPoints", begun)}
        assert one["recovery_point_id"] in listed


def test_a_snapshots_point_is_gone_by_the_capture_of_its_restore() -> None:
    one = drills()["vm-disks-of-expiring-snapshot"]

    def listed(now: datetime) -> bool:
        points = rows(world(), f"{one['item_id']}/recoveryPoints", now)
        return one["recovery_point_id"] in {point["name"] for point in points}

    assert listed(morning(one["night"]) - timedelta(days=1))
    assert not listed(morning(one["night"]))


def test_a_restore_that_runs_at_the_cut_over_tells_its_point_the_next_night() -> None:
    one = drills()["sql-running-at-cut-over"]
    assert one["running_at_cut_over"]
    assert details(one, morning(one["night"]))["status"] == "InProgress"
    assert DATABASE not in bag(one, morning(one["night"]))


def test_a_restore_that_failed_at_once_never_tells_a_point() -> None:
    one = drills()["sql-without-recovery-point-time"]
    assert DATABASE not in bag(one)
    assert details(one)["operation"] == "Restore (Invalid)"
    assert (one["link"], one["recovery_point_id"]) == ("unlinked", None)


def test_a_restore_to_a_moment_lies_in_a_log_range_and_on_no_point() -> None:
    one = drills()["sql-point-in-time"]
    sent = datetime.fromisoformat(one["time_sent"])
    assert bag(one)[DATABASE] == spaced(sent)
    begun = datetime.fromisoformat(one["started_at"])
    (found,) = rows(world(), f"{one['item_id']}/recoveryPoints", begun, filter="restorePointQueryType eq 'Log'")
    ranges = found["properties"]["timeRanges"]
    assert any(
        datetime.fromisoformat(span["startTime"]) <= sent <= datetime.fromisoformat(span["endTime"]) for span in ranges
    )
    times = {
        point["properties"]["recoveryPointTimeInUTC"]
        for point in rows(world(), f"{one['item_id']}/recoveryPoints", END)
    }
    assert sent.strftime("%Y-%m-%dT%H:%M:%SZ") not in times


def test_drills_go_elsewhere_and_the_one_production_recovery_does_not() -> None:
    for one in truth()["drills"]:
        told = details(one)
        target = " ".join(str(value) for value in bag(one).values())
        assert "drill" in target, told
        assert "original" not in bag(one)["Job Type"].lower()
    (recovery,) = truth()["production_recoveries"]
    told = details(recovery)["extendedInfo"]
    assert told["propertyBag"]["Job Type"] == "Replace disks"
    assert told["internalPropertyBag"]["restoreLocationType"] == "OriginalLocation"
    assert "drill" not in told["propertyBag"]["Target resource group"]


def test_times_are_written_as_azure_writes_them() -> None:
    moment = datetime(2026, 1, 5, 0, 3, 4, 120_000, tzinfo=UTC)
    assert american(moment) == "1/5/2026 12:03:04 AM"
    assert american(moment.replace(hour=12)) == "1/5/2026 12:03:04 PM"
    assert spaced(moment) == "2026-01-05 00:03:04Z"
