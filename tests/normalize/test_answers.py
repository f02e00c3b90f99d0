from __future__ import annotations

import orjson
import pytest

from evidence.records import Kind
from tests.normalize.shapes import VAULT, answer, call, log_ranges, normalized, sql_item, vm_item, vm_job, vm_restore

TYPE = "Microsoft.RecoveryServices/vaults/backupJobs"


def test_properties_are_the_very_text_that_azure_sent() -> None:
    properties = (
        '{"status" : "Completed","progress":14.0,"big":18446744073709551616,"twice":1,"twice":2,"s":"\\u00e9\\/"}'
    )
    body = f'{{"value":[{{"type":"{TYPE}","name":"a","properties":{properties} ,"eTag":null}}]}}'
    row = normalized(call(Kind.JOBS, body.encode())).jobs[0]
    assert row["properties"] == properties
    assert row["envelope"] == f'{{"type":"{TYPE}","eTag":null}}'
    assert row["job_id"] == "a"


def test_a_key_sent_twice_is_kept_twice() -> None:
    body = f'{{"value":[{{"name":"x","type":"{TYPE}","name":"y","properties":{{"status":"A"}},"properties":{{"status":"B"}}}}]}}'
    row = normalized(call(Kind.JOBS, body.encode())).jobs[0]
    assert (row["job_id"], row["status"], row["properties"]) == ("y", "B", '{"status":"B"}')
    assert row["envelope"] == f'{{"name":"x","type":"{TYPE}","properties":{{"status":"A"}}}}'


def test_a_byte_order_mark_and_white_space_are_no_part_of_the_answer() -> None:
    pretty = orjson.dumps({"value": [vm_job()]}, option=orjson.OPT_INDENT_2)
    row = normalized(call(Kind.JOBS, b"\xef\xbb\xbf" + pretty + b"\r\n")).jobs[0]
    assert row["status"] == "Completed"


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"value":[', b"[1e400]", b'{"a":"\\ud800"}', b"\xff\xfe{}"])
def test_a_body_that_is_no_json_is_unread_and_said(body: bytes) -> None:
    result = normalized(call(Kind.JOBS, body))
    assert result.jobs == ()
    assert [(one.ordinal, one.reason.partition(":")[0]) for one in result.unread] == [(None, "body is not JSON")]


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"3"])
def test_a_body_of_another_kind_is_unread_and_said(body: bytes) -> None:
    assert normalized(call(Kind.JOBS, body)).unread_counts() == {"jobs: body is not a JSON object": 1}


def test_elements_that_are_no_objects_are_unread_with_their_text() -> None:
    result = normalized(call(Kind.JOBS, b'{"value":[null, 1.0 ,"x",[]]}'))
    assert [(one.ordinal, one.text) for one in result.unread] == [(0, "null"), (1, "1.0"), (2, '"x"'), (3, "[]")]


def test_elements_of_kinds_not_yet_normalized_are_counted_and_named() -> None:
    instance = {"id": "/subscriptions/1/resourceGroups/g/providers/Microsoft.DataProtection/resourceGuards/g"}
    typed = {"type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers", "properties": {}}
    result = normalized(call(Kind.JOBS, answer(instance, typed, {"properties": {"a": 1}}, vm_job())))
    assert len(result.jobs) == 1
    assert result.unread_counts() == {
        "jobs: an element without resource type and id": 1,
        "jobs: resource type microsoft.dataprotection/resourceguards is not yet normalized here": 1,
        "jobs: resource type microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers is not yet normalized here": 1,
    }
    assert result.unread[2].text == '{"properties":{"a":1}}'


def test_an_untyped_element_is_told_by_its_id() -> None:
    untyped = {key: value for key, value in vm_job("x").items() if key != "type"}
    assert normalized(call(Kind.JOBS, answer(untyped))).jobs[0]["job_id"] == "x"


@pytest.mark.parametrize("name", [5, "", None, ["j1"]])
def test_a_name_that_is_no_name_is_kept_as_sent(name: object) -> None:
    row = normalized(call(Kind.JOBS, answer(vm_job() | {"name": name}))).jobs[0]
    assert (row["job_id"], orjson.loads(str(row["envelope"]))["name"]) == ("j1", name)


