"""How Azure names things: containers, items and the ids made of them.

Spelling as recorded; Azure lower-cases what it keeps of names.
"""

from __future__ import annotations

import hashlib

from simulator.generated.values import Item, Policy, Vault, Workload

_PREFIX = {Workload.SQL: "SQLDataBase", Workload.HANA: "SAPHanaDatabase"}
ITEM_TYPE = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems"


def container_name(item: Item) -> str:
    """`containerName` of an item."""
    group = item.resource_group.lower()
    if item.workload is Workload.VM:
        return f"iaasvmcontainerv2;{group};{item.name.lower()}"
    if item.workload is Workload.FILES:
        return f"StorageContainer;storage;{group};{item.host}"
    return f"VMAppContainer;compute;{group};{item.host}"


def item_name(item: Item) -> str:
    """Name of an item, the last part of its id."""
    if item.workload is Workload.VM:
        return f"VM;{container_name(item)}"
    if item.workload is Workload.FILES:
        return "AzureFileShare;" + hashlib.sha256(item.key.encode()).hexdigest()
    return f"{_PREFIX[item.workload]};{item.instance.lower()};{item.name.lower()}"


def item_id(item: Item) -> str:
    """ARM id of an item."""
    container = container_name(item)
    container = f"IaasVMContainer;{container}" if item.workload is Workload.VM else container
    return f"{item.vault.id}/backupFabrics/Azure/protectionContainers/{container}/protectedItems/{item_name(item)}"


def friendly_name(item: Item) -> str:
    """`friendlyName` of an item; HANA's are in lower case."""
    return item.name.lower() if item.workload is Workload.HANA else item.name


def entity_name(item: Item, operation: str) -> str:
    """`entityFriendlyName` of a job: the instance of a database is not in it."""
    if item.workload in _PREFIX and operation in ("Backup", "Restore"):
        return f"{item.name} [{item.host}]"
    return friendly_name(item)


def source_id(item: Item) -> str:
    """ARM id of what an item protects."""
    group = f"/subscriptions/{item.vault.subscription}/resourceGroups/{item.resource_group}"
    if item.workload is Workload.FILES:
        return f"{group}/providers/Microsoft.storage/storageAccounts/{item.host}"
    machine = item.name if item.workload is Workload.VM else item.host
    return f"{group}/providers/Microsoft.Compute/virtualMachines/{machine}"


def policy_id(vault: Vault, policy: Policy) -> str:
    """ARM id of a policy."""
    return f"{vault.id}/backupPolicies/{policy.name}"
