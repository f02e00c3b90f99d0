from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from unittest.mock import patch

import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.normalize.answers import Element
from evidence.normalize.capture import read_elements
from evidence.normalize.element_rows import RESOURCE_TYPES
from evidence.normalize.fast import jobs as fast_jobs
from evidence.normalize.fast import tabulate
from evidence.normalize.fast.templates import read_template
from evidence.normalize.fields import Fields
from evidence.normalize.jobs import job_row
from evidence.normalize.results import Row
from evidence.records import Attempt, Call, Kind
from tests.normalize.both_ways import compare_calls
from tests.normalize.shapes import (
    NOW,
    answer,
    call,
    files_item,
    files_point,
    files_restore,
    log_ranges,
    sql_item,
    sql_job,
    sql_point,
    vm_item,
    vm_job,
    vm_point,
    vm_restore,
)
from tests.normalize.test_nothing_lost import ids, kinds, names
from tests.strategies import Json, json_values, texts

Element_ = dict[str, Json]
KIND_OF_LIST = {"jobs": Kind.JOBS, "items": Kind.PROTECTED_ITEMS, "points": Kind.RECOVERY_POINTS}


def listed(job: dict[str, object]) -> dict[str, object]:
    """A job as a list sends it: without details."""
    properties = job["properties"]
    assert isinstance(properties, dict)
    return {**job, "properties": {key: value for key, value in properties.items() if key != "extendedInfo"}}


def usual(what: str) -> list[dict[str, object]]:
    """Usual elements of every workload."""
    vm, sql, files = vm_item(), sql_item(), files_item()
    error = {
        "errorCode": 400001,
        "errorTitle": "CommandFailed",
        "errorString": "No.",
        "recommendations": ["Retry.\r\n"],
    }
    return {
        "jobs": [
            vm_job("a", actionsInfo=["Cancellable"]),
            vm_job("b", status="Failed", errorDetails=[error], endTime=None),
            listed(vm_restore("c", "11/20/2026 9:00:00 PM")),
            sql_job("d", duration="PT0S"),
            sql_job("e", "other [sql1]", operation="Restore (Full)"),
            listed(files_restore("f", None)),
        ],
        "items": [vm, sql, files, vm_item("vm2", lastBackupStatus="", lastBackupTime="2001-01-01T00:00:00Z")],
        "points": [
            vm_point(
                vm,
                "1",
                "2026-11-19T22:00:09.7367545Z",
                recoveryPointProperties={"expiryTime": "2027-01-01T00:00:00", "ruleName": "Daily"},
            ),
            vm_point(
                vm,
                "2",
                "2026-11-20T22:00:09.7367545Z",
                recoveryPointTierDetails=[{"type": "InstantRP", "status": "Valid"}],
            ),
            sql_point(sql, "3", "2026-11-20T23:00:00Z"),
            files_point(files, "4", "2026-11-20T20:00:00Z"),
        ],
    }[what]


def page(what: str, elements: Iterable[object], call_id: str = "p1") -> Call:
    body = json.dumps({"value": list(elements)}, separators=(",", ":"), ensure_ascii=False)
    return call(KIND_OF_LIST[what], body.encode(), call_id)


def with_items(*calls: Call) -> list[Call]:
    return [call(Kind.PROTECTED_ITEMS, answer(vm_item(), sql_item(), files_item()), "items"), *calls]


@pytest.fixture(autouse=True)
def _nothing_learned() -> None:
    """Each test begins as a process does: what was learned of a template outlives captures."""
    read_template.cache_clear()


