"""The recorded world over a small folder of our own, in the recordings' form."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from simulator.interface import ArmRequest, ArmResponse, World
from simulator.recorded import RecordedWorld, recorded_world

MASKED = "00000000-0000-0000-0000-000000000000"
VAULT = f"/Subscriptions/{MASKED}/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/Vault1"
ITEM = VAULT + "/backupFabrics/Azure/protectionContainers/C%3Brg%3Bvm/protectedItems/VM%3Brg%3Bvm"
NOW = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass
class Folder:
    """Writes recordings: bodies and a manifest of them."""

    path: Path
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        path: str,
        body: object,
        *,
        method: str = "GET",
        status: int = 200,
        commit: str = "c1",
        category: str = "any",
        step: str | None = None,
        interaction: int | None = None,
    ) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        file = f"{len(self.rows):03}.json"
        (self.path / file).write_bytes(raw)
        row: dict[str, Any] = {
            "file": file,
            "category": category,
            "source": {"repo": "r", "path": "p", "commit": commit, "interaction": interaction or len(self.rows)},
            "request": {"method": method, "url": f"https://management.azure.com{path}?api-version=2021-06-01"},
            "response": {"status": status},
            "sha1": hashlib.sha1(raw, usedforsecurity=False).hexdigest(),
        }
        self.rows.append(row | ({"step": step} if step else {}))

    def world(self) -> RecordedWorld:
        (self.path / "manifest.json").write_text(json.dumps(self.rows))
        return recorded_world(self.path)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def ask(world: World, path: str, text: str = "", method: str = "GET") -> ArmResponse:
    query = {"api-version": "1999-01-01"} | ({"$filter": text} if text else {})
    return world.answer(ArmRequest(method, path, query, "http://127.0.0.1:1", NOW))


def listed(world: World, path: str, text: str = "") -> Sequence[dict[str, Any]]:
    answer = ask(world, path, text)
    assert answer.status == 200, answer.body
    body = json.loads(answer.body)
    assert set(body) == {"value"}
    return list(body["value"])


def moved(world: RecordedWorld, path: str, place: int = 0) -> str:
    """A recorded path in the world's subscription, decoded as a server decodes it."""
    return path.replace(MASKED, world.subscriptions()[place]).replace("%3B", ";")


def code(answer: ArmResponse) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["error"]["code"]


def job(name: str, start: str, **properties: object) -> dict[str, Any]:
    return {"id": f"{VAULT}/backupJobs/{name}", "name": name, "properties": {"startTime": start, **properties}}


def item(name: str, **properties: object) -> dict[str, Any]:
    return {"id": f"{VAULT}/items/{name}", "name": name, "properties": properties}


def test_a_body_is_changed_in_its_subscription_id_only(folder: Folder) -> None:
    other = "1a2311d9-66f5-47d3-a9fb-7a37da63934b"
    body = (
        f'{{"id":"/Subscriptions/{MASKED}/x" ,"n":14.0,"t":"\\u0027","o":"/subscriptions/{other}/{MASKED}"}}'.encode()
    )
    folder.add(VAULT + "/backupPolicies/p", body)
    world = folder.world()
    answer = ask(world, moved(world, VAULT + "/backupPolicies/P"))
    subscription = world.subscriptions()[0]
    assert len(subscription) == len(MASKED)
    assert answer.body != body
    assert answer.body.replace(subscription.encode(), MASKED.encode()) == body
    assert other.encode() in answer.body


def test_each_commit_and_each_vault_has_a_subscription_of_its_own(folder: Folder) -> None:
    for commit in ("c1", "c2"):
        for vault in (VAULT, VAULT + "b"):
            folder.add(vault, {"id": vault, "commit": commit}, commit=commit)
    folder.add(VAULT.replace("Vault1", "VAULT1") + "/backupPolicies", {"value": []}, commit="c2")
    world = folder.world()
    assert len(set(world.subscriptions())) == 4
    assert list(world.subscriptions()) == list(folder.world().subscriptions())


