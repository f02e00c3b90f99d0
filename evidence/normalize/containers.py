"""Container rows: what stands between a vault and its items, backup engines included.

Not here: which of them are asked for. Invariant: dispatch is on nothing; each type sends its own names for the same thing, and the
first that is there fills the column.
"""

from __future__ import annotations

from datetime import datetime

from evidence.normalize.fields import Fields
from evidence.normalize.resource_ids import container_key, last_segment
from evidence.normalize.results import Row

_VERSIONS = ("agentVersion", "dpmAgentVersion", "dpmVersion", "azureBackupAgentVersion")
"""Agent of a server, agent of a DPM container, version of an engine, agent of an engine."""
_HEALTH = ("healthStatus", "containerHealthState", "backupEngineState", "protectionStatus")
_SOURCES = ("sourceResourceId", "virtualMachineId")
_TYPES = ("containerType", "backupEngineType")
_HEARD = ("lastUpdatedTime",)
_HEARD_INSIDE = ("lastRefreshedAt", "refreshedAt")


def container_row(container_id: str, name: str | None, fields: Fields, common: Row, *, ordinal: int) -> Row:
    """The row of one container or engine; `properties` and `envelope` are added by the caller."""
    return {
        **common,
        "ordinal": ordinal,
        "container_id": container_id.lower(),
        "container_name": container_key(name or last_segment(container_id)),
        "friendly_name": fields.text("friendlyName"),
        "management_type": fields.text("backupManagementType"),
        "container_type": _first(fields, _TYPES),
        "source_resource_id": _first(fields, _SOURCES),
        "registration_status": fields.text("registrationStatus"),
        "health": _first(fields, _HEALTH),
        "agent_version": _first(fields, _VERSIONS),
        "protected_items": _items(fields),
        "last_updated_at": _heard(fields),
    }


def _first(fields: Fields, names: tuple[str, ...]) -> str | None:
    return next((text for name in names if (text := fields.text(name)) is not None), None)


def _items(fields: Fields) -> int | None:
    told = fields.count("protectedItemCount")
    return fields.inside("extendedInfo").count("protectedItemsCount") if told is None else told


def _heard(fields: Fields) -> datetime | None:
    extended = fields.inside("extendedInfo")
    told = ((fields, _HEARD), (extended, _HEARD_INSIDE))
    found = ((one, name) for one, names in told for name in names if one.get(name) is not None)
    return next((one.moment(name) for one, name in found), None)
