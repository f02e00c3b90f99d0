"""Every recorded answer about Backup vaults: no field lost, no value unread, and what its rows must say."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache

from evidence.normalize import Normalized
from evidence.records import Kind
from tests.normalize.recorded import Recorded, recorded
from tests.normalize.strict_json import elements_of, lost
from tests.normalize.test_nothing_lost import TABLES, TAKEN, rows_of
from tests.normalize.test_recordings import normalized_alone
from tests.paths import needs_recordings

pytestmark = needs_recordings

OPERATION_STATUS = "microsoft.dataprotection/backupvaults/operationstatus is not yet normalized here"


@cache
def answers() -> tuple[tuple[Recorded, Kind, Normalized], ...]:
    found = [(one, one.kind) for one in recorded() if one.category == "dataprotection"]
    return tuple((one, kind, normalized_alone(one, kind)) for one, kind in found if kind is not None)


def rows(table: str) -> list[dict[str, object]]:
    return [row for _, _, result in answers() for row in result.tables()[table]]


def test_every_answer_is_read_and_loses_no_field() -> None:
    seen, unread = Counter[Kind](), Counter[str]()
    for one, kind, result in answers():
        table = TABLES.get(kind, "vaults")
        for ordinal, element in enumerate(elements_of(one.file.read_bytes())):
            made = rows_of(result, table, ordinal)
            assert bool(made) != any(found.ordinal == ordinal for found in result.unread), one.file
            assert all(lost(element, row, TAKEN.get(table, [])) == [] for row in made), one.file
        seen[kind] += 1
        unread.update(found.reason for found in result.unread)
    assert seen == {
        Kind.BACKUP_VAULTS: 6,
        Kind.VAULT: 34,
        Kind.PROTECTED_ITEMS: 31,
        Kind.DELETED_ITEMS: 2,
        Kind.JOBS: 7,
        Kind.JOB_DETAILS: 105,
        Kind.RECOVERY_POINTS: 11,
        Kind.POLICIES: 1,
    }
    # One instance was answered with the status of the operation that made it.
    assert unread == {f"resource type {OPERATION_STATUS}": 1}


def test_every_value_of_a_recorded_answer_is_read() -> None:
    problems = Counter[str]()
    for _, _, result in answers():
        problems.update(result.problem_counts())
    assert problems == {}


def test_every_job_names_its_instance_by_id() -> None:
    jobs = rows("jobs")
    assert len(jobs) == 321
    assert {row["item_link"] for row in jobs} == {"id"}
    assert all("/backupinstances/" in str(row["item_key"]) for row in jobs)
    assert Counter(row["operation_kind"] for row in jobs) == {"backup": 173, "restore": 148}
    assert Counter(row["status"] for row in jobs) == {"Completed": 257, "InProgress": 60, "Failed": 4}
    failed = [row for row in jobs if row["status"] == "Failed"]
    assert all(row["error_codes"] and row["error_messages"] and row["recommendations"] for row in failed)


def test_durations_in_either_form_are_the_time_between_begin_and_end() -> None:
    ended = [row for row in rows("jobs") if row["ended_at"] is not None]
    assert len(ended) == 261
    for row in ended:
        between = row["ended_at"] - row["started_at"]  # type: ignore[operator]  # both are moments
        assert abs(between.total_seconds() - row["duration_s"]) < 0.001


def test_bytes_are_those_of_the_job_or_of_its_tasks() -> None:
    told = Counter(row.get("bytes_transferred") for row in rows("jobs"))
    assert told[None] == 294
    assert told[616490449] == 2, "told as 616490449.0 by one job, by the tasks alone of another"


def test_every_restore_tells_its_point_or_a_moment_alone() -> None:
    detailed = [row for row in rows("restore_jobs") if row.get("recovery_point_at_text")]
    assert len(detailed) == 58
    assert all(row["recovery_point_at_sent"] for row in detailed)
    of_moments = [row for row in detailed if row["recovery_point_id_sent"] is None]
    assert len(of_moments) == 3, "operational blobs, restored to a point in time"
    assert Counter(row["location_type"] for row in detailed) == {"alternate": 27, "files": 16, "original": 15}
    assert {row["location_type"] for row in of_moments} == {"original"}


def test_ids_that_restores_name_are_those_of_recorded_points() -> None:
    """8 of 25 restored points are in recorded point lists too, at the very time that the job tells; of the others no list was recorded."""
    points = defaultdict(set)
    for row in rows("recovery_points"):
        points[row["item_key"], row["recovery_point_id"]].add(row["recovery_point_at"])
    named = {
        (row["item_key"], row["recovery_point_id_sent"]): row["recovery_point_at_sent"]
        for row in rows("restore_jobs")
        if row.get("recovery_point_id_sent")
    }
    known = [key for key in named if key in points]
    assert (len(known), len(named)) == (8, 25)
    assert all(points[key] == {named[key]} for key in known)
    listed = {item for item, _ in points}
    assert not [key for key in named if key not in points and key[0] in listed and _same_recording(key)]


def _same_recording(key: tuple[object, object]) -> bool:
    """Whether the restore of a point that no list shows lies in a recording that holds a list of the item's points."""
    restored = {
        one.recording
        for one, _, result in answers()
        for row in result.restore_jobs
        if (row["item_key"], row.get("recovery_point_id_sent")) == key
    }
    lists = {
        one.recording
        for one, _, result in answers()
        for row in result.recovery_points
        if row["item_key"] == key[0] and row["recovery_point_id"] != key[1]
    }
    return bool(restored & lists)


def test_settings_points_and_the_deleted_are_told_as_sent() -> None:
    vaults = rows("vaults")
    assert Counter(row["redundancy"] for row in vaults) == {"LocallyRedundant": 30, "GeoRedundant": 10}
    assert {row["soft_delete"] for row in vaults} == {"Off", "AlwaysOn", "On", "OFF", None}
    assert {row["immutability"] for row in vaults} == {"Unlocked", "Locked", "Disabled", None}
    assert {row["multi_user_authorization"] for row in vaults} == {"Disabled", None}
    assert {row["cross_region_restore"] for row in vaults} == {"Enabled", None}
    points = rows("recovery_points")
    assert Counter(tuple(row["tiers"]) for row in points) == {  # type: ignore[arg-type]  # lists of texts
        ("OperationalStore=COMMITTED",): 17,
        ("VaultStore=COMMITTED",): 9,
    }
    assert sum(row["expires_at"] is None for row in points) == 6
    deleted = [row for row in rows("protected_items") if row["soft_deleted"]]
    assert len(deleted) == 2
    assert {row["protection_state"] for row in deleted} == {"SoftDeleted"}
    assert all("/deletedBackupInstances/" in str(row["item_id"]) for row in deleted)
    assert all("/backupinstances/" in str(row["item_key"]) for row in deleted)
