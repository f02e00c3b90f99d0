"""Job rows from job lists and job answers, whatever service version wrote them.

Not here: what a restore adds (`restore_jobs`). Invariant: dispatch is on `backupManagementType`, never on `jobType`, which takes
values that no SDK models; status and operation stay as sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.normalize.answers import Element
from evidence.normalize.event_nights import EventNights
from evidence.normalize.fields import Fields
from evidence.normalize.item_links import ItemIndex, JobNames
from evidence.normalize.operations import operation_kind
from evidence.normalize.resource_ids import last_segment
from evidence.normalize.results import Row

WORKLOADS = {"azureiaasvm": "VM", "azurestorage": "AzureFileShare"}
"""Workload of management types that have only one and do not send it with their jobs."""

SERVER_FIELDS = {
    "azurestorage": "storageAccountName",
    "mab": "mabServerName",
    "dpm": "dpmServerName",
    "azurebackupserver": "dpmServerName",
}
"""Field that names the server (of a share, the storage account) in jobs of a management type."""

_DATABASES = "azureworkload"
_TRANSFERRED = ("Data Transferred (in MB)", "Backup Size")


def job_id_of(element: Element) -> str | None:
    """Azure's job id: the name, else the end of the id; None where neither tells it."""
    name, job = element.sent.get("name"), element.sent.get("id")
    if isinstance(name, str) and name:
        return name
    return (last_segment(job) or None) if isinstance(job, str) else None


def job_row(fields: Fields, common: Row, items: ItemIndex, nights: EventNights) -> Row:
    """The row of one job but its place and its texts: ids, ordinal, `properties` and `envelope` are the caller's."""
    management_type, operation = fields.text("backupManagementType"), fields.text("operation")
    started_at = fields.moment("startTime")
    names = job_names(fields, management_type)
    link = items.find(names)
    row: Row = {
        **common,
        "event_night": nights.night_of(started_at) or common["night"],
        "item_key": link.item_key,
        "item_link": link.link,
        "item_candidates": link.candidates,
        "entity_friendly_name": names.friendly_name,
        "container_name": names.container.lower() if names.container else None,
        "workload": names.workload,
        "management_type": management_type,
        "operation": operation,
        "operation_kind": operation_kind(operation),
        "status": fields.text("status"),
        "started_at": started_at,
        "ended_at": fields.moment("endTime"),
        "duration_s": fields.duration("duration"),
        "user_triggered": fields.flag("isUserTriggered"),
        "activity_id": fields.text("activityId"),
    }
    if fields.get("extendedInfo") is not None:
        row |= _progress(fields)
    if fields.get("errorDetails") is not None:
        row |= error_columns(fields)
    return row


def job_names(fields: Fields, management_type: str | None) -> JobNames:
    """The names by which a job's item is found."""
    kind = (management_type or "").lower()
    server = SERVER_FIELDS.get(kind)
    bagged = kind == _DATABASES and fields.get("extendedInfo") is not None
    return JobNames(
        management_type=management_type,
        friendly_name=fields.text("entityFriendlyName"),
        container=fields.text("containerName"),
        server=fields.text(server) if server else None,
        workload=fields.text("workloadType") or WORKLOADS.get(kind),
        unique_container=_bag(fields).text("ContainerUniqueName") if bagged else None,
    )


def transferred(fields: Fields) -> int | None:
    """Bytes moved, from the property bag; None while Azure does not tell them."""
    bag = _bag(fields)
    return next((bag.size(name) for name in _TRANSFERRED if bag.get(name) is not None), None)


def check_source_vault(fields: Fields, vault_id: str) -> None:
    """Note a cross-region restore whose details name another vault than the one that was asked."""
    if fields.get("extendedInfo") is None:
        return
    named = _bag(fields).text("Vault name")
    if named is not None and named.lower() != last_segment(vault_id):
        fields.note("extendedInfo.propertyBag.Vault name", "names another vault than the one that was asked")


def _bag(fields: Fields) -> Fields:
    return fields.inside("extendedInfo").inside("propertyBag")


def _progress(fields: Fields) -> Row:
    """What only a job's own answer tells."""
    extended = fields.inside("extendedInfo")
    return {
        "tasks": extended.json("tasksList"),
        "progress_percent": extended.number("progressPercentage"),
        "bytes_transferred": transferred(fields),
    }


def error_columns(fields: Fields) -> Row:
    """Errors in order; the lists of codes, titles and messages run in step, an empty text where Azure sent none."""
    errors = fields.each("errorDetails")
    return {
        "error_codes": in_step([error.text("errorCode") for error in errors]),
        "error_titles": in_step([error.text("errorTitle") for error in errors]),
        "error_messages": in_step([error.text("errorString") for error in errors]),
        "recommendations": [text for error in errors for text in error.texts("recommendations")] or None,
    }


def in_step(texts: Sequence[str | None]) -> list[str] | None:
    """Texts that run in step with others, an empty one where Azure sent none; None where it sent none at all."""
    return [text or "" for text in texts] if any(texts) else None
