"""A capture to the columns of all observed tables, page by page: the fast sibling of `normalize_capture`.

Not here: how columns are made. Invariant: rows, unread elements, problems, drift and counts are those of `normalize_capture`; only the
order in which rows are handed on differs, and tables are sorted when they are written.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from evidence.normalize.answers import Element, read_answer
from evidence.normalize.calls import call_row
from evidence.normalize.capture import Reader, answered, index_items, read_elements, reader_of
from evidence.normalize.coverage import coverage_row
from evidence.normalize.doubts import doubted
from evidence.normalize.drift import Drift, Met
from evidence.normalize.event_nights import EventNights
from evidence.normalize.fast.collector import collector_at_rest
from evidence.normalize.fast.columns import Columns
from evidence.normalize.fast.items import ItemColumns
from evidence.normalize.fast.jobs import JobColumns, restores_of
from evidence.normalize.fast.points import PointColumns
from evidence.normalize.fast.queues import Queue, Ways
from evidence.normalize.frames import Frame
from evidence.normalize.item_links import ITEM_COLUMNS, ItemIndex
from evidence.normalize.results import CaptureContext, Problem, Row, Unread, counted_problems, counted_unread
from evidence.records import Call, Capture, Kind
from evidence.tables import ALL, JOBS, PROTECTED_ITEMS, RESTORE_JOBS, from_rows

ROWS_AS_DICTS = 2_000
"""Rows held as Python objects, which weigh many times what they do in Arrow's columns."""

Take = Callable[[str, pa.Table], None]
"""Receives the rows of a table, part by part."""


@dataclass(frozen=True, slots=True)
class Tabulated:
    """What became of a capture, beside the rows that were handed on."""

    rows: Mapping[str, int]
    """Rows handed on, by table."""
    unread: tuple[Unread, ...]
    problems: tuple[Problem, ...]
    elements: Mapping[str, int]
    """Elements that gave rows, by call."""
    drift: Mapping[Drift, Met]

    def unread_counts(self) -> Mapping[str, int]:
        """Unread elements and bodies by reason, for people."""
        return counted_unread(self.unread)

    def problem_counts(self) -> Mapping[str, int]:
        """Unreadable values by table and field, for people."""
        return counted_problems(self.problems)


def tabulate_capture(
    capture: Capture, context: CaptureContext, known_items: Iterable[Mapping[str, object]] = (), *, take: Take
) -> Tabulated:
    """Hand the rows of one capture to `take`, in columns; `known_items` as in `normalize_capture`."""
    frame = Frame(capture, context, EventNights(context.calendar))
    tabulation = _Tabulation(frame, take)
    tabulation.rows("calls", [call_row(call, frame) for call in capture.calls])
    tabulation.read_items(answered(capture, items=True))
    tabulation.items = index_items(frame, tabulation.found_items, known_items)
    tabulation.read(answered(capture, items=False))
    told = tabulation.finished()
    coverage = [coverage_row(one, frame) for one in capture.coverage]
    tabulation.rows("coverage", doubted(coverage, capture.calls, told.unread, told.drift))
    return replace(told, rows=dict(tabulation.counted))


@dataclass(slots=True)
class _Tabulation:
    """One capture on its way into columns."""

    frame: Frame
    take: Take
    items: ItemIndex = field(default_factory=lambda: ItemIndex(()))
    found_items: list[Row] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    waiting: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    """Rows of the reference."""
    paged: set[str] = field(default_factory=set)
    """Calls whose elements went into columns, but for some."""

    def read_items(self, calls: Iterable[Call]) -> None:
        """Read the lists of items, by which jobs are linked."""
        self._read_all(calls, {Kind.PROTECTED_ITEMS: self._queue(ItemColumns(self.frame))})

    def read(self, calls: Iterable[Call]) -> None:
        """Read all other answers; a job's own one goes the slow way, for it is mostly details."""
        queues = {
            Kind.JOBS: self._queue(JobColumns(self.frame, self.items)),
            Kind.RECOVERY_POINTS: self._queue(PointColumns(self.frame)),
        }
        self._read_all(calls, queues)

    def rows(self, name: str, rows: Sequence[Row]) -> None:
        """Hand on rows of the reference."""
        if name == PROTECTED_ITEMS.name:
            self.found_items += rows
        if rows:
            self._hand_on(name, from_rows(ALL[name], rows))

    def finished(self) -> Tabulated:
        """What is told at the end, in the order in which the reference tells it."""
        findings = self.frame.findings
        order = {call.call_id: at for at, call in enumerate(sorted(self.frame.capture.calls, key=_after_items))}

        def place(told: Unread | Problem) -> tuple[int, int]:
            return order[told.call_id], told.ordinal or 0 if told.call_id in self.paged else 0

        return Tabulated(
            rows={},
            unread=tuple(sorted(findings.unread, key=place)),
            problems=tuple(dict.fromkeys(sorted(findings.problems, key=place))),
            elements=dict(+findings.elements),
            drift=dict(sorted(findings.watch.found.items(), key=lambda found: order[found[1].calls[0]])),
        )

    def _queue(self, columns: Columns) -> Queue:
        return Queue(columns, Ways(self._columns, self._by_reference, self._whole_by_reference, self.paged.add))

    def _read_all(self, calls: Iterable[Call], queues: Mapping[Kind, Queue]) -> None:
        with collector_at_rest():
            for call in calls:
                reader, queue = reader_of(call, self.frame, self.items), queues.get(call.kind)
                if queue is None:
                    self._whole_by_reference(reader)
                else:
                    queue.add(reader)
            for queue in queues.values():
                queue.build()
        for name in list(self.waiting):
            self.rows(name, self.waiting.pop(name))

    def _whole_by_reference(self, reader: Reader) -> None:
        call, findings = reader.call, self.frame.findings
        elements = read_answer(call, findings)
        findings.watch.see(call, [element.sent for element in elements])
        self._by_reference(reader, elements)

    def _by_reference(self, reader: Reader, elements: Iterable[Element]) -> int:
        handed_on = 0
        for element in elements:
            # All rows of an element are handed on together, so that who counts them finds it once.
            for name, row in list(read_elements(reader, (element,))):
                self.waiting[name].append(row)
                handed_on += 1
            for name in [name for name, rows in self.waiting.items() if len(rows) >= ROWS_AS_DICTS]:
                self.rows(name, self.waiting.pop(name))
        return handed_on

    def _columns(self, name: str, table: pa.Table) -> None:
        self._hand_on(name, table)
        if name == JOBS.name:
            self._hand_on(RESTORE_JOBS.name, restores_of(table))
        if name == PROTECTED_ITEMS.name:
            self.found_items += table.select(list(ITEM_COLUMNS)).to_pylist()

    def _hand_on(self, name: str, table: pa.Table) -> None:
        if table.num_rows:
            self.counted[name] += table.num_rows
            self.take(name, table)


def _after_items(call: Call) -> bool:
    """The reference reads lists of items first."""
    return call.kind is not Kind.PROTECTED_ITEMS
