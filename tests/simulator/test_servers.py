"""Containers, backup engines, servers outside Azure and restores into the paired region, as the generated world tells them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest

from simulator.generated import GeneratedWorld, generated_world
from simulator.interface import ArmRequest, ArmResponse
from tests.simulator.asking import BASE, ask, body, rows, vaults

FIRST = date(2026, 11, 1)
MORNING = datetime(2026, 11, 8, 6, 30, tzinfo=UTC)
AGENT = "backupManagementType eq 'MAB'"


def world() -> GeneratedWorld:
    return generated_world(5, FIRST, 10)


def vault(name: str) -> str:
    return next(str(one["id"]) for one in vaults(world(), MORNING) if one["name"] == name)


def post(path: str, sent: object, **query: str) -> ArmResponse:
    spelled = {"api-version": "2021-11-15", **{f"${name}": value for name, value in query.items()}}
    return world().answer(ArmRequest("POST", path, spelled, BASE, MORNING, orjson.dumps(sent)))


def test_containers_are_listed_by_management_type_alone() -> None:
    home = vault("rsv-prod-neu")
    accounts = rows(
        world(), f"{home}/backupProtectionContainers", MORNING, filter="backupManagementType eq 'AzureStorage'"
    )
    assert sorted(one["properties"]["protectedItemCount"] for one in accounts) == [4, 5], "one share is gone by then"
    (agent,) = rows(world(), f"{home}/backupProtectionContainers", MORNING, filter=AGENT)
    assert agent["properties"]["friendlyName"] == "FS-BRANCH-01.contoso.example"
    assert rows(world(), f"{vault('rsv-prod-weu')}/backupProtectionContainers", MORNING, filter=AGENT) == []


@pytest.mark.parametrize("path", ["backupProtectionContainers", "backupDeletedProtectionContainers"])
def test_a_container_list_without_management_type_is_refused(path: str) -> None:
    assert ask(world(), f"{vault('rsv-prod-neu')}/{path}", MORNING).status == 400


def test_an_engine_is_the_server_of_its_items() -> None:
    home = vault("rsv-prod-neu")
    (engine,) = rows(world(), f"{home}/backupEngines", MORNING)
    items = rows(world(), f"{home}/backupProtectedItems", MORNING, filter="backupManagementType eq 'DPM'")
    assert {one["properties"]["backupEngineName"] for one in items} == {engine["name"]}
    assert body(world(), engine["id"], MORNING) == engine
    assert rows(world(), f"{vault('rsv-prod-weu')}/backupEngines", MORNING) == []


def test_every_night_each_server_item_has_its_job_and_its_point() -> None:
    home = vault("rsv-prod-neu")
    window = "startTime eq '2026-11-07 06:00:00 AM' and endTime eq '2026-11-08 06:00:00 AM'"
    for management_type in ("MAB", "DPM"):
        asked = f"backupManagementType eq '{management_type}' and {window}"
        jobs = rows(world(), f"{home}/backupJobs", MORNING, filter=asked)
        assert [job["properties"]["status"] for job in jobs] == ["Completed", "Completed"]
        assert all("extendedInfo" not in job["properties"] for job in jobs)
        assert "tasksList" in body(world(), jobs[0]["id"], MORNING)["properties"]["extendedInfo"]
        for item in rows(world(), f"{home}/backupProtectedItems", MORNING, filter=asked.partition(" and ")[0]):
            points = rows(world(), f"{item['id']}/recoveryPoints", MORNING)
            assert item["properties"]["lastRecoveryPoint"] == points[0]["properties"]["recoveryPointTime"]
            assert body(world(), points[0]["id"], MORNING) == points[0]


def test_azure_hears_of_an_agents_job_only_when_it_has_ended() -> None:
    home = vault("rsv-prod-neu")
    window = "startTime eq '2026-11-07 06:00:00 AM' and endTime eq '2026-11-08 06:00:00 AM'"
    (job, *_) = rows(world(), f"{home}/backupJobs", MORNING, filter=f"{AGENT} and {window}")
    before = datetime.fromisoformat(job["properties"]["endTime"]) - timedelta(seconds=1)
    early = rows(world(), f"{home}/backupJobs", before, filter=f"{AGENT} and {window}")
    assert job["name"] not in {one["name"] for one in early}
    assert ask(world(), job["id"], before).status == 404


def test_a_cross_region_restore_is_told_by_the_paired_region_alone() -> None:
    told: Any = world().truth()["cross_region_restores"]
    (planted,) = told
    home, region = vault("rsv-data-weu"), planted["region"]
    scope = f"/subscriptions/{home.split('/')[2]}/providers/Microsoft.RecoveryServices/locations"
    listed = orjson.loads(post(f"{scope}/{region}/backupCrrJobs", {"resourceId": home}).body)["value"]
    assert [(one["name"], one["properties"]["operation"]) for one in listed] == [
        (planted["job_id"], "CrossRegionRestore")
    ]
    assert "extendedInfo" not in listed[0]["properties"]
    asked = {"resourceId": home, "jobName": planted["job_id"]}
    detail = orjson.loads(post(f"{scope}/{region}/backupCrrJob", asked).body)
    assert detail["properties"]["extendedInfo"]["propertyBag"]["Vault name"] == "rsv-data-weu"
    assert orjson.loads(post(f"{scope}/westus/backupCrrJobs", {"resourceId": home}).body)["value"] == []
    assert post(f"{scope}/{region}/backupCrrJob", {**asked, "jobName": "x"}).status == 404
    assert ask(world(), f"{home}/backupJobs/{planted['job_id']}", MORNING).status == 404


@pytest.mark.parametrize("sent", [{}, [], {"resourceId": 1}])
def test_a_question_that_names_no_vault_is_refused(sent: object) -> None:
    scope = f"/subscriptions/{world().subscriptions()[0]}/providers/Microsoft.RecoveryServices/locations"
    assert post(f"{scope}/northeurope/backupCrrJobs", sent).status == 400


def test_a_window_narrows_the_list_of_the_paired_region() -> None:
    home = vault("rsv-data-weu")
    path = (
        f"/subscriptions/{home.split('/')[2]}/providers/Microsoft.RecoveryServices/locations/northeurope/backupCrrJobs"
    )
    late = "startTime eq '2026-11-07 06:00:00 AM' and endTime eq '2026-11-08 06:00:00 AM'"
    assert orjson.loads(post(path, {"resourceId": home}, filter=late).body)["value"] == []
    assert post(path, {"resourceId": home}, filter="startTime eq 'x'").status == 400


def test_points_of_a_soft_deleted_item_are_told_to_those_who_ask_for_deleted_ones() -> None:
    items = rows(world(), f"{vault('rsv-prod-weu')}/backupProtectedItems", MORNING)
    (gone,) = (one for one in items if one["properties"].get("isScheduledForDeferredDelete"))
    assert rows(world(), f"{gone['id']}/recoveryPoints", MORNING) == []
    points = rows(world(), f"{gone['id']}/recoveryPoints", MORNING, filter="includeSoftDeletedRP eq 'True'")
    assert points
    assert {one["properties"]["recoveryPointProperties"]["isSoftDeleted"] for one in points} == {True}
    assert body(world(), points[0]["id"], MORNING)["properties"]["recoveryPointProperties"]["isSoftDeleted"] is True
