from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from evidence.normalize.restore_jobs import location_type
from evidence.normalize.results import Row
from evidence.records import Kind
from tests.normalize.shapes import Json, answer, call, files_restore, normalized, sql_restore, vm_job, vm_restore


def detailed(restore: Json) -> Row:
    return normalized(call(Kind.JOB_DETAILS, orjson.dumps(restore))).restore_jobs[0]


def test_the_vm_key_ends_with_a_space_and_the_text_is_kept() -> None:
    row = detailed(vm_restore("r1", "5/26/2026 2:11:38 AM"))
    assert row["recovery_point_at_sent"] == datetime(2026, 5, 26, 2, 11, 38, tzinfo=UTC)
    assert row["recovery_point_at_text"] == "5/26/2026 2:11:38 AM"


@pytest.mark.parametrize("text", ["2026-05-11 03:52:44Z", "5/11/2026 3:52:44 AM"])
def test_databases_tell_it_in_both_formats(text: str) -> None:
    row = detailed(sql_restore("r1", text))
    assert row["recovery_point_at_sent"] == datetime(2026, 5, 11, 3, 52, 44, tzinfo=UTC)
    assert row["bytes_transferred"] == 21_060_125


def test_a_time_that_could_be_two_days_is_null_and_said() -> None:
    result = normalized(call(Kind.JOB_DETAILS, orjson.dumps(sql_restore("r1", "05/11/2026 03:52:44"))))
    row = result.restore_jobs[0]
    assert (row["recovery_point_at_sent"], row["recovery_point_at_text"]) == (None, "05/11/2026 03:52:44")
    assert result.problem_counts() == {"restore_jobs.extendedInfo.propertyBag.RestoreRecoveryPointTime": 1}


def test_early_polls_tell_null() -> None:
    row = detailed(vm_restore("r1", None, status="InProgress"))
    assert (row["recovery_point_at_sent"], row["recovery_point_at_text"]) == (None, None)


def test_a_listed_restore_is_a_row_with_nulls() -> None:
    row = normalized(call(Kind.JOBS, answer(vm_job("r1", operation="Restore")))).restore_jobs[0]
    assert row["job_id"] == "r1"
    assert {name: row.get(name) for name in ("restore_type", "target", "files_restored")} == {
        "restore_type": None,
        "target": None,
        "files_restored": None,
    }


def test_backups_give_no_restore_row() -> None:
    assert normalized(call(Kind.JOBS, answer(vm_job()))).restore_jobs == ()


def test_files_are_counted() -> None:
    row = detailed(files_restore("r1", "5/20/2026 2:03:04 AM"))
    assert (row["files_restored"], row["files_skipped"], row["files_failed"]) == (2, 1, 0)
    assert row["target"] == "storage account files002; file share share-drill; destination files002/share-drill/"


def test_a_disk_restore_names_no_machine_and_no_blob() -> None:
    row = detailed(vm_restore("r1", "5/26/2026 2:11:38 AM"))
    assert row["target"] == "resource group rg-drill; storage account staging001"


def test_a_new_machine_is_named_with_its_place() -> None:
    bag = {
        "Job Type": "Recover VM to an alternate location",
        "Target VM Name": "vm1-drill",
        "Target VNet Name": "Group rg net",
    }
    row = detailed(vm_restore("r1", None, extendedInfo={"propertyBag": bag}))
    assert row["target"] == "virtual machine vm1-drill; network Group rg net"
    assert row["location_type"] == "alternate"


def test_a_signature_in_a_destination_is_masked() -> None:
    bag = {
        "Job Type": "Restore as files",
        "RestoreDestination": "https://x.blob.core.windows.net/c?sv=2020&sig=abc%2F&se=2027",
    }
    row = detailed(sql_restore("r1", None, extendedInfo={"propertyBag": bag}))
    assert "abc" not in str(row["target"])
    assert row["location_type"] == "files"


@pytest.mark.parametrize(
    ("sent", "restore_type", "location"),
    [
        ("OriginalLocation", "Replace disks", "original"),
        (None, "Replace disks", "original"),
        ("AlternateLocation", "Recover VM to an alternate location", "alternate"),
        ("RestoreDisks", "Recover disks", "alternate"),
        (None, "Recover disks", "alternate"),
        (None, "Recovering to the original file share", "original"),
        (None, "Recover to an alternate file share", "alternate"),
        (None, "Recovery to the original database", "original"),
        (None, "Restore as files", "files"),
        (None, None, None),
        ("Somewhere", "Something new", None),
    ],
)
def test_locations(sent: str | None, restore_type: str | None, location: str | None) -> None:
    assert location_type(sent, restore_type) == location
