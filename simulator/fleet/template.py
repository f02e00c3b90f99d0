"""The one vault that a fleet repeats: so many items, all machines or half of them, and one restore a hundred items a night.

A function of its arguments alone. Not here: telling it again under other names (`world`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta

from simulator.generated.estate import Estate
from simulator.generated.planned import Plan, PlannedRestore, RestoreKind
from simulator.generated.seeded import Seed
from simulator.generated.values import Item, Policy, Vault, Workload

TEMPLATE = "fleet-00000"
"""Name of the template vault; all vaults of a fleet have names of this length, so that bodies keep theirs."""
RESOURCE_GROUP = "rg-fleet"
ITEMS_A_RESTORE = 100
_DATABASES_A_SERVER = 10
_SHARES_AN_ACCOUNT = 10


def template_estate(seed: Seed, items: int, *, machines_only: bool, keep_days: int) -> Estate:
    """One vault with so many items: machines only, or half machines, a quarter SQL databases and a quarter file shares."""
    machine = Policy("fleet-vm", Workload.VM, time(22), keep_days)
    database = Policy("fleet-sql", Workload.SQL, time(23), keep_days, log_minutes=60)
    share = Policy("fleet-files", Workload.FILES, time(22, 30), keep_days)
    subscription = seed.guid("fleet")
    policies = (machine,) if machines_only else (machine, database, share)
    vault = Vault(subscription, RESOURCE_GROUP, TEMPLATE, "westeurope", "GeoRedundant", policies=policies)
    machines = items if machines_only else items // 2
    databases = (items - machines) // 2
    made = (
        *(_machine(vault, machine, number) for number in range(machines)),
        *(_database(vault, database, number) for number in range(databases)),
        *(_share(vault, share, number) for number in range(items - machines - databases)),
    )
    return Estate((subscription,), (vault,), made)


def template_plan(estate: Estate, first: date, nights: int) -> Plan:
    """Restores of other machines each night, one for a hundred items; nothing fails."""
    return Plan({}, tuple(_restores(estate, first, nights)))


def _restores(estate: Estate, first: date, nights: int) -> Iterator[PlannedRestore]:
    machines = [item for item in estate.items if item.workload is Workload.VM]
    each = -(-len(estate.items) // ITEMS_A_RESTORE)
    for number in range(nights):
        for place in range(each):
            item = machines[(number * each + place) % len(machines)]
            yield PlannedRestore(RestoreKind.VM_DISKS, item, first + timedelta(days=number))


def _machine(vault: Vault, policy: Policy, number: int) -> Item:
    return Item(vault, Workload.VM, f"vm-{number:04}", "rg-machines", policy, size_mb=20_000)


def _database(vault: Vault, policy: Policy, number: int) -> Item:
    server, place = divmod(number, _DATABASES_A_SERVER)
    return Item(vault, Workload.SQL, f"db{place:02}", "rg-data", policy, f"sql-{server:03}", "MSSQLSERVER", 5_000)


def _share(vault: Vault, policy: Policy, number: int) -> Item:
    account, place = divmod(number, _SHARES_AN_ACCOUNT)
    return Item(vault, Workload.FILES, f"share{place:02}", "rg-storage", policy, f"stfleet{account:03}")
