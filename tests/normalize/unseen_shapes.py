"""Answers that nobody recorded, written by us with the field names of the SDK's models, one for each of `NOT_YET_SEEN`."""

from __future__ import annotations

from tests.normalize.shapes import ITEMS, VAULT, Json, item, job, point

_TYPE = "Microsoft.RecoveryServices/vaults"
AGENT_CONTAINER, ENGINE_CONTAINER = "Windows;fs-branch-01.contoso.example", "DPMContainer;sql-dc-07.contoso.example"
SERVER, ENGINE = "FS-BRANCH-01.contoso.example", "DPM-DC-01.contoso.example"


def mab_job(name: str = "m1", **properties: object) -> Json:
    usual: Json = {
        "jobType": "MabJob",
        "duration": "PT24M10.5S",
        "actionsInfo": [1],
        "mabServerName": SERVER,
        "mabServerType": "Windows",
        "workloadType": "FileFolder",
        "entityFriendlyName": "C:\\",
        "backupManagementType": "MAB",
        "operation": "Backup",
        "status": "Failed",
        "startTime": "2026-11-20T20:00:03.25Z",
        "endTime": "2026-11-20T20:24:13.75Z",
        "activityId": "0c7d0000-0000-4000-8000-000000000001",
        "errorDetails": [{"errorString": "The agent could not reach the service.", "recommendations": ["Check it."]}],
        "extendedInfo": {
            "tasksList": [
                {
                    "taskId": "Transferring data",
                    "startTime": "2026-11-20T20:00:03Z",
                    "endTime": "2026-11-20T20:24:13Z",
                    "duration": "PT24M10S",
                    "status": "Failed",
                }
            ],
            "propertyBag": {"Data Transferred (in MB)": "12.5"},
            "dynamicErrorMessage": "",
        },
    }
    return job(name, usual | properties)


def dpm_job(name: str = "d1", **properties: object) -> Json:
    usual: Json = {
        "jobType": "DpmJob",
        "duration": "PT50M",
        "dpmServerName": ENGINE,
        "containerName": "SQL-DC-07.contoso.example",
        "containerType": "DPMContainer",
        "workloadType": "SQLDB",
        "actionsInfo": ["Cancellable"],
        "entityFriendlyName": "Archive2019",
        "backupManagementType": "DPM",
        "operation": "Backup",
        "status": "Completed",
        "startTime": "2026-11-20T21:00:00Z",
        "endTime": "2026-11-20T21:50:00Z",
        "activityId": "0c7d0000-0000-4000-8000-000000000002",
        "extendedInfo": {"tasksList": [{"taskId": "Backup", "status": "Completed"}], "propertyBag": {}},
    }
    return job(name, usual | properties)


def vault_job(name: str = "v1") -> Json:
    return job(
        name,
        {
            "jobType": "VaultJob",
            "duration": "PT2M",
            "actionsInfo": [],
            "errorDetails": [
                {"errorCode": 391224, "errorString": "The key is gone.", "recommendations": ["Restore it."]}
            ],
            "extendedInfo": {"propertyBag": {"Key Uri": "https://kv.vault.example/keys/backup"}},
            "entityFriendlyName": "rsv-north",
            "backupManagementType": "DefaultBackup",
            "operation": "UpdateCustomerManagedKey",
            "status": "Failed",
            "startTime": "2026-11-20T12:00:00Z",
            "endTime": "2026-11-20T12:02:00Z",
            "activityId": "0c7d0000-0000-4000-8000-000000000003",
        },
    )


def mab_item(name: str = "FileFolder;236473") -> Json:
    return item(
        AGENT_CONTAINER,
        name,
        {
            "protectedItemType": "MabFileFolderProtectedItem",
            "friendlyName": "C:\\",
            "computerName": SERVER,
            "lastBackupStatus": "Completed",
            "lastBackupTime": "2026-11-19T20:20:00Z",
            "protectionState": "Healthy",
            "backupManagementType": "MAB",
            "workloadType": "FileFolder",
            "containerName": AGENT_CONTAINER,
            "lastRecoveryPoint": "2026-11-19T20:00:00Z",
            "deferredDeleteSyncTimeInUTC": 0,
        },
    )


