from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from evidence.assess import link_restores
from evidence.tables import RECOVERY_POINTS, RESTORE_LINKS, from_rows
from tests.assess.tables import (
    ASSESSED_AT,
    CONTEXT,
    SHARE,
    SQL,
    SQL_AT,
    SQL_TEXT,
    VM,
    VM_AT,
    VM_TEXT,
    Nights,
    key,
    told,
)
from tests.normalize.shapes import (
    VAULT_ID,
    Json,
    files_point,
    files_restore,
    log_ranges,
    sql_job,
    sql_point,
    sql_restore,
    vm_item,
    vm_job,
    vm_point,
    vm_restore,
)


def one_night(item: Json, points: list[Json], restore: Json) -> dict[str, object]:
    nights = Nights()
    nights.capture(items=[item], points=points, jobs=[restore])
    return nights.link()


def test_a_vm_is_linked_to_the_one_point_of_its_second() -> None:
    points = [vm_point(VM, "1", VM_AT), vm_point(VM, "2", "2026-11-18T22:00:09Z")]
    row = one_night(VM, points, vm_restore("r", VM_TEXT))
    assert told(row) == ("exact", key(VM), "1")
    assert row["recovery_point_at"] == datetime(2026, 11, 19, 22, 0, 9, 736754, UTC)
    assert (row["vault_id"], row["assessment_id"], row["assessed_at"]) == (VAULT_ID, "assessment-1", ASSESSED_AT)
    assert (row["run_id"], row["capture_id"], row["call_id"]) == ("run-9", "capture-0", "0-job-0")
    assert from_rows(RESTORE_LINKS, [row]).num_rows == 1


def test_a_neighbouring_second_is_another_point() -> None:
    row = one_night(VM, [vm_point(VM, "1", "2026-11-19T22:00:08.999999Z")], vm_restore("r", VM_TEXT))
    assert told(row) == ("unlinked", key(VM), None)
    assert "1 known, from 2026-11-19T22:00:08Z" in str(row["reason"])


def test_two_points_in_one_second_are_listed() -> None:
    points = [vm_point(VM, "2", VM_AT), vm_point(VM, "1", "2026-11-19T22:00:09.1Z")]
    row = one_night(VM, points, vm_restore("r", VM_TEXT))
    assert told(row) == ("ambiguous", key(VM), None)
    assert row["candidates"] == (f"{key(VM)}/recoverypoints/1", f"{key(VM)}/recoverypoints/2")


def test_a_point_of_another_item_at_that_second_is_not_meant() -> None:
    other = vm_item("vm2")
    row = one_night(VM, [vm_point(other, "1", VM_AT)], vm_restore("r", VM_TEXT))
    assert told(row) == ("unlinked", key(VM), None)
    assert "no point is known" in str(row["reason"])


def test_a_restore_first_read_two_nights_after_its_point_was_last_seen_is_linked() -> None:
    nights = Nights()
    nights.capture(items=[VM], points=[vm_point(VM, "1", VM_AT)])
    nights.capture(items=[VM])
    nights.capture(items=[VM], jobs=[vm_restore("r", VM_TEXT)])
    assert told(nights.link()) == ("exact", key(VM), "1")


def test_a_soft_deleted_point_of_a_deleted_item_counts() -> None:
    gone = {"isSoftDeleted": True}
    nights = Nights()
    nights.capture(items=[VM], points=[vm_point(VM, "1", VM_AT, recoveryPointProperties=gone)])
    nights.capture(jobs=[vm_restore("r", VM_TEXT)])
    assert told(nights.link()) == ("exact", key(VM), "1")


def test_the_last_observation_that_tells_a_time_is_used() -> None:
    nights = Nights()
    nights.capture(items=[VM], points=[vm_point(VM, "1", VM_AT)], jobs=[vm_restore("r", None, status="InProgress")])
    nights.capture(items=[VM], jobs=[vm_restore("r", VM_TEXT)])
    nights.capture(items=[VM], lists=[vm_job("r", operation="Restore")])
    row = nights.link()
    assert told(row) == ("exact", key(VM), "1")
    assert row["call_id"] == "1-job-0"


def test_without_a_time_it_is_unlinked_and_says_why() -> None:
    row = one_night(VM, [vm_point(VM, "1", VM_AT)], vm_restore("r", None, status="Failed"))
    assert told(row) == ("unlinked", key(VM), None)
    assert (
        row["reason"] == "Azure tells no recovery point time for this job in 1 observation; its last status is Failed."
    )


def test_a_time_that_cannot_be_read_is_said() -> None:
    row = one_night(SQL, [sql_point(SQL, "1", "2026-05-11T03:52:44Z")], sql_restore("r", "05/11/2026 03:52:44"))
    assert told(row) == ("unlinked", key(SQL), None)
    assert "cannot be read: '05/11/2026 03:52:44'" in str(row["reason"])


