"""Every planted thing can be seen in the answers, or cannot, as the truth says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from simulator.generated import generated_world
from tests.simulator.asking import ask, body, rows
from tests.simulator.test_jobs import started
from tests.simulator.test_world import FIRST, window, world

END = datetime(2026, 11, 11, 6, 30, tzinfo=UTC)


@cache
def truth() -> Any:
    return world().truth()


def morning(night: str) -> datetime:
    """When a night is captured."""
    return datetime.fromisoformat(night).replace(tzinfo=UTC) + timedelta(days=1, hours=6, minutes=30)


def vault_of(item_id: str) -> str:
    return item_id.split("/backupFabrics/", maxsplit=1)[0]


def night_jobs(item_id: str, night: str) -> list[Any]:
    """Jobs that could be the item's in a night, by what a job tells of it."""
    properties = body(world(), item_id, morning(night))["properties"]
    name = properties["friendlyName"]
    if properties["backupManagementType"] == "AzureWorkload":
        name = f"{name} [{properties['serverName']}]"
    asked = window(morning(night) - timedelta(hours=24, minutes=30), morning(night) - timedelta(minutes=30, seconds=1))
    found = rows(world(), f"{vault_of(item_id)}/backupJobs", morning(night), filter=asked)
    account = properties["containerName"].rsplit(";", 1)[-1]
    return [
        job
        for job in found
        if job["properties"]["entityFriendlyName"].lower() == name.lower()
        and job["properties"].get("storageAccountName", account) == account
        and job["properties"]["operation"].startswith("Backup")
    ]


def night_points(item_id: str, night: str) -> list[Any]:
    end = morning(night) - timedelta(minutes=30)
    asked = window(end - timedelta(days=1), end).replace("startTime", "startDate").replace("endTime", "endDate")
    return rows(world(), f"{item_id}/recoveryPoints", morning(night), filter=asked)


def test_a_silent_miss_is_due_and_leaves_neither_job_nor_point() -> None:
    kinds = set()
    for miss in truth()["silent_misses"]:
        assert miss["due_at"]
        assert not night_jobs(miss["item_id"], miss["night"])
        assert not night_points(miss["item_id"], miss["night"])
        before = (datetime.fromisoformat(miss["night"]) - timedelta(days=2)).date().isoformat()
        assert night_jobs(miss["item_id"], before)
        kinds.add(miss["item_id"].rsplit("/", 1)[-1].split(";")[0])
    assert kinds == {"VM", "SQLDataBase", "AzureFileShare"}


def test_failures_recur_with_one_code_across_vaults_and_nights() -> None:
    families = truth()["recurring_failures"]
    assert len(families) == 2
    for family in families:
        seen = family["occurrences"]
        assert len({one["item_id"] for one in seen}) >= 3
        assert len({vault_of(one["item_id"]) for one in seen}) >= 2
        assert len({one["night"] for one in seen}) >= 2
        for one in seen:
            (job,) = night_jobs(one["item_id"], one["night"])
            assert job["properties"]["status"] == "Failed"
            assert job["properties"]["errorDetails"][0]["errorCode"] == family["error_code"]
            assert not night_points(one["item_id"], one["night"])


def test_a_retry_succeeds_in_the_night_of_the_failure() -> None:
    (retry,) = truth()["retries"]
    again, failed = (job["properties"] for job in night_jobs(retry["item_id"], retry["night"]))
    assert (failed["status"], again["status"]) == ("Failed", "Completed")
    assert again["startTime"] > failed["endTime"]
    assert len(night_points(retry["item_id"], retry["night"])) == 1


def test_jobs_run_over_the_cut_over_and_end_both_ways() -> None:
    ends = set()
    for one in truth()["running_at_cut_over"]:
        (job,) = one["jobs"]
        path = f"{vault_of(one['item_id'])}/backupJobs/{job['job_id']}"
        assert body(world(), path, morning(one["night"]))["properties"]["status"] == "InProgress"
        later = body(world(), path, morning(one["night"]) + timedelta(hours=12))["properties"]
        assert later["status"] == job["status"]
        ends.add(job["status"])
    assert ends == {"Completed", "Failed"}


def test_snapshots_without_a_vault_copy_end_with_warnings() -> None:
    for one in truth()["snapshot_only"]:
        (job,) = night_jobs(one["item_id"], one["night"])
        assert job["properties"]["status"] == "CompletedWithWarnings"
        tasks = body(world(), job["id"], morning(one["night"]))["properties"]["extendedInfo"]["tasksList"]
        assert tasks[0]["status"] == "Completed"
        assert tasks[1]["status"] in {"Failed", "Cancelled"}
        (point,) = night_points(one["item_id"], one["night"])
        assert point["properties"]["recoveryPointTierDetails"] == [{"type": "InstantRP", "status": "Valid"}]


@pytest.mark.parametrize("soft", [True, False])
def test_a_deleted_item_leaves_its_list_and_its_jobs_stay(*, soft: bool) -> None:
    (gone,) = (one for one in truth()["deleted_items"] if one["soft_delete"] is soft)
    deleted = datetime.fromisoformat(gone["jobs"][0]["started_at"])
    vault = vault_of(gone["item_id"])

    def listed(now: datetime) -> list[Any]:
        return [item for item in rows(world(), f"{vault}/backupProtectedItems", now) if item["id"] == gone["item_id"]]

    assert listed(deleted - timedelta(minutes=1))[0]["properties"]["protectionState"] == "Protected"
    after = listed(END)
    assert bool(after) is soft
    if soft:
        assert after[0]["properties"]["isScheduledForDeferredDelete"] is True
        assert after[0]["properties"]["protectionState"] == "ProtectionStopped"
    else:
        assert ask(world(), f"{gone['item_id']}/recoveryPoints", END).status == 404
    (job,) = rows(world(), f"{vault}/backupJobs", END, filter="operation eq 'DeleteBackupData'")
    assert job["name"] == gone["jobs"][0]["job_id"]
    assert started(job) < END


def test_an_item_is_there_only_from_the_day_it_was_set_up() -> None:
    (new,) = truth()["newly_protected_items"]
    (job,) = new["jobs"]
    made = datetime.fromisoformat(job["ended_at"])
    assert ask(world(), new["item_id"], made - timedelta(minutes=1)).status == 404
    young = body(world(), new["item_id"], made + timedelta(minutes=1))["properties"]
    assert (young["protectionState"], young["lastBackupTime"]) == ("IRPending", "2001-01-01T00:00:00Z")
    assert body(world(), new["item_id"], END)["properties"]["protectionState"] == "Protected"


def test_ten_nights_plant_every_family_and_a_hundred_plant_them_again() -> None:
    for name, planted in truth().items():
        assert planted, name
    long = generated_world(5, FIRST, 100).truth()
    assert len(long["silent_misses"]) == 10 * len(truth()["silent_misses"])  # type: ignore[arg-type]  # JSON
    assert len(long["deleted_items"]) == len(truth()["deleted_items"])  # type: ignore[arg-type]  # JSON
    assert not generated_world(5, FIRST, 1).truth()["silent_misses"]
