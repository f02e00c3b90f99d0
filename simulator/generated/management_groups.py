"""Management groups over a generated world: one for everything, and one below it for the first subscription.

The shape is that of Microsoft's reference (Descendants, 2020-05-01); no body of it was recorded for us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.errors import arm_error
from simulator.interface import ArmRequest, ArmResponse
from simulator.paging import page

EVERYTHING = "mg-contoso"
PRODUCTION = "mg-production"
PAGE = 2
_GROUPS = "/providers/Microsoft.Management/managementGroups"


def descendants(request: ArmRequest, group: str, subscriptions: Sequence[str]) -> ArmResponse:
    """The groups and subscriptions below a group, in pages."""
    below: Mapping[str, list[dict[str, object]]] = {
        EVERYTHING: [
            _group(PRODUCTION, EVERYTHING),
            *(_subscription(one, PRODUCTION if one == subscriptions[0] else EVERYTHING) for one in subscriptions),
        ],
        PRODUCTION: [_subscription(one, PRODUCTION) for one in subscriptions[:1]],
    }
    found = below.get(group.lower())
    if found is None:
        message = f"The client does not have authorization to perform action over scope '{_GROUPS}/{group}'."
        return arm_error(403, "AuthorizationFailed", message)
    return page(request, sorted(found, key=_key), PAGE, _key, lambda row: row)


def _key(row: Mapping[str, object]) -> str:
    return str(row["id"]).lower()


def _group(name: str, parent: str) -> dict[str, object]:
    return _descendant(f"{_GROUPS}/{name}", "Microsoft.Management/managementGroups", name, parent)


def _subscription(subscription: str, parent: str) -> dict[str, object]:
    return _descendant(f"/subscriptions/{subscription}", "/subscriptions", subscription, parent)


def _descendant(arm_id: str, kind: str, name: str, parent: str) -> dict[str, object]:
    properties = {"displayName": name, "parent": {"id": f"{_GROUPS}/{parent}"}}
    return {"id": arm_id, "type": kind, "name": name, "properties": properties}
