from __future__ import annotations

import json
from collections import Counter

import pytest

from evidence.nights import Calendar
from evidence.normalize import CaptureContext, Normalized, normalize_capture
from evidence.records import Capture, Kind
from evidence.tables import ALL, from_rows
from tests.normalize.recorded import CAPTURED_AT, Recorded, capture_of, cross_region_answers, groups, recorded
from tests.normalize.shapes import NIGHT
from tests.normalize.strict_json import Pairs, elements_of, lost
from tests.normalize.test_nothing_lost import TABLES, TAKEN, rows_of
from tests.paths import needs_recordings

pytestmark = needs_recordings

CONTEXT = CaptureContext(NIGHT, "run-1", Calendar())
NORMALIZED = {
    "jobs_list",
    "job_detail",
    "protected_items",
    "protected_item",
    "recovery_points",
    "recovery_point",
    "policies",
    "policy",
    "vault",
    "vaults",
    "vault_config",
    "storage_config",
    "encryption_config",
    "resource_guard_proxies",
    "containers",
    "container",
    "backup_engines",
}


def normalized_alone(one: Recorded, kind: Kind) -> Normalized:
    call = one.call("c1", CAPTURED_AT, kind)
    return normalize_capture(Capture("capture-1", one.vault_id or "/subscriptions/0", None, (call,), ()), CONTEXT)


def test_every_recovery_services_answer_is_read_and_loses_no_field() -> None:
    seen = Counter[str]()
    for one in recorded():
        kind = one.kind
        if one.category not in NORMALIZED and not (one.category == "chains" and kind):
            continue
        assert kind is not None, one.file
        result = normalized_alone(one, kind)
        table = TABLES.get(kind, "vaults")
        elements = elements_of(one.file.read_bytes())
        assert result.unread == (), one.file
        assert result.elements == ({"c1": len(elements)} if elements else {}), one.file
        for ordinal, element in enumerate(elements):
            rows = rows_of(result, table, ordinal)
            assert rows, one.file
            assert all(lost(element, row, TAKEN.get(table, [])) == [] for row in rows), one.file
        seen[one.category] += 1
    assert seen.keys() == NORMALIZED | {"chains"}
    assert (seen["job_detail"], seen["jobs_list"], seen["chains"], seen["vaults"]) == (432, 45, 415, 8)


def test_every_value_of_a_recorded_answer_is_read() -> None:
    """Times, sizes, durations, flags and counts of all recordings are read; three jobs name a test service."""
    problems = Counter[str]()
    for one in recorded():
        if one.kind is not None and (one.category in NORMALIZED or one.category == "chains"):
            problems.update(normalized_alone(one, one.kind).problem_counts())
    assert problems == {"jobs.id": 3}


def test_answers_of_other_kinds_are_counted_as_not_yet_normalized() -> None:
    others = [one for one in recorded() if one.category not in NORMALIZED and not one.kind]
    assert len([one for one in others if one.category == "dataprotection"]) == 2, "resource guards"
    assert {one.category for one in others} == {"chains", "dataprotection"}
    for one in others:
        result = normalized_alone(one, Kind.JOBS)
        assert result.jobs == ()
        assert [unread.call_id for unread in result.unread] == ["c1"] * len(elements_of(one.file.read_bytes()))
        assert all(
            "not yet normalized" in unread.reason or "without resource type" in unread.reason
            for unread in result.unread
        )


def test_every_recorded_cross_region_restore_is_a_job_and_a_restore_and_loses_no_field() -> None:
    answers = list(cross_region_answers())
    assert len(answers) == 9
    for vault_id, call in answers:
        result = normalize_capture(Capture("capture-1", vault_id, None, (call,), ()), CONTEXT)
        (element,) = elements_of(call.last.body)
        (job,), (restore,) = result.jobs, result.restore_jobs
        assert (result.unread, result.problems) == ((), ())
        assert lost(element, job, TAKEN["jobs"]) == lost(element, restore, TAKEN["jobs"]) == []
        assert (job["vault_id"], job["detailed"], job["operation"]) == (vault_id, True, "CrossRegionRestore")
        assert (job["operation_kind"], job["job_id"]) == ("restore", call.subject)
        assert restore["location_type"] == ("files" if restore["restore_type"] == "Restore as files" else "alternate")
    managed = [json.loads(call.last.body)["properties"]["backupManagementType"] for _, call in answers]
    assert Counter(managed) == {"AzureIaasVM": 4, "AzureWorkload": 5}


@pytest.mark.slow
def test_rows_of_recorded_vaults_fit_their_tables_and_their_keys_are_unique() -> None:
    found = Counter[str]()
    for key, answers in groups():
        result = normalize_capture(capture_of(key[-1], answers), CONTEXT)
        for name, rows in result.tables().items():
            assert from_rows(ALL[name], rows).num_rows == len(rows)
            keys = Counter(tuple(row[column] for column in ALL[name].key) for row in rows)
            assert all(times == 1 for times in keys.values()), (name, key)
            found[name] += len(rows)
    assert found["jobs"] > 700
    assert found["recovery_points"] > 3_000


def test_jobs_are_linked_wherever_their_vault_told_the_item() -> None:
    links = Counter[tuple[object, object]]()
    for key, answers in groups():
        result = normalize_capture(capture_of(key[-1], answers), CONTEXT)
        told = {row.get("management_type") for row in result.protected_items} - {None}
        links.update(
            (row["management_type"], row["item_link"]) for row in result.jobs if row.get("management_type") in told
        )
    assert links == {
        ("AzureIaasVM", "name"): 174,
        ("AzureWorkload", "name"): 196,
        ("AzureStorage", "name"): 100,
        ("AzureStorage", "unlinked"): 2,
    }


def test_strict_reading_sees_what_is_lost() -> None:
    """The check itself fails for a row that lacks a field."""
    element = elements_of(b'{"id":"a","name":"j","type":"t","properties":{"n":1.0,"n":2}}')[0]
    assert isinstance(element, Pairs)
    row: dict[str, object] = {"job_id": "j", "properties": '{"n":1.0,"n":2}', "envelope": '{"id":"a","type":"t"}'}
    assert lost(element, row, ["job_id"]) == []
    assert lost(element, {**row, "envelope": '{"id":"a"}'}, ["job_id"]) == [("type", "t")]
    assert [key for key, _ in lost(element, {**row, "properties": '{"n":1,"n":2}'}, ["job_id"])] == ["properties"]
    assert [key for key, _ in lost(element, {**row, "properties": '{"n":2}'}, ["job_id"])] == ["properties"]
