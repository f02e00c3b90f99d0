"""Calls beside a pack, as the command fetches and verifies them."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.packs.build import PackOrder, build_pack
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.stores.directory import DirectoryStore
from tests.cli.conftest import Command, Home
from tests.fakes.bench import NIGHT, RAW, Bench
from tests.fakes.certificates import trade
from tests.fakes.packing import sealing

pytestmark = pytest.mark.slow


@pytest.fixture
def config(home: Home, tmp_path: Path) -> Path:
    """A copy of the home, with a pack that has its calls beside it."""
    shutil.copytree(home.folder / "evidence-store", tmp_path / "evidence-store")
    (tmp_path / "evidence.yaml").write_bytes(RAW)
    bench = Bench(store=DirectoryStore(tmp_path / "evidence-store"))
    bench.clock.reach(home.bench.clock.moment + timedelta(hours=1))
    order = PackOrder("audit", PackScope("all"), span_period(NIGHT, NIGHT), with_calls=True)
    build_pack(bench.parts, sealing(bench), order)
    return tmp_path / "evidence.yaml"


PACK = f"all-audit-internal-{NIGHT}-r0001"


def test_calls_are_fetched_with_their_pack_and_its_rows_made_again(command: Command, config: Path) -> None:
    told = command("pack", "fetch", PACK, "--to", "out", "--with-calls", "-c", config)
    assert told.exit_code == 0, told.output
    assert f"{PACK}.calls.zip" in told.stderr
    pack, calls = Path("out", f"{PACK}.zip"), Path("out", f"{PACK}.calls.zip")
    words = ("verify", pack, "--signer-fingerprint", trade().signer.fingerprint, "--calls", calls, "-o", "json")
    found = command(*words)
    assert found.exit_code == 0, found.output
    rows = json.loads(found.stdout)["data"]
    assert ("made again", "ok", "data/parquet/jobs.parquet") in {(r["check"], r["state"], r["file"]) for r in rows}
    calls.chmod(0o644)
    calls.write_bytes(calls.read_bytes()[:-1])
    assert command(*words).exit_code == 7


def test_calls_that_were_not_sealed_cannot_be_fetched(command: Command, config: Path, home: Home) -> None:
    told = command("pack", "fetch", home.packs[-1], "--to", "out", "--with-calls", "-c", config)
    assert told.exit_code == 8
    assert "--with-calls --again" in told.stderr
    assert not Path("out").exists()
