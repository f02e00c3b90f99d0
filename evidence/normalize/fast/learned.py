"""What the reference tells of templates, and of names that return again and again: once each, then by a number.

Not here: which columns. Invariant: what is remembered of a template was computed by the reference's own functions and does not
depend on the texts in its holes: that is tried with several. Where the reference looked at any field that the fast way does not know of,
that is seen, and nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa

from evidence.normalize.fast.elements import Elements
from evidence.normalize.fast.templates import Json, Path, Template
from evidence.normalize.fast.vectors import Values, repeated
from evidence.normalize.fields import Fields, Place
from evidence.normalize.results import Problem, Row
from evidence.tables.columns import TEXT

WORTH_LEARNING = 2
"""Elements that must have had a template: to learn what it tells takes as long as to read a few of them."""
_NAMED: frozenset[Path] = frozenset({("id",), ("name",)})
_ANY = "x"
"""A text that is put into holes which no column shall depend on."""


class Watched(Mapping[str, object]):
    """An object that Azure sent, which remembers the names it was asked for."""

    __slots__ = ("_sent", "asked")

    def __init__(self, sent: Mapping[str, object]) -> None:
        self._sent = sent
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> object:
        self.asked.add(name)
        return self._sent[name]

    def get(self, name: str, default: object = None) -> object:
        """As of any mapping, which would ask and catch."""
        self.asked.add(name)
        return self._sent.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sent)

    def __len__(self) -> int:
        return len(self._sent)


RowOf: TypeAlias = Callable[[Json, Fields], Row | None]
"""The row that the reference makes of an element and the fields of its `properties`; None where it must read such elements itself."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """How to learn what the templates of one table tell."""

    row_of: RowOf
    learned: Sequence[str]
    """Columns that a template alone tells."""
    filled: frozenset[str]
    """Columns that the fast way fills at all."""
    known: frozenset[str]
    """Fields of `properties` that the fast way knows of."""
    samples: Mapping[Path, str]
    """A readable text for each hole that fills columns."""

    def learn(self, template: Template) -> Sequence[object] | None:
        """The learned columns of a usual template; None where the reference must read its elements."""
        if any(path not in template.holes and not _is_text(template.at(path)) for path in self.samples):
            return None
        rows = [self._row(template.filled(told)) for told in self._tries()]
        if any(row is None for row in rows):
            return None
        empty, others, full = (dict(row or {}) for row in rows)
        learned = [empty.get(name) for name in self.learned]
        return learned if empty == others and learned == [full.get(name) for name in self.learned] else None

    def _tries(self) -> Sequence[Callable[[Path], str]]:
        """All holes empty; those that fill columns empty; those alone filled."""
        samples = self.samples
        return (
            lambda _: "",
            lambda path: "" if path in samples or path in _NAMED else _ANY,
            lambda path: samples.get(path, ""),
        )

    def _row(self, sent: Json) -> Row | None:
        """The row that the reference makes of an element; None where anything about it is new to the fast way."""
        properties = sent["properties"]
        watched, problems = Watched(properties if isinstance(properties, dict) else {}), list[Problem]()
        row = self.row_of(sent, Fields(watched, Place("", "", problems), 0))
        known = row is not None and watched.asked <= self.known and row.keys() <= self.filled
        return row if known and not problems else None


def told_by(
    learn: Callable[[Template], Sequence[object] | None], templates: Sequence[Template]
) -> list[Sequence[object] | None]:
    """What templates tell, None for those whose elements the reference must read: also where one is not worth learning from."""
    return [learn(one) if one.usual and one.met >= WORTH_LEARNING else None for one in templates]


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def learned_columns(
    elements: Elements, columns: Mapping[str, pa.DataType], told: Sequence[Sequence[object] | None]
) -> dict[str, Values]:
    """The columns of elements by what their templates tell."""
    found = {}
    for at, (name, kind) in enumerate(columns.items()):
        values = [None if one is None else one[at] for one in told]
        found[name] = elements.told_texts(values) if kind == TEXT else elements.told(values, kind)
    return found


class Names:
    """Values by the number of their key, and their columns."""

    __slots__ = ("_arrays", "_kinds", "_new", "numbers")

    def __init__(self, columns: Mapping[str, pa.DataType]) -> None:
        self.numbers: dict[Hashable, int] = {}
        self._kinds = dict(columns)
        self._arrays: dict[str, Values] = {name: pa.array([], kind) for name, kind in columns.items()}
        self._new: list[Sequence[object]] = []

    def number(self, key: Hashable, learn: Callable[[], Sequence[object]]) -> int:
        """The number of a key; `learn` tells its values where it is met for the first time."""
        found = self.numbers.get(key)
        if found is None:
            found = self.numbers[key] = len(self.numbers)
            self._new.append(learn())
        return found

    def columns(self, numbers: Values) -> dict[str, Values]:
        """The columns of rows whose keys have these numbers."""
        if self._new:
            told = dict(zip(self._arrays, zip(*self._new, strict=True), strict=True))
            for name, array in self._arrays.items():
                self._arrays[name] = pa.concat_arrays([array, pa.array(told[name], self._kinds[name])])
            self._new.clear()
        return {
            name: repeated(array, numbers) if self._kinds[name] == TEXT else array.take(numbers)
            for name, array in self._arrays.items()
        }
