"""Usual elements of one kind of thing, page after page, until there are enough of them to become columns.

Not here: what their fields mean. Invariant: a page is taken whole, so the elements of a call are never parted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import orjson
import pyarrow as pa

from evidence.normalize.answers import Element
from evidence.normalize.capture import Reader
from evidence.normalize.fast.pages import USUAL, Page
from evidence.normalize.fast.vectors import Values
from evidence.tables.columns import COMMON

Numbers: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"


@dataclass(slots=True)
class Waiting:
    """Parallel lists, one place an element."""

    readers: list[Reader] = field(default_factory=list)
    """One a page."""
    sizes: list[int] = field(default_factory=list)
    """Elements of each page."""
    ordinals: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    envelopes: list[str] = field(default_factory=list)
    shapes: list[tuple[str, ...]] = field(default_factory=list)
    """Keys of the `properties`, in their order."""
    values: list[tuple[object, ...]] = field(default_factory=list)
    """Values of the `properties`, in the order of their keys."""

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, page: Page, reader: Reader) -> None:
        """Take all elements of a page."""
        self.readers.append(reader)
        self.sizes.append(len(page.ids))
        self.ordinals += page.ordinals
        self.ids += page.ids
        self.names += page.names
        self.types += page.types
        self.texts += page.texts
        self.envelopes += page.envelopes
        self.shapes += map(tuple, page.properties)
        self.values += map(tuple, map(dict.values, page.properties))

    def pages(self) -> Numbers:
        """The number of the page of each element."""
        return np.repeat(np.arange(len(self.readers)), self.sizes)

    def arranged(self, fields: Sequence[str]) -> Arranged:
        """All elements, those of one shape together, with these of their fields."""
        places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, shape in enumerate(self.shapes):
            places[shape].append(place)
        groups, begin = [], 0
        for shape, told in places.items():
            groups.append(Group(shape, list(zip(*map(self.values.__getitem__, told), strict=True)), begin, len(told)))
            begin += len(told)
        return Arranged(self, list(chain.from_iterable(places.values())), groups, fields)


@dataclass(frozen=True, slots=True)
class Group:
    """Elements whose `properties` have the same keys in the same order."""

    shape: tuple[str, ...]
    columns: Sequence[tuple[object, ...]]
    """Values by key."""
    begin: int
    size: int

    def column(self, name: str) -> Sequence[object]:
        """The values of a key; None where there is none."""
        return self.columns[self.shape.index(name)] if name in self.shape else [None] * self.size

    def places(self) -> range:
        """Places of its elements among all that are arranged."""
        return range(self.begin, self.begin + self.size)


class Arranged:
    """Elements in the order they came, and their fields shape by shape: what was asked for stands in the order of groups."""

    __slots__ = ("_back", "groups", "order", "pages", "sent", "waiting")

    def __init__(self, waiting: Waiting, order: list[int], groups: Sequence[Group], fields: Sequence[str]) -> None:
        self.waiting = waiting
        self.order = order
        """Place of each element of the groups among those that came."""
        self.groups = groups
        self.pages = waiting.pages()
        self.sent = {name: list(chain.from_iterable(group.column(name) for group in groups)) for name in fields}
        """Fields as parsed, by name, in the order of groups; None where there is none."""
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        self._back: Any = pa.array(back)

    def __len__(self) -> int:
        return len(self.order)

    def came(self, values: Values) -> Values:
        """Values in the order of groups, brought into the order in which their elements came."""
        return values.take(self._back)

    def numbers(self, numbers: Sequence[int]) -> Values:
        """The same for numbers of learned keys."""
        found: Values = pa.array(numbers, pa.int64())
        return found.take(self._back)

    def places(self, grouped: Iterable[int]) -> set[int]:
        """Where elements came, of places in the order of groups."""
        return set(map(self.order.__getitem__, grouped))

    def properties(self, place: int) -> Mapping[str, object]:
        """All fields of the element at a place in the order of groups, parsed again."""
        found: dict[str, object] = orjson.loads(self.waiting.texts[self.order[place]])
        return found

    def element(self, place: int) -> Element:
        """The element that came at a place, as the reference takes it."""
        waiting = self.waiting
        properties: dict[str, object] = orjson.loads(waiting.texts[place])
        sent = (waiting.ids[place], waiting.names[place], waiting.types[place], properties)
        return Element(waiting.ordinals[place], dict(zip(USUAL, sent, strict=True)), properties, None)

    def reader(self, place: int) -> Reader:
        """What reads the call of the element that came at a place."""
        return self.waiting.readers[int(self.pages[place])]

    def by_page(self) -> Iterator[tuple[Reader, list[Element]]]:
        """Each page's elements, parsed again."""
        begin = 0
        for reader, size in zip(self.waiting.readers, self.waiting.sizes, strict=True):
            yield reader, list(map(self.element, range(begin, begin + size)))
            begin += size

    def count(self, *, without: Collection[int]) -> None:
        """Count the elements of each call that gave rows: all but those that came at some places."""
        for reader, size in zip(self.waiting.readers, self.waiting.sizes, strict=True):
            reader.frame.findings.elements[reader.call.call_id] += size
        for reader in map(self.reader, without):
            reader.frame.findings.elements[reader.call.call_id] -= 1

    def common(self) -> dict[str, Values]:
        """The columns that rows of one call share."""
        pages = pa.array(self.pages, pa.int64())
        return {
            column.name: pa.array([reader.common[column.name] for reader in self.waiting.readers], column.type).take(
                pages
            )
            for column in COMMON
        }

    def as_sent(self) -> dict[str, Values]:
        """The columns `properties` and `envelope`; orjson writes and Azure's bodies hold nothing but UTF-8."""
        texts: Values = pa.array(self.waiting.texts, pa.binary()).view(pa.string())
        return {"properties": texts, "envelope": pa.array(self.waiting.envelopes, pa.string())}
