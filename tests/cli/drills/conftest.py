"""Stores for the commands of drills, each made once and copied."""

from __future__ import annotations

import functools
import shutil
from pathlib import Path

import pytest
from typer.main import get_command

from evidence.ledger.ledger import Ledger
from evidence.stores.directory import DirectoryStore
from tests.cli.conftest import Command
from tests.cli.drills.place import BAG, NAME, ROWS, Place, Places
from tests.fakes.bench import NIGHT, RAW, Bench, at, backup, restore


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One night with a restore into a resource group for drills."""
    folder = tmp_path_factory.mktemp("drills")
    bench = Bench(store=DirectoryStore(folder))
    vault = bench.vault()
    backup(vault)
    restore(vault, NIGHT, NIGHT, properties={"extendedInfo": {"propertyBag": BAG}})
    bench.run(NIGHT)
    return folder


@pytest.fixture(autouse=True)
def made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tree of all commands takes longer to make than a command to run."""
    monkeypatch.setattr("typer.testing._get_command", MADE_ONCE)


MADE_ONCE = functools.cache(get_command)


@pytest.fixture
def places(command: Command, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Gives a copy of a store of the module, in which the clock stands after all that was done."""

    def copy(store: Path, target: Path) -> Place:
        shutil.copytree(store, target / "evidence-store")
        (target / "evidence.yaml").write_bytes(RAW)
        bench = Bench(store=DirectoryStore(target / "evidence-store"))
        bench.clock.reach(max(at(NIGHT, 72), *(one.at for one in Ledger(bench.store).entries())))
        monkeypatch.setattr("evidence.compose.SystemClock", lambda: bench.clock)
        return Place(target / "evidence.yaml", bench, command)

    return copy


@pytest.fixture
def place(sealed: Path, tmp_path: Path, places: Places) -> Place:
    """A planned drill."""
    made = places(sealed, tmp_path)
    made.plan(NAME)
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "counts.csv").write_bytes(ROWS)
    return tmp_path / "counts.csv"