class Slow:
    """Counts the elements that the reference reads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.elements: list[Element] = []
        real = read_elements

        def counting(reader: object, elements: Iterable[Element]) -> object:
            found = list(elements)
            self.elements += found
            return real(reader, found)  # type: ignore[arg-type]  # passed on as it came

        monkeypatch.setattr(tabulate, "read_elements", counting)


@pytest.mark.parametrize("what", KIND_OF_LIST)
def test_usual_lists_become_columns_without_the_reference(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch)
    rows = compare_calls(*with_items(page(what, usual(what)), page(what, usual(what), "p2")))
    assert slow.elements == []
    table = {"jobs": "jobs", "items": "protected_items", "points": "recovery_points"}[what]
    assert rows[table].num_rows == 2 * len(usual(what)) + (3 if what == "items" else 0)


def odd(what: str, **properties: object) -> dict[str, object]:
    element = deepcopy(usual(what)[0])
    sent = element["properties"]
    assert isinstance(sent, dict)
    sent |= properties
    return element


ODD_FIELDS: list[tuple[str, dict[str, object]]] = [
    ("jobs", {"status": 7}),
    ("jobs", {"status": ["Failed"]}),
    ("jobs", {"status": True}),
    ("jobs", {"Status": "Failed"}),
    ("jobs", {"entityFriendlyName": {"a": 1}}),
    ("jobs", {"containerName": 5}),
    ("jobs", {"startTime": "13/13/2021 02:11:38"}),
    ("jobs", {"startTime": 7}),
    ("jobs", {"endTime": "0001-01-01T00:00:00"}),
    ("jobs", {"endTime": "9999-12-31T23:59:59.9999999Z"}),
    ("jobs", {"startTime": "1677-01-01T00:00:00Z"}),
    ("jobs", {"duration": "-PT5.8026456S"}),
    ("jobs", {"duration": "00:03:05.1347479"}),
    ("jobs", {"duration": 5}),
    ("jobs", {"isUserTriggered": "true"}),
    ("jobs", {"isUserTriggered": 1}),
    ("jobs", {"activityId": 1.5}),
    ("jobs", {"activityId": ""}),
    ("jobs", {"errorDetails": "none"}),
    ("jobs", {"errorDetails": [{"errorCode": {"a": 1}}, 5]}),
    ("jobs", {"errorDetails": []}),
    ("jobs", {"extendedInfo": {"propertyBag": {"Backup Size": "63 MB"}}}),
    ("jobs", {"extendedInfo": None}),
    ("jobs", {"workloadType": ""}),
    ("jobs", {"backupManagementType": None}),
    ("jobs", {"backupManagementType": "MAB", "mabServerName": "srv"}),
    ("items", {"friendlyName": 5}),
    ("items", {"FriendlyName ": "x"}),
    ("items", {"policyId": ["a"]}),
    ("items", {"isScheduledForDeferredDelete": 1}),
    ("items", {"isScheduledForDeferredDelete": True}),
    ("items", {"lastBackupTime": "yesterday"}),
    ("items", {"backupEngineName": "dpm1"}),
    ("items", {"containerName": None, "sourceResourceId": ""}),
    ("points", {"recoveryPointTime": "late"}),
    ("points", {"recoveryPointTime": None, "recoveryPointTimeInUTC": "2026-11-20T23:00:00Z"}),
    ("points", {"recoveryPointTimeInUTC": "late"}),
    ("points", {"timeRanges": [{"startTime": "2026-11-20T00:00:00Z", "endTime": "2026-11-20T01:00:00Z"}] * 2}),
    ("points", {"timeRanges": []}),
    ("points", {"timeRanges": None, "type": "Log"}),
    ("points", {"recoveryPointSizeInGB": True}),
    ("points", {"recoveryPointSizeInGB": 1}),
    ("points", {"recoveryPointSizeInGB": 2**40}),
    ("points", {"recoveryPointProperties": [1]}),
    ("points", {"recoveryPointProperties": {"ExpiryTime": "2027-01-01T00:00:00Z"}}),
    ("points", {"recoveryPointProperties": {"expiryTime": "never", "isSoftDeleted": 1}}),
    ("points", {"recoveryPointTierDetails": {"type": 1}}),
    ("points", {"type": 5}),
]


@pytest.mark.parametrize(("what", "fields"), ODD_FIELDS, ids=lambda one: json.dumps(one, default=str)[:60])
def test_one_odd_value_among_usual_ones_is_read_as_the_reference_reads_it(what: str, fields: dict[str, object]) -> None:
    elements = usual(what)
    compare_calls(*with_items(page(what, [*elements[:2], odd(what, **fields), *elements[2:]])))
    # Whoever comes first must not teach the fast way what holds for itself alone.
    compare_calls(*with_items(page(what, [odd(what, **fields), *elements]), page(what, elements, "p2")))


ELEMENT_TRAPS: list[dict[str, object]] = [
    {"id": None},
    {"id": "/elsewhere/backupJobs/a"},
    {"name": ""},
    {"name": 5},
    {"name": "a/b"},
    {"name": 'quote " and \\ and \n'},
    {"name": "ü\u200f名前"},
    {"type": "Microsoft.DataProtection/backupVaults/backupJobs"},
    {"type": ""},
    {"type": None},
    {"properties": None},
    {"properties": []},
    {"eTag": None},
]


@pytest.mark.parametrize("what", KIND_OF_LIST)
@pytest.mark.parametrize("fields", ELEMENT_TRAPS, ids=lambda one: json.dumps(one)[:40])
def test_an_odd_element_among_usual_ones_is_read_as_the_reference_reads_it(
    what: str, fields: dict[str, object]
) -> None:
    elements = usual(what)
    compare_calls(*with_items(page(what, [elements[0], {**elements[1], **fields}, *elements[2:]])))


BODIES: list[Callable[[str], str]] = [
    lambda text: text.replace('"status":"Completed"', '"status":"Comp\\u006ceted"'),
    lambda text: text.replace('"status":"Completed"', '"status":"InProgress","status":"Completed"'),
    lambda text: text.replace('"properties":', '"properties" :'),
    lambda text: text.replace('"properties":{', '"properties":{"n":1.10,"big":123456789012345678901234567890,'),
    lambda text: text.replace('{"id":', '{"id":"twice","id":'),
    lambda text: text.replace('{"value":', '{"nextLink":"https://x/?a=\\"value\\":[]","value":'),
    lambda text: text.replace('{"value":', '{"count":1,"value":'),
    lambda text: text.replace('"properties":{', '"\\u0070roperties":{"a":1},"properties":{'),
    lambda text: "\ufeff" + text + "\r\n",
    lambda text: json.dumps(json.loads(text), indent=1),
    lambda text: text[:-2],
    lambda text: text.replace(text, '{"value":[]}'),
    lambda text: text.replace(text, '{"value":[1,"a",null,["id","name","type","properties"]]}'),
    lambda text: text.replace('"properties":{', '"properties":{"deep":' + "[" * 600 + "]" * 600 + ","),
]


@pytest.mark.parametrize("what", KIND_OF_LIST)
@pytest.mark.parametrize("change", range(len(BODIES)))
def test_a_body_that_parsing_changes_keeps_its_texts(what: str, change: int) -> None:
    text = BODIES[change](answer(*usual(what)).decode())
    compare_calls(*with_items(call(KIND_OF_LIST[what], text.encode(), "p1"), page(what, usual(what), "p2")))


def test_of_two_instances_with_one_database_name_neither_is_credited_with_the_others_job() -> None:
    instances = [sql_item(instance="INST1"), sql_item(instance="INST2")]
    jobs = [sql_job("a"), sql_job("b", status="Failed", errorDetails=[{"errorCode": 1, "errorTitle": "No"}])]
    rows = compare_calls(call(Kind.PROTECTED_ITEMS, answer(*instances), "items"), page("jobs", jobs))["jobs"]
    assert rows["status"].to_pylist() == ["Completed", "Failed"]
    assert rows["item_key"].to_pylist() == [None, None]
    assert rows["item_link"].to_pylist() == ["ambiguous", "ambiguous"]
    assert rows["item_candidates"].to_pylist() == [sorted(str(one["id"]).lower() for one in instances)] * 2


def test_ranges_among_points_are_numbered_as_the_reference_numbers_them() -> None:
    sql = sql_item()
    hours = [(f"2026-11-20T0{hour}:00:00Z", f"2026-11-20T0{hour}:30:00Z") for hour in range(3)]
    points = [sql_point(sql, str(number), f"2026-11-20T1{number}:00:00Z") for number in range(4)]
    mixed = [points[0], log_ranges(sql, *hours), points[1], {**points[2], "type": "else/where"}, points[3]]
    rows = compare_calls(*with_items(page("points", mixed), page("points", points, "p2")))["recovery_points"]
    assert rows.filter(pc.field("call_id") == "p1")["ordinal"].to_pylist() == [0, 4, 5, 1, 2, 3]


def test_a_body_of_an_encoding_that_cannot_be_read_is_unread_both_ways() -> None:
    attempt = Attempt(NOW, NOW, 200, body=b"x", response_headers={"content-encoding": "br"})
    compare_calls(call(Kind.JOBS, b"", attempts=(attempt,)))


def test_elements_become_columns_in_parts_without_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.normalize.fast.queues.BYTES_AT_ONCE", 5_000)
    monkeypatch.setattr(tabulate, "ROWS_AS_DICTS", 3)
    jobs = [[*usual("jobs"), odd("jobs", startTime="late", activityId=str(number))] for number in range(6)]
    compare_calls(*with_items(*(page("jobs", one, f"p{number}") for number, one in enumerate(jobs))))


def test_a_field_that_the_reference_learns_to_read_is_read_by_the_reference_alone() -> None:
    """Whoever adds a field to the reference's row functions need not know of the fast way."""

    def learned(fields: Fields, common: Row, *rest: object) -> Row:
        row = job_row(fields, common, *rest)  # type: ignore[arg-type]  # passed on as it came
        return {**row, "workload": fields.text("jobType")}

    with patch.object(fast_jobs, "job_row", learned), patch("evidence.normalize.element_rows.job_row", learned):
        rows = compare_calls(*with_items(page("jobs", usual("jobs"))))
    assert set(rows["jobs"]["workload"].to_pylist()) == {"AzureIaaSVMJob", "AzureWorkloadJob", "AzureStorageJob"}


