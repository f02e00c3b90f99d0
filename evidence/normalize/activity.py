"""Rows of `activity`: who restored, backed up or changed what, as the Activity Log tells it.

Not here: which events are asked for. *Not yet seen for real*: no body of it was recorded for us, so every field may be missing or
be a plain text where the reference has an object. Invariant: all that Azure sent stays in `properties` and `envelope`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from evidence.normalize.event_nights import EventNights
from evidence.normalize.fields import Fields
from evidence.normalize.resource_ids import last_segment
from evidence.normalize.results import Row

OTHER = "other"
_OID = ("http://schemas.microsoft.com/identity/claims/objectidentifier", "oid")
_RESTORES = frozenset({"restore", "crossregionrestore", "provisioniteminstantrecovery", "provisioninstantitemrecovery"})
_PROTECTION = (
    "/protecteditems/",
    "/backupinstances/",
    "/backupprotectionintent/",
    "/protectioncontainers/",
    "/deletedbackupinstances/",
    "/registeredidentities/",
)
_OF_VAULT = (
    "/backupconfig/",
    "/backupstorageconfig/",
    "/backupencryptionconfigs/",
    "/backupresourceguardproxies/",
    "/backupresourceguardproxy/",
)


def event_id_of(event: Fields) -> str | None:
    """Azure's `eventDataId`, else the end of the event's id."""
    found = event.text("eventDataId")
    arm_id = event.text("id")
    return found or (last_segment(arm_id) if arm_id else None)


def activity_row(event_id: str, event: Fields, common: Row, nights: EventNights, *, ordinal: int) -> Row:
    """The row of one event."""
    at, operation = event.moment("eventTimestamp"), _value(event, "operationName")
    return {
        **common,
        "event_night": nights.night_of(at) or common["night"],
        "ordinal": ordinal,
        "event_id": event_id,
        "operation": operation,
        "operation_kind": activity_kind(operation),
        "caller": event.text("caller"),
        "caller_oid": _claim(event.get("claims")),
        "resource_id": event.lowered("resourceId") or event.lowered("resourceUri"),
        "correlation_id": event.text("correlationId"),
        "at": at,
        "status": _value(event, "status"),
    }


def _value(event: Fields, name: str) -> str | None:
    """A localizable text: an object with `value`, or the text itself."""
    return event.inside(name).text("value") if isinstance(event.get(name), Mapping) else event.text(name)


def _claim(claims: object) -> str | None:
    """The object id among the claims; none is no fault, for applications and the platform may send none."""
    if not isinstance(claims, Mapping):
        return None
    found = (claims.get(name) for name in _OID)
    return next((one for one in found if isinstance(one, str) and one), None)


@lru_cache(maxsize=1024)
def activity_kind(operation: str | None) -> str:
    """`backup, restore, policy, protection, vault` or `other`, by the action as role definitions write it."""
    path = f"/{(operation or '').strip().casefold()}/"
    words = path.strip("/").split("/")
    action = words[-2] if words[-1] == "action" and len(words) > 1 else ""
    if action in _RESTORES or action == "backup":
        return "backup" if action == "backup" else "restore"
    if "/backuppolicies/" in path:
        return "policy"
    if any(word in path for word in _PROTECTION):
        return OTHER if "/recoverypoints/" in path else "protection"
    of_vault = any(word in path for word in _OF_VAULT) or words[1:-1] in (["vaults"], ["backupvaults"])
    return "vault" if of_vault else OTHER