@pytest.mark.parametrize(
    "path", ["/", "", "/subscriptions", f"/subscriptions/{MASKED}/x", "/providers/x", "/subscriptions//x"]
)
def test_what_was_never_recorded_says_so(folder: Folder, path: str) -> None:
    folder.add(VAULT, {"id": VAULT})
    world = folder.world()
    assert code(ask(world, path)) == (404, "NotRecorded")
    assert code(ask(world, moved(world, VAULT) + "/backupJobs")) == (404, "NotRecorded")
    assert code(ask(world, moved(world, ITEM) + "/recoveryPoints")) == (404, "NotRecorded")


def test_only_answers_to_get_can_be_had(folder: Folder) -> None:
    folder.add(ITEM + "/recoveryPoints/1/restore", {"secret": 1}, method="POST", status=202, step="restore_post")
    folder.add(ITEM + "/recoveryPoints/1/accessToken", {"secret": 1}, method="POST")
    folder.add(VAULT, {"secret": 1}, method="PATCH")
    folder.add(VAULT + "/backupPolicies/p", {"fine": 1})
    world = folder.world()
    for path in (ITEM + "/recoveryPoints/1/restore", ITEM + "/recoveryPoints/1/accessToken", VAULT):
        for method in ("GET", "POST", "PATCH"):
            answer = ask(world, moved(world, path), method=method)
            assert answer.status in (404, 405)
            assert b"secret" not in answer.body
    assert [body.file for body in world.bodies()] == ["003.json"]
    assert sum(world.unserved().values()) == 3


def test_the_last_poll_is_the_jobs_answer_and_its_place_in_the_list(folder: Folder) -> None:
    folder.add(
        VAULT + "/backupJobs/a",
        job("a", "2021-05-26T03:00:00Z", status="Completed", extendedInfo={"x": 1}),
        interaction=9,
    )
    folder.add(VAULT + "/backupJobs/a", job("a", "2021-05-26T03:00:00Z", status="InProgress"), interaction=2)
    folder.add(VAULT + "/backupJobs", {"value": [job("a", "2021-05-26T03:00:00Z", status="Cancelling")]}, interaction=5)
    world = folder.world()
    assert json.loads(ask(world, moved(world, VAULT) + "/backupjobs/A").body)["properties"]["extendedInfo"] == {"x": 1}
    (found,) = listed(world, moved(world, VAULT) + "/backupJobs")
    assert found["properties"] == {"startTime": "2021-05-26T03:00:00Z", "status": "Completed"}


def test_jobs_are_listed_newest_first_within_the_window_asked_for(folder: Folder) -> None:
    folder.add(
        VAULT + "/backupJobs", {"value": [job("b", "2021-05-26T03:00:00.25Z"), job("a", "2021-05-25T03:00:00Z")]}
    )
    folder.add(VAULT + "/backupJobs/c", job("c", "2021-05-26T03:00:00.2501Z", extendedInfo={}))
    world = folder.world()
    path = moved(world, VAULT) + "/backupJobs"
    assert [found["name"] for found in listed(world, path)] == ["c", "b", "a"]
    window = "startTime eq '2021-05-26 12:00:00 AM' and endTime eq '2021-05-27 12:00:00 AM'"
    assert [found["name"] for found in listed(world, path, window)] == ["c", "b"]
    assert listed(world, path, window.replace("2021", "2022")) == []
    assert code(ask(world, path, "startTime eq 'yesterday'")) == (400, "BMSUserErrorInvalidInput")


def test_a_listed_item_comes_before_an_item_asked_for_alone(folder: Folder) -> None:
    extended = {"extendedInfo": {"recoveryPointCount": 3}}
    workload = {"backupManagementType": "AzureWorkload", "lastRecoveryPoint": "2021-05-26T03:00:00Z"}
    virtual = {"backupManagementType": "AzureIaasVM", "lastRecoveryPoint": "2021-05-26T03:00:00Z"}
    folder.add(VAULT + "/backupProtectedItems/", {"value": [item("a", state="listed")]})
    folder.add(ITEM + "a", item("A", state="got") | {"id": f"{VAULT}/items/A"})
    folder.add(ITEM + "b", item("b", **workload, **extended))
    folder.add(ITEM + "c", item("c", **virtual, **extended))
    world = folder.world()
    found = listed(world, moved(world, VAULT) + "/backupProtectedItems")
    assert [one["properties"] for one in found] == [
        {"state": "listed"},
        {"backupManagementType": "AzureWorkload"},
        virtual,
    ]
    assert (
        len(listed(world, moved(world, VAULT) + "/backupProtectedItems", "backupManagementType eq 'AzureIaasVM'")) == 1
    )


