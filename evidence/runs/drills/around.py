"""What sealed rows tell around a restore: the point of an id, whether the Activity Log was read, tags of the target, and how the item was before.

Not here: what follows from it (`evidence.drills.classify`, `asked_for`). Invariants: nights are read as they are needed, each once; what was not read
tells nothing, neither yes nor no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.sides import subscription_of
from evidence.drills.classify import Signals
from evidence.drills.values import Execution
from evidence.nights import Calendar
from evidence.records import WHOLE, Kind, Outcome
from evidence.runs.capture import NIGHTS_READ_AGAIN
from evidence.runs.sealed import SealedRows
from evidence.tables import COVERAGE, INVENTORY, PROTECTED_ITEMS, RECOVERY_POINTS

MACHINES = "microsoft.compute/virtualmachines"
DAY = timedelta(days=1)
_NIGHTS_OF_TAGS = 2
"""Nights from the restore's on in which the target may be listed: a drill's copy seldom lives longer."""
_NIGHTS_AFTER, _NIGHTS_BEFORE = range(3), range(-1, -36, -1)
"""Nights, from the restore's own on, whose lists are searched for a point: after it, then before it."""
_POINT = ("item_key", "recovery_point_id", "recovery_point_at", "consistency", "tiers", "observed_at")
_GONE = frozenset({"deleted", "disabled"})
_STOPPED = frozenset({"protectionstopped", "protectionerror", "protectionpaused", "backupssuspended"})
_UNHEALTHY = frozenset({"actionrequired", "unhealthy", "failed", "error"})
_ITEM = ("item_key", "observed_at", "protection_state", "health", "soft_deleted")


@dataclass(frozen=True, slots=True)
class PointSeen:
    """A recovery point as a list told it."""

    point_id: str
    at: datetime | None
    consistency: str | None
    tiers: tuple[str, ...]

    @property
    def only_tier(self) -> str | None:
        """Where it lies, where that is one place: else it is not told from which one was restored."""
        told = [tier.partition("=") for tier in self.tiers]
        there = [name for name, _, state in told if state.casefold() not in _GONE]
        return there[0] if len(there) == 1 else None


