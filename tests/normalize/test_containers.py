from __future__ import annotations

from datetime import UTC, datetime

from evidence.normalize.results import Row
from evidence.records import Kind
from tests.normalize.shapes import VAULT_ID, Json, answer, call, normalized, vm_item
from tests.normalize.unseen_shapes import ENGINE, container, dpm_container, engine, mab_container


def row_of(sent: Json, kind: Kind = Kind.CONTAINERS) -> Row:
    (row,) = normalized(call(kind, answer(sent))).containers
    return row


def test_the_container_of_an_agent_fills_its_columns() -> None:
    row = row_of(mab_container())
    expected = {
        "vault_id": VAULT_ID,
        "container_name": "windows;fs-branch-01.contoso.example",
        "friendly_name": "FS-BRANCH-01.contoso.example",
        "management_type": "MAB",
        "container_type": "Windows",
        "registration_status": "Registered",
        "health": "Healthy",
        "agent_version": "2.0.9262.0",
        "protected_items": 2,
        "last_updated_at": datetime(2026, 11, 20, 20, 30, tzinfo=UTC),
    }
    assert {name: row[name] for name in expected} == expected
    assert row["container_id"] == str(mab_container()["id"]).lower()


def test_an_engine_is_a_container_that_holds_what_it_counts_inside() -> None:
    row = row_of(engine(), Kind.BACKUP_ENGINES)
    assert (row["container_name"], row["container_type"]) == (ENGINE.lower(), "AzureBackupServerEngine")
    assert (row["protected_items"], row["agent_version"], row["health"]) == (12, "13.0.580.0", "Active")
    assert row["last_updated_at"] == datetime(2026, 11, 20, 23, tzinfo=UTC)


def test_a_machines_container_has_the_name_that_its_item_and_its_jobs_have() -> None:
    name = "IaasVMContainer;iaasvmcontainerv2;rg-prod;vm1"
    sent = container(name, containerType="Microsoft.Compute/virtualMachines", virtualMachineId="/subscriptions/1/vm1")
    item = normalized(call(Kind.PROTECTED_ITEMS, answer(vm_item()))).protected_items[0]
    row = row_of(sent)
    assert row["container_name"] == item["container_name"]
    assert (row["source_resource_id"], row["protected_items"]) == ("/subscriptions/1/vm1", None)


def test_a_container_that_was_deleted_is_one_too_however_azure_types_it() -> None:
    sent = dpm_container() | {"type": "Microsoft.RecoveryServices/vaults/backupDeletedProtectionContainers"}
    assert row_of(sent)["agent_version"] == "10.22.148.0"


def test_odd_values_are_null_and_noted() -> None:
    sent = container(
        "StorageContainer;x", protectedItemCount="many", extendedInfo=[], lastUpdatedTime="0001-01-01T00:00:00"
    )
    result = normalized(call(Kind.CONTAINERS, answer(sent)))
    assert (result.containers[0]["protected_items"], result.containers[0]["last_updated_at"]) == (None, None)
    assert {problem.field for problem in result.problems} == {"protectedItemCount", "extendedInfo"}


def test_a_container_without_id_is_unread() -> None:
    result = normalized(
        call(Kind.CONTAINERS, answer({"type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers"}))
    )
    assert (len(result.containers), len(result.unread)) == (0, 1)