@pytest.mark.parametrize("text", [SQL_TEXT, "11/19/2026 5:03:54 PM"])
@pytest.mark.parametrize("at", [SQL_AT, "2026-11-19T17:03:54.162Z"])
def test_databases_link_to_the_second_in_both_formats(text: str, at: str) -> None:
    assert told(one_night(SQL, [sql_point(SQL, "1", at)], sql_restore("r", text))) == ("exact", key(SQL), "1")


def test_a_full_backup_inside_its_own_log_range_is_exact() -> None:
    points = [sql_point(SQL, "1", SQL_AT), log_ranges(SQL, ("2026-11-19T17:03:52Z", "2026-11-20T05:52:12Z"))]
    assert told(one_night(SQL, points, sql_restore("r", SQL_TEXT))) == ("exact", key(SQL), "1")


@pytest.mark.parametrize("operation", ["Restore (Log)", "Restore"])
def test_a_point_in_time_lies_in_a_range(operation: str) -> None:
    points = [sql_point(SQL, "1", SQL_AT), log_ranges(SQL, ("2026-11-19T17:03:52Z", "2026-11-20T05:52:12Z"))]
    row = one_night(SQL, points, sql_restore("r", "2026-11-19 20:00:00Z", operation=operation))
    assert told(row) == ("range", key(SQL), "DefaultRangeRecoveryPoint")
    assert row["recovery_point_at"] == datetime(2026, 11, 19, 20, tzinfo=UTC)


def test_a_log_restore_at_the_second_of_a_full_backup_is_a_range() -> None:
    points = [sql_point(SQL, "1", SQL_AT), log_ranges(SQL, ("2026-11-19T17:03:52Z", "2026-11-20T05:52:12Z"))]
    assert one_night(SQL, points, sql_restore("r", SQL_TEXT, operation="Restore (Log)"))["link"] == "range"


def test_the_restore_of_a_backup_is_no_point_in_time() -> None:
    points = [log_ranges(SQL, ("2026-11-19T17:03:52Z", "2026-11-20T05:52:12Z"))]
    assert told(one_night(SQL, points, sql_restore("r", SQL_TEXT))) == ("unlinked", key(SQL), None)


@pytest.mark.parametrize(
    ("late", "link"),
    [(0, "inferred"), (1, "inferred"), (35, "inferred"), (60, "inferred"), (61, "unlinked"), (-1, "unlinked")],
)
def test_files_tell_a_later_time_so_the_point_before_is_inferred(late: int, link: str) -> None:
    at = datetime(2026, 11, 19, 2, 3, 3, tzinfo=UTC) + timedelta(seconds=late)
    text = f"{at.month}/{at.day}/{at.year} {at.hour}:{at.minute:02}:{at.second:02} AM"
    row = one_night(SHARE, [files_point(SHARE, "1", "2026-11-19T02:03:03Z")], files_restore("r", text))
    assert (row["link"], row["recovery_point_id"]) == (link, "1" if link == "inferred" else None)


def test_two_points_of_a_share_within_reach_are_not_decided() -> None:
    points = [files_point(SHARE, "1", "2026-11-19T02:03:03Z"), files_point(SHARE, "2", "2026-11-19T02:02:33Z")]
    row = one_night(SHARE, points, files_restore("r", "11/19/2026 2:03:04 AM"))
    assert told(row) == ("ambiguous", key(SHARE), None)


def test_a_restore_of_nothing_known_is_unlinked() -> None:
    nights = Nights()
    nights.capture(jobs=[sql_restore("r", SQL_TEXT)])
    row = nights.link()
    assert told(row) == ("unlinked", None, None)
    assert row["reason"] == "No item known in this vault bears the name that the job tells."


def test_a_job_with_a_point_id_is_linked_by_it() -> None:
    nights = Nights()
    nights.capture(items=[SQL], points=[sql_point(SQL, "1", SQL_AT)], jobs=[sql_restore("r", None)])
    jobs = nights.restore_jobs[0]
    place = jobs.schema.get_field_index("recovery_point_id_sent")
    named = jobs.set_column(place, jobs.schema.field(place), [["1"]])
    (row,) = link_restores([named], nights.recovery_points, CONTEXT)
    assert told(row) == ("id", key(SQL), "1")
    assert row["recovery_point_at"] == datetime(2026, 11, 19, 17, 3, 54, tzinfo=UTC)


def test_one_row_a_job_in_a_fixed_order_whatever_the_order_of_nights() -> None:
    nights = Nights()
    nights.capture(
        items=[SQL, VM],
        points=[sql_point(SQL, "1", SQL_AT), vm_point(VM, "1", VM_AT)],
        jobs=[sql_restore("b", SQL_TEXT)],
    )
    nights.capture(items=[SQL, VM], jobs=[vm_restore("a", VM_TEXT), sql_restore("b", SQL_TEXT)], lists=[sql_job("c")])
    rows = nights.links()
    assert [row["job_id"] for row in rows] == ["a", "b"]
    nights.restore_jobs.reverse()
    nights.recovery_points.reverse()
    assert nights.links() == rows


def test_no_restore_and_no_point_give_no_row() -> None:
    assert link_restores([], [], CONTEXT) == []
    assert link_restores([], [from_rows(RECOVERY_POINTS, [])], CONTEXT) == []
