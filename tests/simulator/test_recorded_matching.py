"""Filters on recorded elements: Azure's semantics, and nothing guessed."""

from __future__ import annotations

import json

import pytest

from simulator.filters import FilterError
from simulator.recorded import matching
from simulator.recorded.elements import Element, element_of


def _element(name: str = "one", **properties: object) -> Element:
    return element_of(json.dumps({"id": f"/x/{name}", "name": name, "properties": properties}), from_list=True)


def _window(start: str, end: str) -> str:
    return f"startTime eq '{start}' and endTime eq '{end}'"


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        ("2021-05-26 06:00:00 AM", "2021-05-27 05:59:59 AM", True),
        ("2021-05-26 11:15:00 PM", "2021-05-26 11:15:00 PM", True),
        ("2021-05-26 11:15:01 PM", "2021-05-27 06:00:00 AM", False),
        ("2021-05-26 06:00:00 AM", "2021-05-26 11:14:59 PM", False),
        ("2021-05-26 11:15:00 AM", "2021-05-26 11:16:00 AM", False),
        ("2021-05-26 12:00:00 AM", "2021-05-26 12:00:00 PM", False),
    ],
)
def test_a_job_is_asked_for_by_its_start_both_ends_inside(start: str, end: str, inside: bool) -> None:
    job = _element(startTime="2021-05-26T23:15:00Z", endTime="2021-05-28T01:00:00Z")
    assert matching.jobs(_window(start, end))(job) is inside


def test_seven_fractional_digits_are_read() -> None:
    job = _element(startTime="2021-05-26T03:13:25.1005544Z")
    assert matching.jobs(_window("2021-05-26 03:13:25 AM", "2021-05-26 03:13:26 AM"))(job)
    assert not matching.jobs(_window("2021-05-26 03:13:24 AM", "2021-05-26 03:13:25 AM"))(job)


@pytest.mark.parametrize(
    ("operation", "found"),
    [("Restore (Full)", True), ("Restore", True), ("RestoreWithRehydrate", False), ("Backup", False)],
)
def test_an_operation_is_found_also_when_its_name_has_grown(operation: str, found: bool) -> None:
    assert matching.jobs("operation eq 'Restore'")(_element(operation=operation)) is found


def test_an_empty_operation_asks_for_all() -> None:
    assert matching.jobs("operation eq ''")(_element(operation="Backup"))


def test_job_id_and_status_compare_without_case() -> None:
    job = _element("AB-1", status="InProgress")
    assert matching.jobs("jobId eq 'ab-1' and status eq 'inprogress'")(job)
    assert not matching.jobs("jobId eq 'ab-2'")(job)


@pytest.mark.parametrize(
    "text",
    [
        "startTime eq '2021-05-26 06:00:00 AM'",
        "startTime eq '2021-05-26 18:00:00' and endTime eq '2021-05-27 06:00:00'",
        "startTime ge '2021-05-26 06:00:00 AM'",
        "colour eq 'red'",
        "status eq 'Failed' or status eq 'Completed'",
    ],
)
def test_a_filter_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(FilterError):
        matching.jobs(text)


def test_items_match_by_management_and_item_type() -> None:
    item = _element(
        backupManagementType="AzureWorkload", workloadType="SQLDataBase", policyId="/a/backupPolicies/HourlyLog"
    )
    assert matching.items("backupManagementType eq 'AzureWorkload' and itemType eq 'SQLDataBase'")(item)
    assert matching.items("providerType eq 'AzureWorkload'")(item)
    assert matching.items("policyName eq 'HourlyLog'")(item)
    assert not matching.items("backupManagementType eq 'AzureWorkload' and itemType eq 'SAPHanaDatabase'")(item)
    assert not matching.items("backupManagementType eq 'AzureIaasVM'")(item)


def test_points_match_by_either_time_field() -> None:
    window = "startDate eq '2021-05-26 12:00:00 AM' and endDate eq '2021-05-26 11:59:59 PM'"
    assert matching.points(window)(_element(recoveryPointTime="2021-05-26T02:11:38.7367545Z"))
    assert matching.points(window)(_element(recoveryPointTimeInUTC="2021-05-26T23:59:59Z"))
    assert matching.points(window)(_element(recoveryPointTime="2021-05-26T02:11:38"))
    assert not matching.points(window)(_element(recoveryPointTime="2021-05-27T00:00:00Z"))


def test_a_log_range_matches_when_it_reaches_into_the_window() -> None:
    point = _element(type="Log", timeRanges=[{"startTime": "2021-05-20T00:00:00Z", "endTime": "2021-05-25T00:00:00Z"}])
    assert matching.points("startDate eq '2021-05-24 12:00:00 AM' and endDate eq '2021-05-27 12:00:00 AM'")(point)
    assert not matching.points("startDate eq '2021-05-26 12:00:00 AM' and endDate eq '2021-05-27 12:00:00 AM'")(point)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ["full", "log", "snapshot"]),
        ("restorePointQueryType eq 'All'", ["full", "log", "snapshot"]),
        ("restorePointQueryType eq 'Log'", ["log", "snapshot"]),
        ("restorePointQueryType eq 'FullAndDifferential'", ["full", "snapshot"]),
        ("restorePointQueryType eq 'Differential'", ["snapshot"]),
    ],
)
def test_a_query_type_selects_among_points_that_have_a_type(query: str, kept: list[str]) -> None:
    points = [_element("full", type="Full"), _element("log", type="Log"), _element("snapshot")]
    match = matching.points(query)
    assert [point.name for point in points if match(point)] == kept


def test_an_unknown_query_type_is_refused() -> None:
    with pytest.raises(FilterError):
        matching.points("restorePointQueryType eq 'Everything'")
