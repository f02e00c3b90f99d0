"""CSV lines made column by column are the very bytes that the cells make one by one."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evidence.errors import ConfigurationError
from evidence.tables import Column
from evidence.tables.cells import cell_field
from evidence.tables.columns import COUNT, DAY, FLAG, NUMBER, TEXT, TEXTS, TIME
from evidence.tables.lines import header, lines

COLUMNS = tuple(
    Column(name, kind, "unit", "Sentence.")
    for name, kind in (
        ("text", TEXT),
        ("number", NUMBER),
        ("count", COUNT),
        ("day", DAY),
        ("flag", FLAG),
        ("moment", TIME),
        ("texts", TEXTS),
        ("last", TEXT),
    )
)
AWKWARD = "=+-@\t\r\n\x00＝＋－＠\",;'[]\\ 1.5eé€\u2028𝄞"
texts = st.text(st.one_of(st.sampled_from(AWKWARD), st.characters(codec="utf-8")), max_size=8)
cells = st.fixed_dictionaries(
    {
        "text": st.none() | texts,
        "number": st.none() | st.floats(),
        "count": st.none() | st.integers(-(2**63), 2**63 - 1),
        "day": st.none() | st.dates(),
        "flag": st.none() | st.booleans(),
        "moment": st.none() | st.datetimes(timezones=st.just(UTC)),
        "texts": st.none() | st.lists(st.none() | texts, max_size=3),
        "last": st.none() | texts,
    }
)
SCHEMA = pa.schema([(column.name, column.type) for column in COLUMNS])


def slow(rows: list[dict[str, object]]) -> bytes:
    """The reference: each cell alone."""
    return "".join(
        ",".join(cell_field(row[column.name], column) for column in COLUMNS) + "\r\n" for row in rows
    ).encode()


def fast(rows: pa.Table) -> bytes:
    return b"".join(lines(rows, COLUMNS))


@given(st.lists(cells, max_size=12))
@example([dict.fromkeys(SCHEMA.names)])
@example(
    [{**dict.fromkeys(SCHEMA.names), "text": "", "last": "-1.5", "texts": [], "moment": datetime(1, 1, 1, tzinfo=UTC)}]
)
@settings(max_examples=60)
def test_columns_are_written_as_their_cells(rows: list[dict[str, object]]) -> None:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    assert fast(table) == slow(rows)


@given(st.lists(cells, min_size=2, max_size=12))
def test_chunks_and_dictionaries_change_nothing(rows: list[dict[str, object]]) -> None:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    pieces = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    for name in ("text", "last"):
        place = pieces.schema.get_field_index(name)
        pieces = pieces.set_column(place, name, pieces[name].dictionary_encode())
    assert fast(pieces) == fast(table.slice(1)).join([fast(table.slice(0, 1)), b""])


def test_every_short_text_of_awkward_characters_is_written_as_its_cell() -> None:
    words = ["".join(word) for length in (0, 1, 2, 3) for word in itertools.product(AWKWARD, repeat=length)]
    rows = [{**dict.fromkeys(SCHEMA.names), "text": word, "texts": [word]} for word in words]
    assert fast(pa.Table.from_pylist(rows, schema=SCHEMA)) == slow(rows)


def test_what_is_too_long_to_join_at_once_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{**dict.fromkeys(SCHEMA.names), "text": "x" * 100, "count": number} for number in range(9)]
    monkeypatch.setattr("evidence.tables.lines.MOST_BYTES", 300)
    pieces = list(lines(pa.Table.from_pylist(rows, schema=SCHEMA), COLUMNS))
    assert len(pieces) > 1
    assert b"".join(pieces) == slow(rows)


def test_lines_compare_with_bytes_whatever_they_hold() -> None:
    rows = [{**dict.fromkeys(SCHEMA.names), "text": "Größe"}]
    (piece,) = lines(pa.Table.from_pylist(rows, schema=SCHEMA), COLUMNS)
    assert piece == slow(rows)


def test_the_header_is_made_of_names() -> None:
    assert header(COLUMNS[:2]) == b"text,number\r\n"
    assert list(lines(SCHEMA.empty_table(), COLUMNS)) == []


def test_a_time_without_zone_is_refused() -> None:
    column = Column("moment", pa.timestamp("us"), "UTC", "Sentence.")
    with pytest.raises(ConfigurationError):
        list(lines(pa.table({"moment": pa.array([datetime(2026, 1, 1)], pa.timestamp("us"))}), [column]))


def test_days_are_written_as_dates() -> None:
    column = Column("day", DAY, "date", "Sentence.")
    assert b"".join(lines(pa.table({"day": pa.array([date(1, 2, 3), None])}), [column])) == b"0001-02-03\r\n\r\n"
