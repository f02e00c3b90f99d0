"""What the register promises of each object, as the test of the store asks for it; files of the ledger among them.

Not here: the promises themselves (`evidence.retention.register`). Invariants: what was disposed of is not asked for; what is kept for ever is protected as far
ahead as the longest promise that ends, rounded up, so that its protection is lengthened once a year and not every night.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from evidence.ledger.chain import path_of
from evidence.ledger.entries import LedgerEntry
from evidence.retention.calendar import day_numbered, number_of
from evidence.retention.register import Register
from evidence.retention.truth import Wanted, protected_until

LEDGER = "ledger/"
FARTHEST = timedelta(days=145_000)
"""A promise that ends later is protected as what is kept for ever: Azure takes no policy of more than 146,000 days."""


@dataclass(frozen=True)
class Promises:
    """The register and the ledger, asked object by object."""

    register: Register
    entries: Sequence[LedgerEntry]
    time_zone: str
    minimum_days: int = 0
    """Protection from sealing on, at least."""
    leaving: frozenset[str] = frozenset()
    """Objects whose deletion began with approval, and of which no tombstone tells yet: they may be there or not."""
    forged: frozenset[str] = frozenset()
    """Objects whose tombstones rest on approvals that nobody signed: they are looked for as if there were none."""

    @cached_property
    def horizon(self) -> date:
        """Last day of the longest promise that ends and that a policy can reach; a year from now at least."""
        ahead = self.register.today + timedelta(days=366)
        longest: date | None = self.register.last_day(self.register.days < self._lasting)
        return ahead if longest is None else max(longest, ahead)

    @property
    def lasting_until(self) -> date:
        """To which day protection is set of what is kept for ever: the end of the year after the horizon."""
        return date(self.horizon.year + 1, 12, 31)

    @cached_property
    def asked(self) -> npt.NDArray[np.bool_]:
        """Which objects of the register are looked for."""
        found = ~self.register.gone
        for path in self.forged:
            row = self.register.files.find(path)
            if row is not None:
                found[row] = True
        return found

    def may_be_gone(self, wanted: Wanted) -> bool:
        """Whether its absence is none to tell: its deletion began, and no hold came since, with which it would have stayed."""
        return wanted.path in self.leaving and not wanted.held

    @cached_property
    def let_go(self) -> npt.NDArray[np.bool_]:
        """Which objects a hold kept that was released, and none keeps now."""
        found = np.zeros(len(self.register), np.bool_)
        for hold in self.register.standing.holds:
            if not hold.stands:
                found |= self.register.covered(hold)
        return found & ~self.register.held

    def row(self, path: str) -> int | None:
        """Number of an object that is looked for; None for any other path."""
        found = self.register.files.find(path)
        return found if found is not None and self.asked[found] else None

    def is_gone(self, path: str) -> bool:
        """Whether a tombstone stands for it."""
        found = self.register.files.find(path)
        return found is not None and not self.asked[found]

    def wanted(self, row: int) -> Wanted:
        """What is promised of an object by its number."""
        files, number = self.register.files, int(self.register.days[row])
        day = self.horizon if number >= self._lasting else day_numbered(number)
        origin = files.origins[int(files.owners[row])]
        least = origin.sealed_at.date() + timedelta(days=self.minimum_days)
        until = protected_until(max(day or self.horizon, least), self.time_zone)
        sha256 = files.hashes[row].tobytes().hex()
        path = files.paths[row].as_py()
        return Wanted(path, int(files.sizes[row]), sha256, until, bool(self.register.held[row]))

    def sealed_at(self, row: int) -> datetime:
        """When an object was sealed."""
        files = self.register.files
        return files.origins[int(files.owners[row])].sealed_at

    def ledger_file(self, path: str) -> Wanted | None:
        """What is promised of a file of the ledger: its bytes were read and verified with the chain; None for any other path."""
        return self._ledger.get(path)

    def ledger_files(self) -> Iterator[Wanted]:
        """Every file of the ledger."""
        return iter(self._ledger.values())

    def protect_until(self, wanted: Wanted) -> datetime:
        """To which moment protection is set where it does not reach: for what is kept for ever further than it must."""
        row = self.register.files.find(wanted.path)
        lasts = row is None or int(self.register.days[row]) >= self._lasting
        return max(wanted.until, protected_until(self.lasting_until, self.time_zone)) if lasts else wanted.until

    @cached_property
    def _lasting(self) -> int:
        """Number of the first day that is as good as never."""
        return number_of(beyond(self.register.today))

    @cached_property
    def _ledger(self) -> dict[str, Wanted]:
        until = protected_until(self.horizon, self.time_zone)
        found = {}
        for entry in self.entries:
            data = entry.to_bytes()
            path = path_of(entry.sequence)
            found[path] = Wanted(path, len(data), hashlib.sha256(data).hexdigest(), until)
        return found


def beyond(today: date) -> date:
    """The first day to which no protection is set, as if it never came."""
    return min(today, date.max - FARTHEST) + FARTHEST
