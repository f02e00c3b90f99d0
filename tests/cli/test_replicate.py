"""`replicate` to a second folder, and what it says of objects that are not as sealed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Command, Home
from tests.fakes.bench import RAW


@pytest.fixture
def place(home: Home, tmp_path: Path) -> Path:
    shutil.copytree(home.folder / "evidence-store", tmp_path / "evidence-store")
    replicas = b"replicas: {second: {kind: local, path: second}, same: {kind: local, path: evidence-store}}\n"
    (tmp_path / "evidence.yaml").write_bytes(RAW + replicas)
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_a_second_store_is_filled_once_and_verifies(place: Path, command: Command) -> None:
    config = ("-c", str(place / "evidence.yaml"))
    result = command("replicate", "--to", "second", "-o", "json", *config)
    assert result.exit_code == 0, result.output
    meta = json.loads(result.stdout)["meta"]
    sealed = files(place / "second")
    assert meta["counts"] == {"copied": len(sealed)}
    assert sealed.items() <= files(place / "evidence-store").items()
    again = json.loads(command("replicate", "--to", "second", "-o", "json", *config).stdout)
    assert (again["data"], again["meta"]["counts"]) == ([], {"there": len(sealed)})
    part = command("replicate", "--to", "second", "--scope", "all", "--contents", "rotation", *config)
    assert part.exit_code == 0


def test_what_is_not_as_sealed_ends_seven_and_is_listed(place: Path, command: Command) -> None:
    config = ("-c", str(place / "evidence.yaml"))
    spoilt = next((place / "evidence-store" / "tables").rglob("*.parquet"))
    spoilt.chmod(0o644)
    spoilt.write_bytes(b"other")
    result = command("replicate", "--to", "second", "-o", "json", *config)
    assert result.exit_code == 7
    (row,) = json.loads(result.stdout)["data"]
    assert (row["path"], row["state"]) == (str(spoilt.relative_to(place / "evidence-store")), "changed here")


def test_a_name_that_is_not_configured_or_the_store_itself_is_refused(place: Path, command: Command) -> None:
    config = ("-c", str(place / "evidence.yaml"))
    unknown = command("replicate", "--to", "third", *config)
    assert unknown.exit_code == 2
    assert "same, second" in unknown.stderr
    assert command("replicate", "--to", "same", *config).exit_code == 8
    assert command("replicate", "--to", "second", "--scope", "none", *config).exit_code == 2
