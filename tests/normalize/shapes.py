"""Answers in the shapes that the recordings show, written for tests; and the calls and captures that carry them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import orjson

from evidence.nights import Calendar
from evidence.normalize import CaptureContext, Normalized, normalize_capture
from evidence.records import Attempt, Call, Capture, Coverage, Identity, Kind, Outcome

Json = dict[str, object]

NIGHT = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 6, 5, tzinfo=UTC)
VAULT = "/Subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/rsv-north"
VAULT_ID = VAULT.lower()
TENANT = "22222222-2222-2222-2222-222222222222"
CONTEXT = CaptureContext(NIGHT, "run-1", Calendar(), TENANT)
ITEMS = f"{VAULT}/backupFabrics/Azure/protectionContainers"


def job(name: str, properties: Mapping[str, object]) -> Json:
    return {
        "id": f"{VAULT}/backupJobs/{name}",
        "name": name,
        "type": "Microsoft.RecoveryServices/vaults/backupJobs",
        "properties": dict(properties),
    }


def vm_job(name: str = "j1", **properties: object) -> Json:
    usual: Json = {
        "jobType": "AzureIaaSVMJob",
        "containerName": "iaasvmcontainerv2;rg-prod;vm1",
        "duration": "PT9M12.3456789S",
        "actionsInfo": [1],
        "virtualMachineVersion": "Compute",
        "entityFriendlyName": "vm1",
        "backupManagementType": "AzureIaasVM",
        "operation": "Backup",
        "status": "Completed",
        "startTime": "2026-11-20T22:00:04.3208571Z",
        "endTime": "2026-11-20T22:09:16.666536Z",
        "activityId": "5f43e246-7719-11eb-8d5b-c8d9d22a90da",
    }
    return job(name, usual | properties)


def vm_restore(name: str, point_time: str | None, **properties: object) -> Json:
    bag: Json = {
        "Job Type": "Recover disks",
        "Target VM Name": "vmName",
        "Target Storage Account Name": "staging001",
        "Recovery point time ": point_time,
        "Target resource group": "rg-drill",
        "Config Blob Uri": "https://staging001.blob.core.windows.net/c/config.json?sv=2020&sig=SECRET",
        "Template Blob Uri": "https://staging001.blob.core.windows.net/c/deploy.json",
    }
    details = {"tasksList": [], "propertyBag": bag, "internalPropertyBag": {"restoreLocationType": "RestoreDisks"}}
    return vm_job(name, **{"operation": "Restore", "extendedInfo": details, **properties})


def sql_job(name: str = "j2", entity: str = "sales [sql1]", **properties: object) -> Json:
    usual: Json = {
        "jobType": "AzureWorkloadJob",
        "workloadType": "SQLDataBase",
        "duration": "PT4M32.8427139S",
        "actionsInfo": ["Cancellable"],
        "isUserTriggered": True,
        "entityFriendlyName": entity,
        "backupManagementType": "AzureWorkload",
        "operation": "Backup (Full)",
        "status": "Completed",
        "startTime": "2026-11-20T23:00:00.4543485Z",
        "endTime": "2026-11-20T23:04:33.2970624Z",
        "activityId": "5f85f1f5-b229-11eb-b2c2-b07b250bf939",
    }
    return job(name, usual | properties)


def sql_restore(name: str, point_time: str | None, entity: str = "sales [sql1]", **properties: object) -> Json:
    bag: Json = {"Job Type": "Recovery to an alternate database", "RestoreDestination": "sql1/INST1/sales_drill"}
    if point_time is not None:
        bag |= {"RestoreRecoveryPointTime": point_time, "Data Transferred (in MB)": "20.0845"}
    details = {"tasksList": [{"taskId": "Transfer data from vault", "status": "Completed"}], "propertyBag": bag}
    return sql_job(name, entity, **{"operation": "Restore (Full)", "extendedInfo": details, **properties})


def files_restore(name: str, point_time: str | None, began: str = "2026-11-20T10:04:09.071714Z") -> Json:
    share, account = "share1", "files001"
    bag: Json = {
        "Source File Share Name": share,
        "Source Storage Account Name": account,
        "RestoreRecoveryPointTime": point_time,
        "Job Type": "Recover to an alternate file share",
        "Target File Share Name": "share-drill",
        "Target Storage Account Name": "files002",
        "RestoreDestination": "files002/share-drill/",
        "Data Transferred (in MB)": "0",
        "Number Of Restored Files": "2",
        "Number Of Skipped Files": "1",
        "Number Of Failed Files": "0",
    }
    return job(
        name,
        {
            "jobType": "AzureStorageJob",
            "duration": "PT1M14.5729909S",
            "actionsInfo": [1],
            "storageAccountName": account,
            "storageAccountVersion": "ClassicCompute",
            "extendedInfo": {"tasksList": [], "propertyBag": bag},
            "isUserTriggered": False,
            "entityFriendlyName": share,
            "backupManagementType": "AzureStorage",
            "operation": "Restore",
            "status": "Completed",
            "startTime": began,
            "endTime": "2026-11-20T10:05:23.6447049Z",
            "activityId": "a8caf50c-b90f-11eb-8782-b07b250bf939",
        },
    )


def item(container: str, name: str, properties: Mapping[str, object]) -> Json:
    return {
        "id": f"{ITEMS}/{container}/protectedItems/{name}",
        "name": name,
        "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems",
        "properties": dict(properties),
    }


def vm_item(vm: str = "vm1", group: str = "rg-prod", **properties: object) -> Json:
    usual: Json = {
        "friendlyName": vm,
        "virtualMachineId": f"/subscriptions/1/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{vm}",
        "protectionStatus": "Healthy",
        "protectionState": "Protected",
        "healthStatus": "Passed",
        "lastBackupStatus": "Completed",
        "lastBackupTime": "2026-11-20T22:00:04.0932083Z",
        "protectedItemType": "Microsoft.Compute/virtualMachines",
        "backupManagementType": "AzureIaasVM",
        "workloadType": "VM",
        "containerName": f"iaasvmcontainerv2;{group};{vm}",
        "policyId": f"{VAULT}/backupPolicies/DefaultPolicy",
        "policyName": "DefaultPolicy",
        "lastRecoveryPoint": "2026-11-20T22:00:09.7367545Z",
    }
    return item(
        f"IaasVMContainer;iaasvmcontainerv2;{group};{vm}", f"VM;iaasvmcontainerv2;{group};{vm}", usual | properties
    )


def sql_item(database: str = "sales", server: str = "sql1", instance: str = "INST1", **properties: object) -> Json:
    usual: Json = {
        "friendlyName": database,
        "serverName": server,
        "parentName": instance,
        "parentType": "AzureVmWorkloadSQLInstance",
        "protectionStatus": "Healthy",
        "protectionState": "Protected",
        "lastBackupStatus": "Healthy",
        "lastBackupTime": "2026-11-20T23:04:33.2576029Z",
        "protectedItemType": "AzureVmWorkloadSQLDatabase",
        "backupManagementType": "AzureWorkload",
        "workloadType": "SQLDataBase",
        "containerName": f"VMAppContainer;compute;rg-prod;{server}",
        "policyId": f"{VAULT}/backupPolicies/HourlyLogBackup",
    }
    return item(
        f"VMAppContainer;compute;rg-prod;{server}", f"SQLDataBase;{instance.lower()};{database}", usual | properties
    )


def files_item(share: str = "share1", account: str = "files001", name: str = "AzureFileShare;ab12") -> Json:
    container = f"StorageContainer;storage;rg-prod;{account}"
    source = f"/subscriptions/1/resourceGroups/rg-prod/providers/Microsoft.storage/storageAccounts/{account}"
    return item(
        container,
        name,
        {
            "friendlyName": share,
            "protectionStatus": "Healthy",
            "protectionState": "Protected",
            "lastBackupStatus": "Completed",
            "lastBackupTime": "2026-11-20T20:03:02.4607282Z",
            "protectedItemType": "AzureFileShareProtectedItem",
            "backupManagementType": "AzureStorage",
            "workloadType": "AzureFileShare",
            "containerName": container,
            "sourceResourceId": source,
            "policyId": f"{VAULT}/backupPolicies/files",
        },
    )


def point(of: Mapping[str, object], name: str, properties: Mapping[str, object]) -> Json:
    return {
        "id": f"{of['id']}/recoveryPoints/{name}",
        "name": name,
        "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints",
        "properties": dict(properties),
    }


def vm_point(of: Mapping[str, object], name: str, at: str, **properties: object) -> Json:
    usual: Json = {
        "objectType": "IaasVMRecoveryPoint",
        "recoveryPointType": "AppConsistent",
        "recoveryPointTime": at,
        "recoveryPointTierDetails": [{"type": 1, "status": 1}, {"type": 2, "status": 1}],
    }
    return point(of, name, usual | properties)


def files_point(of: Mapping[str, object], name: str, at: str) -> Json:
    kind = "AzureFileShareRecoveryPoint"
    return point(
        of,
        name,
        {
            "objectType": kind,
            "recoveryPointType": "FileSystemConsistent",
            "recoveryPointTime": at,
            "recoveryPointSizeInGB": 3,
        },
    )


def sql_point(of: Mapping[str, object], name: str, at: str, **properties: object) -> Json:
    usual: Json = {"objectType": "AzureWorkloadSQLRecoveryPoint", "recoveryPointTimeInUTC": at, "type": "Full"}
    return point(of, name, usual | properties)


def log_ranges(of: Mapping[str, object], *ranges: tuple[str, str]) -> Json:
    told = [{"startTime": start, "endTime": end} for start, end in ranges]
    kind = "AzureWorkloadSQLPointInTimeRecoveryPoint"
    return point(of, "DefaultRangeRecoveryPoint", {"objectType": kind, "timeRanges": told, "type": "Log"})


def answer(*elements: object) -> bytes:
    return orjson.dumps({"value": list(elements)})


def call(kind: Kind, body: bytes, call_id: str = "c1", **fields: object) -> Call:
    attempt = Attempt(NOW, NOW, 200, body=body, sha256="ab" * 32)
    usual: Json = {
        "subject": None,
        "url": f"https://management.azure.com{VAULT}/list?api-version=2024-04-01",
        "api_version": "2024-04-01",
        "filter": None,
        "request_headers": {},
        "identity": Identity(TENANT, "principal-1"),
        "attempts": (attempt,),
        "outcome": "ok",
        "reason": None,
        "rows": None,
        "next_link": None,
    }
    return Call(call_id=call_id, kind=kind, **(usual | fields))  # type: ignore[arg-type]  # tests name fields as they are


def capture(calls: Sequence[Call], coverage: Sequence[Coverage] = ()) -> Capture:
    return Capture("capture-1", VAULT_ID, None, tuple(calls), tuple(coverage))


def items_coverage(outcome: Outcome) -> Coverage:
    return Coverage(Kind.PROTECTED_ITEMS, outcome, "throttled", 1, 0, 0, None, None)


def normalized(
    *calls: Call, coverage: Sequence[Coverage] = (), known: Sequence[Mapping[str, object]] = ()
) -> Normalized:
    return normalize_capture(capture(calls, coverage), CONTEXT, known)
