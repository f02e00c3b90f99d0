"""Points of soft-deleted items are asked for with the filter that shows deleted ones; those of all others without it."""

from __future__ import annotations

from evidence.records import Kind, Outcome
from tests.sources.conftest import Bench
from tests.sources.loopback import Asked
from tests.sources.world import SQL, VM, Row, coverage, item, listed, point, request

DELETED = "includeSoftDeletedRP eq 'True'"


def deleted(row: Row) -> Row:
    properties = row["properties"]
    assert isinstance(properties, dict)
    return {**row, "properties": {**properties, "isScheduledForDeferredDelete": True}}


def asked(bench: Bench) -> list[Asked]:
    return [one for one in bench.server.asked if one.path.endswith("/recoveryPoints")]


def test_a_soft_deleted_item_is_asked_for_deleted_points(bench: Bench) -> None:
    bench.server.tell("/backupProtectedItems", listed(deleted(item(*VM))))
    bench.server.tell(f"/{VM[1]}/recoveryPoints", listed())
    bench.server.tell(f"/{VM[1]}/recoveryPoints", listed(point(*VM, "1")), filtered=DELETED)
    row = coverage(bench.capture(request(late=True)), Kind.RECOVERY_POINTS)
    assert [one.filter for one in asked(bench)] == [DELETED]
    assert (row.outcome, row.collected) == (Outcome.COLLECTED, 1)


def test_of_a_soft_deleted_database_both_clauses_are_asked(bench: Bench) -> None:
    bench.server.tell("/backupProtectedItems", listed(deleted(item(*SQL, management_type="AzureWorkload"))))
    bench.capture(request(late=True))
    assert [one.filter for one in asked(bench)] == [DELETED, f"restorePointQueryType eq 'Log' and {DELETED}"]


def test_an_item_that_is_not_deleted_is_asked_without_it(bench: Bench) -> None:
    bench.capture(request(late=True))
    assert asked(bench)
    assert not [one.filter for one in asked(bench) if DELETED in one.filter]
