"""The command that schedulers call: what it ends with on real stores, and that it never opens unseen."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from evidence.errors import StoreError
from evidence.records import Kind, Outcome
from evidence.stores.directory import DirectoryStore
from tests.cli.conftest import Command
from tests.fakes.bench import NIGHT, RAW, Bench, backup
from tests.fakes.bodies import FakeItem, FakeVault
from tests.fakes.clock import FakeClock
from tests.fakes.judged_slots import Row, seal_slots, slot_row

TIERS = b'tiers:\n  - {match: {name: "vm1"}, tier: 0}\n  - {match: {name: "vm2"}, tier: 2}\n'
SCOPES = b"scopes: {all: {}, eu: {regions: [westeurope]}, us: {regions: [eastus]}}\n"
Asked = Callable[..., Result]


@dataclass
class Place:
    """A store on a disk, its vault, and the command on both."""

    bench: Bench
    vault: FakeVault
    config: Path
    command: Command

    def judged(self, *rows: Row, night: Any = NIGHT) -> None:
        """Seal the night, and these slots of it."""
        self.bench.seal(night)
        seal_slots(self.bench, rows, night)

    def __call__(self, *words: object, code: int) -> Any:
        """Ask the gate on the morning after; it must end with `code`."""
        found = self.command("gate", "--before", "07:00", "-o", "json", "-c", self.config, *words)
        assert found.exit_code == code, found.output
        return json.loads(found.stdout) if found.stdout else None


@pytest.fixture
def place(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Place:
    clock = FakeClock()
    bench = Bench(store=DirectoryStore(tmp_path / "evidence-store"), clock=clock, raw=RAW + TIERS)
    monkeypatch.setattr("evidence.compose.SystemClock", lambda: clock)
    (tmp_path / "evidence.yaml").write_bytes(bench.raw)
    vault = bench.vault()
    backup(vault)
    clock.reach(bench.calendar.window(NIGHT).end + timedelta(minutes=30))
    return Place(bench, vault, tmp_path / "evidence.yaml", command)


def whats(told: Any) -> Sequence[tuple[str, str]]:
    return [(row["what"], row["subject"]) for row in told["data"]]


def test_a_night_that_is_proven_opens_it(place: Place) -> None:
    place.judged(slot_row(place.vault, "vm1", "success"))
    told = place(code=0)
    assert told["data"] == []
    assert (told["meta"]["gate"], told["meta"]["night"]) == ("open", str(NIGHT))
    assert (told["meta"]["critical"], told["meta"]["proven"]) == (1, 1)


def test_a_failure_closes_it_and_is_listed_with_its_job(place: Place) -> None:
    place.judged(slot_row(place.vault, "vm1", "failed"))
    (row,) = place(code=3)["data"]
    assert (row["subject"], row["outcome"], row["tier"], row["vault"]) == ("vm1", "failed", 0, "v1")
    assert row["job_ids"] == [f"backup-v1-vm1-{NIGHT}"]


def test_an_item_of_a_lower_tier_does_not_count_unless_it_is_asked_for(place: Place) -> None:
    place.vault.items.append(FakeItem("vm2"))
    place.judged(slot_row(place.vault, "vm1", "success"), slot_row(place.vault, "vm2", "failed"))
    place(code=0)
    assert whats(place("--min-tier", 2, code=3)) == [("slot", "vm2")]
    assert whats(place("--all", code=3)) == [("slot", "vm2")]


def test_without_tiers_every_item_counts(place: Place) -> None:
    place.config.write_bytes(RAW)
    place.vault.items.append(FakeItem("vm2"))
    place.judged(slot_row(place.vault, "vm1", "success"), slot_row(place.vault, "vm2", "pending"))
    assert whats(place(code=3)) == [("slot", "vm2")]


@pytest.mark.slow
def test_an_item_that_no_policy_covers_closes_it(place: Place) -> None:
    place.vault.items.append(FakeItem("vm1-copy"))
    place.judged(slot_row(place.vault, "vm1", "success"))
    assert whats(place("--all", code=3)) == [("no slot", "vm1-copy")]


@pytest.mark.slow
def test_a_weekly_backup_of_an_earlier_night_counts(place: Place) -> None:
    last = NIGHT - timedelta(days=3)
    place.judged(slot_row(place.vault, "vm1", "success", night=last), night=last)
    place.judged()
    place(code=0)


@pytest.mark.slow
def test_an_item_whose_protection_was_stopped_closes_it(place: Place) -> None:
    last = NIGHT - timedelta(days=3)
    place.judged(slot_row(place.vault, "vm1", "success", night=last), night=last)
    place.judged(slot_row(place.vault, "vm1", "not_expected"))
    assert whats(place(code=3)) == [("no slot", "vm1")]


@pytest.mark.slow
def test_what_a_later_assessment_judged_again_stands(place: Place) -> None:
    place.judged(slot_row(place.vault, "vm1", "pending"))
    place(code=3)
    after = NIGHT + timedelta(days=1)
    place.judged(
        slot_row(place.vault, "vm1", "success"), slot_row(place.vault, "vm1", "failed", night=after), night=after
    )
    place("--night", NIGHT, "--before", f"{after}T07:00", code=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "code"), [(Kind.JOBS, 4), (Kind.PROTECTED_ITEMS, 4), (Kind.RECOVERY_POINTS, 3), (Kind.VAULT_CONFIG, 3)]
)
def test_what_was_not_read_keeps_it_closed(place: Place, kind: Kind, code: int) -> None:
    place.vault.spoiled[kind] = (Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed")
    place.judged(slot_row(place.vault, "vm1", "success"))
    told = place(code=code)
    assert told["data"][0]["subject"] == "v1"
    assert str(kind) in told["data"][0]["reason"]
    assert "403" in told["data"][0]["reason"]


def test_a_night_that_was_not_captured_is_not_looked_at(place: Place) -> None:
    (row,) = place(code=4)["data"]
    assert "not sealed" in row["reason"]


def test_a_night_that_was_not_judged_is_not_looked_at(place: Place) -> None:
    place.bench.seal(NIGHT)
    (row,) = place(code=4)["data"]
    assert "have not been judged" in row["reason"]


@pytest.mark.slow
def test_a_judgement_older_than_the_nights_last_run_does_not_count(place: Place) -> None:
    place.judged(slot_row(place.vault, "vm1", "success"))
    place.bench.seal(NIGHT, again=True, reason="once more")
    place(code=4)


def test_a_store_that_cannot_be_read_keeps_it_closed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.judged(slot_row(place.vault, "vm1", "success"))

    def broken(self: DirectoryStore, path: str) -> bytes:
        raise StoreError("The disk does not answer.", cause=path)

    monkeypatch.setattr(DirectoryStore, "read", broken)
    (row,) = place(code=4)["data"]
    assert "The disk does not answer" in row["reason"]


def test_a_sealed_file_that_was_changed_ends_7(place: Place, tmp_path: Path) -> None:
    place.judged(slot_row(place.vault, "vm1", "success"))
    (file,) = (tmp_path / "evidence-store" / "assessments" / "slots").rglob("*.parquet")
    file.chmod(0o644)
    file.write_bytes(file.read_bytes() + b" ")
    place(code=7)


@pytest.mark.slow
def test_a_scope_is_judged_by_its_own_vaults_and_one_without_any_is_not_looked_at(place: Place) -> None:
    place.config.write_bytes(RAW + TIERS + SCOPES)
    american = place.bench.vault("v2", region="eastus")
    backup(american, name="vm1")
    place.judged(slot_row(place.vault, "vm1", "success"), slot_row(american, "vm1", "failed"))
    place("--scope", "eu", code=0)
    assert [row["vault"] for row in place("--scope", "us", code=3)["data"]] == ["v2"]
    place.bench.azure.subscriptions[0].vaults.remove(american)
    after = NIGHT + timedelta(days=1)
    place.judged(slot_row(place.vault, "vm1", "success", night=after), night=after)
    place.bench.clock.reach(place.bench.calendar.window(after).end)
    assert "no vault is in scope" in place("--scope", "us", code=4)["data"][0]["reason"]


@pytest.mark.parametrize(
    "words",
    [
        ("--scope", "mars"),
        ("--before", "noon"),
        ("--night", "yesterday"),
        ("--before", "2026-11-21T23:00"),
        ("--min-tier", 1, "--all"),
        ("--min-tier", 10),
    ],
    ids=lambda words: " ".join(map(str, words)),
)
def test_a_call_that_cannot_be_meant_ends_2(place: Place, words: tuple[object, ...]) -> None:
    place(*words, code=2)


def test_several_scopes_must_be_chosen_from(place: Place) -> None:
    place.config.write_bytes(RAW + TIERS + SCOPES)
    place(code=2)


def test_min_tier_without_tiers_says_nothing_and_is_refused(place: Place) -> None:
    place.config.write_bytes(RAW)
    place("--min-tier", 0, code=2)


def test_a_person_reads_the_verdict_in_one_line(place: Place) -> None:
    place.judged(slot_row(place.vault, "vm1", "silent"))
    found = place.command("gate", "--before", "07:00", "-c", place.config)
    assert found.exit_code == 3
    assert f"gate all, night {NIGHT}: CLOSED; 0 of 1 critical items have a proven good backup" in found.stderr
    assert "silent" in found.stdout