@dataclass(slots=True)
class Around:
    """Answers from sealed rows of Azure; remembers what it read."""

    sealed: SealedRows
    calendar: Calendar
    items: frozenset[str] = frozenset()
    """Keys of items whose points are asked about."""
    _points_read: dict[date, Mapping[tuple[str, str], PointSeen]] = field(default_factory=dict)
    _read: dict[tuple[date, str], frozenset[str]] = field(default_factory=dict)
    _machines: dict[date, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)

    def point_at(self, execution: Execution, point_id: str) -> PointSeen | None:
        """A recovery point of a restore's item as the list nearest after the restore tells it; None where none of the lists around held it."""
        if execution.started_at is None or execution.item_key is None:
            return None
        night, named = self.calendar.night_of(execution.started_at), (execution.item_key, point_id.casefold())
        for one in (*_NIGHTS_AFTER, *_NIGHTS_BEFORE):
            seen = self._points(night + one * DAY).get(named)
            if seen is not None:
                return seen
        return None

    def log_read(self, execution: Execution) -> bool:
        """Whether the Activity Log of the job's night was read whole, that night or by one that reads it again."""
        if execution.started_at is None:
            return False
        night = self.calendar.night_of(execution.started_at)
        subscription = subscription_of(execution.vault_id)
        return any(
            subscription in self.whole(night + timedelta(days=ahead), Kind.ACTIVITY_LOG)
            for ahead in range(NIGHTS_READ_AGAIN)
        )

    def whole(self, night: date, kind: Kind) -> frozenset[str]:
        """Vaults or subscriptions of which a kind was read whole by a run of a night, late or not."""
        if (night, str(kind)) not in self._read:
            columns = ["vault_id", "kind", "outcome"]
            rows = self.sealed.of_azure().rows(COVERAGE, first=night, last=night, columns=columns).to_pylist()
            self._read[night, str(kind)] = frozenset(
                row["vault_id"] for row in rows if row["kind"] == str(kind) and row["outcome"] in WHOLE
            )
        return self._read[night, str(kind)]

    def signals(self, execution: Execution) -> Signals:
        """What is known around a restore besides its job."""
        return Signals(self._tags(execution), self._unhealthy(execution))

    def machines(self, night: date) -> Mapping[str, Mapping[str, Any]]:
        """Machines that Resource Graph listed on a night, by lower-cased ARM id."""
        if night not in self._machines:
            rows = self.sealed.of_azure().rows(
                INVENTORY,
                first=night,
                last=night,
                columns=["thing_key", "resource_type", "observed_at", "envelope"],
                where=lambda one: one.filter(pc.equal(one["resource_type"], pa.scalar(MACHINES))),
            )
            self._machines[night] = {row["thing_key"]: row for row in rows.to_pylist()}
        return self._machines[night]

    def was_listed(self, machine: str, ended: datetime, before: date) -> bool:
        """Whether Resource Graph listed a machine after the restore that made it had ended, on a night before another."""
        first = self.calendar.night_of(ended)
        rows = (
            self.machines(night).get(machine)
            for night in nights_between(first, first + timedelta(days=_NIGHTS_OF_TAGS))
            if night < before
        )
        return any(row is not None and row["observed_at"] >= ended for row in rows)

    def resources_listed_at(self, night: date, subscription: str) -> datetime | None:
        """When Resource Graph had told a night's resources of a subscription; None where it was not read whole, or told nothing at all."""
        columns = ["vault_id", "kind", "outcome", "observed_at"]
        rows = self.sealed.of_azure().rows(COVERAGE, first=night, last=night, columns=columns).to_pylist()
        told = [
            row["observed_at"]
            for row in rows
            if (row["vault_id"], row["kind"], row["outcome"])
            == (subscription, str(Kind.GRAPH_RESOURCES), str(Outcome.COLLECTED))
        ]
        return max(told, default=None)

    def _points(self, night: date) -> Mapping[tuple[str, str], PointSeen]:
        """Points of the items that are asked about, as a night's lists tell them."""
        if night not in self._points_read:
            wanted = pa.array(sorted(self.items), pa.string())
            rows = self.sealed.of_azure().rows(
                RECOVERY_POINTS,
                first=night,
                last=night,
                columns=_POINT,
                where=lambda one: one.filter(pc.is_in(one["item_key"], value_set=wanted)),
            )
            self._points_read[night] = {
                (row["item_key"], row["recovery_point_id"].casefold()): PointSeen(
                    row["recovery_point_id"], row["recovery_point_at"], row["consistency"], tuple(row["tiers"] or ())
                )
                for row in sorted(rows.to_pylist(), key=lambda row: row["observed_at"])
            }
        return self._points_read[night]

    def _tags(self, execution: Execution) -> Mapping[str, str]:
        """Tags of the machine that was restored, as Resource Graph listed it after the restore."""
        machine = machine_of(execution)
        if machine is None or execution.ended_at is None:
            return {}
        night = self.calendar.night_of(execution.ended_at)
        for ahead in range(_NIGHTS_OF_TAGS):
            row = self.machines(night + timedelta(days=ahead)).get(machine)
            if row is not None and row["observed_at"] >= execution.ended_at:
                return _tags_in(row["envelope"])
        return {}

    def _unhealthy(self, execution: Execution) -> bool | None:
        """Whether the item was stopped, deleted or unhealthy when it was last listed in the day before; None where it was not listed."""
        began, item = execution.started_at, execution.item_key
        if began is None or item is None:
            return None
        night = self.calendar.night_of(began)
        rows = self.sealed.of_azure().rows(
            PROTECTED_ITEMS,
            first=night - 2 * DAY,
            last=night,
            columns=_ITEM,
            where=lambda one: one.filter(pc.equal(one["item_key"], pa.scalar(item))),
        )
        told = [row for row in rows.to_pylist() if began - DAY <= row["observed_at"] <= began]
        return _is_unhealthy(max(told, key=lambda row: row["observed_at"])) if told else None


def machine_of(execution: Execution) -> str | None:
    """Lower-cased ARM id of the machine that a restore made; None where its parts are not told. No subscription: that of the vault."""
    target = execution.target
    if not (target.resource_group and target.name) or "/" in target.name:
        return None
    home = f"/subscriptions/{target.subscription_id}" if target.subscription_id else subscription_of(execution.vault_id)
    return f"{home}/resourcegroups/{target.resource_group}/providers/{MACHINES}/{target.name}".lower()


def _is_unhealthy(row: Mapping[str, Any]) -> bool:
    state, health = str(row["protection_state"] or "").casefold(), str(row["health"] or "").casefold()
    return bool(row["soft_deleted"]) or state in _STOPPED or health in _UNHEALTHY


def _tags_in(envelope: str | None) -> Mapping[str, str]:
    told = orjson.loads(envelope) if envelope else {}
    tags = told.get("tags") if isinstance(told, dict) else None
    return {name.lower(): str(value) for name, value in tags.items()} if isinstance(tags, dict) else {}


def nights_between(first: date, last: date) -> Sequence[date]:
    """All nights from the first to the last."""
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
