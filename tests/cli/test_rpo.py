"""`rpo` on a store of three nights, the last of them with a gap."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from evidence.stores.directory import DirectoryStore
from tests.fakes.bench import NIGHT, RAW, Bench, backup

TIERS = b'tiers:\n  - {match: {name: "vm*"}, tier: 0, rpo: 24h}\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("rpo")
    (home / "evidence.yaml").write_bytes(RAW + TIERS)
    bench = Bench(store=DirectoryStore(home / "evidence-store"), raw=RAW + TIERS)
    vault = bench.vault()
    for number in range(4):
        night = NIGHT + timedelta(days=number)
        backup(vault, night)
        if number != 2:
            backup(vault, night, "vm2")
        bench.seal(night)
    return home


def call(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["rpo", *words, "--config", str(folder / "evidence.yaml")])


def test_the_age_of_each_item_at_the_end_of_the_last_night(folder: Path) -> None:
    result = call(folder, "-o", "json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["schema"] == "backup-evidence/rpo/1"
    assert [(row["item"], row["standing"], row["age_s"]) for row in told["data"]] == [
        ("vm1", "attained", 28764.0),
        ("vm2", "attained", 28764.0),
    ]
    assert told["meta"]["tiers"] == [
        {"tier": 0, "attained": 2, "of": 2, "breached": 0, "unknown": 0, "without_target": 0}
    ]


def test_a_breach_is_told_first_and_ends_3_where_asked(folder: Path) -> None:
    moment = f"{NIGHT + timedelta(days=3)}T06:00+00:00"
    plain, failing = call(folder, "--at", moment), call(folder, "--at", moment, "--fail-on", "breached")
    assert (plain.exit_code, failing.exit_code) == (0, 3)
    assert plain.stdout.splitlines()[1].split()[:3] == ["breached", "0", "vm2"]
    assert "tier 0: 1 of 2 items with a target attained it; 1 breached, 0 unknown, 0 without a target" in plain.stderr


def test_a_period_tells_the_share_of_time(folder: Path) -> None:
    period = f"{NIGHT + timedelta(days=1)}..{NIGHT + timedelta(days=3)}"
    result = call(folder, "--period", period, "-o", "csv")
    assert result.exit_code == 0, result.output
    worst, best = csv.DictReader(io.StringIO(result.stdout))
    assert (best["item"], best["share"], best["breaches"], best["unknown_s"]) == ("vm1", "100.000 %", "0", "0.0")
    assert (worst["item"], worst["standing"], worst["missed_s"]) == ("vm2", "breached", "86400.0")
    assert worst["share"] == "66.666 %"


def test_what_was_not_read_is_unknown_and_ends_4(folder: Path) -> None:
    result = call(folder, "--at", f"{NIGHT + timedelta(days=9)}T06:00Z", "-o", "ndjson")
    assert result.exit_code == 4, result.output
    assert {json.loads(line)["standing"] for line in result.stdout.splitlines()} == {"unknown"}


def test_a_period_of_which_nobody_knows_an_item_ends_4(folder: Path) -> None:
    result = call(folder, "--period", "2020-01", "--fail-on", "breached")
    assert result.exit_code == 4, result.output
    assert "nothing can be told" in result.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--at", "yesterday"), "`yesterday` is no moment"),
        (("--at", "0001-01-01T00:00+05:00"), "is no moment"),
        (("--at", "2026-11-21T06:00"), "has no offset"),
        (("--at", "2026-11-21T06:00Z", "--period", "2026-11"), "exclude each other"),
        (("--period", "soon"), "is no period"),
        (("--scope", "mars"), "mars"),
    ],
    ids=["no-moment", "no-year", "no-offset", "both", "no-period", "no-scope"],
)
def test_a_mistake_is_told_and_ends_2(folder: Path, words: tuple[str, ...], told: str) -> None:
    result = call(folder, *words)
    assert result.exit_code == 2
    assert told in result.stderr
