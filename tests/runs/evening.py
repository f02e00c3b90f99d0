"""One sealed night of two vaults and the evening after it, for tests of looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from evidence.runs.watch.asking import Asking
from evidence.runs.watch.look import Look, Watching, look
from tests.fakes.bench import NIGHT, Bench, at, backup, entropy
from tests.fakes.bodies import FakeJob, FakeVault
from tests.fakes.watched import WatchedAzure

NEXT = NIGHT + timedelta(days=1)
"""The night that runs while the tests look."""
TEN = at(NEXT, 22.5)


@cache
def _sealed() -> Bench:
    """The night, sealed once for all tests."""
    bench = Bench()
    backup(bench.vault("v1")), backup(bench.vault("v2", region="eastus"))
    bench.seal(NIGHT)
    bench.clock.reach(TEN)
    return bench


def evening() -> Bench:
    """A copy of it, as a machine that was started anew has it."""
    bench = deepcopy(_sealed())
    bench.chance = entropy(100)
    return bench


@dataclass
class Scene:
    """One sealed night of two vaults, and the evening after."""

    bench: Bench = field(default_factory=evening)
    reach: timedelta = timedelta(hours=24)

    def __post_init__(self) -> None:
        self.first, self.second = self.bench.azure.vaults
        self.source = WatchedAzure(self.bench.azure)
        self.elapsed: Callable[[], float] = lambda: 0.0

    def look(self, minutes: float = 0, first: Sequence[str] = ()) -> Look:
        """Look, some minutes after half past ten, in a process of its own."""
        self.bench.clock.reach(TEN + timedelta(minutes=minutes))
        asking = Asking(self.source, 30.0, 1, self.elapsed)
        watching = Watching(asking, self.reach, self.bench.configuration.raw)
        return look(self.bench.parts, watching, first)

    def fails(
        self, vault: FakeVault, name: str = "vm1", hours: float = 22.0, night: date = NEXT, **more: object
    ) -> FakeJob:
        """A backup that failed."""
        job = FakeJob(f"failed-{vault.name}-{name}-{night}-{hours}", name, at(night, hours), status="Failed", **more)  # type: ignore[arg-type]  # passed on
        vault.jobs.append(job)
        return job

    def kinds(self) -> list[str]:
        return [str(entry.kind) for entry in self.bench.parts.ledger.entries()]


def torn(*_: object) -> None:
    """Fall in the middle of a look."""
    raise RuntimeError("the machine fell")
