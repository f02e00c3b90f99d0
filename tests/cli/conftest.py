from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from evidence.compose import Composition
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.night import ensure_night_pack
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.records import Kind, Outcome
from evidence.stores.directory import DirectoryStore
from tests.cli.exceptions_place import Place, placed, sealed_in
from tests.fakes.authority import FakeAuthority
from tests.fakes.bench import NIGHT, RAW, Bench, backup, restore
from tests.fakes.clock import FakeClock
from tests.fakes.packing import sealing
from tests.fakes.packs import the_signer

DAYS = [NIGHT + timedelta(days=number) for number in range(5)]

Command = Callable[..., Result]


@dataclass(frozen=True)
class Home:
    """A folder with a configuration and a store of three nights, the second of them missing, the third with a gap."""

    folder: Path
    bench: Bench
    packs: Sequence[str]

    @property
    def config(self) -> Path:
        return self.folder / "evidence.yaml"


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("home")
    (folder / "evidence.yaml").write_bytes(RAW)
    bench = Bench(store=DirectoryStore(folder / "evidence-store"))
    vault = bench.vault()
    backup(vault)
    restore(vault, DAYS[0], DAYS[0])
    tools, scope = sealing(bench), PackScope("all")
    bench.run(DAYS[0])
    packs = [ensure_night_pack(bench.parts, tools, scope, DAYS[0])]
    vault.spoiled[Kind.JOBS] = (Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed")
    bench.run(DAYS[2])
    packs.append(ensure_night_pack(bench.parts, tools, scope, DAYS[2]))
    order = PackOrder("audit", scope, span_period(DAYS[0], DAYS[2]))
    packs.append(build_pack(bench.parts, tools, order).pack)
    return Home(folder, bench, [pack.pack_id for pack in packs])


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("BACKUP_EVIDENCE_CONFIG", "BACKUP_EVIDENCE_TOKEN", "BACKUP_EVIDENCE_STORE_KEY", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def command() -> Command:
    """Run the command as a person does; whatever is no exit of its own is raised."""

    def run(*words: object) -> Result:
        found = CliRunner().invoke(app, [str(word) for word in words])
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found

    return run


@pytest.fixture
def in_time(monkeypatch: pytest.MonkeyPatch, home: Home) -> FakeClock:
    """The machine's clock, an hour after the last sealed night has ended."""
    clock = FakeClock(home.bench.calendar.window(DAYS[2]).end + timedelta(hours=1))
    monkeypatch.setattr("evidence.compose.SystemClock", lambda: clock)
    return clock


@pytest.fixture
def signed_home(home: Home, tmp_path: Path, in_time: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of a copy of the store that may be written to, by the tests' signer and authority."""
    shutil.copytree(home.folder / "evidence-store", tmp_path / "evidence-store")
    file = tmp_path / "evidence.yaml"
    file.write_bytes(RAW)
    monkeypatch.setattr(Composition, "signer", the_signer())
    monkeypatch.setattr(Composition, "authority", FakeAuthority(in_time.now))
    return file


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sealed_in(tmp_path_factory.mktemp("sealed"))


@pytest.fixture
def place(sealed: Path, tmp_path: Path, in_time: FakeClock) -> Place:
    """A failure and a hint on the first night, the failure again and a silence on the third; nothing is decided yet."""
    return placed(sealed, tmp_path, in_time)
