"""A period with something of everything that figures count: failures, silence, restores, gaps, second sources, drift, uploads none."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from evidence.packs.account import Account, reckon
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.select import select
from evidence.records import Kind, Outcome
from tests.fakes.bench import NIGHT, Bench, at, backup, restore
from tests.fakes.bodies import SUBSCRIPTION, FakeItem, FakeJob
from tests.fakes.second_sources import machine

DAYS = tuple(NIGHT + timedelta(days=number) for number in range(4))


@cache
def rich() -> Bench:
    """Three nights of four sealed, the last of them late; two vaults, one of them once not read."""
    bench = Bench()
    bench.azure.notes = "2 vaults listed are outside the configured patterns and not asked"
    one, two = bench.vault("v1"), bench.vault("v2", region="northeurope")
    graph = bench.azure.subscriptions[0].graph
    graph.resources.append(machine("unprotected", SUBSCRIPTION))
    for night in DAYS[:2]:
        backup(one, night)
        backup(one, night, "vm2", status="Failed")
        backup(two, night, "vm3", status="CompletedWithWarnings")
    one.jobs.append(FakeJob("failed-again", "vm2", at(DAYS[0], 23), status="Failed"))
    one.jobs.append(FakeJob("still-running", "vm1", at(DAYS[1], 23), status="InProgress"))
    one.jobs.append(FakeJob("of-nobody", "nobody", at(DAYS[1], 23.5), status="Failed"))
    retried = backup(one, DAYS[0], "vm4")
    one.jobs.append(FakeJob("first-try", "vm4", at(DAYS[0], 22.1), status="Failed"))
    retried.started_at = at(DAYS[0], 22.5)
    one.items[-1].points[-1].at = at(DAYS[0], 22.51)
    one.items.append(FakeItem("silent"))
    one.items.append(FakeItem("logged", database=True, ranges=[(at(DAYS[0]), at(DAYS[1]))]))
    restore(one, DAYS[1], DAYS[0])
    restore(one, DAYS[1], DAYS[0], "vm9", point_at=None)
    bench.run(DAYS[0])
    one.items = [item for item in one.items if item.name != "silent"]
    two.spoiled[Kind.JOBS] = (Outcome.NOT_REACHED, "HTTP 503 ServerTimeout")
    bench.run(DAYS[1])
    del two.spoiled[Kind.JOBS]
    bench.clock.reach(bench.calendar.window(DAYS[3] + timedelta(days=2)).end)
    bench.run(DAYS[3])
    return bench


@cache
def told() -> Account:
    """What is reckoned of it."""
    bench = rich()
    entries = bench.parts.ledger.entries()
    return reckon(select(bench.store, entries, span_period(DAYS[0], DAYS[3]), PackScope("all")), entries)
