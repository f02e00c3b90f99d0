"""Rows of an Arrow table as the lines of a CSV file, a column at a time: the same bytes as `cells` makes cell by cell, many times faster.

Not here: files, headers, which columns are written. Invariant: `cells.cell_field` decides how every cell is written; a column is done whole only where it is
proven that each of its cells is plain, and whatever is not goes to `cell_field` itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from evidence.tables.cells import cell_field
from evidence.tables.columns import TIME, Column

LINE_END = "\r\n"
MOST_BYTES = 64 << 20
"""Values of rows that are joined at once; a row alone may be longer. Arrow's texts end at 2 GiB."""
Values: TypeAlias = "pa.Array[Any]"

_PLAIN = r"\A[^=+\-@\t\r\n\x00\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}\",][^\",\r\n]*\z"
"""A text that no spreadsheet runs, that is not empty and that needs no quotes (RFC 4180 section 2.6)."""
_QUOTED = r'[",\r\n]'
_EARLIEST, _LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""First and last microsecond of the years 1 to 9999, from 1970 on: beyond them Python has no time."""
_DATE_LENGTH = 10


def header(columns: Sequence[Column]) -> bytes:
    """The first line."""
    return (",".join(cell_field(column.name, _NAME) for column in columns) + LINE_END).encode()


_IS_PLAIN = pc.MatchSubstringOptions(_PLAIN)
_NEEDS_QUOTES = pc.MatchSubstringOptions(_QUOTED)
_DOUBLED = pc.ReplaceSubstringOptions('"', '""')
_THE_T = pc.ReplaceSliceOptions(_DATE_LENGTH, _DATE_LENGTH + 1, "T")
_NULL_IS_NOTHING = pc.JoinOptions(null_handling="replace", null_replacement="")
_NAME = Column("header", pa.string(), "", "Name of a column.")


def lines(rows: pa.Table | pa.RecordBatch, columns: Sequence[Column]) -> Iterator[memoryview]:
    """The lines of some rows, in pieces; texts may be dictionary-encoded.

    Raises ConfigurationError for a value that its column's type does not hold.
    """
    if rows.num_rows == 0:
        return
    if rows.num_rows > 1 and rows.nbytes > MOST_BYTES:
        middle = rows.num_rows // 2
        yield from lines(rows.slice(0, middle), columns)
        yield from lines(rows.slice(middle), columns)
        return
    cells = [_cells(_whole(rows.column(column.name)), column) for column in columns]
    cells[-1] = _joined([cells[-1], _text(LINE_END)], "")
    yield _bytes(_joined(cells, ","))


def _whole(values: Values | pa.ChunkedArray[Any]) -> Values:
    if not isinstance(values, pa.ChunkedArray):
        return values
    if values.num_chunks != 1 and pa.types.is_dictionary(values.type):
        values = values.unify_dictionaries()
    one: Any = values.chunk(0) if values.num_chunks == 1 else pa.concat_arrays(values.chunks)
    whole: Values = one
    return whole


def _called(function: str, *given: Values | pa.Scalar[Any], options: pc.FunctionOptions | None = None) -> Values:
    """What a compute function gives for arrays; the stubs know it for some kinds of array only."""
    found: Values = pc.call_function(function, list(given), options)
    return found


def _joined(parts: Sequence[Values | pa.Scalar[Any]], between: str) -> Values:
    return _called("binary_join_element_wise", *parts, _text(between), options=_NULL_IS_NOTHING)


def _text(text: str) -> pa.Scalar[Any]:
    return pa.scalar(text, pa.large_string())


def _bytes(joined: Values) -> memoryview:
    """The texts of an array, one after the other: Arrow lays them so."""
    _, offsets, data = joined.buffers()
    if data is None or offsets is None:
        raise TypeError("an array of texts has three buffers")
    bounds = memoryview(offsets).cast("q")
    return memoryview(data).cast("B")[bounds[joined.offset] : bounds[joined.offset + len(joined)]]


def _cells(values: Values, column: Column) -> Values:
    """The cells of a column as they stand in the file; null where nothing stands."""
    if isinstance(values, pa.DictionaryArray):
        return _called("take", _cells(values.dictionary, column), values.indices)
    for holds, written in _WAYS:
        if holds(values.type):
            return written(values, column).cast(pa.large_string())
    return _one_by_one(values, column).cast(pa.large_string())


def _one_by_one(values: Values, column: Column) -> Values:
    return pa.array(
        [None if value is None else cell_field(value, column) for value in values.to_pylist()], pa.large_string()
    )


def _each_once(values: Values, column: Column) -> Values:
    """Each different value is written once."""
    encoded = values.dictionary_encode()
    return _called("take", _one_by_one(encoded.dictionary, column), encoded.indices)


def _texts(values: Values, column: Column) -> Values:
    """Texts that are not plain are written one by one, each different one once."""
    special = _called("invert", _called("match_substring_regex", values, options=_IS_PLAIN))
    if not isinstance(special, pa.BooleanArray) or special.true_count == 0:
        return values
    special = _called("coalesce", special, pa.scalar(False))
    return _called("replace_with_mask", values, special, _each_once(values.filter(special), column).cast(values.type))


def _moments(values: Values, column: Column) -> Values:
    """`2026-11-20 22:00:00.000000Z`, as Arrow writes it, with its T."""
    encoded = values.dictionary_encode()
    known = encoded.dictionary
    if values.type != TIME or not _of_the_calendar(known):
        return _one_by_one(values, column)
    written = _called("binary_replace_slice", known.cast(pa.string()), options=_THE_T)
    return _called("take", written, encoded.indices)


def _of_the_calendar(known: Values) -> bool:
    """Whether all moments have a year of four digits."""
    least, most = (pc.call_function(name, [known.cast(pa.int64())]).as_py() for name in ("min", "max"))
    return least is None or (least >= _EARLIEST and most <= _LATEST)


def _flags(values: Values, _column: Column) -> Values:
    return _called("if_else", values, _text("true"), _text("false"))


def _counts(values: Values, _column: Column) -> Values:
    return values.cast(pa.string())


def _lists(values: Values, column: Column) -> Values:
    """Lists of texts as JSON; most cells of such a column hold nothing."""
    if values.null_count == len(values):
        return pa.nulls(len(values), pa.string())
    if not pa.types.is_string(values.type.value_type):
        return _one_by_one(values, column)
    there = values.filter(values.is_valid())
    told = _called("list_flatten", there).dictionary_encode()
    spelled = pa.array([json.dumps(one, ensure_ascii=False) for one in told.dictionary.to_pylist()], pa.large_string())
    elements = _called("coalesce", _called("take", spelled, told.indices), _text("null"))
    ends = _called("cumulative_sum", _called("list_value_length", there).cast(pa.int64()))
    offsets: Any = pa.concat_arrays([pa.array([0], pa.int64()), ends])
    spelled_lists: Values = pa.LargeListArray.from_arrays(offsets, elements)
    inside = _called("binary_join", spelled_lists, _text(","))
    written = _quoted(_joined([_text("["), inside, _text("]")], ""))
    return _called("replace_with_mask", pa.nulls(len(values), written.type), values.is_valid(), written)


def _quoted(texts: Values) -> Values:
    doubled = _joined([_text('"'), _called("replace_substring", texts, options=_DOUBLED), _text('"')], "")
    return _called("if_else", _called("match_substring_regex", texts, options=_NEEDS_QUOTES), doubled, texts)


_WAYS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[Values, Column], Values]], ...] = (
    (pa.types.is_string, _texts),
    (pa.types.is_timestamp, _moments),
    (pa.types.is_boolean, _flags),
    (pa.types.is_integer, _counts),
    (pa.types.is_floating, _each_once),
    (pa.types.is_date32, _each_once),
    (pa.types.is_list, _lists),
)
