"""Protected item rows from item lists and item answers of every workload.

Invariant: the key is the lower-cased ARM id as Azure sent it, whoever else names the item otherwise.
"""

from __future__ import annotations

from evidence.normalize.fields import Fields
from evidence.normalize.resource_ids import container_of_item, last_segment
from evidence.normalize.results import Row

_FILES = "azurestorage"


def item_row(item_id: str, fields: Fields, common: Row, *, ordinal: int) -> Row:
    """The row of one item; `properties` and `envelope` are added by the caller."""
    return {
        **common,
        "ordinal": ordinal,
        "item_id": item_id,
        "item_key": item_id.lower(),
        "friendly_name": fields.text("friendlyName"),
        "container_name": fields.lowered("containerName") or container_of_item(item_id),
        "server_name": _server(fields),
        "instance_name": fields.text("parentName"),
        "management_type": fields.text("backupManagementType"),
        "workload": fields.text("workloadType"),
        "source_resource_id": fields.text("sourceResourceId") or fields.text("virtualMachineId"),
        "policy_id": fields.lowered("policyId"),
        "protection_state": fields.text("protectionState"),
        "health": fields.text("healthStatus") or fields.text("protectionStatus"),
        "last_backup_status": _last_status(fields),
        "last_backup_at": fields.moment("lastBackupTime"),
        "last_recovery_point_at": fields.moment("lastRecoveryPoint"),
        # Azure sends the flag only where it is true.
        "soft_deleted": fields.flag("isScheduledForDeferredDelete") or False,
    }


def _last_status(fields: Fields) -> str | None:
    """As sent; items of backup engines tell it among their details."""
    told = fields.text("lastBackupStatus")
    return (
        told
        if told or fields.get("backupEngineName") is None
        else fields.inside("extendedInfo").text("lastBackupStatus")
    )


def _server(fields: Fields) -> str | None:
    """Server of a database, an agent or an engine; storage account of a file share, which its source id or its container names."""
    server = fields.text("serverName") or fields.text("computerName") or fields.text("backupEngineName")
    if server is not None or (fields.text("backupManagementType") or "").lower() != _FILES:
        return server
    source, container = fields.text("sourceResourceId"), fields.text("containerName")
    if source is not None:
        return last_segment(source) or None
    return container.rpartition(";")[2] or None if container is not None else None
