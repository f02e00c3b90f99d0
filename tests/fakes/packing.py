"""What packs are sealed with in tests: a signer and an authority in memory, and a renderer that sets no pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from evidence.errors import TimestampError
from evidence.packs.interface import Report
from evidence.packs.sealing import Sealing
from evidence.tables import Table
from reports.csv import csv_pieces
from tests.fakes.authority import FakeAuthority
from tests.fakes.bench import Bench
from tests.fakes.packs import plain_pdf, the_signer


@dataclass
class FakeRenderer:
    """Keeps the reports that it was given; real CSV, a PDF of one line."""

    reports: list[Report] = field(default_factory=list)

    def pdf(self, report: Report) -> bytes:
        """A PDF of one page."""
        self.reports.append(report)
        return plain_pdf(report.pack_id)

    def csv(self, table: Table, batches: Iterable[pa.Table], left_out: frozenset[str]) -> Iterator[bytes]:
        """As the product writes it."""
        return csv_pieces(table, batches, left_out)


class FailingAuthority:
    """An authority that is not there."""

    url = "memory:nobody"

    def stamp(self, data: bytes) -> bytes:
        """Fail."""
        raise TimestampError("The authority does not answer.", cause="connection refused\nby nobody.")


def sealing(bench: Bench, *, stamped: bool = True, renderer: FakeRenderer | None = None) -> Sealing:
    """What packs of a bench are sealed with, on its clock."""
    now: Callable[[], datetime] = bench.clock.now
    return Sealing(
        signer=the_signer(),
        authority=FakeAuthority(now) if stamped else None,
        renderer=renderer or FakeRenderer(),
        organisation="Contoso",
        keep_years=1,
        audit_year_starts="01-01",
    )
