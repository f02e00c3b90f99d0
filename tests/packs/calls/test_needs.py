"""Which files a pack rests on follows from the ledger alone, so that one left out is missed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from evidence.ledger.folds import SealedNight, named_paths
from evidence.packs.calls.needs import Bounds, Needs, needs
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.runs.manifest import RunManifest, parse_run_manifest
from evidence.runs.night import NIGHTS_OF_ITEMS
from evidence.runs.sealed import SealedRows
from evidence.stores.layout import run_file
from tests.fakes.bench import NIGHT, Bench, backup, subscription
from tests.fakes.source import OTHER_SUBSCRIPTION

pytestmark = pytest.mark.slow
DAY = timedelta(days=1)
ALL = PackScope("all")


@pytest.fixture(scope="module")
def long() -> Bench:
    """Thirty-seven nights of two vaults in one subscription and one in another."""
    bench = Bench()
    subscription(bench, OTHER_SUBSCRIPTION)
    for name, changes in {
        "v1": {},
        "v2": {"region": "northeurope"},
        "v3": {"subscription": OTHER_SUBSCRIPTION},
    }.items():
        backup(bench.vault(name, **changes), NIGHT)
    for number in range(37):
        bench.seal(NIGHT + number * DAY)
    return bench


def wanted(bench: Bench, first: date, scope: PackScope = ALL, restored: str | None = None) -> Needs:
    entries = bench.parts.ledger.entries()
    sealed = SealedRows(bench.store, named_paths(entries))

    def manifest(run: SealedNight) -> RunManifest:
        return parse_run_manifest(sealed.content(run_file(run.night, run.run_id)))

    vaults = frozenset(one.vault.vault_id for one in bench.azure.vaults if one.name == restored)
    return needs(entries, manifest, Bounds(span_period(first, first), scope, vaults))


def files(found: Needs, night: date) -> set[str]:
    """Which subjects' calls of a night are needed, by the begin of their names."""
    return {
        file.path.rpartition("/")[2].split("-")[0]
        for run in found.runs
        if run.sealed.night == night
        for file in run.files
    }


def test_runs_since_the_period_and_the_items_of_a_month_before(long: Bench) -> None:
    first = NIGHT + 34 * DAY
    found = wanted(long, first)
    assert files(found, first) == {"v1", "v2", "v3", "_subscription"}
    assert files(found, NIGHT + 36 * DAY) == {"v1", "v2", "v3", "_subscription"}
    nights = {run.sealed.night for run in found.runs if not run.of_period}
    since = min(run.sealed.night for run in found.runs if run.of_period)
    assert since in {first, first - DAY, first - 2 * DAY}
    assert nights == {since - back * DAY for back in range(1, NIGHTS_OF_ITEMS + 1) if since - back * DAY >= NIGHT}
    assert files(found, since - DAY) == {"v1", "v2", "v3"}


def test_what_was_restored_needs_all_points_ever_seen(long: Bench) -> None:
    first = NIGHT + 34 * DAY
    assert NIGHT not in {run.sealed.night for run in wanted(long, first).runs}
    found = wanted(long, first, restored="v2")
    assert files(found, NIGHT) == {"v2"}
    assert files(found, first - 3 * DAY) == {"v1", "v2", "v3"}


def test_a_scope_needs_its_own_vaults_alone(long: Bench) -> None:
    first = NIGHT + 34 * DAY
    found = wanted(long, first, PackScope("north", regions=("northeurope",)))
    assert files(found, first) == {"v2", "_subscription"}
    assert found.compared == ()
    found = wanted(long, first, PackScope("other", subscriptions=(OTHER_SUBSCRIPTION,)))
    paths = [file.path for run in found.runs if run.of_period for file in run.files]
    assert all("v3-" in path or OTHER_SUBSCRIPTION in path for path in paths)
