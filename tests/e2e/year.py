"""A year and a day of nights from the simulator, sealed for real and one after the other, on its clock.

Not here: what is asserted. Each night is captured over HTTP, normalized, judged, sealed and packed as the nightly run does, without Dagster around it; packs have
real CSV, and real pages on the last night of a month.
"""

from __future__ import annotations

import multiprocessing
import queue
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pyarrow as pa

from evidence.compose import Composition, find_configuration
from evidence.drills.values import Person as Named
from evidence.errors import EvidenceError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import SealedPack, packs
from evidence.packs.interface import Renderer, Report
from evidence.packs.night import ensure_night_pack
from evidence.retention.register import Register
from evidence.runs.assess import assess_night
from evidence.runs.capture import Order
from evidence.runs.night import capture_stage, newest_run, seal_stage, tables_stage
from evidence.runs.parts import Parts
from evidence.runs.retention.deciding import Person
from evidence.runs.retention.register import read_register
from evidence.runs.signed_decisions import Sealer
from evidence.tables import Table
from reports.csv import csv_pieces
from reports.renderer import ReportRenderer
from simulator.tokens import PRINCIPAL
from tests.e2e.scene import Scene
from tests.fakes.identities import identity_of
from tests.fakes.packs import plain_pdf

FIRST = date(2026, 1, 1)
NIGHTS = 366
"""A year and a day."""
PERSONS = tuple(
    Named(PRINCIPAL.tenant_id, f"2222222{number}-0000-4000-8000-000000000002", f"Person {number}")
    for number in range(3)
)


def ends_month(night: date) -> bool:
    """Whether it is the last night of a month."""
    return (night + timedelta(days=1)).day == 1


@dataclass
class MonthEnds:
    """Real CSV always; real pages for the last night of a month, one line for every other."""

    real: Renderer = field(default_factory=ReportRenderer)

    def pdf(self, report: Report) -> bytes:
        """The pages."""
        last = ends_month(date.fromisoformat(report.pack_id[-16:-6]))
        return self.real.pdf(report) if last else plain_pdf(report.pack_id)

    def csv(self, table: Table, batches: Iterable[pa.Table], left_out: frozenset[str]) -> Iterator[bytes]:
        """As the product writes it."""
        return csv_pieces(table, batches, left_out)


@dataclass
class Year:
    """One store, filled night by night."""

    scene: Scene

    @cached_property
    def composition(self) -> Composition:
        """The parts of one process that lives for a year."""
        return Composition(find_configuration(self.scene.config))

    @property
    def parts(self) -> Parts:
        """What runs work with."""
        return self.composition.parts

    @property
    def entries(self) -> Sequence[LedgerEntry]:
        """The whole ledger."""
        return self.parts.ledger.entries()

    def night(self, night: date, packing: Packing) -> None:
        """All stages of a night, an hour after it ended; judged are the last nights of months, because a judgement reads the thirty nights before."""
        with packing.clock:
            self.reach(night + timedelta(days=1), time(7))
        capture_stage(self.parts, self.composition.source, Order(night))
        run = tables_stage(self.parts, newest_run(self.parts, night))
        seal_stage(self.parts, newest_run(self.parts, night), run, self.composition.configuration)
        if ends_month(night):
            assess_night(self.parts, night)
        packing.tell(night)

    def reach(self, day: date, moment: time = time(12)) -> None:
        """Move the simulator's clock on."""
        self.scene.reach(datetime.combine(day, moment, UTC))

    def packs(self) -> Sequence[SealedPack]:
        """Packs of nights, in order."""
        (series,) = packs(self.entries).values()
        return series

    def register(self, entries: Sequence[LedgerEntry], now: datetime) -> Register:
        """The register of the store."""
        return read_register(self.composition.keeper, entries, now)

    def person(self, number: int) -> Person:
        """A person, signed in."""
        identity = identity_of(PERSONS[number], self.composition.clock.now().replace(microsecond=0))
        return Person(identity, Sealer(self.composition.sealing_signer, self.composition.authority), None)


@dataclass
class Packing:
    """A process that builds the pack of each night that it is told, while the next night is captured."""

    process: SpawnProcess
    nights: multiprocessing.Queue[date | None]
    clock: AbstractContextManager[object]
    """Held while a pack is built: one that was stamped a day after it says it was sealed is refused, as it should be."""

    def tell(self, night: date | None) -> None:
        """Hand over a night; None ends it."""
        while True:
            try:
                return self.nights.put(night, timeout=5)
            except queue.Full:
                assert self.process.is_alive(), f"the process that packs ended with {self.process.exitcode}"


@contextmanager
def packing(config: Path) -> Iterator[Packing]:
    """The process, for the time of the block; all packs are built when it ends."""
    context = multiprocessing.get_context("spawn")
    clock, nights = context.Lock(), context.Queue(maxsize=2)
    process = context.Process(target=_pack, args=(config, nights, clock), daemon=True)
    process.start()
    made = Packing(process, nights, clock)
    yield made
    made.tell(None)
    process.join()
    assert process.exitcode == 0, process.exitcode


def _pack(config: Path, nights: multiprocessing.Queue[date | None], clock: AbstractContextManager[object]) -> None:
    composition = Composition(find_configuration(config))
    sealing, (scope,) = composition.sealing(MonthEnds()), composition.scopes()
    while (night := nights.get()) is not None:
        try:
            with clock:
                ensure_night_pack(composition.parts, sealing, scope, night)
        except EvidenceError as error:
            # The other process only learns that this one ended.
            sys.stderr.write("\n".join([str(night), *error.diagnostics(), ""]))
            raise
