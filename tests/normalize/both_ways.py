"""Holds the fast way and the reference together: the same rows, unread elements, problems, drift and counts, in the same types."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from unittest.mock import patch

import pyarrow as pa

from evidence.normalize import CaptureContext, Normalized, normalize_capture
from evidence.normalize.fast import Tabulated, tabulate_capture
from evidence.records import Call, Capture
from evidence.tables import OBSERVED, Table, empty, from_rows, joined, ordered
from tests.normalize.shapes import CONTEXT, capture

Rows = Mapping[str, pa.Table]


def tabulated(
    of: Capture, context: CaptureContext = CONTEXT, known: Sequence[Mapping[str, object]] = ()
) -> tuple[Rows, Tabulated]:
    """The tables of the fast way, in the order of their files."""
    parts: defaultdict[str, list[pa.Table]] = defaultdict(list)
    with patch("evidence.normalize.fast.learned.WORTH_LEARNING", 1):  # else single elements would be the reference's
        told = tabulate_capture(of, context, known, take=lambda name, rows: parts[name].append(rows))
    rows = {table.name: sorted_rows(table, joined(table, parts[table.name])) for table in OBSERVED}
    return rows, told


def by_reference(result: Normalized) -> Rows:
    """The tables of the reference, in the order of their files."""
    found = {table.name: (table, result.tables()[table.name]) for table in OBSERVED}
    return {
        name: sorted_rows(table, from_rows(table, rows) if rows else empty(table))
        for name, (table, rows) in found.items()
    }


def sorted_rows(table: Table, rows: pa.Table) -> pa.Table:
    """Rows in the order of their file; sorting none takes as long as sorting a few."""
    return ordered(table, rows) if rows.num_rows else rows


def compare(
    of: Capture, context: CaptureContext = CONTEXT, known: Sequence[Mapping[str, object]] = ()
) -> tuple[Rows, Tabulated]:
    """Both ways give the same; returns what the fast one gave."""
    slow = normalize_capture(of, context, known)
    rows, told = tabulated(of, context, known)
    for name, wanted in by_reference(slow).items():
        found = rows[name]
        assert found.equals(wanted, check_metadata=True), (name, different(found, wanted))
    assert told.unread == slow.unread
    assert told.problems == slow.problems
    assert told.elements == slow.elements
    assert list(told.drift.items()) == list(slow.drift.items())
    assert told.rows == {name: len(found) for name, found in slow.tables().items() if found}
    return rows, told


def different(found: pa.Table, wanted: pa.Table) -> list[tuple[str, object, object]]:
    """Columns that differ, with the first values that do."""
    pairs = {name: (found[name].to_pylist(), wanted[name].to_pylist()) for name in wanted.column_names}
    return [
        (name, *next((pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]), ("number", "of rows")))
        for name, (ours, theirs) in pairs.items()
        if ours != theirs
    ]


def compare_calls(*calls: Call, known: Sequence[Mapping[str, object]] = ()) -> Rows:
    """The same for calls of one capture."""
    return compare(capture(calls), known=known)[0]
