"""Pages that wait until there are enough elements to make columns of.

Not here: what columns hold. Invariant: each element of a page that is taken gives a row of columns, or goes to the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import pyarrow as pa

from evidence.errors import SourceError
from evidence.normalize.answers import BYTE_ORDER_MARK, SPACE, Element
from evidence.normalize.capture import Reader
from evidence.normalize.element_rows import RESOURCE_TYPES
from evidence.normalize.fast.columns import Columns
from evidence.normalize.fast.pages import Page, read_page
from evidence.normalize.fast.waiting import Waiting
from evidence.records import Call, Kind
from evidence.sources.bodies import decode_body
from evidence.tables import from_columns

ELEMENTS_AT_ONCE = 4_000
"""Elements that become columns together: enough to spread what each array costs, few enough to weigh little."""

HandOn = Callable[[str, pa.Table], None]
ByReference = Callable[[Reader, Iterable[Element]], None]


class Queue:
    """Elements of one table on their way into columns."""

    __slots__ = ("_by_reference", "_columns", "_hand_on", "_waiting")

    def __init__(self, columns: Columns, hand_on: HandOn, by_reference: ByReference) -> None:
        self._columns = columns
        self._hand_on = hand_on
        self._by_reference = by_reference
        self._waiting = Waiting(columns.fields)

    def read(self, reader: Reader) -> bool:
        """Take the elements of a call's answer; False, and nothing is taken, where it is no page as usual."""
        call = reader.call
        page = _usual_page(call, self._columns.taken)
        if page is None:
            return False
        self._see(reader, page)
        keys = page.keys()
        unfit = _of_other_types(page, call.kind) | self._columns.unfit(page, keys) if page.ids else set()
        if (unfit or page.others) and self._columns.whole_pages:
            unfit = set(range(len(page.ids)))
        if unfit or page.others:
            odd = [*(page.element(at) for at in unfit), *page.others]
            self._by_reference(reader, sorted(odd, key=lambda element: element.ordinal))
            page = page.without(unfit)
        if page.ids:
            self._waiting.add(page, keys, reader)
        if len(self._waiting) >= ELEMENTS_AT_ONCE:
            self.build()
        return True

    def _see(self, reader: Reader, page: Page) -> None:
        watch = reader.frame.findings.watch
        if page.others:
            every = [*page.others, *(page.element(at) for at in range(len(page.ids)))]
            watch.see(reader.call, [one.sent for one in sorted(every, key=lambda element: element.ordinal)])
        else:
            watch.see_usual(reader.call, page.ids, page.types, page.properties)

    def build(self) -> None:
        """Make columns of all that wait, and hand them on."""
        waiting, self._waiting = self._waiting, Waiting(self._columns.fields)
        if not len(waiting):
            return
        built = self._columns.build(waiting)
        refused = _of_touched_pages(waiting, built.refused) if self._columns.whole_pages else set(built.refused)
        table = from_columns(self._columns.table, built.columns, len(waiting))
        if refused:
            table = table.take(pa.array([at for at in range(len(waiting)) if at not in refused], pa.int64()))
        self._hand_on(self._columns.table.name, table)
        waiting.count(without=refused)
        pages = waiting.pages()
        for at in sorted(refused):
            self._by_reference(waiting.readers[pages[at]], [waiting.element(at)])


def _usual_page(call: Call, taken: str) -> Page | None:
    try:
        body = decode_body(call.last.body, call.last.response_headers)
    except SourceError:
        return None
    return read_page(body.removeprefix(BYTE_ORDER_MARK).strip(SPACE), taken)


def _of_other_types(page: Page, kind: Kind) -> set[int]:
    others = {one for one in set(page.types) if one.lower() != RESOURCE_TYPES[kind]}
    return {at for at, one in enumerate(page.types) if one in others} if others else set()


def _of_touched_pages(waiting: Waiting, refused: Collection[int]) -> set[int]:
    pages = waiting.pages()
    touched = {pages[at] for at in refused}
    return {at for at, page in enumerate(pages) if page in touched} if touched else set()
