"""Which rows of slots stand: against a plain fold over the same assessments, and night by night by hand."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pytest

from evidence.ledger.folds import named_paths
from evidence.runs.sealed import SealedRows
from evidence.runs.slots_standing import PATH, ROW, standing_places, standing_slots
from evidence.tables import SLOTS
from tests.fakes.bench import NIGHT, Bench, backup
from tests.fakes.bodies import FakeVault
from tests.fakes.judged_slots import Row, seal_slots, slot_row

NIGHTS = [NIGHT + timedelta(days=number) for number in range(4)]


@pytest.fixture(scope="module")
def vault() -> FakeVault:
    bench = Bench()
    made = bench.vault()
    for name in ("vm1", "vm2"):
        backup(made, NIGHT, name)
    return made


def standing(bench: Bench, first: date, last: date) -> Sequence[Mapping[str, object]]:
    entries = bench.parts.ledger.entries()
    sealed = SealedRows(bench.store, named_paths(entries))
    rows: Sequence[Mapping[str, object]] = standing_slots(sealed, entries, first, last).to_pylist()
    return rows


def outcomes(rows: Sequence[Mapping[str, object]]) -> list[tuple[object, object, object]]:
    return sorted((row["item_name"], row["event_night"], row["outcome"]) for row in rows)


def made(bench: Bench) -> Bench:
    bench.parts.ledger.open(tenant="t", organisation="Contoso", first_night=NIGHT, at=bench.clock.now(), actor="tester")
    return bench


def test_a_later_night_replaces_what_was_not_settled_and_nothing_else(vault: FakeVault) -> None:
    bench = made(Bench())
    seal_slots(bench, [slot_row(vault, "vm1", "pending"), slot_row(vault, "vm2", "success")])
    again = slot_row(vault, "vm1", "silent")
    seal_slots(bench, [again, slot_row(vault, "vm1", "success", night=NIGHTS[1])], NIGHTS[1])
    assert outcomes(standing(bench, NIGHT, NIGHT)) == [("vm1", NIGHT, "silent"), ("vm2", NIGHT, "success")]
    assert outcomes(standing(bench, NIGHTS[1], NIGHTS[1])) == [("vm1", NIGHTS[1], "success")]
    assert len(standing(bench, NIGHT, NIGHTS[1])) == 3


def test_a_new_assessment_of_the_night_replaces_all_that_was_judged_of_it_before(vault: FakeVault) -> None:
    bench = made(Bench())
    seal_slots(bench, [slot_row(vault, "vm1", "unknown", hours=6), slot_row(vault, "vm2", "pending")])
    seal_slots(bench, [slot_row(vault, "vm2", "silent")], NIGHTS[1])
    seal_slots(bench, [slot_row(vault, "vm1", "success"), slot_row(vault, "vm2", "failed")])
    assert outcomes(standing(bench, NIGHT, NIGHTS[1])) == [("vm1", NIGHT, "success"), ("vm2", NIGHT, "failed")]


def test_the_past_stands_as_it_was_known_then(vault: FakeVault) -> None:
    bench = made(Bench())
    seal_slots(bench, [slot_row(vault, "vm1", "pending")])
    then = bench.parts.ledger.entries()
    seal_slots(bench, [slot_row(vault, "vm1", "silent")], NIGHTS[1])
    sealed = SealedRows(bench.store, named_paths(then))
    assert standing_slots(sealed, then, NIGHT, NIGHTS[1])["outcome"].to_pylist() == ["pending"]


def test_a_night_that_was_never_assessed_has_none(vault: FakeVault) -> None:
    bench = made(Bench())
    assert standing(bench, NIGHT, NIGHTS[3]) == []
    seal_slots(bench, [slot_row(vault, "vm1", "success")], NIGHTS[1])
    assert standing(bench, NIGHT, NIGHT) == []
    assert standing_slots(_sealed(bench), bench.parts.ledger.entries(), NIGHT, NIGHT).schema.names == list(
        SLOTS.names()
    )


@pytest.mark.parametrize("seed", range(6))
def test_it_is_what_a_plain_fold_says(vault: FakeVault, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same on every run, not secret
    bench, told = made(Bench()), []
    for _ in range(9):
        night = chance.choice(NIGHTS)
        rows: dict[tuple[str, date], Row] = {}
        for _row in range(chance.randint(0, 5)):
            of = night - timedelta(days=chance.randint(0, 2))
            name = chance.choice(["vm1", "vm2"])
            rows[name, of] = slot_row(vault, name, chance.choice(["pending", "failed", "success"]), night=of)
        told.append((night, rows))
        seal_slots(bench, list(rows.values()), night)
    newest = {night: max(place for place, (own, _) in enumerate(told) if own == night) for night, _ in told}
    fold: dict[tuple[str, date], object] = {}
    for place, (_, rows) in enumerate(told):
        kept = {key: row["outcome"] for key, row in rows.items() if key[1] in newest and newest[key[1]] <= place}
        fold |= kept
    expected = sorted((name, night, outcome) for (name, night), outcome in fold.items() if NIGHTS[0] <= night)
    assert outcomes(standing(bench, NIGHTS[0], NIGHTS[-1])) == expected


def test_places_lead_to_the_rows(vault: FakeVault) -> None:
    bench = made(Bench())
    seal_slots(bench, [slot_row(vault, "vm1", "failed"), slot_row(vault, "vm2", "success")])
    seal_slots(bench, [slot_row(vault, "vm2", "success", night=NIGHTS[1])], NIGHTS[1])
    sealed, entries = _sealed(bench), bench.parts.ledger.entries()
    for row in standing_places(sealed, entries, NIGHT, NIGHTS[1], ["outcome"]).to_pylist():
        whole = sealed.file(SLOTS, row[PATH]).slice(row[ROW], 1).to_pylist()[0]
        assert (whole["item_key"], whole["slot_at"], whole["outcome"]) == (
            row["item_key"],
            row["slot_at"],
            row["outcome"],
        )


def _sealed(bench: Bench) -> SealedRows:
    return SealedRows(bench.store, named_paths(bench.parts.ledger.entries()))
