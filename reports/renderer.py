"""The product's Renderer: reports as PDF, tables as CSV.

Not here: how either is made (`html`, `pdf`, `csv`). Invariant: equal input gives equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from evidence.packs.interface import Report
from evidence.tables import Table
from reports.csv import csv_pieces
from reports.html import report_html
from reports.worker import PdfWorker, shared_worker


class ReportRenderer:
    """Implements `evidence.packs.interface.Renderer`."""

    def __init__(self, worker: PdfWorker | None = None) -> None:
        self._worker = worker or shared_worker()

    def pdf(self, report: Report) -> bytes:
        """PDF/A-3a, tagged, unsigned."""
        return self._worker.pdf(report_html(report))

    def csv(self, table: Table, batches: Iterable[pa.Table], left_out: frozenset[str]) -> Iterator[bytes]:
        """RFC 4180: CRLF, UTF-8, header; null is an empty cell, the empty text a pair of quotes."""
        return csv_pieces(table, batches, left_out)
