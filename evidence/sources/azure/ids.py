"""Reads Azure Resource Manager ids, whose letters' case Azure does not keep stable.

Not here: what stands behind an id. Invariant: names come out as Azure wrote them, comparisons ignore case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evidence.records import BACKUP, RECOVERY_SERVICES, Vault


@dataclass(frozen=True, slots=True)
class ItemPath:
    """Where an item lies in its vault, names as Azure wrote them."""

    fabric: str
    container: str
    item: str


def segments(arm_id: str) -> dict[str, str]:
    """The named parts of an id: lower-cased type to name (`resourcegroups` to its name …)."""
    parts = arm_id.strip("/").split("/")
    return {kind.lower(): name for kind, name in zip(parts[::2], parts[1::2], strict=False)}


def item_path(item_id: str) -> ItemPath | None:
    """Fabric, container and item of an item's id; None where the id does not tell them."""
    named = segments(item_id)
    found = tuple(named.get(kind, "") for kind in ("backupfabrics", "protectioncontainers", "protecteditems"))
    return ItemPath(*found) if all(found) else None


def vault_of(row: Mapping[str, object]) -> Vault | None:
    """The vault that a row of a vault list tells of; None where its id is not a vault's."""
    arm_id, region = row.get("id"), row.get("location")
    if not isinstance(arm_id, str):
        return None
    named = segments(arm_id)
    subscription, group = named.get("subscriptions"), named.get("resourcegroups")
    kind = BACKUP if "backupvaults" in named else RECOVERY_SERVICES
    name = named.get("backupvaults") or named.get("vaults")
    if not subscription or not group or not name:
        return None
    vault_id = "/" + arm_id.strip("/").lower()
    return Vault(vault_id, name, kind, subscription, group, region if isinstance(region, str) else None)
