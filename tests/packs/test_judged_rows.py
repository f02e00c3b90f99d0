"""Expected runs and exceptions in packs: those of its scope and period, as they stand, and counted on the page as in the file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from evidence.packs.chapters.runs import due_runs, nights_not_due
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.select import Selection, select
from tests.fakes.bench import NIGHT, Bench, backup

NEXT = NIGHT + timedelta(days=1)
AFTER = NEXT + timedelta(days=1)
Row = Mapping[str, object]


@pytest.fixture(scope="module")
def bench() -> Bench:
    """Two vaults over three nights; of the second one a machine fails on the first night and is well on the next."""
    made = Bench()
    for name in ("v1", "v2"):
        vault = made.vault(name)
        for night in (NIGHT, NEXT, AFTER):
            backup(vault, night, status="Failed" if (name, night) == ("v2", NIGHT) else "Completed")
    made.vault("idle")
    made.nights(3)
    return made


def chosen(bench: Bench, *, nights: int = 3, scope: PackScope | None = None) -> Selection:
    period = span_period(NIGHT, NIGHT + timedelta(days=nights - 1))
    return select(bench.store, bench.parts.ledger.entries(), period, scope or PackScope("all"))


def test_each_run_of_the_period_is_there_once_with_its_last_outcome(bench: Bench) -> None:
    rows = chosen(bench).tables["slots"].to_pylist()
    assert len({(row["item_key"], row["part"], row["slot_at"]) for row in rows}) == len(rows) == 6
    assert sorted(row["outcome"] for row in rows) == ["failed", *["success"] * 5]
    assert [row["event_night"] for row in chosen(bench, nights=1).tables["slots"].to_pylist()] == [NIGHT, NIGHT]


def test_a_scope_holds_its_own_runs_and_exceptions(bench: Bench) -> None:
    only = chosen(bench, scope=PackScope("one", vaults=("v1",)))
    assert {row["outcome"] for row in only.tables["slots"].to_pylist()} == {"success"}
    assert only.tables["exceptions"].num_rows == 0


def test_exceptions_are_as_the_last_night_of_the_period_left_them(bench: Bench) -> None:
    def failed(nights: int) -> list[object]:
        rows = chosen(bench, nights=nights).tables["exceptions"].to_pylist()
        return [row["state"] for row in rows if row["class"] == "failed"]

    assert (failed(1), failed(2)) == (["open"], ["closed"])


def test_a_vault_of_which_nothing_was_called_for_is_not_said_to_be_late(bench: Bench) -> None:
    found = chosen(bench)
    (idle,) = (vault.vault_id for vault in found.vaults if vault.name == "idle")
    assert nights_not_due(found) == {(idle, night) for night in (NIGHT, NEXT, AFTER)}
    assert due_runs(found).num_rows == 6
