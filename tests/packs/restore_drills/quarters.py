"""A quarter with a drill of each sort, and its pack as the product builds it.

Not here: how one drill goes (`world`). Invariant: the numbers in `test_pack` follow from this file, read by a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from evidence.packs.build import BuiltPack, PackOrder, build_pack
from evidence.packs.interface import Renderer
from evidence.packs.period import parse_period
from evidence.packs.restore_drills.in_scope import DrillRules
from evidence.packs.scope import PackScope
from evidence.packs.sealing import Sealing
from tests.fakes.bench import backup, restore
from tests.fakes.packing import sealing
from tests.packs.restore_drills.world import NIGHTS, Quarterly


def sealed_with(made: Quarterly, renderer: Renderer | None = None) -> Sealing:
    """What packs of the quarter are sealed with, its settings among it."""
    settings, tools = made.bench.configuration.settings, sealing(made.bench)
    rules = DrillRules(settings.drills, settings.tiers)
    return replace(tools, drills=rules, tiers=settings.tiers, renderer=renderer or tools.renderer)


def packed(
    made: Quarterly, renderer: Renderer | None = None, audience: str = "internal", reason: str | None = None
) -> BuiltPack:
    """The quarter's pack."""
    order = PackOrder("restore-drills", PackScope("all"), parse_period("2026Q3"), reason, audience)
    return build_pack(made.bench.parts, sealed_with(made, renderer), order)


NAMES: Sequence[tuple[str, int | None]] = (
    *(("payments", 0), ("orders", 0), ("ledger", 0), ("größe-データ", 0), ("رواتب الموظفين", 1)),
    *(("hr", 2), ("crm", 2), ("wiki", 2), ("web", 3), ("test", 3), ("old", None), ("older", None)),
)


def quarter(folder: Path) -> Quarterly:
    """Of each sort one: accepted, with deviations, rejected and retested, missed, waived, called off, in review, open; and restores that are no drill."""
    made = Quarterly(NAMES)
    made.commit()
    ids = made.ids = made.plan()
    restore(made.vault, NIGHTS[1], NIGHTS[0], "payments", job_id="restore-by-nobody-known")
    backup(made.vault, NIGHTS[1], "payments")
    made.at(datetime(2026, 7, 8, 9, tzinfo=UTC))
    made.bench.run(NIGHTS[1])
    file = folder / "row counts.csv"
    file.write_bytes(b"table,rows\norders,1204311\n")
    sha256 = made.attach(ids["payments"], file)
    made.check(ids["payments"], "checksum", artefacts=(sha256,))
    made.done(ids["payments"])
    made.done(ids["orders"], hours=5.25, decision="accepted_with_deviations")
    made.done(ids["ledger"], hours=5.5, decision="rejected")
    made.at(datetime(2026, 8, 4, 9, tzinfo=UTC))
    made.retest(ids["ledger"], "DR-2026Q3-0901")
    made.done("DR-2026Q3-0901", hours=3.0)
    made.missed(ids["größe-データ"])
    left = [name for name in ids if name not in {"payments", "orders", "ledger", "größe-データ"}]
    made.waive(ids[left[0]])
    made.cancel(ids[left[1]])
    made.link(ids[left[2]], made.job(ids[left[2]]))
    made.at(datetime(2026, 9, 30, 9, tzinfo=UTC))
    made.bench.run(NIGHTS[3])
    made.at(datetime(2026, 10, 2, 9, tzinfo=UTC))
    made.reveal()
    return made
