"""Scenarios: a small estate of branch offices and databases in three regions, and what goes wrong there on which night.

For tests of those who must be told: `branch-backups` (fail and are retried within the night; one in vain), `database-job` (one database
fails), `regional-extension` (one extension fails in the vaults of three regions on two nights in a row, then backups succeed again; one of
them leaves no point at first). Nothing else is planted, so whoever reports more, reports too much.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta

from simulator.errors import SimulatorError
from simulator.generated.catalogue import DEFAULT, SQL_DAILY, VaultPlan
from simulator.generated.estate import Estate, build_estate
from simulator.generated.failures import AGENT, EXTENSION, VM_EXTENSION
from simulator.generated.planned import Deviation, Incident, Plan
from simulator.generated.quarter import QUARTER, quarter_world
from simulator.generated.seeded import Seed
from simulator.generated.values import Failure, Item, Policy, Workload
from simulator.generated.world import GeneratedWorld, Made

BRANCH_BACKUPS, DATABASE_JOB, REGIONAL_EXTENSION = SCENARIOS = ("branch-backups", "database-job", "regional-extension")
PAGE = 50
BRANCH = Policy("branch-nightly", Workload.VM, time(20), 30)


def _branches(subscription: int, region: str, short: str) -> VaultPlan:
    return VaultPlan(
        subscription,
        f"rg-branch-{short}",
        f"rsv-branch-{short}",
        region,
        "GeoRedundant",
        machines=(("branch", 3, BRANCH), ("dc", 1, DEFAULT)),
    )


VAULTS = (
    _branches(0, "westeurope", "weu"),
    _branches(0, "northeurope", "neu"),
    _branches(1, "eastus", "eus"),
    VaultPlan(
        0,
        "rg-sql-weu",
        "rsv-sql-weu",
        "westeurope",
        "GeoRedundant",
        databases=(("sql-weu-11", "MSSQLSERVER", ("Orders", "Payments", "Ledger"), SQL_DAILY),),
    ),
)


def scenario_world(names: Sequence[str], seed: int, first: date, nights: int) -> GeneratedWorld:
    """The small estate with the scenarios of these names; raises SimulatorError for a name that is none."""
    for name in names:
        if name not in (*SCENARIOS, QUARTER):
            raise SimulatorError(f"No scenario is called {name!r}. Known are {', '.join((*SCENARIOS, QUARTER))}.")
    if QUARTER in names:
        if len(names) > 1:
            raise SimulatorError(f"{QUARTER} has an estate of its own: no other scenario goes with it.")
        return quarter_world(seed, first, nights)
    estate = build_estate(Seed(seed), VAULTS)
    planted = [one for one in _incidents(estate, first) if one.family in names]
    last = first + timedelta(days=nights)
    plan = Plan({(one.item.key, one.night): one for one in planted if one.night < last}, ())
    return GeneratedWorld(seed, first, nights, Made(estate, plan, PAGE))


def _incidents(estate: Estate, first: date) -> Iterator[Incident]:
    def on(family: str, what: Deviation, name: str, failure: Failure | None, *offsets: int) -> Iterator[Incident]:
        for offset in offsets:
            yield Incident(family, what, _named(estate, name), first + timedelta(days=offset), failure)

    for short in ("weu", "neu"):
        yield from on(BRANCH_BACKUPS, Deviation.RETRIED, f"vm-branch-{short}-01", AGENT, 0)
    yield from on(BRANCH_BACKUPS, Deviation.RETRIED_IN_VAIN, "vm-branch-eus-01", AGENT, 0)
    yield from on(DATABASE_JOB, Deviation.FAILED, "Payments", EXTENSION, 0)
    for short in ("weu", "neu", "eus"):
        yield from on(REGIONAL_EXTENSION, Deviation.FAILED, f"vm-branch-{short}-02", VM_EXTENSION, 0, 1)
    yield from on(REGIONAL_EXTENSION, Deviation.WITHOUT_POINT, "vm-branch-eus-02", None, 2)


def _named(estate: Estate, name: str) -> Item:
    return next(item for item in estate.items if item.name == name)
