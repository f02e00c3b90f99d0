"""Vault bodies and the settings below a vault.

Shape of the vault as api-version 2024-04-01 sends it; settings that were never set are null, not "Disabled".
"""

from __future__ import annotations

from collections.abc import Mapping

from simulator.generated.seeded import Seed
from simulator.generated.values import Vault
from simulator.tokens import PRINCIPAL

_RETENTION_DAYS = 14
_GUARDED = {
    "backupFabrics/protectionContainers/protectedItems/delete": "deleteProtectedItemRequests",
    "backupFabrics/protectionContainers/protectedItems/write": "updateProtectedItemRequests",
    "backupPolicies/write": "updateProtectionPolicyRequests",
    "backupResourceGuardProxies/delete": "deleteResourceGuardProxyRequests",
    "backupSecurityPIN/action": "getBackupSecurityPINRequests",
    "backupconfig/write": "disableSoftDeleteRequests",
}


def vault_body(vault: Vault, seed: Seed) -> dict[str, object]:
    """A vault, as lists and gets alike have it."""
    body: dict[str, object] = {
        "location": vault.region,
        "name": vault.name,
        "etag": f"W/\"datetime'2026-03-02T09%3A{seed.between(10, 59, 'etag', vault.name)}%3A54.962755Z'\"",
    }
    if vault.tags:
        body["tags"] = dict(vault.tags)
    if vault.customer_key:
        principal = seed.guid("identity", vault.name)
        body["identity"] = {"tenantId": PRINCIPAL.tenant_id, "principalId": principal, "type": "SystemAssigned"}
    return body | {
        "properties": _properties(vault),
        "id": vault.id,
        "type": "Microsoft.RecoveryServices/vaults",
        "sku": {"name": "RS0", "tier": "Standard"},
    }


def _properties(vault: Vault) -> dict[str, object]:
    body: dict[str, object] = {
        "provisioningState": "Succeeded",
        "privateEndpointStateForBackup": "None",
        "privateEndpointStateForSiteRecovery": "None",
    }
    if vault.customer_key:
        body["encryption"] = {
            "keyVaultProperties": {"keyUri": _key(vault)},
            "kekIdentity": {"useSystemAssignedIdentity": True, "userAssignedIdentity": None},
            "infrastructureEncryption": "Disabled",
        }
    immutability = None if vault.immutability is None else {"state": vault.immutability}
    secured = vault.immutability is not None
    return body | {
        "monitoringSettings": {
            "azureMonitorAlertSettings": {"alertsForAllJobFailures": "Enabled"},
            "classicAlertSettings": {"alertsForCriticalOperations": "Enabled"},
        },
        "backupStorageVersion": "V2",
        "securitySettings": {
            "immutabilitySettings": immutability,
            "softDeleteSettings": {
                "softDeleteRetentionPeriodInDays": _RETENTION_DAYS if vault.soft_delete else 0,
                "softDeleteState": "Enabled" if vault.soft_delete else "Disabled",
                "enhancedSecurityState": "Enabled",
            },
            "multiUserAuthorization": "Enabled" if vault.resource_guard else "Disabled",
        },
        "redundancySettings": {
            "standardTierStorageRedundancy": vault.redundancy,
            "crossRegionRestore": "Enabled" if vault.cross_region_restore else "Disabled",
        },
        "secureScore": "Minimum" if secured else "None",
        "bcdrSecurityLevel": "Fair" if secured else "Poor",
        "publicNetworkAccess": "Enabled",
        "restoreSettings": {"crossSubscriptionRestoreSettings": {"crossSubscriptionRestoreState": "Enabled"}},
    }


def backup_config(vault: Vault) -> dict[str, object]:
    """Soft delete, as the backup service has it."""
    properties = {
        "enhancedSecurityState": "Enabled",
        "softDeleteFeatureState": "Enabled" if vault.soft_delete else "Disabled",
        "softDeleteRetentionPeriodInDays": _RETENTION_DAYS,
        "isSoftDeleteFeatureStateEditable": True,
    }
    return _below(vault, "backupconfig", "vaultconfig", properties)


def storage_config(vault: Vault) -> dict[str, object]:
    """Redundancy, as the backup service has it."""
    properties = {
        "storageModelType": vault.redundancy,
        "storageType": vault.redundancy,
        "dedupState": "Disabled",
        "xcoolState": "Disabled",
        "storageTypeState": "Locked",
        "crossRegionRestoreFlag": vault.cross_region_restore,
    }
    return _below(vault, "backupstorageconfig", "vaultstorageconfig", properties)


def encryption_config(vault: Vault) -> dict[str, object]:
    """Whose key encrypts the vault."""
    properties: dict[str, object] = {"useSystemAssignedIdentity": True}
    if vault.customer_key:
        properties |= {"encryptionAtRestType": "CustomerManaged", "keyUri": _key(vault), "subscriptionId": ""}
        properties |= {"lastUpdateStatus": "Succeeded"}
    else:
        properties |= {"encryptionAtRestType": "MicrosoftManaged", "lastUpdateStatus": "NotEnabled"}
    properties["infrastructureEncryptionState"] = "Disabled"
    return _below(vault, "backupEncryptionConfigs", "backupResourceEncryptionConfig", properties)


def resource_guard_proxies(vault: Vault) -> list[dict[str, object]]:
    """The resource guard of a vault, if it has one."""
    if not vault.resource_guard:
        return []
    guard = f"/subscriptions/{vault.subscription}/resourcegroups/rg-guards"
    guard += "/providers/Microsoft.DataProtection/resourceGuards/guard-backup"
    operations = [
        {
            "vaultCriticalOperation": f"Microsoft.RecoveryServices/vaults/{operation}",
            "defaultResourceRequest": f"{guard}/{request}/default",
        }
        for operation, request in _GUARDED.items()
    ]
    properties = {
        "resourceGuardResourceId": guard,
        "resourceGuardOperationDetails": operations,
        "lastUpdatedTime": "2026-03-02T09:12:18.5572805Z",
        "description": "Deleting and weakening backups needs a second person.",
    }
    return [_below(vault, "backupResourceGuardProxies", "VaultProxy", properties)]


def _below(vault: Vault, kind: str, name: str, properties: Mapping[str, object]) -> dict[str, object]:
    return {
        "id": f"{vault.id}/{kind}/{name}",
        "name": name,
        "type": f"Microsoft.RecoveryServices/vaults/{kind}",
        "properties": properties,
    }


def _key(vault: Vault) -> str:
    return f"https://kv-{vault.name.removeprefix('rsv-')}.vault.azure.net/keys/backup"