@settings(max_examples=40)
@given(
    st.lists(st.tuples(kinds, st.lists(json_values(names), max_size=3)), max_size=3),
    st.sampled_from([None, (",", ":")]),
)
def test_any_answers_give_the_same_both_ways(
    answers: list[tuple[Kind, list[Json]]], separators: tuple[str, str] | None
) -> None:
    bodies = [json.dumps({"value": sent}, separators=separators, ensure_ascii=False).encode() for _, sent in answers]
    compare_calls(
        *(call(kind, body, f"c{at}") for at, ((kind, _), body) in enumerate(zip(answers, bodies, strict=True)))
    )


fields = st.dictionaries(names, json_values(names), max_size=8)
changes = st.lists(st.tuples(st.integers(0, 9), names, json_values(names) | texts), max_size=4)


@settings(max_examples=60)
@given(st.sampled_from(sorted(KIND_OF_LIST)), ids, st.lists(fields, max_size=3))
def test_typed_elements_give_the_same_both_ways(what: str, sent_id: str, sent: list[dict[str, Json]]) -> None:
    kind = KIND_OF_LIST[what]
    made = [{"id": sent_id, "name": "j", "type": RESOURCE_TYPES[kind], "properties": one} for one in sent]
    compare_calls(*with_items(page(what, [*made, *usual(what)])))


@settings(max_examples=60)
@given(st.sampled_from(sorted(KIND_OF_LIST)), changes)
def test_usual_elements_with_changed_fields_give_the_same_both_ways(
    what: str, changed: list[tuple[int, str, Json]]
) -> None:
    elements = deepcopy(usual(what))
    for place, name, value in changed:
        properties = elements[place % len(elements)]["properties"]
        assert isinstance(properties, dict)
        known = list(properties)
        properties[known[len(name) % len(known)] if place % 2 else name] = value
    compare_calls(*with_items(page(what, elements), page(what, usual(what), "p2")))
