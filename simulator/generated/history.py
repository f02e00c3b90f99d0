"""What happened: jobs and recovery points, item by item and night by night.

A function of the seed and the plan, computed when asked and kept. Nothing here depends on the clock; what is visible
at a moment is decided by the readers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

from simulator.generated.backups import Backups
from simulator.generated.estate import Estate
from simulator.generated.plan import build_plan
from simulator.generated.planned import Plan
from simulator.generated.restores import Restores
from simulator.generated.schedules import night_of, night_start
from simulator.generated.seeded import Seed
from simulator.generated.values import Item, Job, Point, Vault

BEFORE = 14
"""Nights before the first: the estate was there already, and look-backs find something."""


class History:
    """The past of one estate over a range of nights, and of the fourteen before."""

    def __init__(self, seed: Seed, estate: Estate, first: date, nights: int, plan: Plan | None = None) -> None:
        self.estate = estate
        self.first = first
        self.begin = first - timedelta(days=BEFORE)
        self.end = first + timedelta(days=nights)
        """First night on which nothing runs any more."""
        self.plan = build_plan(seed, estate, first, nights) if plan is None else plan
        self._backups = Backups(seed, self.plan)
        self._restores = Restores(seed)
        self._night = lru_cache(maxsize=None)(self._compute_night)
        self._found: dict[str, Job] = {}

    def nights(self) -> list[date]:
        """The nights asked for, without those before."""
        return [self.first + timedelta(days=number) for number in range((self.end - self.first).days)]

    def jobs(self, vault: Vault, first: datetime, last: datetime) -> list[Job]:
        """All jobs of a vault that start in a window, newest first."""
        night, end = max(night_of(first), self.begin), min(night_of(last), self.end - timedelta(days=1))
        found: list[Job] = []
        while night <= end:
            found.extend(job for job in self._night(vault.id, night) if first <= job.started_at <= last)
            night += timedelta(days=1)
        return sorted(found, key=lambda job: (job.started_at, job.job_id), reverse=True)

    def job(self, vault: Vault, job_id: str) -> Job | None:
        """One job by its id, whenever it was."""
        night = self.begin
        while job_id not in self._found and night < self.end:
            self._night(vault.id, night)
            night += timedelta(days=1)
        job = self._found.get(job_id)
        return job if job is not None and job.item.vault == vault else None

    def item_jobs(self, item: Item, night: date) -> list[Job]:
        """The jobs of one item that start in a night, oldest first."""
        return [job for job in self._night(item.vault.id, night) if job.item is item]

    def points(self, item: Item, now: datetime) -> list[Point]:
        """The recovery points of an item as they stand at a moment, newest first."""
        night = max(self.begin, night_of(now) - timedelta(days=item.policy.keep_days + 1))
        found: list[Point] = []
        while night <= night_of(now):
            found.extend(job.point for job in self.item_jobs(item, night) if job.point is not None)
            night += timedelta(days=1)
        seen = [point for point in found if point.visible_at <= now < point.expires_at]
        return sorted(seen, key=lambda point: point.at, reverse=True)

    def last_backup(self, item: Item, now: datetime) -> Job | None:
        """The backup of an item that ended last."""
        night = night_of(now)
        while night >= self.begin:
            ended = [job for job in self.item_jobs(item, night) if job.operation == "Backup" and job.ended_at <= now]
            if ended:
                return max(ended, key=lambda job: job.ended_at)
            night -= timedelta(days=1)
        return None

    def alive(self, item: Item, now: datetime) -> bool:
        """Whether an item's protection was set up, and not yet deleted."""
        made = self.plan.protected.get(item.key)
        gone = self.plan.deleted.get(item.key)
        return (made is None or made <= now) and (gone is None or now < gone)

    def _compute_night(self, vault_id: str, night: date) -> tuple[Job, ...]:
        jobs: list[Job] = []
        if self.begin <= night < self.end:
            for item in self.estate.items:
                if item.vault.id == vault_id and item.vault.readable:
                    jobs.extend(self._backups.jobs(item, night))
            jobs.extend(self._restored(vault_id, night))
        self._found.update((job.job_id, job) for job in jobs)
        return tuple(sorted(jobs, key=lambda job: job.started_at))

    def _restored(self, vault_id: str, night: date) -> Iterator[Job]:
        for planned in self.plan.restores:
            if planned.night == night and planned.item.vault.id == vault_id:
                source = night - timedelta(days=planned.nights_back)
                points = [job.point for job in self._backups.jobs(planned.item, source) if job.point is not None]
                yield self._restores.job(planned, points[-1], night_start(night))
