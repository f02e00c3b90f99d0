"""Servers outside Azure: one with an agent (MAB) and one that a DPM machine backs up, in the shapes of the SDK's models.

No such item or job was ever recorded, so nothing here is more than the models say. Every night each of them is backed up and succeeds;
what goes wrong is planted among the recorded kinds. No clock here: what is visible at a moment is decided by the readers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.generated.history import History
from simulator.generated.schedules import night_of, night_start
from simulator.generated.seeded import Seed
from simulator.generated.values import Vault

AGENT, ENGINE = "MAB", "DPM"
HOME = "rsv-prod-neu"
"""The vault that they are registered with."""
_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ServerItem:
    """Something of a server that is backed up."""

    vault: Vault
    management_type: str
    workload: str
    name: str
    server: str
    """Server that holds it, as the owner spells it."""
    engine: str = ""
    """DPM machine that backs it up."""
    hour: int = 15
    """Hours after the cut-over at which its backup begins."""

    @property
    def key(self) -> str:
        """Short unique name, for the seed."""
        return f"{self.vault.name}/{self.management_type}/{self.server}/{self.name}"


@dataclass(frozen=True, slots=True)
class ServerJob:
    """One backup of such an item; it always completes."""

    item: ServerItem
    job_id: str
    activity_id: str
    started_at: datetime
    ended_at: datetime


_PLANNED = (
    (AGENT, "FileFolder", "C:\\", "FS-BRANCH-01.contoso.example", "", 14),
    (AGENT, "SystemState", "System State", "FS-BRANCH-01.contoso.example", "", 16),
    (ENGINE, "SQLDB", "Archive2019", "SQL-DC-07.contoso.example", "DPM-DC-01.contoso.example", 15),
    (ENGINE, "FileFolder", "D:\\Shares", "FS-DC-02.contoso.example", "DPM-DC-01.contoso.example", 17),
)


class Servers:
    """All server items of a world, with their jobs."""

    def __init__(self, history: History, seed: Seed) -> None:
        self._history, self._seed = history, seed
        self._items = tuple(
            ServerItem(vault, *planned) for vault in history.estate.vaults if vault.name == HOME for planned in _PLANNED
        )

    def items(self, vault: Vault) -> tuple[ServerItem, ...]:
        """Those of one vault."""
        return tuple(item for item in self._items if item.vault == vault)

    def tell(self) -> list[dict[str, str]]:
        """What there is, for tests."""
        return [
            {
                "vault_id": item.vault.id,
                "management_type": item.management_type,
                "name": item.name,
                "server": item.server,
                "engine": item.engine,
            }
            for item in self._items
        ]

    def jobs(self, vault: Vault, first: datetime, last: datetime) -> list[ServerJob]:
        """Jobs that start in a window, oldest first; those of an agent are there once they have ended, not before."""
        found = (job for item in self.items(vault) for job in self._of(item, first, last))
        return sorted(found, key=lambda job: (job.started_at, job.job_id))

    def last(self, item: ServerItem, now: datetime) -> ServerJob | None:
        """The backup that ended last."""
        return next(iter(self.kept(item, now)), None)

    def kept(self, item: ServerItem, now: datetime) -> list[ServerJob]:
        """Backups whose points are still kept, newest first."""
        found = [job for job in self._of(item, now - _KEPT, now) if job.ended_at <= now]
        return sorted(found, key=lambda job: job.started_at, reverse=True)

    def _of(self, item: ServerItem, first: datetime, last: datetime) -> Iterator[ServerJob]:
        night = max(night_of(first), self._history.begin)
        while night <= min(night_of(last), self._history.end - timedelta(days=1)):
            seconds = self._seed.between(0, 600, "server", item.key, night)
            start = night_start(night) + timedelta(hours=item.hour, seconds=seconds, microseconds=250_000)
            if first <= start <= last:
                length = timedelta(seconds=self._seed.between(240, 3000, "server-length", item.key, night))
                name, activity = (self._seed.guid(what, item.key, night) for what in ("server-job", "server-activity"))
                yield ServerJob(item, name, activity, start, start + length)
            night += timedelta(days=1)
