"""Backup instances, which are the protected items of a Backup vault, the soft-deleted ones among them.

Invariant: an instance keeps one key for life. Jobs and points name it below `backupInstances`; once deleted, Azure lists it
below `deletedBackupInstances` under the same name, so its key is that of before and `item_id` is what was sent.
"""

from __future__ import annotations

from evidence.normalize.fields import Fields
from evidence.normalize.results import Row

SOFT_DELETED = "softdeleted"
_DELETED, _LIVING = "/deletedbackupinstances/", "/backupinstances/"


def instance_row(item_id: str, fields: Fields, common: Row, *, ordinal: int, deleted: bool) -> Row:
    """The row of one instance; `properties` and `envelope` are added by the caller."""
    source, protection = fields.inside("dataSourceInfo"), fields.inside("protectionStatus").text("status")
    state = fields.text("currentProtectionState") or protection
    return {
        **common,
        "ordinal": ordinal,
        "item_id": item_id,
        "item_key": instance_key(item_id),
        "friendly_name": fields.text("friendlyName") or source.text("resourceName"),
        "server_name": _server(fields, source),
        "workload": source.text("datasourceType"),
        "source_resource_id": source.text("resourceID"),
        "policy_id": fields.inside("policyInfo").lowered("policyId"),
        "protection_state": state,
        "health": protection,
        "soft_deleted": deleted or (state or "").lower() == SOFT_DELETED,
    }


def instance_key(item_id: str) -> str:
    """The key of an instance, from its id alive or deleted."""
    return item_id.lower().replace(_DELETED, _LIVING)


def _server(fields: Fields, source: Fields) -> str | None:
    """The server of a database; of what is no part of anything larger Azure repeats the source or sends nothing."""
    larger = fields.inside("dataSourceSetInfo")
    same = larger.lowered("resourceID") == source.lowered("resourceID")
    return None if same else larger.text("resourceName")
