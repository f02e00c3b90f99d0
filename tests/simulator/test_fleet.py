"""A fleet answers as its template would, under each vault's own name and no other."""

from __future__ import annotations

from datetime import UTC, date, datetime

import orjson
import pytest

from simulator.fleet import FleetWorld, fleet_world
from simulator.interface import ArmRequest, ArmResponse

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
LISTS = ("backupProtectedItems", "backupPolicies", "backupJobs", "backupconfig/vaultconfig")


@pytest.fixture(scope="module")
def fleet() -> FleetWorld:
    return fleet_world(1, date(2026, 11, 15), 7, vaults=12, items=8, machines_only=False, keep_days=180, page_size=610)


def ask(fleet: FleetWorld, path: str) -> ArmResponse:
    where = f"/subscriptions/{fleet.subscriptions()[0]}{path}"
    return fleet.answer(ArmRequest("GET", where, {"api-version": "2023-04-01"}, "http://127.0.0.1", NOW))


def vault(name: str, below: str = "") -> str:
    return f"/resourceGroups/rg-fleet/providers/Microsoft.RecoveryServices/vaults/{name}{below}"


def test_every_vault_is_listed_once_and_the_template_never(fleet: FleetWorld) -> None:
    listed = orjson.loads(ask(fleet, "/providers/Microsoft.RecoveryServices/vaults").body)["value"]
    assert [row["name"] for row in listed] == list(fleet.names)
    assert len({row["id"] for row in listed}) == 12
    assert ask(fleet, vault("fleet-00000")).status == 200  # the template itself; nobody lists it


@pytest.mark.parametrize("below", LISTS)
def test_an_answer_tells_of_the_vault_asked_alone(fleet: FleetWorld, below: str) -> None:
    first, last = (ask(fleet, vault(name, f"/{below}")) for name in ("fleet-00001", "FLEET-00012"))
    assert first.status == last.status == 200
    assert b"fleet-00000" not in first.body + last.body
    assert b"fleet-00001" in first.body
    assert first.body.replace(b"fleet-00001", b"fleet-00012") == last.body


def test_a_vault_that_is_none_of_the_fleet_is_not_found(fleet: FleetWorld) -> None:
    assert ask(fleet, vault("fleet-00013")).status == 404


def test_half_a_mixed_fleet_is_machines(fleet: FleetWorld) -> None:
    items = orjson.loads(ask(fleet, vault("fleet-00003", "/backupProtectedItems")).body)["value"]
    told = [row["properties"]["backupManagementType"] for row in items]
    assert sorted(told) == ["AzureIaasVM"] * 4 + ["AzureStorage"] * 2 + ["AzureWorkload"] * 2


def test_one_restore_a_hundred_items_runs_each_night(fleet: FleetWorld) -> None:
    jobs = orjson.loads(ask(fleet, vault("fleet-00003", "/backupJobs")).body)["value"]
    restores = [row for row in jobs if row["properties"]["operation"].startswith("Restore")]
    assert len(restores) == 6
