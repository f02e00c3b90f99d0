"""The generated world as a caller sees it: the same for a seed, and right about what is visible when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from simulator.generated import GeneratedWorld, generated_world
from tests.simulator.asking import ask, body, pages, readable, rows, vaults

FIRST = date(2026, 11, 1)
MORNING = datetime(2026, 11, 6, 6, 30, tzinfo=UTC)


@cache
def world(seed: int = 5) -> GeneratedWorld:
    return generated_world(seed, FIRST, 10)


@cache
def vault(name: str) -> str:
    return str(next(one["id"] for one in vaults(world(), MORNING) if one["name"] == name))


def window(first: datetime, last: datetime) -> str:
    form = "%Y-%m-%d %I:%M:%S %p"
    return f"startTime eq '{first:{form}}' and endTime eq '{last:{form}}'"


def test_the_estate_is_the_demos() -> None:
    found = vaults(world(), MORNING)
    assert len(world().subscriptions()) == 2
    assert len(found) == 6
    assert {one["location"] for one in found} == {"westeurope", "northeurope", "eastus"}
    items = [
        item
        for one in readable(world(), MORNING)
        for item in rows(world(), f"{one['id']}/backupProtectedItems", MORNING)
    ]
    kinds = {item["properties"]["workloadType"] for item in items}
    assert kinds == {"VM", "SQLDataBase", "SAPHanaDatabase", "AzureFileShare"} | {"FileFolder", "SystemState", "SQLDB"}
    assert len(items) == 123, "120, of which one is set up only on the sixth day, and 4 of servers outside Azure"
    assert len({item["id"].lower() for item in items}) == len(items)


def test_a_seed_is_a_world_and_another_seed_another() -> None:
    path = f"{vault('rsv-data-weu')}/backupJobs"
    assert ask(world(), path, MORNING).body == ask(generated_world(5, FIRST, 10), path, MORNING).body
    assert world().truth() == generated_world(5, FIRST, 10).truth()
    assert not set(world().subscriptions()) & set(world(6).subscriptions())


def test_a_night_is_the_same_whatever_was_asked_before() -> None:
    fresh = generated_world(5, FIRST, 10)
    path, late = f"{vault('rsv-prod-weu')}/backupJobs", MORNING + timedelta(days=4)
    asked = window(late - timedelta(days=1), late)
    assert ask(fresh, path, late, filter=asked).body == ask(world(), path, late, filter=asked).body


def test_one_vault_is_listed_and_forbidden_and_one_is_empty() -> None:
    closed, empty = vault("rsv-finance-neu"), vault("rsv-sandbox-eus")
    for below in ("", "/backupJobs", "/backupProtectedItems", "/backupPolicies", "/backupconfig/vaultconfig"):
        answer = ask(world(), closed + below, MORNING)
        assert answer.status == 403
        assert b"AuthorizationFailed" in answer.body
        assert below.partition("/vaultconfig")[0].lstrip("/").encode() in answer.body
    assert not rows(world(), f"{empty}/backupJobs", MORNING)
    assert not rows(world(), f"{empty}/backupProtectedItems", MORNING)
    assert rows(world(), f"{empty}/backupPolicies", MORNING)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/subscriptions/00000000-0000-0000-0000-000000000009/providers/Microsoft.RecoveryServices/vaults", "SubscriptionNotFound"),
        ("{vault}x", "ResourceNotFound"),
        ("{vault}/backupJobs/no-such-job", "ResourceNotFound"),
        ("{vault}/backupFabrics/Azure/protectionContainers/c/protectedItems/i", "BMSUserErrorDataSourceObjectNotFound"),
        ("{vault}/backupFabrics/Azure/protectionContainers/c/protectedItems/i/recoveryPoints", "BMSUserErrorDataSourceObjectNotFound"),
        ("{vault}/backupUsageSummaries", "NotSimulated"),
        ("{vault}/backupProtectedItems/i", "ResourceNotFound"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_an_arm_error(path: str, code: str) -> None:
    answer = ask(world(), path.format(vault=vault("rsv-prod-weu")), MORNING)
    assert answer.status == 404
    assert f'"code":"{code}"'.encode() in answer.body


def test_an_unknown_policy_is_azures_404_with_an_empty_body() -> None:
    answer = ask(world(), f"{vault('rsv-prod-weu')}/backupPolicies/none", MORNING)
    assert (answer.status, answer.body) == (404, b"{}")


def test_paths_are_case_insensitive() -> None:
    path = vault("rsv-prod-weu")
    assert body(world(), path.upper().replace("%3B", ";"), MORNING)["name"] == "rsv-prod-weu"
    item = rows(world(), f"{path}/backupProtectedItems", MORNING)[0]["id"]
    assert body(world(), item.upper(), MORNING)["id"] == item


def test_items_come_in_pages_and_each_once() -> None:
    found = list(pages(world(), f"{vault('rsv-prod-weu')}/backupProtectedItems", MORNING))
    assert [len(page) for page in found] == [20, 14]
    ids = [item["id"] for page in found for item in page]
    assert len(set(ids)) == 34


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("backupManagementType eq 'AzureIaasVM' and itemType eq 'VM'", 22),
        ("backupManagementType eq 'AzureStorage'", 6),
        ("backupManagementType eq 'AzureWorkload' and itemType eq 'SQLDataBase'", 6),
        ("policyName eq 'vm-short'", 2),
        ("backupManagementType eq 'AzureWorkload' and itemType eq 'SAPHanaDatabase'", 0),
    ],
)
def test_items_are_filtered_as_recorded(asked: str, count: int) -> None:
    assert len(rows(world(), f"{vault('rsv-prod-weu')}/backupProtectedItems", MORNING, filter=asked)) == count


def test_databases_of_one_name_share_a_server_and_differ_in_instance() -> None:
    told: Any = world().truth()["ambiguous_items"]
    (same,) = told
    found = [body(world(), item, MORNING)["properties"] for item in same]
    assert {one["friendlyName"] for one in found} == {"Inventory"}
    assert len({one["serverName"] for one in found}) == 1
    assert {one["parentName"] for one in found} == {"MSSQLSERVER", "REPORTING"}


def test_names_and_tags_are_as_awkward_as_azure_allows() -> None:
    names = [
        item["properties"]["friendlyName"]
        for one in readable(world(), MORNING)
        for item in rows(world(), f"{one['id']}/backupProtectedItems", MORNING)
    ]
    assert {"Sales Orders 2026", "Продажи", "在庫管理", "מלאי", "=Budget 2026"} <= set(names)
    tags = [value for one in vaults(world(), MORNING) for value in one.get("tags", {}).values()]
    assert any(value.startswith("=") for value in tags)
