"""What an ARM path names: subscription, resource group, vault and the rest.

Paths are case-insensitive, as ARM's are; names keep the case they came with. Nothing is looked up here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.posts import action_by_post

_SUBSCRIPTION = re.compile(r"^/subscriptions/(?P<subscription>[^/]+)(?P<rest>/.*)?$", re.IGNORECASE)
_VAULTS = re.compile(
    r"^(?:/resourceGroups/(?P<group>[^/]+))?/providers/"
    r"(?:Microsoft\.RecoveryServices/vaults|(?P<backup>Microsoft\.DataProtection/backupVaults))"
    r"(?:/(?P<vault>[^/]+)(?P<rest>/.*)?)?/?$",
    re.IGNORECASE,
)
_ACTIONS = {
    "backupjobs": "backupJobs",
    "backupprotecteditems": "backupProtectedItems",
    "backuppolicies": "backupPolicies",
    "backupconfig": "backupconfig",
    "backupstorageconfig": "backupstorageconfig",
    "backupencryptionconfigs": "backupEncryptionConfigs",
    "backupresourceguardproxies": "backupResourceGuardProxies",
    "backupprotectioncontainers": "backupProtectionContainers",
    "backupdeletedprotectioncontainers": "backupDeletedProtectionContainers",
    "backupengines": "backupEngines",
}
_BACKUP_ACTIONS = {
    "backupjobs": "backupJobs",
    "backupinstances": "backupInstances",
    "backuppolicies": "backupPolicies",
    "deletedbackupinstances": "deletedBackupInstances",
    "backupresourceguardproxies": "backupResourceGuardProxies",
}
_ITEM = re.compile(
    r"^/backupFabrics/(?P<fabric>[^/]+)/protectionContainers/(?P<container>[^/]+)/protectedItems/(?P<item>[^/]+)"
    r"(?:/(?P<points>recoveryPoints)(?:/(?P<point>[^/]+))?)?/?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ItemPath:
    """A protected item named by a path, or its recovery points, or one of them."""

    container: str
    item: str
    points: bool
    point: str | None


@dataclass(frozen=True, slots=True)
class ArmPath:
    """A path taken apart; parts that it does not name are None."""

    subscription: str | None = None
    vaults: bool = False
    backup: bool = False
    """Whether the vaults are Backup vaults (Microsoft.DataProtection)."""
    resource_group: str | None = None
    vault: str | None = None
    collection: str = ""
    """First segment below the vault, lower-cased (`backupjobs`)."""
    name: str | None = None
    item: ItemPath | None = None
    rest: str = ""
    """All that follows the vault, as it came."""

    @property
    def vault_key(self) -> str:
        """Lower-cased vault id, the same for every spelling of it."""
        group = f"/resourcegroups/{self.resource_group}" if self.resource_group else ""
        return f"/subscriptions/{self.subscription}{group}/{self.vault}".lower()

    def names(self, subscription: str, resource_group: str, vault: str) -> bool:
        """Whether it lies in this vault, compared without case."""
        mine = (str(self.subscription), str(self.resource_group), str(self.vault))
        return [part.lower() for part in mine] == [part.lower() for part in (subscription, resource_group, vault)]

    @property
    def action(self) -> str:
        """Name of the action that a GET of this path needs, as role definitions write it."""
        if not self.vaults:
            return action_by_post(self.rest) or "Microsoft.Resources/subscriptions/read"
        if self.backup:
            return self._backup_action()
        below = _ACTIONS.get(self.collection, self.collection)
        if self.item is not None:
            below = "backupFabrics/protectionContainers/protectedItems"
            below += "/recoveryPoints" if self.item.points else ""
        return f"Microsoft.RecoveryServices/vaults/{below}/read" if below else "Microsoft.RecoveryServices/vaults/read"

    def _backup_action(self) -> str:
        below = [_BACKUP_ACTIONS.get(self.collection, self.collection)] if self.collection else []
        below += ["recoveryPoints"] if "/recoverypoints" in self.rest.lower() else []
        return "/".join(["Microsoft.DataProtection/backupVaults", *below, "read"])


def parse_path(path: str) -> ArmPath | None:
    """Take an ARM path apart; None if it is none of ARM's."""
    if path.rstrip("/").lower() == "/subscriptions":
        return ArmPath()
    found = _SUBSCRIPTION.match(path)
    if found is None:
        return None
    subscription, rest = found["subscription"], found["rest"] or ""
    vaults = _VAULTS.match(rest)
    if vaults is None:
        return ArmPath(subscription, rest=rest)
    below = (vaults["rest"] or "").rstrip("/")
    collection, _, name = below.lstrip("/").partition("/")
    return ArmPath(
        subscription=subscription,
        vaults=True,
        backup=vaults["backup"] is not None,
        resource_group=vaults["group"],
        vault=vaults["vault"],
        collection=collection.lower(),
        name=name or None,
        item=_item(below),
        rest=below,
    )


def _item(below: str) -> ItemPath | None:
    found = _ITEM.match(below)
    if found is None:
        return None
    return ItemPath(found["container"], found["item"], found["points"] is not None, found["point"])
