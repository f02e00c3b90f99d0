"""Doctor against the simulator: each right of each vault, what is too much, clocks and versions, and the code that it ends with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from evidence.records import KINDS_OF, RECOVERY_SERVICES, Kind
from tests.e2e.scene import Row, Scene, scene

pytestmark = pytest.mark.slow

FINE = '"rsv-data-weu", "rsv-prod-neu"'
REFUSED = "rsv-finance-neu"
MONITORING = "Microsoft.RecoveryServices/Vaults/monitoringConfigurations/*"
DELETE = "Microsoft.DataProtection/backupVaults/delete"
FORBIDDEN = "does not have authorization to perform action"


@pytest.fixture(scope="module")
def fine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Two vaults that may be read whole, one of them with cross-region restore."""
    with scene(tmp_path_factory.mktemp("doctor"), vaults=FINE) as made:
        yield made


def of(told: Sequence[Row], check: str) -> list[Row]:
    return [row for row in told if row["check"] == check]


def states(rows: Sequence[Row]) -> set[object]:
    return {row["state"] for row in rows}


def forbid(path: str, action: str | None = None) -> dict[str, object]:
    told = f"The client {FORBIDDEN} '{action}' over scope 'x'." if action else "You may not."
    body = json.dumps({"error": {"code": "AuthorizationFailed", "message": told}})
    return {"path": path, "status": 403, "body": body}


def permissions(*actions: str, **more: object) -> dict[str, object]:
    one = {"actions": list(actions), "notActions": [], "dataActions": [], "notDataActions": [], **more}
    return {"path": "Microsoft.Authorization/permissions", "status": 200, "body": json.dumps({"value": [one]})}


@pytest.mark.slow
def test_where_all_is_well_every_right_is_told_and_it_ends_0(fine: Scene) -> None:
    told = fine("doctor")
    assert told.meta == {"ok": True, "exit_code": 0}
    rights = of(told.data, "right")
    vaults = {row["subject"] for row in rights if "/vaults/" in row["subject"]}
    assert len(vaults) == 2
    for vault in vaults:
        kinds = {row["kind"]: row["state"] for row in rights if row["subject"] == vault}
        assert kinds.keys() == set(KINDS_OF[RECOVERY_SERVICES])
        crossing = "ok" if vault.endswith("rsv-data-weu") else "not needed"
        assert kinds.pop("cross_region_jobs") == crossing
        assert set(kinds.values()) == {"ok"}
    assert states(of(told.data, "over-privilege")) == {"ok"}
    assert states(of(told.data, "api-version")) == {"ok"}
    (skew,) = of(told.data, "clock skew")
    assert skew["state"] == "ok"


def test_a_refused_vault_is_named_with_the_rights_that_are_missing(tmp_path_factory: pytest.TempPathFactory) -> None:
    with scene(tmp_path_factory.mktemp("refused")) as made:
        told = made("doctor", code=5)
    bad = [row for row in of(told.data, "right") if row["state"] == "missing"]
    assert {row["subject"].rpartition("/")[2] for row in bad} == {REFUSED}
    assert {row["kind"] for row in bad} == set(KINDS_OF[RECOVERY_SERVICES]) - {Kind.CROSS_REGION_JOBS}
    actions = {row["kind"]: row["action"] for row in bad}
    assert actions["jobs"] == "Microsoft.RecoveryServices/vaults/backupJobs/read"
    assert actions["encryption_config"] == "Microsoft.RecoveryServices/vaults/backupEncryptionConfigs/read"
    assert all("deploy/role-definition.json" in row["next"] for row in bad)
    unknown = [row for row in of(told.data, "over-privilege") if row["state"] == "unknown"]
    assert {row["subject"].rpartition("/")[2] for row in unknown} == {REFUSED}, "unread permissions are not fine"


@pytest.mark.slow
def test_the_action_that_azure_names_is_the_one_that_is_told(fine: Scene) -> None:
    odd = "Microsoft.RecoveryServices/Vaults/backupEngines/read"
    with fine.faults(forbid("rsv-prod-neu/backupEngines", odd), forbid("rsv-prod-neu/backupPolicies")):
        told = fine("doctor", code=5)
    bad = {row["kind"]: row["action"] for row in of(told.data, "right") if row["state"] == "missing"}
    assert bad == {"backup_engines": odd, "policies": "Microsoft.RecoveryServices/vaults/backupPolicies/read"}


@pytest.mark.slow
def test_a_missing_right_for_cross_region_restores_is_told_where_they_are_enabled(fine: Scene) -> None:
    with fine.faults(forbid("northeurope/backupCrrJob?")):
        told = fine("doctor", code=5)
    (bad,) = [row for row in of(told.data, "right") if row["state"] == "missing"]
    assert (bad["kind"], bad["subject"].rpartition("/")[2]) == ("cross_region_jobs", "rsv-data-weu")
    assert bad["action"] == "Microsoft.RecoveryServices/locations/backupCrrJob/action"


