"""The whole product against the simulator over HTTP: a configuration, keys, a store, and the command run in this process.

Not here: what is asserted. Everything is as a user has it but for the interpreter's start.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pyarrow.parquet as pq
from typer.testing import CliRunner

from cli.main import app
from evidence.seals.development import create_development_keys
from tests.simulator.serving import running

Row = Mapping[str, Any]

CONFIGURATION = """\
organisation: Contoso
azure: {{endpoint: "{url}", credential: managed_identity, subscriptions: [{subscriptions}], vaults: {{include: [{vaults}]}}}}
store: {store}
timestamp: {{url: "{url}/tsa"}}
first_night: {first}
clock: simulator
"""
LOCAL = "{kind: local, path: store}"
KEYS_FROM, KEYS_TO = datetime(2016, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """What one command said."""

    code: int
    stdout: str
    stderr: str

    @property
    def data(self) -> Sequence[Row]:
        """Rows of `-o json`."""
        found: Sequence[Row] = json.loads(self.stdout)["data"]
        return found

    @property
    def meta(self) -> Row:
        """What is true of all rows."""
        found: Row = json.loads(self.stdout)["meta"]
        return found


@dataclass
class Scene:
    """One store in a folder, and the simulator that it is filled from."""

    folder: Path
    url: str
    subscriptions: Sequence[str]
    store: str = LOCAL
    vaults: str = '"*"'
    first: date = date(2026, 11, 1)
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        if not (self.folder / "keys").exists():
            create_development_keys(self.folder, "Contoso", KEYS_FROM, KEYS_TO)
        self.configure()

    def configure(self, more: str = "", *, without: Sequence[str] = ()) -> None:
        """Write the configuration, with more lines and without those that begin so."""
        text = CONFIGURATION.format(
            url=self.url,
            subscriptions=", ".join(self.subscriptions),
            vaults=self.vaults,
            store=self.store,
            first=self.first,
        )
        kept = [line for line in text.splitlines() if not line.startswith(tuple(without))]
        self.config.write_text("\n".join([*kept, more]))

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "evidence.yaml"

    @property
    def variables(self) -> dict[str, str | None]:
        """The environment of a command."""
        return {
            "BACKUP_EVIDENCE_CONFIG": str(self.config),
            "IDENTITY_ENDPOINT": f"{self.url}/msi/token",
            "IDENTITY_HEADER": "given by the environment",
            "DAGSTER_HOME": None,
            "DAGSTER_DISABLE_TELEMETRY": "1",
            **self.environment,
        }

    def __call__(self, *words: object, code: int | Iterable[int] = 0) -> Told:
        """Run the command with `-o json`; it must end with `code`, or with one of several."""
        found = CliRunner().invoke(app, [*map(str, words), "-o", "json"], env=self.variables)
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        wanted = {code} if isinstance(code, int) else set(code)
        assert found.exit_code in wanted, f"{words} ended {found.exit_code}: {found.stdout[-2000:]}{found.stderr}"
        return Told(found.exit_code, found.stdout, found.stderr)

    def verify(self, pack: Path, *, code: int = 0) -> Told:
        """Verify a pack with all the trust that an auditor brings along."""
        trust = ["--trust", self.folder / "trust" / "root.pem", "--tsa-trust", self.stamp_root()]
        return self("verify", pack, "--signer-fingerprint", self.fingerprint, *trust, code=code)

    @property
    def fingerprint(self) -> str:
        """Of the signer's certificate."""
        words = [
            "openssl",
            "x509",
            "-in",
            str(self.folder / "trust" / "signer.pem"),
            "-noout",
            "-fingerprint",
            "-sha256",
        ]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip().rpartition("=")[2]

    def stamp_root(self) -> Path:
        """The authority's root, as its owner hands it out."""
        path = self.folder / "trust" / "tsa-root.pem"
        path.write_bytes(httpx.get(f"{self.url}/tsa/root.pem").content)
        return path

    def control(self, page: str) -> Row:
        """What the simulator says of itself."""
        found: Row = httpx.get(f"{self.url}/control/{page}").raise_for_status().json()
        return found

    def truth(self) -> Row:
        """What was planted in a generated world."""
        return self.control("truth")

    def reach(self, moment: datetime) -> None:
        """Move the simulator's clock forward."""
        httpx.put(f"{self.url}/control/clock", json={"now": moment.isoformat()}).raise_for_status()

    @contextmanager
    def faults(self, *rules: Row) -> Iterator[None]:
        """Spoil answers for a while."""
        httpx.put(f"{self.url}/control/faults", json={"faults": rules}).raise_for_status()
        try:
            yield
        finally:
            httpx.put(f"{self.url}/control/faults", json={"faults": []}).raise_for_status()

    def packs(self, *words: str) -> Mapping[str, Path]:
        """Files of all packs by id; those of a container are fetched."""
        found = {}
        for row in self("pack", "list", *words).data:
            file = Path(row["file"])
            if not file.is_absolute():
                fetched = self("pack", "fetch", row["pack"], "--to", self.folder / "fetched").data
                file = Path(fetched[0]["file"])
            found[str(row["pack"])] = file
        return found

    def snapshot(self) -> Mapping[str, str]:
        """SHA-256 of every file of a store in a folder, by path."""
        store = self.folder / "store"
        files = (path for path in store.rglob("*") if path.is_file()) if store.exists() else ()
        return {str(path.relative_to(store)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def member(pack: Path, name: str) -> bytes:
    """One member of a pack."""
    with ZipFile(pack) as archive:
        return archive.read(f"{pack.stem}/{name}")


def rows(pack: Path, table: str) -> list[dict[str, Any]]:
    """A table of a pack, typed."""
    found: list[dict[str, Any]] = pq.read_table(io.BytesIO(member(pack, f"data/parquet/{table}.parquet"))).to_pylist()
    return found


def lines(pack: Path, table: str) -> list[dict[str, str]]:
    """A table of a pack as its CSV says it."""
    return list(csv.DictReader(io.StringIO(member(pack, f"data/{table}.csv").decode(), newline="")))


def statement(pack: Path) -> Row:
    """What a pack says of itself."""
    found: Row = json.loads(member(pack, "statement.json"))
    return found


def page(pack: Path, folder: Path, number: int = 1) -> str:
    """Text of a page of a pack's report."""
    file = folder / "page.pdf"
    file.write_bytes(member(pack, "data/report.pdf"))
    words = ["pdftotext", "-f", str(number), "-l", str(number), "-layout", str(file), "-"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


@contextmanager
def scene(folder: Path, *arguments: str, **settings: Any) -> Iterator[Scene]:
    """A simulator for the time of the block, and a store to fill from it."""
    serving = folder / "simulator"
    serving.mkdir()
    with running(serving, *arguments) as url:
        found = httpx.get(f"{url}/control/subscriptions").raise_for_status().json()["subscriptions"]
        settings.setdefault("subscriptions", found)
        yield Scene(folder / "home", url, **settings)


def has_tools(*names: str) -> bool:
    """Whether the programs of HOW-TO-VERIFY.txt are here."""
    return all(shutil.which(name) for name in names)


def environment_of(scene: Scene) -> dict[str, str]:
    """The environment for a command in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in scene.variables}
    return kept | {name: value for name, value in scene.variables.items() if value is not None}
