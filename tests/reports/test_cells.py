"""How values become cells: what a spreadsheet would run is disarmed, all else reads back as it was."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import ConfigurationError
from evidence.tables import Column
from evidence.tables.cells import cell_field, cell_text, escape_formula
from tests.strategies import moments, texts

TEXT = Column("text", pa.string(), "text", "A text.")
TEXTS = Column("texts", pa.list_(pa.string()), "texts", "Some texts.")
TIME = Column("time", pa.timestamp("us", tz="UTC"), "UTC", "A time.")
NUMBER = Column("number", pa.float64(), "seconds", "A number.")
COUNT = Column("count", pa.int64(), "rows", "A count.")
FLAG = Column("flag", pa.bool_(), "true or false", "A flag.")
DAY = Column("day", pa.date32(), "date", "A day.")

FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\x00=1+1",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff20SUM(A1)",
    "+49 30 123456",
    "-",
    "+",
    "-x",
]
PLAIN = ["", "a", "-1.5", "+4930123456", "-1e-7", "+.5", "-3.", "1=1", " =1", "'=1", "a\r\nb", "\u2212 1", "[=1]", "-0"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str) -> None:
    assert escape_formula(text) == "'" + text


@pytest.mark.parametrize("text", PLAIN)
def test_numbers_and_plain_text_are_left_alone(text: str) -> None:
    assert escape_formula(text) == text


@given(texts)
def test_no_text_cell_begins_with_a_formula_sign_unless_it_is_a_number(text: str) -> None:
    cell = cell_text(text, TEXT)
    assert cell in (text, "'" + text)
    if cell[:1] in set("=@\t\r\n\x00\uff1d\uff0b\uff0d\uff20") - {""}:
        pytest.fail(f"{cell!r} would be run")
    if cell[:1] in {"+", "-"}:
        float(cell)


@pytest.mark.parametrize(
    ("value", "column", "cell"),
    [
        (datetime(2026, 11, 21, 23, 0, tzinfo=UTC), TIME, "2026-11-21T23:00:00.000000Z"),
        (datetime(2026, 11, 21, 23, 0, 0, 1, timezone(timedelta(hours=1))), TIME, "2026-11-21T22:00:00.000001Z"),
        (datetime(900, 1, 1, tzinfo=UTC), TIME, "0900-01-01T00:00:00.000000Z"),
        (date(2026, 11, 21), DAY, "2026-11-21"),
        (True, FLAG, "true"),
        (False, FLAG, "false"),
        (0, COUNT, "0"),
        (-9_223_372_036_854_775_808, COUNT, "-9223372036854775808"),
        (0.1, NUMBER, "0.1"),
        (-0.0, NUMBER, "-0.0"),
        (1e22, NUMBER, "1e+22"),
        (float("nan"), NUMBER, "NaN"),
        (float("inf"), NUMBER, "INF"),
        (float("-inf"), NUMBER, "-INF"),
        (None, TEXT, ""),
        (None, TEXTS, ""),
        ([], TEXTS, "[]"),
        (["=1", 'a"b', None, "Büro"], TEXTS, '["=1","a\\"b",null,"Büro"]'),
    ],
)
def test_each_type_has_one_form(value: object, column: Column, cell: str) -> None:
    assert cell_text(value, column) == cell


def test_null_and_the_empty_text_differ_in_the_file_only() -> None:
    assert (cell_field(None, TEXT), cell_field("", TEXT)) == ("", '""')
    assert cell_text(None, TEXT) == cell_text("", TEXT)


@pytest.mark.parametrize("text", ['a"b', "a,b", "a\rb", "a\nb", '"'])
def test_only_what_rfc_4180_asks_for_is_quoted(text: str) -> None:
    assert cell_field(text, TEXT) == '"' + text.replace('"', '""') + '"'
    assert cell_field("a'b; c", TEXT) == "a'b; c"


@pytest.mark.parametrize("value", [b"bytes", {"a": 1}, timedelta(1), datetime(2026, 1, 1)])
def test_a_value_without_a_form_is_refused(value: object) -> None:
    with pytest.raises(ConfigurationError, match="text"):
        cell_text(value, TEXT)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_read_back_as_the_same_number(value: float) -> None:
    assert float(cell_text(value, NUMBER)) == value


@given(moments)
def test_times_read_back_as_the_same_moment(moment: datetime) -> None:
    assert datetime.fromisoformat(cell_text(moment, TIME)) == moment


@given(st.lists(st.none() | texts, max_size=4))
def test_lists_read_back_as_json(values: list[str | None]) -> None:
    assert json.loads(cell_text(values, TEXTS)) == values


@given(texts)
def test_a_field_reads_back_as_its_cell(text: str) -> None:
    line = cell_field(text, TEXT) + ",x\r\n"
    assert next(csv.reader(io.StringIO(line, newline=""), strict=True)) == [cell_text(text, TEXT), "x"]
