"""Kinds of restores that runbooks know: what each is, and what a person should know of it.

Not here: the commands (`runbook_az`, `runbook_powershell`). Invariant: for a workload that no command restores this is said, never a command that does something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from evidence.drills.values import Planned

BLANKS: Mapping[str, str] = MappingProxyType(
    {
        "SUBSCRIPTION": "subscription of the vault",
        "VAULT_GROUP": "resource group of the vault",
        "VAULT": "name of the vault",
        "CONTAINER": "container of the item, as az backup container list names it",
        "ITEM": "name of the item in the vault",
        "INSTANCE": "name of the backup instance",
        "ITEM_ID": "ARM id of the item",
        "REGION": "region of the vault",
        "TARGET_SUBSCRIPTION": "subscription to restore to",
        "TARGET_GROUP": "resource group for drills, apart from production",
        "TARGET_NAME": "name of the restored copy",
        "TARGET_SERVER": "server for drills, apart from production",
        "TARGET_CONTAINER": "container of that server in the vault, VMAppContainer;Compute;GROUP;MACHINE",
        "TARGET_VAULT": "vault in the paired region",
        "NETWORK": "virtual network for drills, not peered with production",
        "NETWORK_GROUP": "resource group of that network",
        "SUBNET": "subnet of that network",
        "STAGING_ACCOUNT": "storage account in the vault's region, for the machine's configuration",
        "STAGING_GROUP": "resource group of that storage account",
        "TARGET_ACCOUNT": "storage account for drills, registered with the vault",
        "TARGET_ACCOUNT_ID": "ARM id of a storage account for drills",
        "TARGET_CONTAINER_URL": "address of a blob container for drills, without a signature",
        "SOURCE_PATH": "file in the share that is restored",
        "TARGET_DATABASE_ID": "ARM id of the new database, /…/servers/SERVER/databases/NAME",
        "SECRET_URI": "address of the secret in Key Vault with which the vault signs in to the server",
        "TARGET_CLUSTER_ID": "ARM id of a cluster for drills",
        "POINT_IN_TIME": "moment to restore, UTC, as DD-MM-YYYY-HH:MM:SS",
        "DRILL": "id of the drill",
    }
)
"""What each name is, as a person is asked for it."""
_NO_JOB = "Mounting files may leave no restore job in Azure, and without a job nothing can be linked: restore disks (--type vm_disks) where a job must prove it."
_ISOLATE = "Start the restored machine only where it cannot reach production: no peering, no public address, outbound traffic denied."
_IN_PLACE = "Operational backups of blobs are restored in place only, which overwrites production: these commands take the vaulted copy."

_NO_POWERSHELL = "No restore with Azure PowerShell is known here for this workload: use Azure CLI."
_AS_FILES = "Azure restores a flexible server as files alone; load them into a server for drills."


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of restoring."""

    key: str
    title: str
    notes: tuple[str, ...] = ()


_KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        one.key: one
        for one in (
            Kind("vm_full", "new virtual machine from a recovery point", (_ISOLATE,)),
            Kind("vm_disks", "disks of a virtual machine"),
            Kind("vm_files", "files of a virtual machine, mounted", (_NO_JOB,)),
            Kind("vm_cross_region", "virtual machine in the paired region", (_ISOLATE,)),
            Kind("sql_full", "SQL database under another name"),
            Kind("sql_point_in_time", "SQL database at a moment, under another name"),
            Kind("hana_full", "SAP HANA database under another name", (_NO_POWERSHELL,)),
            Kind("hana_point_in_time", "SAP HANA database at a moment, under another name", (_NO_POWERSHELL,)),
            Kind("file_share", "file share into another share"),
            Kind("file_item", "one file of a file share into another share"),
            Kind("disk", "managed disk as a new disk"),
            Kind("blob", "blobs into another storage account", (_IN_PLACE,)),
            Kind("postgresql", "PostgreSQL database as a new database"),
            Kind("postgresql_flexible", "PostgreSQL flexible server as files", (_AS_FILES,)),
            Kind("mysql_flexible", "MySQL flexible server as files", (_AS_FILES,)),
            Kind("cluster", "Kubernetes resources into another cluster", (_NO_POWERSHELL,)),
        )
    }
)
_DATABASES = {"sqldatabase": "sql", "sqlinstance": "sql", "saphanadatabase": "hana", "saphanadbinstance": "hana"}
_BY_WORKLOAD: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("vm", "vm_full"): "vm_full",
        ("vm", "vm_disks"): "vm_disks",
        ("vm", "vm_files"): "vm_files",
        ("vm", "cross_region"): "vm_cross_region",
        **{(workload, "db_full"): f"{engine}_full" for workload, engine in _DATABASES.items()},
        **{(workload, "db_point_in_time"): f"{engine}_point_in_time" for workload, engine in _DATABASES.items()},
        ("azurefileshare", "file_share"): "file_share",
        ("azurefileshare", "file_item"): "file_item",
        ("microsoft.compute/disks", "disk"): "disk",
        ("microsoft.storage/storageaccounts/blobservices", "blob"): "blob",
        ("microsoft.dbforpostgresql/servers/databases", "db_full"): "postgresql",
        ("microsoft.dbforpostgresql/flexibleservers", "db_full"): "postgresql_flexible",
        ("microsoft.dbformysql/flexibleservers", "db_full"): "mysql_flexible",
        ("microsoft.containerservice/managedclusters", "cluster"): "cluster",
    }
)
"""Kind by workload and sort of drill."""


def kind_of(planned: Planned) -> Kind:
    """How a drill's item is restored; for what no command restores a kind without names that says so."""
    workload = (planned.workload or "").lower()
    key = _BY_WORKLOAD.get((workload, planned.drill_type))
    if key is not None:
        return _KINDS[key]
    told = f"{planned.drill_type} of {planned.workload or 'an unknown workload'}"
    why = "No command of Azure CLI or Azure PowerShell is known here that restores it apart from production."
    agent = " Use the agent's own console, to another folder than the original." if workload == "filefolder" else ""
    return Kind(
        "none",
        told,
        (f"{why}{agent}", f"Restore it by hand, and name the copy {planned.target.name or planned.drill_id}."),
    )
