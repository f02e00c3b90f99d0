"""Bodies of vaults, policies, instances, points and guard proxies as Azure sends them, in the keys of api-version 2024-04-01."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from simulator.generated.backup_vaults.values import PROVIDER, BackupVault, Instance, Point, Policy
from simulator.generated.moments import ticks
from simulator.generated.seeded import Seed
from simulator.tokens import PRINCIPAL

_WRITTEN = "2026-03-02"
"""Day on which the policies were written: Azure dates the runs with it."""
_GUARDED = {
    "backupInstances/delete": "deleteBackupInstanceRequests",
    "backupResourceGuardProxies/delete": "deleteResourceGuardProxyRequests",
    "write#reduceImmutabilityState": "dppReduceImmutabilityStateRequests",
    "write#reduceSoftDeleteSecurity": "dppReduceSoftDeleteSecurityRequests",
    "backupInstances/stopProtection/action": "dppDisableStopProtectionRequests",
}


def vault_body(vault: BackupVault, seed: Seed) -> dict[str, object]:
    """A vault, as lists and gets alike have it."""
    principal = seed.guid("identity", vault.name)
    body: dict[str, object] = {
        "location": vault.region,
        "identity": {"type": "SystemAssigned", "principalId": principal, "tenantId": PRINCIPAL.tenant_id},
    }
    if vault.tags:
        body["tags"] = dict(vault.tags)
    return body | {
        "properties": {
            "provisioningState": "Succeeded",
            "storageSettings": [{"datastoreType": "VaultStore", "type": vault.redundancy}],
            "isVaultProtectedByResourceGuard": vault.guarded,
            "monitoringSettings": {"azureMonitorAlertSettings": {"alertsForAllJobFailures": "Disabled"}},
            "securitySettings": {
                "softDeleteSettings": {"state": vault.soft_delete, "retentionDurationInDays": 14.0},
                "immutabilitySettings": {"state": vault.immutability},
            },
            "featureSettings": {"crossRegionRestoreSettings": {"state": "Enabled"}}
            if vault.redundancy == "GeoRedundant"
            else {},
            "secureScore": "Adequate" if vault.guarded else "Minimum",
            "replicatedRegions": [],
        },
        "id": vault.id,
        "name": vault.name,
        "type": PROVIDER,
    }


def policy_body(vault: BackupVault, policy: Policy) -> dict[str, object]:
    """A policy: of continuous backups one rule that retains, else one that backs up besides."""
    store = {"dataStoreType": policy.store, "objectType": "DataStoreInfoBase"}
    retained = {"deleteAfter": {"objectType": "AbsoluteDeleteOption", "duration": f"P{policy.keep_days}D"}}
    rules: list[dict[str, object]] = [
        {
            "lifecycles": [retained | {"sourceDataStore": store}],
            "isDefault": True,
            "name": "Default",
            "objectType": "AzureRetentionRule",
        }
    ]
    if policy.run_at is not None:
        rules.insert(0, _backup_rule(policy, store))
    properties = {"policyRules": rules, "datasourceTypes": [str(policy.source)], "objectType": "BackupPolicy"}
    return _below(vault, f"backupPolicies/{policy.name}", f"{PROVIDER}/backupPolicies", properties)


def _backup_rule(policy: Policy, store: dict[str, str]) -> dict[str, object]:
    every = "P1D" if policy.weekday is None else "P1W"
    day = _WRITTEN if policy.weekday is None else f"2026-03-{2 + policy.weekday:02}"
    tag = {"tagInfo": {"tagName": "Default", "id": "Default_"}, "taggingPriority": 99, "isDefault": True}
    return {
        "backupParameters": {
            "backupType": "Incremental" if policy.store == "OperationalStore" else "Full",
            "objectType": "AzureBackupParams",
        },
        "trigger": {
            "schedule": {"repeatingTimeIntervals": [f"R/{day}T{policy.run_at:%H:%M:%S}+00:00/{every}"]},
            "taggingCriteria": [tag],
            "objectType": "ScheduleBasedTriggerContext",
        },
        "dataStore": store,
        "name": "BackupDaily" if policy.weekday is None else "BackupWeekly",
        "objectType": "AzureBackupRule",
    }


def instance_body(instance: Instance, deleted_at: datetime | None = None) -> dict[str, object]:
    """An instance, or what is kept of one that was deleted."""
    source, vault = instance.policy.source, instance.vault
    state = "ProtectionConfigured" if deleted_at is None else "SoftDeleted"
    policy: dict[str, object] = {"policyId": f"{vault.id}/backupPolicies/{instance.policy.name}"}
    if str(source) == source.resource_type and instance.policy.store == "OperationalStore":
        parameters = {"dataStoreType": "OperationalStore", "objectType": "AzureOperationalStoreParameters"}
        store = parameters | {"resourceGroupId": vault.group_id}
        policy["policyParameters"] = {"dataStoreParametersList": [store]}
    properties: dict[str, object] = {
        "friendlyName": instance.resource,
        "dataSourceInfo": {
            "resourceID": instance.resource_id,
            "resourceUri": "",
            "datasourceType": str(source),
            "resourceName": instance.resource,
            "resourceType": source.resource_type,
            "resourceLocation": vault.region,
            "objectType": "Datasource",
        },
        "policyInfo": policy,
        "protectionStatus": {"status": state},
        "currentProtectionState": state,
        "provisioningState": "Succeeded",
        "objectType": "BackupInstance" if deleted_at is None else "DeletedBackupInstance",
    }
    kind = "backupInstances" if deleted_at is None else "deletedBackupInstances"
    if deleted_at is not None:
        properties["deletionInfo"] = {
            "deletionTime": ticks(deleted_at),
            "billingEndDate": ticks(deleted_at),
            "scheduledPurgeTime": ticks(deleted_at + timedelta(days=14)),
            "deleteActivityID": instance.name[-36:],
        }
    return _below(vault, f"{kind}/{instance.name}", f"{PROVIDER}/{kind}", properties)


def point_body(instance: Instance, point: Point, seed: Seed) -> dict[str, object]:
    """A recovery point."""
    in_vault = instance.policy.store == "VaultStore"
    # Recorded: points in the vault store tell no expiry.
    expires = None if in_vault else ticks(point.expires_at)
    properties = {
        "objectType": "AzureBackupDiscreteRecoveryPoint",
        "recoveryPointId": point.point_id,
        "recoveryPointTime": ticks(point.at),
        "recoveryPointType": "Full" if in_vault else "Incremental",
        "friendlyName": point.point_id,
        "recoveryPointDataStoresDetails": [
            {
                "id": seed.guid("store", instance.vault.name, instance.policy.store),
                "type": instance.policy.store,
                "creationTime": ticks(point.at),
                "expiryTime": expires,
                "metaData": None,
                "visible": True,
                "state": "COMMITTED",
                "rehydrationExpiryTime": None,
                "rehydrationStatus": None,
            }
        ],
        "retentionTagName": "Default",
        "retentionTagVersion": seed.digits(18, "retention tag", instance.policy.name),
        "policyName": instance.policy.name,
        "policyVersion": None,
        "expiryTime": expires,
        "recoveryPointState": "Completed",
    }
    path = f"backupInstances/{instance.name}/recoveryPoints/{point.point_id}"
    return _below(instance.vault, path, f"{PROVIDER}/backupInstances/recoveryPoints", properties)


def guard_proxies(vault: BackupVault) -> list[dict[str, object]]:
    """The resource guard of a vault, if it has one; Azure writes the type without `backup`."""
    if not vault.guarded:
        return []
    guard = f"/subscriptions/{vault.subscription}/resourceGroups/rg-guards"
    guard += "/providers/Microsoft.DataProtection/resourceGuards/guard-backup"
    details = [
        {"vaultCriticalOperation": f"{PROVIDER}/{operation}", "defaultResourceRequest": f"{guard}/{request}/default"}
        for operation, request in _GUARDED.items()
    ]
    properties = {
        "resourceGuardResourceId": guard,
        "resourceGuardOperationDetails": details,
        "lastUpdatedTime": "2026-03-02T09:14:57.8466995Z",
    }
    kind = "Microsoft.DataProtection/vaults/backupResourceGuardProxies"
    return [_below(vault, "backupResourceGuardProxies/DppResourceGuardProxy", kind, properties)]


def _below(vault: BackupVault, path: str, kind: str, properties: Mapping[str, object]) -> dict[str, object]:
    return {"properties": properties, "id": f"{vault.id}/{path}", "name": path.rpartition("/")[2], "type": kind}
