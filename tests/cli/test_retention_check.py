"""`retention check` on a folder that somebody touched, and what `status` tells of when each object was last seen whole."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from evidence.ledger.folds import named_paths
from tests.cli.conftest import Command, Home


@pytest.fixture
def place(home: Home, tmp_path: Path) -> Path:
    """A copy of the store that a test may spoil."""
    shutil.copytree(home.folder, tmp_path / "home", copy_function=os.link)
    return tmp_path / "home"


def replaced(file: Path, data: bytes) -> None:
    """Write over a file of the store, which is read-only and linked to others."""
    file.unlink()
    file.write_bytes(data)
    file.chmod(0o444)


def test_a_whole_store_is_told_and_sealed(place: Path, command: Command) -> None:
    config = ("-c", str(place / "evidence.yaml"))
    before = command("status", *config)
    assert "NEVER TESTED" in before.stderr
    result = command("retention", "check", "--contents", "all", "-o", "json", *config)
    assert result.exit_code == 0, result.output
    meta = json.loads(result.stdout)["meta"]
    assert meta["objects"] == meta["seen"] == meta["read"] == meta["whole"]
    assert meta["protection"] == {"none": meta["objects"]}
    assert (meta["protection_configured"], meta["mismatched"], meta["unknown"]) == ("off", 0, 0)
    after = command("status", "-o", "json", *config)
    assert json.loads(after.stdout)["meta"]["truth"]["check_id"] == meta["check_id"]
    objects = json.loads(command("status", "--objects", "-o", "json", *config).stdout)
    never = [row["path"] for row in objects["data"] if row["last_whole"] is None]
    # What the test itself sealed was not read by it.
    assert len(never) == objects["meta"]["never_read_whole"] == len(objects["data"]) - meta["objects"]
    assert all(row["last_seen"] for row in objects["data"] if row["last_whole"])


def test_what_is_missing_or_changed_ends_seven_with_both_values(place: Path, home: Home, command: Command) -> None:
    config = ("-c", str(place / "evidence.yaml"))
    sealed = named_paths(home.bench.parts.ledger.entries())
    gone, changed = min(sealed), min(path for path in sealed if path.startswith("tables/"))
    (place / "evidence-store" / gone).unlink()
    file = place / "evidence-store" / changed
    replaced(file, file.read_bytes()[:-1] + b"\0")
    result = command("retention", "check", "--contents", "all", "-o", "json", *config)
    assert result.exit_code == 7
    found = {row["path"]: row for row in json.loads(result.stdout)["data"]}
    assert found.keys() == {gone, changed}
    assert found[gone]["real"] == "nothing stands there"
    assert sealed[changed][1] in found[changed]["promised"]
    listed = json.loads(command("exceptions", "list", "-o", "json", *config).stdout)["data"]
    assert {row["subject"] for row in listed if row["class"] == "evidence_lost"} == {gone, changed}
    objects = json.loads(command("status", "--objects", "-o", "json", *config).stdout)["data"]
    assert {row["path"]: row["last_whole"] for row in objects}[gone] is None


def test_a_file_that_can_be_written_ends_three(place: Path, home: Home, command: Command) -> None:
    config = ("-c", str(place / "evidence.yaml"))
    path = place / "evidence-store" / min(named_paths(home.bench.parts.ledger.entries()))
    data = path.read_bytes()
    replaced(path, data)
    path.chmod(0o644)
    assert command("retention", "check", *config).exit_code == 3
    assert path.stat().st_mode & 0o222 == 0


def test_a_link_in_place_of_a_folder_ends_four(place: Path, command: Command) -> None:
    config = ("-c", str(place / "evidence.yaml"))
    (place / "evidence-store" / "packs").rename(place / "packs")
    (place / "evidence-store" / "packs").symlink_to(place / "packs")
    result = command("retention", "check", "--contents", "none", "-o", "json", *config)
    assert result.exit_code == 4
    assert {row["fault"] for row in json.loads(result.stdout)["data"]} == {"unread"}
