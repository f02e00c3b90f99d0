"""Columns of values as Azure sends them to Arrow arrays, all at once; what does not fit is named, not guessed.

Not here: which field fills which column. Invariant: a value is read as `evidence.normalize.fields` reads it, or its place is
among `refused` and the reference reads the element.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from evidence.normalize.durations import parse_duration
from evidence.normalize.moments import LAST_SENTINEL_YEAR, parse_moment
from evidence.tables.columns import FLAG, NUMBER, TEXT, TIME

Values: TypeAlias = "pa.Array[Any]"

_T = TypeVar("_T")
_EXACT = pa.timestamp("ns", "UTC")
_SHORTEST_MOMENT = len("2026-11-21T22:00:00Z")
_FIRST_REAL = pa.scalar(f"{LAST_SENTINEL_YEAR + 1}-01-01T00:00:00Z", TEXT).cast(TIME)
_USUAL_DURATION = r"\APT(?:[0-9]{1,9}H)?(?:[0-9]{1,9}M)?[0-9]{1,9}(?:\.[0-9]{1,9})?S\z"
"""What nearly all durations look like; others are read one by one."""
_WRONG = (pa.ArrowInvalid, pa.ArrowTypeError)


@dataclass(frozen=True, slots=True)
class Vector:
    """One column's values, and the places of those that the reference must read."""

    values: Values
    refused: Sequence[int] = ()


def texts(values: Sequence[object]) -> Vector:
    """Texts as sent, empty ones null."""
    if "" in values:
        values = [None if value == "" else value for value in values]
    try:
        return Vector(pa.array(values, TEXT))
    except _WRONG:
        return _checked(values, str, TEXT)


def flags(values: Sequence[object]) -> Vector:
    """True, false or null; those sent as words are left to the reference."""
    try:
        return Vector(pa.array(values, FLAG))
    except _WRONG:
        return _checked(values, bool, FLAG)


def moments(values: Sequence[object]) -> Vector:
    """UTC moments; sentinels and empty texts are null."""
    try:
        found = pa.array(values, TEXT)
        # Arrow refuses more than nine fractional digits, a fraction without digits, and years that nanoseconds do not hold.
        exact = found.cast(_EXACT).cast(TIME, safe=False) if _end_in_z(found) else None
    except _WRONG:
        exact = None
    return _one_by_one(values, parse_moment, TIME) if exact is None else Vector(_without_sentinels(exact))


def durations(values: Sequence[object]) -> Vector:
    """Seconds."""
    try:
        found = pa.array(values, TEXT)
    except _WRONG:
        return _one_by_one(values, parse_duration, NUMBER)
    if pc.all(pc.match_substring_regex(found, _USUAL_DURATION)).as_py() is False:
        return _one_by_one(values, parse_duration, NUMBER)
    heads = pc.replace_substring_regex(found, r"[0-9.]+S\z", "").dictionary_encode()
    rests = pc.utf8_rtrim(pc.replace_substring_regex(found, r"\APT(?:[0-9]+[HM])*", ""), "S").cast(NUMBER)
    whole = pa.array([_whole(head) for head in heads.dictionary.to_pylist()], NUMBER)
    return Vector(pc.add(whole.take(heads.indices), rests))


def constant(value: object, kind: pa.DataType, count: int) -> Values:
    """One value for all rows."""
    one: Any = pa.scalar(value, kind)
    found: Values = pa.repeat(one, count)
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


def _one_by_one(values: Iterable[object], parse: Callable[[str], _T], kind: pa.DataType) -> Vector:
    found: list[_T | None] = []
    refused: list[int] = []
    for place, value in enumerate(values):
        found.append(None)
        try:
            if isinstance(value, str) and value:
                found[-1] = parse(value)
            elif not isinstance(value, str | None):
                refused.append(place)
        except ValueError:
            refused.append(place)
    return Vector(pa.array(found, kind), refused)


def _checked(values: Sequence[object], wanted: type, kind: pa.DataType) -> Vector:
    refused = [place for place, value in enumerate(values) if value is not None and type(value) is not wanted]
    outside = frozenset(refused)
    return Vector(pa.array([None if at in outside else value for at, value in enumerate(values)], kind), refused)
