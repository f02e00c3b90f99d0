from __future__ import annotations

from collections.abc import Mapping

import orjson

from evidence.normalize.results import Row
from evidence.records import Kind
from tests.normalize.shapes import VAULT, VAULT_ID, Json, answer, call, normalized


def vault(**properties: object) -> Json:
    return {
        "location": "westeurope",
        "name": "rsv-north",
        "etag": "W/\"datetime'2026'\"",
        "tags": {"Owner": "ops"},
        "id": VAULT,
        "type": "Microsoft.RecoveryServices/Vaults",
        "sku": {"name": "RS0", "tier": "Standard"},
        "properties": {"provisioningState": "Succeeded", **properties},
    }


def setting(kind: Kind, path: str, properties: Mapping[str, object]) -> Row:
    sent = {"id": f"{VAULT}/{path}", "name": "x", "type": f"Microsoft.RecoveryServices/vaults/{path.partition('/')[0]}"}
    return normalized(call(kind, orjson.dumps(sent | {"properties": dict(properties)}))).vaults[0]


def test_a_vault_fills_its_columns_whatever_the_case_of_its_type() -> None:
    security = {
        "immutabilitySettings": {"state": "Unlocked"},
        "softDeleteSettings": {"softDeleteState": "AlwaysON"},
        "multiUserAuthorization": "Disabled",
    }
    redundancy = {"standardTierStorageRedundancy": "GeoRedundant", "crossRegionRestore": "Enabled"}
    sent = vault(securitySettings=security, redundancySettings=redundancy, publicNetworkAccess="Enabled")
    row = normalized(call(Kind.VAULTS, answer(sent))).vaults[0]
    expected = {
        "vault_id": VAULT_ID,
        "source_kind": "vaults",
        "name": "rsv-north",
        "kind": "recovery_services",
        "subscription_id": "11111111-1111-1111-1111-111111111111",
        "resource_group": "rg-backup",
        "region": "westeurope",
        "sku": "RS0",
        "tags": '{"Owner":"ops"}',
        "redundancy": "GeoRedundant",
        "cross_region_restore": "Enabled",
        "soft_delete": "AlwaysON",
        "immutability": "Unlocked",
        "multi_user_authorization": "Disabled",
        "public_network_access": "Enabled",
    }
    assert {name: row[name] for name in expected} == expected


def test_immutability_never_set_is_null_and_not_disabled() -> None:
    row = normalized(call(Kind.VAULT, orjson.dumps(vault(securitySettings={"immutabilitySettings": None})))).vaults[0]
    assert (row["immutability"], row["source_kind"]) == (None, "vault")


def test_settings_are_rows_of_their_vault() -> None:
    config = setting(Kind.VAULT_CONFIG, "backupconfig/vaultconfig", {"softDeleteFeatureState": "Enabled"})
    storage = setting(
        Kind.STORAGE_CONFIG,
        "backupstorageconfig/vaultstorageconfig",
        {"storageModelType": "LocallyRedundant", "crossRegionRestoreFlag": False},
    )
    encryption = setting(
        Kind.ENCRYPTION_CONFIG, "backupEncryptionConfigs/x", {"encryptionAtRestType": "CustomerManaged"}
    )
    guard = setting(Kind.GUARD_PROXIES, "backupResourceGuardProxies/VaultProxy", {"resourceGuardResourceId": "/guard"})
    assert {row["vault_id"] for row in (config, storage, encryption, guard)} == {VAULT_ID}
    assert (config["soft_delete"], config["source_kind"]) == ("Enabled", "vault_config")
    assert (storage["redundancy"], storage["cross_region_restore"]) == ("LocallyRedundant", "Disabled")
    assert (encryption["encryption"], guard["multi_user_authorization"]) == ("CustomerManaged", "Enabled")


def test_soft_delete_is_told_by_vault_and_configuration_alike() -> None:
    deletion = {"softDeleteState": "Enabled", "softDeleteRetentionPeriodInDays": 30, "enhancedSecurityState": "Enabled"}
    sent = vault(securitySettings={"softDeleteSettings": deletion})
    row = normalized(call(Kind.VAULT, orjson.dumps(sent))).vaults[0]
    told = {
        "softDeleteFeatureState": "Enabled",
        "softDeleteRetentionPeriodInDays": 30,
        "enhancedSecurityState": "Enabled",
    }
    config = setting(Kind.VAULT_CONFIG, "backupconfig/vaultconfig", told)
    for one in (row, config):
        assert (one["soft_delete"], one["soft_delete_retention_days"], one["enhanced_security"]) == (
            "Enabled",
            30,
            "Enabled",
        )
    old = setting(Kind.VAULT_CONFIG, "backupconfig/vaultconfig", {"enhancedSecurityState": "Enabled"})
    assert (old["soft_delete"], old["soft_delete_retention_days"]) == (None, None), "2016 told no more"


def test_a_resource_guard_says_which_operations_need_it() -> None:
    details = [
        {"vaultCriticalOperation": "Microsoft.RecoveryServices/vaults/backupPolicies/write"},
        {"vaultCriticalOperation": "Microsoft.RecoveryServices/vaults/backupconfig/write"},
        {"defaultResourceRequest": "/guard/disableSoftDeleteRequests/default"},
    ]
    told = {"resourceGuardResourceId": "/Subscriptions/G/guard", "resourceGuardOperationDetails": details}
    row = setting(Kind.GUARD_PROXIES, "backupResourceGuardProxies/VaultProxy", told)
    assert (row["multi_user_authorization"], row["resource_guard_id"]) == ("Enabled", "/subscriptions/g/guard")
    assert row["guarded_operations"] == [
        "Microsoft.RecoveryServices/vaults/backupPolicies/write",
        "Microsoft.RecoveryServices/vaults/backupconfig/write",
    ]


def test_a_customers_key_and_the_network_are_told() -> None:
    key = "https://kv.vault.example/keys/backup"
    encryption = {"keyVaultProperties": {"keyUri": key}, "infrastructureEncryption": "Enabled"}
    sent = vault(encryption=encryption, publicNetworkAccess="Disabled", privateEndpointStateForBackup="Enabled")
    row = normalized(call(Kind.VAULT, orjson.dumps(sent))).vaults[0]
    assert (row["encryption"], row["encryption_key"], row["infrastructure_encryption"]) == (
        "CustomerManaged",
        key,
        "Enabled",
    )
    assert (row["public_network_access"], row["private_endpoints"]) == ("Disabled", "Enabled")
    told = {"encryptionAtRestType": "CustomerManaged", "keyUri": key, "infrastructureEncryptionState": "Enabled"}
    config = setting(Kind.ENCRYPTION_CONFIG, "backupEncryptionConfigs/x", told)
    assert (config["encryption_key"], config["infrastructure_encryption"]) == (key, "Enabled")
    plain = normalized(call(Kind.VAULT, orjson.dumps(vault()))).vaults[0]
    assert (plain["encryption"], plain["encryption_key"]) == (None, None)
