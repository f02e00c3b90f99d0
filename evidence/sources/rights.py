"""Which right each kind of read needs, as role definitions write it: the one table that doctor and the shipped role rest on.

Not here: asking. Resource Graph needs no right of its own; it shows what the identity may read anyway, so what stands there are the
reads without which its answer would be empty. Invariant: nothing here writes, deletes or ends in a wildcard; the two actions that are
no reads are questions that Azure takes by POST only (docs/adr/0006). Source: Microsoft's list of resource provider operations
(articles/role-based-access-control/resource-provider-operations) and azure-backup.md section 9.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from evidence.records import BACKUP, RECOVERY_SERVICES, Kind

_VAULT: Final = "Microsoft.RecoveryServices/vaults"
_ITEM: Final = f"{_VAULT}/backupFabrics/protectionContainers/protectedItems"
_REGION: Final = "Microsoft.RecoveryServices/locations"
_BACKUP_VAULT: Final = "Microsoft.DataProtection/backupVaults"
_JOBS, _BACKUP_JOBS = f"{_VAULT}/backupJobs/read", f"{_BACKUP_VAULT}/backupJobs/read"

VAULT_ACTIONS: Final[Mapping[str, Mapping[Kind, tuple[str, ...]]]] = {
    RECOVERY_SERVICES: {
        Kind.VAULT: (f"{_VAULT}/read",),
        Kind.VAULT_CONFIG: (f"{_VAULT}/backupconfig/read",),
        Kind.STORAGE_CONFIG: (f"{_VAULT}/backupstorageconfig/read",),
        Kind.ENCRYPTION_CONFIG: (f"{_VAULT}/backupEncryptionConfigs/read",),
        Kind.GUARD_PROXIES: (f"{_VAULT}/backupResourceGuardProxies/read",),
        Kind.POLICIES: (f"{_VAULT}/backupPolicies/read",),
        Kind.PROTECTED_ITEMS: (f"{_VAULT}/backupProtectedItems/read",),
        Kind.CONTAINERS: (
            f"{_VAULT}/backupProtectionContainers/read",
            f"{_VAULT}/backupDeletedProtectionContainers/read",
        ),
        Kind.BACKUP_ENGINES: (f"{_VAULT}/backupEngines/read",),
        Kind.JOBS: (_JOBS,),
        Kind.CROSS_REGION_JOBS: (f"{_REGION}/backupCrrJobs/action", f"{_REGION}/backupCrrJob/action"),
        Kind.JOB_DETAILS: (_JOBS,),
        Kind.RECOVERY_POINTS: (f"{_ITEM}/recoveryPoints/read",),
    },
    BACKUP: {
        Kind.GUARD_PROXIES: (f"{_BACKUP_VAULT}/backupResourceGuardProxies/read",),
        Kind.POLICIES: (f"{_BACKUP_VAULT}/backupPolicies/read",),
        Kind.PROTECTED_ITEMS: (f"{_BACKUP_VAULT}/backupInstances/read",),
        Kind.DELETED_ITEMS: (f"{_BACKUP_VAULT}/deletedBackupInstances/read",),
        Kind.JOBS: (_BACKUP_JOBS,),
        Kind.JOB_DETAILS: (_BACKUP_JOBS,),
        Kind.RECOVERY_POINTS: (f"{_BACKUP_VAULT}/backupInstances/recoveryPoints/read",),
    },
}
"""By kind of vault and kind of thing."""

ABOVE_VAULTS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.SUBSCRIPTIONS: ("Microsoft.Resources/subscriptions/read",),
    Kind.VAULTS: (f"{_VAULT}/read",),
    Kind.BACKUP_VAULTS: (f"{_BACKUP_VAULT}/read",),
    Kind.ACTIVITY_LOG: ("Microsoft.Insights/eventtypes/values/read",),
    Kind.GRAPH_VAULTS: (f"{_VAULT}/read", f"{_BACKUP_VAULT}/read"),
    Kind.GRAPH_ITEMS: (f"{_ITEM}/read", f"{_BACKUP_VAULT}/backupInstances/read"),
    Kind.GRAPH_JOBS: (_JOBS, _BACKUP_JOBS),
    Kind.GRAPH_RESOURCES: (
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/disks/read",
        "Microsoft.Storage/storageAccounts/read",
        "Microsoft.SqlVirtualMachine/sqlVirtualMachines/read",
        "Microsoft.DBforPostgreSQL/servers/read",
        "Microsoft.DBforPostgreSQL/flexibleServers/read",
        "Microsoft.DBforMySQL/flexibleServers/read",
        "Microsoft.ContainerService/managedClusters/read",
    ),
}
"""By kind of thing that is read of a subscription."""

OF_MANAGEMENT_GROUP: Final = "Microsoft.Management/managementGroups/descendants/read"
"""What listing the subscriptions of a management group needs, at that group."""
PERMISSIONS: Final = "Microsoft.Authorization/permissions/read"
PROVIDERS: Final = "Microsoft.Resources/subscriptions/providers/read"
OF_DOCTOR: Final = (PERMISSIONS, PROVIDERS)
"""What doctor alone needs: to see what it may do, and which api-versions Azure supports."""

QUESTIONS_BY_POST: Final = frozenset(VAULT_ACTIONS[RECOVERY_SERVICES][Kind.CROSS_REGION_JOBS])
"""Actions that change nothing although they do not end in `read`."""

_NAMED: Final = re.compile(r"perform action '(?P<action>[^']+)'")


def all_actions() -> Sequence[str]:
    """Every right that anything here needs, each once, sorted."""
    of_vaults = [action for kinds in VAULT_ACTIONS.values() for actions in kinds.values() for action in actions]
    above = [action for actions in ABOVE_VAULTS.values() for action in actions]
    return sorted({*of_vaults, *above, OF_MANAGEMENT_GROUP, *OF_DOCTOR}, key=str.lower)


def named_action(reason: str | None) -> str | None:
    """The action that Azure's 403 names; None where it names none."""
    found = _NAMED.search(reason or "")
    return found["action"] if found else None
