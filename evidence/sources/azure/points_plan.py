"""Whose recovery points are read tonight, and in which order: what must be proven comes first, then what was longest unread.

Pure: from tonight's items, policies and jobs, and from what earlier nights remember. Not here: asking (`points`). Invariants: an item
whose expected backup nothing else proves is due every night, and every item at least twice within the shortest life of its points;
where anything needed to decide is not known, the item is due (DESIGN section 6).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Final

from evidence.nights import Window
from evidence.records import CaptureRequest, ItemMemory, Vault
from evidence.sources.azure.items import Item
from evidence.sources.azure.named_items import began_at, ended_at, is_backup, is_restore, named_by
from evidence.sources.azure.policy_terms import UNKNOWN, PolicyTerms
from evidence.sources.azure.questions import Row
from evidence.tiers import ItemFacts, TierRule, tier_of

SHORTEST_DAYS: Final = 7
"""Life of a point where its policy is not known: the shortest that a daily policy may order."""
MOST_NIGHTS_UNREAD: Final = 90
"""However long points live, they are read once in so many nights."""
_ONE_DAY: Final = timedelta(days=1)
_TOP_TIERS: Final = (0, 1)
_NEVER: Final = ItemMemory()


class Need(IntEnum):
    """Why an item is due; smaller comes first."""

    RESTORED = 0
    """It was restored: the point must be seen before it expires."""
    EXPIRING = 1
    """Points made since it was last read begin to expire unseen. Without this rank what is never urgent would starve."""
    UNPROVEN = 2
    """Nothing but a list can show that an expected backup left a point."""
    TURN = 3
    """It is its turn within the life of its points."""


@dataclass(frozen=True, slots=True)
class Due:
    """An item to be read."""

    item: Item
    need: Need
    tier: int | None
    unread: int
    """Nights since it was last read."""
    retention_days: int

    @property
    def order(self) -> tuple[int, int, int, str]:
        """What comes first is smaller; equal in all else, items follow their ids, so that the order is the same every time."""
        if self.need is Need.EXPIRING:
            return self.need, 0, self.retention_days - self.unread, self.item.key
        tier = self.tier if self.tier in _TOP_TIERS else len(_TOP_TIERS)
        return self.need, tier or 0, -self.unread, self.item.key


@dataclass(frozen=True, slots=True)
class PointsPlan:
    """What is read tonight, and what is not."""

    due: tuple[Due, ...]
    """In the order in which they are asked."""
    proven: int
    """Items left out because the item list tells a last recovery point inside the night."""
    idle: int
    """Items left out because no backup was expected of them."""
    unnamed_restores: int
    """Restore jobs that name no item listed, so that no item is read for them."""


@dataclass(frozen=True, slots=True)
class Planner:
    """What all items of a vault are judged by."""

    vault: Vault
    request: CaptureRequest
    policies: Mapping[str, PolicyTerms]
    """By lower-cased policy id."""
    tiers: Sequence[TierRule] = ()

    def plan(self, items: Sequence[Item], jobs: Sequence[Row]) -> PointsPlan:
        """The plan for these items, given tonight's jobs."""
        restored, unnamed = self._restored(items, jobs)
        late = self._finished_late(items, jobs)
        due = []
        proven = idle = 0
        for item in items:
            need = Need.RESTORED if item.key in restored else self._need(item, came_late=item.key in late)
            if need is not None:
                due.append(self._due(item, need))
            elif self._is_proven(item):
                proven += 1
            else:
                idle += 1
        return PointsPlan(tuple(sorted(due, key=lambda one: one.order)), proven, idle, unnamed)

    def _need(self, item: Item, *, came_late: bool) -> Need | None:
        if self._unread(item) >= max(self._retention(item) - 1, self.interval(item) + 1):
            return Need.EXPIRING
        if self.request.late or came_late or self._is_unproven(item):
            return Need.UNPROVEN
        missed = self._memory(item).missed
        if any(not one.proven and self._may_run(item, one.night) for one in missed):
            return Need.UNPROVEN
        nights = [self.request.night, *(one.night for one in missed)]
        interval = self.interval(item)
        turn = any(is_turn(item.key, night, interval) for night in nights)
        return Need.TURN if turn or self._unread(item) >= interval else None

    def _due(self, item: Item, need: Need) -> Due:
        facts = ItemFacts(item.name, item.key, self.vault.name, self.vault.vault_id, self.vault.region, item.workload)
        return Due(item, need, tier_of(facts, self.tiers), self._unread(item), self._retention(item))

    def interval(self, item: Item) -> int:
        """Nights between two readings, so that each point is seen twice while it lives, with a night to spare."""
        return max(1, min((self._retention(item) - 1) // 2, MOST_NIGHTS_UNREAD))

    def _terms(self, item: Item) -> PolicyTerms:
        return self.policies.get(item.policy_id or "", UNKNOWN)

    def _retention(self, item: Item) -> int:
        # What was stopped or deleted lives by other rules than its policy's.
        return SHORTEST_DAYS if item.is_stopped else self._terms(item).retention_days or SHORTEST_DAYS

    def _memory(self, item: Item) -> ItemMemory:
        return self.request.points.items.get(self.vault.vault_id, {}).get(item.key, _NEVER)

    def _unread(self, item: Item) -> int:
        """Nights since the last reading; of an item never read, the nights remembered."""
        read_at, since = self._memory(item).read_at, self.request.points.since
        if read_at is None:
            # It was not read on the first of them either, so it comes before what was.
            return max(0, (self.request.night - since).days + 1) if since is not None else 0
        return max(0, math.ceil((self.request.window.end - read_at) / _ONE_DAY))

    def _may_run(self, item: Item, night: date) -> bool:
        window = self.request.window
        shift = _ONE_DAY * (self.request.night - night).days
        shifted = Window(window.start - shift, window.end - shift)
        return not item.is_stopped and self._terms(item).may_run_in(shifted)

    def _is_unproven(self, item: Item) -> bool:
        return not self._is_proven(item) and self._may_run(item, self.request.night)

    def _is_proven(self, item: Item) -> bool:
        """Whether the last point that the list tells is that of the one backup expected in this night.

        In a night of 25 hours a daily policy may run twice.
        """
        window, at = self.request.window, item.last_point_at
        return at is not None and at in window and self._terms(item).runs_once and window.end - window.start <= _ONE_DAY

    def _restored(self, items: Sequence[Item], jobs: Sequence[Row]) -> tuple[frozenset[str], int]:
        found: set[str] = set()
        unnamed = 0
        for job in jobs:
            if is_restore(job):
                named = named_by(job, items)
                unnamed += not named
                found |= {item.key for item in named if not self._read_since(item, began_at(job))}
        return frozenset(found), unnamed

    def _read_since(self, item: Item, began: datetime | None) -> bool:
        """Whether its points were read after a restore of an earlier night had begun, so that the point restored was seen then."""
        read_at = self._memory(item).read_at
        return began is not None and began < self.request.window.start and read_at is not None and read_at > began

    def _finished_late(self, items: Sequence[Item], jobs: Sequence[Row]) -> frozenset[str]:
        """Items with a backup that began before this night and had not ended when the last night was captured."""
        start = self.request.window.start
        return frozenset(
            item.key for job in jobs if is_backup(job) and _reaches(job, start) for item in named_by(job, items)
        )


def _reaches(job: Row, start: datetime) -> bool:
    began, ended = began_at(job), ended_at(job)
    return began is not None and began < start and (ended is None or ended >= start)


def is_turn(item_key: str, night: date, interval: int) -> bool:
    """Whether a night is an item's own one of so many; items are spread over them."""
    offset = int.from_bytes(hashlib.sha256(item_key.encode()).digest()[:8])
    return (night.toordinal() + offset) % interval == 0


def resting(plan: PointsPlan) -> Iterator[str]:
    """What is said of items that are not due tonight."""
    count = plan.proven + plan.idle
    if count:
        told = "1 item is" if count == 1 else f"{count} items are"
        proven = f"the item list tells the last recovery point of {plan.proven}" if plan.proven else ""
        idle = f"no backup was expected of {plan.idle}" if plan.idle else ""
        yield f"{told} not due tonight: {', '.join(part for part in (proven, idle) if part)}"
    if plan.unnamed_restores:
        jobs = "1 restore job names" if plan.unnamed_restores == 1 else f"{plan.unnamed_restores} restore jobs name"
        yield f"{jobs} no item listed, so no points were read for it"
