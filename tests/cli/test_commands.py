from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from cli.main import app
from evidence.errors import StoreError
from evidence.stores.directory import DirectoryStore
from tests.cli.conftest import DAYS, Command, Home
from tests.fakes.bench import RAW, Bench
from tests.fakes.clock import FakeClock
from tests.paths import ROOT

SECRET = "hunter2-is-the-key"


def data(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["data"]
    return found


def every_command(group: TyperGroup, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every command by its words, with what its function says of it."""
    for name, one in group.commands.items():
        if isinstance(one, TyperGroup):
            yield from every_command(one, (*words, name))
        else:
            yield (*words, name), getattr(one.callback, "__doc__", None) or ""


ROOT_COMMAND = typer.main.get_command(app)
assert isinstance(ROOT_COMMAND, TyperGroup)


# --- help


@pytest.mark.parametrize(
    ("words", "says"), [pytest.param(*found, id=" ".join(found[0])) for found in every_command(ROOT_COMMAND)]
)
def test_every_command_explains_itself_with_examples_as_they_are_to_be_typed(
    command: Command, words: tuple[str, ...], says: str
) -> None:
    told, short = command(*words, "--help"), command(*words, "-h")
    assert told.exit_code == short.exit_code == 0
    assert told.stdout == short.stdout
    assert "Example" in told.stdout
    assert f"backup-evidence {' '.join(words)}" in told.stdout
    lines = [line.strip() for line in told.stdout.splitlines()]
    examples = [line.strip() for line in says.splitlines() if line.strip().startswith("backup-evidence ")]
    assert examples or "Example: backup-evidence" in says, "a command without an example"
    assert [line for line in examples if line not in lines] == []


def test_the_command_without_words_shows_its_help_and_exit_codes(command: Command) -> None:
    told = command("--help")
    assert told.exit_code == 0
    words = " ".join(told.stdout.split())
    for code in ("0 ok", "2 usage", "4 partial", "7 integrity", "8 refused"):
        assert code in words
    assert command().exit_code == 2


@pytest.mark.parametrize("group", ["pack", "keys", "ledger"])
def test_a_group_without_a_command_shows_its_help(command: Command, group: str) -> None:
    told = command(group)
    assert told.exit_code == 2
    assert "Usage" in told.output


# --- usage and configuration: 2


USAGE: list[tuple[str, ...]] = [
    ("fly",),
    ("run",),
    ("run", "--night", "yesterday"),
    ("run", "--night", "2026-02-30"),
    ("run", "--from", "2026-11-01"),
    ("run", "--from", "2026-11-02", "--to", "2026-11-01"),
    ("run", "--from", "1990-01-01", "--to", "2026-11-01"),
    ("run", "--night", "2026-11-20", "--from", "2026-11-20", "--to", "2026-11-20"),
    ("run", "--night", "2026-11-20", "--again"),
    ("run", "--night", "2026-11-20", "--again", "--reason", "  "),
    ("run", "--night", "2026-11-20", "--reason", "why"),
    ("run", "--night", "2025-11-20"),
    ("pack", "build"),
    ("pack", "build", "--period", "soon"),
    ("pack", "build", "--period", "2026Q5"),
    ("pack", "build", "--period", "2026", "--from", "2026-01-01", "--to", "2026-01-02"),
    ("pack", "build", "--from", "2026-01-02", "--to", "2026-01-01"),
    ("pack", "build", "--period", "2026-11", "--kind", "night"),
    ("pack", "build", "--period", "2026-11", "--kind", "weather"),
    ("pack", "build", "--period", "2026-11", "--audience", "everybody"),
    ("pack", "build", "--period", "2026-11", "--scope", "mars"),
    ("pack", "build", "--period", "2026-11", "--again"),
    ("pack", "build", "--period", "2026-11", "--reason", "why"),
    ("pack", "show"),
    ("pack", "show", "no-such-pack"),
    ("pack", "list", "-o", "xml"),
    ("ledger", "list", "--since", "x"),
    ("verify",),
    ("status", "--config"),
]


@pytest.mark.parametrize("words", USAGE, ids=" ".join)
def test_a_wrong_call_ends_2_and_says_what_is_wrong(command: Command, home: Home, words: tuple[str, ...]) -> None:
    needs_config = words[0] in {"run", "pack", "ledger"} and words != ("ledger", "list", "--since", "x")
    told = command(*words, *(["-c", home.config] if needs_config else []))
    assert told.exit_code == 2
    assert told.stderr.strip()
    assert "Traceback" not in told.output


@pytest.mark.parametrize(
    "words", [("status",), ("pack", "list"), ("ledger", "list"), ("doctor",), ("run", "--night", "2026-11-20")]
)
def test_without_a_configuration_the_way_to_one_is_told(command: Command, words: tuple[str, ...]) -> None:
    told = command(*words)
    assert told.exit_code == 2
    assert "evidence.yaml" in told.stderr
    assert "--config" in told.stderr


def test_a_mistake_in_the_configuration_is_told_with_its_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "evidence.yaml").write_text("azure:\n  subscriptions: [s]\n  clod: moon\n")
    told = command("status")
    assert told.exit_code == 2
    assert "evidence.yaml:3: azure.clod" in told.stderr


def test_the_configuration_is_found_by_option_before_environment_before_folder(
    command: Command, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "evidence.yaml").write_text("here: 1\n")
    (tmp_path / "other.yaml").write_text("there: 1\n")
    assert "here:" in command("ledger", "list").stderr
    monkeypatch.setenv("BACKUP_EVIDENCE_CONFIG", str(tmp_path / "other.yaml"))
    assert "there:" in command("ledger", "list").stderr
    assert command("ledger", "list", "--config", home.config).exit_code == 0


def test_a_missing_key_ends_2_before_anything_is_asked(command: Command, home: Home) -> None:
    told = command("run", "--night", DAYS[4], "-c", home.config)
    assert told.exit_code == 2
    assert "signer.key" in told.stderr
    assert "keys init" in told.stderr


@pytest.mark.parametrize("words", [("run", "--night", "2026-11-20"), ("doctor",)])
def test_the_simulators_clock_needs_a_development_key(command: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "evidence.yaml").write_bytes(
        RAW.replace(b"azure:\n", b"azure:\n  endpoint: http://127.0.0.1:9\n") + b"clock: simulator\n"
    )
    told = command(*words)
    assert told.exit_code == 2
    assert "key" in told.output


def test_secrets_of_the_environment_and_the_file_are_never_printed(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKUP_EVIDENCE_TOKEN", SECRET)
    monkeypatch.setenv("BACKUP_EVIDENCE_STORE_KEY", SECRET)
    (tmp_path / "pass").write_text(SECRET)
    text = (
        "azure:\n  subscriptions: [s]\n  endpoint: http://127.0.0.1:9\n  credential: static\n"
        "store: {kind: azure_blob, account_url: 'http://127.0.0.1:9/x', credential: shared_key}\n"
        "signing: {passphrase_file: pass}\n"
    )
    (tmp_path / "evidence.yaml").write_text(text)
    for words in (("doctor",), ("status",), ("ledger", "list"), ("run", "--night", "2026-11-20")):
        told = command(*words)
        assert told.exit_code not in {0, 1}, words
        assert SECRET not in told.output
    (tmp_path / "evidence.yaml").write_text(f"{text}timestamp: {{url: 'https://u:{SECRET}@x.example'}}\n")
    assert SECRET not in command("status").output


# --- lists and what they end with


def test_the_ledger_is_listed_in_order(command: Command, home: Home) -> None:
    told = command("ledger", "list", "-c", home.config, "-o", "json")
    assert told.exit_code == 0
    rows = data(told.stdout)
    assert [row["sequence"] for row in rows] == list(range(1, len(rows) + 1))
    only = command("ledger", "list", "--kind", "pack-sealed", "-c", home.config, "-o", "json")
    assert [row["subject"] for row in data(only.stdout)] == [f"pack/{pack}" for pack in home.packs]


def test_a_broken_chain_ends_7_and_names_the_entry(command: Command, home: Home, tmp_path: Path) -> None:
    shutil.copytree(home.folder, tmp_path / "copy")
    entry = sorted((tmp_path / "copy" / "evidence-store" / "ledger").iterdir())[2]
    entry.chmod(0o644)
    entry.write_bytes(entry.read_bytes().replace(b"tester", b"forger"))
    for words in (("ledger", "list"), ("status",), ("pack", "list")):
        told = command(*words, "-c", tmp_path / "copy" / "evidence.yaml")
        assert told.exit_code == 7
        assert "ledger" in told.stderr


def test_packs_are_listed_and_shown(command: Command, home: Home) -> None:
    rows = data(command("pack", "list", "-c", home.config, "-o", "json").stdout)
    assert sorted(row["pack"] for row in rows) == sorted(home.packs)
    assert all(Path(row["file"]).is_file() for row in rows)
    only = data(command("pack", "list", "--kind", "audit", "-c", home.config, "-o", "json").stdout)
    assert [row["pack"] for row in only] == [home.packs[2]]
    assert data(command("pack", "list", "--scope", "mars", "-c", home.config, "-o", "json").stdout) == []
    (shown,) = data(command("pack", "show", home.packs[0], "-c", home.config, "-o", "json").stdout)
    assert shown["completeness"] == "COMPLETE"
    assert len(shown["objects"]) == 3


def test_a_pack_that_is_sealed_is_said_to_be_and_ends_by_its_completeness(command: Command, home: Home) -> None:
    words = ("pack", "build", "-c", home.config, "-o", "json")
    good = command(*words, "--kind", "night", "--period", DAYS[0])
    assert good.exit_code == 0
    assert "sealed already" in good.stderr
    bad = command(*words, "--kind", "night", "--period", DAYS[2], "--quiet")
    assert (bad.exit_code, bad.stderr) == (4, "")
    assert command(*words, "--from", DAYS[0], "--to", DAYS[2]).exit_code == 4


def test_status_tells_missing_nights_and_incomplete_packs(command: Command, home: Home, in_time: FakeClock) -> None:
    told = command("status", "-c", home.config, "-o", "json")
    assert told.exit_code == 4
    rows = {row["night"]: row for row in data(told.stdout)}
    assert [rows[str(day)]["sealed"] for day in DAYS[:3]] == ["yes", "missing", "yes"]
    assert [rows[str(day)]["complete"] for day in DAYS[:3]] == [True, False, False]
    meta = json.loads(told.stdout)["meta"]
    assert meta["missing_nights"] == [str(DAYS[1])]
    assert meta["orphans"] == []
    assert f"run --night {DAYS[1]}" in told.stderr


def one_night(home: Home, folder: Path, config: bytes = RAW) -> Path:
    """The store as it was after its first night and that night's pack."""
    shutil.copytree(home.folder, folder)
    for entry in sorted((folder / "evidence-store" / "ledger").iterdir())[5:]:
        entry.unlink()
    (folder / "evidence.yaml").write_bytes(config)
    return folder / "evidence.yaml"


def test_status_of_a_whole_store_ends_0(
    command: Command, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = one_night(home, tmp_path / "copy")
    clock = FakeClock(home.bench.calendar.window(DAYS[0]).end)
    monkeypatch.setattr("evidence.compose.SystemClock", lambda: clock)
    told = command("status", "-c", config, "-o", "json")
    assert (told.exit_code, len(data(told.stdout))) == (0, 1)
    assert json.loads(told.stdout)["meta"]["orphans"]


def test_status_is_not_fine_where_a_scope_has_no_pack(
    command: Command, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = one_night(home, tmp_path / "copy", RAW + b"scopes: {all: {}, eu: {regions: [westeurope]}}\n")
    clock = FakeClock(home.bench.calendar.window(DAYS[0]).end)
    monkeypatch.setattr("evidence.compose.SystemClock", lambda: clock)
    told = command("status", "-c", config, "-o", "json")
    assert told.exit_code == 4
    assert "eu no pack" in data(told.stdout)[0]["completeness"]


def test_a_night_that_is_done_is_left_alone(command: Command, home: Home, signed_home: Path) -> None:
    """And what a run that ended too early left undone, the checkpoint over its packs, is done once."""
    asked = ("run", "--night", DAYS[0], "-c", signed_home)
    kept = len(data(command("ledger", "list", "-c", signed_home, "-o", "json").stdout))
    told = command(*asked, "-o", "json")
    assert told.exit_code == 0
    (row,) = data(told.stdout)
    assert (row["state"], row["completeness"], row["pack"]) == ("sealed", "COMPLETE", home.packs[0])
    assert "nothing to do" in told.stderr
    assert command(*asked, "-q").stderr == ""
    listed = data(command("ledger", "list", "-c", signed_home, "-o", "json").stdout)
    assert [row["kind"] for row in listed[kept:]] == ["checkpoint-published"]


def test_what_was_done_before_a_failure_is_printed(
    command: Command, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr("cli.run._execute", fails)
    told = command("run", "--from", DAYS[0], "--to", DAYS[1], "-c", home.config, "-o", "json")
    assert told.exit_code == 6
    assert "the disk is full" in told.stderr
    assert [row["night"] for row in data(told.stdout)] == [str(DAYS[0])]
    assert json.loads(told.stdout)["meta"] == {"complete": False}


# --- processes


def test_lists_start_neither_dagster_nor_azure(home: Home) -> None:
    program = (
        "import sys; from typer.testing import CliRunner; from cli.main import app\n"
        "for words in (['ledger', 'list'], ['pack', 'list']):\n"
        "    assert CliRunner().invoke(app, [*words, '-c', sys.argv[1]]).exit_code == 0\n"
        "print({name.partition('.')[0] for name in sys.modules} & {'dagster', 'azure', 'weasyprint', 'pandas'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(home.config)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def test_a_reader_that_goes_away_ends_the_command_silently(home: Home) -> None:
    line = f"{sys.executable} -c 'from cli.main import main; main()' ledger list -o ndjson -c {home.config} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert done.returncode in {0, 1}
    assert done.stderr == ""


def test_a_pack_that_newer_runs_overtook_is_said_to_be(command: Command, home: Home, tmp_path: Path) -> None:
    shutil.copytree(home.folder, tmp_path / "copy")
    later = Bench(store=DirectoryStore(tmp_path / "copy" / "evidence-store"), clock=home.bench.clock)
    later.azure = home.bench.azure
    later.run(DAYS[1], again=True, reason="the night was missing")
    told = command("pack", "build", "--from", DAYS[0], "--to", DAYS[2], "-c", tmp_path / "copy" / "evidence.yaml", "-q")
    assert told.exit_code == 4
    assert "the night was missing" in told.stderr
    assert "--again --reason" in told.stderr
