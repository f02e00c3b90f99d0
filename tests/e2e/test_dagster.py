"""Dagster's own tools on the workspace as it stands, and a guard that blocks for a reason of the real world."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence.stores.directory import DirectoryStore
from tests.e2e.scene import Scene, environment_of, scene
from tests.paths import ROOT

pytestmark = pytest.mark.slow

NIGHT = "2026-11-05"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path, vaults='"rsv-data-weu"') as made:
        yield made


def dagster(store: Scene, *words: str) -> subprocess.CompletedProcess[str]:
    """Dagster's own command, on this store's configuration, from the checkout."""
    program = Path(sys.executable).with_name("dagster")
    home = store.folder / "dagster"
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_bytes((ROOT / "dagster.yaml").read_bytes())
    environment = {**environment_of(store), "DAGSTER_HOME": str(home)}
    return subprocess.run([program, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_workspace_is_valid_for_dagsters_own_tools(store: Scene) -> None:
    done = dagster(store, "definitions", "validate", "-w", "workspace.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "backup_evidence" in done.stdout + done.stderr


def test_a_night_that_dagster_materializes_is_the_one_that_the_command_finds_sealed(store: Scene) -> None:
    words = ("--select", "*", "--partition", NIGHT, "-m", "pipelines.definitions")
    done = dagster(store, "asset", "materialize", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "RUN_SUCCESS" in done.stdout + done.stderr
    assert store("run", "--night", NIGHT).data[0]["state"] == "sealed"
    ((_, pack),) = store.packs().items()
    assert store.verify(pack).meta["completeness"] == "COMPLETE"


def test_a_table_that_spoils_on_the_disk_keeps_the_night_from_being_sealed(
    store: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = DirectoryStore.create

    def spoiling(self: DirectoryStore, path: str, data: bytes) -> Any:
        return real(self, path, data[:-1] + bytes([data[-1] ^ 1]) if path.startswith("tables/jobs/") else data)

    with monkeypatch.context() as patched:
        patched.setattr(DirectoryStore, "create", spoiling)
        told = store("run", "--night", NIGHT, code=7)
    assert "tables/jobs/" in told.stderr
    assert "Traceback" not in told.stderr
    assert store("ledger", "list").data == []
    assert "--again" in store("run", "--night", NIGHT, code=7).stderr, "what is there is not taken for good"
    store("run", "--night", NIGHT, "--again", "--reason", "a table had spoilt on the disk")
    ((_, pack),) = store.packs().items()
    assert store.verify(pack).meta["authentic"] is True
    assert store("status").meta["orphans"], "what had spoilt is told, and left where it is"
