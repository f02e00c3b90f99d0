"""A look by hand: what it prints, what it ends with, and that `status` shows what could not be asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence.compose import Composition
from evidence.runs.watch.asking import Asking
from evidence.runs.watch.look import Watching
from tests.cli.conftest import Command
from tests.fakes.bench import RAW, Bench
from tests.fakes.bodies import FakeJob, FakeVault
from tests.fakes.watched import WatchedAzure
from tests.runs.evening import TEN, evening


@dataclass
class Place:
    bench: Bench
    vault: FakeVault
    source: WatchedAzure
    config: Path
    command: Command

    def __call__(self, *words: object, code: int = 0) -> Any:
        found = self.command("watch", *words, "-o", "json", "-c", self.config)
        assert found.exit_code == code, found.output
        return json.loads(found.stdout) if found.stdout else found.stderr

    def fails(self) -> FakeJob:
        job = FakeJob(f"failed-{len(self.vault.jobs)}", "vm1", TEN - timedelta(hours=1), status="Failed")
        self.vault.jobs.append(job)
        return job


@pytest.fixture
def place(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Place:
    bench = evening()
    vault = bench.azure.vaults[0]
    source = WatchedAzure(bench.azure)
    watching = Watching(Asking(source, 30.0, 1, lambda: 0.0), timedelta(hours=24), RAW)
    monkeypatch.setattr("evidence.compose.SystemClock", lambda: bench.clock)
    monkeypatch.setattr(Composition, "store", bench.store)
    monkeypatch.setattr(Composition, "watching", watching)
    (tmp_path / "evidence.yaml").write_bytes(RAW)
    return Place(bench, vault, source, tmp_path / "evidence.yaml", command)


def test_a_quiet_look_ends_0(place: Place) -> None:
    told = place("--once")
    assert told["data"] == []
    assert (told["meta"]["vaults"], told["meta"]["unread"], told["meta"]["ledger_entry"]) == (2, [], None)


def test_a_fresh_failure_is_printed_once(place: Place) -> None:
    job = place.fails()
    (row,) = place("--once")["data"]
    assert (row["vault"], row["subject"], row["job_id"]) == ("v1", "vm1", job.job_id)
    assert row["error"] == ["CommandFailed"]
    again = place("--once")
    assert (again["data"], again["meta"]["known"]) == ([], 1)


def test_it_ends_3_for_a_fresh_failure_where_that_is_asked_for(place: Place) -> None:
    place.fails()
    place("--once", "--fail-on-fresh", code=3)
    place("--once", "--fail-on-fresh", code=0)


def test_a_vault_that_cannot_be_asked_ends_4_and_stands_in_status(place: Place) -> None:
    place.source.refused["v1"] = "HTTP 403 AuthorizationFailed"
    place.fails()
    told = place("--once", "--fail-on-fresh", code=4)
    assert told["meta"]["unread"][0]["reason"] == "HTTP 403 AuthorizationFailed"
    shown = place.command("status", "-c", place.config).stderr
    assert "1 vaults could not be asked between nights: v1 (HTTP 403 AuthorizationFailed)" in " ".join(shown.split())


def test_without_owners_it_says_that_nobody_was_told(place: Place) -> None:
    place.fails()
    found = place.command("watch", "--once", "-c", place.config)
    assert "nobody was told" in found.stderr
    assert "nobody was told" not in place.command("watch", "--once", "--no-tell", "-c", place.config).stderr


def test_the_summary_tells_of_each_scope_whether_its_backups_are_proven(place: Place) -> None:
    (row,) = place("--summary")["data"]
    assert (row["scope"], row["gate"]) == ("all", "blind")
    assert "have not been judged" in row["against"]


@pytest.mark.parametrize("words", [(), ("--once", "--summary")], ids=["neither", "both"])
def test_one_of_both_must_be_said(place: Place, words: tuple[str, ...]) -> None:
    place(*words, code=2)
