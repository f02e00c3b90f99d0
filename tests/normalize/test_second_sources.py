"""Rows of `inventory` and `activity`: from bodies in the recorded shape of Resource Graph, and in the reference's of the Activity Log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.nights import Calendar
from evidence.normalize.activity import activity_kind
from evidence.normalize.capture import normalize_capture
from evidence.normalize.results import CaptureContext, Normalized
from evidence.records import SECOND_KINDS, Attempt, Call, Capture, Identity, Kind
from evidence.tables import ACTIVITY, INVENTORY, from_rows, to_parquet
from tests.paths import RECORDINGS, needs_recordings
from tests.strategies import json_values, texts

NIGHT = date(2026, 11, 14)
AT = datetime(2026, 11, 15, 6, 30, tzinfo=UTC)
SUBSCRIPTION = "/subscriptions/5A1C0000-0000-4000-8000-00000000A001"
VAULT = f"{SUBSCRIPTION}/resourceGroups/RG-Main/providers/Microsoft.RecoveryServices/vaults/RSV"
ITEM = f"{VAULT}/backupFabrics/Azure/protectionContainers/IaasVMContainer;x/protectedItems/VM;x"
VM = f"{SUBSCRIPTION}/resourceGroups/RG-Main/providers/Microsoft.Compute/virtualMachines/vm1"


def capture(kind: Kind, body: bytes, rows: int | None) -> Capture:
    attempt = Attempt(AT, AT, 200, body=body, sha256=hashlib.sha256(body).hexdigest())
    call = Call("c-1", kind, None, "https://x/", None, None, {}, Identity("t"), (attempt,), "ok", None, rows, None)
    return Capture("r._subscription", SUBSCRIPTION.lower(), None, (call,), ())


def normalized(kind: Kind, body: object, rows: int | None = None) -> Normalized:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return normalize_capture(capture(kind, raw, rows), CaptureContext(NIGHT, "r", Calendar()))


def graph(*rows: object) -> dict[str, object]:
    return {"totalRecords": len(rows), "count": len(rows), "data": list(rows), "facets": [], "resultTruncated": "false"}


def row(arm_id: str, kind: str, **more: object) -> dict[str, object]:
    return {
        "id": arm_id,
        "name": arm_id.rsplit("/", 1)[1],
        "type": kind,
        "location": "westeurope",
        "properties": {},
        **more,
    }


def one(found: Normalized, table: str = "inventory") -> dict[str, Any]:
    (told,) = found.tables()[table]
    assert found.unread == ()
    schema = ACTIVITY if table == "activity" else INVENTORY
    assert to_parquet(schema, from_rows(schema, [told]))
    return dict(told)


def test_a_vault_of_the_graph() -> None:
    told = one(normalized(Kind.GRAPH_VAULTS, graph(row(VAULT, "microsoft.recoveryservices/vaults"))))
    assert (told["source"], told["thing"], told["thing_key"], told["name"]) == (
        "resource_graph",
        "vault",
        VAULT.lower(),
        "RSV",
    )
    assert (told["vault_id"], told["region"], told["of_vault_id"]) == (SUBSCRIPTION.lower(), "westeurope", None)


def test_an_item_names_its_vault_and_what_it_protects() -> None:
    properties = {"friendlyName": "vm1", "workloadType": "VM", "protectionState": "Protected", "sourceResourceId": VM}
    told = one(normalized(Kind.GRAPH_ITEMS, graph(row(ITEM, "x", properties=properties))))
    assert (told["thing"], told["thing_key"], told["of_vault_id"]) == ("item", ITEM.lower(), VAULT.lower())
    assert (told["of_resource_id"], told["status"], told["workload"]) == (VM.lower(), "Protected", "VM")


def test_an_instance_of_a_backup_vault_is_an_item() -> None:
    vault = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.DataProtection/BackupVaults/bv"
    disk = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/disks/d"
    source = {"resourceID": disk, "datasourceType": "Microsoft.Compute/disks"}
    properties = {"dataSourceInfo": source, "currentProtectionState": "ProtectionConfigured", "friendlyName": "d"}
    told = one(normalized(Kind.GRAPH_ITEMS, graph(row(f"{vault}/backupInstances/i", "x", properties=properties))))
    assert (told["of_vault_id"], told["of_resource_id"]) == (vault.lower(), disk.lower())
    assert (told["status"], told["workload"]) == ("ProtectionConfigured", "Microsoft.Compute/disks")


def test_a_job_is_known_by_its_id_in_lower_case_and_belongs_to_its_night() -> None:
    properties = {
        "operation": "Backup",
        "status": "Completed",
        "startTime": "2026-11-13T22:00:00.1234567Z",
        "endTime": "2026-11-13T22:10:00Z",
        "entityFriendlyName": "vm1",
    }
    told = one(normalized(Kind.GRAPH_JOBS, graph(row(f"{VAULT}/backupJobs/AB-1", "x", properties=properties))))
    assert (told["thing"], told["thing_key"], told["of_vault_id"]) == ("job", "ab-1", VAULT.lower())
    assert (told["event_night"], told["night"]) == (date(2026, 11, 13), NIGHT)
    assert told["started_at"] == datetime(2026, 11, 13, 22, 0, 0, 123456, UTC)
    assert orjson.loads(str(told["properties"])) == properties


def test_a_disk_names_its_machine() -> None:
    disk = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/disks/d"
    told = one(normalized(Kind.GRAPH_RESOURCES, graph(row(disk, "microsoft.compute/disks", managedBy=VM))))
    assert (told["thing"], told["of_resource_id"]) == ("resource", VM.lower())


def test_subscriptions_and_groups_of_a_list() -> None:
    group = {
        "id": "/providers/Microsoft.Management/managementGroups/MG",
        "name": "MG",
        "properties": {"displayName": "All"},
    }
    seen = {"id": SUBSCRIPTION, "subscriptionId": "x", "displayName": "Production", "state": "Enabled"}
    found = normalized(Kind.SUBSCRIPTIONS, {"value": [seen, group]}).inventory
    assert [(told["source"], told["thing"], told["name"], told.get("status")) for told in found] == [
        ("azure", "subscription", "Production", "Enabled"),
        ("azure", "management_group", "All", None),
    ]
    assert found[0]["thing_key"] == SUBSCRIPTION.lower()


# --- events

EVENT = {
    "eventDataId": "e-1",
    "caller": "admin@contoso.example",
    "claims": {"http://schemas.microsoft.com/identity/claims/objectidentifier": "oid-1", "name": "A"},
    "correlationId": "c-1",
    "eventTimestamp": "2026-11-14T15:00:00.1Z",
    "id": f"{VAULT}/backupPolicies/P/events/e-1/ticks/1",
    "operationName": {"value": "Microsoft.RecoveryServices/vaults/backupPolicies/write", "localizedValue": "x"},
    "resourceId": f"{VAULT}/backupPolicies/P",
    "status": {"value": "Succeeded", "localizedValue": "Done"},
    "properties": {"statusCode": "OK"},
}


def test_an_event_says_who_did_what_when() -> None:
    told = one(normalized(Kind.ACTIVITY_LOG, {"value": [EVENT]}), "activity")
    assert (told["event_id"], told["operation_kind"], told["caller"], told["caller_oid"]) == (
        "e-1",
        "policy",
        "admin@contoso.example",
        "oid-1",
    )
    assert (told["resource_id"], told["status"]) == (f"{VAULT}/backupPolicies/P".lower(), "Succeeded")
    assert (told["at"], told["event_night"]) == (datetime(2026, 11, 14, 15, 0, 0, 100000, UTC), NIGHT)
    assert orjson.loads(str(told["envelope"]))["claims"] == EVENT["claims"]


@pytest.mark.parametrize(
    "event",
    [
        {"id": "/x/events/e-1"},
        {"eventDataId": "e-1", "operationName": "Microsoft.RecoveryServices/vaults/write", "status": "Succeeded"},
        {"eventDataId": "e-1", "claims": None, "caller": None, "operationName": None, "eventTimestamp": "whenever"},
        {"eventDataId": "e-1", "claims": {"oid": 7}, "status": {"value": None}},
    ],
)
def test_an_event_that_tells_little_is_still_a_row(event: dict[str, object]) -> None:
    told = one(normalized(Kind.ACTIVITY_LOG, {"value": [event]}), "activity")
    assert told["event_id"] == "e-1"


def test_an_event_or_a_row_without_id_is_unread() -> None:
    found = [normalized(Kind.ACTIVITY_LOG, {"value": [{}]}), normalized(Kind.GRAPH_JOBS, graph({"name": "x"}))]
    assert [[unread.reason for unread in one.unread] for one in found] == [
        ["an event without id"],
        ["an element without id"],
    ]


ITEMS = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems"
KINDS = {
    f"{ITEMS}/recoveryPoints/restore/action": "restore",
    "microsoft.dataprotection/backupvaults/backupinstances/restore/action": "restore",
    f"{ITEMS}/recoveryPoints/provisionInstantItemRecovery/action": "restore",
    f"{ITEMS}/backup/action": "backup",
    "Microsoft.DataProtection/backupVaults/backupInstances/backup/action": "backup",
    "Microsoft.RecoveryServices/vaults/backupPolicies/delete": "policy",
    f"{ITEMS}/write": "protection",
    f"{ITEMS}/delete": "protection",
    "Microsoft.DataProtection/backupVaults/backupInstances/stopProtection/action": "protection",
    "Microsoft.RecoveryServices/vaults/backupFabrics/backupProtectionIntent/write": "protection",
    "Microsoft.RecoveryServices/vaults/write": "vault",
    "Microsoft.DataProtection/backupVaults/delete": "vault",
    "Microsoft.RecoveryServices/vaults/backupconfig/write": "vault",
    "Microsoft.RecoveryServices/vaults/backupResourceGuardProxies/delete": "vault",
    f"{ITEMS}/recoveryPoints/move/action": "other",
    "Microsoft.RecoveryServices/vaults/usages/read": "other",
    "": "other",
}


@pytest.mark.parametrize(("operation", "kind"), KINDS.items())
def test_operations_by_what_they_change(operation: str, kind: str) -> None:
    assert activity_kind(operation) == activity_kind(operation.upper()) == kind


def test_no_operation_is_other() -> None:
    assert activity_kind(None) == "other"


# --- nothing is lost


@given(st.sampled_from(SECOND_KINDS), st.lists(json_values(texts), max_size=3))
def test_whatever_comes_is_rows_or_unread(kind: Kind, rows: Sequence[object]) -> None:
    body = {"value": rows} if kind is Kind.ACTIVITY_LOG else graph(*rows)
    found = normalized(kind, body, len(rows))
    assert len(found.inventory) + len(found.activity) + len(found.unread) == len(rows)


@given(st.dictionaries(st.sampled_from(sorted(EVENT)), json_values(texts)))
def test_an_event_with_any_fields_is_kept_whole(spoilt: dict[str, object]) -> None:
    found = normalized(Kind.ACTIVITY_LOG, {"value": [{**EVENT, **spoilt}]})
    assert len(found.activity) + len(found.unread) == 1
    for told in found.activity:
        kept = orjson.loads(str(told["envelope"]))
        assert {**kept, "properties": orjson.loads(str(told["properties"]))} == orjson.loads(
            json.dumps({**EVENT, **spoilt})
        )


def test_digits_of_a_graph_row_survive() -> None:
    body = b'{"data":[{"id":"/a/b","name":"b","properties":{"size":1.00000000000000000001}}],"resultTruncated":"false"}'
    assert "1.00000000000000000001" in str(one(normalized(Kind.GRAPH_ITEMS, body))["properties"])


@needs_recordings
def test_every_recorded_row_of_the_graph_becomes_a_row() -> None:
    entries = json.loads((RECORDINGS / "manifest.json").read_bytes())
    found = 0
    for entry in (one for one in entries if one["category"] == "resource_graph"):
        body = (RECORDINGS / entry["file"]).read_bytes()
        kind = {"backupvaults": Kind.GRAPH_VAULTS, "backupinstances": Kind.GRAPH_ITEMS, "backupjobs": Kind.GRAPH_JOBS}[
            entry["type"].rsplit("/", 1)[1]
        ]
        told = normalized(kind, body)
        assert (told.unread, told.problems) == ((), ())
        assert len(told.inventory) == entry["count"]
        found += len(told.inventory)
        for row_told in told.inventory:
            assert row_told["thing_key"]
            if kind is Kind.GRAPH_JOBS:
                assert row_told["started_at"]
                assert row_told["status"]
                assert row_told["of_vault_id"]
    assert found == 141
