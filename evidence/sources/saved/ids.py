"""ARM ids in saved files: whose vault, what type, and whether they can be ids at all.

Invariant: ids compare in lower case; nothing is put together from parts that the file does not tell.
"""

from __future__ import annotations

import re

from evidence.records import BACKUP, RECOVERY_SERVICES, Vault

_SEGMENT = r"[^/\x00-\x1f\x7f<>?#\\]+"
"""Azure writes letters beyond ASCII percent-encoded in some ids, as they are in others."""
_VAULT = re.compile(
    rf"(?P<vault>/subscriptions/(?P<subscription>{_SEGMENT})/resourcegroups/(?P<group>{_SEGMENT})/providers/"
    rf"(?P<type>microsoft\.recoveryservices/vaults|microsoft\.dataprotection/backupvaults)/(?P<name>{_SEGMENT}))(?:/.*)?",
    re.IGNORECASE | re.DOTALL,
)
_RESOURCE = re.compile(
    rf"/subscriptions/(?P<subscription>{_SEGMENT})(?:/resourcegroups/{_SEGMENT})?(?:/providers(?:/{_SEGMENT}){{3,}})?",
    re.IGNORECASE,
)
_KINDS = {"microsoft.recoveryservices/vaults": RECOVERY_SERVICES, "microsoft.dataprotection/backupvaults": BACKUP}


def vault_in(resource_id: str) -> Vault | None:
    """The vault that an id is, or lies in; None where it names none. Its region is not told."""
    match = _VAULT.fullmatch(resource_id)
    if match is None:
        return None
    return Vault(
        match["vault"].lower(),
        match["name"],
        _KINDS[match["type"].lower()],
        match["subscription"],
        match["group"],
        None,
    )


def type_in(resource_id: str) -> str | None:
    """The lower-cased resource type that an id has; None where it names none."""
    _, found, path = resource_id.lower().rpartition("/providers/")
    parts = path.strip("/").split("/")
    return "/".join((parts[0], *parts[1::2])) if found and len(parts) > 1 else None


def subscription_in(resource_id: str) -> str | None:
    """The lower-cased subscription id of an ARM id of anything below a subscription, or of one; None for no such id.

    Names and types must come in pairs behind the provider.
    """
    match = _RESOURCE.fullmatch(resource_id)
    if match is None:
        return None
    _, found, path = resource_id.rpartition("/providers/")
    if not found:
        _, found, path = resource_id.lower().rpartition("/providers/")
    if found and len(path.split("/")) % 2 == 0:
        return None
    return match["subscription"].lower()
