"""A store that is rich enough for re-performance: nights, restores, secrets, an item that is gone, a second source; and its packs."""

from __future__ import annotations

import copy
import functools
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from evidence.ledger.folds import SealedPack
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.verification import CallsGiven, Finding, Trust, Verification, verify_pack
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.opening import open_zip
from evidence.packs.verification.reperformance import check_calls
from evidence.packs.verification.saying import read_statement
from evidence.records import Kind, Outcome
from evidence.runs.parts import silent
from tests.fakes.bench import NIGHT, Bench, backup, restore
from tests.fakes.bodies import FakeItem, FakeVault
from tests.fakes.certificates import trade
from tests.fakes.packing import sealing
from tests.fakes.second_sources import machine

FIRST = NIGHT
LAST = NIGHT + timedelta(days=3)
SECRET = "https://staging001.blob.core.windows.net/c/config.json?sv=2020&sig=c2VjcmV0"


def rich() -> Bench:
    """Four nights of two vaults: a restore from an earlier night's point, failed and running jobs, a database, a vault not read."""
    bench = Bench()
    first, second = bench.vault("v1"), bench.vault("v2", region="northeurope")
    backup(first, FIRST - timedelta(days=1))
    backup(second, FIRST - timedelta(days=1), "gone")
    bench.run(FIRST - timedelta(days=1))
    for number in range(4):
        night = FIRST + timedelta(days=number)
        _work(bench, first, second, number)
        bench.run(night)
    return bench


def _work(bench: Bench, first: FakeVault, second: FakeVault, number: int) -> None:
    night = FIRST + timedelta(days=number)
    backup(first, night)
    backup(first, night, "vm2", status="Failed" if number % 2 else "Completed")
    backup(second, night, "vm3", status=None if number == 1 else "InProgress" if number == 2 else "Completed")
    bench.azure.subscriptions[0].graph.resources = [machine("vm9", first.subscription)]
    if number == 0:
        made = restore(first, night, night - timedelta(days=1))
        made.properties["extendedInfo"] = {
            "propertyBag": {
                "Job Type": "Recover disks",
                "Recovery point time ": f"{night - timedelta(days=1):%m/%d/%Y} 22:00:36",
                "Config Blob Uri": SECRET,
            }
        }
        second.items.append(FakeItem("db", database=True))
    if number == 1:  # what its jobs of earlier nights are about is gone from here on
        second.items = [one for one in second.items if one.name != "gone"]
    if number == 3:
        second.spoiled[Kind.POLICIES] = (Outcome.NOT_REACHED, "HTTP 403")


@functools.cache
def _made() -> Bench:
    return rich()


def world() -> Bench:
    """The same, in a store of its own."""
    made = _made()
    bench = Bench()
    bench.azure, bench.clock, bench.chance = made.azure, copy.copy(made.clock), made.chance
    bench.memory.files.update(made.memory.files)
    return bench


@dataclass(frozen=True)
class Packed:
    """A pack and its calls as an auditor holds them."""

    pack: SealedPack
    file: Path
    calls: Path


def packed(bench: Bench, folder: Path, *, kind: str = "audit", scope: PackScope | None = None) -> Packed:
    """Build a pack with its calls and fetch both."""
    last = FIRST if kind == "night" else LAST
    order = PackOrder(kind, scope or PackScope("all"), span_period(FIRST, last), with_calls=True)
    return fetched(bench, build_pack(bench.parts, sealing(bench), order).pack, folder)


def fetched(bench: Bench, pack: SealedPack, folder: Path) -> Packed:
    """A pack and its calls outside the store."""
    folder.mkdir(parents=True, exist_ok=True)
    found = Packed(pack, folder / f"{pack.pack_id}.zip", folder / f"{pack.pack_id}.calls.zip")
    bench.store.fetch(pack.archive.path, found.file)
    assert pack.calls is not None
    bench.store.fetch(pack.calls.path, found.calls)
    return found


def verified(found: Packed, calls: Path | None = None) -> Verification:
    """The verification of a pack with calls."""
    trust = Trust(trade().signer.fingerprint, stamp_authorities=(trade().stamp_root.der,))
    return verify_pack(found.file, trust, calls=CallsGiven(calls or found.calls, silent))


def made_again(found: Packed) -> Verification:
    """What making the rows again finds, without what else is verified."""
    checks = Checklist()
    with tempfile.TemporaryDirectory() as folder:
        opened = open_zip(found.file, Path(folder), checks)
        assert opened is not None
        _, statement = read_statement(opened)
        check_calls(CallsGiven(found.calls, silent), opened, statement, checks)
    return checks.result(None)


def failures(found: Verification) -> list[tuple[str, str | None, str]]:
    """What does not hold."""
    return [(one.name, one.file, one.detail) for one in found.checks if one.failed]


def lines(found: Verification, name: str, finding: Finding = Finding.OK) -> dict[str | None, str]:
    """What checks of a name say, by file."""
    return {one.file: one.detail for one in found.checks if one.name == name and one.finding is finding}
