"""Vault rows from vault lists, vaults and their settings; each call tells a part, and `source_kind` says which.

Invariant: a setting that Azure did not send is null: `immutabilitySettings: null` means never set, not disabled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from evidence.normalize.fields import Fields
from evidence.normalize.resource_ids import VaultParts
from evidence.normalize.results import Row
from evidence.records import Kind

RECOVERY_SERVICES = "recovery_services"
GUARDED = "Enabled"
_FLAG_WORDS = {True: "Enabled", False: "Disabled"}


def vault_row(vault: VaultParts, kind: Kind, top: Fields, fields: Fields, common: Row, *, ordinal: int) -> Row:
    """The row of what one call tells of a vault; `top` are the fields beside `properties`."""
    return {
        **common,
        "vault_id": vault.vault_id,
        "ordinal": ordinal,
        "source_kind": kind.value,
        "name": vault.name,
        "kind": RECOVERY_SERVICES,
        "subscription_id": vault.subscription_id,
        "resource_group": vault.resource_group,
        **SETTINGS[kind](top, fields),
    }


def _of_vault(top: Fields, fields: Fields) -> Row:
    security = fields.inside("securitySettings")
    redundancy, deletion = fields.inside("redundancySettings"), security.inside("softDeleteSettings")
    return {
        "region": top.text("location"),
        "sku": top.inside("sku").text("name"),
        "tags": top.json("tags"),
        "redundancy": redundancy.text("standardTierStorageRedundancy"),
        "cross_region_restore": redundancy.text("crossRegionRestore"),
        "soft_delete": deletion.text("softDeleteState"),
        "soft_delete_retention_days": deletion.count("softDeleteRetentionPeriodInDays"),
        "enhanced_security": deletion.text("enhancedSecurityState"),
        "immutability": security.inside("immutabilitySettings").text("state"),
        "multi_user_authorization": security.text("multiUserAuthorization"),
        "encryption": "CustomerManaged" if fields.inside("encryption").get("keyVaultProperties") else None,
        "encryption_key": fields.inside("encryption").inside("keyVaultProperties").text("keyUri"),
        "infrastructure_encryption": fields.inside("encryption").text("infrastructureEncryption"),
        "public_network_access": fields.text("publicNetworkAccess"),
        "private_endpoints": fields.text("privateEndpointStateForBackup"),
    }


def _of_configuration(_top: Fields, fields: Fields) -> Row:
    return {
        "soft_delete": fields.text("softDeleteFeatureState"),
        "soft_delete_retention_days": fields.count("softDeleteRetentionPeriodInDays"),
        "enhanced_security": fields.text("enhancedSecurityState"),
        "redundancy": fields.text("storageType"),
    }


def _of_storage(_top: Fields, fields: Fields) -> Row:
    crossing = fields.flag("crossRegionRestoreFlag")
    return {
        "redundancy": fields.text("storageModelType") or fields.text("storageType"),
        "cross_region_restore": None if crossing is None else _FLAG_WORDS[crossing],
    }


def _of_encryption(_top: Fields, fields: Fields) -> Row:
    return {
        "encryption": fields.text("encryptionAtRestType"),
        "encryption_key": fields.text("keyUri"),
        "infrastructure_encryption": fields.text("infrastructureEncryptionState"),
    }


def _of_guard(_top: Fields, fields: Fields) -> Row:
    """A proxy that names a resource guard is what multi-user authorization is."""
    guard = fields.lowered("resourceGuardResourceId")
    operations = [one.text("vaultCriticalOperation") for one in fields.each("resourceGuardOperationDetails")]
    return {
        "multi_user_authorization": GUARDED if guard else None,
        "resource_guard_id": guard,
        "guarded_operations": sorted({operation for operation in operations if operation}) or None,
    }


SETTINGS: Mapping[Kind, Callable[[Fields, Fields], Row]] = {
    Kind.VAULTS: _of_vault,
    Kind.VAULT: _of_vault,
    Kind.VAULT_CONFIG: _of_configuration,
    Kind.STORAGE_CONFIG: _of_storage,
    Kind.ENCRYPTION_CONFIG: _of_encryption,
    Kind.GUARD_PROXIES: _of_guard,
}
