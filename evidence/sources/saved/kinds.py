"""The kinds of files that can be imported: what `az` command printed them, and which table their records are for.

Not here: how records are read. Invariant: each kind holds records of one resource type; a record of another is told by its own kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evidence.records import BACKUP, RECOVERY_SERVICES, Kind

_RSV = "Microsoft.RecoveryServices/vaults"
_DPP = "Microsoft.DataProtection/backupVaults"
_ITEM = "backupFabrics/protectionContainers/protectedItems"
INVENTORY = "inventory"


@dataclass(frozen=True, slots=True)
class SavedKind:
    """One kind of saved file."""

    name: str
    """As the command is given it."""
    kind: Kind
    vault_kind: str
    resource_type: str
    """Of its records, as Azure spells it."""
    noun: str
    command: str
    """What prints such a file."""


_ALL = (
    SavedKind("az-jobs", Kind.JOBS, RECOVERY_SERVICES, f"{_RSV}/backupJobs", "job", "az backup job list"),
    SavedKind("az-job", Kind.JOB_DETAILS, RECOVERY_SERVICES, f"{_RSV}/backupJobs", "job", "az backup job show"),
    SavedKind("az-items", Kind.PROTECTED_ITEMS, RECOVERY_SERVICES, f"{_RSV}/{_ITEM}", "item", "az backup item list"),
    SavedKind(
        "az-recoverypoints",
        Kind.RECOVERY_POINTS,
        RECOVERY_SERVICES,
        f"{_RSV}/{_ITEM}/recoveryPoints",
        "recovery point",
        "az backup recoverypoint list",
    ),
    SavedKind("az-dp-jobs", Kind.JOBS, BACKUP, f"{_DPP}/backupJobs", "job", "az dataprotection job list"),
    SavedKind("az-dp-job", Kind.JOB_DETAILS, BACKUP, f"{_DPP}/backupJobs", "job", "az dataprotection job show"),
    SavedKind(
        "az-dp-items",
        Kind.PROTECTED_ITEMS,
        BACKUP,
        f"{_DPP}/backupInstances",
        "backup instance",
        "az dataprotection backup-instance list",
    ),
    SavedKind(
        "az-dp-recoverypoints",
        Kind.RECOVERY_POINTS,
        BACKUP,
        f"{_DPP}/backupInstances/recoveryPoints",
        "recovery point",
        "az dataprotection recovery-point list",
    ),
)
KINDS: Mapping[str, SavedKind] = {one.name: one for one in _ALL}
NAMES = (*KINDS, INVENTORY)
"""All kinds, as the command is given them."""


def kind_of_type(resource_type: str) -> SavedKind | None:
    """The kind whose records have a resource type; None for a type that cannot be imported."""
    return next((one for one in _ALL if one.resource_type.casefold() == resource_type.casefold()), None)
