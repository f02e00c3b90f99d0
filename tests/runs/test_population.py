"""What is expected: the approved list, earlier nights, an imported inventory; and what a night's comparison seals of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from evidence.errors import ConfigurationError
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.folds import named_paths
from evidence.packs.reconciled import Tally, population_of, sources_sentence, tally
from evidence.records import Kind, Outcome
from evidence.runs.approved import ApprovedPopulation, load_approved, parse_approved
from evidence.runs.assess import assess_night
from evidence.runs.population import imported_inventory, known_before
from evidence.runs.sealed import SealedRows
from evidence.tables import INVENTORY, from_rows, to_parquet
from tests.fakes.bench import NIGHT, Bench, at, backup, subscription
from tests.fakes.bodies import SUBSCRIPTION, FakeItem, Json
from tests.fakes.second_sources import machine
from tests.fakes.source import OTHER_SUBSCRIPTION
from tests.packs.choosing import chosen, judged

NEXT = NIGHT + timedelta(days=1)
LEAST = f"approved_by: Head of Operations\napproved_on: 2026-11-01\nsubscriptions: [{SUBSCRIPTION}]\n"


def approved(text: str = LEAST) -> ApprovedPopulation:
    return parse_approved(text.encode(), "approved.yaml")


def refusal(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        approved(text)
    return "\n".join(caught.value.diagnostics())


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    backup(made.vault())
    return made


# --- the file


def test_a_list_names_who_when_and_what() -> None:
    vault = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/RG/providers/Microsoft.RecoveryServices/vaults/V"
    found = approved(LEAST + f"vaults:\n  - id: {vault}\n    until: 2026-12-31\n  - {vault}2\n")
    assert found.title == "the list approved by Head of Operations on 2026-11-01"
    assert found.subscriptions == {f"/subscriptions/{SUBSCRIPTION}": None}
    assert found.vaults == {vault.lower(): date(2026, 12, 31), f"{vault}2".lower(): None}
    assert found.sha256 == hashlib.sha256(found.raw).hexdigest()


MISTAKES = [
    ("approved_by: x\napproved_on: 2026-11-01\n", 1, "subscriptions: Field required"),
    ("approved_by: ''\napproved_on: 2026-11-01\nsubscriptions: [a]\n", 1, "approved_by"),
    ("approved_by: x\napproved_on: soon\nsubscriptions: [a]\n", 2, "approved_on"),
    ("approved_by: x\napproved_on: 2026-11-01\nsubscriptions: []\n", 3, "subscriptions"),
    ("approved_by: x\napproved_on: 2026-11-01\nsubscriptions: [a/b]\n", 3, "is no id of a subscription"),
    ("approved_by: x\napproved_on: 2026-11-01\nsubscriptions: [a, A]\n", 3, "is named twice"),
    (LEAST + "vaults: [v1]\n", 4, "is no ARM id of a vault"),
    (LEAST + "vault: []\n", 4, "vault: is no key of the approved list"),
    (LEAST + "until: 2026-10-01\n", 1, "`until` lies before `approved_on`"),
    ("approved_by: x\napproved_on: 2026-11-01\nsubscriptions:\n  - {id: a, untill: 2026-12-01}\n", 4, "untill"),
]


@pytest.mark.parametrize(("text", "line", "said"), MISTAKES)
def test_each_mistake_is_told_with_its_line(text: str, line: int, said: str) -> None:
    told = refusal(text)
    assert f"approved.yaml:{line}: " in told
    assert said in told


def test_a_file_that_is_not_there_stops_the_program(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_approved(tmp_path / "approved.yaml")
    with pytest.raises(ConfigurationError, match="holds no approved list"):
        parse_approved(b"- x\n", "approved.yaml")


def test_what_has_ended_is_expected_no_more_and_a_list_that_ended_confirms_nothing() -> None:
    found = approved(LEAST.replace(f"[{SUBSCRIPTION}]", f"[{{id: {SUBSCRIPTION}, until: 2026-11-20}}]"))
    subscription_id = f"/subscriptions/{SUBSCRIPTION}"
    assert found.expects(subscription_id, NIGHT)
    assert not found.expects(subscription_id, NEXT)
    assert found.expected(NEXT).ended == {subscription_id: NIGHT}
    assert found.expected(NEXT).subscriptions == {}
    assert approved(LEAST + "until: 2026-11-20\n").expected(NIGHT).obstacle is None
    assert "have it approved anew" in str(approved(LEAST + "until: 2026-11-20\n").expected(NEXT).obstacle)


# --- earlier nights


def test_nothing_is_known_before_the_first_night(bench: Bench) -> None:
    bench.run()
    assert known_before(bench.store, bench.parts.ledger.entries(), NIGHT).night is None


def test_what_the_newest_night_before_met_is_known(bench: Bench) -> None:
    subscription(bench, OTHER_SUBSCRIPTION)
    bench.nights(2)
    found = known_before(bench.store, bench.parts.ledger.entries(), NIGHT + timedelta(days=9))
    assert found.night == NEXT
    assert found.subscriptions == tuple(sorted((SUBSCRIPTION, OTHER_SUBSCRIPTION)))
    assert [vault.name for vault in found.vaults] == ["v1"]


def test_the_approved_list_says_what_is_expected_no_more(bench: Bench) -> None:
    subscription(bench, OTHER_SUBSCRIPTION)
    bench.run()
    found = known_before(bench.store, bench.parts.ledger.entries(), NEXT, approved())
    assert found.subscriptions == (SUBSCRIPTION,)


# --- the comparison of a night


def _none_told(_: list[Json]) -> list[Json]:
    return []


def rerun(bench: Bench, population: ApprovedPopulation | None = None) -> LedgerEntry:
    bench.seal()
    return assess_night(replace(bench.parts, approved=population), NIGHT)


def differences(bench: Bench) -> list[tuple[object, object, object]]:
    rows = chosen(bench).tables["reconciliation"].to_pylist()
    return [
        (row["thing"], str(row["thing_key"]).rsplit("/", 1)[-1], row["difference"])
        for row in rows
        if row["difference"] not in {"compared", "not_comparable"}
    ]


def test_a_good_night_differs_in_nothing_and_confirms_no_population(bench: Bench) -> None:
    bench.run()
    assert differences(bench) == []
    found = chosen(bench)
    assert population_of(found) == ("POPULATION NOT INDEPENDENTLY CONFIRMED", False)
    assert tally(found.tables["reconciliation"]).graph == Tally(differing=0, things=3, comparisons=4)
    assert sources_sentence(found.runs) == ()
    assert judged(bench).state == "COMPLETE"


def test_a_job_a_vault_and_a_machine_that_one_side_alone_tells(bench: Bench) -> None:
    graph = bench.azure.subscriptions[0].graph
    graph.changed[Kind.GRAPH_JOBS] = _none_told
    graph.changed[Kind.GRAPH_VAULTS] = lambda rows: [*rows, {**rows[0], "id": f"{rows[0]['id']}-2", "name": "v1-2"}]
    graph.resources.append(machine("forgotten", SUBSCRIPTION))
    bench.run()
    assert sorted(differences(bench), key=str) == [
        ("job", "backup-v1-vm1-2026-11-20", "only_azure"),
        ("resource", "forgotten", "unprotected"),
        ("vault", "v1-2", "only_second"),
    ]


def test_a_lag_of_one_night_is_no_difference_once_the_next_night_saw_both(bench: Bench) -> None:
    graph = bench.azure.subscriptions[0].graph
    graph.changed[Kind.GRAPH_JOBS] = _none_told
    bench.run()
    assert [one[2] for one in differences(bench)] == ["only_azure"]
    del graph.changed[Kind.GRAPH_JOBS]
    bench.run(NEXT)
    assert differences(bench) == []
    assert tally(chosen(bench).tables["reconciliation"]).graph.things == 3


def test_a_graph_that_refuses_is_a_gap_and_no_difference(bench: Bench) -> None:
    bench.azure.subscriptions[0].graph.refused |= {Kind.GRAPH_JOBS, Kind.GRAPH_ITEMS}
    bench.run()
    assert differences(bench) == []
    found = tally(chosen(bench).tables["reconciliation"])
    assert (found.not_comparable, found.graph.comparisons) == (2, 2)
    assert judged(bench).state == "COMPLETE WITH GAPS"


def test_second_sources_turned_off_are_said_and_no_gap(bench: Bench) -> None:
    bench.azure.subscriptions[0].graph.on = False
    bench.azure.description = "Azure in memory, second sources turned off"
    bench.run()
    found = chosen(bench)
    assert sources_sentence(found.runs)[0].startswith("SECOND SOURCES TURNED OFF on 2026-11-20")
    assert judged(bench).state == "COMPLETE"
    assert tally(found.tables["reconciliation"]).due == 0


def test_an_approved_list_confirms_the_population_and_is_sealed_with_the_comparison(bench: Bench) -> None:
    entry = rerun(bench, approved())
    text, confirmed = population_of(chosen(bench))
    assert confirmed
    assert text == "Population confirmed by the list approved by Head of Operations on 2026-11-01: 0 of 1 thing differ"
    told = entry.payload["population"]
    assert isinstance(told, Mapping)
    assert told["approved"]["sha256"] == approved().sha256
    assert bench.store.read(f"configuration/{approved().sha256}.yaml") == LEAST.encode()
    assert approved().sha256 in {one.sha256 for one in entry.objects}


def test_an_approved_list_that_differs_still_tells_how_many(bench: Bench) -> None:
    rerun(bench, approved(LEAST.replace(SUBSCRIPTION, f"{SUBSCRIPTION}, other")))
    assert differences(bench) == [("subscription", "other", "only_second")]
    assert population_of(chosen(bench))[0].endswith("1 of 2 things differ")


def test_a_list_that_has_ended_leaves_the_population_unconfirmed(bench: Bench) -> None:
    rerun(bench, approved(LEAST + "until: 2026-11-10\n"))
    assert population_of(chosen(bench)) == ("POPULATION NOT INDEPENDENTLY CONFIRMED", False)


def test_a_period_is_confirmed_only_where_every_night_was(bench: Bench) -> None:
    rerun(bench, approved())
    bench.run(NEXT)
    text, confirmed = population_of(chosen(bench, NIGHT, NEXT))
    assert not confirmed
    assert text.startswith("POPULATION NOT INDEPENDENTLY CONFIRMED: only in part by the list approved by")


# --- an imported inventory


def imported(bench: Bench, *rows: Json) -> LedgerEntry:
    common: Json = {
        "night": NIGHT,
        "vault_id": f"/subscriptions/{SUBSCRIPTION}",
        "run_id": "import-1",
        "capture_id": "import-1",
        "call_id": "import-1",
        "observed_at": at(NIGHT),
        "evidence_grade": "B",
        "source": "inventory",
    }
    told = [{**common, "ordinal": place, **row} for place, row in enumerate(rows)]
    data = to_parquet(INVENTORY, from_rows(INVENTORY, told))
    path = f"tables/inventory/import-{len(bench.parts.ledger.entries())}-0000.parquet"
    bench.store.create(path, data)
    named = LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())
    payload = {
        "import_id": f"import-{len(bench.parts.ledger.entries())}",
        "kind": "inventory",
        "night": str(NIGHT),
        "observed_at": "2026-11-20T22:00:00.000000Z",
        "late": False,
        "by": "tester",
        "told": {},
        "files": [],
        "tables": {"inventory": len(told)},
    }
    subject = f"import/{payload['import_id']}"
    draft = Draft(EntryKind.IMPORT_SEALED, at(NIGHT), "tester", subject, payload, (named,))
    return bench.parts.ledger.append(draft)


def test_the_newest_import_is_the_inventory_wherever_its_file_lies(bench: Bench) -> None:
    bench.seal()
    vm = str(machine("vm9", SUBSCRIPTION)["id"]).lower()
    imported(bench, {"thing": "resource", "thing_key": "old", "to_be_protected": True})
    imported(bench, {"thing": "resource", "thing_key": vm, "name": "vm9", "to_be_protected": True})
    entries = bench.parts.ledger.entries()
    found = imported_inventory(SealedRows(bench.store, named_paths(entries)), entries)
    assert found is not None
    assert found.expected.resources is not None
    assert list(found.expected.resources) == [vm]
    assert found.expected.vaults is None
    assess_night(bench.parts, NIGHT)
    assert differences(bench) == [("resource", "vm9", "unprotected")]
    text, confirmed = population_of(chosen(bench))
    assert confirmed
    assert "the inventory imported on 2026-11-20" in text
    rows = chosen(bench).tables["inventory"].to_pylist()
    assert [row["name"] for row in rows if row["source"] == "inventory"] == ["vm9"]


def test_a_vault_that_was_not_read_leaves_its_things_uncompared(bench: Bench) -> None:
    vault = bench.vault("v2")
    vault.items.append(FakeItem("vm2"))
    vault.spoiled[Kind.PROTECTED_ITEMS] = (Outcome.NOT_REACHED, "HTTP 403")
    bench.azure.subscriptions[0].graph.resources.append(machine("forgotten", SUBSCRIPTION))
    bench.run()
    assert differences(bench) == []
    rows = chosen(bench).tables["reconciliation"].to_pylist()
    missing = {
        (row["thing"], str(row["thing_key"]).rsplit("/", 1)[-1])
        for row in rows
        if row["difference"] == "not_comparable"
    }
    assert missing == {("item", "v2"), ("resource", SUBSCRIPTION)}
