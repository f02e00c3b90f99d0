"""Nights run stage by stage on a store in memory, a fake Azure and a fake clock: all that a run needs, without HTTP.

Not here: packs, which need a signer (`tests.fakes.packing`).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import named_paths
from evidence.ledger.ledger import Ledger
from evidence.nights import Calendar
from evidence.runs.assess import assess_night, standing_assessment
from evidence.runs.capture import Order
from evidence.runs.manifest import RunManifest
from evidence.runs.night import capture_stage, newest_run, seal_stage, tables_stage
from evidence.runs.parts import Parts
from evidence.runs.sealed import SealedRows
from evidence.settings import Configuration, parse_settings
from evidence.stores.interface import EvidenceStore
from evidence.tables import Table
from tests.fakes.bodies import SUBSCRIPTION, FakeItem, FakeJob, FakePoint, FakeVault
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore
from tests.fakes.source import FakeAzure, FakeSubscription

NIGHT = date(2026, 11, 20)
RAW = f"organisation: Contoso\nazure:\n  subscriptions: [{SUBSCRIPTION}]\n".encode()


def at(night: date, hours: float = 22.0) -> datetime:
    """A moment of a night, UTC; hours from midnight of its first day."""
    return datetime.combine(night, time(), UTC) + timedelta(hours=hours)


def entropy(first: int = 1) -> Callable[[int], bytes]:
    """Bytes that look random and are the same in each test."""
    numbers = itertools.count(first)
    return lambda size: next(numbers).to_bytes(size, "big")


@functools.cache
def configured(raw: bytes) -> Configuration:
    """The configuration in a file of these bytes."""
    return Configuration(Path("evidence.yaml"), raw, parse_settings(raw, "evidence.yaml"))


@dataclass
class Bench:
    """One store and one Azure, night by night."""

    store: EvidenceStore = field(default_factory=MemoryStore)
    clock: FakeClock = field(default_factory=FakeClock)
    calendar: Calendar = field(default_factory=Calendar)
    raw: bytes = RAW
    chance: Callable[[int], bytes] = field(default_factory=entropy)

    def __post_init__(self) -> None:
        self.azure = FakeAzure(self.clock)

    @property
    def memory(self) -> MemoryStore:
        """The store, where it is in memory."""
        assert isinstance(self.store, MemoryStore)
        return self.store

    @property
    def configuration(self) -> Configuration:
        """The configuration in force."""
        return configured(self.raw)

    @property
    def parts(self) -> Parts:
        """Fresh parts, as a new process has them."""
        return Parts(
            store=self.store,
            ledger=Ledger(self.store),
            clock=self.clock,
            calendar=self.calendar,
            entropy=self.chance,
            configuration_sha256=self.configuration.sha256,
            code_version="0.1.0+test",
            actor="tester",
        )

    def capture(self, night: date = NIGHT, *, again: bool = False, reason: str | None = None) -> RunManifest:
        """The first stage."""
        return capture_stage(self.parts, self.azure, Order(night, again, reason), workers=1).manifest

    def seal(self, night: date = NIGHT, *, again: bool = False, reason: str | None = None) -> LedgerEntry:
        """The stages up to the seal, each by a process of its own, as the assets do."""
        self.capture(night, again=again, reason=reason)
        tables_stage(self.parts, newest_run(self.parts, night))
        manifest = newest_run(self.parts, night)
        return seal_stage(self.parts, manifest, tables_stage(self.parts, manifest), self.configuration)

    def run(self, night: date = NIGHT, *, again: bool = False, reason: str | None = None) -> LedgerEntry:
        """All stages; gives the entry of the sealed night."""
        entry = self.seal(night, again=again, reason=reason)
        if standing_assessment(self.parts.ledger.entries(), night) is None:
            assess_night(self.parts, night)
        return entry

    def nights(self, count: int, first: date = NIGHT) -> None:
        """Run several nights."""
        for number in range(count):
            self.run(first + timedelta(days=number))

    def rows(self, table: Table, night: date | None = None) -> Sequence[Mapping[str, object]]:
        """Sealed rows of a table."""
        sealed = SealedRows(self.store, named_paths(self.parts.ledger.entries()))
        found: Sequence[Mapping[str, object]] = sealed.rows(table, first=night, last=night).to_pylist()
        return found

    def vault(self, name: str = "v1", **changes: object) -> FakeVault:
        """Add a vault to the first subscription, with a VM and its backup of the night."""
        vault = FakeVault(name, **changes)  # type: ignore[arg-type]  # passed on as they are
        home = next(one for one in self.azure.subscriptions if one.subscription_id == vault.subscription)
        home.vaults.append(vault)
        return vault


def backup(vault: FakeVault, night: date = NIGHT, name: str = "vm1", status: str | None = "Completed") -> FakeJob:
    """A backup of a VM in a night, with its point where it completed."""
    item = next((one for one in vault.items if one.name == name), None)
    if item is None:
        item = FakeItem(name)
        vault.items.append(item)
    job = FakeJob(f"backup-{vault.name}-{name}-{night}", name, at(night), status=status)
    vault.jobs.append(job)
    if status == "Completed":
        item.points.append(FakePoint(f"point-{night}", at(night, 22.01)))
    return job


def restore(vault: FakeVault, night: date, point_night: date, name: str = "vm1", **changes: object) -> FakeJob:
    """A restore of a VM from the point of a night."""
    job = FakeJob(
        f"restore-{vault.name}-{name}-{night}", name, at(night, 23), "Restore", point_at=at(point_night, 22.01)
    )
    for key, value in changes.items():
        setattr(job, key, value)
    vault.jobs.append(job)
    return job


def subscription(bench: Bench, subscription_id: str) -> FakeSubscription:
    """Add a subscription."""
    found = FakeSubscription(subscription_id)
    bench.azure.subscriptions.append(found)
    return found
