"""Pages that wait until there are enough elements to make columns of.

Not here: what columns hold. Invariant: each element of a page that is taken gives a row of columns, or goes to the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.errors import SourceError
from evidence.normalize.answers import BYTE_ORDER_MARK, SPACE, Element
from evidence.normalize.capture import Reader
from evidence.normalize.element_rows import RESOURCE_TYPES, AnswerReader
from evidence.normalize.fast.columns import Columns
from evidence.normalize.fast.odd import nothing_odd, sort_of
from evidence.normalize.fast.pages import Page, read_page
from evidence.normalize.fast.waiting import Arranged, Group, Numbers, Waiting
from evidence.records import Call
from evidence.sources.bodies import decode_body
from evidence.tables import from_columns

ELEMENTS_AT_ONCE = 4_000
"""Elements that become columns together: enough to spread what each array costs, few enough to weigh little."""

HandOn = Callable[[str, pa.Table], None]
ByReference = Callable[[Reader, Iterable[Element]], int]
"""Hands on the rows of elements that do not fit, and tells how many there are."""


class Queue:
    """Elements of one table on their way into columns."""

    __slots__ = ("_by_reference", "_columns", "_hand_on", "_seen", "_waiting")

    def __init__(self, columns: Columns, hand_on: HandOn, by_reference: ByReference) -> None:
        self._columns = columns
        self._hand_on = hand_on
        self._by_reference = by_reference
        self._waiting = Waiting()
        self._seen: set[str] = set()
        """Calls whose elements were looked at when they came."""

    def read(self, reader: Reader) -> bool:
        """Take the elements of a call's answer; False, and nothing is taken, where it is no page as usual."""
        call = reader.call
        page = _usual_page(call, self._columns.taken)
        if page is None:
            return False
        if page.others:
            every = [*page.others, *map(page.element, range(len(page.ids)))]
            every.sort(key=lambda element: element.ordinal)
            reader.frame.findings.watch.see(call, [element.sent for element in every])
            self._seen.add(call.call_id)
            self._by_reference(reader, every if self._columns.numbers_rows else page.others)
        if page.ids and not (page.others and self._columns.numbers_rows):
            self._waiting.add(page, reader)
        if len(self._waiting) >= ELEMENTS_AT_ONCE:
            self.build()
        return True

    def build(self) -> None:
        """Make columns of all that wait, and hand them on."""
        if not len(self._waiting):
            return
        elements, self._waiting = self._waiting.arranged(self._columns.fields), Waiting()
        self._see(elements)
        built = self._columns.build(elements)
        refused = sorted({*built.refused, *_of_other_types(elements.waiting)})
        elements.count(without=refused)
        columns = dict(built.columns)
        rows_more = self._read_refused(elements, refused)
        if refused and self._columns.numbers_rows:
            columns["ordinal"] = pc.add(columns["ordinal"], pa.array(rows_more))
        table = from_columns(self._columns.table, columns, len(elements))
        if refused:
            table = table.take(np.delete(np.arange(len(elements)), refused))
        self._hand_on(self._columns.table.name, table)

    def _read_refused(self, elements: Arranged, refused: Iterable[int]) -> Numbers:
        """Let the reference read some elements; how many rows more than elements stand before each element of an answer."""
        more, ends = np.zeros(len(elements), np.int64), np.cumsum(elements.waiting.sizes)
        for at in refused:
            reader, element = elements.reader(at), elements.element(at)
            if isinstance(reader, AnswerReader):
                reader.positions = count(element.ordinal + int(more[at]))
            rows = self._by_reference(reader, [element])
            more[at + 1 : ends[elements.pages[at]]] += rows - 1
        return more

    def _see(self, elements: Arranged) -> None:
        """Look at every shape once; only where one is odd at all elements, call by call as the reference does."""
        if all(_nothing_odd(elements, group) for group in elements.groups):
            return
        for reader, sent in elements.by_page():
            if reader.call.call_id not in self._seen:
                reader.frame.findings.watch.see(reader.call, [element.sent for element in sent])


def _usual_page(call: Call, taken: str) -> Page | None:
    try:
        body = decode_body(call.last.body, call.last.response_headers)
    except SourceError:
        return None
    return read_page(body.removeprefix(BYTE_ORDER_MARK).strip(SPACE), taken)


def _of_other_types(waiting: Waiting) -> set[int]:
    kind = waiting.readers[0].call.kind
    others = {one for one in set(waiting.types) if one.lower() != RESOURCE_TYPES[kind]}
    return {at for at, one in enumerate(waiting.types) if one in others} if others else set()


def _nothing_odd(elements: Arranged, group: Group) -> bool:
    """Whether no element of a group shows anything that was never seen before."""
    types = [elements.waiting.types[elements.order[place]] for place in group.places()]
    sorts = map(sort_of, group.column("backupManagementType"), group.column("objectType"))
    pairs = list(zip(types, sorts, strict=True))
    try:
        kinds = set(pairs)
    except TypeError:  # no text at all
        return False
    if len(kinds) == 1:
        return nothing_odd(*pairs[0], group.shape, group.columns)
    columns = [
        zip(
            *(row for row, pair in zip(zip(*group.columns, strict=True), pairs, strict=True) if pair == kind),
            strict=True,
        )
        for kind in kinds
    ]
    return all(nothing_odd(*kind, group.shape, list(told)) for kind, told in zip(kinds, columns, strict=True))
