"""Answers of a Backup vault in the shapes that the recordings show, written for tests."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from evidence.normalize import Normalized, normalize_capture
from evidence.records import Call, Capture, Kind
from tests.normalize.shapes import CONTEXT, call

Json = dict[str, object]

GROUP = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-backup"
VAULT = f"{GROUP}/providers/Microsoft.DataProtection/backupVaults/bv-north"
INSTANCE = f"{VAULT}/backupInstances/disk-1"
DISK = f"{GROUP}/providers/Microsoft.Compute/disks/disk-1"
KEY = INSTANCE.lower()


def resource(path: str, properties: Mapping[str, object], **beside: object) -> Json:
    arm_id = f"{VAULT}/{path}" if path else VAULT
    kinds = "/".join(path.split("/")[::2])
    told = f"Microsoft.DataProtection/backupVaults/{kinds}".rstrip("/")
    return {"id": arm_id, "name": arm_id.rpartition("/")[2], "type": told, **beside, "properties": dict(properties)}


def job(name: str = "j1", **properties: object) -> Json:
    usual: Json = {
        "activityID": "5f43e246-7719-11eb-8d5b-c8d9d22a90da",
        "backupInstanceFriendlyName": "disk-1",
        "backupInstanceId": INSTANCE,
        "dataSourceId": DISK,
        "dataSourceName": "disk-1",
        "dataSourceType": "Microsoft.Compute/disks",
        "duration": "00:05:39.5819256",
        "endTime": "2026-11-20T22:05:43.9027827Z",
        "errorDetails": None,
        "extendedInfo": None,
        "isUserTriggered": False,
        "operation": "Backup",
        "operationCategory": "Backup",
        "startTime": "2026-11-20T22:00:04.3208571Z",
        "status": "Completed",
    }
    return resource(f"backupJobs/{name}", usual | properties)


def restore(
    name: str = "r1", point: object = "p1", at: object = "2026-11-19T22:00:09.1Z", **properties: object
) -> Json:
    extended: Json = {
        "recoveryDestination": f"{GROUP}/providers/Microsoft.Compute/disks/disk-1-restored",
        "sourceRecoverPoint": {"recoveryPointID": point, "recoveryPointTime": at},
        "targetRecoverPoint": None,
        "additionalDetails": None,
        "subTasks": [],
        "dataTransferredInBytes": None,
    }
    named: Json = {"operation": "Restore", "operationCategory": "Restore", "extendedInfo": extended}
    return job(name, **(named | properties))


def instance(path: str = "backupInstances/disk-1", state: str = "ProtectionConfigured") -> Json:
    source = {"datasourceType": "Microsoft.Compute/disks", "resourceID": DISK, "resourceName": "disk-1"}
    return resource(
        path,
        {
            "friendlyName": "disk-1",
            "dataSourceInfo": source,
            "policyInfo": {"policyId": f"{VAULT}/backupPolicies/Daily"},
            "protectionStatus": {"status": state},
            "currentProtectionState": state,
        },
    )


def point(name: str = "p1", **properties: object) -> Json:
    usual: Json = {
        "recoveryPointId": name,
        "recoveryPointTime": "2026-11-19T22:00:09.1Z",
        "recoveryPointType": "Incremental",
        "expiryTime": None,
        "retentionTagName": "Default",
        "recoveryPointDataStoresDetails": [{"type": "OperationalStore", "state": "COMMITTED"}],
    }
    return resource(f"backupInstances/disk-1/recoveryPoints/{name}", usual | properties)


def told(kind: Kind, *rows: object, subject: str | None = None) -> Normalized:
    """What one list of a Backup vault becomes."""
    return captured(call(kind, orjson.dumps({"value": rows}), subject=subject))


def captured(*calls: Call) -> Normalized:
    """What the calls of one Backup vault become."""
    return normalize_capture(Capture("capture-1", VAULT.lower(), None, calls, ()), CONTEXT)
