"""Settings are read every night; the storage configuration each week where the vault tells the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from evidence.records import Kind, Outcome
from tests.sources.conftest import Bench
from tests.sources.loopback import body, refusal
from tests.sources.world import NAME, NIGHT, coverage, request, resource

SAME = {"standardTierStorageRedundancy": "GeoRedundant", "crossRegionRestore": "Disabled"}


def test_what_the_vault_itself_tells_is_asked_for_once_a_week(bench: Bench) -> None:
    bench.server.tell(f"/vaults/{NAME}", body(resource("", redundancySettings=SAME)))
    nights = [replace(request(), night=NIGHT + timedelta(days=number)) for number in range(14)]
    rows = [coverage(bench.capture(asked), Kind.STORAGE_CONFIG) for asked in nights]
    due = [number for number, row in enumerate(rows) if row.expected]
    assert len(due) == 2
    assert due[1] - due[0] == 7
    assert {row.outcome for row in rows} == {Outcome.COLLECTED}
    assert all(("not due tonight" in str(row.reason)) is (row.expected == 0) for row in rows)
    assert len(bench.server.asked_for("/vaultstorageconfig")) == 2
    assert len(bench.server.asked_for(f"/vaults/{NAME}")) == 14


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"redundancySettings": None},
        {"redundancySettings": {**SAME, "crossRegionRestore": None}},
        {"redundancySettings": "x"},
    ],
)
def test_what_the_vault_does_not_tell_is_asked_for_every_night(bench: Bench, told: dict[str, object]) -> None:
    bench.server.tell(f"/vaults/{NAME}", body(resource("", **told)))
    for number in range(7):
        row = coverage(bench.capture(replace(request(), night=NIGHT + timedelta(days=number))), Kind.STORAGE_CONFIG)
        assert (row.outcome, row.expected, row.reason) == (Outcome.COLLECTED, 1, None)


def test_where_the_vault_cannot_be_read_its_storage_configuration_is(bench: Bench) -> None:
    bench.server.tell(f"/vaults/{NAME}", refusal(403))
    assert coverage(bench.capture(), Kind.STORAGE_CONFIG).expected == 1


def test_a_late_capture_asks_for_every_setting(bench: Bench) -> None:
    bench.server.tell(f"/vaults/{NAME}", body(resource("", redundancySettings=SAME)))
    for number in range(7):
        late = replace(request(late=True), night=NIGHT + timedelta(days=number))
        assert coverage(bench.capture(late), Kind.STORAGE_CONFIG).expected == 1
