"""Typed access to the fields of one element; what cannot be read is noted and becomes null.

Not here: which field fills which column. Invariant: reading never raises, and never turns one value into another: a
value of an unexpected type is null in its column and stays in `properties`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

import orjson

from evidence.normalize.durations import parse_duration
from evidence.normalize.moments import parse_moment
from evidence.normalize.results import Problem
from evidence.normalize.sizes import parse_size

LARGEST = 2**63 - 1
"""Largest whole number that the tables hold."""

_T = TypeVar("_T")
_MISSING = object()
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Place:
    """The answer that elements are read from, and where to note what cannot be read."""

    call_id: str
    table: str
    problems: list[Problem]


class Fields:
    """The fields of an object that Azure sent, found whatever their case and the spaces around their names.

    A plain slotted class: one is made for each object of each element, and frozen dataclasses take four times as long.
    """

    __slots__ = ("_ordinal", "_path", "_place", "_spelled", "values")

    def __init__(self, values: Mapping[str, object], place: Place, ordinal: int, path: str = "") -> None:
        self.values = values
        self._place = place
        self._ordinal = ordinal
        self._path = path
        self._spelled: Mapping[str, str] | None = None

    def get(self, name: str) -> object:
        """The value as parsed; None where there is none."""
        value = self.values.get(name, _MISSING)
        if value is not _MISSING:
            return value
        if self._spelled is None:
            self._spelled = _spellings(tuple(self.values))
        spelled = self._spelled.get(name.casefold().strip())
        return None if spelled is None else self.values[spelled]

    def text(self, name: str) -> str | None:
        """Text as sent; numbers and flags as their JSON text; None where it is empty or none."""
        value = self.values.get(name)
        if type(value) is str:  # nearly always
            return value or None
        value = self.get(name)
        if value is None:
            return None
        if isinstance(value, str):
            return value or None
        if isinstance(value, bool | int | float):
            return _plain(value)
        self._unreadable(name, value, "text")
        return None

    def lowered(self, name: str) -> str | None:
        """Text in lower case, as ARM ids are compared."""
        text = self.text(name)
        return None if text is None else text.lower()

    def moment(self, name: str) -> datetime | None:
        """UTC moment; None for sentinels and empty texts."""
        return self._parsed(name, parse_moment)

    def duration(self, name: str) -> float | None:
        """Seconds."""
        return self._parsed(name, parse_duration)

    def size(self, name: str) -> int | None:
        """Bytes of a size in a property bag."""
        return self._parsed(name, parse_size)

    def flag(self, name: str) -> bool | None:
        """True or false, also as text."""
        value = self.get(name)
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in _FLAGS:
            return _FLAGS[value.strip().lower()]
        if value != "":
            self._unreadable(name, value, "true or false")
        return None

    def number(self, name: str) -> float | None:
        """A finite number."""
        value = self.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
        self._unreadable(name, value, "a number")
        return None

    def count(self, name: str) -> int | None:
        """A whole number of zero or more, also as text."""
        value = self.get(name)
        if isinstance(value, str):
            return self._parsed(name, _whole)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST:
            return value
        self._unreadable(name, value, "a count")
        return None

    def inside(self, name: str) -> Fields:
        """The fields of an object within; none where it is null or missing."""
        value = self.get(name)
        if not isinstance(value, dict):
            self._unreadable(name, value, "an object")
            value = {}
        return Fields(value, self._place, self._ordinal, f"{self._path}{name}.")

    def each(self, name: str) -> Sequence[Fields]:
        """The objects of a list within; none where it is null or missing."""
        value = self.get(name)
        if not isinstance(value, list):
            self._unreadable(name, value, "a list")
            return ()
        if not all(isinstance(one, dict) for one in value):
            self.note(name, "holds elements that are no objects")
        found = [one for one in value if isinstance(one, dict)]
        return [Fields(one, self._place, self._ordinal, f"{self._path}{name}[].") for one in found]

    def texts(self, name: str) -> list[str]:
        """The texts of a list within, empty ones left out; none where it is null or missing."""
        value = self.get(name)
        if not isinstance(value, list):
            self._unreadable(name, value, "a list")
            return []
        if not all(isinstance(one, str) for one in value):
            self.note(name, "holds elements that are no texts")
        return [one for one in value if isinstance(one, str) and one]

    def json(self, name: str) -> str | None:
        """JSON text of a value; None where it is null, missing or empty."""
        value = self.get(name)
        return None if value in (None, [], {}, "") else self.written(name, value)

    def written(self, name: str, value: object) -> str | None:
        """JSON text of a value made of sent ones; what is nested too deeply to be written is noted."""
        try:
            return orjson.dumps(value).decode()
        except orjson.JSONEncodeError as error:
            self.note(name, str(error))
            return None

    def note(self, name: str, reason: str) -> None:
        """Say that a value could not be read."""
        place = self._place
        place.problems.append(Problem(place.call_id, place.table, self._ordinal, f"{self._path}{name}", reason))

    def _parsed(self, name: str, parse: Callable[[str], _T]) -> _T | None:
        value = self.get(name)
        if not isinstance(value, str):
            self._unreadable(name, value, "text")
            return None
        if not value:
            return None
        try:
            return parse(value)
        except ValueError as error:
            self.note(name, str(error))
            return None

    def _unreadable(self, name: str, value: object, wanted: str) -> None:
        if value is not None:
            self.note(name, f"is not {wanted}")


def _plain(value: float) -> str:
    return json.dumps(value)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > LARGEST:
        raise ValueError(f"not a count: {text!r}")
    return int(text)


@lru_cache(maxsize=4096)
def _spellings(names: tuple[str, ...]) -> Mapping[str, str]:
    """Names as sent by their folded form; of names that fold alike the first is taken."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name.casefold().strip(), name)
    return found
