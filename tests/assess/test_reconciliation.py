"""Two sources side by side: every difference found, none invented where one side was not read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.assess.reconciliation import ReconciliationContext, differences, reconcile
from evidence.assess.sides import APPROVED, INVENTORY, Difference, ExpectedList, Facts, Read, Told
from evidence.records import SECOND_KINDS, SUBSCRIPTION_LIST, Kind, Outcome
from evidence.tables import RECONCILIATION, from_rows, to_parquet
from tests.assess.sides import (
    AT,
    NIGHT,
    SUBSCRIPTION,
    V1,
    V2,
    by_key,
    comparisons,
    facts,
    found_in,
    graph_vaults,
    item,
    job,
    later,
    listed,
    machine,
    unread,
    vault,
)

CONTEXT = ReconciliationContext("a-1", AT, NIGHT, "r-1", "tenant", AT)


def words(found: Sequence[Difference]) -> list[tuple[str, str, str]]:
    return [(one.thing, one.key.rsplit("/", 1)[-1], one.word) for one in found]


def test_two_sides_that_agree_differ_in_nothing() -> None:
    assert found_in(facts()) == []
    assert comparisons(facts(), "not_comparable") == set()
    assert comparisons(facts(), "compared") == {
        ("vault", SUBSCRIPTION),
        ("resource", SUBSCRIPTION),
        ("item", V1.vault_id),
        ("job", V1.vault_id),
    }


def test_every_comparison_counts_both_sides_and_what_either_tells() -> None:
    told = facts(graph_jobs=(job(V1, "j2"), job(V1, "j3")))
    (row,) = (one for one in differences(told) if one.thing == "job" and one.word == "compared")
    assert (row.azure_says, row.second_says, row.things, row.event_night) == ("1", "2", 3, NIGHT)


# --- jobs


def test_a_job_that_one_side_alone_tells() -> None:
    assert words(found_in(facts(graph_jobs=()))) == [("job", "j1", "only_azure")]
    assert words(found_in(facts(jobs=()))) == [("job", "j1", "only_second")]


def test_both_sides_and_a_next_step_stand_in_each_row() -> None:
    (one,) = found_in(facts(jobs=(job(V1, "j1", "Failed"),)))
    assert (one.word, one.field, one.azure_says, one.second_says) == ("differs", "status", "Failed", "Completed")
    assert "open the job in the portal" in one.reason


def test_ids_of_jobs_and_words_compare_without_case() -> None:
    assert found_in(facts(graph_jobs=(replace(job(V1, "j1"), state="COMPLETED"),))) == []


@pytest.mark.parametrize("state", ["InProgress", "Cancelling", None])
def test_a_job_that_runs_on_one_side_is_no_difference(state: str | None) -> None:
    running = replace(job(V1, "j1"), state=state)
    assert found_in(facts(jobs=(running,))) == found_in(facts(graph_jobs=(running,))) == []


def test_another_begin_is_a_difference_but_for_fractions_of_a_second() -> None:
    moved = replace(job(V1, "j1"), started_at=later(0.5))
    (one,) = found_in(facts(graph_jobs=(moved,)))
    assert (one.field, one.word) == ("started_at", "differs")
    assert found_in(facts(graph_jobs=(replace(job(V1, "j1"), started_at=AT.replace(microsecond=7)),))) == []


def test_jobs_outside_the_window_of_both_are_not_compared() -> None:
    before = job(V1, "old", at=datetime(2026, 11, 17, 22, tzinfo=UTC), night=date(2026, 11, 17))
    edge = job(V1, "edge", at=datetime(2026, 11, 18, 6, 0, 30, tzinfo=UTC), night=date(2026, 11, 18))
    assert found_in(facts(graph_jobs=(job(V1, "j1"), before, edge))) == []


def test_one_job_in_two_vaults_is_one_difference_or_none() -> None:
    both = (job(V1, "j1"), job(V2, "j1"))
    assert found_in(facts(vaults=(V1, V2), jobs=both)) == []
    assert found_in(facts(vaults=(V1, V2), graph_jobs=both)) == []
    assert words(found_in(facts(vaults=(V1, V2), jobs=both, graph_jobs=()))) == [("job", "j1", "only_azure")]
    assert words(found_in(facts(vaults=(V1, V2), jobs=(), graph_jobs=both))) == [("job", "j1", "only_second")]


def test_each_night_of_the_window_is_a_comparison_of_its_own() -> None:
    earlier = job(V1, "j0", at=datetime(2026, 11, 19, 22, tzinfo=UTC), night=date(2026, 11, 19))
    told = facts(jobs=(job(V1, "j1"), earlier), graph_jobs=(job(V1, "j1"), earlier))
    nights = [one.event_night for one in differences(told) if (one.thing, one.word) == ("job", "compared")]
    assert nights == [date(2026, 11, 19), NIGHT]


# --- vaults and items


def test_a_vault_that_one_side_alone_tells() -> None:
    assert words(found_in(facts(graph_vaults={}))) == [("vault", "v1", "only_azure")]
    assert words(found_in(facts(graph_vaults=graph_vaults(V1, V2)))) == [("vault", "v2", "only_second")]


def test_what_the_graph_lacks_is_never_called_absent() -> None:
    (one,) = found_in(facts(graph_vaults={}))
    assert "lags behind, or the identity lacks a right" in one.reason


def test_a_vault_moved_between_groups_is_one_vault_with_its_items_and_jobs() -> None:
    old = vault(group="old")
    told = facts(graph_vaults=graph_vaults(old), graph_items=by_key(item(old, "vm1")), graph_jobs=(job(old, "j1"),))
    (one,) = found_in(told)
    assert (one.thing, one.word, one.field, one.azure_says, one.second_says) == (
        "vault",
        "differs",
        "resource_group",
        "rg",
        "old",
    )


def test_two_vaults_of_one_name_are_not_taken_for_a_move() -> None:
    others = (vault(group="old"), vault(group="older"))
    assert words(found_in(facts(graph_vaults=graph_vaults(*others)))) == [
        ("vault", "v1", "only_azure"),
        ("vault", "v1", "only_second"),
        ("vault", "v1", "only_second"),
    ]


def test_items_that_one_side_alone_tells_or_tells_otherwise() -> None:
    assert ("item", "vm;vm1", "only_azure") in words(found_in(facts(graph_items={})))
    assert ("item", "vm;vm2", "only_second") in words(
        found_in(facts(graph_items=by_key(item(V1, "vm1"), item(V1, "vm2"))))
    )
    stopped = by_key(replace(item(V1, "vm1"), state="ProtectionStopped"))
    assert ("item", "vm;vm1", "differs") in words(found_in(facts(graph_items=stopped)))


def test_a_soft_deleted_item_need_not_be_in_the_graph() -> None:
    gone = replace(item(V1, "vm2"), inactive=True)
    assert found_in(facts(items=by_key(item(V1, "vm1"), gone))) == []


def test_items_and_jobs_of_vaults_that_were_not_asked_are_left_to_the_comparison_of_vaults() -> None:
    told = facts(
        listed=listed(V1, V2),
        graph_vaults=graph_vaults(V1, V2),
        graph_items=by_key(item(V1, "vm1"), item(V2, "x")),
        graph_jobs=(job(V1, "j1"), job(V2, "j9")),
    )
    assert found_in(told) == []


# --- resources


def resources(*names: str) -> dict[str, Told]:
    return by_key(*(Told(machine(name), name, kind="microsoft.compute/virtualmachines") for name in names))


def test_a_machine_that_nothing_protects() -> None:
    (one,) = found_in(facts(graph_resources=resources("vm1", "vm2")))
    assert (one.thing, one.key, one.word, one.subject_id) == ("resource", machine("vm2"), "unprotected", SUBSCRIPTION)


def test_a_disk_is_protected_with_its_machine_and_judged_with_it() -> None:
    disk = Told(f"{machine('vm9')}-disk", "d", of_resource_id=machine("vm9"), kind="microsoft.compute/disks")
    assert found_in(facts(graph_resources=by_key(disk, *resources("vm1").values()))) == []


def test_an_account_is_protected_by_what_lies_within_it() -> None:
    account = f"{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.storage/storageaccounts/st"
    blobs = replace(item(V1, "b"), of_resource_id=f"{account}/blobservices/default")
    told = facts(
        items=by_key(item(V1, "vm1"), blobs),
        graph_items=by_key(item(V1, "vm1"), blobs),
        graph_resources=by_key(Told(account, "st", kind="microsoft.storage/storageaccounts")),
    )
    assert found_in(told) == []


@pytest.mark.parametrize("state", ["ProtectionStopped", "BackupsSuspended"])
def test_stopped_backups_protect_nothing_new(state: str) -> None:
    stopped = by_key(replace(item(V1, "vm1"), state=state))
    (one,) = found_in(facts(items=stopped, graph_items=stopped))
    assert (one.word, one.azure_says) == ("unprotected", state)


def test_nothing_is_unprotected_while_a_vault_that_may_protect_it_was_not_read() -> None:
    told = unread(facts(vaults=(V1, V2), graph_resources=resources("vm1", "vm2")), (V2.vault_id, Kind.PROTECTED_ITEMS))
    assert found_in(told) == []
    assert ("resource", SUBSCRIPTION) in comparisons(told, "not_comparable")


# --- nothing is invented

SIDES = {
    "vault": ((SUBSCRIPTION, Kind.VAULTS), (SUBSCRIPTION, Kind.GRAPH_VAULTS)),
    "item": ((V1.vault_id, Kind.PROTECTED_ITEMS), (SUBSCRIPTION, Kind.GRAPH_ITEMS)),
    "job": ((V1.vault_id, Kind.JOBS), (SUBSCRIPTION, Kind.GRAPH_JOBS)),
}


@pytest.mark.parametrize("outcome", [Outcome.NOT_REACHED, Outcome.PARTIAL, Outcome.NOT_OBSERVED_THEN])
@pytest.mark.parametrize(("thing", "side"), [(thing, side) for thing, sides in SIDES.items() for side in sides])
def test_where_one_side_was_not_read_one_row_says_so(thing: str, side: tuple[str, Kind], outcome: Outcome) -> None:
    empty = facts(listed={}, items={}, jobs=(), graph_resources={})
    told = unread(empty, side, outcome=outcome)
    assert thing not in {one.thing for one in found_in(told)}
    missing = [one for one in differences(told) if (one.thing, one.word) == (thing, "not_comparable")]
    # Resource Graph tells vaults of both kinds in one answer, each of which has its own list.
    assert {one.field for one in missing} == (
        {"vaults", "backup_vaults"} if side[1] is Kind.GRAPH_VAULTS else {"vaults"} if thing == "vault" else {"all"}
    )
    assert len(missing) == len({one.field for one in missing})
    assert all("HTTP 403" in one.reason for one in missing)


def test_without_second_sources_nothing_is_compared_with_them() -> None:
    kept = {key: told for key, told in facts().read.outcomes.items() if key[1] not in set(map(str, SECOND_KINDS))}
    assert list(differences(replace(facts(), read=Read(kept)))) == []


ids = st.sets(st.sampled_from(["j1", "j2", "j3"]))
states = st.sampled_from(["Completed", "Failed", "InProgress"])
homes = st.sampled_from([V1, V2])
jobs = st.lists(st.builds(job, homes, st.sampled_from(["j1", "j2", "j3"]), states), max_size=5)


@given(jobs, jobs)
def test_what_differs_one_way_differs_the_other(one: list[Told], other: list[Told]) -> None:
    there = found_in(facts(vaults=(V1, V2), jobs=tuple(one), graph_jobs=tuple(other)))
    back = found_in(facts(vaults=(V1, V2), jobs=tuple(other), graph_jobs=tuple(one)))
    turned = {"only_azure": "only_second", "only_second": "only_azure", "differs": "differs"}
    assert {(d.key, d.subject_id, turned[d.word], d.second_says, d.azure_says) for d in there} == {
        (d.key, d.subject_id, d.word, d.azure_says, d.second_says) for d in back
    }


@given(jobs)
def test_a_side_differs_from_itself_in_nothing(told: list[Told]) -> None:
    assert found_in(facts(vaults=(V1, V2), jobs=tuple(told), graph_jobs=tuple(told))) == []


@given(jobs, jobs, st.sets(st.sampled_from([side for sides in SIDES.values() for side in sides]), min_size=1))
def test_no_difference_is_made_of_what_was_not_read(
    one: list[Told], other: list[Told], lost: set[tuple[str, Kind]]
) -> None:
    told = unread(facts(jobs=tuple(one), graph_jobs=tuple(other)), *lost)
    for thing, sides in SIDES.items():
        if lost & set(sides):
            assert thing not in {d.thing for d in found_in(told)}


@given(jobs, jobs)
def test_no_job_is_told_twice(one: list[Told], other: list[Told]) -> None:
    found = found_in(facts(vaults=(V1, V2), jobs=tuple(one), graph_jobs=tuple(other)))
    presence = [d.key for d in found if d.field == "presence"]
    assert len(presence) == len(set(presence))


def test_rows_are_rows_of_the_table() -> None:
    told = facts(graph_vaults={}, graph_jobs=(), graph_resources=resources("vm1", "vm2"))
    rows = reconcile(told, CONTEXT)
    assert to_parquet(RECONCILIATION, from_rows(RECONCILIATION, rows))
    assert {row["evidence_grade"] for row in rows} == {"A"}
    assert {str(row["capture_id"]).split(".")[1][:13] for row in rows} >= {"_subscription"}


# --- what somebody expects


def expected(source: str = APPROVED, **lists: object) -> ExpectedList:
    return ExpectedList(source=source, title="the list", **lists)  # type: ignore[arg-type]  # passed on as they are


def against(told: Facts, lists: ExpectedList) -> list[Difference]:
    return [one for one in found_in(replace(told, expected=(lists,))) if one.compared_with == lists.source]


def things(*keys: str) -> dict[str, Told]:
    return {key: Told(key) for key in keys}


def test_an_approved_list_that_fits_differs_in_nothing() -> None:
    assert against(facts(), expected(subscriptions=things(SUBSCRIPTION), vaults=things(V1.vault_id))) == []


def test_what_is_approved_and_was_not_asked_and_the_other_way_round() -> None:
    lists = expected(subscriptions=things("/subscriptions/s2"), vaults=things(V2.vault_id))
    assert words(against(facts(), lists)) == [
        ("subscription", "s1", "only_azure"),
        ("subscription", "s2", "only_second"),
        ("vault", "v1", "only_azure"),
        ("vault", "v2", "only_second"),
    ]


def test_an_approval_that_ended_is_named() -> None:
    lists = expected(vaults={}, ended={V1.vault_id: date(2026, 10, 31)})
    (one,) = against(facts(), lists)
    assert (one.word, one.second_says) == ("only_azure", "ended 2026-10-31")


def test_a_vault_left_out_by_the_patterns_is_said_to_be_so() -> None:
    told = facts(listed=listed(V1, V2), graph_vaults=graph_vaults(V1, V2))
    (one,) = against(told, expected(vaults=things(V1.vault_id, V2.vault_id)))
    assert (one.word, "azure.vaults" in one.reason) == ("only_second", True)


def test_no_vault_is_missing_where_its_list_was_not_read() -> None:
    told = replace(unread(facts(), (SUBSCRIPTION, Kind.VAULTS)), expected=(expected(vaults=things(V2.vault_id)),))
    assert [one for one in found_in(told) if one.compared_with == APPROVED] == []
    assert ("vault", SUBSCRIPTION) in comparisons(told, "not_comparable")


def test_a_list_of_subscriptions_that_was_not_read_proves_nothing() -> None:
    told = unread(facts(), (SUBSCRIPTION_LIST, Kind.SUBSCRIPTIONS))
    told = replace(told, expected=(expected(subscriptions=things("/subscriptions/s2")),))
    assert found_in(told) == []
    assert ("subscription", SUBSCRIPTION_LIST) in comparisons(told, "not_comparable")


def test_a_list_that_has_ended_confirms_nothing() -> None:
    told = replace(facts(), expected=(expected(subscriptions=things(SUBSCRIPTION), obstacle="it ended"),))
    assert ("subscription", SUBSCRIPTION_LIST) in comparisons(told, "not_comparable")


def wish(key: str, wanted: bool | None) -> dict[str, Told]:
    return {key: Told(key, wanted=wanted)}


@pytest.mark.parametrize(
    ("listed_things", "found"),
    [
        (wish(machine("vm1"), True), []),
        (wish(machine("vm1"), None), []),
        (wish(machine("vm1"), False), [("resource", "vm1", "differs")]),
        (wish(machine("vm2"), True), [("resource", "vm2", "unprotected"), ("resource", "vm1", "only_azure")]),
        (wish(machine("vm2"), False), [("resource", "vm1", "only_azure")]),
    ],
)
def test_an_inventory_of_resources(listed_things: dict[str, Told], found: list[tuple[str, str, str]]) -> None:
    assert words(against(facts(), expected(INVENTORY, resources=listed_things))) == found


def test_an_inventory_of_items() -> None:
    other = item(V1, "vm2").key
    lost = item(vault("v9"), "vm9").key
    lists = expected(INVENTORY, items={**wish(other, True), **wish(lost, True)})
    assert words(against(facts(), lists)) == [
        ("item", "vm;vm2", "only_second"),
        ("item", "vm;vm1", "only_azure"),
        ("item", "vm;vm9", "only_second"),
    ]


def test_grades_tell_whose_word_it_is() -> None:
    lists = (expected(subscriptions={}), expected(INVENTORY, subscriptions={}))
    rows = reconcile(replace(facts(), expected=lists), CONTEXT)
    assert {(row["compared_with"], row["evidence_grade"]) for row in rows} == {
        ("resource_graph", "A"),
        ("approved", "C"),
        ("inventory", "B"),
    }