@pytest.mark.slow
def test_what_could_not_be_found_out_is_unknown_and_ends_4(fine: Scene) -> None:
    with fine.faults({"path": "rsv-prod-neu/backupJobs", "fault": "invalid-json"}):
        told = fine("doctor", code=4)
    bad = [row for row in of(told.data, "right") if row["state"] != "ok" and row["state"] != "not needed"]
    assert {(row["kind"], row["state"]) for row in bad} == {("jobs", "unknown"), ("job_details", "unknown")}
    assert all("unreadable" in row["detail"] for row in bad)


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        ({"path": "Microsoft.Authorization/permissions", "fault": "over-privileged"}, "*"),
        pytest.param(permissions(MONITORING), MONITORING, marks=pytest.mark.slow),
        pytest.param(permissions(DELETE), DELETE, marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_an_identity_that_may_do_more_than_read_is_named_and_ends_3(
    fine: Scene, fault: Mapping[str, object], pattern: str
) -> None:
    with fine.faults(fault):
        told = fine("doctor", code=3)
    rows = of(told.data, "over-privilege")
    assert {(row["state"], row["action"]) for row in rows} == {("too much", pattern)}
    assert len({row["subject"] for row in rows}) == 4, "two subscriptions and two vaults"


@pytest.mark.slow
def test_permissions_that_cannot_be_read_are_unknown_and_not_fine(fine: Scene) -> None:
    with fine.faults(forbid("Microsoft.Authorization/permissions")):
        told = fine("doctor", code=4)
    rows = of(told.data, "over-privilege")
    assert states(rows) == {"unknown"}
    assert all("Microsoft.Authorization/permissions/read" in row["detail"] for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("date", "side"), [("Sun, 01 Nov 2026 00:00:00 GMT", "ahead of"), ("Fri, 01 Jan 2027 00:00:00 GMT", "behind")]
)
def test_a_clock_that_differs_from_azures_is_told_and_ends_3(fine: Scene, date: str, side: str) -> None:
    with fine.faults({"path": "/", "headers": {"date": date}}):
        told = fine("doctor", code=3)
    (row,) = of(told.data, "clock skew")
    assert row["state"] == "wrong"
    assert side in row["detail"]
    assert "Synchronize" in row["next"]


@pytest.mark.slow
def test_an_api_version_that_azure_no_longer_lists_is_a_finding(fine: Scene) -> None:
    left = {"resourceTypes": [{"resourceType": "vaults", "apiVersions": ["2031-01-01", "2024-04-01"]}]}
    fault = {"path": "providers/Microsoft.RecoveryServices?", "status": 200, "body": json.dumps(left)}
    with fine.faults(fault):
        told = fine("doctor", code=4)
    rows = {(row["detail"].split(":")[0], row["state"]) for row in of(told.data, "api-version")}
    assert ("Microsoft.RecoveryServices/vaults 2023-04-01", "missing") in rows
    assert ("Microsoft.RecoveryServices/vaults 2024-04-01", "ok") in rows
    assert ("Microsoft.RecoveryServices/locations/backupCrrJobs 2021-11-15", "unknown") in rows
    full = {
        "resourceTypes": [
            *left["resourceTypes"],
            {"resourceType": "locations/backupCrrJobs", "apiVersions": ["2021-11-15"]},
        ]
    }
    with fine.faults({**fault, "body": json.dumps(full)}):
        fine("doctor", code=3)


@pytest.mark.slow
def test_where_nobody_lets_us_in_it_ends_5_and_looks_no_further(fine: Scene) -> None:
    with fine.faults({"path": "/subscriptions", "fault": "401"}):
        told = fine("doctor", code=5)
    (row,) = of(told.data, "sign-in")
    assert row["state"] == "failed"
    assert of(told.data, "right") == []


@pytest.mark.slow
def test_doctor_asks_and_changes_nothing(fine: Scene) -> None:
    before = fine.snapshot()
    fine("doctor")
    assert fine.control("requests")["not_get"] == []
    assert fine.snapshot() == before


@pytest.mark.slow
def test_a_person_reads_groups_and_not_a_line_for_each_right(fine: Scene) -> None:
    with fine.faults(forbid("/backupEngines"), forbid("Microsoft.Authorization/permissions")):
        found: Any = CliRunner().invoke(app, ["doctor"], env=fine.variables)
    assert found.exit_code == 5
    lines = found.stdout.splitlines()
    (missing,) = [line for line in lines if line.startswith("right ")]
    assert "rsv-prod-neu, rsv-data-weu" in missing, "one line for both"
    assert "backup_engines: needs Microsoft.RecoveryServices/vaults/backupEngines/read" in missing
    assert sum(line.startswith("over-privilege") for line in lines) == 1
    assert len(lines) < 20
