"""What every run is given: the store, the ledger, the clock and what identifies the code and its configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from evidence.clocks import Clock
from evidence.ledger.ledger import Ledger
from evidence.nights import Calendar
from evidence.notify.owners import Owners
from evidence.runs.approved import ApprovedPopulation
from evidence.runs.judging.rules import JudgementRules
from evidence.stores.interface import EvidenceStore


class Progress(Protocol):
    """Told how far long work has come; draws what it likes."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """`done` of `total`, the last one named `what`."""
        ...


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run works with; all that is time, chance or input and output."""

    store: EvidenceStore
    ledger: Ledger
    clock: Clock
    calendar: Calendar
    entropy: Callable[[int], bytes]
    """Random bytes, so many."""
    configuration_sha256: str
    code_version: str
    actor: str
    """Who runs it, as the ledger names it."""
    workers: int = 8
    """Vaults that are read at the same time."""
    approved: ApprovedPopulation | None = None
    """The approved list of what is expected, where one is configured."""
    judgement: JudgementRules = field(default_factory=JudgementRules)
    """By what nights are judged."""
    owners: Owners | None = None
    """Who owns what, where an owners file is configured."""

    def new_id(self) -> str:
        """An id that sorts by time and meets no other: `20261121T063000Z-1a2b3c4d`."""
        return f"{self.clock.now():%Y%m%dT%H%M%SZ}-{self.entropy(4).hex()}"


def told(moment: datetime) -> str:
    """A moment as the ledger writes it: RFC 3339, UTC, microseconds, Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
