"""Texts held once each: the same rows, the same bytes, and no reader sees a difference."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import IntegrityError
from evidence.tables import ALL, JOBS, Table, from_columns, from_rows, joined, ordered, read_parquet, to_parquet
from evidence.tables.columns import TEXT
from evidence.tables.parquet import ROWS_PER_GROUP
from evidence.tables.repeated import MOST_BYTES, REPEATED, repeated_in
from tests.tables.made import NOW, rows

every_table = pytest.mark.parametrize("table", ALL.values(), ids=ALL)


def held(table: Table, data: pa.Table, names: Sequence[str] | None = None) -> pa.Table:
    """The same rows, their texts held once each."""
    texts = [column.name for column in table.columns if column.type == TEXT]
    columns = {name: data.column(name) for name in table.names()}
    for name in texts if names is None else names:
        columns[name] = columns[name].dictionary_encode()
    return from_columns(table, columns, data.num_rows)


def untidy(column: pa.ChunkedArray[Any], seed: int) -> pa.DictionaryArray[Any, Any]:
    """A column held in a dictionary in any order, with texts that no row uses, texts told twice, and null as a text."""
    chance = random.Random(seed)  # noqa: S311  # the same order every time
    texts = [*column.unique().to_pylist() * 2, None, "used by none"]
    chance.shuffle(texts)
    places = {text: [at for at, one in enumerate(texts) if one == text] for text in texts}
    numbers = [chance.choice(places[text]) for text in column.to_pylist()]
    return pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), pa.array(texts, TEXT))


def many(count: int) -> pa.Table:
    """Jobs under ids of their own, of calls that follow one another."""
    few = from_rows(JOBS, [{**row, "night": NOW.date()} for row in rows(JOBS, 1_000)])
    data = few.take(pa.array([number % 1_000 for number in range(count)]))
    own = {"job_id": "job-{:06}", "call_id": "page-{:06}", "vault_id": "vault"}
    for name, form in own.items():
        texts = [form.format(number // 200 if name == "call_id" else number) for number in range(count)]
        data = data.set_column(data.column_names.index(name), data.schema.field(name), pa.array(texts, TEXT))
    return data


@every_table
def test_bytes_are_the_same_however_texts_are_held(table: Table) -> None:
    data = from_rows(table, rows(table, 60))
    whole = held(table, data)
    apart = pa.concat_tables([held(table, data.slice(40)), held(table, data.slice(0, 40))])
    assert repeated_in(whole)
    assert to_parquet(table, whole) == to_parquet(table, apart) == to_parquet(table, data)
    assert ordered(table, whole) == ordered(table, data)


@given(seed=st.integers(0, 2**32), names=st.sets(st.sampled_from(["call_id", "status", "workload", "properties"])))
@settings(max_examples=25, deadline=None)
def test_bytes_do_not_tell_how_dictionaries_came_to_be(seed: int, names: set[str]) -> None:
    data = from_rows(JOBS, rows(JOBS, 50))
    columns = {name: data.column(name) for name in JOBS.names()}
    told = {name: untidy(data.column(name), seed) for name in names}
    shuffled = random.Random(seed).sample(range(50), 50)  # noqa: S311  # the same order every time
    found = from_columns(JOBS, {**columns, **told}, 50).take(pa.array(shuffled))
    assert to_parquet(JOBS, found) == to_parquet(JOBS, data)


def test_bytes_are_the_same_over_many_pages_and_groups() -> None:
    """Trap: Parquet tells numbers in as few bits as the dictionary needs when a page ends, so pages must not end before their group."""
    data = many(ROWS_PER_GROUP + 5_000)
    wanted = to_parquet(JOBS, data)
    assert to_parquet(JOBS, held(JOBS, data)) == wanted
    assert pq.read_metadata(io.BytesIO(wanted)).num_row_groups == 2


def test_a_dictionary_too_heavy_for_parquet_is_written_as_texts_are() -> None:
    data = many(6_000)
    heavy = pa.array([f"{number:05}" * 100 for number in range(6_000)], TEXT)
    data = data.set_column(data.column_names.index("status"), data.schema.field("status"), heavy)
    assert heavy.nbytes > MOST_BYTES
    assert to_parquet(JOBS, held(JOBS, data)) == to_parquet(JOBS, data)


@every_table
def test_no_reader_sees_how_texts_were_held(table: Table) -> None:
    data = from_rows(table, rows(table, 30))
    file = to_parquet(table, held(table, data))
    schema, lists = pq.read_schema(io.BytesIO(file)), {c.name for c in table.columns if pa.types.is_list(c.type)}
    assert schema.metadata == table.schema().metadata
    for field in table.schema():
        if field.name not in lists:  # Parquet has its own name for what lists hold
            assert schema.field(field.name).equals(field, check_metadata=True)
    assert pq.read_table(io.BytesIO(file)) == read_parquet(table, file) == ordered(table, data)
    with pq.ParquetFile(io.BytesIO(file)) as read:
        kinds = {read.schema.column(at).logical_type.type for at in range(len(read.schema)) if _is_text(read, at)}
    assert kinds == {"STRING"}


def _is_text(file: pq.ParquetFile, at: int) -> bool:
    return file.schema.column(at).physical_type == "BYTE_ARRAY"


def test_a_null_among_texts_held_once_is_missing_where_a_text_must_be() -> None:
    data = from_rows(JOBS, rows(JOBS, 3))
    names = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], pa.int32()), pa.array(["vault", None], TEXT))
    columns: dict[str, pa.Array[Any] | pa.ChunkedArray[Any]] = {name: data.column(name) for name in JOBS.names()}
    columns["vault_id"] = names
    with pytest.raises(IntegrityError, match="not what they must be"):
        to_parquet(JOBS, from_columns(JOBS, columns, 3))


def test_parts_are_joined_whatever_way_they_hold_their_texts() -> None:
    data = from_rows(JOBS, rows(JOBS, 30))
    parts = [data.slice(0, 10), held(JOBS, data.slice(10, 10), ["status"]), held(JOBS, data.slice(20), ["workload"])]
    found = joined(JOBS, parts)
    assert repeated_in(found) == {"status", "workload"}
    assert found.schema.field("status").type == REPEATED
    assert to_parquet(JOBS, found) == to_parquet(JOBS, data)
    assert joined(JOBS, []).num_rows == 0
