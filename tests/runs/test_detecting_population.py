"""Vaults that vanish, resources that come without protection, and growth, found in sealed nights; hints stay hints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import cast

import pyarrow as pa
import pytest

from evidence.assess.findings import Class
from evidence.ledger.folds import assessments
from evidence.records import Kind, Outcome
from evidence.runs.detecting.growth import growth_found, stored
from evidence.runs.detecting.night import DETECTORS
from evidence.runs.detecting.population import vaults_gone
from evidence.runs.sealed import SealedRows
from evidence.tables import CANARIES, EXCEPTIONS, NOT_COMPARED, PROTECTED_ITEMS, RECOVERY_POINTS, Table, read_parquet
from tests.fakes.bench import NIGHT, Bench, backup
from tests.fakes.bodies import SUBSCRIPTION
from tests.fakes.second_sources import machine
from tests.runs.trending import rows_of

NEXT, THIRD = NIGHT + timedelta(days=1), NIGHT + timedelta(days=2)
NOT_READ = (Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed")
UNPROTECTED = "unprotected"


def assessed(bench: Bench, night: date, table: Table) -> list[dict[str, object]]:
    """Rows of a table of a night's last assessment."""
    (*_, last) = assessments(bench.parts.ledger.entries())[night]
    (path,) = (one.path for one in last.entry.objects if f"/{table.name}/" in one.path)
    found: list[dict[str, object]] = read_parquet(table, bench.store.read(path)).to_pylist()
    return found


def two_vaults() -> Bench:
    bench = Bench()
    for name in ("v1", "v2"):
        backup(bench.vault(name))
    bench.seal()
    return bench


def test_a_vault_that_its_list_no_longer_names_is_found_once() -> None:
    bench = two_vaults()
    del bench.azure.subscriptions[0].vaults[1]
    found = []
    for night in (NEXT, THIRD):
        bench.seal(night)
        found.append(vaults_gone(rows_of(bench), bench.parts.ledger.entries(), night, bench.calendar).findings)
    assert [[(one.class_, one.subject, one.item_key) for one in many] for many in found] == [
        [(Class.VANISHED, "v2", None)],
        [],
    ]


def test_unprotected_resources_are_new_from_the_second_comparison_on_and_end_when_protected() -> None:
    bench = Bench()
    backup(bench.vault())
    resources = bench.azure.subscriptions[0].graph.resources
    resources.append(machine("old", SUBSCRIPTION))
    bench.run()
    resources.append(machine("new", SUBSCRIPTION))
    bench.run(NEXT)
    resources.pop()
    bench.run(THIRD)
    told = [
        [(one["subject"], one["state"]) for one in assessed(bench, night, EXCEPTIONS) if one["class"] == UNPROTECTED]
        for night in (NIGHT, NEXT, THIRD)
    ]
    assert told == [[], [("new", "open")], [("new", "closed")]]


def test_what_was_not_compared_is_a_row_and_every_detector_is_tried() -> None:
    """On a first night nothing is compared: policies, items and settings of one vault; and no point tells its size."""
    bench = Bench()
    backup(bench.vault())
    bench.run()
    missed = {(str(row["what"]), str(row["reason"])) for row in assessed(bench, NIGHT, NOT_COMPARED)}
    never = "No earlier look read it whole."
    assert {what for what, reason in missed if reason == never} == {
        "policies of v1",
        "protected items of v1",
        "settings of v1",
    }
    assert "how much 1 of 1 vaults store" in {what for what, _ in missed}
    tried = assessed(bench, NIGHT, CANARIES)
    assert len(tried) == 21
    assert all(row["found"] and row["silent_on_healthy"] for row in tried)
    payload = assessments(bench.parts.ledger.entries())[NIGHT][-1].entry.payload[DETECTORS]
    assert payload == {"tried": 21, "found": 21, "silent_on_healthy": 21, "not_compared": len(missed)}


@pytest.mark.parametrize("kind", [Kind.PROTECTED_ITEMS, Kind.RECOVERY_POINTS], ids=str)
def test_a_vault_that_was_not_read_tells_no_growth(kind: Kind) -> None:
    bench = Bench()
    vault = bench.vault()
    backup(vault)
    vault.spoiled = {kind: NOT_READ}
    bench.seal()
    found, known = growth_found(rows_of(bench), bench.parts.ledger.entries(), NIGHT, bench.calendar)
    assert (found.findings, known) == ((), frozenset())


class _Told:
    """Items and points of one night, as sealed rows give them."""

    def __init__(self, points: Sequence[tuple[str, str, int | None]]) -> None:
        self.points = points

    def of_azure(self) -> _Told:
        return self

    def rows(self, table: Table, **_: object) -> pa.Table:
        if table is PROTECTED_ITEMS:
            items = sorted({item for item, _, _ in self.points})
            return pa.table({"vault_id": ["v"] * len(items), "item_key": items})
        rows = [
            {"vault_id": "v", "item_key": item, "recovery_point_id": point, "size_bytes": size, "range_start_at": None}
            for item, point, size in self.points
        ]
        columns = ("vault_id", "item_key", "recovery_point_id", "size_bytes", "range_start_at")
        return pa.Table.from_pylist(rows, pa.schema([RECOVERY_POINTS.schema().field(name) for name in columns]))


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([("a", "1", 5), ("a", "1", 5), ("a", "2", 7), ("b", "1", 3)], 15),
        ([("a", "1", 5), ("b", "1", None)], None),
        ([("a", "1", 5), ("a", "2", None)], None),
    ],
    ids=["sizes", "one-item-without", "one-point-without"],
)
def test_what_a_vault_stores_is_the_sum_of_its_points_where_each_tells_its_size(
    points: list[tuple[str, str, int | None]], expected: int | None
) -> None:
    assert stored(cast("SealedRows", _Told(points)), NIGHT, "run") == {"v": expected}
