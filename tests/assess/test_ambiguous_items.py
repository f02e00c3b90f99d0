from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.assess import CALL_COLUMNS, POINT_COLUMNS, RESTORE_COLUMNS, link_restores
from evidence.records import Outcome
from evidence.tables import RESTORE_LINKS, from_rows
from tests.assess.tables import CONTEXT, SHARE, SQL, SQL_AT, SQL_TEXT, TWIN, Nights, key, told
from tests.normalize.shapes import (
    Json,
    files_item,
    files_point,
    files_restore,
    items_coverage,
    log_ranges,
    sql_point,
    sql_restore,
)

OF_ONE = [sql_point(SQL, "1", SQL_AT)]
OF_BOTH = [*OF_ONE, sql_point(TWIN, "2", "2026-11-19T18:00:00Z")]
"""The other's list reaches beyond the second in question and holds no point there."""


def two_instances(
    points: list[Json],
    *,
    began: str = "2026-11-22T10:00:00Z",
    operation: str = "Restore (Full)",
    of_points: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Two instances hold one database name; their points are read on the night before the restore, and the restore later."""
    nights = Nights()
    nights.capture(items=[SQL, TWIN], points=points, of_points=of_points)
    nights.capture(items=[SQL, TWIN])
    nights.capture(items=[SQL, TWIN], jobs=[sql_restore("r", SQL_TEXT, operation=operation, startTime=began)])
    return nights.link()


def test_two_items_with_a_point_at_that_second_stay_ambiguous() -> None:
    row = two_instances([*OF_BOTH, sql_point(TWIN, "1", SQL_AT)])
    assert told(row) == ("ambiguous", None, None)
    assert row["candidates"] == tuple(sorted(f"{key(item)}/recoverypoints/1" for item in (SQL, TWIN)))


def test_one_item_is_named_where_the_other_provably_had_no_such_point() -> None:
    row = two_instances(OF_BOTH)
    assert told(row) == ("exact", key(SQL), "1")
    assert "the lists of the others show that they had none" in str(row["reason"])


def undecided(row: dict[str, object]) -> bool:
    return told(row) == ("ambiguous", None, None) and row["candidates"] == (f"{key(SQL)}/recoverypoints/1",)


def test_nothing_known_of_the_other_proves_nothing() -> None:
    assert undecided(two_instances(OF_ONE))


def test_a_list_that_may_end_too_early_proves_nothing() -> None:
    assert undecided(two_instances([*OF_ONE, sql_point(TWIN, "2", "2026-11-19T17:00:00Z")]))


def test_a_list_read_after_the_restore_began_proves_nothing() -> None:
    assert undecided(two_instances(OF_BOTH, began="2026-11-20T23:00:00Z"))


@pytest.mark.parametrize("operation", ["Restore", "Restore (Log)"])
def test_a_restore_that_could_be_to_a_point_in_time_proves_nothing(operation: str) -> None:
    assert undecided(two_instances(OF_BOTH, operation=operation))


@pytest.mark.parametrize(
    "of_points",
    [
        {"next_link": "https://x/?$skiptoken=1"},
        {"url": "https://x/recoveryPoints?api-version=1&$skipToken=1"},
        {"filter": "startDate eq '2026-11-19 05:30:00 PM'"},
    ],
)
def test_a_list_that_is_not_whole_proves_nothing(of_points: dict[str, object]) -> None:
    assert undecided(two_instances(OF_BOTH, of_points=of_points))


def test_one_item_of_a_list_cut_short_is_not_known_to_be_the_only_one() -> None:
    nights = Nights()
    nights.capture(
        items=[SQL], points=OF_ONE, coverage=[items_coverage(Outcome.PARTIAL)], jobs=[sql_restore("r", SQL_TEXT)]
    )
    row = nights.link()
    assert undecided(row)
    assert "the item list was cut short" in str(row["reason"])


def test_a_whole_list_settles_what_one_cut_short_could_not() -> None:
    nights = Nights()
    restore = sql_restore("r", SQL_TEXT)
    nights.capture(items=[SQL], points=OF_ONE, coverage=[items_coverage(Outcome.PARTIAL)], jobs=[restore])
    nights.capture(items=[SQL], jobs=[restore])
    assert told(nights.link()) == ("exact", key(SQL), "1")


def test_shares_of_one_name_are_never_decided() -> None:
    again = files_item(name="AzureFileShare;cd34")
    points = [files_point(SHARE, "1", "2026-11-19T02:03:03Z"), files_point(again, "2", "2026-11-19T20:00:00Z")]
    nights = Nights()
    nights.capture(items=[SHARE, again], points=points)
    nights.capture(
        items=[SHARE, again], jobs=[files_restore("r", "11/19/2026 2:03:04 AM", began="2026-11-22T10:00:00Z")]
    )
    row = nights.link()
    assert (told(row), row["candidates"]) == (("ambiguous", None, None), (f"{key(SHARE)}/recoverypoints/1",))


def test_candidates_fit_their_tables() -> None:
    nights = Nights()
    nights.capture(items=[SQL, TWIN], points=[sql_point(SQL, "1", SQL_AT)], jobs=[sql_restore("r", SQL_TEXT)])
    assert nights.restore_jobs[0]["item_candidates"].to_pylist() == [sorted([key(SQL), key(TWIN)])]
    told_in_table = from_rows(RESTORE_LINKS, nights.links())
    assert told_in_table["candidates"].to_pylist() == [[f"{key(SQL)}/recoverypoints/1"]]


def test_named_columns_are_enough() -> None:
    nights = Nights()
    nights.capture(items=[SQL], points=[sql_point(SQL, "1", SQL_AT)], jobs=[sql_restore("r", SQL_TEXT)])
    narrow = [
        [table.select(list(columns)) for table in tables]
        for tables, columns in (
            (nights.restore_jobs, RESTORE_COLUMNS),
            (nights.recovery_points, POINT_COLUMNS),
            (nights.calls, CALL_COLUMNS),
        )
    ]
    assert link_restores(narrow[0], narrow[1], CONTEXT, narrow[2]) == nights.links()


def test_without_calls_nothing_is_proven() -> None:
    nights = Nights()
    nights.capture(
        items=[SQL, TWIN], points=[sql_point(SQL, "1", SQL_AT), sql_point(TWIN, "2", "2026-11-19T18:00:00Z")]
    )
    nights.capture(items=[SQL, TWIN], jobs=[sql_restore("r", SQL_TEXT, startTime="2026-11-22T10:00:00Z")])
    (row,) = link_restores(nights.restore_jobs, nights.recovery_points, CONTEXT)
    assert row["link"] == "ambiguous"
    assert nights.link()["link"] == "exact"


def test_items_of_one_name_without_any_point_at_that_time_are_unlinked() -> None:
    row = two_instances([sql_point(SQL, "1", "2026-11-18T17:03:54Z")])
    assert told(row) == ("unlinked", None, None)
    assert "2 items bear the name" in str(row["reason"])


def test_an_item_that_appears_later_does_not_make_an_old_restore_ambiguous() -> None:
    nights = Nights()
    nights.capture(items=[SQL], points=[sql_point(SQL, "1", SQL_AT)], jobs=[sql_restore("r", SQL_TEXT)])
    nights.capture(items=[SQL, TWIN], jobs=[sql_restore("r", SQL_TEXT)])
    assert told(nights.link()) == ("exact", key(SQL), "1")


def test_an_item_that_is_gone_later_does_not_make_the_other_look_like_the_only_one() -> None:
    points = [sql_point(TWIN, "1", SQL_AT)]
    nights = Nights()
    nights.capture(items=[SQL, TWIN], points=points, jobs=[sql_restore("r", SQL_TEXT)])
    nights.items.clear()
    nights.capture(items=[TWIN], jobs=[sql_restore("r", SQL_TEXT)])
    assert told(nights.link()) == ("ambiguous", None, None)


seconds = st.integers(0, 6)


@given(
    st.lists(st.tuples(st.sampled_from([0, 1]), seconds), max_size=6),
    st.lists(seconds, max_size=2),
    seconds,
    st.sampled_from(["Restore (Full)", "Restore (Log)", "Restore"]),
    st.booleans(),
)
def test_no_link_contradicts_what_is_known(
    made: list[tuple[int, int]], ranges: list[int], restored: int, operation: str, alone: bool
) -> None:
    """Whatever is known, an exact link names the one point of that second among all items that could be meant."""
    items = [SQL] if alone else [SQL, TWIN]
    base = datetime(2026, 11, 19, 17, 0, 0, tzinfo=UTC)
    points = [
        sql_point((SQL, TWIN)[item], str(n), (base + timedelta(seconds=second)).isoformat())
        for n, (item, second) in enumerate(made)
    ]
    points += [log_ranges(SQL, *[(base.isoformat(), (base + timedelta(seconds=end)).isoformat()) for end in ranges])]
    text = f"{base + timedelta(seconds=restored):%Y-%m-%d %H:%M:%S}Z"
    nights = Nights()
    nights.capture(items=items, points=points)
    nights.capture(items=items, jobs=[sql_restore("r", text, operation=operation, startTime="2026-11-22T10:00:00Z")])
    row = nights.link()
    keys = {key(item) for item in items}
    fitting = [(key((SQL, TWIN)[item]), str(n)) for n, (item, second) in enumerate(made) if second == restored]
    fitting = [point for point in fitting if point[0] in keys]
    if row["link"] == "exact":
        assert fitting == [(row["item_key"], row["recovery_point_id"])]
    elif row["link"] == "range":
        assert row["item_key"] == key(SQL)
        assert any(restored <= end for end in ranges)
    else:
        assert row["recovery_point_id"] is None
        assert row["reason"]