def test_fields_beside_a_list_are_said() -> None:
    body = orjson.dumps({"value": [], "nextLink": None, "count": 0})
    result = normalized(call(Kind.JOBS, body))
    assert (result.problem_counts(), result.unread) == ({"jobs.count": 1}, ())


def test_properties_that_are_no_object_still_give_a_row() -> None:
    for sent in (None, [1], "x", 5):
        result = normalized(call(Kind.JOBS, answer(vm_job() | {"properties": sent})))
        assert orjson.loads(str(result.jobs[0]["properties"])) == sent
        assert result.jobs[0]["status"] is None
        assert result.problem_counts() == {"jobs.properties": 1}


def test_a_single_answer_with_a_value_among_its_properties_is_no_list() -> None:
    assert normalized(call(Kind.JOB_DETAILS, orjson.dumps(vm_job() | {"value": [1]}))).jobs[0]["job_id"] == "j1"


def test_the_same_job_in_two_pages_is_two_observations() -> None:
    pages = [call(Kind.JOBS, answer(vm_job()), name) for name in ("page1", "page2")]
    rows = normalized(*pages).jobs
    assert [(row["call_id"], row["ordinal"], row["job_id"]) for row in rows] == [("page1", 0, "j1"), ("page2", 0, "j1")]


@pytest.mark.parametrize("depth", [300, 900])
def test_nesting_deeper_than_can_be_written_again_is_kept_as_sent(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    properties = f'{{"status":"Completed","operation":"Restore","extendedInfo":{{"tasksList":{deep}}}}}'
    policy = f'{{"schedulePolicy":{deep},"timeZone":"UTC"}}'
    told = f'{{"value":[{{"id":"{VAULT}/backupJobs/a","name":"a","properties":{properties}}}]}}'
    ordered = f'{{"value":[{{"id":"{VAULT}/backupPolicies/p","properties":{policy}}}]}}'
    result = normalized(call(Kind.JOBS, told.encode(), "c1"), call(Kind.POLICIES, ordered.encode(), "c2"))
    assert (result.jobs[0]["properties"], result.jobs[0]["tasks"]) == (properties, None)
    assert (result.policies[0]["properties"], result.policies[0]["time_zone"]) == (policy, "UTC")
    assert result.problem_counts() == {"jobs.extendedInfo.tasksList": 1, "policies.schedulePolicy": 1}


def test_elements_are_counted_by_call_also_where_one_gives_several_rows_or_comes_twice() -> None:
    item = sql_item()
    ranges = log_ranges(
        item, ("2026-11-19T03:52:42Z", "2026-11-19T06:52:12Z"), ("2026-11-18T03:52:49Z", "2026-11-18T10:52:11Z")
    )
    points = call(Kind.RECOVERY_POINTS, answer(ranges, ranges, {"properties": {}}, 5), "c1")
    result = normalized(points, call(Kind.JOBS, answer(vm_restore("r", None)), "c2"))
    assert (dict(result.elements), len(result.unread)) == ({"c1": 2, "c2": 1}, 2)
    assert (len(result.recovery_points), [row["ordinal"] for row in result.recovery_points]) == (4, [0, 1, 2, 3])


def test_a_point_that_names_nothing_is_unread() -> None:
    kind = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints"
    result = normalized(call(Kind.RECOVERY_POINTS, answer({"type": kind, "properties": {}})))
    assert result.unread_counts() == {"recovery_points: a recovery point that names neither its item nor itself": 1}


def test_items_policies_and_vaults_without_id_are_unread() -> None:
    nameless = {key: value for key, value in vm_item().items() if key != "id"}
    assert normalized(call(Kind.PROTECTED_ITEMS, answer(nameless))).unread_counts() == {
        "protected_items: an element without id": 1
    }
    vault = {"id": f"{VAULT}", "type": "Microsoft.RecoveryServices/vaults", "properties": {}}
    strayed = vault | {"id": "/providers/Microsoft.RecoveryServices/vaults/x"}
    assert normalized(call(Kind.VAULTS, answer(strayed))).unread_counts() == {"vaults: an id that names no vault": 1}


def test_the_same_capture_gives_the_same_rows() -> None:
    calls = [call(Kind.JOBS, answer(vm_job(), vm_restore("r", "5/26/2026 2:11:38 AM")))]
    assert normalized(*calls).tables() == normalized(*calls).tables()
