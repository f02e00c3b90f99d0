"""A quarter of restore drills: twenty items of every workload in three vaults, and what is restored of them when.

For tests of those who must find drills. Nothing fails but what is told here: two drills go wrong and are done again, one is never done, two restores beside
them bear no sign of a drill although persons start them, one database is restored by nobody knows whom, and one machine is recovered in place.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta

from simulator.generated.backup_vaults.estate import BLOBS, DISKS, SERVERS, Protected
from simulator.generated.backup_vaults.history import MadeBackups
from simulator.generated.backup_vaults.values import BackupVault
from simulator.generated.backup_vaults.values import PlannedRestore as InstanceRestore
from simulator.generated.backup_vaults.values import Policy as InstancePolicy
from simulator.generated.backup_vaults.values import Source as InstanceSource
from simulator.generated.catalogue import DEFAULT, FILES_DAILY, HANA_DAILY, SQL_DAILY, VaultPlan
from simulator.generated.estate import Estate, build_estate
from simulator.generated.planned import Plan, PlannedRestore, RestoreKind
from simulator.generated.seeded import Seed
from simulator.generated.values import Caller, Item
from simulator.generated.world import GeneratedWorld, Made

QUARTER = "restore-quarter"
PAGE = 50
FIRST, SECOND, RETESTS = 5, 33, 54
"""Nights of the restores, counted from the first night of the world: two rounds, and what is done again."""
ANNA = Caller("anna.berg@contoso.example", "a11a0000-0000-4000-8000-000000000001")
BO = Caller("bo.lind@contoso.example", "b0b00000-0000-4000-8000-000000000002")
RUNNER = Caller("d4a10000-0000-4000-8000-0000000000aa", "d4a10000-0000-4000-8000-000000000003", is_service=True)
"""Restores on a schedule of its own."""

VAULTS = (
    VaultPlan(
        0,
        "rg-quarter-weu",
        "rsv-quarter-weu",
        "westeurope",
        "GeoRedundant",
        machines=(("pay", 3, DEFAULT), ("web", 5, DEFAULT)),
        databases=(
            ("sql-weu-21", "MSSQLSERVER", ("Orders", "Payments", "Ledger", "Archive"), SQL_DAILY),
            ("hana-weu-21", "P21", ("P21", "BW21"), HANA_DAILY),
        ),
        shares=(("stquarterweu", ("finance", "homes", "scans"), FILES_DAILY),),
    ),
    VaultPlan(1, "rg-quarter-neu", "rsv-quarter-neu", "northeurope", "ZoneRedundant", machines=(("app", 4, DEFAULT),)),
)
VAULTED_BLOBS = InstancePolicy("blob-vaulted", InstanceSource.BLOBS, 30, time(1), store="VaultStore")
BACKUP_VAULT = "bvault-quarter-weu"
_PROTECTED: Protected = {
    BACKUP_VAULT: (
        (DISKS, "rg-disks-weu", ("disk-pay-data", "disk-web-data")),
        (VAULTED_BLOBS, "rg-storage-weu", ("stblobquarter",)),
        (SERVERS, "rg-postgres-weu", ("pg-shop-weu",)),
    )
}
_K = RestoreKind


def quarter_world(seed: int, first: date, nights: int) -> GeneratedWorld:
    """The quarter under the ids of a seed, its first night first."""
    estate = build_estate(Seed(seed), VAULTS)
    last = first + timedelta(days=nights)
    restores = tuple(one for one in _restores(estate, first) if one.night < last)
    of_instances = tuple(one for one in _of_instances(first) if one.night < last)
    backups = MadeBackups((_backup_vault(estate.subscriptions[0]),), _PROTECTED, of_instances)
    return GeneratedWorld(seed, first, nights, Made(estate, Plan({}, restores), PAGE, backups))


def _backup_vault(subscription: str) -> BackupVault:
    policies = (BLOBS, DISKS, SERVERS, VAULTED_BLOBS)
    return BackupVault(subscription, "rg-quarter-weu", BACKUP_VAULT, "westeurope", "GeoRedundant", policies=policies)


def _restores(estate: Estate, first: date) -> Iterator[PlannedRestore]:
    def on(offset: int, kind: RestoreKind, name: str, by: Caller | None, **changes: str) -> PlannedRestore:
        return PlannedRestore(
            kind,
            _named(estate, name),
            first + timedelta(days=offset),
            asked_by=by,
            group=changes.get("group"),
            target=changes.get("target"),
        )

    yield from (on(FIRST, _K.VM_ALTERNATE, f"vm-pay-weu-{number:02}", ANNA) for number in (1, 2))
    yield from (on(FIRST, _K.VM_DISKS, f"vm-web-weu-{number:02}", RUNNER) for number in (1, 2))
    yield from (on(FIRST, _K.SQL_ALTERNATE, name, ANNA) for name in ("Orders", "Payments"))
    yield on(FIRST, _K.HANA_ALTERNATE, "P21", BO)
    yield on(FIRST, _K.FILES_ALTERNATE, "finance", BO, target="stdrill01/finance-drill-2026q3")
    yield on(FIRST, _K.FILES_EMPTY, "homes", BO, target="stdrill01/homes-drill-2026q3")
    yield from (on(SECOND, _K.VM_ALTERNATE, f"vm-app-neu-{number:02}", ANNA) for number in (1, 2, 3))
    yield on(SECOND, _K.SQL_ALTERNATE, "Ledger", BO)
    yield on(SECOND, _K.VM_DISKS, "vm-web-weu-03", RUNNER)
    yield on(RETESTS, _K.SQL_ALTERNATE, "Payments", ANNA)
    yield on(RETESTS, _K.FILES_ALTERNATE, "homes", BO, target="stdrill01/homes-drill-2026q3")
    yield from (on(SECOND, _K.VM_DISKS, name, ANNA, group="rg-apps") for name in ("vm-web-weu-04", "vm-web-weu-05"))
    yield on(SECOND, _K.SQL_ALTERNATE, "Archive", None, target="sql-app-01/MSSQLSERVER/Archive_copy")
    yield on(SECOND, _K.VM_ORIGINAL, "vm-app-neu-04", ANNA)


def _of_instances(first: date) -> Iterator[InstanceRestore]:
    for offset, resource, by in (
        (FIRST, "disk-pay-data", ANNA),
        (FIRST, "stblobquarter", BO),
        (SECOND, "disk-web-data", RUNNER),
        (SECOND, "pg-shop-weu", BO),
    ):
        yield InstanceRestore(resource, first + timedelta(days=offset), by)


def _named(estate: Estate, name: str) -> Item:
    return next(item for item in estate.items if item.name == name)
