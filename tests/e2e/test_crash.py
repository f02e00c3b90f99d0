"""The machine stops at a write, through Dagster and on a real folder; the next run ends what was begun, once."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence.stores.directory import DirectoryStore
from tests.e2e.scene import Scene, environment_of, rows, scene

NIGHT = "2026-11-05"
VAULT = '"rsv-data-weu"'


class Stopped(BaseException):
    """The process ends here; like a real end, nothing of the product catches it."""


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One simulator for all stores; its world is the same at every moment after the night."""
    with scene(tmp_path_factory.mktemp("crash"), "--still", "--quota", "1000000", vaults=VAULT) as made:
        yield made


@pytest.fixture
def store(azure: Scene, tmp_path: Path) -> Scene:
    """An empty store of its own."""
    return Scene(tmp_path / "home", azure.url, azure.subscriptions, vaults=VAULT)


def stop_where(stop: Callable[[int, str], bool], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """End at the first write, by its number and path, that is to be the last; tells the writes before it."""
    seen: list[str] = []

    def stopping(name: str) -> Any:
        real = getattr(DirectoryStore, name)

        def write(self: DirectoryStore, path: str, *content: Any) -> Any:
            if stop(len(seen), path):
                raise Stopped(path)
            seen.append(path)
            return real(self, path, *content)

        return write

    for name in ("create", "create_from"):
        monkeypatch.setattr(DirectoryStore, name, stopping(name))
    return seen


def check_whole(store: Scene, *, assessments: int = 1) -> None:
    """One night, one pack that verifies, no row twice, and every leftover is told."""
    entries = Counter(row["kind"] for row in store("ledger", "list").data)
    assert 1 <= entries.pop("assessment-sealed") <= assessments
    sealed = {"store-opened": 1, "configuration-adopted": 1, "night-sealed": 1, "pack-sealed": 1}
    assert entries == {**sealed, "checkpoint-published": 1}, "one checkpoint over the night, however often it was run"
    ((_, pack),) = store.packs().items()
    assert store.verify(pack).meta["authentic"] is True
    jobs = [(row["vault_id"], row["job_id"]) for row in rows(pack, "jobs")]
    assert jobs
    assert len(set(jobs)) == len(jobs)
    named = {one["path"] for row in store("ledger", "list").data for one in named_by(store, int(row["sequence"]))}
    status = store("status").meta
    # A killed process may leave a file without a name (`.tmp/`): it never was an object.
    files = {path for path in store.snapshot() if not path.startswith(("ledger/", ".tmp/"))}
    assert set(status["orphans"]) == files - named


def named_by(store: Scene, sequence: int) -> list[dict[str, Any]]:
    """What a ledger entry names, read from its file."""
    found: list[dict[str, Any]] = json.loads((store.folder / "store" / f"ledger/{sequence:012d}.json").read_text())[
        "objects"
    ]
    return found


def stopped_and_finished(store: Scene, stop: Callable[[int, str], bool], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Stop a run, check what the next one makes of it; False where the run ended before it was to be stopped."""
    with monkeypatch.context() as patched:
        seen = stop_where(stop, patched)
        try:
            store("run", "--night", NIGHT)
        except Stopped:
            before = store.snapshot()
        else:
            return False
    assert set(seen) == set(before)
    store("run", "--night", NIGHT)
    after = store.snapshot()
    assert {path: after.get(path) for path in before} == before, "what was written once was changed"
    check_whole(store)
    return True


def after(place: int) -> Callable[[int, str], bool]:
    return lambda number, _: number >= place


@pytest.mark.slow
@pytest.mark.parametrize(
    "entry",
    ["ledger/000000000003.json", "ledger/000000000005.json", "ledger/000000000006.json"],
    ids=["night", "pack", "checkpoint"],
)
def test_a_night_that_stopped_before_its_entry_is_finished_by_the_next_run(
    store: Scene, entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stopped_and_finished(store, lambda _, path: path == entry, monkeypatch)


@pytest.mark.slow
def test_a_night_can_stop_at_every_write(azure: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in itertools.count():
        home = Scene(tmp_path / f"home-{place}", azure.url, azure.subscriptions, vaults=VAULT)
        if not stopped_and_finished(home, after(place), monkeypatch):
            break
    assert place > 15, "a night of one vault is more than a few writes"


def started(store: Scene) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", "from cli.main import main; main()", "run", "--night", NIGHT, "-o", "json"],
        env=environment_of(store),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell's background jobs ignore it, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads are running here
    )


def wait_for_a_file(store: Scene, prefix: str, process: subprocess.Popen[str]) -> None:
    while not any(path.startswith(prefix) for path in store.snapshot()):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["calls/", "tables/", "ledger/", "packs/"])
def test_a_killed_process_leaves_a_store_that_the_next_run_finishes(store: Scene, prefix: str) -> None:
    with started(store) as process:
        wait_for_a_file(store, prefix, process)
        process.kill()
    store("run", "--night", NIGHT)
    check_whole(store)


@pytest.mark.slow
def test_an_interrupted_run_ends_130_without_a_traceback_and_can_be_run_again(store: Scene) -> None:
    with started(store) as process:
        wait_for_a_file(store, "calls/", process)
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    store("run", "--night", NIGHT)
    check_whole(store)


@pytest.mark.slow
def test_of_two_runs_at_once_one_seals_and_the_other_says_so(store: Scene) -> None:
    both = [started(store) for _ in range(2)]
    ended = [(*process.communicate(timeout=120), process.returncode) for process in both]
    codes = sorted(code for _, _, code in ended)
    assert codes in ([0, 0], [0, 8]), ended
    for _, stderr, code in ended:
        assert code == 0 or "sealed" in stderr, stderr
        assert "Traceback" not in stderr
    # Both may judge the night that one of them sealed; a later assessment is added, nothing sealed changes.
    check_whole(store, assessments=2)
