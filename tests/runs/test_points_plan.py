"""What sealed nights tell about the reading of points, and of restores whose details are known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from evidence.ledger.folds import named_paths
from evidence.records import CaptureRequest, Discovery, Kind, MissedNight, Outcome, PointsMemory, Vault
from evidence.runs.capture import Order
from evidence.runs.earlier import detailed_restores
from evidence.runs.night import capture_stage
from evidence.runs.points_plan import NIGHTS_OWED, NIGHTS_REMEMBERED, points_memory
from evidence.runs.sealed import SealedRows
from tests.fakes.bench import NIGHT, Bench, at, backup, restore
from tests.fakes.bodies import FakeItem, FakeVault

NEXT = NIGHT + timedelta(days=1)


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    vault = made.vault()
    backup(vault)
    vault.items.append(FakeItem("orders", database=True))
    return made


def sealed(bench: Bench) -> SealedRows:
    return SealedRows(bench.store, named_paths(bench.parts.ledger.entries()))


def memory(bench: Bench, night: date) -> PointsMemory:
    return points_memory(sealed(bench), night, bench.calendar)


def of(bench: Bench, found: PointsMemory, name: str) -> Any:
    (vault,) = bench.azure.vaults
    item = next(one for one in vault.items if one.name == name)
    return found.items[vault.vault.vault_id][vault.item_id(item).lower()]


def test_before_the_first_night_nothing_is_remembered(bench: Bench) -> None:
    assert memory(bench, NIGHT) == PointsMemory()
    bench.run()
    assert memory(bench, NIGHT) == PointsMemory(), "only earlier nights count"


def test_the_last_whole_reading_of_each_item_is_told_by_its_call(bench: Bench) -> None:
    bench.run()
    bench.run(NEXT)
    found = memory(bench, NEXT + timedelta(days=1))
    assert found.since == NIGHT
    end = bench.calendar.window(NEXT).end
    for name in ("vm1", "orders"):
        told = of(bench, found, name)
        assert end <= told.read_at < end + timedelta(minutes=5)
        assert told.missed == ()


def test_what_no_entry_names_was_not_read(bench: Bench) -> None:
    bench.capture()
    assert memory(bench, NEXT) == PointsMemory()


def test_a_list_that_ended_early_is_none_that_was_read(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    (vault,) = bench.azure.vaults
    vault.page_size = 1
    vault.items[0].points *= 2
    from tests.fakes import source

    answered = source._Line.answered

    def failing(
        line: Any, kind: Kind, subject: str | None, path: str, body: bytes, next_link: str | None = None
    ) -> Any:
        if kind is Kind.RECOVERY_POINTS and subject and "vm1" in subject and next_link is None:
            return line.refused(kind, subject, path, status=500)
        return answered(line, kind, subject, path, body, next_link)

    monkeypatch.setattr(source._Line, "answered", failing)
    bench.run()
    found = memory(bench, NEXT)
    assert of(bench, found, "vm1").read_at is None
    assert of(bench, found, "orders").read_at is not None


def test_a_list_of_log_ranges_alone_is_no_reading_of_points(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from evidence.runs import points_plan

    bench.run()
    monkeypatch.setattr(points_plan, "LOGS", "")  # every filter holds it, so every list passes for one of ranges
    found = memory(bench, NEXT)
    assert of(bench, found, "vm1").read_at is None


def test_nights_on_which_points_were_not_read_whole_are_owed_to_items_that_were_not_read_since(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    in_the_night = f"{at(NIGHT, 22.01):%Y-%m-%dT%H:%M:%S}Z"
    vault.items.append(FakeItem("proven", properties={"lastRecoveryPoint": in_the_night}))
    vault.spoiled = {Kind.RECOVERY_POINTS: (Outcome.NOT_REACHED, "quota: 3 of 3 questions were not asked")}
    bench.run()
    found = memory(bench, NEXT)
    assert of(bench, found, "vm1").missed == (MissedNight(NIGHT, proven=False),)
    assert of(bench, found, "proven").missed == (MissedNight(NIGHT, proven=True),)
    vault.spoiled = {}
    bench.run(NEXT)
    assert of(bench, memory(bench, NEXT + timedelta(days=1)), "vm1").missed == ()


def test_a_vault_of_which_nothing_could_be_read_owes_all_its_items_the_night(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    bench.run()
    refused = (Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed")
    vault.spoiled = {Kind.RECOVERY_POINTS: refused, Kind.PROTECTED_ITEMS: refused}
    bench.run(NEXT)
    found = memory(bench, NEXT + timedelta(days=1))
    assert of(bench, found, "vm1").missed == (MissedNight(NEXT, proven=False),)
    vault.spoiled = {Kind.RECOVERY_POINTS: refused, Kind.PROTECTED_ITEMS: refused}
    for number in range(2, 2 + NIGHTS_OWED):
        bench.run(NIGHT + timedelta(days=number))
    items = memory(bench, NIGHT + timedelta(days=2 + NIGHTS_OWED)).items[vault.vault.vault_id]
    assert {len(one.missed) for one in items.values()} == {NIGHTS_OWED}
    assert all(one.read_at is not None for one in items.values()), "what was read before is not forgotten"


def test_memory_ends(bench: Bench) -> None:
    bench.run()
    last = NIGHT + timedelta(days=NIGHTS_REMEMBERED)
    assert memory(bench, last).since == NIGHT
    assert memory(bench, last + timedelta(days=1)) == PointsMemory()


class Listening:
    """A source that keeps what it was asked."""

    description = "Azure in memory"

    def __init__(self, bench: Bench) -> None:
        self.requests: list[CaptureRequest] = []
        self._azure = bench.azure

    def discover(self, request: CaptureRequest) -> Discovery:
        self.requests.append(request)
        return self._azure.discover(request)

    def capture(self, vault: Vault, request: CaptureRequest) -> Any:
        return self._azure.capture(vault, request)


def test_a_capture_is_told_what_the_nights_before_it_tell(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    job = restore(vault, NIGHT, NIGHT)
    bench.run()
    source = Listening(bench)
    capture_stage(bench.parts, source, Order(NEXT), workers=1)
    (request,) = source.requests
    assert request.points == memory(bench, NEXT)
    assert request.detailed == {vault.vault.vault_id: frozenset({job.job_id.lower()})}


def test_a_second_capture_of_a_night_is_told_of_the_nights_before_it_alone(bench: Bench) -> None:
    bench.run()
    bench.run(NEXT)
    source = Listening(bench)
    capture_stage(bench.parts, source, Order(NIGHT, again=True, reason="to be sure"), workers=1)
    assert source.requests[0].points == PointsMemory()


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({}, True),
        ({"status": "InProgress"}, False),
        ({"status": "Failed"}, False),
        ({"status": "CompletedWithWarnings"}, False),
        ({"point_at": None}, False),
    ],
)
def test_details_are_known_where_a_completed_restore_told_its_point(
    bench: Bench, changes: Mapping[str, Any], known: bool
) -> None:
    (vault,) = bench.azure.vaults
    restore(vault, NIGHT, NIGHT, **changes)
    bench.run()
    assert bool(detailed_restores(sealed(bench), NEXT)) is known
    assert detailed_restores(sealed(bench), NEXT + timedelta(days=2)) == {}, "its night is not listed any more"


def test_the_read_moment_is_one_of_a_call(bench: Bench) -> None:
    bench.run()
    told = of(bench, memory(bench, NEXT), "vm1").read_at
    assert isinstance(told, datetime)
    assert told.tzinfo is not None
    assert isinstance(bench.azure.vaults[0], FakeVault)
