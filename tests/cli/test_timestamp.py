from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command, Home
from tests.fakes.authority import answer, serve
from tests.fakes.bench import RAW
from tests.fakes.certificates import trade
from tests.fakes.clock import FakeClock
from tests.fakes.packing import sealing


def data(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["data"]
    return found


@pytest.fixture
def unstamped(home: Home, tmp_path: Path) -> Path:
    """A copy of the store with one more pack, sealed without a stamp; its folder."""
    from evidence.packs.build import PackOrder, build_pack
    from evidence.packs.period import span_period
    from evidence.packs.scope import PackScope
    from evidence.stores.directory import DirectoryStore
    from tests.cli.conftest import DAYS
    from tests.fakes.bench import Bench

    shutil.copytree(home.folder / "evidence-store", tmp_path / "evidence-store")
    bench = Bench(store=DirectoryStore(tmp_path / "evidence-store"), clock=FakeClock(home.bench.clock.moment))
    order = PackOrder("audit", PackScope("all"), span_period(DAYS[0], DAYS[0]))
    build_pack(bench.parts, sealing(bench, stamped=False), order)
    return tmp_path


def configured(folder: Path, url: str | None) -> Path:
    config = folder / "evidence.yaml"
    config.write_bytes(RAW + (f"timestamp: {{url: '{url}'}}\n".encode() if url else b""))
    return config


def test_a_stamp_is_asked_for_later_kept_shown_and_verified(
    command: Command, unstamped: Path, in_time: FakeClock
) -> None:
    with serve(lambda request: (200, answer(request, in_time.now()))) as url:
        config = configured(unstamped, url)
        before = command("status", "-c", config, "-o", "json")
        (pack,) = json.loads(before.stdout)["meta"]["packs_without_time_stamp"]
        assert "NOT TIME-STAMPED: backup-evidence timestamp retry" in before.stderr
        told = command("timestamp", "retry", "--all", "-c", config, "-o", "json")
    assert told.exit_code == 0, told.output
    (row,) = data(told.stdout)
    assert (row["pack"], row["state"]) == (pack, "stamped")
    # The authority is gone by now, and is not asked again.
    again = command("timestamp", "retry", pack, "-c", config, "-o", "json")
    assert data(again.stdout)[0]["state"] == "was stamped already"
    assert "nothing to do" in command("timestamp", "retry", "--all", "-c", config).stderr
    assert json.loads(command("status", "-c", config, "-o", "json").stdout)["meta"]["packs_without_time_stamp"] == []
    listed = {one["pack"]: one for one in data(command("pack", "list", "-c", config, "-o", "json").stdout)}
    assert listed[pack]["time_stamp"] == f"later: {row['stamped_at']}"
    (shown,) = data(command("pack", "show", pack, "-c", config, "-o", "json").stdout)
    assert shown["later_time_stamps"][0]["path"] == row["stamp"]
    (fetched,) = data(command("timestamp", "fetch", pack, "--to", unstamped / "out", "-c", config, "-o", "json").stdout)
    (unstamped / "root.pem").write_bytes(trade().stamp_root.pem)
    words = ["--signer-fingerprint", trade().signer.fingerprint, "--tsa-trust", unstamped / "root.pem"]
    verified = command("verify", listed[pack]["file"], *words, "--stamp", fetched["file"])
    assert verified.exit_code == 0
    assert "LATER than the sealing" in verified.stderr


def test_an_authority_that_fails_ends_6_and_what_is_wrong_ends_2(
    command: Command, unstamped: Path, in_time: FakeClock
) -> None:
    with serve(lambda _: (500, b"")) as url:
        told = command("timestamp", "retry", "--all", "-c", configured(unstamped, url))
    assert told.exit_code == 6
    assert "HTTP 500" in told.stderr
    config = configured(unstamped, "http://127.0.0.1:9/")
    for words in (("retry",), ("retry", "--all", "x"), ("retry", "no-such-pack"), ("fetch", "no-such-pack")):
        assert command("timestamp", *words, "-c", config).exit_code == 2
    assert command("timestamp", "retry", "--all", "-c", configured(unstamped, None)).exit_code == 2
    assert in_time.moment
