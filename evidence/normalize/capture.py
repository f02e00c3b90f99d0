"""A capture to the rows of all observed tables.

Not here: how single rows look, and where they are kept. Invariant: never an exception for what Azure sent; what gives no row is unread,
counted and named. Only calls with outcome `ok` give rows, from the body of their last attempt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from evidence.normalize.answers import read_answer
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
    for call in _answered(capture, items=True):
        _read(call, frame, nothing_known, tables)
    items = _index(frame, tables["protected_items"], known_items)
    for call in _answered(capture, items=False):
        _read(call, frame, items, tables)
    tables["coverage"] = doubted(tables["coverage"], capture.calls, frame.findings.unread, frame.findings.watch.found)
    return Normalized(
        **tables,
        unread=tuple(frame.findings.unread),
        problems=tuple(dict.fromkeys(frame.findings.problems)),
        elements=dict(frame.findings.elements),
        drift=frame.findings.watch.found,
    )


def _answered(capture: Capture, *, items: bool) -> list[Call]:
    return [call for call in capture.calls if call.outcome == OK and (call.kind is Kind.PROTECTED_ITEMS) is items]


def _index(frame: Frame, found: Iterable[Row], known: Iterable[Mapping[str, object]]) -> ItemIndex:
    of_vault = [row for row in known if row.get("vault_id") == frame.vault_id]
    coverage = frame.capture.coverage
    cut_short = any(one.kind is Kind.PROTECTED_ITEMS and one.outcome in _CUT_SHORT for one in coverage)
    return ItemIndex([*found, *of_vault], whole=not cut_short)


def _read(call: Call, frame: Frame, items: ItemIndex, tables: Tables) -> None:
    reader = SecondReader(call, frame) if call.kind in SECOND_KINDS else AnswerReader(call, frame, items)
    elements = read_answer(call, frame.findings)
    frame.findings.watch.see(call, [element.sent for element in elements])
    for element in elements:
        try:
            for table, row in reader.rows(element):
                tables[table].append(row)
            frame.findings.elements[call.call_id] += 1
        except UnreadableElementError as error:
            unread = Unread(call.call_id, call.kind, element.ordinal, str(error), element.whole_text())
            frame.findings.unread.append(unread)
