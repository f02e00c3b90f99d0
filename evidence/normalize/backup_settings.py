"""What a Backup vault and its resource guard proxy tell of how the vault is secured.

Invariant: words stay as sent, also where Recovery Services spells them otherwise (`AlwaysOn` here, `AlwaysON` there); a setting
that Azure did not send is null.
"""

from __future__ import annotations

from evidence.normalize.fields import Fields
from evidence.normalize.results import Row
from evidence.normalize.vaults import GUARDED
from evidence.records import BACKUP

NOT_GUARDED = "Disabled"
_VAULT_STORE = "vaultstore"


def backup_vault_row(top: Fields, fields: Fields) -> Row:
    """The settings in a vault's own body, which its list tells alike; `top` are the fields beside `properties`."""
    security, features = fields.inside("securitySettings"), fields.inside("featureSettings")
    guarded = fields.flag("isVaultProtectedByResourceGuard")
    keys = security.inside("encryptionSettings").get("keyVaultProperties")
    return {
        "kind": BACKUP,
        "region": top.text("location"),
        "sku": top.inside("sku").text("name"),
        "tags": top.json("tags"),
        "redundancy": _redundancy(fields),
        "cross_region_restore": features.inside("crossRegionRestoreSettings").text("state"),
        "soft_delete": security.inside("softDeleteSettings").text("state"),
        "immutability": security.inside("immutabilitySettings").text("state"),
        "multi_user_authorization": None if guarded is None else (GUARDED if guarded else NOT_GUARDED),
        "encryption": "CustomerManaged" if keys else None,
        "public_network_access": fields.text("publicNetworkAccess"),
    }


def guard_row(fields: Fields) -> Row:
    """A proxy that names a resource guard is what multi-user authorization is."""
    return {"kind": BACKUP, "multi_user_authorization": GUARDED if fields.text("resourceGuardResourceId") else None}


def _redundancy(fields: Fields) -> str | None:
    """Of the vault store, where copies in the vault lie; else of the stores told, each word once."""
    stores = fields.each("storageSettings")
    told = [(store.lowered("datastoreType"), store.text("type")) for store in stores]
    in_vault = next((kind for store, kind in told if store == _VAULT_STORE and kind), None)
    return in_vault or ", ".join(dict.fromkeys(kind for _, kind in told if kind)) or None
