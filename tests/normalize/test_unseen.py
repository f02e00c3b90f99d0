"""What nobody recorded: each shape of the list becomes rows, and none of them is in the recordings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from evidence.normalize.unseen import NOT_YET_SEEN
from evidence.records import Kind
from tests.normalize.shapes import Json, answer, call, normalized
from tests.normalize.strict_json import elements_of, lost
from tests.normalize.test_nothing_lost import TAKEN
from tests.normalize.unseen_shapes import (
    ENGINE,
    SERVER,
    ase_item,
    ase_point,
    ase_ranges,
    deleted_point,
    dpm_container,
    dpm_item,
    dpm_job,
    mab_item,
    mab_job,
    vault_job,
)
from tests.paths import RECORDINGS, needs_recordings

SHAPES: dict[str, tuple[Kind, Json]] = {
    "MabJob": (Kind.JOBS, mab_job()),
    "DpmJob": (Kind.JOBS, dpm_job()),
    "VaultJob": (Kind.JOBS, vault_job()),
    "MabFileFolderProtectedItem": (Kind.PROTECTED_ITEMS, mab_item()),
    "DPMProtectedItem": (Kind.PROTECTED_ITEMS, dpm_item()),
    "DPMContainer": (Kind.CONTAINERS, dpm_container()),
    "AzureBackupServerContainer": (Kind.CONTAINERS, dpm_container("AzureBackupServerContainer")),
    "AzureVmWorkloadSAPAseDatabase": (Kind.PROTECTED_ITEMS, ase_item()),
    "AzureWorkloadSAPAseRecoveryPoint": (Kind.RECOVERY_POINTS, ase_point()),
    "AzureWorkloadSAPAsePointInTimeRecoveryPoint": (Kind.RECOVERY_POINTS, ase_ranges()),
    "true": (Kind.RECOVERY_POINTS, deleted_point()),
}


def pairs(value: object) -> Iterator[tuple[str, str]]:
    """Every key with its plain value, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from pairs(inner) if isinstance(inner, dict | list) else [(key, str(inner).lower())]
    elif isinstance(value, list):
        for inner in value:
            yield from pairs(inner)


def test_each_shape_of_the_list_becomes_rows_that_lose_nothing() -> None:
    assert SHAPES.keys() == {one.value for one in NOT_YET_SEEN}
    for one in NOT_YET_SEEN:
        kind, sent = SHAPES[one.value]
        assert (one.discriminator, one.value.lower()) in set(pairs(sent))
        body = answer(sent)
        result = normalized(call(kind, body))
        rows = result.tables()[one.table]
        assert (len(rows), result.unread, result.problems) == (1, (), ()), one.value
        assert lost(elements_of(body)[0], rows[0], TAKEN.get(one.table, [])) == []


@needs_recordings
def test_none_of_them_is_recorded_and_so_none_is_to_leave_the_list() -> None:
    unseen = {(one.discriminator, one.value.lower()) for one in NOT_YET_SEEN}
    seen = {
        pair
        for file in RECORDINGS.rglob("*.json")
        if file.name != "manifest.json" and file.stat().st_size
        for pair in pairs(json.loads(file.read_bytes()))
        if pair in unseen
    }
    assert not seen


def test_a_job_of_an_agent_finds_its_item_by_name_and_server() -> None:
    items = call(Kind.PROTECTED_ITEMS, answer(mab_item(), dpm_item()), "c0")
    rows = normalized(items, call(Kind.JOBS, answer(mab_job(), dpm_job()))).jobs
    keys = [str(one["id"]).lower() for one in (mab_item(), dpm_item())]
    assert [(row["item_link"], row["item_key"]) for row in rows] == [("name", keys[0]), ("name", keys[1])]
    other = normalized(items, call(Kind.JOBS, answer(mab_job(mabServerName="elsewhere")))).jobs[0]
    assert (other["item_link"], other["item_key"]) == ("unlinked", None)


def test_errors_without_a_code_keep_their_texts() -> None:
    row = normalized(call(Kind.JOB_DETAILS, json.dumps(mab_job()).encode(), subject="m1")).jobs[0]
    assert (row["error_codes"], row["error_messages"]) == (None, ["The agent could not reach the service."])
    assert (row["workload"], row["duration_s"], row["bytes_transferred"]) == ("FileFolder", 1450.5, 13_107_200)


def test_a_job_about_the_vault_itself_has_no_item() -> None:
    row = normalized(call(Kind.JOBS, answer(vault_job()))).jobs[0]
    assert (row["item_link"], row["operation_kind"], row["error_codes"]) == ("unlinked", "other", ["391224"])


def test_items_of_agents_and_engines_name_their_server() -> None:
    rows = normalized(call(Kind.PROTECTED_ITEMS, answer(mab_item(), dpm_item()))).protected_items
    assert [row["server_name"] for row in rows] == [SERVER, ENGINE]
    assert [row["last_backup_status"] for row in rows] == ["Completed", "Completed"]
    assert [row["health"] for row in rows] == [None, None]
    assert rows[1]["last_recovery_point_at"] == datetime(2026, 11, 19, 21, tzinfo=UTC)


def test_log_ranges_of_sap_ase_are_ranges() -> None:
    row = normalized(call(Kind.RECOVERY_POINTS, answer(ase_ranges()))).recovery_points[0]
    assert (row["range_start_at"], row["point_type"]) == (datetime(2026, 11, 20, tzinfo=UTC), "Log")
    assert row["item_key"] == str(ase_item()["id"]).lower()


def test_a_soft_deleted_point_says_so() -> None:
    rows = normalized(call(Kind.RECOVERY_POINTS, answer(deleted_point(), ase_point()))).recovery_points
    assert [row["soft_deleted"] for row in rows] == [True, None]
