"""The auditor's tools as they are used: over a pack's file, with nothing configured."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.cli.conftest import Command, Home


@pytest.fixture
def packs(command: Command, home: Home) -> list[Path]:
    listed = json.loads(command("pack", "list", "-c", home.config, "-o", "json").stdout)["data"]
    return [Path(row["file"]) for row in listed]


def test_the_same_seed_draws_the_same_rows_and_says_how_many_of_how_many(command: Command, packs: list[Path]) -> None:
    told = [
        command("pack", "sample", packs[0], "--seed", "s", "--table", "calls", "--size", 3, "-o", "json") for _ in "ab"
    ]
    assert told[0].exit_code == 0
    assert told[0].stdout == told[1].stdout
    meta = json.loads(told[0].stdout)["meta"]
    assert (meta["drawn"], meta["table"]) == (3, "calls")
    assert f"3 of {meta['population']} rows" in told[0].stderr


def test_a_test_sheet_is_written_once_with_cells_to_fill_in(
    command: Command, packs: list[Path], tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.csv"
    words = ("pack", "sample", packs[0], "--seed", "s", "--table", "calls", "--size", 2, "--sheet", sheet)
    assert command(*words).exit_code == 0
    rows = list(csv.DictReader(sheet.read_text(encoding="utf-8").splitlines()))
    assert [row["number"] for row in rows] == ["1", "2"]
    assert {row["result"] for row in rows} == {""}
    assert rows[0]["pack_id"] == packs[0].stem
    again = command(*words)
    assert again.exit_code == 2
    assert "is there already" in again.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--table", "weather"), "holds no table"),
        (("--stratify", "colour"), "no column `colour`"),
        (("--size", "1", "--table", "coverage", "--stratify", "kind"), "strata"),
    ],
)
def test_what_cannot_be_drawn_ends_2_and_says_why(
    command: Command, packs: list[Path], words: tuple[str, ...], said: str
) -> None:
    told = command("pack", "sample", packs[0], "--seed", "s", *words)
    assert told.exit_code == 2
    assert said in told.stderr


def test_a_pack_with_a_changed_file_gives_no_sample(command: Command, packs: list[Path], tmp_path: Path) -> None:
    with ZipFile(packs[0]) as source:
        source.extractall(tmp_path)
    folder = tmp_path / packs[0].stem
    (folder / "data" / "jobs.csv").write_bytes(b"made up\r\n")
    told = command("pack", "sample", folder, "--seed", "s")
    assert told.exit_code == 7
    assert "data/jobs.csv" in told.stderr


def test_a_pack_tells_the_same_as_itself(command: Command, packs: list[Path]) -> None:
    told = command("pack", "diff", packs[0], packs[0], "--fail-on-change", "-o", "json")
    assert told.exit_code == 0
    assert json.loads(told.stdout) == {
        "schema": "backup-evidence/pack-diff/1",
        "data": [],
        "meta": {"old": packs[0].stem, "new": packs[0].stem, "same": True, "members_differing": []},
    }


def test_packs_of_other_nights_tell_differently_and_end_3_where_asked(command: Command, packs: list[Path]) -> None:
    told = command("pack", "diff", packs[0], packs[1], "--fail-on-change", "-o", "json")
    assert told.exit_code == 3
    found = json.loads(told.stdout)
    assert found["meta"]["same"] is False
    assert {"statement", "coverage"} <= {row["where"] for row in found["data"]}
    assert "statement.json" in found["meta"]["members_differing"]
