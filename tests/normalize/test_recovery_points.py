from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from evidence.normalize.results import Row
from evidence.records import Kind
from evidence.tables import RECOVERY_POINTS, from_rows
from tests.normalize.shapes import (
    NIGHT,
    Json,
    answer,
    call,
    files_item,
    files_point,
    log_ranges,
    normalized,
    point,
    sql_item,
    sql_point,
    vm_item,
    vm_point,
)

AT = "2026-11-19T22:00:09.7367545Z"


def rows_of(*points: Json) -> list[Row]:
    return list(normalized(call(Kind.RECOVERY_POINTS, answer(*points), subject="/subscriptions/asked")).recovery_points)


def test_a_point_belongs_to_the_item_of_its_own_id() -> None:
    item = vm_item("VM1")
    row = rows_of(vm_point(item, "2261269460813273242", AT))[0]
    assert row["item_key"] == str(item["id"]).lower()
    assert row["recovery_point_id"] == "2261269460813273242"
    assert row["recovery_point_at"] == datetime(2026, 11, 19, 22, 0, 9, 736754, UTC)
    assert (row["night"], row["event_night"]) == (NIGHT, date(2026, 11, 19))


def test_a_point_without_id_belongs_to_the_item_asked_for() -> None:
    nameless = {key: value for key, value in vm_point(vm_item(), "7", AT).items() if key != "id"}
    assert rows_of(nameless)[0]["item_key"] == "/subscriptions/asked"


@pytest.mark.parametrize(
    ("tiers", "told"),
    [
        ([{"type": 1, "status": 3}, {"type": 2, "status": 1}], ["InstantRP=Deleted", "HardenedRP=Valid"]),
        ([{"type": "ArchivedRP", "status": "Rehydrated"}], ["ArchivedRP=Rehydrated"]),
        ([{"type": 3, "status": 4}, {"type": 2, "status": 2}], ["ArchivedRP=Rehydrated", "HardenedRP=Disabled"]),
        ([{"type": 9, "status": "Odd"}], ["9=Odd"]),
        ([{"type": "InstantRP"}], ["InstantRP="]),
        ([], None),
        (None, None),
    ],
)
def test_tiers_are_words_whether_sent_as_integers_or_words(tiers: object, told: object) -> None:
    assert rows_of(vm_point(vm_item(), "1", AT, recoveryPointTierDetails=tiers))[0]["tiers"] == told


@pytest.mark.parametrize("field", ["recoveryPointTime", "recoveryPointTimeInUTC", "recoverypointtime"])
@pytest.mark.parametrize("text", ["2026-11-19T22:00:09Z", "2026-11-19T22:00:09"])
def test_the_time_has_two_names_and_may_lack_its_zone(field: str, text: str) -> None:
    row = rows_of(point(vm_item(), "1", {"objectType": "GenericRecoveryPoint", field: text}))[0]
    assert row["recovery_point_at"] == datetime(2026, 11, 19, 22, 0, 9, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-12-28T00:00:00.0000000", "2026-12-28T00:00:00.0000000Z"])
def test_expiry_rule_and_soft_deletion(text: str) -> None:
    kept = {"expiryTime": text, "ruleName": "On-Demand", "isSoftDeleted": True}
    row = rows_of(vm_point(vm_item(), "1", AT, recoveryPointProperties=kept))[0]
    assert row["expires_at"] == datetime(2026, 12, 28, tzinfo=UTC)
    assert (row["rule_name"], row["soft_deleted"]) == ("On-Demand", True)


def test_what_is_not_sent_is_null() -> None:
    row = rows_of(vm_point(vm_item(), "1", AT, recoveryPointProperties=None))[0]
    assert (row["expires_at"], row["rule_name"], row["soft_deleted"], row["size_bytes"]) == (None, None, None, None)


def test_a_share_has_a_size_and_a_consistency() -> None:
    row = rows_of(files_point(files_item(), "1", "2026-11-19T20:03:03Z"))[0]
    assert (row["size_bytes"], row["consistency"], row["point_type"]) == (3 * 1024**3, *["FileSystemConsistent"] * 2)


def test_a_size_that_no_table_holds_is_null_and_said() -> None:
    for gigabytes, size in ((2**33 - 1, (2**33 - 1) * 1024**3), (2**33, None)):
        result = normalized(
            call(Kind.RECOVERY_POINTS, answer(vm_point(vm_item(), "1", AT, recoveryPointSizeInGB=gigabytes)))
        )
        assert from_rows(RECOVERY_POINTS, result.recovery_points)["size_bytes"].to_pylist() == [size]
        assert len(result.problems) == (size is None)


def test_each_range_of_logs_is_a_row_and_ordinals_run_on() -> None:
    item = sql_item()
    ranges = log_ranges(
        item, ("2026-11-19T03:52:42Z", "2026-11-19T06:52:12Z"), ("2026-11-18T03:52:49Z", "2026-11-18T10:52:11Z")
    )
    rows = rows_of(sql_point(item, "8", "2026-11-19T03:52:44Z"), ranges, sql_point(item, "9", "2026-11-18T03:52:51Z"))
    assert [(row["ordinal"], row["element"]) for row in rows] == [(0, 0), (1, 1), (2, 1), (3, 2)]
    assert [row["recovery_point_id"] for row in rows] == ["8", *["DefaultRangeRecoveryPoint"] * 2, "9"]
    assert rows[1]["range_start_at"] == datetime(2026, 11, 19, 3, 52, 42, tzinfo=UTC)
    assert rows[1]["range_end_at"] == datetime(2026, 11, 19, 6, 52, 12, tzinfo=UTC)
    assert (rows[1]["recovery_point_at"], rows[0]["range_start_at"], rows[0]["point_type"]) == (None, None, "Full")
    assert rows[1]["properties"] == rows[2]["properties"]


def test_a_log_chain_that_covers_nothing_is_seen() -> None:
    row = rows_of(log_ranges(sql_item()))[0]
    assert (row["recovery_point_id"], row["range_start_at"], row["event_night"]) == (
        "DefaultRangeRecoveryPoint",
        None,
        NIGHT,
    )


def test_points_of_two_items_may_share_an_id() -> None:
    rows = rows_of(vm_point(vm_item("vm1"), "1", AT), vm_point(vm_item("vm2"), "1", AT))
    assert len({(row["item_key"], row["recovery_point_id"]) for row in rows}) == 2
