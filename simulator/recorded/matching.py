"""Which elements a `$filter` asks for, kind by kind.

Azure's semantics where the recordings show them: a window is about when a job *starts*, both ends inside; text compares without case.
A name or form that is not understood raises FilterError, because to answer regardless would say what Azure would not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from simulator.filters import FilterError, interval, parse_filter
from simulator.recorded.elements import Element, parse_time

Match = Callable[[Element], bool]

_MANAGEMENT = {"backupmanagementtype": "backupManagementType", "providertype": "backupManagementType"}
"""Property by filter name; `providerType` is how api-versions of 2016 spelled it."""

_POINT_TYPES = {
    name.lower(): frozenset({name.lower()})
    for name in ("Full", "Log", "Differential", "Incremental", "SnapshotFull", "SnapshotCopyOnlyFull")
} | {"fullanddifferential": frozenset({"full", "differential"})}


def jobs(text: str) -> Match:
    """Jobs by start within startTime and endTime, and by status, operation, management type or id."""
    fields = {**_MANAGEMENT, "status": "status"}
    asked = parse_filter(text, {*fields, "operation", "jobId", "startTime", "endTime"})
    window = interval(asked, "startTime", "endTime")

    def match(job: Element) -> bool:
        start = job.moment("startTime")
        inside = window is None or (start is not None and window[0] <= start <= window[1])
        return inside and _same(job, asked, fields) and _operation(job, asked) and _named(job, asked)

    return match


def items(text: str) -> Match:
    """Items by management type, item type, policy or friendly name."""
    fields = {**_MANAGEMENT, "itemtype": "workloadType", "friendlyname": "friendlyName"}
    asked = parse_filter(text, {*fields, "policyName"})
    return lambda item: _same(item, asked, fields) and _policy(item, asked)


def points(text: str) -> Match:
    """Points by time within startDate and endDate, and by restorePointQueryType.

    Recorded lists without a query type hold log ranges too (88 lists), so no query type means all. A query type selects among
    workload points; others have no type and are given for any. `extendedInfo` and `includeSoftDeletedRP` change nothing: no
    answer to either was recorded.
    """
    asked = parse_filter(
        text, {"startDate", "endDate", "restorePointQueryType", "extendedInfo", "includeSoftDeletedRP"}
    )
    window = interval(asked, "startDate", "endDate")
    wanted = _point_types(asked.get("restorepointquerytype", "All"))

    def match(point: Element) -> bool:
        kind = (point.text("type") or "").lower()
        inside = window is None or any(first <= window[1] and window[0] <= last for first, last in _spans(point))
        return inside and (wanted is None or not kind or kind in wanted)

    return match


def policies(text: str) -> Match:
    """Policies by management type."""
    asked = parse_filter(text, _MANAGEMENT)
    return lambda policy: _same(policy, asked, _MANAGEMENT)


def containers(text: str) -> Match:
    """Containers by management type, registration status or friendly name."""
    fields = {**_MANAGEMENT, "status": "registrationStatus", "friendlyname": "friendlyName"}
    asked = parse_filter(text, fields)
    return lambda container: _same(container, asked, fields)


def unfiltered(text: str) -> Match:
    """All elements of a list that takes no filter."""
    parse_filter(text, ())
    return lambda _: True


def resources(text: str) -> Match:
    """All resources of a list that takes no filter; the status of an operation, once answered in a resource's place, is none."""
    parse_filter(text, ())
    return lambda element: bool(element.properties)


def _same(element: Element, asked: Mapping[str, str], fields: Mapping[str, str]) -> bool:
    return all(
        (element.text(fields[name]) or "").lower() == value.lower() for name, value in asked.items() if name in fields
    )


def _operation(job: Element, asked: Mapping[str, str]) -> bool:
    """`Restore` asks for `Restore (Full)` too: the name grows when the type becomes known."""
    wanted, found = asked.get("operation", "").lower(), (job.text("operation") or "").lower()
    return not wanted or found == wanted or found.startswith(f"{wanted} (")


def _named(job: Element, asked: Mapping[str, str]) -> bool:
    return asked.get("jobid", job.name).lower() == job.name.lower()


def _policy(item: Element, asked: Mapping[str, str]) -> bool:
    """The policy's name is sent for VMs only; others name it in `policyId`."""
    name = item.text("policyName") or (item.text("policyId") or "").rpartition("/")[2]
    return asked.get("policyname", name).lower() == name.lower()


def _point_types(text: str) -> frozenset[str] | None:
    if text.lower() == "all":
        return None
    if text.lower() not in _POINT_TYPES:
        raise FilterError(text)
    return _POINT_TYPES[text.lower()]


def _spans(point: Element) -> Iterator[tuple[datetime, datetime]]:
    """Times that a point restores to: one moment, or the ranges of a log chain."""
    moment = point.moment("recoveryPointTime", "recoveryPointTimeInUTC")
    if moment is not None:
        yield moment, moment
    ranges = point.properties.get("timeRanges")
    for part in ranges if isinstance(ranges, list) else ():
        yield parse_time(str(part["startTime"])), parse_time(str(part["endTime"]))
