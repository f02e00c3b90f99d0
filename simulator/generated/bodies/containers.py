"""Containers of what Azure itself backs up: machines, servers with databases, storage accounts, in the recorded forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from simulator.generated.bodies.names import container_name, source_id
from simulator.generated.moments import ticks
from simulator.generated.values import Item, Workload


def container_body(items: Sequence[Item], seen_at: datetime) -> dict[str, object]:
    """The container of some items, all of which it holds."""
    item = items[0]
    name = container_name(item)
    name = f"IaasVMContainer;{name}" if item.workload is Workload.VM else name
    common = {
        "backupManagementType": item.workload.management_type,
        "registrationStatus": "Registered",
        "healthStatus": "Healthy",
    }
    return {
        "id": f"{item.vault.id}/backupFabrics/Azure/protectionContainers/{name}",
        "name": name,
        "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers",
        "properties": {**_OWN.get(item.workload, _server)(items, seen_at), **common},
    }


def _machine(items: Sequence[Item], _: datetime) -> dict[str, object]:
    kind = "Microsoft.Compute/virtualMachines"
    return {
        "virtualMachineId": source_id(items[0]),
        "virtualMachineVersion": "Compute",
        "resourceGroup": items[0].resource_group.lower(),
        "friendlyName": items[0].name,
        "containerType": kind,
        "protectableObjectType": kind,
    }


def _account(items: Sequence[Item], _: datetime) -> dict[str, object]:
    return {
        "sourceResourceId": source_id(items[0]),
        "protectedItemCount": len(items),
        "friendlyName": items[0].host,
        "containerType": "StorageContainer",
        "protectableObjectType": "StorageContainer",
    }


def _server(items: Sequence[Item], seen_at: datetime) -> dict[str, object]:
    return {
        "sourceResourceId": source_id(items[0]),
        "lastUpdatedTime": ticks(seen_at),
        "friendlyName": items[0].host,
        "containerType": "VMAppContainer",
        "protectableObjectType": "VMAppContainer",
    }


_OWN: Mapping[Workload, Callable[[Sequence[Item], datetime], dict[str, object]]] = {
    Workload.VM: _machine,
    Workload.FILES: _account,
}
