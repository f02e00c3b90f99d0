"""Which stretches of time each vault's job lists were read whole for.

Not here: what follows for a slot (`assess.slots`). Invariant: a list that was not read whole covers nothing; stretches that touch are one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from evidence.nights import Calendar, Window, look_back
from evidence.records import WHOLE, Kind
from evidence.runs.capture import NIGHTS_READ_AGAIN
from evidence.runs.sealed import SealedRows
from evidence.tables import COVERAGE

_COLUMNS = ["night", "vault_id", "kind", "outcome", "reason"]


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of the jobs of one vault."""

    stretches: Sequence[Window] = ()
    """In order, none touching another."""
    reasons: Mapping[date, str] | None = None
    """Why a night's list was not read whole."""

    def until(self, at: datetime) -> datetime | None:
        """Until when jobs are known from a moment on; None where that moment was not read."""
        place = bisect_right(self.stretches, at, key=lambda one: one.start) - 1
        return self.stretches[place].end if place >= 0 and at < self.stretches[place].end else None


def jobs_read(sealed: SealedRows, calendar: Calendar, first: date, last: date) -> Mapping[str, Read]:
    """What the coverage of nights from first to last tells of the job lists, by vault."""
    whole: dict[str, set[date]] = defaultdict(set)
    reasons: dict[str, dict[date, str]] = defaultdict(dict)
    of_jobs = pa.scalar(str(Kind.JOBS))
    rows = sealed.of_azure().rows(
        COVERAGE,
        first=first,
        last=last,
        columns=_COLUMNS,
        where=lambda one: one.filter(pc.equal(one["kind"], of_jobs)),
    )
    for row in rows.to_pylist():
        if row["outcome"] in WHOLE:
            whole[row["vault_id"]].add(row["night"])
        else:
            reasons[row["vault_id"]][row["night"]] = (
                f"{row['outcome']}: {row['reason']}" if row["reason"] else row["outcome"]
            )
    vaults = sorted({*whole, *reasons})
    return {vault: Read(tuple(_stretches(whole[vault], calendar)), reasons.get(vault)) for vault in vaults}


def _stretches(nights: set[date], calendar: Calendar) -> Iterator[Window]:
    current: Window | None = None
    for night in sorted(nights):
        listed = calendar.span(look_back(night, NIGHTS_READ_AGAIN), night)
        if current is not None and listed.start <= current.end:
            current = Window(current.start, listed.end)
            continue
        if current is not None:
            yield current
        current = listed
    if current is not None:
        yield current
