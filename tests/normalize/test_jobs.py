from __future__ import annotations

from datetime import UTC, date, datetime

import orjson
import pytest
from hypothesis import given

from evidence.normalize.operations import operation_kind
from evidence.normalize.results import Row
from evidence.records import Kind
from tests.normalize.shapes import NIGHT, VAULT, Json, answer, call, job, normalized, sql_job, vm_item, vm_job
from tests.strategies import texts


def listed(*jobs: Json) -> list[Row]:
    return list(normalized(call(Kind.JOBS, answer(*jobs))).jobs)


def test_a_listed_job_fills_its_columns() -> None:
    items = call(Kind.PROTECTED_ITEMS, answer(vm_item()), "c0")
    row = normalized(items, call(Kind.JOBS, answer(vm_job()))).jobs[0]
    expected = {
        "night": NIGHT,
        "event_night": date(2026, 11, 20),
        "vault_id": VAULT.lower(),
        "evidence_grade": "A",
        "ordinal": 0,
        "detailed": False,
        "job_id": "j1",
        "item_link": "name",
        "workload": "VM",
        "management_type": "AzureIaasVM",
        "operation": "Backup",
        "operation_kind": "backup",
        "status": "Completed",
        "started_at": datetime(2026, 11, 20, 22, 0, 4, 320857, UTC),
        "ended_at": datetime(2026, 11, 20, 22, 9, 16, 666536, UTC),
        "duration_s": 552.3456789,
    }
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize("job_type", ["AzureIaaSVMJob", "AzureIaaSVMJobV2", "SomeJobV9", None])
def test_dispatch_is_not_on_the_job_type(job_type: str | None) -> None:
    items = call(Kind.PROTECTED_ITEMS, answer(vm_item()), "c0")
    row = normalized(items, call(Kind.JOBS, answer(vm_job(jobType=job_type)))).jobs[0]
    assert (row["item_link"], row["workload"]) == ("name", "VM")


def test_an_unknown_management_type_still_gives_its_job() -> None:
    row = listed(job("x", {"backupManagementType": "NewThing", "operation": "Backup", "status": "Done"}))[0]
    assert (row["management_type"], row["status"], row["item_link"]) == ("NewThing", "Done", "unlinked")


def test_sentinels_stand_for_a_job_without_end() -> None:
    rows = listed(vm_job(endTime="0001-01-01T00:00:00"), vm_job("j9", endTime="2001-01-01T00:00:00Z"))
    assert [row["ended_at"] for row in rows] == [None, None]


def test_old_and_negative_durations_are_seconds() -> None:
    rows = listed(vm_job(duration="00:03:05.1347479"), vm_job("j9", duration="-PT5.8026456S"))
    assert [row["duration_s"] for row in rows] == [185.1347479, -5.8026456]


def test_a_night_is_that_of_the_start_and_else_that_of_the_capture() -> None:
    rows = listed(vm_job(startTime="2026-11-19T03:00:00Z"), vm_job("j9", startTime="later"))
    assert [row["event_night"] for row in rows] == [date(2026, 11, 18), NIGHT]


def test_a_job_at_the_end_of_time_has_the_night_of_its_capture() -> None:
    assert [row["event_night"] for row in listed(vm_job(startTime="9999-12-31T23:59:59Z"))] == [NIGHT]


def test_errors_run_in_step_whatever_the_workload_sends() -> None:
    errors = [
        {
            "errorCode": 400001,
            "errorString": "Command failed.",
            "errorTitle": "",
            "recommendations": ["Wait.\r\n", "Retry."],
        },
        {"errorString": "No code here.", "recommendations": None},
    ]
    row = listed(vm_job(status="Failed", errorDetails=errors))[0]
    assert row["error_codes"] == ["400001", ""]
    assert row["error_titles"] is None
    assert row["error_messages"] == ["Command failed.", "No code here."]
    assert row["recommendations"] == ["Wait.\r\n", "Retry."]


def test_a_jobs_own_answer_tells_tasks_progress_and_bytes() -> None:
    details = {
        "tasksList": [{"taskId": "Take Snapshot", "status": "Completed"}],
        "propertyBag": {"VM Name": "vm1", "Backup Size": "63 MB"},
        "progressPercentage": 99.0,
    }
    row = normalized(call(Kind.JOB_DETAILS, orjson.dumps(vm_job(extendedInfo=details)))).jobs[0]
    assert row["detailed"] is True
    assert row["tasks"] == '[{"taskId":"Take Snapshot","status":"Completed"}]'
    assert (row["progress_percent"], row["bytes_transferred"]) == (99.0, 63 * 1024**2)


def test_null_bags_and_null_details_are_no_problem() -> None:
    details = {"tasksList": None, "propertyBag": None, "progressPercentage": None}
    result = normalized(
        call(Kind.JOBS, answer(vm_job(extendedInfo=None, errorDetails=None), sql_job(extendedInfo=details)))
    )
    assert [row["bytes_transferred"] for row in result.jobs if "bytes_transferred" in row] == [None]
    assert result.problems == ()


def test_a_size_that_cannot_be_read_is_said() -> None:
    result = normalized(call(Kind.JOBS, answer(vm_job(extendedInfo={"propertyBag": {"Backup Size": "1,5 MB"}}))))
    assert result.jobs[0]["bytes_transferred"] is None
    assert result.problem_counts() == {"jobs.extendedInfo.propertyBag.Backup Size": 1}


def test_the_id_names_a_job_without_name() -> None:
    nameless = {key: value for key, value in vm_job("abc").items() if key != "name"}
    assert listed(nameless)[0]["job_id"] == "abc"


def test_a_job_of_another_vault_is_kept_and_said() -> None:
    other = vm_job() | {"id": f"{VAULT}-two/backupJobs/j1"}
    result = normalized(call(Kind.JOBS, answer(other)))
    assert result.jobs[0]["vault_id"] == VAULT.lower()
    assert result.problem_counts() == {"jobs.id": 1}


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("Backup", "backup"),
        ("Backup (Full)", "backup"),
        ("Restore", "restore"),
        ("Restore (Full)", "restore"),
        ("Restore (Invalid)", "restore"),
        ("RestoreWithRehydrate", "restore"),
        ("CrossRegionRestore", "restore"),
        ("ConfigureBackup", "configure"),
        ("DisableBackup", "disable"),
        ("DeleteBackupData", "delete"),
        ("Undelete", "undelete"),
        ("MoveRecoveryPoint", "move"),
        ("Register", "other"),
        ("UpdateCustomerManagedKey", "other"),
        (None, "other"),
    ],
)
def test_operations_are_told_by_their_beginning(operation: str | None, kind: str) -> None:
    assert operation_kind(operation) == kind


@given(texts)
def test_a_suffix_never_changes_the_kind(suffix: str) -> None:
    for operation in ("Backup", "Restore", "DeleteBackupData"):
        assert operation_kind(f"{operation} ({suffix})") == operation_kind(operation)
