"""Until when the objects of one new entry are promised by the configuration in use: what is set on them as soon as the entry was read back.

Not here: promises that rest on other entries (`register`), which the nightly test sets later. Invariant: no day given here is later than the promise of the
register, so that what is set at first is never too long.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from evidence.ledger.chain import path_of
from evidence.ledger.entries import LedgerEntry
from evidence.nights import Calendar
from evidence.retention.policies import Policy
from evidence.retention.promises import Adopted, Regime, ruled
from evidence.retention.truth import protected_until
from evidence.runs.retention.configurations import CURRENT
from evidence.runs.retention.origins import read_files
from evidence.runs.retention.wanted import beyond
from evidence.settings.retention import Retention


@dataclass(frozen=True, slots=True)
class FirstPromise:
    """Promises by the configuration in use."""

    calendar: Calendar
    retention: Retention
    configuration_sha256: str
    minimum_days: int = 0

    def __call__(self, entry: LedgerEntry) -> Iterator[tuple[str, datetime]]:
        """Each object of an entry, and its own file, with the first moment at which it may go."""
        current = Adopted(CURRENT, self.configuration_sha256, Policy(self.retention))
        files = read_files([entry], self.calendar)
        for row in range(len(files)):
            origin = files.origins[files.owners[row]]
            day = ruled(origin, Regime((), current)).day
            yield files.paths[row].as_py(), self._moment(day, entry.at.date())
        yield path_of(entry.sequence), self._moment(None, entry.at.date())

    def _moment(self, day: date | None, sealed: date) -> datetime:
        """What is kept for ever, or as good as that: to the end of the year after next, and longer by later tests."""
        last = date(sealed.year + 2, 12, 31) if day is None or day >= beyond(sealed) else day
        return protected_until(max(last, sealed + timedelta(days=self.minimum_days)), self.calendar.time_zone)
