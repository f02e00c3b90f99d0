"""A process killed in the middle of a capture, against the simulator over HTTP: the next one asks only for what is missing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evidence.compose import Composition, find_configuration
from evidence.runs.capture import Order
from evidence.runs.manifest import RunManifest
from evidence.runs.night import capture_stage, tables_stage
from evidence.tables import ALL, OBSERVED, read_parquet
from tests.e2e.scene import Scene, environment_of, scene

pytestmark = pytest.mark.slow  # tests/runs/test_resume.py holds the same rules in `make test`

NIGHT = date(2026, 11, 5)
ONCE_A_VAULT = "Microsoft.RecoveryServices/vaults/backupconfig/read"
OF_A_VAULT = "Microsoft.RecoveryServices/vaults/read"
"""Also of the list of vaults: the simulator counts both as one."""
VAULTS = '"rsv-prod-eus", "rsv-prod-neu", "rsv-finance-neu"'
CAPTURE = f"""
from dataclasses import replace
from datetime import date
from evidence.compose import Composition, find_configuration
from evidence.runs.capture import Order
from evidence.runs.night import capture_stage
composition = Composition(find_configuration())
parts = replace(composition.parts, code_version="test")
capture_stage(parts, composition.source, Order(date.fromisoformat("{NIGHT}")))
"""
OF_A_RUN = frozenset(
    {
        "run_id",
        "capture_id",
        "call_id",
        "first_call_id",
        "last_call_id",
        "observed_at",
        "request_id",
        "correlation_id",
        "etag",
    }
)
OF_A_CALL = frozenset({"started_at", "finished_at", "waited_s", "sha256", "bytes"})


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One simulator, slow enough to be met at work; its world is the same at every moment after the night."""
    with scene(
        tmp_path_factory.mktemp("killed"), "--still", "--quota", "off", "--latency-ms", "10", vaults=VAULTS
    ) as made:
        yield made


def home(azure: Scene, folder: Path) -> Scene:
    """An empty store of its own, whose vaults are read two at a time."""
    made = Scene(folder, azure.url, azure.subscriptions, vaults=VAULTS)
    text = made.config.read_text().replace("vaults: {include", "workers: 2, vaults: {include")
    assert "workers: 2" in text
    made.config.write_text(text)
    return made


def captured(store: Scene, monkeypatch: pytest.MonkeyPatch) -> tuple[str, RunManifest, Mapping[str, list[str]]]:
    """Capture in this process, and make the tables: state, manifest, and all rows but for what is a run's own."""
    for name, value in store.variables.items():
        monkeypatch.setenv(name, value) if value is not None else monkeypatch.delenv(name, raising=False)
    composition = Composition(find_configuration())
    # A checkout tells another version after each commit; here both processes run the same program.
    parts = replace(composition.parts, code_version="test")
    found = capture_stage(parts, composition.source, Order(NIGHT))
    run = tables_stage(parts, found.manifest)
    run_id = found.manifest.run_id
    rows: dict[str, list[str]] = {table.name: [] for table in OBSERVED}
    for file in run.files:
        name = file.path.split("/")[1]
        own = OF_A_RUN | (OF_A_CALL if name == "calls" else frozenset())
        for row in read_parquet(ALL[name], composition.store.read(file.path)).to_pylist():
            rows[name].append(
                repr({key: told for key, told in row.items() if key not in own}).replace(run_id, "this run")
            )
    return found.state, found.manifest, {name: sorted(told) for name, told in rows.items()}


def asked(store: Scene) -> Counter[str]:
    return Counter(store.control("requests")["by_kind"])


def written(store: Scene) -> Sequence[str]:
    """Paths of calls that have their name; a process at work makes and removes files that have none yet."""
    calls = store.folder / "store" / "calls"
    return [str(path) for path in calls.rglob("*.*")] if calls.exists() else []


def vault_files(store: Scene) -> Sequence[str]:
    return [path for path in written(store) if path.endswith(".parquet") and "/_" not in path]


def killed_with(store: Scene, files: int) -> int:
    """Kill a capture once so many vaults have their file; how many had when it was dead."""
    process = subprocess.Popen([sys.executable, "-c", CAPTURE], env=environment_of(store), stderr=subprocess.PIPE)
    with process:
        while len(vault_files(store)) < files or not any(path.endswith("order.json") for path in written(store)):
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        process.kill()
    assert not any(path.endswith("run.json") for path in written(store))
    return len(vault_files(store))


@pytest.fixture(scope="module")
def undisturbed(azure: Scene, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What a run that nobody stopped asks and tells."""
    with pytest.MonkeyPatch.context() as patched:
        store = home(azure, tmp_path_factory.mktemp("whole") / "home")
        before = asked(azure)
        _, manifest, rows = captured(store, patched)
        return {"asked": asked(azure) - before, "rows": rows, "vaults": len(manifest.calls)}


@pytest.mark.parametrize("files", [0, 1, 2])
def test_a_capture_that_was_killed_is_ended_by_the_next_process(
    azure: Scene, tmp_path: Path, undisturbed: Mapping[str, Any], files: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = home(azure, tmp_path / "home")
    there = killed_with(store, files)
    kept = store.snapshot()
    before = asked(azure)
    state, manifest, rows = captured(store, monkeypatch)
    more = asked(azure) - before
    assert state == "continued"
    assert more[ONCE_A_VAULT] == undisturbed["asked"][ONCE_A_VAULT] - there, "each vault without a file is asked once"
    assert more[OF_A_VAULT] == more[ONCE_A_VAULT], "and their list is not asked for again"
    assert not [kind for kind in more if "recoveryservices" not in kind.lower()], (
        "nothing above the vaults is asked again"
    )
    after = store.snapshot()
    assert {path: after[path] for path in kept if not path.startswith(".tmp/")} == {
        path: told for path, told in kept.items() if not path.startswith(".tmp/")
    }, "what was written stays as it was"
    assert len({path.split("/")[2] for path in after if path.startswith("calls/")}) == 1, "one run"
    assert {file.path: file.sha256 for file in manifest.files} == {
        path: told for path, told in after.items() if path.startswith("calls/") and not path.endswith("run.json")
    }
    assert rows == undisturbed["rows"]
