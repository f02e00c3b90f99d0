from __future__ import annotations

from evidence.packs.idle import silence
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.select import select
from tests.fakes.bench import NIGHT, Bench, backup, restore


def test_a_night_of_restores_alone_is_counted_and_not_a_crash() -> None:
    bench = Bench()
    vault = bench.vault()
    backup(vault)
    vault.jobs.clear()
    restore(vault, NIGHT, NIGHT)
    bench.run()
    selection = select(bench.store, bench.parts.ledger.entries(), span_period(NIGHT, NIGHT), PackScope("all"))
    assert selection.tables["jobs"]["operation_kind"].to_pylist() == ["restore"]
    assert silence(selection).looked_at == 1