def test_points_are_joined_by_id_and_lose_what_lists_never_send(folder: Folder) -> None:
    def point(name: str, **properties: object) -> dict[str, Any]:
        return {"id": f"{ITEM}/recoveryPoints/{name}", "name": name, "properties": {"type": "Full", **properties}}

    disks = {"numberOfDisksAttachedToVm": 2, "includedDiskList": [1], "excludedDiskList": []}
    older, newer = "2021-05-25T00:00:00Z", "2021-05-26T00:00:00Z"
    ranges = point("DefaultRangeRecoveryPoint", type="Log", timeRanges=[])
    folder.add(ITEM + "/recoveryPoints", {"value": [ranges, point("1", recoveryPointTime=older, tier=1)]})
    folder.add(ITEM + "/recoveryPoints", {"value": [point("1", recoveryPointTime=older, tier=2)]})
    folder.add(
        ITEM + "/recoveryPoints/2",
        point("2", recoveryPointTime=newer, recoveryPointDiskConfiguration=disks, extendedInfo={}),
    )
    folder.add(ITEM + "x/recoveryPoints/3", point("3", recoveryPointTime=newer))
    world = folder.world()
    found = listed(world, moved(world, ITEM) + "/recoveryPoints")
    assert [one["name"] for one in found] == ["2", "1", "DefaultRangeRecoveryPoint"]
    assert found[0]["properties"] == {
        "type": "Full",
        "recoveryPointTime": newer,
        "recoveryPointDiskConfiguration": {"numberOfDisksAttachedToVm": 2},
    }
    assert found[1]["properties"]["tier"] == 2
    assert [
        one["name"] for one in listed(world, moved(world, ITEM) + "/recoveryPoints", "restorePointQueryType eq 'Log'")
    ] == ["DefaultRangeRecoveryPoint"]


def test_a_recorded_empty_list_is_empty_and_pages_are_served_whole(folder: Folder) -> None:
    folder.add(VAULT + "/backupProtectedItems", {"value": []})
    link = f"https://management.azure.com{VAULT}/backupPolicies?$skipToken=1"
    folder.add(VAULT + "/backupPolicies", {"value": [item("p")], "nextLink": link})
    folder.add(VAULT + "/backupPolicies", {"value": [item("q")]})
    world = folder.world()
    assert listed(world, moved(world, VAULT) + "/backupProtectedItems") == []
    assert [one["name"] for one in listed(world, moved(world, VAULT) + "/backupPolicies")] == ["p", "q"]


def test_the_vault_list_holds_the_recorded_vault_or_its_name_alone(folder: Folder) -> None:
    above = f"/subscriptions/{MASKED}/providers/Microsoft.RecoveryServices/vaults"
    folder.add(VAULT, {"id": VAULT, "name": "Vault1", "sku": {"name": "Standard"}})
    folder.add(VAULT + "b/backupPolicies", {"value": []})
    folder.add(VAULT + "c/backupPolicies", {"value": []})
    folder.add(
        above, {"value": [{"id": VAULT + "b", "name": "Vault1b", "location": "westeurope"}, {"id": VAULT + "z"}]}
    )
    world = folder.world()
    vaults = [listed(world, moved(world, above, place)) for place in range(3)]
    assert vaults[0] == [{"id": moved(world, VAULT), "name": "Vault1", "sku": {"name": "Standard"}}]
    assert vaults[1] == [{"id": moved(world, VAULT + "b", 1), "name": "Vault1b", "location": "westeurope"}]
    kind = "Microsoft.RecoveryServices/vaults"
    assert vaults[2] == [{"id": moved(world, VAULT + "c", 2), "name": "Vault1c", "type": kind}]
    assert world.synthetic_vaults() == [world.subscriptions()[2]]
    assert code(ask(world, moved(world, VAULT + "c", 2))) == (404, "NotRecorded")
    grouped = f"/subscriptions/{world.subscriptions()[0]}/resourceGroups/{{}}/providers/{kind}"
    assert listed(world, grouped.format("RG")) == vaults[0]
    assert code(ask(world, grouped.format("other"))) == (404, "NotRecorded")
    assert listed(world, moved(world, above).replace(kind, "Microsoft.DataProtection/backupVaults")) == []


