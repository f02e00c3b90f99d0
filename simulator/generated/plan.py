"""What goes wrong, and what is restored, on which night: planted so that tests know the truth.

A pattern of ten nights that repeats with other items in longer ranges. Items are taken by the seed; no item has two
incidents within ten nights. Nothing is planted before the first night.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from simulator.generated.estate import Estate
from simulator.generated.failures import AGENT, CANCELLED, EXTENSION, HANA_DOWN, INTERNAL, KEY_VAULT, TRANSFER
from simulator.generated.planned import Deviation, Incident, Plan, PlannedRestore, RestoreKind
from simulator.generated.schedules import night_start
from simulator.generated.seeded import Seed
from simulator.generated.values import Failure, Item, Workload

PERIOD = 10


class _Picker:
    """Hands out items, none twice."""

    def __init__(self, items: list[Item]) -> None:
        self._left = items

    def take(
        self, workload: Workload, *, vault: str = "", policy: str = "", name: str = "", instance: str = ""
    ) -> Item:
        """The next item of a workload whose vault, policy and instance names hold these pieces."""
        for number, item in enumerate(self._left):
            if (
                item.workload == workload
                and vault in item.vault.name
                and policy in item.policy.name
                and name in ("", item.name)
                and instance in item.instance
            ):
                return self._left.pop(number)
        raise LookupError(f"No {workload} item is left in {vault!r} under {policy!r}.")


def build_plan(seed: Seed, estate: Estate, first: date, nights: int) -> Plan:
    """Plant the pattern in every ten nights of a range; deletions and new items in the first ten only."""
    regular = [item for item in estate.items if item.vault.readable and _nightly(item)]
    picker = _Picker(seed.shuffled(regular, "plan", "lifetime"))
    gone = {picker.take(Workload.VM, vault="-weu", policy="Default").key, picker.take(Workload.FILES, vault="-neu").key}
    new = picker.take(Workload.VM, vault="-eus", policy="Default").key
    incidents: list[Incident] = []
    restores: list[PlannedRestore] = []
    for begin in range(0, nights, PERIOD):
        left = [item for item in regular if item.key not in gone and item.key != new]
        period = _Picker(seed.shuffled(left, "plan", begin))
        start = first + timedelta(days=begin)
        ambiguous = period.take(Workload.SQL, name="Inventory", instance="REPORTING")
        incidents.extend(_incidents(period, start))
        snapshot = next(found.item for found in reversed(incidents) if found.family == "snapshot-expiring")
        restores.extend(_restores(period, start, ambiguous, snapshot))
    last = first + timedelta(days=nights)
    day = night_start(first)
    return Plan(
        {(incident.item.key, incident.night): incident for incident in incidents if incident.night < last},
        tuple(restore for restore in restores if restore.night < last),
        dict.fromkeys(sorted(gone), day + timedelta(days=6, hours=4, minutes=15, seconds=7)),
        {new: day + timedelta(days=5, hours=8, minutes=2, seconds=11)},
    )


def _nightly(item: Item) -> bool:
    return item.policy.weekday is None and item.policy.every_hours is None


def _incidents(picker: _Picker, start: date) -> Iterator[Incident]:
    def on(family: str, what: Deviation, item: Item, failure: Failure | None, *offsets: int) -> Iterator[Incident]:
        for offset in offsets:
            yield Incident(family, what, item, start + timedelta(days=offset), failure)

    vm, sql = Workload.VM, Workload.SQL
    for vault in ("prod-weu", "prod-neu", "prod-eus"):
        yield from on("guest-agent", Deviation.FAILED, picker.take(vm, vault=vault), AGENT, 2, 3, 4)
    for vault in ("prod-weu", "data-weu", "prod-eus"):
        yield from on("extension", Deviation.FAILED, picker.take(sql, vault=vault, policy="Hourly"), EXTENSION, 7, 8)
    yield from on("key-vault", Deviation.FAILED, picker.take(vm), KEY_VAULT, 6)
    yield from on("hana-down", Deviation.FAILED, picker.take(Workload.HANA), HANA_DOWN, 7)
    yield from on("retry", Deviation.RETRIED, picker.take(vm, policy="Default"), INTERNAL, 1)
    yield from on("silent-vm", Deviation.MISSED, picker.take(vm), None, 3)
    yield from on("silent-sql", Deviation.MISSED, picker.take(sql, policy="Hourly"), None, 4, 5)
    yield from on("silent-files", Deviation.MISSED, picker.take(Workload.FILES), None, 8)
    yield from on("slow", Deviation.SLOW, picker.take(vm), None, 4)
    yield from on("slow-failed", Deviation.SLOW_THEN_FAILED, picker.take(vm), INTERNAL, 5)
    yield from on("snapshot-expiring", Deviation.SNAPSHOT_ONLY, picker.take(vm, policy="Default"), TRANSFER, 5)
    yield from on("snapshot-cancelled", Deviation.SNAPSHOT_ONLY, picker.take(vm), CANCELLED, 8)


def _restores(picker: _Picker, start: date, ambiguous: Item, snapshot: Item) -> Iterator[PlannedRestore]:
    vm, sql, hourly = Workload.VM, Workload.SQL, "Hourly"
    planned = (
        (2, RestoreKind.VM_ALTERNATE, picker.take(vm, policy="Default")),
        (3, RestoreKind.VM_DISKS, picker.take(vm)),
        (3, RestoreKind.SQL_RANGE, picker.take(sql, vault="prod", policy=hourly)),
        (4, RestoreKind.SQL_ALTERNATE, picker.take(sql, policy=hourly)),
        (5, RestoreKind.SQL_AMBIGUOUS, ambiguous),
        (5, RestoreKind.FILES_ALTERNATE, picker.take(Workload.FILES)),
        (6, RestoreKind.FILES_EMPTY, picker.take(Workload.FILES)),
        (6, RestoreKind.VM_ORIGINAL, picker.take(vm)),
        (7, RestoreKind.HANA_ALTERNATE, picker.take(Workload.HANA)),
        (7, RestoreKind.SQL_NO_TIME, picker.take(sql, policy=hourly)),
        (7, RestoreKind.VM_DISKS_EXPIRING, snapshot),
        (8, RestoreKind.SQL_LATE, picker.take(sql, policy=hourly)),
        (9, RestoreKind.VM_FAILED, picker.take(vm)),
    )
    for offset, kind, item in planned:
        back = 2 if kind is RestoreKind.VM_DISKS_EXPIRING else 1
        yield PlannedRestore(kind, item, start + timedelta(days=offset), back)
