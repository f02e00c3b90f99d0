from __future__ import annotations

from datetime import UTC, datetime

import orjson

from evidence.normalize.results import Row
from evidence.records import Kind
from tests.normalize.shapes import VAULT, Json, answer, call, files_item, normalized, sql_item, vm_item


def row_of(item: Json) -> Row:
    return normalized(call(Kind.PROTECTED_ITEMS, answer(item))).protected_items[0]


def test_a_vm_fills_its_columns() -> None:
    item = vm_item("VM1")
    row = row_of(item)
    assert (row["item_id"], row["item_key"]) == (item["id"], str(item["id"]).lower())
    assert row["policy_id"] == f"{VAULT}/backupPolicies/DefaultPolicy".lower()
    assert row["container_name"] == "iaasvmcontainerv2;rg-prod;vm1"
    assert row["last_recovery_point_at"] == datetime(2026, 11, 20, 22, 0, 9, 736754, UTC)
    assert (row["health"], row["workload"], row["soft_deleted"]) == ("Passed", "VM", False)


def test_an_item_never_backed_up_has_no_status_and_no_time() -> None:
    row = row_of(vm_item(lastBackupStatus="", lastBackupTime="2001-01-01T00:00:00Z"))
    assert (row["last_backup_status"], row["last_backup_at"]) == (None, None)


def test_a_soft_deleted_item_is_said() -> None:
    gone = vm_item(isScheduledForDeferredDelete=True, deferredDeleteTimeRemaining="13.23:59:41.1234567")
    assert row_of(gone)["soft_deleted"] is True


def test_a_database_has_server_and_instance_and_the_health_that_is_there() -> None:
    row = row_of(sql_item())
    assert (row["server_name"], row["instance_name"], row["health"]) == ("sql1", "INST1", "Healthy")


def test_a_share_has_its_storage_account_as_server() -> None:
    item = files_item()
    assert row_of(item)["server_name"] == "files001"
    unsourced = dict(item["properties"]) if isinstance(item["properties"], dict) else {}
    unsourced.pop("sourceResourceId")
    assert row_of(item | {"properties": unsourced})["server_name"] == "files001"


def test_a_single_item_is_read_like_a_list_of_one() -> None:
    item = vm_item()
    rows = normalized(call(Kind.PROTECTED_ITEMS, orjson.dumps(item))).protected_items
    assert [row["item_id"] for row in rows] == [item["id"]]
