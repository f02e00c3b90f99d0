"""Pages that wait until there are enough of them to make columns of.

Not here: what columns hold. Invariant: each element of a page gives a row of columns, or goes to the reference; and what was never
seen before is noted page by page in the order in which they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.normalize.answers import Element
from evidence.normalize.capture import Reader
from evidence.normalize.element_rows import RESOURCE_TYPES, AnswerReader
from evidence.normalize.fast.columns import Columns
from evidence.normalize.fast.cutting import Numbers, cut
from evidence.normalize.fast.elements import Elements
from evidence.normalize.fast.pages import elements_in
from evidence.normalize.fast.templates import Template, read_template
from evidence.tables import from_columns

BYTES_AT_ONCE = 1 << 23
"""Bytes of pages that become columns together: enough to spread what each array costs, few enough to weigh little."""

MOST_TEMPLATES = 64
"""Templates from which on those of a few elements each cost more than the reference takes to read these."""

HandOn = Callable[[str, pa.Table], None]
ByReference = Callable[[Reader, Iterable[Element]], int]
"""Hands on the rows of elements that do not fit, and tells how many there are."""
WholeByReference = Callable[[Reader], None]
"""Reads an answer that does not fit at all."""


class Ways(NamedTuple):
    """What becomes of elements."""

    hand_on: HandOn
    by_reference: ByReference
    whole_by_reference: WholeByReference
    paged: Callable[[str], None]
    """Told the calls whose elements go into columns, but for some."""


class _Page(NamedTuple):
    number: int
    reader: Reader
    elements: memoryview


class Queue:
    """Pages of one table on their way into columns."""

    __slots__ = ("_columns", "_readers", "_waiting", "_ways", "_weight")

    def __init__(self, columns: Columns, ways: Ways) -> None:
        self._columns = columns
        self._ways = ways
        self._readers: list[Reader] = []
        self._waiting: list[_Page] = []
        self._weight = 0

    def add(self, reader: Reader) -> None:
        """Take a call's answer."""
        elements = elements_in(reader.call)
        if elements is not None:
            self._waiting.append(_Page(len(self._readers), reader, elements))
            self._weight += len(elements)
        self._readers.append(reader)
        if self._weight >= BYTES_AT_ONCE:
            self.build()

    def build(self) -> None:
        """Make columns of all that wait, and hand them on."""
        readers, pages = self._readers, self._waiting
        self._readers, self._waiting, self._weight = [], [], 0
        fitting = list(self._fitting(pages))
        seen = {page.number: (elements, at) for told, elements in fitting for at, page in enumerate(told)}
        odd = {
            id(elements): elements.where([template.odd for template in elements.templates]) for _, elements in fitting
        }
        for number, reader in enumerate(readers):
            if number not in seen:
                self._ways.whole_by_reference(reader)
                continue
            self._ways.paged(reader.call.call_id)
            elements, at = seen[number]
            places = odd[id(elements)]
            here = places[elements.pages[places] == at]
            in_order = here[np.argsort(elements.ordinals[here])]
            reader.frame.findings.watch.see(reader.call, map(elements.sent, in_order.tolist()))
        for _, elements in fitting:
            self._build(elements)

    def _build(self, elements: Elements) -> None:
        built = self._columns.build(elements)
        kind = RESOURCE_TYPES[elements.readers[0].call.kind]
        others = elements.where([not one.usual or str(one.sent["type"]).lower() != kind for one in elements.templates])
        refused = sorted({*built.refused, *others.tolist()})
        elements.count(without=refused)
        columns = dict(built.columns)
        rows_more = self._read_refused(elements, refused)
        if refused and self._columns.numbers_rows:
            columns["ordinal"] = pc.add(columns["ordinal"], pa.array(rows_more))
        table = from_columns(self._columns.table, columns, len(elements))
        if refused:
            table = table.take(np.delete(np.arange(len(elements)), refused))
        self._ways.hand_on(self._columns.table.name, table)

    def _read_refused(self, elements: Elements, refused: Iterable[int]) -> Numbers:
        """Let the reference read some elements; how many rows more than elements stand before each element of an answer."""
        more, ends = np.zeros(len(elements), np.int64), np.cumsum(elements.sizes)
        for at in refused:
            reader, element = elements.reader(at), elements.element(at)
            if isinstance(reader, AnswerReader):
                reader.positions = count(element.ordinal + int(more[at]))
            rows = self._ways.by_reference(reader, [element])
            more[at + 1 : ends[elements.pages[at]]] += rows - 1
        return more

    def _fitting(self, pages: list[_Page]) -> Iterator[tuple[list[_Page], Elements]]:
        """Those pages that are proven to be what they seem, together where that can be."""
        if not pages:
            return
        found = cut([page.elements for page in pages])
        if found is None:
            if len(pages) > 1:
                half = len(pages) // 2
                yield from self._fitting(pages[:half])
                yield from self._fitting(pages[half:])
            return
        if len(found.templates) > max(MOST_TEMPLATES, len(found.codes) // 4):  # hardly any two are alike
            return
        templates: list[Template | None] = list(map(read_template, found.templates, found.places))
        known = [one for one in templates if one is not None]
        if len(known) == len(templates):
            readers, columns = [page.reader for page in pages], self._columns
            yield pages, Elements(readers, found, known, columns.paths, by_name=not columns.numbers_rows)
            return
        wrong = np.array([one is None for one in templates])[found.codes]
        outside = set(np.repeat(np.arange(len(pages)), found.sizes)[wrong].tolist())
        yield from self._fitting([page for at, page in enumerate(pages) if at not in outside])
