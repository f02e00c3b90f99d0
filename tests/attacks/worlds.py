"""The two packs that every attack is tried on, a night's and a quarter's, with all that their reader brings along.

Not here: the attacks. Invariant: the packs are built by the product from nights that ran, and the forged world differs from the true one
only in what a job that failed is said to have done.
"""

from __future__ import annotations

import functools
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from evidence.ledger.folds import SealedPack, packs
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.checkpoints.make import Made
from evidence.packs.checkpoints.prove import prove_pack
from evidence.packs.night import ensure_night_pack
from evidence.packs.period import parse_period
from evidence.packs.scope import PackScope
from evidence.packs.verification import Held
from tests.fakes.bench import NIGHT, Bench, backup, restore
from tests.fakes.packing import sealing
from tests.packs.checkpoints.desk import handed, make

KINDS = ("night", "quarter")
LAST = NIGHT + timedelta(days=1)
QUARTER = parse_period("2026Q4")


@dataclass(frozen=True, slots=True)
class World:
    """A store with three packs, and the checkpoint that its auditor got that night."""

    bench: Bench
    checkpoint: Made

    def sealed(self, kind: str) -> SealedPack:
        """The pack of the last night, or of the quarter."""
        wanted = "night" if kind == "night" else "audit"
        return [one for one in self.every() if one.series.kind == wanted][-1]

    def every(self) -> list[SealedPack]:
        """All packs, series by series."""
        return [one for series in packs(self.bench.parts.ledger.entries()).values() for one in series]

    def members(self, pack: SealedPack) -> dict[str, bytes]:
        """The files of a pack."""
        with zipfile.ZipFile(io.BytesIO(self.archive(pack))) as source:
            return {name.partition("/")[2]: source.read(name) for name in source.namelist()}

    def archive(self, pack: SealedPack) -> bytes:
        """The ZIP of a pack."""
        return self.bench.memory.files[next(one.path for one in pack.entry.objects if one.path.endswith(".zip"))]

    def held(self, kind: str, folder: Path) -> Held:
        """The checkpoint in a folder, with the proof that the pack stands in it."""
        proof = prove_pack(self.bench.parts, self.sealed(kind).pack_id).proof
        assert proof is not None
        checkpoint = handed(self.bench, self.checkpoint, folder)
        (folder / "proof.json").write_bytes(proof)
        return Held(checkpoint, folder / "proof.json")


@functools.cache
def world(status: str = "Failed") -> World:
    """The world in which a job of the last night ended with a status."""
    bench = Bench()
    vault = bench.vault()
    tools = sealing(bench)
    for night in (NIGHT, LAST):
        backup(vault, night)
        backup(vault, night, "vm2", "Completed" if night == NIGHT else status)
        restore(vault, night, NIGHT)
        bench.run(night)
        ensure_night_pack(bench.parts, tools, PackScope("all"), night)
    build_pack(bench.parts, tools, PackOrder("audit", PackScope("all"), QUARTER))
    return World(bench, make(bench))


@dataclass(frozen=True, slots=True)
class Target:
    """One pack, and what whoever attacks it may know beside it."""

    kind: str
    pack: SealedPack
    members: Mapping[str, bytes]
    earlier: Mapping[str, bytes]
    """The files of another pack of the same signer."""
    rebuilt: Mapping[str, bytes]
    """The same pack, built by an insider from nights in which the job that failed is said to have completed."""


@functools.cache
def target(kind: str) -> Target:
    """The pack of a kind as an attacker finds it."""
    true, forged = world(), world("Completed")
    pack = true.sealed(kind)
    first = next(one for one in true.every() if one.series.kind == "night")
    return Target(kind, pack, true.members(pack), true.members(first), forged.members(forged.sealed(kind)))
