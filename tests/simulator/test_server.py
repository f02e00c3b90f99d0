"""The process itself: what a caller meets over HTTP, the real SDKs among them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.paths import ROOT
from tests.simulator.serving import running, signed_in

MORNING = "2026-11-05T06:30:00Z"
CAPTURE = "startTime eq '2026-11-01 06:00:00 AM' and endTime eq '2026-11-05 06:30:00 AM'"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("simulator"), "--seed", "3", "--nights", "10") as base:
        httpx.put(f"{base}/control/clock", json={"now": MORNING}).raise_for_status()
        yield base


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with signed_in(url) as signed:
        yield signed
        httpx.put(f"{url}/control/faults", json={"faults": []}).raise_for_status()


def spoil(url: str, *faults: dict[str, object]) -> None:
    httpx.put(f"{url}/control/faults", json={"faults": list(faults)}).raise_for_status()


def refusal(*arguments: str) -> str:
    command = [sys.executable, "-m", "simulator", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2
    return done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org"])  # noqa: S104  refused is what it must be
def test_it_serves_loopback_alone(host: str) -> None:
    assert "not a loopback address" in refusal("--host", host)


@pytest.mark.parametrize("nights", ["none", "0", "2026-11-05..2026-11-04"])
def test_nights_that_make_no_sense_are_refused(nights: str) -> None:
    assert "--nights" in refusal("--nights", nights)


def test_the_control_desk_steers_clock_and_nights(url: str) -> None:
    assert httpx.get(f"{url}/control/nights").json()["nights"][::9] == ["2026-11-01", "2026-11-10"]
    assert httpx.get(f"{url}/control/clock").json()["now"].startswith("2026-11-05T06:")
    back = httpx.put(f"{url}/control/clock", json={"now": "2026-11-04T06:30:00Z"})
    assert back.status_code == 409
    assert "cannot go back" in back.json()["error"]
    assert httpx.put(f"{url}/control/clock", content=b"{").status_code == 400
    assert httpx.get(f"{url}/control/truth").json()["silent_misses"]


def test_what_is_not_a_get_is_refused_and_shown(url: str, client: httpx.Client) -> None:
    path = "/subscriptions/x/providers/Microsoft.RecoveryServices/register"
    assert client.post(path).status_code == 405
    assert {"method": "POST", "path": path} in httpx.get(f"{url}/control/requests").json()["not_get"]
    assert httpx.get(f"{url}{path}", params={"api-version": "1"}).status_code == 401


def test_a_fault_spoils_so_many_answers_and_no_more(url: str, client: httpx.Client) -> None:
    busy = {"path": "/vaults?", "status": 503, "body": "busy", "headers": {"Retry-After": "7"}, "times": 1, "skip": 1}
    spoil(url, busy)
    path = f"/subscriptions/{_subscription(url)}/providers/Microsoft.RecoveryServices/vaults"
    answers = [client.get(path) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert answers[1].text == "busy"
    assert answers[1].headers["retry-after"] == "7"
    assert httpx.get(f"{url}/control/faults").json()["faults"][0]["met"] == 3


def test_a_fault_drops_the_connection_or_cuts_the_body(url: str, client: httpx.Client) -> None:
    path = f"/subscriptions/{_subscription(url)}/providers/Microsoft.RecoveryServices/vaults"
    spoil(url, {"path": "/vaults", "close": True, "times": 1}, {"path": "/vaults", "cut_body": 10, "times": 1})
    with pytest.raises(httpx.RemoteProtocolError, match="disconnected"):
        client.get(path)
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        client.get(path)
    assert client.get(path).status_code == 200


def test_a_fault_reaches_the_time_stamp_authority_too(url: str, client: httpx.Client) -> None:
    spoil(url, {"path": "/tsa", "method": "POST", "status": 500, "body": ""})
    assert client.post("/tsa", content=b"").status_code == 500
    assert client.get("/tsa/root.pem").text.startswith("-----BEGIN CERTIFICATE-----")


def test_rules_that_cannot_be_understood_leave_the_old_ones(url: str, client: httpx.Client) -> None:
    spoil(url, {"path": "/kept"})
    for faults in ("x", [{"status": 500}], [{"path": "/a", "colour": "red"}], [{"path": "/a", "status": "500"}]):
        assert client.put("/control/faults", json={"faults": faults}).status_code == 400
    assert [rule["path"] for rule in client.get("/control/faults").json()["faults"]] == ["/kept"]


def test_next_links_lead_back_to_the_address_that_was_called(url: str, client: httpx.Client) -> None:
    path = httpx.get(f"{url}/control/truth").json()["running_at_cut_over"][0]["item_id"].split("/backupFabrics")[0]
    first = client.get(f"{path}/backupJobs", params={"$filter": CAPTURE}).json()
    assert len(first["value"]) == 50
    assert first["nextLink"].startswith(f"{url}/subscriptions/")
    second = httpx.get(first["nextLink"], headers=client.headers).json()
    assert second["value"][0]["properties"]["startTime"] < first["value"][-1]["properties"]["startTime"]


def test_the_real_sdks_sign_in_and_list_everything(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.core.pipeline.policies import SansIOHTTPPolicy
    from azure.identity import ManagedIdentityCredential
    from azure.mgmt.recoveryservices import RecoveryServicesClient
    from azure.mgmt.recoveryservicesbackup import RecoveryServicesBackupClient

    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "given by the environment")
    token = ManagedIdentityCredential().get_token("https://management.azure.com/.default")

    class Bearer(SansIOHTTPPolicy):  # type: ignore[type-arg]  # azure-core's policies are generic over private types
        def on_request(self, request: object) -> None:
            request.http_request.headers["Authorization"] = f"Bearer {token.token}"  # type: ignore[attr-defined]

    subscription = httpx.get(f"{url}/control/subscriptions").json()["subscriptions"][0]
    options: dict[str, Any] = {"base_url": url, "authentication_policy": Bearer(), "credential_scopes": ["x/.default"]}
    vaults = list(
        RecoveryServicesClient(ManagedIdentityCredential(), subscription, **options).vaults.list_by_subscription_id()
    )
    assert [vault.name for vault in vaults] == ["rsv-prod-weu", "rsv-data-weu", "rsv-prod-neu"]
    backup = RecoveryServicesBackupClient(
        ManagedIdentityCredential(), subscription, api_version="2023-04-01", **options
    )
    jobs = list(backup.backup_jobs.list("rsv-data-weu", "rg-data-weu", filter=CAPTURE))
    assert len(jobs) > 50
    assert len({job.name for job in jobs}) == len(jobs)
    details = backup.job_details.get("rsv-data-weu", "rg-data-weu", str(jobs[0].name))
    assert "extendedInfo" in details.as_dict()["properties"]
    items = list(backup.backup_protected_items.list("rsv-data-weu", "rg-data-weu"))
    assert len(items) == 32
    for item in items:
        _, container, _, name = str(item.id).split("/backupFabrics/Azure/")[1].split("/")
        assert list(backup.recovery_points.list("rsv-data-weu", "rg-data-weu", "Azure", container, name)), name
    assert backup.backup_resource_vault_configs.get("rsv-data-weu", "rg-data-weu").name == "vaultconfig"
    assert list(backup.backup_policies.list("rsv-data-weu", "rg-data-weu"))
    assert len(list(backup.resource_guard_proxies.get("rsv-data-weu", "rg-data-weu"))) == 1


def _subscription(url: str) -> str:
    return str(httpx.get(f"{url}/control/subscriptions").json()["subscriptions"][0])


def test_another_kind_of_start(tmp_path: Path) -> None:
    arguments = (
        "--nights",
        "2026-12-24..2026-12-26",
        "--clock",
        "2026-12-25T12:00:00Z",
        "--quota",
        "1",
        "--host",
        "::1",
    )
    with running(tmp_path, *arguments) as base:
        assert base.startswith("http://[::1]:")
        assert httpx.get(f"{base}/control/nights").json()["nights"] == ["2026-12-24", "2026-12-25", "2026-12-26"]
        assert httpx.get(f"{base}/control/clock").json()["now"].startswith("2026-12-25T12:00:")
        with signed_in(base) as client:
            path = f"/subscriptions/{_subscription(base)}/resourceGroups/rg-backup-weu/providers"
            path += "/Microsoft.RecoveryServices/vaults/rsv-prod-weu/backupPolicies"
            assert [client.get(path).status_code for _ in range(2)] == [200, 429]
