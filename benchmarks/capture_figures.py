"""What a capture of a fleet shows, and the targets that it must meet.

Not here: capturing (`benchmarks.capture`). Invariant: pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

FLAT_MIB = 64
"""Growth of memory from a tenth of the fleet to all of it that still counts as flat: what is remembered of 90,000 items more."""
LATENCY_MS = 50
WORKERS = 8
CALLS_A_VAULT = 15
SLOWER_THAN_LATENCY = 1.3


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is captured."""

    vaults: int
    items: int
    half: bool
    keep_days: int

    @property
    def argument(self) -> str:
        """As the simulator takes it."""
        return f"{self.vaults}x{self.items}{':half' if self.half else ''}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One capture and what it shows."""

    name: str
    fleet: Fleet
    found: Mapping[str, Any]

    @property
    def calls(self) -> int:
        """All calls of the night."""
        return sum(self.found["calls"].values())

    @property
    def ratio(self) -> float:
        """Wall time against what latency alone takes with so many workers."""
        return float(self.found["wall_s"] / (self.calls * LATENCY_MS / 1000 / WORKERS))

    def lines(self) -> Iterator[str]:
        """For people."""
        fleet, found = self.fleet, self.found
        naive = fleet.vaults * fleet.items * 2
        yield f"{self.name}: {fleet.vaults} vaults x {fleet.items} items, points kept {fleet.keep_days} days"
        yield f"  calls      {self.calls:,} ({self.calls / fleet.vaults:.1f} a vault; one call an item and a job: {naive:,})"
        yield "             " + ", ".join(f"{kind} {count:,}" for kind, count in found["calls"].items())
        yield f"  wall time  {found['wall_s']:.1f} s, {self.ratio:.2f} x (calls x {LATENCY_MS} ms / {WORKERS}); CPU {found['cpu_s']:.1f} s"
        yield f"  memory     {found['peak_mib']} MiB at most, {found['before_mib']} before the first call"
        for gap, count in found["gaps"].items():
            yield f"  gap        {count} x {gap}"


def missed(found: Mapping[str, Figure]) -> Iterator[str]:
    """Targets that were not met."""
    small, large = found["machines, a tenth"], found["machines"]
    if large.calls > CALLS_A_VAULT * large.fleet.vaults:
        yield f"{large.calls} calls are more than {CALLS_A_VAULT} a vault"
    if large.ratio > SLOWER_THAN_LATENCY:
        yield f"wall time is {large.ratio:.2f} x what latency takes, more than {SLOWER_THAN_LATENCY}"
    grown = (large.found["peak_mib"] - large.found["before_mib"]) - (
        small.found["peak_mib"] - small.found["before_mib"]
    )
    if grown > FLAT_MIB:
        yield f"memory grew by {grown} MiB from {small.fleet.vaults} to {large.fleet.vaults} vaults"
    for figure in found.values():
        if figure.found["gaps"]:
            yield f"{figure.name}: not everything was read"
