"""The same night into a folder and into a container of a real Azurite: the packs are the same but for ids and seals."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from tests.e2e.scene import Scene, scene, statement
from tests.fakes.azurite import shared_azurite
from tools.compare_stores import compare_stores

pytestmark = pytest.mark.slow  # the contract suites hold both stores and the stages in `make test`

NIGHT = "2026-11-05"
VAULTS = '"rsv-data-weu", "rsv-finance-neu", "rsv-sandbox-eus"'
"""One with databases and restores, the one that refuses, and the one without items."""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Scene, Scene]]:
    """A folder and a container after the same night, under one clock that stands still."""
    azurite = shared_azurite()
    where = (
        f"{{kind: azure_blob, account_url: '{azurite.account_url}', container: evidence-e2e, credential: shared_key}}"
    )
    folder = tmp_path_factory.mktemp("blob")
    with scene(folder, "--still", vaults=VAULTS) as local:
        container = Scene(folder / "container", local.url, local.subscriptions, store=where, vaults=VAULTS)
        container.environment = {"BACKUP_EVIDENCE_STORE_KEY": azurite.key}
        for one in (local, container):
            one("run", "--night", NIGHT, code=4)
        yield local, container


def only(files: dict[str, Path]) -> Path:
    (found,) = files.values()
    return found


def test_packs_of_both_stores_verify_and_say_the_same(both: tuple[Scene, Scene]) -> None:
    said = []
    for one in both:
        pack = only(dict(one.packs()))
        assert one.verify(pack).meta["completeness"] == "INCOMPLETE"
        said.append({name: statement(pack)[name] for name in ("counts", "period", "sealed_at", "series_sequence")})
    assert said[0] == said[1]


def test_members_are_the_same_but_for_ids_hashes_and_seals(
    both: tuple[Scene, Scene], capsys: pytest.CaptureFixture[str]
) -> None:
    local, container = both
    container.packs()
    assert compare_stores(local.folder / "store" / "packs", container.folder / "fetched") == 0
    told = capsys.readouterr().out
    counted = re.search(r"(\d+) tables, as Parquet and as CSV", told)
    # Rows that tell what a call told name their run, so those tables are never the same byte for byte; figures and the like may be.
    assert counted is not None
    assert int(counted[1]) >= 2 * len(
        {"jobs", "calls", "coverage", "protected_items", "recovery_points", "policies", "vaults"}
    )
    assert "DIFFERENT" not in told


@pytest.mark.parametrize(
    ("member", "old", "new"),
    [
        ("data/jobs.csv", b"Completed", b"Cancelled"),
        ("statement.json", b'"INCOMPLETE"', b'"COMPLETE"'),
        ("data/completeness.json", b"not_reached", b"collected"),
        ("HOW-TO-VERIFY.txt", b"openssl", b"oppenssl"),
    ],
)
def test_the_comparison_finds_what_differs(
    both: tuple[Scene, Scene], tmp_path: Path, capsys: pytest.CaptureFixture[str], member: str, old: bytes, new: bytes
) -> None:
    pack = only(dict(both[0].packs()))
    changed = tmp_path / "changed" / pack.name
    changed.parent.mkdir()
    with ZipFile(pack) as source, ZipFile(changed, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content.replace(old, new, 1) if name.endswith(member) else content)
    assert compare_stores(pack.parent, changed.parent) == 1
    assert f"/{member}" in capsys.readouterr().out.split("DIFFERENT")[1]


def test_the_key_of_the_account_is_nowhere_in_what_was_written(both: tuple[Scene, Scene]) -> None:
    key = both[1].environment["BACKUP_EVIDENCE_STORE_KEY"]
    files = [path for path in both[1].folder.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if key.encode() in path.read_bytes()]


def test_a_fetched_pack_is_hashed_and_nothing_is_overwritten(both: tuple[Scene, Scene], tmp_path: Path) -> None:
    container = both[1]
    ((name, _),) = container.packs().items()
    first = container("pack", "fetch", name, "--to", tmp_path).data[0]
    assert container("pack", "fetch", name, "--to", tmp_path).data[0] == first
    Path(first["file"]).write_bytes(b"something else")
    told = container("pack", "fetch", name, "--to", tmp_path, code=2)
    assert "there already" in told.stderr
    assert Path(first["file"]).read_bytes() == b"something else"
    assert "There is no pack" in container("pack", "fetch", "nothing", "--to", tmp_path, code=2).stderr


def test_a_pack_that_the_store_holds_otherwise_is_not_handed_out(both: tuple[Scene, Scene], tmp_path: Path) -> None:
    local = both[0]
    spoilt = Scene(tmp_path / "home", local.url, local.subscriptions, vaults=VAULTS)
    shutil.copytree(local.folder / "store", spoilt.folder / "store")
    ((name, pack),) = spoilt.packs().items()
    pack.chmod(0o600)
    pack.write_bytes(pack.read_bytes()[:-1] + b"\1")
    told = spoilt("pack", "fetch", name, "--to", tmp_path / "out", code=7)
    assert "does not have the SHA-256 that the ledger names" in told.stderr
    assert not list((tmp_path / "out").iterdir())
