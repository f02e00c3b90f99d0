"""A store of three nights, the second of them missing, with a pack for each, made once and copied for each test."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from evidence.ledger.folds import SealedPack, packs
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.checkpoints.make import Made, make_checkpoint
from evidence.packs.checkpoints.renewal import Renewal
from evidence.packs.night import ensure_night_pack
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.verification import Finding, Trust, Verification
from evidence.seals.interface import Signer, TimestampAuthority
from tests.fakes.authority import FakeAuthority
from tests.fakes.bench import NIGHT, Bench, backup
from tests.fakes.certificates import trade
from tests.fakes.packing import sealing
from tests.fakes.packs import the_signer

LAST = NIGHT + timedelta(days=2)
TRUST = Trust(trade().signer.fingerprint, (trade().root.der,), (trade().stamp_root.der,))


@functools.cache
def _made() -> Bench:
    bench = Bench()
    backup(bench.vault())
    tools = sealing(bench)
    for night in (NIGHT, LAST):
        bench.run(night)
        ensure_night_pack(bench.parts, tools, PackScope("all"), night)
    return bench


def desk() -> Bench:
    """A bench of its own over a copy of the store."""
    made = _made()
    bench = Bench(chance=made.chance)
    bench.memory.files.update(made.memory.files)
    bench.clock.moment = made.clock.moment
    return bench


def night_packs(bench: Bench) -> Sequence[SealedPack]:
    """The packs of the store, in order."""
    return [pack for series in packs(bench.parts.ledger.entries()).values() for pack in series]


def more(bench: Bench) -> SealedPack:
    """One more pack, over all nights."""
    tools = replace(sealing(bench), renderer=sealing(bench).renderer)
    order = PackOrder("audit", PackScope("all"), span_period(NIGHT, LAST))
    return build_pack(bench.parts, tools, order).pack


def make(
    bench: Bench,
    *,
    signer: Signer | None = None,
    authority: TimestampAuthority | None = None,
    stamped: bool = True,
    renewal: Renewal | None = None,
) -> Made:
    """A checkpoint by the signer and the authority of the tests."""
    stamps = authority or (FakeAuthority(bench.clock.now) if stamped else None)
    return make_checkpoint(bench.parts, signer or the_signer(), stamps, renewal)


def handed(bench: Bench, made: Made, folder: Path) -> Path:
    """The checkpoint's files in a folder, as an auditor gets them."""
    folder.mkdir(parents=True, exist_ok=True)
    for named in made.checkpoint.entry.objects:
        (folder / named.path.rpartition("/")[2]).write_bytes(bench.store.read(named.path))
    return folder / "checkpoint.json"


def archive(bench: Bench, pack: SealedPack, folder: Path) -> Path:
    """The pack's ZIP in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{pack.pack_id}.zip"
    bench.store.fetch(next(one.path for one in pack.entry.objects if one.path.endswith(".zip")), file)
    return file


def findings(found: Verification) -> dict[str, tuple[Finding, str]]:
    """The checks by name; of several of one name the worst."""
    told: dict[str, tuple[Finding, str]] = {}
    for one in found.checks:
        if one.name not in told or one.failed:
            told[one.name] = (one.finding, one.detail)
    return told
