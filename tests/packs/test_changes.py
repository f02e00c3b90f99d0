from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pyarrow as pa

from evidence.packs.changes import TableChange, compare_tables
from evidence.packs.select import PACKED
from evidence.tables import ALL, empty, from_rows

VAULT = "/subscriptions/s/vaults/v"


def _tables(**rows: list[dict[str, object]]) -> Mapping[str, pa.Table]:
    return {table.name: from_rows(table, rows[table.name]) if table.name in rows else empty(table) for table in PACKED}


def _job(job_id: str, run_id: str = "r1", **more: object) -> dict[str, object]:
    return {
        "night": date(2026, 11, 1),
        "vault_id": VAULT,
        "run_id": run_id,
        "capture_id": run_id,
        "call_id": f"{run_id}-1",
        "observed_at": datetime(2026, 11, 2, tzinfo=UTC),
        "evidence_grade": "A",
        "ordinal": 0,
        "detailed": False,
        "job_id": job_id,
        "item_link": "name",
        "operation_kind": "backup",
        "status": "InProgress",
        **more,
    }


def _jobs(changes: tuple[TableChange, ...]) -> TableChange:
    return next(one for one in changes if one.table == "jobs")


def test_a_job_that_ended_later_is_a_change_with_both_states() -> None:
    found = _jobs(compare_tables(_tables(jobs=[_job("a")]), _tables(jobs=[_job("a", "r2", status="Failed")])))
    (changed,) = found.changed
    assert (changed.columns, changed.before["status"], changed.after["status"]) == (("status",), "InProgress", "Failed")


def test_an_observation_made_again_without_news_is_no_change() -> None:
    again = _job("a", "r2", ordinal=7, detailed=True, observed_at=datetime(2026, 11, 3, tzinfo=UTC))
    found = _jobs(compare_tables(_tables(jobs=[_job("a")]), _tables(jobs=[again])))
    assert (found.added, found.removed, found.changed) == (0, 0, ())


def test_rows_that_came_and_went_are_counted() -> None:
    found = _jobs(compare_tables(_tables(jobs=[_job("a"), _job("b")]), _tables(jobs=[_job("b"), _job("c"), _job("d")])))
    assert (found.before, found.after, found.added, found.removed) == (2, 3, 2, 1)


def test_every_packed_table_is_compared() -> None:
    assert [one.table for one in compare_tables(_tables(), _tables())] == [table.name for table in PACKED]
    assert {one.table for one in compare_tables(_tables(), _tables())} <= set(ALL)
