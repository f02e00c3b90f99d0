"""Rows of `inventory`: what Resource Graph and the list of subscriptions tell, one row an element.

Not here: imported lists (grade B), and comparing. Invariant: a key is the lower-cased ARM id as sent, of a job its id; what the
vaults themselves answer never becomes a row here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from evidence.normalize.answers import Element
from evidence.normalize.event_nights import EventNights
from evidence.normalize.fields import Fields
from evidence.normalize.resource_ids import last_segment, resource_type
from evidence.normalize.results import Row
from evidence.records import Kind

RESOURCE_GRAPH = "resource_graph"
AZURE = "azure"
"""Source of rows from Azure's own list of subscriptions."""
_VAULT = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/"
    r"(?:microsoft\.recoveryservices/vaults|microsoft\.dataprotection/backupvaults)/[^/]+(?=/|$)"
)
_SUBSCRIPTION = re.compile(r"/subscriptions/[^/]+")


def holding_vault(arm_id: str) -> str | None:
    """The lower-cased id of the vault that an id is or lies in; None where it names none."""
    found = _VAULT.match(arm_id.lower())
    return found[0] if found else None


def inventory_row(
    kind: Kind, arm_id: str, element: Element, top: Fields, fields: Fields, common: Row, nights: EventNights
) -> Row:
    """The row of one element; `top` are the fields beside `properties`, `fields` those inside."""
    key = arm_id.lower()
    row: Row = {
        **common,
        "ordinal": element.ordinal,
        "source": AZURE if kind is Kind.SUBSCRIPTIONS else RESOURCE_GRAPH,
        "thing_key": key,
        "name": top.text("name"),
        "of_vault_id": holding_vault(key),
        "resource_type": top.lowered("type") or resource_type(key),
        "region": top.text("location"),
        **_OF[kind](arm_id, top, fields),
    }
    if row["thing"] == "job":
        started_at = fields.moment("startTime")
        row |= {"started_at": started_at, "event_night": nights.night_of(started_at) or common["night"]}
    return row


def _vault(_arm_id: str, _top: Fields, _fields: Fields) -> Row:
    return {"thing": "vault", "of_vault_id": None}


def _item(_arm_id: str, top: Fields, fields: Fields) -> Row:
    source = fields.inside("dataSourceInfo")
    return {
        "thing": "item",
        "name": fields.text("friendlyName") or top.text("name"),
        "workload": fields.text("workloadType") or source.text("datasourceType"),
        "status": fields.text("protectionState") or fields.text("currentProtectionState"),
        "of_resource_id": fields.lowered("sourceResourceId") or source.lowered("resourceID"),
    }


def _job(arm_id: str, top: Fields, fields: Fields) -> Row:
    return {
        "thing": "job",
        "thing_key": (top.text("name") or last_segment(arm_id)).lower(),
        "name": fields.text("entityFriendlyName") or fields.text("dataSourceName"),
        "workload": fields.text("workloadType") or fields.text("dataSourceType") or fields.text("backupManagementType"),
        "operation": fields.text("operation"),
        "status": fields.text("status"),
        "ended_at": fields.moment("endTime"),
    }


def _resource(_arm_id: str, top: Fields, fields: Fields) -> Row:
    return {
        "thing": "resource",
        "of_resource_id": top.lowered("managedBy") or fields.lowered("virtualMachineResourceId"),
        "workload": top.text("kind"),
    }


def _subscription(arm_id: str, top: Fields, fields: Fields) -> Row:
    found = _SUBSCRIPTION.fullmatch(arm_id.lower().rstrip("/"))
    return {
        "thing": "subscription" if found else "management_group",
        "thing_key": found[0] if found else arm_id.lower(),
        "name": top.text("displayName") or fields.text("displayName") or top.text("name"),
        "status": top.text("state"),
    }


_OF: Mapping[Kind, Callable[[str, Fields, Fields], Row]] = {
    Kind.GRAPH_VAULTS: _vault,
    Kind.GRAPH_ITEMS: _item,
    Kind.GRAPH_JOBS: _job,
    Kind.GRAPH_RESOURCES: _resource,
    Kind.SUBSCRIPTIONS: _subscription,
}
INVENTORY_KINDS = frozenset(_OF)
