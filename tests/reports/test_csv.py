"""CSV files: RFC 4180 to the byte, whole however long, read back by Python and by pandas."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import ConfigurationError
from evidence.tables import JOBS, Column, Table
from evidence.tables.cells import cell_text
from reports.csv import BATCH_ROWS
from tests.fakes.csv_files import csv_bytes, csv_chunks
from tests.strategies import moments, texts

GOLDEN = Path(__file__).parent / "golden" / "things.csv"
THINGS = Table(
    "things",
    "one thing",
    ("name",),
    (
        Column("name", pa.string(), "text", "Its name.", required=True),
        Column("seen_at", pa.timestamp("us", tz="UTC"), "UTC", "When it was seen."),
        Column("night", pa.date32(), "date", "Night it belongs to."),
        Column("count", pa.int64(), "things", "How many."),
        Column("seconds", pa.float64(), "seconds", "How long."),
        Column("whole", pa.bool_(), "true or false", "Whether it is whole."),
        Column("parts", pa.list_(pa.string()), "text", "What it is made of."),
        Column("properties", pa.string(), "JSON", "As sent."),
    ),
)
SEEN = datetime(2026, 11, 21, 23, 5, 6, 70, tzinfo=UTC)
ROWS: list[dict[str, object]] = [
    {"name": "plain", "seen_at": SEEN, "night": date(2026, 11, 21), "count": 3, "seconds": 0.1, "whole": True},
    {"name": 'quote " comma , CR \r LF \n', "parts": ['a"b', "=c", None], "whole": False, "seconds": -1e-7},
    {"name": "=HYPERLINK(0)"},
    {"name": "-1.5", "count": -1},
    {"name": "+49 30 123456"},
    {"name": "\uff1d1", "parts": []},
    {"name": "\x00", "properties": "{}"},
    {"name": ""},
    {"name": "Büro Ελλ Сер 東京 서울 خادم שרת"},
]

rows = st.lists(
    st.fixed_dictionaries(
        {"name": texts},
        optional={
            "seen_at": moments,
            "night": st.dates(),
            "count": st.integers(-(2**63), 2**63 - 1),
            "seconds": st.floats(allow_nan=False),
            "whole": st.booleans(),
            "parts": st.lists(st.none() | texts, max_size=3),
            "properties": texts,
        },
    ),
    max_size=6,
)


def made(values: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(values, schema=THINGS.schema())


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))


def test_the_file_is_the_golden_one_to_the_byte() -> None:
    assert csv_bytes(THINGS, made(ROWS), frozenset({"properties"})) == GOLDEN.read_bytes()


def test_left_out_columns_are_gone_and_the_others_stay_in_order() -> None:
    header = csv_bytes(JOBS, JOBS.schema().empty_table(), frozenset({"properties", "envelope"}))
    assert header == ",".join(n for n in JOBS.names() if n not in {"properties", "envelope"}).encode() + b"\r\n"


def test_no_byte_order_mark_and_crlf_alone_ends_lines() -> None:
    content = csv_bytes(THINGS, made(ROWS[:1]))
    assert content.startswith(b"name,")
    assert content.count(b"\n") == content.count(b"\r\n") == 2


@given(rows)
def test_python_reads_every_cell_back(values: list[dict[str, object]]) -> None:
    data = made(values)
    expected = [[cell_text(row[c.name], c) for c in THINGS.columns] for row in data.to_pylist()]
    assert read(csv_bytes(THINGS, data)) == [list(THINGS.names()), *expected]


@given(rows)
@settings(max_examples=40)
def test_pandas_reads_every_cell_back(values: list[dict[str, object]]) -> None:
    data = made(values)
    content = csv_bytes(THINGS, data)
    frame = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, na_filter=False)
    assert list(frame.columns) == list(THINGS.names())
    assert frame.to_numpy().tolist() == read(content)[1:]


@given(rows, st.integers(1, 3))
def test_chunks_of_the_columns_leave_no_trace(values: list[dict[str, object]], size: int) -> None:
    data = made(values)
    pieces = pa.Table.from_batches(data.to_batches(max_chunksize=size), schema=THINGS.schema())
    assert csv_bytes(THINGS, pieces) == csv_bytes(THINGS, data)


def test_long_tables_are_written_whole_and_in_pieces() -> None:
    count = 3 * BATCH_ROWS + 1
    data = made([{"name": f"n{number}"} for number in range(count)])
    pieces = list(csv_chunks(THINGS, data))
    assert len(pieces) == 5
    names = [line.split(",")[0] for line in b"".join(pieces).decode().split("\r\n")]
    assert names == ["name", *(f"n{number}" for number in range(count)), ""]


def test_memory_stays_that_of_a_batch() -> None:
    once = made([{"name": "x" * 200}] * BATCH_ROWS)
    tenfold = pa.concat_tables([once] * 10)
    assert peak(csv_chunks(THINGS, tenfold)) < 2 * peak(csv_chunks(THINGS, once))


def peak(chunks: Iterator[bytes]) -> int:
    tracemalloc.start()
    try:
        for _ in chunks:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_an_unknown_column_cannot_be_left_out() -> None:
    with pytest.raises(ConfigurationError, match="no column"):
        csv_bytes(THINGS, made(ROWS), frozenset({"propertys"}))


def test_a_file_of_one_column_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="at least 2"):
        csv_bytes(THINGS, made(ROWS), frozenset(THINGS.names()[1:]))