def dpm_item(name: str = "SQLDB;118") -> Json:
    return item(
        ENGINE_CONTAINER,
        name,
        {
            "protectedItemType": "DPMProtectedItem",
            "friendlyName": "Archive2019",
            "backupEngineName": ENGINE,
            "protectionState": "Protected",
            "backupManagementType": "DPM",
            "workloadType": "SQLDB",
            "lastRecoveryPoint": "2026-11-19T21:00:00Z",
            "extendedInfo": {
                "protected": True,
                "lastBackupStatus": "Completed",
                "recoveryPointCount": 30,
                "protectionGroupName": "sql",
            },
        },
    )


def ase_item(name: str = "SAPAseDatabase;ase1;orders") -> Json:
    return item(
        "VMAppContainer;compute;rg-prod;ase-vm-01",
        name,
        {
            "protectedItemType": "AzureVmWorkloadSAPAseDatabase",
            "friendlyName": "orders",
            "serverName": "ase-vm-01",
            "parentName": "ASE1",
            "protectionState": "Protected",
            "lastBackupStatus": "Healthy",
            "lastBackupTime": "2026-11-20T22:00:00Z",
            "backupManagementType": "AzureWorkload",
            "workloadType": "SAPAseDatabase",
            "containerName": "VMAppContainer;compute;rg-prod;ase-vm-01",
        },
    )


def ase_point(name: str = "77") -> Json:
    told = {"objectType": "AzureWorkloadSAPAseRecoveryPoint", "recoveryPointTimeInUTC": "2026-11-20T22:00:05Z"}
    return point(ase_item(), name, {**told, "type": "Full"})


def ase_ranges() -> Json:
    told = [{"startTime": "2026-11-20T00:00:00Z", "endTime": "2026-11-21T05:45:00Z"}]
    kind = "AzureWorkloadSAPAsePointInTimeRecoveryPoint"
    return point(ase_item(), "DefaultRangeRecoveryPoint", {"objectType": kind, "type": "Log", "timeRanges": told})


def deleted_point(name: str = "78") -> Json:
    told = {"objectType": "IaasVMRecoveryPoint", "recoveryPointTime": "2026-11-10T22:00:05Z"}
    kept = {"expiryTime": "2026-12-10T22:00:05.0000000", "ruleName": "Daily", "isSoftDeleted": True}
    return point(ase_item(), name, {**told, "recoveryPointProperties": kept})


def container(name: str, **properties: object) -> Json:
    return {
        "id": f"{ITEMS}/{name}",
        "name": name,
        "type": f"{_TYPE}/backupFabrics/protectionContainers",
        "properties": properties,
    }


def dpm_container(kind: str = "DPMContainer") -> Json:
    return container(
        ENGINE_CONTAINER,
        containerType=kind,
        friendlyName="SQL-DC-07.contoso.example",
        backupManagementType="DPM",
        registrationStatus="Registered",
        protectionStatus="Protected",
        dpmAgentVersion="10.22.148.0",
        protectedItemCount=3,
        dpmServers=[ENGINE],
        extendedInfo={"lastRefreshedAt": "2026-11-20T23:10:00Z"},
    )


def mab_container() -> Json:
    return container(
        AGENT_CONTAINER,
        containerType="Windows",
        friendlyName=SERVER,
        backupManagementType="MAB",
        registrationStatus="Registered",
        healthStatus="",
        containerHealthState="Healthy",
        agentVersion="2.0.9262.0",
        protectedItemCount=2,
        canReRegister=True,
        extendedInfo={"lastRefreshedAt": "2026-11-20T20:30:00Z"},
    )


def engine() -> Json:
    return {
        "id": f"{VAULT}/backupEngines/{ENGINE}",
        "name": ENGINE,
        "type": f"{_TYPE}/backupEngines",
        "properties": {
            "friendlyName": ENGINE,
            "backupManagementType": "AzureBackupServer",
            "registrationStatus": "Registered",
            "backupEngineState": "Active",
            "backupEngineType": "AzureBackupServerEngine",
            "dpmVersion": "13.0.580.0",
            "azureBackupAgentVersion": "2.0.9262.0",
            "extendedInfo": {"protectedItemsCount": 12, "refreshedAt": "2026-11-20T23:00:00Z"},
        },
    }
