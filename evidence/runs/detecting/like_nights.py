"""Which sealed runs tell the jobs of earlier nights of the same weekday class, and their rows, file by file.

Not here: what is made of them (`detecting.runs`, `detecting.crowds`). Invariants: the jobs of a night are taken from one run alone, so that none counts
twice; as few runs are read as tell all nights, for each lists the jobs of several.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.trends.anomalies import weekday_class
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import SealedNight, sealed_nights
from evidence.runs.capture import NIGHTS_READ_AGAIN
from evidence.runs.sealed import SealedRows
from evidence.tables import JOBS

DICTIONARIES = ("vault_id", "item_key", "operation", "operation_kind", "status")


@dataclass(frozen=True, slots=True)
class Telling:
    """One run, and the nights whose jobs are taken from it."""

    run: SealedNight
    nights: tuple[date, ...]


def like_nights(before: date, count: int, skip: int = 0) -> list[date]:
    """Nights of the same weekday class before a night, the oldest first; `skip`: so many of the newest left out."""
    found: list[date] = []
    night = before
    while len(found) < count + skip:
        night -= timedelta(days=1)
        if weekday_class(night) == weekday_class(before):
            found.append(night)
    return found[skip:][::-1]


def telling(entries: Sequence[LedgerEntry], nights: Collection[date], last: date) -> Sequence[Telling]:
    """Runs for nights up to `last` that tell the jobs of these nights; a night that no sealed run tells is left out."""
    newest = {night: runs[-1] for night, runs in sealed_nights(entries).items() if night <= last}
    chosen: dict[date, list[date]] = {}
    for night in sorted(nights):
        # Later runs tell more: a job may end when its own night was read already.
        able = [night + timedelta(days=later) for later in reversed(range(NIGHTS_READ_AGAIN))]
        asked = [one for one in able if one in newest]
        if asked:
            again = [one for one in asked if one in chosen and one > night]
            chosen.setdefault((again or asked)[0], []).append(night)
    return [Telling(newest[one], tuple(many)) for one, many in sorted(chosen.items())]


def job_rows(
    sealed: SealedRows, told: Sequence[Telling], columns: Sequence[str]
) -> Iterator[tuple[SealedNight, pa.Table]]:
    """Rows of the nights that each run tells: memory holds one file."""
    azure, wanted = sealed.of_azure(), list(dict.fromkeys([*columns, "event_night"]))
    repeated = [name for name in DICTIONARIES if name in wanted]
    for one in told:
        days = pa.array(one.nights, pa.date32())
        for path in azure.paths(JOBS, one.run.night, one.run.night, {one.run.run_id}):
            rows = azure.file(JOBS, path, wanted, repeated)
            yield one.run, rows.filter(pc.is_in(rows["event_night"], value_set=days))
