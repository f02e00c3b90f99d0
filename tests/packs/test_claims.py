"""Claims judged over stores that were run night by night: counts, and never `met` where something is not known."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from evidence.packs.controls.claims import CLAIMS, Result
from evidence.packs.controls.judged import JudgedClaim, judge_claims
from evidence.packs.figures import count
from evidence.packs.judging import judge_selection
from evidence.packs.machine.descriptor import references
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.select import Selection, select
from evidence.records import Kind, Outcome
from tests.fakes.bench import NIGHT, Bench, at, backup, restore
from tests.fakes.bodies import FakeItem, FakeJob

ALL = PackScope("all")
LONG = {"jobs", "recovery_points", "protected_items"}


def selected(bench: Bench, nights: int = 1) -> Selection:
    period = span_period(NIGHT, NIGHT + timedelta(days=nights - 1))
    return select(bench.store, bench.parts.ledger.entries(), period, ALL)


def judged(selection: Selection) -> Mapping[str, JudgedClaim]:
    found = judge_claims(selection, judge_selection(selection), count(selection))
    assert [one.claim.key for one in found] == list(CLAIMS)
    return {one.claim.key: one for one in found}


def counts(one: JudgedClaim) -> tuple[int, int, int, int]:
    return one.counted.population, one.counted.exceptions, one.counted.unknown, one.unread


def good() -> Bench:
    bench = Bench()
    vault = bench.vault()
    backup(vault)
    restore(vault, NIGHT, NIGHT)
    return bench


@functools.cache
def good_night() -> Selection:
    """Of the good night; the tests that change one column of it change a copy."""
    bench = good()
    bench.run()
    return selected(bench)


@pytest.mark.parametrize(
    ("outcome", "counted", "result"),
    [
        ("failed_recovered", (1, 0, 0, 0), Result.MET),
        *((one, (1, 1, 0, 0), Result.EXCEPTIONS) for one in (
            "success_no_point", "warning", "failed", "cancelled", "running_late", "silent",
        )),
        *((one, (1, 0, 1, 0), Result.NOT_ESTABLISHED) for one in ("pending", "unknown")),
        ("not_expected", (0, 0, 0, 0), Result.NOT_ESTABLISHED),
    ],
)  # fmt: skip
def test_a_run_is_proven_by_a_good_outcome_alone(
    outcome: str, counted: tuple[int, int, int, int], result: Result
) -> None:
    selection = good_night()
    slots = selection.tables["slots"]
    told = slots.set_column(slots.column_names.index("outcome"), "outcome", pa.array([outcome]))
    one = judged(replace(selection, tables={**selection.tables, "slots": told}))["runs-proven"]
    assert (counts(one), one.result) == (counted, result)


def test_a_good_night() -> None:
    found = judged(good_night())
    met = {key for key, one in found.items() if one.result is Result.MET}
    # Nothing is expected by a list, no resource is told, no job failed, and this vault never had immutability set.
    assert set(CLAIMS) - met == {
        "population-confirmed",
        "resources-protected",
        "failures-explained",
        "immutability-locked",
    }
    assert counts(found["lists-read"]) == (1, 0, 0, 0)
    assert counts(found["items-tried"]) == (1, 0, 0, 0)
    assert counts(found["runs-proven"]) == (1, 0, 0, 0)
    assert counts(found["restores-linked"]) == (1, 0, 0, 0)
    assert counts(found["failures-explained"]) == (0, 0, 0, 0)


def test_every_state_of_a_job_has_its_place() -> None:
    bench = good()
    states = ("Failed", "CompletedWithWarnings", "Cancelled", "Cancelling", "InProgress", "Odd", None)
    vault = bench.azure.vaults[0]
    for number, status in enumerate(states):
        backup(vault, name=f"vm{number + 2}", status=status)
    bench.run()
    found = judged(selected(bench))
    # A status that was never seen before makes its list a list that was not read whole.
    assert counts(found["backups-completed"]) == (8, 3, 4, 1)
    assert counts(found["outcomes-known"]) == (8, 0, 4, 1)
    assert found["backups-completed"].result is Result.EXCEPTIONS
    assert found["outcomes-known"].result is Result.NOT_ESTABLISHED
    assert counts(found["failures-explained"])[0] == 1


def with_column(selection: Selection, table: str, column: str, values: Sequence[object]) -> Selection:
    rows = selection.tables[table]
    place = rows.schema.get_field_index(column)
    changed = rows.set_column(place, rows.schema.field(place), pa.array(list(values), rows.schema.field(place).type))
    return replace(selection, tables={**selection.tables, table: changed})


@pytest.mark.parametrize(
    ("codes", "messages", "exceptions"), [([], [], 1), (None, None, 1), (["1"], None, 0), (None, ["full"], 0)]
)
def test_a_failure_without_any_error_is_not_explained(codes: Any, messages: Any, exceptions: int) -> None:
    nothing = [None] * good_night().tables["jobs"].num_rows
    statuses = ["Failed", *nothing[1:]]
    selection = with_column(good_night(), "jobs", "status", statuses)
    selection = with_column(selection, "jobs", "operation_kind", ["backup", *["other"] * (len(nothing) - 1)])
    selection = with_column(selection, "jobs", "error_codes", [codes, *nothing[1:]])
    selection = with_column(selection, "jobs", "error_titles", nothing)
    selection = with_column(selection, "jobs", "error_messages", [messages, *nothing[1:]])
    assert counts(judged(selection)["failures-explained"]) == (1, exceptions, 0, 0)


def test_an_unread_job_list_leaves_open_what_rests_on_it() -> None:
    bench = good()
    other = bench.vault("v2")
    backup(other)
    other.spoiled = {Kind.JOBS: (Outcome.NOT_REACHED, "HTTP 403")}
    bench.run()
    found = judged(selected(bench))
    assert counts(found["lists-read"]) == (2, 1, 0, 0)
    assert found["lists-read"].result is Result.EXCEPTIONS
    for key, claim in CLAIMS.items():
        if Kind.JOBS in claim.rests_on:
            assert found[key].unread == 1
            assert found[key].result is not Result.MET
    assert counts(found["questions-answered"])[1] == 1


def test_an_unread_list_of_policies_is_an_exception_of_its_own() -> None:
    bench = good()
    bench.azure.vaults[0].spoiled = {Kind.POLICIES: (Outcome.PARTIAL, "page 2")}
    bench.run()
    found = judged(selected(bench))
    assert found["settings-read"].counted.exceptions == 1
    assert found["lists-read"].result is Result.MET


def test_a_night_that_was_not_sealed_is_an_exception_and_hides_what_it_held() -> None:
    bench = good()
    bench.run()
    bench.run(NIGHT + timedelta(days=2))
    found = judged(selected(bench, 3))
    assert counts(found["nights-captured"]) == (3, 1, 0, 0)
    assert counts(found["lists-read"]) == (3, 1, 0, 0)
    assert found["settings-read"].counted.unknown == 1
    assert found["backups-completed"].unread == 1
    assert found["backups-completed"].result is Result.NOT_ESTABLISHED


def test_a_vault_list_that_was_not_read_leaves_everything_open() -> None:
    bench = good()
    bench.run()
    bench.azure.subscriptions[0].outcome = Outcome.PARTIAL
    bench.run(NIGHT + timedelta(days=1))
    found = judged(selected(bench, 2))
    assert found["lists-read"].counted.unknown >= 1
    assert found["lists-read"].result is Result.NOT_ESTABLISHED
    assert found["first-hand"].result is Result.NOT_ESTABLISHED


def test_a_period_of_which_nothing_is_known_meets_nothing() -> None:
    bench = good()
    bench.run()
    period = span_period(NIGHT - timedelta(days=400), NIGHT - timedelta(days=399))
    found = judged(select(bench.store, bench.parts.ledger.entries(), period, ALL))
    assert {one.result for one in found.values()} <= {Result.NOT_ESTABLISHED, Result.EXCEPTIONS}
    assert counts(found["nights-captured"])[:2] == (2, 2)


def test_a_scope_without_vaults_meets_nothing_of_vaults() -> None:
    bench = good()
    bench.run()
    nobody = PackScope("none", vaults=("nobody",))
    found = judged(select(bench.store, bench.parts.ledger.entries(), span_period(NIGHT, NIGHT), nobody))
    for key in ("lists-read", "backups-completed", "immutability-locked", "first-hand", "items-tried"):
        assert found[key].result is not Result.MET, key


def test_a_job_that_fits_two_items_is_unknown() -> None:
    bench = good()
    vault = bench.azure.vaults[0]
    vault.items += [FakeItem("db", database=True), FakeItem("DB2", database=True)]
    vault.jobs.append(FakeJob("stray", "nobody-of-that-name", at(NIGHT)))
    bench.run()
    found = judged(selected(bench))
    assert counts(found["jobs-attributed"])[2] == 1
    assert found["jobs-attributed"].result is Result.NOT_ESTABLISHED


def test_items_without_a_point_are_unknown_and_no_exceptions() -> None:
    bench = good()
    bench.azure.vaults[0].items.append(FakeItem("quiet"))
    bench.run()
    found = judged(selected(bench))
    assert counts(found["items-recoverable"])[:3] == (2, 0, 1)
    assert counts(found["items-tried"])[:3] == (2, 0, 1)


@pytest.mark.parametrize(
    ("told", "result"),
    [
        ("Locked", Result.MET),
        ("Unlocked", Result.EXCEPTIONS),
        ("Disabled", Result.EXCEPTIONS),
        (None, Result.NOT_ESTABLISHED),
    ],
)
def test_immutability_by_what_the_vault_told(told: str | None, result: Result) -> None:
    selection = good_night()
    rows = selection.tables["vaults"].num_rows
    assert (
        judged(with_column(selection, "vaults", "immutability", [told] * rows))["immutability-locked"].result is result
    )


@pytest.mark.parametrize(
    ("told", "result"),
    [
        ("AlwaysON", Result.MET),
        ("Enabled", Result.MET),
        ("On", Result.MET),
        ("Disabled", Result.EXCEPTIONS),
        ("Off", Result.EXCEPTIONS),
        ("Invalid", Result.EXCEPTIONS),
        (None, Result.NOT_ESTABLISHED),
    ],
)
def test_soft_delete_by_what_the_vault_told(told: str | None, result: Result) -> None:
    selection = good_night()
    rows = selection.tables["vaults"].num_rows
    assert judged(with_column(selection, "vaults", "soft_delete", [told] * rows))["soft-delete-on"].result is result


def test_rows_of_a_call_that_is_not_listed_are_not_traced() -> None:
    selection = good_night()
    before = counts(judged(selection)["rows-traced"])
    ids = ["elsewhere", *selection.tables["jobs"]["call_id"].to_pylist()[1:]]
    found = judged(with_column(selection, "jobs", "call_id", ids))["rows-traced"]
    assert counts(found) == (before[0], 0, 1, 0)
    assert found.result is Result.NOT_ESTABLISHED


def test_what_only_one_source_tells_is_an_exception() -> None:
    bench = good()
    bench.azure.subscriptions[0].graph.changed[Kind.GRAPH_ITEMS] = lambda rows: rows[:-1]
    bench.run()
    found = judged(selected(bench))["second-source-agrees"]
    assert found.counted.exceptions == 1
    assert found.result is Result.EXCEPTIONS


def test_a_comparison_that_could_not_be_made_is_unknown() -> None:
    bench = good()
    bench.azure.subscriptions[0].graph.refused = {Kind.GRAPH_ITEMS}
    bench.run()
    found = judged(selected(bench))["second-source-agrees"]
    assert found.counted.unknown >= 1
    assert found.result is Result.NOT_ESTABLISHED


def test_ids_held_as_dictionaries_are_traced_and_referred_to_alike() -> None:
    plain = good_night()
    held = {name: encoded(rows) if name in LONG else rows for name, rows in plain.tables.items()}
    assert counts(judged(replace(plain, tables=held))["rows-traced"]) == counts(judged(plain)["rows-traced"])
    assert references(held) == references(plain.tables) != ()


def encoded(rows: pa.Table) -> pa.Table:
    """Ids as dictionaries, as selections hold those of long tables."""
    for name in {"vault_id", "call_id", "item_key"} & set(rows.column_names):
        rows = rows.set_column(rows.schema.get_field_index(name), name, rows[name].combine_chunks().dictionary_encode())
    return rows
