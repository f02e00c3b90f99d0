"""Parts of ARM ids, found whatever their case.

Invariant: a key is the lower-cased id as Azure sent it, nothing decoded or re-ordered (DESIGN section 1).
"""

from __future__ import annotations

from dataclasses import dataclass

_POINTS = "/recoverypoints/"
_VAULTS = "/providers/microsoft.recoveryservices/vaults/"
BACKUP_VAULTS = "/providers/microsoft.dataprotection/backupvaults/"
"""Where the name of a Backup vault follows in an id."""
_CONTAINERS = "/protectioncontainers/"
_IAAS = "iaasvmcontainer;"


@dataclass(frozen=True, slots=True)
class VaultParts:
    """What a vault's id tells, as spelled in it."""

    vault_id: str
    """Lower-cased."""
    name: str
    subscription_id: str
    resource_group: str


def last_segment(resource_id: str) -> str:
    """The last segment of an id, as spelled."""
    return resource_id.rstrip("/").rpartition("/")[2]


def vault_parts(resource_id: str, provider: str = _VAULTS) -> VaultParts | None:
    """The vault that an id is, or lies in; None where it names none."""
    at = resource_id.lower().find(provider)
    if at < 0:
        return None
    name = resource_id[at + len(provider) :].partition("/")[0]
    scope = resource_id[:at].strip("/").split("/")
    named = dict(zip((part.lower() for part in scope[::2]), scope[1::2], strict=False))
    group, subscription = named.get("resourcegroups"), named.get("subscriptions")
    if not name or group is None or subscription is None:
        return None
    return VaultParts(resource_id[: at + len(provider) + len(name)].lower(), name, subscription, group)


def item_of_point(point_id: str) -> str | None:
    """The item key in a recovery point's id; None where it holds none."""
    item, found, _ = point_id.lower().rpartition(_POINTS)
    return item if found and ("/protecteditems/" in item or "/backupinstances/" in item) else None


def container_of_item(item_id: str) -> str | None:
    """The container's name in an item's id, lower-cased."""
    _, found, rest = item_id.lower().partition(_CONTAINERS)
    return (rest.partition("/")[0] or None) if found else None


def container_key(container: str) -> str:
    """A container's name without its leading kind of container, so that those in jobs, items and ids compare.

    Jobs name a VM's `iaasvmcontainerv2;rg;vm`, older ones with a leading `;`; ids have `IaasVMContainer;` before it.
    """
    return container.lower().lstrip(";").removeprefix(_IAAS)


def resource_type(resource_id: str) -> str | None:
    """The lower-cased resource type that an id has, such as `microsoft.recoveryservices/vaults/backupjobs`."""
    _, found, path = resource_id.lower().rpartition("/providers/")
    parts = path.strip("/").split("/")
    return "/".join((parts[0], *parts[1::2])) if found and len(parts) > 1 else None
