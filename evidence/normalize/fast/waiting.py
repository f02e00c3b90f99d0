"""Usual elements of one kind of thing, page after page, until there are enough of them to become columns.

Not here: what their fields mean. Invariant: a page is taken whole, so the elements of a call are never parted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import orjson
import pyarrow as pa

from evidence.normalize.answers import Element
from evidence.normalize.capture import Reader
from evidence.normalize.fast.pages import Page
from evidence.normalize.fast.vectors import Values
from evidence.tables.columns import COMMON

Numbers: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"


@dataclass(slots=True)
class Waiting:
    """Parallel lists, one place an element; of its parsed fields only those that become columns are held."""

    fields: Sequence[str]
    readers: list[Reader] = field(default_factory=list)
    """One a page."""
    sizes: list[int] = field(default_factory=list)
    """Elements of each page."""
    ordinals: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    envelopes: list[str | None] = field(default_factory=list)
    sent: dict[str, list[object]] = field(init=False)
    """Fields as parsed, by name; None where there is none."""

    def __post_init__(self) -> None:
        self.sent = {name: [] for name in self.fields}

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, page: Page, keys: Collection[str], reader: Reader) -> None:
        """Take all elements of a page, whose `properties` have these keys."""
        self.readers.append(reader)
        self.sizes.append(len(page.ids))
        self.ordinals += page.ordinals
        self.ids += page.ids
        self.names += page.names
        self.types += page.types
        self.texts += page.texts
        self.envelopes += page.envelopes
        for name, values in self.sent.items():
            values.extend([one.get(name) for one in page.properties] if name in keys else [None] * len(page.ids))

    def properties(self, place: int) -> Mapping[str, object]:
        """All fields of one element, parsed again."""
        found: dict[str, object] = orjson.loads(self.texts[place])
        return found

    def element(self, place: int) -> Element:
        """One element as the reference takes it."""
        properties = self.properties(place)
        sent = {"id": self.ids[place], "name": self.names[place], "type": self.types[place], "properties": properties}
        return Element(self.ordinals[place], sent, properties, None)

    def pages(self) -> Numbers:
        """The number of the page of each element."""
        return np.repeat(np.arange(len(self.readers)), self.sizes)

    def count(self, *, without: Collection[int]) -> None:
        """Count the elements of each call that gave rows: all but some."""
        pages = self.pages()
        for reader, size in zip(self.readers, self.sizes, strict=True):
            reader.frame.findings.elements[reader.call.call_id] += size
        for at in without:
            reader = self.readers[pages[at]]
            reader.frame.findings.elements[reader.call.call_id] -= 1

    def common(self) -> dict[str, Values]:
        """The columns that rows of one call share."""
        pages = pa.array(self.pages(), pa.int64())
        return {
            column.name: pa.array([reader.common[column.name] for reader in self.readers], column.type).take(pages)
            for column in COMMON
        }

    def as_sent(self) -> dict[str, Values]:
        """The columns `properties` and `envelope`; orjson writes and Azure's bodies hold nothing but UTF-8."""
        return {"properties": utf8(self.texts), "envelope": pa.array(self.envelopes, pa.string())}


def utf8(texts: Sequence[bytes]) -> Values:
    """Texts from their bytes, which are known to be UTF-8."""
    return pa.array(texts, pa.binary()).view(pa.string())
