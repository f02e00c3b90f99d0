from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.packs.changes import KEYS, OF_THE_OBSERVATION, Changed, TableChange, compare_tables
from evidence.packs.select import PACKED
from evidence.tables import ALL, JOBS, RECOVERY_POINTS, Table, empty, from_rows

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


def _slowly(table: Table, before: pa.Table, after: pa.Table) -> TableChange:
    """The same row by row, as objects: what the columns must come to."""
    key = KEYS[table.name]
    old, new = ({tuple(row[name] for name in key): row for row in rows.to_pylist()} for rows in (before, after))
    names = [name for name in after.column_names if name not in OF_THE_OBSERVATION]
    changed = [
        Changed(one, columns, old[one], new[one])
        for one in sorted(old.keys() & new.keys(), key=str)
        if (columns := tuple(name for name in names if old[one][name] != new[one][name]))
    ]
    counts = before.num_rows, after.num_rows, len(new.keys() - old.keys()), len(old.keys() - new.keys())
    return TableChange(table.name, *counts, tuple(changed))


_MANY_JOBS = st.lists(
    st.fixed_dictionaries(
        {
            "job_id": st.sampled_from("abcd"),
            "status": st.sampled_from([None, "", "Failed"]),
            "error_codes": st.sampled_from([None, [], ["1"], ["1", None]]),
            "duration_s": st.sampled_from([None, 0.0, 1.5]),
            "ended_at": st.sampled_from([None, datetime(2026, 11, 2, tzinfo=UTC)]),
            "ordinal": st.integers(0, 3),
        }
    ),
    max_size=6,
)


@given(_MANY_JOBS, _MANY_JOBS)
@settings(max_examples=60, deadline=None)
def test_columns_tell_the_changes_that_rows_tell(old: list[dict[str, object]], new: list[dict[str, object]]) -> None:
    before, after = (from_rows(JOBS, [{**_job("a"), **row} for row in rows]) for rows in (old, new))
    assert _jobs(compare_tables({**_tables(), "jobs": before}, {**_tables(), "jobs": after})) == _slowly(
        JOBS, before, after
    )


_POINTS = st.lists(
    st.fixed_dictionaries(
        {
            "item_key": st.sampled_from("ab"),
            "recovery_point_id": st.sampled_from("pq"),
            "range_start_at": st.sampled_from([None, datetime(2026, 11, 2, tzinfo=UTC)]),
            "size_bytes": st.sampled_from([None, 0, 7]),
        }
    ),
    max_size=6,
)


@given(_POINTS, _POINTS)
@settings(max_examples=40, deadline=None)
def test_a_point_without_a_range_is_found_again(old: list[dict[str, object]], new: list[dict[str, object]]) -> None:
    common = {name: _job("a")[name] for name in _job("a") if name in RECOVERY_POINTS.names()}
    before, after = (from_rows(RECOVERY_POINTS, [{**common, **row} for row in rows]) for rows in (old, new))
    told = compare_tables({**_tables(), "recovery_points": before}, {**_tables(), "recovery_points": after})
    found = next(one for one in told if one.table == "recovery_points")
    assert found == _slowly(RECOVERY_POINTS, before, after)
