"""Points that are gone early are noticed by the next whole list, however many nights nobody listed them; what cannot be known is not claimed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from evidence.records import Kind, Outcome
from evidence.tables import EXCEPTIONS, read_parquet
from tests.fakes.bench import NIGHT, Bench, backup
from tests.fakes.bodies import FakeVault, daily

NOT_READ = (Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed")
Row = Mapping[str, Any]


def early(bench: Bench) -> Sequence[Row]:
    """Early expiries as the newest assessment left them."""
    entry = [one for one in bench.parts.ledger.entries() if one.kind == "assessment-sealed"][-1]
    (path,) = [one.path for one in entry.objects if one.path.startswith("assessments/exceptions/")]
    rows = read_parquet(EXCEPTIONS, bench.store.read(path)).to_pylist()
    return [row for row in rows if row["class"] == "expires_early"]


def night(number: int) -> date:
    return NIGHT + timedelta(days=number)


def lived(days: int, unread: int, gone: int | None = None) -> tuple[Bench, FakeVault]:
    """Three nights read, some on which no list of points is read, and one that is read again; a point may be gone meanwhile."""
    bench = Bench()
    vault = bench.vault(policies={"daily": daily(days=days)})
    for number in range(3):
        backup(vault, night(number))
        bench.run(night(number))
    vault.spoiled[Kind.RECOVERY_POINTS] = NOT_READ
    for number in range(3, 3 + unread):
        backup(vault, night(number))
        bench.run(night(number))
    if gone is not None:
        del vault.items[0].points[gone]
    vault.spoiled.clear()
    backup(vault, night(3 + unread))
    bench.run(night(3 + unread))
    return bench, vault


@pytest.mark.parametrize("unread", [0, 1, 4])
def test_a_point_that_is_gone_is_noticed_by_the_next_whole_list(unread: int) -> None:
    bench, _ = lived(30, unread, gone=1)
    (found,) = early(bench)
    assert "no longer there on" in found["summary"]
    assert (found["state"], found["nights"]) == ("open", 1)


def test_nothing_is_said_where_all_are_there_or_nobody_looked() -> None:
    bench, vault = lived(30, 3)
    assert early(bench) == []
    vault.spoiled[Kind.RECOVERY_POINTS] = NOT_READ
    del vault.items[0].points[1]
    backup(vault, night(7))
    bench.run(night(7))
    assert early(bench) == []


def test_a_point_whose_promise_ended_while_nobody_looked_is_accused_of_nothing() -> None:
    bench, _ = lived(3, 5, gone=0)
    assert early(bench) == []


def test_it_stays_open_while_the_point_should_be_there() -> None:
    bench, vault = lived(30, 4, gone=1)
    for number in (8, 9):
        backup(vault, night(number))
        bench.run(night(number))
    assert [row["state"] for row in early(bench)] == ["open"]
