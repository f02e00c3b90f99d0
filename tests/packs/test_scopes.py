from __future__ import annotations

from collections.abc import Sequence

import pytest

from evidence.errors import IntegrityError
from evidence.ledger.folds import sealed_nights
from evidence.packs.judging import judge_selection
from evidence.packs.scope import PackScope
from evidence.records import Completeness, Kind, Outcome
from tests.fakes.bench import NIGHT, Bench, backup, subscription
from tests.fakes.bodies import SUBSCRIPTION
from tests.fakes.source import OTHER_SUBSCRIPTION
from tests.packs.choosing import DAYS, chosen, judged, rows


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    backup(made.vault())
    return made


# --- scopes


def two_regions() -> Bench:
    bench = Bench()
    backup(bench.vault("v1"))
    backup(bench.vault("v2", region="northeurope"))
    backup(bench.vault("v3", region=None))
    subscription(bench, OTHER_SUBSCRIPTION)
    backup(bench.vault("v4", subscription=OTHER_SUBSCRIPTION))
    bench.run()
    return bench


TWO_REGIONS = two_regions()


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        (PackScope("all"), ["v1", "v2", "v3", "v4"]),
        (PackScope("eu", regions=("WestEurope",)), ["v1", "v3", "v4"]),
        (PackScope("n", regions=("northeurope", "swedencentral")), ["v2", "v3"]),
        (PackScope("s", subscriptions=(OTHER_SUBSCRIPTION.upper(),)), ["v4"]),
        (PackScope("v", vaults=("V1", "v[34]")), ["v1", "v3", "v4"]),
        (PackScope("id", vaults=("*/resourcegroups/rg-main/*/v2",)), ["v2"]),
        (PackScope("both", regions=("westeurope",), subscriptions=(SUBSCRIPTION,)), ["v1", "v3"]),
    ],
)
def test_a_scope_holds_its_vaults_and_those_whose_region_is_unknown(scope: PackScope, names: Sequence[str]) -> None:
    found = chosen(TWO_REGIONS, scope=scope)
    assert sorted(vault.name for vault in found.vaults) == names
    for table in ("jobs", "protected_items", "recovery_points", "policies"):
        assert {str(row["vault_id"]).rpartition("/")[2] for row in rows(found, table)} == set(names)
    assert judge_selection(found).state is Completeness.COMPLETE


def test_rows_of_other_subscriptions_are_not_in_a_scope_of_one() -> None:
    found = chosen(TWO_REGIONS, scope=PackScope("s", subscriptions=(OTHER_SUBSCRIPTION,)))
    for table in ("calls", "coverage", "vaults"):
        assert not [row for row in rows(found, table) if SUBSCRIPTION in str(row["vault_id"])]


def test_a_subscription_that_failed_is_no_gap_of_a_scope_without_it() -> None:
    bench = Bench()
    backup(bench.vault())
    subscription(bench, OTHER_SUBSCRIPTION).outcome = Outcome.NOT_REACHED
    bench.run()
    assert judged(bench).state is Completeness.INCOMPLETE
    assert judged(bench, scope=PackScope("s", subscriptions=(SUBSCRIPTION,))).state is Completeness.COMPLETE


@pytest.mark.parametrize(
    "scope",
    [
        PackScope("x", regions=("atlantis",)),
        PackScope("x", vaults=("nothing-*",)),
        PackScope("x", vaults=("v1", "v9")),
        PackScope("x", subscriptions=(SUBSCRIPTION, "s-9")),
        PackScope("x", subscriptions=("s-9",)),
    ],
)
def test_a_scope_that_names_what_was_never_met_is_incomplete(scope: PackScope) -> None:
    bench = Bench()
    backup(bench.vault())
    bench.run()
    assert judged(bench, scope=scope).state is Completeness.INCOMPLETE


# --- completeness, end to end


def test_a_night_without_run_and_a_vault_that_a_cut_list_hid_are_gaps(bench: Bench) -> None:
    backup(bench.vault("v2"))
    bench.run(DAYS[0])
    home = bench.azure.subscriptions[0]
    home.outcome, home.hidden = Outcome.PARTIAL, {"v2"}
    bench.run(DAYS[2])
    found = judged(bench, DAYS[0], DAYS[2])
    assert found.state is Completeness.INCOMPLETE
    assert (found.vaults_expected, found.vaults_read, found.nights_sealed) == (2, 1, 2)
    assert {(gap.night, gap.outcome) for gap in found.gaps} == {
        (DAYS[1], "not_sealed"),
        (DAYS[2], "partial"),
        (DAYS[2], "not_reached"),
    }


def test_a_second_capture_repairs_what_the_first_could_not_read(bench: Bench) -> None:
    vault = bench.azure.vaults[0]
    vault.spoiled[Kind.JOBS] = (Outcome.NOT_REACHED, "HTTP 403")
    bench.run()
    assert judged(bench).state is Completeness.INCOMPLETE
    vault.spoiled.clear()
    bench.run(again=True, reason="rights were granted")
    assert judged(bench).state is Completeness.COMPLETE


def test_a_second_capture_that_reads_less_takes_nothing_away(bench: Bench) -> None:
    bench.run()
    bench.azure.vaults[0].spoiled = dict.fromkeys(Kind, (Outcome.NOT_REACHED, "HTTP 403"))
    bench.run(again=True, reason="once more")
    found = chosen(bench)
    assert judge_selection(found).state is Completeness.COMPLETE
    assert len(rows(found, "jobs")) == 1
    assert len(rows(found, "protected_items")) == 1


def test_a_late_capture_is_never_complete(bench: Bench) -> None:
    bench.clock.reach(bench.calendar.window(DAYS[5]).end)
    bench.run(DAYS[0])
    found = chosen(bench)
    assert judge_selection(found).state is Completeness.INCOMPLETE
    assert rows(found, "protected_items") == []
    assert len(rows(found, "jobs")) == 1


def test_a_missing_coverage_row_is_a_gap(bench: Bench) -> None:
    bench.azure.vaults[0].spoiled = {Kind.JOBS: None, Kind.POLICIES: None}
    bench.run()
    found = judged(bench)
    assert {(gap.kind, gap.outcome) for gap in found.gaps} == {("jobs", "not_reached"), ("policies", "not_reached")}


def test_a_changed_file_never_reaches_a_pack(bench: Bench) -> None:
    entry = bench.run()
    run_id = sealed_nights(bench.parts.ledger.entries())[NIGHT][0].run_id
    for path in [one.path for one in entry.objects if "/jobs/" in one.path or one.path.endswith("run.json")]:
        good = bench.memory.files[path]
        bench.memory.files[path] = good + b" "
        with pytest.raises(IntegrityError):
            chosen(bench)
        bench.memory.files[path] = good
    assert run_id
