"""A capture to the rows of all observed tables.

Not here: how single rows look, and where they are kept. Invariant: never an exception for what Azure sent; what gives no row is unread,
counted and named. Only calls with outcome `ok` give rows, from the body of their last attempt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from evidence.normalize.answers import Element, read_answer
from evidence.normalize.calls import call_row
from evidence.normalize.coverage import coverage_row
from evidence.normalize.doubts import doubted
from evidence.normalize.element_rows import AnswerReader
from evidence.normalize.event_nights import EventNights
from evidence.normalize.frames import Frame
from evidence.normalize.item_links import ItemIndex
from evidence.normalize.results import CaptureContext, Normalized, Row, Unread
from evidence.normalize.second_sources import KINDS as SECOND_KINDS
from evidence.normalize.second_sources import SecondReader
from evidence.normalize.sent import UnreadableElementError
from evidence.records import Call, Capture, Kind, Outcome

OK = "ok"
_CUT_SHORT = frozenset({Outcome.PARTIAL, Outcome.NOT_REACHED})

Tables = defaultdict[str, list[Row]]
Reader: TypeAlias = AnswerReader | SecondReader
"""Makes the rows of one call's elements."""


def normalize_capture(
    capture: Capture, context: CaptureContext, known_items: Iterable[Mapping[str, object]] = ()
) -> Normalized:
    """The rows of one capture.

    `known_items` are rows of `protected_items` from earlier nights (`ITEM_COLUMNS` are enough): a job may be about an item that is
    deleted by now. Those of other vaults are passed over.
    """
    frame = Frame(capture, context, EventNights(context.calendar))
    tables: Tables = defaultdict(list)
    tables["calls"] = [call_row(call, frame) for call in capture.calls]
    tables["coverage"] = [coverage_row(coverage, frame) for coverage in capture.coverage]
    nothing_known = ItemIndex(())
    for call in answered(capture, items=True):
        _read(call, frame, nothing_known, tables)
    items = index_items(frame, tables["protected_items"], known_items)
    for call in answered(capture, items=False):
        _read(call, frame, items, tables)
    tables["coverage"] = doubted(tables["coverage"], capture.calls, frame.findings.unread, frame.findings.watch.found)
    return Normalized(
        **tables,
        unread=tuple(frame.findings.unread),
        problems=tuple(dict.fromkeys(frame.findings.problems)),
        elements=dict(frame.findings.elements),
        drift=frame.findings.watch.found,
    )


def answered(capture: Capture, *, items: bool) -> list[Call]:
    """Calls whose answers give rows: the lists of items, which jobs are linked by, or all others."""
    return [call for call in capture.calls if call.outcome == OK and (call.kind is Kind.PROTECTED_ITEMS) is items]


def index_items(frame: Frame, found: Iterable[Row], known: Iterable[Mapping[str, object]]) -> ItemIndex:
    """The items that jobs of a capture are linked to: those it found, and those its vault had before."""
    of_vault = [row for row in known if row.get("vault_id") == frame.vault_id]
    coverage = frame.capture.coverage
    cut_short = any(one.kind is Kind.PROTECTED_ITEMS and one.outcome in _CUT_SHORT for one in coverage)
    return ItemIndex([*found, *of_vault], whole=not cut_short)


def reader_of(call: Call, frame: Frame, items: ItemIndex) -> Reader:
    """What makes rows of a call's elements."""
    return SecondReader(call, frame) if call.kind in SECOND_KINDS else AnswerReader(call, frame, items)


def read_elements(reader: Reader, elements: Iterable[Element]) -> Iterator[tuple[str, Row]]:
    """Table names and rows of elements; each one is counted, or noted as unread."""
    call, findings = reader.call, reader.frame.findings
    for element in elements:
        try:
            yield from reader.rows(element)
            findings.elements[call.call_id] += 1
        except UnreadableElementError as error:
            findings.unread.append(Unread(call.call_id, call.kind, element.ordinal, str(error), element.whole_text()))


def _read(call: Call, frame: Frame, items: ItemIndex, tables: Tables) -> None:
    elements = read_answer(call, frame.findings)
    frame.findings.watch.see(call, [element.sent for element in elements])
    for table, row in read_elements(reader_of(call, frame, items), elements):
        tables[table].append(row)
