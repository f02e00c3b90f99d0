"""Packs as their builder makes them, for the tests of machine formats: an ordinary one, a hostile one, one of nothing and one with gaps."""

from __future__ import annotations

import functools
import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

from evidence.packs.build import PackOrder, build_pack
from evidence.packs.period import Period, span_period
from evidence.packs.scope import PackScope
from evidence.records import Kind, Outcome
from tests.fakes.bench import NIGHT, Bench, at, backup, restore
from tests.fakes.bodies import FakeItem, FakeJob
from tests.fakes.packing import sealing

ALL = PackScope("all")
HOSTILE = (
    "=cmd|' /C calc'!A0",
    'Größe, "データ"\n第二行',
    "@SUM(1)\r\n,;",
    "nul\x00inside",
    "\x00",
    "＝1+1",
    "-1.5",
    "'",
    "🔑 " * 40,
    "[]",
    "null",
    "NaN",
)
"""Names that spreadsheets, CSV readers or validators trip over."""


@functools.cache
def ordinary() -> Mapping[str, bytes]:
    """A night with a failure and a restore."""
    bench = Bench()
    vault = bench.vault()
    backup(vault)
    backup(vault, name="vm2", status="Failed")
    restore(vault, NIGHT, NIGHT)
    bench.run()
    return members(bench, span_period(NIGHT, NIGHT), "night")


@functools.cache
def hostile() -> Mapping[str, bytes]:
    """Items and jobs with names that nobody should give, over two nights."""
    bench = Bench()
    vault = bench.vault()
    backup(vault)
    vault.items += [FakeItem(f"odd{number}", properties={"friendlyName": name}) for number, name in enumerate(HOSTILE)]
    vault.jobs += [FakeJob(f"odd-{number}", name, at(NIGHT)) for number, name in enumerate(HOSTILE)]
    bench.nights(2)
    return members(bench, span_period(NIGHT, NIGHT + timedelta(days=1)), "audit")


@functools.cache
def nothing() -> Mapping[str, bytes]:
    """A period of which nothing is known."""
    bench = Bench()
    bench.vault()
    bench.run()
    return members(bench, span_period(date(2020, 2, 1), date(2020, 2, 3)), "audit")


@functools.cache
def gappy() -> Mapping[str, bytes]:
    """Three nights: a vault whose jobs were refused, another whose policies were, and a night that was not sealed."""
    bench = Bench()
    vault, other = bench.vault(), bench.vault("v2")
    backup(vault)
    backup(other)
    bench.run()
    vault.spoiled = {Kind.JOBS: (Outcome.NOT_REACHED, "HTTP 403")}
    other.spoiled = {Kind.POLICIES: (Outcome.NOT_REACHED, "HTTP 403")}
    bench.run(NIGHT + timedelta(days=2))
    return members(bench, span_period(NIGHT, NIGHT + timedelta(days=2)), "audit")


PACKS: Mapping[str, Callable[[], Mapping[str, bytes]]] = {
    "ordinary": ordinary,
    "hostile": hostile,
    "nothing": nothing,
    "gappy": gappy,
}


def members(bench: Bench, period: Period, kind: str) -> Mapping[str, bytes]:
    """All files of a pack that is built and verified."""
    pack = build_pack(bench.parts, sealing(bench, stamped=False), PackOrder(kind, ALL, period))
    with zipfile.ZipFile(io.BytesIO(bench.memory.files[pack.path])) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def unpacked(files: Mapping[str, bytes], folder: Path) -> Path:
    """The files in a folder."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder
