"""Packs handed to persons and reviewed by persons, as the command does it."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from cli.account import account
from tests.cli.conftest import Command, Home
from tests.drills.making import REVIEWER
from tests.fakes.bench import RAW
from tests.fakes.certificates import trade
from tests.fakes.clock import FakeClock
from tests.fakes.issuer import CLIENT, TENANT, Issuer, browse, running


@pytest.fixture
def config(home: Home, tmp_path: Path) -> Path:
    """A copy of the home, to record in."""
    shutil.copytree(home.folder / "evidence-store", tmp_path / "evidence-store")
    (tmp_path / "evidence.yaml").write_bytes(RAW)
    return tmp_path / "evidence.yaml"


@pytest.fixture
def pack(home: Home) -> str:
    return home.packs[-1]


def data(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["data"]
    return found


def shown(command: Command, config: Path, pack: str) -> dict[str, Any]:
    return data(command("pack", "show", pack, "-c", config, "-o", "json").stdout)[0]


def test_a_pack_is_fetched_for_a_person_and_show_lists_it(
    command: Command, config: Path, pack: str, in_time: FakeClock
) -> None:
    words = ("pack", "fetch", pack, "--to", config.parent / "out", "-c", config, "-o", "json")
    plain = command(*words)
    assert plain.exit_code == 0, plain.output
    assert "delivery not recorded" in plain.stderr
    assert shown(command, config, pack)["deliveries"] == []
    named = (*words, "--for", "Ada Example", "--purpose", "SOC 2, sample 14")
    (row,) = data(command(*named).stdout)
    assert (row["recorded"], row["for"], row["purpose"]) == ("now", "Ada Example", "SOC 2, sample 14")
    again = command(*named)
    assert data(again.stdout)[0]["recorded"] == "before"
    assert f"ledger entry {row['ledger_entry']}" in again.stderr
    (told,) = shown(command, config, pack)["deliveries"]
    assert (told["for"], told["sha256"], told["bytes"]) == ("Ada Example", row["sha256"], row["bytes"])
    assert told["asked_by"] == account().sentence
    assert in_time.moment.isoformat() > told["recorded_at"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--for", "Ada\nExample"), 2, "no name"),
        (("--for", ""), 2, "no name"),
        (("--purpose", "why"), 2, "--for"),
    ],
)
def test_what_cannot_be_recorded_is_refused_before_anything_is_written(
    command: Command, config: Path, pack: str, words: tuple[str, ...], code: int, said: str
) -> None:
    told = command("pack", "fetch", pack, "--to", config.parent / "out", "-c", config, *words)
    assert told.exit_code == code
    assert said in told.stderr
    assert not (config.parent / "out").exists()


def test_a_pack_whose_store_was_changed_is_not_handed_out(command: Command, config: Path, pack: str) -> None:
    (file,) = (config.parent / "evidence-store").rglob(f"{pack}.zip")
    file.chmod(0o644)
    file.write_bytes(file.read_bytes() + b"x")
    told = command("pack", "fetch", pack, "--to", config.parent / "out", "-c", config, "--for", "Ada")
    assert told.exit_code == 7
    assert list((config.parent / "out").iterdir()) == []


def test_a_review_is_shown_confirmed_by_its_hash_and_recorded_as_unproven(
    command: Command, config: Path, pack: str, in_time: FakeClock
) -> None:
    sha256 = shown(command, config, pack)["tagmanifest_sha256"]
    words = ("pack", "review", pack, "-c", config, "--reviewer", "Ada Example", "--yes", "-o", "json")
    refused = command(*words, "--hash", "0" * 64)
    assert refused.exit_code == 8
    told = command(*words, "--hash", sha256)
    assert told.exit_code == 0, told.output
    for said in (
        "completeness: INCOMPLETE",
        "gaps: ",
        "backup jobs failed: 0",
        "failures unresolved: 0; unknown whether resolved: ",
    ):
        assert said in told.stderr
    assert "identity not proven by sign-in (grade C)" in told.stderr
    (row,) = data(told.stdout)
    assert (row["outcome"], row["reviewer"], row["grade"], row["claims"]) == ("confirmed", "Ada Example", "C", None)
    (listed,) = shown(command, config, pack)["reviews"]
    assert (listed["reviewer"], listed["stands"], listed["ledger_entry"]) == ("Ada Example", True, row["ledger_entry"])
    assert "not proven" in listed["identity"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--yes",), "--reviewer and --hash"),
        (("--yes", "--hash", "0" * 64), "--reviewer and --hash"),
        ((), "no terminal"),
        (("--yes", "--hash", "0", "--reviewer", "Ada", "--outcome", "fine"), "no outcome"),
        (("--yes", "--hash", "0", "--reviewer", "Ada", "--outcome", "rejected"), "Remarks"),
        (("--yes", "--hash", "0", "--reviewer", "A\x07"), "no name"),
    ],
)
def test_a_review_that_cannot_be_recorded_ends_2(
    command: Command, config: Path, pack: str, words: tuple[str, ...], said: str
) -> None:
    told = command("pack", "review", pack, "-c", config, *words)
    assert told.exit_code == 2
    assert said in told.stderr


def test_at_a_terminal_what_is_missing_is_asked_for(
    command: Command, config: Path, pack: str, in_time: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(
        ["rejected", "vault v1 was not read", "Ada Example", shown(command, config, pack)["tagmanifest_sha256"]]
    )
    monkeypatch.setattr("cli.pack_review.can_ask", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))
    (row,) = data(command("pack", "review", pack, "-c", config, "-o", "json").stdout)
    assert (row["outcome"], row["remarks"]) == ("rejected", "vault v1 was not read")
    told = command("status", "-c", config)
    assert f"pack REJECTED: {pack} by Ada Example" in told.stderr


@pytest.mark.parametrize("words", [("--yes", "--hash", "0" * 64), ("--reviewer", "Ada")], ids=["yes", "reviewer"])
def test_a_signed_review_asks_and_takes_no_name(
    command: Command, config: Path, pack: str, words: tuple[str, ...]
) -> None:
    told = command("pack", "review", pack, "-c", config, "--sign-in", *words)
    assert told.exit_code == 2
    assert "takes neither --yes nor --reviewer" in told.stderr


def test_a_signed_review_needs_a_terminal(command: Command, config: Path, pack: str) -> None:
    assert command("pack", "review", pack, "-c", config, "--sign-in").exit_code == 8


def browsed(url: str) -> bool:
    Thread(target=browse, args=(url,), daemon=True).start()
    return True


def test_a_reviewer_signs_in_and_the_review_is_proven(
    command: Command, config: Path, pack: str, in_time: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (config.parent / "signer.key").write_bytes(trade().signer.key_pem)
    (config.parent / "signer.key").chmod(0o600)
    (config.parent / "signer.pem").write_bytes(trade().signer.pem + trade().issuing.pem)
    answers = iter(["rejected", "vault v1 was not read", shown(command, config, pack)["tagmanifest_sha256"]])
    monkeypatch.setattr("cli.signing_in.at_terminal", lambda: True)
    monkeypatch.setattr("cli.pack_review.can_ask", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))
    monkeypatch.setenv("BROWSER", "a browser")
    monkeypatch.setattr("webbrowser.open", browsed)
    with running(Issuer(lambda: in_time.moment, REVIEWER.object_id, REVIEWER.name)) as issuer:
        told = f"tenant: {TENANT}, client_id: {CLIENT}, issuer: '{issuer.url}'"
        config.write_bytes(
            RAW + f"signing: {{kind: file, key: signer.key, certificate: signer.pem}}\nsign_in: {{{told}}}\n".encode()
        )
        found = command("pack", "review", pack, "-c", config, "--sign-in", "-o", "json")
    assert found.exit_code == 0, found.output
    (row,) = data(found.stdout)
    assert (row["reviewer"], row["grade"], row["claims"]["oid"]) == (REVIEWER.name, "B", REVIEWER.object_id)
    (listed,) = shown(command, config, pack)["reviews"]
    assert listed["identity"] == "a person who signed in, with a signed statement"
    (statement,) = (config.parent / "evidence-store").rglob("decision.json")
    statement.chmod(0o600)
    statement.write_bytes(statement.read_bytes() + b" ")
    assert command("pack", "show", pack, "-c", config).exit_code == 7


def test_status_tells_reviews_that_are_due_and_overdue(
    command: Command, config: Path, pack: str, in_time: FakeClock
) -> None:
    told = command("status", "-c", config, "-o", "json")
    meta = json.loads(told.stdout)["meta"]
    assert ([one["pack"] for one in meta["reviews_due"]], meta["reviews_overdue"]) == ([pack], [])
    assert "review due until" in told.stderr
    in_time.moment += timedelta(days=31)
    late = command("status", "-c", config, "-o", "json")
    assert [one["pack"] for one in json.loads(late.stdout)["meta"]["reviews_overdue"]] == [pack]
    assert f"backup-evidence pack review {pack}" in late.stderr
    config.write_bytes(RAW + b"reviews: {due_days: 30, kinds: []}\n")
    assert json.loads(command("status", "-c", config, "-o", "json").stdout)["meta"]["reviews_overdue"] == []
