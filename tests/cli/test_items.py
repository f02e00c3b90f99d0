"""What a person is told of an item: its policy, runs, points, exceptions and owner, each as last seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from evidence.compose import Composition
from evidence.records import Kind, Outcome
from tests.cli.conftest import Command
from tests.fakes.bench import NIGHT, RAW, Bench, backup
from tests.fakes.bodies import FakeItem, FakeVault
from tests.fakes.judged_slots import seal_slots, slot_row

BEFORE = NIGHT - timedelta(days=1)


@dataclass
class Place:
    bench: Bench
    first: FakeVault
    second: FakeVault
    config: Path
    command: Command

    def __call__(self, *words: object, code: int = 0) -> Any:
        found = self.command("items", *words, "-o", "json", "-c", self.config)
        assert found.exit_code == code, found.output
        return json.loads(found.stdout)["data"] if code == 0 else found.stderr


@cache
def judged() -> Bench:
    """Two nights of two vaults, sealed once for all tests."""
    bench = Bench()
    first, second = bench.vault("rsv-a"), bench.vault("rsv-b", region="eastus")
    for night in (BEFORE, NIGHT):
        backup(first, night), backup(second, night)
        bench.seal(night)
        seal_slots(bench, [slot_row(first, "vm1", "success" if night == BEFORE else "failed", night=night)], night)
    return bench


@pytest.fixture
def place(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Place:
    bench = deepcopy(judged())
    monkeypatch.setattr("evidence.compose.SystemClock", lambda: bench.clock)
    monkeypatch.setattr(Composition, "store", bench.store)
    (tmp_path / "evidence.yaml").write_bytes(RAW + b'tiers: [{match: {name: "vm1"}, tier: 0}]\n')
    first, second = bench.azure.vaults
    return Place(bench, first, second, tmp_path / "evidence.yaml", command)


def test_the_list_tells_of_each_item_its_last_run_and_what_it_is(place: Place) -> None:
    rows = {row["vault"]: row for row in place("list")}
    assert set(rows) == {"rsv-a", "rsv-b"}
    assert (rows["rsv-a"]["item"], rows["rsv-a"]["tier"], rows["rsv-a"]["outcome"]) == ("vm1", 0, "failed")
    assert rows["rsv-a"]["last_slot"].startswith(f"{NIGHT}T22:00")
    assert rows["rsv-b"]["outcome"] is None, "a run that was never judged has no outcome"
    assert rows["rsv-b"]["region"] == "eastus"


def test_the_list_can_be_narrowed_to_vaults(place: Place) -> None:
    assert [row["vault"] for row in place("list", "--vault", "RSV-B*")] == ["rsv-b"]


def test_a_list_that_was_not_read_is_no_empty_list(place: Place) -> None:
    place.second.spoiled[Kind.PROTECTED_ITEMS] = (Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed")
    place.bench.seal(NIGHT + timedelta(days=1))
    assert "rsv-b" in place("list", code=4)


def test_an_item_is_shown_with_runs_points_and_policy(place: Place) -> None:
    (told,) = place("show", "rsv-a/vm1")
    assert [(row["outcome"], row["event_night"]) for row in told["slots"]] == [
        ("failed", str(NIGHT)),
        ("success", str(BEFORE)),
    ]
    assert told["slots"][0]["job_ids"] == [f"backup-rsv-a-vm1-{NIGHT}"]
    assert [row["recovery_point_id"] for row in told["points"]] == [f"point-{NIGHT}", f"point-{BEFORE}"]
    assert told["points"][0]["age"].endswith("min")
    assert told["points"][1]["age"].startswith("1 d")
    assert told["exceptions"] == []
    assert told["owner"] is None


def test_an_item_is_found_by_its_key_in_any_case(place: Place) -> None:
    key = place.first.item_id(place.first.items[0])
    assert place("show", key)[0]["vault"] == "rsv-a"


def test_a_name_that_two_items_bear_is_told_with_both(place: Place) -> None:
    said = place("show", "vm1", code=2)
    assert "2 items" in said
    assert "rsv-a" in said
    assert "rsv-b" in said


def test_a_name_that_nobody_bears_is_told(place: Place) -> None:
    assert "No item is called 'nobody'" in place("show", "nobody", code=2)


def test_an_item_that_is_gone_is_still_shown_as_last_seen(place: Place) -> None:
    place.first.items.append(FakeItem("gone"))
    after = NIGHT + timedelta(days=1)
    place.bench.seal(after)
    place.first.items.pop()
    place.bench.seal(after + timedelta(days=1))
    assert place("show", "gone")[0]["observed_at"].startswith(str(after + timedelta(days=1)))


def test_without_a_sealed_night_no_item_is_known(tmp_path: Path, command: Callable[..., Any]) -> None:
    (tmp_path / "evidence.yaml").write_bytes(RAW)
    told = command("items", "list", "-c", tmp_path / "evidence.yaml")
    assert told.exit_code == 4
    assert "No night is sealed" in told.stderr


def test_a_person_reads_facts_runs_and_points(place: Place) -> None:
    told = place.command("items", "show", "rsv-a/vm1", "-c", place.config)
    assert told.exit_code == 0
    for words in ("vm1", "failed", f"point-{NIGHT}", "no owners file is configured"):
        assert words in told.stdout
    assert "slots: 2" in told.stderr
