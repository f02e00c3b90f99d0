"""Sealed nights of one machine after another, with the durations and sizes that a test gives: what trends are found in."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from functools import cache

from evidence.ledger.folds import named_paths
from evidence.records import Kind, Outcome
from evidence.runs.sealed import SealedRows
from tests.fakes.bench import Bench, at, backup
from tests.fakes.bodies import FakeJob, FakeVault, sent

FIRST = date(2026, 11, 2)
"""A Monday."""
USUAL = (30.0, 31, 32, 30, 31, 32, 30, 31, 32, 30)
"""Minutes, night by night."""
AT_ONCE = 11
NEXT = date(2026, 11, 16)
"""The Monday after those."""


def weekdays(count: int) -> list[date]:
    """So many nights from a Monday on that are of the week, without its ends."""
    nights = [FIRST + timedelta(days=number) for number in range(2 * count + 7)]
    return [night for night in nights if night.weekday() < 5][:count]


def took(job: FakeJob, minutes: float, megabytes: float | None = None) -> FakeJob:
    """Let a job take so long, and move so much."""
    assert job.started_at is not None
    job.properties |= {
        "endTime": sent(job.started_at + timedelta(minutes=minutes)),
        "duration": f"PT{minutes * 60:.0f}S",
    }
    if megabytes is not None:
        bag = {"propertyBag": {"Data Transferred (in MB)": f"{megabytes}"}}
        job.properties |= {"extendedInfo": {"tasksList": [], **bag}}
    return job


def crowd(vault: FakeVault, night: date, jobs: int) -> None:
    """So many machines backed up at once."""
    for number in range(jobs):
        backup(vault, night, f"vm{number:02}").started_at = at(night, 22 + number / 3600)


def fleet() -> tuple[Bench, FakeVault, FakeVault]:
    """A copy of ten sealed weekday nights of two vaults, and those: eleven machines of each run at once, for USUAL minutes.

    `new` is protected from the second night on; the second vault's jobs were not listed on the first three nights.
    """
    bench = copy.deepcopy(_fleet())
    one, two = bench.azure.subscriptions[0].vaults
    return bench, one, two


@cache
def _fleet() -> Bench:
    bench = Bench()
    one, two = bench.vault("v1"), bench.vault("v2")
    for number, night in enumerate(weekdays(len(USUAL))):
        crowd(one, night, AT_ONCE)
        crowd(two, night, AT_ONCE)
        two.spoiled = {Kind.JOBS: (Outcome.NOT_REACHED, "HTTP 503 ServerTimeout")} if number < 3 else {}
        if number:
            backup(one, night, "new").started_at = at(night, 23.5)
        for job in (*one.jobs, *two.jobs):
            if job.job_id.endswith(str(night)):
                took(job, USUAL[number])
        bench.seal(night)
    return bench


def rows_of(bench: Bench) -> SealedRows:
    """What is sealed."""
    return SealedRows(bench.store, named_paths(bench.parts.ledger.entries()))
