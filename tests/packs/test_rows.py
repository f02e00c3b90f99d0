"""Rows as a stream: the same rows in the same order as if all had been held, and what is dropped early is never missed."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evidence.errors import IntegrityError
from evidence.packs import bag, rows, table_files
from evidence.packs.columns import plain
from evidence.packs.keys import Contenders
from evidence.packs.observations import contenders, last_places
from evidence.packs.rows import PATH, ROW, Placed, encoded, in_order
from evidence.packs.table_files import TableFiles, regrouped
from evidence.tables import JOBS, from_rows, ordered, read_parquet, to_parquet
from reports.renderer import ReportRenderer

NIGHT = date(2026, 11, 20)
SEEN = datetime(2026, 11, 21, 6, tzinfo=UTC)


def job(number: int, **changes: object) -> dict[str, object]:
    """A row of jobs."""
    told: dict[str, object] = {
        "night": NIGHT,
        "event_night": NIGHT,
        "vault_id": f"v{number % 2}",
        "run_id": "r1",
        "capture_id": "c1",
        "call_id": f"c1.{number % 5:04d}",
        "observed_at": SEEN,
        "evidence_grade": "A",
        "ordinal": number,
        "detailed": False,
        "job_id": f"job-{number:05d}",
        "item_link": "id",
        "operation_kind": "backup",
        "status": "Completed",
        "item_key": f"item-{number % 7}",
        "properties": f'{{"n":{number}}}',
    }
    return told | changes


@dataclass(frozen=True)
class Files:
    """Sealed files, in memory."""

    tables: dict[str, pa.Table]

    def file(self, _table: object, path: str, columns: Sequence[str], _texts: Collection[str] = ()) -> pa.Table:
        """One of them."""
        return encoded(self.tables[path].select(list(columns)))


def placed(tables: dict[str, pa.Table], every: int) -> tuple[Placed, pa.Table]:
    """Every so many rows of all files, and the same rows in memory."""
    found = []
    for path, table in tables.items():
        paths = pa.array([path] * table.num_rows, pa.string()).dictionary_encode()
        numbered = table.append_column(PATH, paths).append_column(ROW, pa.array(range(table.num_rows), pa.int32()))
        found.append(numbered.take(list(range(0, table.num_rows, every))))
    chosen = pa.concat_tables(found).unify_dictionaries()
    chosen = chosen.take(in_order(chosen, JOBS))
    places = chosen.select(["night", PATH, ROW])
    return Placed(JOBS, Files(tables), places), chosen.select(list(JOBS.names()))  # type: ignore[arg-type]  # files enough


@pytest.mark.parametrize("at_once", [3, 50, 10_000])
def test_rows_come_in_order_however_few_are_held(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_AT_ONCE", at_once)
    monkeypatch.setattr(rows, "_PIECE", 4)
    tables = {
        f"{day}-{shard}": ordered(
            JOBS, from_rows(JOBS, [job(n, night=NIGHT + timedelta(days=day)) for n in range(shard, 90, 3)])
        )
        for day in range(2)
        for shard in range(3)
    }
    stream, held = placed(tables, every=2)
    batches = list(stream.batches(JOBS.names()))
    assert max(batch.num_rows for batch in batches) <= at_once
    assert plain(pa.concat_tables(batches)).to_pylist() == ordered(JOBS, held).to_pylist()


def test_rows_that_waited_leave_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rows, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stream, _ = placed({"a": ordered(JOBS, from_rows(JOBS, [job(n) for n in range(20)]))}, every=1)
    assert sum(batch.num_rows for batch in stream.batches(JOBS.names())) == 20
    assert list(tmp_path.iterdir()) == []


def observation(chance: random.Random) -> dict[str, object]:
    """One of few jobs, in one of few states."""
    return {
        "vault_id": "v",
        "job_id": chance.choice(["a", "A", "b", "c", "d"]),
        "status": chance.choice([None, "InProgress", "Completed"]),
        "detailed": chance.random() < 1 / 3,
        "evidence_grade": chance.choice("AAB"),
        "observed_at": SEEN + timedelta(hours=chance.randrange(4)),
    }


def test_what_is_dropped_early_would_not_have_been_last() -> None:
    chance = random.Random(1)  # noqa: S311 - the same rows again, no secret
    for _ in range(60):
        told = [job(number, **observation(chance)) for number in range(40)]
        table = encoded(from_rows(JOBS, told))
        early = table.slice(0, 30).take(contenders(table.slice(0, 30), JOBS))
        left = pa.concat_tables([early, table.slice(30)]).unify_dictionaries()
        names = ["job_id", "ordinal", "status"]
        chosen = [rows.take(last_places(rows, JOBS)).select(names).to_pylist() for rows in (table, left)]
        assert chosen[0] == chosen[1]


def test_many_observations_are_reduced_while_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.packs.keys.MOST_WAITING", 40)
    found = Contenders(JOBS)
    for hour in range(30):
        seen = [job(number, observed_at=SEEN + timedelta(hours=hour)) for number in range(20)]
        found.add(encoded(from_rows(JOBS, seen)))
    left = found.all()
    assert left is not None
    assert left.num_rows <= 100
    assert {row["observed_at"] for row in left.take(last_places(left, JOBS)).to_pylist()} == {
        SEEN + timedelta(hours=29)
    }


def test_files_are_the_same_however_rows_were_batched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(table_files, "ROWS_PER_GROUP", 16)
    whole = ordered(JOBS, from_rows(JOBS, [job(number) for number in range(70)]))
    written = []
    for size in (1, 7, 16, 70):
        (folder := tmp_path / str(size)).mkdir()
        files = TableFiles(folder, ReportRenderer())
        files.keep(JOBS, (encoded(pa.table(batch)) for batch in _batches(whole, size)))
        written.append({path: bag.content(source) for path, source in files.members.items()})
        for path, source in files.members.items():
            assert bag.digest(source) == bag.digest(written[-1][path])
    assert all(one == written[0] for one in written)
    parquet = next(Path(tmp_path / "1").glob("*.parquet"))
    assert read_parquet(JOBS, parquet).to_pylist() == whole.to_pylist()
    assert pq.ParquetFile(parquet).num_row_groups == 5
    assert read_parquet(JOBS, to_parquet(JOBS, whole)).to_pylist() == whole.to_pylist()


def _batches(table: pa.Table, size: int) -> Iterator[pa.Table]:
    return (table.slice(begin, size) for begin in range(0, table.num_rows, size))


def test_a_value_that_must_be_there_and_is_not_ends_the_writing(tmp_path: Path) -> None:
    broken = from_rows(JOBS, [job(1)]).drop_columns("job_id").append_column("job_id", pa.array([None], pa.string()))
    with pytest.raises(IntegrityError):
        TableFiles(tmp_path, ReportRenderer()).keep(JOBS, iter([broken] * 9))


def test_a_source_that_fails_ends_the_writing(tmp_path: Path) -> None:
    def failing() -> Iterator[pa.Table]:
        yield from_rows(JOBS, [job(1)])
        raise IntegrityError("a sealed file is not as sealed")

    with pytest.raises(IntegrityError, match="not as sealed"):
        TableFiles(tmp_path, ReportRenderer()).keep(JOBS, failing())


def test_groups_are_of_one_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "ROWS_PER_GROUP", 10)
    table = pa.table({"a": list(range(47))})
    groups = list(regrouped(_batches(table, 4)))
    assert [group.num_rows for group in groups] == [10, 10, 10, 10, 7]
    assert pa.concat_tables(groups)["a"].to_pylist() == list(range(47))
