"""Two nights of the simulated Azure with second sources and an approved list: what was planted is told, and what vanished is a gap."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.scene import Scene, page, rows, scene, statement

pytestmark = pytest.mark.slow
Row = Mapping[str, Any]
NIGHTS = ("2026-11-01", "2026-11-02")


@dataclass(frozen=True)
class World:
    """The store after two nights; on the second the list of subscriptions shows one alone."""

    scene: Scene
    truth: Row
    subscriptions: Sequence[str]

    def pack(self, number: int) -> Path:
        """The pack of a night."""
        return self.scene.packs()[f"all-night-internal-{NIGHTS[number]}-r0001"]

    def told(self, number: int) -> list[dict[str, Any]]:
        """Its differences."""
        return [row for row in rows(self.pack(number), "reconciliation") if row["difference"] not in WHOLE]


WHOLE = {"compared", "not_comparable"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with scene(tmp_path_factory.mktemp("second"), "--seed", "11", "--first-night", NIGHTS[0], "--nights", "4") as made:
        subscriptions = list(made.subscriptions)
        azure = f'azure: {{endpoint: "{made.url}", credential: managed_identity, subscriptions: all}}\n'
        made.configure(f"{azure}population: approved.yaml\n", without=["azure:"])
        approved = f"approved_by: Head of Operations\napproved_on: 2026-10-30\nsubscriptions: [{', '.join(subscriptions)}, lost]\n"
        (made.folder / "approved.yaml").write_text(approved)
        made("run", "--night", NIGHTS[0], code=4)
        one = {"value": [{"id": f"/subscriptions/{subscriptions[0]}", "subscriptionId": subscriptions[0]}]}
        gone = {
            "path": f"/subscriptions/{subscriptions[1]}/providers/Microsoft.RecoveryServices/vaults?",
            "status": 404,
        }
        body = '{"error":{"code":"SubscriptionNotFound","message":"gone"}}'
        with made.faults({"path": "/subscriptions?api", "body": json.dumps(one)}, {**gone, "body": body}):
            made("run", "--night", NIGHTS[1], code=4)
        yield World(made, made.truth(), subscriptions)


def test_the_planted_differences_are_found_and_no_others(world: World) -> None:
    graph = {
        (row["thing"], row["difference"], row["thing_key"])
        for row in world.told(0)
        if row["compared_with"] == "resource_graph" and row["difference"] != "unprotected"
    }
    (job,), (vault,) = world.truth["graph_only_jobs"], world.truth["vaults_not_in_graph"]
    assert graph == {("job", "only_second", job["job_id"]), ("vault", "only_azure", vault.lower())}


def test_the_machine_that_nothing_protects_is_listed_with_what_to_do(world: World) -> None:
    (planted,) = world.truth["unprotected_resources"]
    found = {row["thing_key"]: row for row in world.told(0) if row["difference"] == "unprotected"}
    assert "Protect it" in found[planted.lower()]["reason"]
    assert {row["vault_id"] for row in found.values()} == {f"/subscriptions/{world.subscriptions[0]}"}


def test_what_could_not_be_read_is_not_compared(world: World) -> None:
    missing = [row for row in rows(world.pack(0), "reconciliation") if row["difference"] == "not_comparable"]
    (refusing,) = world.truth["unreadable_vaults"]
    told = {(row["thing"], row["thing_key"]) for row in missing}
    assert {("item", refusing.lower()), ("job", refusing.lower())} <= told
    assert ("resource", f"/subscriptions/{world.subscriptions[1]}") in told


def test_the_change_of_a_policy_is_kept_with_who_made_it(world: World) -> None:
    (change,) = world.truth["policy_changes"]
    events = [row for row in rows(world.pack(0), "activity") if row["operation_kind"] == "policy"]
    assert {(row["caller"], row["resource_id"]) for row in events} == {(change["caller"], change["policy_id"].lower())}
    assert all(row["caller_oid"] for row in events)


def test_the_first_page_says_what_confirms_the_population_and_how_many_differ(world: World, tmp_path: Path) -> None:
    first = " ".join(page(world.pack(0), tmp_path).split())
    assert (
        "Population confirmed by the list approved by Head of Operations on 2026-10-30: 1 of 3 things differ" in first
    )
    assert "unprotected resources" in first
    assert statement(world.pack(0))["population_confirmed"] is True
    (row,) = (row for row in world.told(0) if row["compared_with"] == "approved")
    assert (row["thing_key"], row["difference"], row["evidence_grade"]) == ("/subscriptions/lost", "only_second", "C")


def test_a_subscription_that_vanished_is_a_gap_and_not_a_smaller_report(world: World, tmp_path: Path) -> None:
    said = statement(world.pack(1))["completeness"]
    assert said["state"] == "INCOMPLETE"
    gaps = [gap for gap in said["gaps"] if gap["subject_id"] == f"/subscriptions/{world.subscriptions[1]}"]
    reasons = " ".join(gap["reason"] for gap in gaps)
    assert "does not show it any more, and night 2026-11-01 read it" in reasons
    assert said["vaults_expected"] == statement(world.pack(0))["completeness"]["vaults_expected"]


def test_packs_verify_and_status_shows_the_differences(world: World) -> None:
    for number in (0, 1):
        assert world.scene.verify(world.pack(number)).meta["authentic"] is True
    nights = {row["night"]: row for row in world.scene("status", code=4).data}
    assert nights[NIGHTS[0]]["differences"] > 0
    assert any("job only_second" in one for one in nights[NIGHTS[0]]["differing"])


def test_nothing_but_reading_was_sent(world: World) -> None:
    asked = world.scene.control("requests")
    assert asked["not_get"] == []
    assert asked["by_kind"]["Microsoft.ResourceGraph/resources/read"] > 0
