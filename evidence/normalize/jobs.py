"""Job rows from job lists and job answers, whatever service version wrote them.

Not here: what a restore adds (`restore_jobs`). Invariant: dispatch is on `backupManagementType`, never on `jobType`, which takes
values that no SDK models; status and operation stay as sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.normalize.answers import Element
from evidence.normalize.event_nights import EventNights
from evidence.normalize.fields import Fields
from evidence.normalize.item_links import ItemIndex, ItemLink, JobNames
from evidence.normalize.operations import operation_kind
from evidence.normalize.resource_ids import last_segment
from evidence.normalize.results import Row

WORKLOADS = {"azureiaasvm": "VM", "azurestorage": "AzureFileShare"}
"""Workload of management types that have only one and do not send it with their jobs."""

_TRANSFERRED = ("Data Transferred (in MB)", "Backup Size")


def job_id_of(element: Element) -> str | None:
    """Azure's job id: the name, else the end of the id; None where neither tells it."""
    name, job = element.sent.get("name"), element.sent.get("id")
    if isinstance(name, str) and name:
        return name
    return (last_segment(job) or None) if isinstance(job, str) else None


def job_row(
    job_id: str, fields: Fields, common: Row, link: ItemLink, nights: EventNights, *, ordinal: int, detailed: bool
) -> Row:
    """The row of one job; `properties` and `envelope` are added by the caller."""
    operation, started_at = fields.text("operation"), fields.moment("startTime")
    management_type = fields.text("backupManagementType")
    return {
        **common,
        "event_night": nights.night_of(started_at) or common["night"],
        "ordinal": ordinal,
        "detailed": detailed,
        "job_id": job_id,
        "item_key": link.item_key,
        "item_link": link.link,
        "item_candidates": link.candidates,
        "entity_friendly_name": fields.text("entityFriendlyName"),
        "container_name": fields.lowered("containerName"),
        "workload": fields.text("workloadType") or WORKLOADS.get((management_type or "").lower()),
        "management_type": management_type,
        "operation": operation,
        "operation_kind": operation_kind(operation),
        "status": fields.text("status"),
        "started_at": started_at,
        "ended_at": fields.moment("endTime"),
        "duration_s": fields.duration("duration"),
        "user_triggered": fields.flag("isUserTriggered"),
        "activity_id": fields.text("activityId"),
        **_progress(fields),
        **_errors(fields),
    }


def link_job(fields: Fields, items: ItemIndex) -> ItemLink:
    """The item that a job is about."""
    names = JobNames(
        management_type=fields.text("backupManagementType"),
        friendly_name=fields.text("entityFriendlyName"),
        container=fields.text("containerName"),
        server=fields.text("storageAccountName") or fields.text("mabServerName") or fields.text("dpmServerName"),
        workload=fields.text("workloadType"),
        unique_container=_bag(fields).text("ContainerUniqueName") if fields.get("extendedInfo") else None,
    )
    return items.find(names)


def transferred(fields: Fields) -> int | None:
    """Bytes moved, from the property bag; None while Azure does not tell them."""
    bag = _bag(fields)
    return next((bag.size(name) for name in _TRANSFERRED if bag.get(name) is not None), None)


def _bag(fields: Fields) -> Fields:
    return fields.inside("extendedInfo").inside("propertyBag")


def _progress(fields: Fields) -> Row:
    """What only a job's own answer tells."""
    if fields.get("extendedInfo") is None:
        return {}
    extended = fields.inside("extendedInfo")
    return {
        "tasks": extended.json("tasksList"),
        "progress_percent": extended.number("progressPercentage"),
        "bytes_transferred": transferred(fields),
    }


def _errors(fields: Fields) -> Row:
    """Errors in order; the lists of codes, titles and messages run in step, an empty text where Azure sent none."""
    if fields.get("errorDetails") is None:
        return {}
    errors = fields.each("errorDetails")
    return {
        "error_codes": _in_step([error.text("errorCode") for error in errors]),
        "error_titles": _in_step([error.text("errorTitle") for error in errors]),
        "error_messages": _in_step([error.text("errorString") for error in errors]),
        "recommendations": [text for error in errors for text in error.texts("recommendations")] or None,
    }


def _in_step(texts: Sequence[str | None]) -> list[str] | None:
    return [text or "" for text in texts] if any(texts) else None
