"""How one value of a table is written as a CSV cell: pure rules, shared by the writer and by whoever compares CSV with Parquet.

Not here: files, headers, rows. Invariant: the cell is a function of the value and its Arrow type alone, so equal rows give
equal bytes. The way back is Parquet: an apostrophe put before a formula is not told from one that was there (docs/pack-format.md).
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, date, datetime

import pyarrow as pa

from evidence.errors import ConfigurationError
from evidence.tables.columns import Column

APOSTROPHE = "'"
_FORMULA_STARTS = frozenset("=+-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20")
_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NEEDS_QUOTES = re.compile(r'[",\r\n]')


def escape_formula(text: str) -> str:
    """The text, after an apostrophe where a spreadsheet would run it.

    Formulas begin with `= + - @`, tab, CR, LF, NUL or a full-width form of the first four (OWASP ASVS 1.2.10); plain numbers
    such as `-1.5` and `+4930123456` are left alone, `+49 30 123456` is not one.
    """
    if text[:1] in _FORMULA_STARTS and text and not _PLAIN_NUMBER.fullmatch(text):
        return APOSTROPHE + text
    return text


def cell_text(value: object, column: Column) -> str:
    """The cell as a CSV reader gives it back, quotes undone; null and the empty text are both empty here.

    Raises ConfigurationError for a value that its column's type does not hold.
    """
    if value is None:
        return ""
    if pa.types.is_list(column.type):
        return json.dumps(_json_value(value, column), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _scalar_text(value, column)


def cell_field(value: object, column: Column) -> str:
    """The cell as it stands in the file: quoted where RFC 4180 asks for it; null is nothing, the empty text a pair of quotes."""
    text = cell_text(value, column)
    if value is None or (text and not _NEEDS_QUOTES.search(text)):
        return text
    return '"' + text.replace('"', '""') + '"'


def _scalar_text(value: object, column: Column) -> str:
    match value:
        case str():
            return escape_formula(value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _float_text(value)
        case datetime():
            return _time_text(value, column)
        case date():
            return value.isoformat()
        case _:
            raise ConfigurationError(
                f"Column {column.name} holds a {type(value).__name__}, which has no CSV form.",
                next_step="Give the column one of the types of evidence/tables/columns.py.",
            )


def _float_text(value: float) -> str:
    """Shortest text that reads back as the same number; Frictionless names for what is none."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    return repr(value)


def _time_text(value: datetime, column: Column) -> str:
    if value.tzinfo is None:
        raise ConfigurationError(f"Column {column.name} holds a time without zone: {value.isoformat()}")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _json_value(value: object, column: Column) -> object:
    """Lists of scalars for JSON: texts raw (a cell that begins with `[` is no formula), times as elsewhere."""
    if isinstance(value, list):
        return [_json_value(one, column) for one in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return _scalar_text(value, column)
