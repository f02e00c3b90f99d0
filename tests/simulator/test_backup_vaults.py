"""Backup vaults of the generated world: held to the recordings, and right about what is visible when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from simulator.generated import GeneratedWorld, generated_world
from tests.paths import needs_recordings
from tests.simulator.asking import ask, body, pages, rows
from tests.simulator.test_contract import strays

FIRST = date(2026, 11, 1)
MORNINGS = [datetime(2026, 11, day, 6, 30, tzinfo=UTC) for day in range(2, 13)]
LATE = MORNINGS[-1]


@cache
def world(seed: int = 11) -> GeneratedWorld:
    return generated_world(seed, FIRST, 11)


@cache
def truth() -> Any:
    return world().truth()["backup_vaults"]


def vaults(now: datetime = LATE) -> list[Any]:
    return [
        vault
        for subscription in world().subscriptions()
        for vault in rows(
            world(), f"/subscriptions/{subscription}/providers/Microsoft.DataProtection/backupVaults", now
        )
    ]


def below(path: str, now: datetime = LATE) -> list[Any]:
    return [row for vault in vaults(now) for row in rows(world(), f"{vault['id']}/{path}", now)]


def everything(now: datetime) -> Iterator[dict[str, Any]]:
    yield from vaults(now)
    for path in (
        "backupPolicies",
        "backupInstances",
        "deletedBackupInstances",
        "backupJobs",
        "backupResourceGuardProxies",
    ):
        for row in below(path, now):
            yield row
            if path != "backupResourceGuardProxies":
                yield body(world(), row["id"], now)
    for instance in below("backupInstances", now):
        yield from rows(world(), f"{instance['id']}/recoveryPoints", now)


@needs_recordings
@pytest.mark.parametrize("now", [MORNINGS[0], MORNINGS[5], LATE])
def test_no_body_has_what_azure_was_not_seen_to_send(now: datetime) -> None:
    assert not strays(everything(now))


@needs_recordings
def test_no_job_under_way_has_either() -> None:
    begun = [datetime.fromisoformat(one["started_at"]) + timedelta(seconds=2) for one in truth()["jobs"]]
    sampled = [
        *begun[::9],
        *(datetime.fromisoformat(one["started_at"]) + timedelta(seconds=2) for one in truth()["restores"]),
    ]
    for now in sampled:
        listed = below("backupJobs", now)
        running = [row for row in listed if row["properties"]["status"] == "InProgress"]
        assert running, now
        assert not strays(iter([*running, *(body(world(), row["id"], now) for row in running)]))


def test_one_vault_in_each_subscription_with_instances_and_policies() -> None:
    assert [vault["name"] for vault in vaults()] == ["bvault-prod-weu", "bvault-data-eus"]
    kinds = {row["properties"]["dataSourceInfo"]["datasourceType"] for row in below("backupInstances")}
    assert len(kinds) == 3
    assert len(below("backupPolicies")) == 4
    assert len(below("backupResourceGuardProxies")) == 1
    policies = {row["id"] for row in below("backupPolicies")}
    assert {row["properties"]["policyInfo"]["policyId"] for row in below("backupInstances")} <= policies


def test_a_deleted_instance_moves_from_one_list_to_the_other() -> None:
    (gone,) = truth()["deleted_instances"]
    at = datetime.fromisoformat(gone["deleted_at"])
    for now, listed, kept in (
        (at - timedelta(seconds=1), True, False),
        (at, False, True),
        (at + timedelta(days=14), False, False),
    ):
        assert (gone["item_id"] in [row["id"] for row in below("backupInstances", now)]) is listed
        assert (len(below("deletedBackupInstances", now)) == 1) is kept


def test_jobs_come_in_pages_newest_first_and_each_once() -> None:
    found = list(pages(world(), f"{vaults()[0]['id']}/backupJobs", LATE))
    assert len(found) > 1
    assert len(found[0]) == 50
    starts = [row["properties"]["startTime"] for page in found for row in page]
    assert starts == sorted(starts, reverse=True)
    assert len({row["id"] for page in found for row in page}) == len(starts)


def test_lists_tell_no_details_and_a_job_its_point() -> None:
    for restore in truth()["restores"]:
        (listed,) = (row for row in below("backupJobs") if row["name"] == restore["job_id"])
        assert listed["properties"]["extendedInfo"] is None
        told = body(world(), listed["id"], LATE)["properties"]["extendedInfo"]["sourceRecoverPoint"]
        assert told["recoveryPointID"] == restore["recovery_point_id"]
    assert {restore["link"] for restore in truth()["restores"]} == {"id", "unlinked"}


def test_a_restored_point_was_listed_when_it_was_restored() -> None:
    for restore in truth()["restores"]:
        if restore["recovery_point_id"] is not None:
            now = datetime.fromisoformat(restore["started_at"])
            listed = rows(world(), f"{restore['item_id']}/recoveryPoints", now)
            assert restore["recovery_point_id"] in [row["name"] for row in listed]


def test_failures_are_those_planted_and_leave_no_point() -> None:
    failed = {row["name"]: row for row in below("backupJobs") if row["properties"]["status"] == "Failed"}
    assert set(failed) == {one["job_id"] for one in truth()["failures"]}
    assert len(failed) == 3
    codes = {row["properties"]["errorDetails"][0]["code"] for row in failed.values()}
    assert codes == {"MOSJobTimedOutError", "InternalServerError"}
    assert all(one["recovery_point_id"] is None for one in truth()["failures"])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("x", "ResourceNotFound"),
        ("/backupJobs/none", "ResourceNotFound"),
        ("/backupInstances/none", "ResourceNotFound"),
        ("/backupInstances/none/recoveryPoints", "BackupInstanceNotFound"),
        ("/unheard", "NotSimulated"),
    ],
)
def test_what_does_not_exist_is_an_arm_error(path: str, code: str) -> None:
    answer = ask(world(), vaults()[0]["id"] + path, LATE)
    assert answer.status == 404
    assert f'"code":"{code}"'.encode() in answer.body


def test_paths_are_case_insensitive_and_a_seed_is_a_world() -> None:
    path = vaults()[0]["id"]
    assert body(world(), path.upper(), LATE)["name"] == "bvault-prod-weu"
    again = generated_world(11, FIRST, 11)
    assert ask(again, f"{path}/backupJobs", LATE).body == ask(world(), f"{path}/backupJobs", LATE).body
    assert generated_world(12, FIRST, 11).truth()["backup_vaults"] != truth()
