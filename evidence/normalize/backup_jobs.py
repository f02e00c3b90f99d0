"""Jobs of Backup vaults, and what a restore among them tells: the point by its id, where there is one.

Invariants: the item is the instance that the job names by its id, never a guess; a restore of continuous backups tells a
moment alone, and then no point.
"""

from __future__ import annotations

import re
from typing import Final

from evidence.normalize.event_nights import EventNights
from evidence.normalize.fields import LARGEST, Fields
from evidence.normalize.item_links import UNLINKED
from evidence.normalize.jobs import in_step
from evidence.normalize.masking import masked
from evidence.normalize.operations import OTHER, operation_kind
from evidence.normalize.restore_jobs import ALTERNATE, AS_FILES, COPIED, ORIGINAL
from evidence.normalize.results import Row

BY_ID: Final = "id"
_BYTES: Final = ("dataTransferredInBytes", "dataTransferedInBytes")
"""Azure spells the field either way, and often sends neither or null."""
_BYTES_OF_TASK: Final = "DataTransferredInBytes"
_PREFIX: Final = "Restore File Prefix"
_INSTANCE: Final = re.compile(r".*/backupinstances/[^/]+", re.DOTALL)


def backup_job_row(fields: Fields, common: Row, nights: EventNights) -> Row:
    """The row of one job but its place and its texts: ids, ordinal, `properties` and `envelope` are the caller's."""
    operation, started_at = fields.text("operation"), fields.moment("startTime")
    instance = fields.lowered("backupInstanceId")
    known = instance is not None and _INSTANCE.fullmatch(instance) is not None
    if instance is not None and not known:
        fields.note("backupInstanceId", "names no backup instance")
    row: Row = {
        **common,
        "event_night": nights.night_of(started_at) or common["night"],
        "item_key": instance if known else None,
        "item_link": BY_ID if known else UNLINKED,
        "entity_friendly_name": fields.text("backupInstanceFriendlyName") or fields.text("dataSourceName"),
        "workload": fields.text("dataSourceType"),
        "operation": operation,
        "operation_kind": _kind(fields.text("operationCategory"), operation),
        "status": fields.text("status"),
        "started_at": started_at,
        "ended_at": fields.moment("endTime"),
        "duration_s": fields.duration("duration"),
        "user_triggered": fields.flag("isUserTriggered"),
        "activity_id": fields.text("activityID"),
    }
    if fields.get("extendedInfo") is not None:
        row |= {"tasks": fields.inside("extendedInfo").json("subTasks"), "bytes_transferred": _transferred(fields)}
    return row | _errors(fields)


def backup_restore_row(fields: Fields, job: Row, common: Row) -> Row:
    """The restore row that goes with a job row; from a list all that only the job's own answer tells is null."""
    row: Row = {**common, "event_night": job["event_night"], **{name: job.get(name) for name in COPIED}}
    row["restore_type"] = fields.text("restoreType")
    if fields.get("extendedInfo") is None:
        return row
    extended = fields.inside("extendedInfo")
    point = extended.inside("sourceRecoverPoint")
    destination, prefix = extended.text("recoveryDestination"), extended.inside("additionalDetails").text(_PREFIX)
    told = (("destination", destination), ("file prefix", prefix))
    return row | {
        "location_type": _location(fields.text("dataSourceId"), destination, prefix),
        "target": masked("; ".join(f"{word} {text}" for word, text in told if text)) or None,
        "recovery_point_at_sent": point.moment("recoveryPointTime"),
        "recovery_point_at_text": point.text("recoveryPointTime"),
        "recovery_point_id_sent": point.text("recoveryPointID"),
        "bytes_transferred": _transferred(fields),
    }


def _kind(category: str | None, operation: str | None) -> str:
    """By Azure's category, which is coarser and steadier than the operation's name."""
    told = operation_kind(category)
    return operation_kind(operation) if told == OTHER else told


def _location(source: str | None, destination: str | None, prefix: str | None) -> str | None:
    if prefix is not None:
        return AS_FILES
    if destination is None or source is None:
        return None
    return ORIGINAL if destination.casefold() == source.casefold() else ALTERNATE


def _transferred(fields: Fields) -> int | None:
    """Bytes moved as the job tells them, else the sum of what its tasks tell; None where nothing does."""
    extended = fields.inside("extendedInfo")
    name = next((name for name in _BYTES if extended.get(name) is not None), None)
    if name is not None:
        return _whole(extended, name)
    tasks = [task.inside("additionalDetails") for task in extended.each("subTasks")]
    told = [task.count(_BYTES_OF_TASK) for task in tasks if task.get(_BYTES_OF_TASK) is not None]
    counted = [count for count in told if count is not None]
    return sum(counted) if counted and len(counted) == len(told) and sum(counted) <= LARGEST else None


def _whole(fields: Fields, name: str) -> int | None:
    """A count that Azure writes as a fraction: `2063.0`."""
    value = fields.get(name)
    if not isinstance(value, float):
        return fields.count(name)
    if value.is_integer() and 0 <= value <= LARGEST:
        return int(value)
    fields.note(name, "is not a count")
    return None


def _errors(fields: Fields) -> Row:
    """Errors in order, the outermost of each chain; Azure sends no titles here."""
    if fields.get("errorDetails") is None:
        return {}
    errors = fields.each("errorDetails")
    return {
        "error_codes": in_step([error.text("code") for error in errors]),
        "error_messages": in_step([error.text("message") for error in errors]),
        "recommendations": [text for error in errors for text in error.texts("recommendedAction")] or None,
    }
