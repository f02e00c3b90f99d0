from __future__ import annotations

import io
import os
import random
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evidence.errors import IntegrityError
from evidence.tables import (
    ALL,
    JOBS,
    POLICIES,
    SCHEMA_VERSION,
    Table,
    empty,
    from_rows,
    ordered,
    read_parquet,
    to_parquet,
)
from tests.paths import ROOT
from tests.tables.made import digests, rows, shuffled

every_table = pytest.mark.parametrize("table", ALL.values(), ids=ALL)


@every_table
def test_rows_come_back_as_they_were(table: Table) -> None:
    data = from_rows(table, rows(table, 40))
    assert read_parquet(table, to_parquet(table, data)) == ordered(table, data)


@every_table
def test_the_order_in_which_rows_came_does_not_matter(table: Table) -> None:
    files = {to_parquet(table, from_rows(table, shuffled(table, 60, seed))) for seed in range(3)}
    assert len(files) == 1


@every_table
def test_only_the_columns_asked_for_are_read(table: Table) -> None:
    data = to_parquet(table, from_rows(table, rows(table, 20)))
    for name in table.names():
        assert read_parquet(table, data, [name]).equals(read_parquet(table, data).select([name]))


@every_table
def test_chunks_do_not_matter(table: Table) -> None:
    data = from_rows(table, rows(table, 50))
    pieces = pa.concat_tables([data.slice(0, 7), data.slice(7, 30), data.slice(37)])
    assert to_parquet(table, pieces) == to_parquet(table, data)


def test_runs_in_their_order_are_written_as_single_rows_are() -> None:
    """Parquet ends a page where a chunk of rows ends, once there is enough to fill one; so must the chunks be the same."""
    long = [{**row, "properties": f"{number:04}" * 500} for number, row in enumerate(rows(JOBS, 1_800))]
    data = ordered(JOBS, from_rows(JOBS, long))
    pieces = pa.concat_tables([data.slice(900), data.slice(0, 900).combine_chunks()])
    apart = data.take(pa.array(random.Random(1).sample(range(1_800), 1_800)))  # noqa: S311  # the same order every time
    assert to_parquet(JOBS, pieces) == to_parquet(JOBS, apart) == to_parquet(JOBS, data)
    assert ordered(JOBS, pieces).equals(data)


def test_another_process_writes_the_same_bytes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.tables.made"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "random", "LC_ALL": "C", "TZ": "Asia/Kathmandu"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert dict(line.split() for line in done.stdout.splitlines()) == digests()


def test_no_rows_are_a_file_too() -> None:
    assert read_parquet(JOBS, to_parquet(JOBS, empty(JOBS))).num_rows == 0
    assert from_rows(JOBS, []).schema == JOBS.schema()


def test_rows_are_sorted_by_night_and_key() -> None:
    found = read_parquet(JOBS, to_parquet(JOBS, from_rows(JOBS, shuffled(JOBS, 90, 1))))
    keys = found.select(["night", *JOBS.key]).to_pylist()
    assert keys == sorted(keys, key=lambda row: tuple(row.values()))


def test_a_column_that_is_none_is_refused() -> None:
    with pytest.raises(IntegrityError, match="no column"):
        from_rows(JOBS, [{**rows(JOBS, 1)[0], "surprise": 1}])


@pytest.mark.parametrize("name", ["night", "vault_id", "job_id", "observed_at"])
def test_a_missing_value_that_must_be_there_is_refused(name: str) -> None:
    data = from_rows(JOBS, [{**rows(JOBS, 1)[0], name: None}])
    with pytest.raises(IntegrityError) as caught:
        to_parquet(JOBS, data)
    assert f"'{name}'" in caught.value.cause


def test_some_columns_can_be_read_alone_in_any_order() -> None:
    found = read_parquet(JOBS, to_parquet(JOBS, from_rows(JOBS, rows(JOBS, 5))), ["status", "job_id"])
    assert found.column_names == ["status", "job_id"]


def test_a_file_is_read_from_a_path_too(tmp_path: Path) -> None:
    data = to_parquet(JOBS, from_rows(JOBS, rows(JOBS, 5)))
    (tmp_path / "jobs.parquet").write_bytes(data)
    assert read_parquet(JOBS, tmp_path / "jobs.parquet") == read_parquet(JOBS, data)


def spoilt(metadata: dict[str, str] | None, drop: tuple[str, ...] = ()) -> bytes:
    """A file of jobs with other metadata, or without some columns."""
    data = ordered(JOBS, from_rows(JOBS, rows(JOBS, 3))).drop_columns(list(drop))
    sink = io.BytesIO()
    pq.write_table(data.replace_schema_metadata(metadata), sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        (None, "says that it is of"),
        ({"table": "policies", "schema_version": "1"}, "says that it is of `policies`"),
        ({"table": "jobs"}, "version"),
        ({"table": "jobs", "schema_version": "0"}, "version"),
        ({"table": "jobs", "schema_version": str(SCHEMA_VERSION + 1)}, "newer program"),
        ({"table": "jobs", "schema_version": "³"}, "version"),
        ({"table": "jobs", "schema_version": "1.0"}, "version"),
    ],
)
def test_a_file_of_another_table_or_version_is_refused(metadata: dict[str, str] | None, said: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        read_parquet(JOBS, spoilt(metadata))
    assert said in "\n".join(caught.value.diagnostics())


def test_an_older_file_without_a_column_is_read_with_nulls() -> None:
    found = read_parquet(JOBS, spoilt({"table": "jobs", "schema_version": "1"}, drop=("tasks", "envelope")))
    assert found["tasks"].null_count == 3
    assert found.schema == JOBS.schema()


def test_a_file_whose_column_has_another_type_is_refused() -> None:
    table = ordered(POLICIES, from_rows(POLICIES, rows(POLICIES, 2)))
    place = table.column_names.index("ordinal")
    other = table.set_column(place, "ordinal", pa.array(["x", "y"]))
    sink = io.BytesIO()
    pq.write_table(other.replace_schema_metadata(POLICIES.schema().metadata), sink)
    with pytest.raises(IntegrityError):
        read_parquet(POLICIES, sink.getvalue())


@pytest.mark.parametrize("data", [b"", b"PAR1", b"not parquet at all", b"PAR1" + bytes(100) + b"PAR1"])
def test_what_is_no_parquet_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityError):
        read_parquet(JOBS, data)
