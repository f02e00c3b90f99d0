"""Columns of texts as Azure sends them to Arrow arrays of what they tell, all at once; what does not fit is named, not guessed.

Not here: which field fills which column. Invariant: a text is read as `evidence.normalize.fields` reads it, or its place is
among `refused` and the reference reads the element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.normalize.durations import parse_duration
from evidence.normalize.moments import LAST_SENTINEL_YEAR, parse_moment
from evidence.tables.columns import NUMBER, TEXT, TIME

Values: TypeAlias = "pa.Array[Any]"

_T = TypeVar("_T")
_EXACT = pa.timestamp("ns", "UTC")
_EMPTY = pa.scalar("", TEXT)
_SHORTEST_MOMENT = len("2026-11-21T22:00:00Z")
_FIRST_REAL = pa.scalar(f"{LAST_SENTINEL_YEAR + 1}-01-01T00:00:00Z", TEXT).cast(TIME)
_USUAL_DURATION = r"\APT(?:[0-9]{1,9}H)?(?:[0-9]{1,9}M)?[0-9]{1,9}(?:\.[0-9]{1,9})?S\z"
"""What nearly all durations look like; others are read one by one."""


@dataclass(frozen=True, slots=True)
class Vector:
    """One column's values, and the places of those that the reference must read."""

    values: Values
    refused: Sequence[int] = ()


def texts(values: Values) -> Values:
    """Texts as sent, empty ones null."""
    none: Any = pa.scalar(None, TEXT)
    return pc.if_else(pc.equal(values, _EMPTY), none, values) if len(empty_among(values)) else values


def empty_among(values: Values) -> Sequence[int]:
    """Places of empty texts."""
    lengths: Any = pc.binary_length(values)  # type: ignore[call-overload]  # texts, as the stubs cannot know
    if pc.min(lengths).as_py() != 0:
        return ()
    return places_of(pc.equal(values, _EMPTY))


def places_of(found: Values) -> Sequence[int]:
    """Where a column is true."""
    places: Any = pc.indices_nonzero(found).to_pylist()
    return list(places)


def moments(values: Values) -> Vector:
    """UTC moments; sentinels and empty texts are null."""
    if values.null_count == len(values):
        return Vector(pa.nulls(len(values), TIME))
    try:
        # Arrow refuses more than nine fractional digits, a fraction without digits, and years that nanoseconds do not hold.
        exact = values.cast(_EXACT).cast(TIME, safe=False) if _end_in_z(values) else None
    except pa.ArrowInvalid:
        exact = None
    return _one_by_one(values, parse_moment, TIME) if exact is None else Vector(_without_sentinels(exact))


def durations(values: Values) -> Vector:
    """Seconds."""
    if values.null_count == len(values):
        return Vector(pa.nulls(len(values), NUMBER))
    if pc.all(pc.match_substring_regex(values, _USUAL_DURATION)).as_py() is False:
        return _one_by_one(values, parse_duration, NUMBER)
    heads, rests = _at_last_unit(values.drop_null())
    distinct = heads.dictionary_encode()
    whole = pa.array([_whole(head) for head in distinct.dictionary.to_pylist()], NUMBER)
    found = pc.add(whole.take(distinct.indices), rests.cast(NUMBER))
    if values.null_count:
        valid = values.is_valid().to_numpy(zero_copy_only=False)
        places: Any = pa.array(np.cumsum(valid) - 1, mask=~valid)
        found = found.take(places)
    return Vector(found)


def _at_last_unit(texts: Values) -> tuple[Values, Values]:
    """Durations of the usual form, parted before the seconds: `PT1H5M` and `2.5` of `PT1H5M2.5S`."""
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32)[texts.offset :][: len(texts) + 1]  # type: ignore[call-overload]  # a buffer, as the stubs do not know
    letters = np.flatnonzero(np.frombuffer(data, np.uint8)[: bounds[-1]] > ord("9"))  # type: ignore[call-overload]  # the same
    ends = bounds[1:] - 1
    seconds = letters[np.searchsorted(letters, ends) - 1] + 1
    parts = np.append(np.stack((bounds[:-1], seconds, ends), axis=1).ravel(), bounds[-1]).astype(np.int32)
    told: Values = pa.Array.from_buffers(TEXT, len(parts) - 1, [None, pa.py_buffer(parts), data])  # type: ignore[arg-type]  # the stubs know no absent buffer
    heads = np.arange(0, len(parts) - 1, 3)
    return told.take(heads), told.take(heads + 1)


def constant(value: object, kind: pa.DataType, count: int) -> Values:
    """One value for all rows."""
    one: Any = pa.scalar(value, kind)
    found: Values = pa.repeat(one, count)
    return found


def repeated(values: Values, numbers: Any) -> Values:
    """Texts by their numbers, each of them held once however often it is told."""
    distinct: Any = values.dictionary_encode()
    found: Values = distinct.take(numbers)
    return found


def _end_in_z(found: Any) -> bool:
    """Whether all texts are long enough to tell seconds, and end in Z; what lies between is for Arrow's own parser."""
    shortest = pc.min(pc.binary_length(found)).as_py()
    return shortest is None or (shortest >= _SHORTEST_MOMENT and pc.all(pc.ends_with(found, "Z")).as_py() is True)


def _without_sentinels(found: Values) -> Values:
    first = pc.min(found)
    if not first.is_valid or first.as_py() >= _FIRST_REAL.as_py():
        return found
    real: Values = pc.if_else(pc.less(found, _FIRST_REAL), pa.scalar(None, TIME), found)
    return real


@lru_cache(maxsize=4096)
def _whole(head: str) -> int:
    """Whole seconds of what stands before the seconds: `PT`, `PT9M` or `PT1H5M`."""
    return int(parse_duration(f"{head}0S"))


def _one_by_one(values: Values, parse: Callable[[str], _T], kind: pa.DataType) -> Vector:
    found: list[_T | None] = []
    refused: list[int] = []
    for place, value in enumerate(values.to_pylist()):
        found.append(None)
        try:
            found[-1] = parse(value) if value else None
        except ValueError:
            refused.append(place)
    return Vector(pa.array(found, kind), refused)