def test_a_404_is_served_only_where_nothing_better_was_recorded(folder: Folder) -> None:
    gone = {"error": {"code": "ResourceNotFound", "message": "gone"}}
    busy = {"error": {"code": "GatewayTimeout", "message": "late"}}
    folder.add(VAULT, {"id": VAULT})
    folder.add(VAULT, gone, status=404)
    folder.add(VAULT + "/backupProtectedItems/", gone, status=404)
    folder.add(VAULT + "/backupJobs", gone, status=404)
    folder.add(VAULT + "/backupJobs", {"value": [job("a", "2021-05-26T03:00:00Z")]})
    folder.add(VAULT + "/backupEngines", busy, status=504)
    world = folder.world()
    assert ask(world, moved(world, VAULT)).status == 200
    assert code(ask(world, moved(world, VAULT) + "/backupProtectedItems")) == (404, "ResourceNotFound")
    assert len(listed(world, moved(world, VAULT) + "/backupJobs")) == 1
    assert code(ask(world, moved(world, VAULT) + "/backupEngines")) == (404, "NotRecorded")
    reasons = Counter({one.reason.split(";")[0]: count for one, count in world.unserved().items()})
    assert reasons == {"the path answered 200 too": 2, "an error that passed (429 or 5xx)": 1}


def test_nights_change_at_six_in_the_morning(folder: Folder) -> None:
    backup_vault = VAULT.replace("RecoveryServices/vaults", "DataProtection/backupVaults") + "d"
    folder.add(VAULT + "/backupJobs/a", job("a", "2021-05-26T05:59:59.9999999Z"))
    folder.add(VAULT + "/backupJobs/b", job("b", "2021-05-26T06:00:00Z"))
    folder.add(
        backup_vault + "/backupJobs", {"value": [job("c", "2021-06-01T00:00:00Z"), job("d", "2021-06-02T00:00:00Z")]}
    )
    world = folder.world()
    assert list(world.nights()) == [date(2021, 5, 25), date(2021, 5, 26), date(2021, 5, 31), date(2021, 6, 1)]
    assert list(world.nights_in(world.subscriptions()[0])) == [date(2021, 5, 25), date(2021, 5, 26)]
    assert list(world.nights_in(MASKED)) == []


def test_backup_vaults_answer_at_their_own_paths(folder: Folder) -> None:
    backup_vault = VAULT.replace("RecoveryServices/vaults", "DataProtection/backupVaults")
    old, new = (job(name, f"2021-05-2{day}T00:00:00Z") for name, day in (("a", 5), ("b", 6)))
    running = {**new, "id": f"{backup_vault}/backupJobs/b", "properties": {**new["properties"], "status": "InProgress"}}
    told = {**running["properties"], "status": "Completed", "extendedInfo": {"subTasks": []}}
    folder.add(backup_vault + "/backupJobs", {"value": [{**old, "id": f"{backup_vault}/backupJobs/a"}, running]})
    folder.add(backup_vault + "/backupJobs/b", {**running, "properties": told})
    folder.add(backup_vault + "/backupInstances/i", {"id": f"{backup_vault}/operationStatus/x", "status": "Succeeded"})
    world = folder.world()
    found = listed(world, moved(world, backup_vault) + "/BackupJobs")
    assert [(one["name"], one["properties"].get("status")) for one in found] == [("b", "Completed"), ("a", None)]
    assert all("extendedInfo" not in one["properties"] for one in found)
    assert listed(world, moved(world, backup_vault) + "/backupInstances") == []
    assert ask(world, moved(world, backup_vault) + "/backupJobs", "status eq 'Completed'").status == 400
