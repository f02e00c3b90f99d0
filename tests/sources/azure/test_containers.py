"""Containers and engines: what a vault is known to hold is asked for nightly, the rest on its turn, and what was not is said."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from evidence.records import CaptureRequest, Kind, Outcome
from evidence.sources.azure.containers import NIGHTS_A_TURN, is_turn, types_of
from evidence.sources.azure.questions import Row
from tests.sources.conftest import Bench
from tests.sources.loopback import refusal
from tests.sources.world import NIGHT, VAULT, VM, coverage, item, listed, request

LISTS = 6
"""Lists that a vault may be asked for: three management types, two of them for what was deleted too, and engines."""


def asked(bench: Bench) -> list[str]:
    """Filters of the container lists asked for, and the engines."""
    endings = ("/backupProtectionContainers", "/backupDeletedProtectionContainers", "/backupEngines")
    return [one.path.rsplit("/", 1)[1] + one.filter for one in bench.server.asked if one.path.endswith(endings)]


def on(days: int, **known: tuple[str, ...]) -> CaptureRequest:
    """The request for a night so many days later."""
    usual = request()
    return CaptureRequest(
        night=NIGHT + timedelta(days=days),
        run_id=usual.run_id,
        window=usual.window,
        jobs_window=usual.jobs_window,
        long_jobs_window=usual.long_jobs_window,
        late=False,
        containers={VAULT.vault_id: known["seen"]} if known else {},
    )


def test_a_plain_vault_of_machines_is_asked_for_each_list_once_in_seven_nights(bench: Bench) -> None:
    bench.server.tell("/backupProtectedItems", listed(item(*VM)))
    nights = []
    for days in range(NIGHTS_A_TURN):
        before = len(asked(bench))
        bench.capture(on(days))
        nights.append(len(asked(bench)) - before)
    assert len(set(asked(bench))) == len(asked(bench)) == LISTS
    assert max(nights) == 1, "never two on one night"
    assert sum(nights) / len(nights) < 1


def test_turns_are_spread_over_vaults_and_come_back_every_week() -> None:
    first = [next(n for n in range(7) if is_turn(f"/vault/{v}", 0, NIGHT + timedelta(days=n))) for v in range(100)]
    assert len(set(first)) == NIGHTS_A_TURN
    found = [n for n in range(28) if is_turn(VAULT.vault_id, 3, NIGHT + timedelta(days=n))]
    assert [later - earlier for earlier, later in pairwise(found)] == [7, 7, 7]


@pytest.mark.parametrize(
    ("management_type", "told"),
    [
        ("AzureStorage", "backupProtectionContainersbackupManagementType eq 'AzureStorage'"),
        ("azureworkload", "backupProtectionContainersbackupManagementType eq 'AzureWorkload'"),
        ("MAB", "backupProtectionContainersbackupManagementType eq 'MAB'"),
        ("DPM", "backupEngines"),
        ("AzureBackupServer", "backupEngines"),
    ],
)
def test_what_the_items_show_is_asked_for_every_night(bench: Bench, management_type: str, told: str) -> None:
    bench.server.tell("/backupProtectedItems", listed(item(*VM, management_type=management_type)))
    for days in range(NIGHTS_A_TURN):
        before = asked(bench)
        bench.capture(on(days))
        assert told in asked(bench)[len(before) :]


@pytest.mark.parametrize("seen", [("MAB",), ("DPM",)])
def test_what_earlier_nights_showed_is_asked_for_although_no_item_is_of_it(bench: Bench, seen: tuple[str, ...]) -> None:
    bench.server.tell("/backupProtectedItems", listed(item(*VM)))
    for days in range(NIGHTS_A_TURN):
        before = len(asked(bench))
        bench.capture(on(days, seen=seen))
        told = "backupEngines" if seen == ("DPM",) else "backupProtectionContainersbackupManagementType eq 'MAB'"
        assert told in asked(bench)[before:]


def test_where_the_items_are_not_known_everything_is_asked_for(bench: Bench) -> None:
    bench.server.tell("/backupProtectedItems", refusal(403, "AuthorizationFailed"))
    capture = bench.capture()
    assert len(asked(bench)) == LISTS
    assert coverage(capture, Kind.CONTAINERS).reason is None


def test_what_was_not_due_is_named(bench: Bench) -> None:
    bench.server.tell("/backupProtectedItems", listed())
    rows = [coverage(bench.capture(on(days)), Kind.CONTAINERS) for days in range(NIGHTS_A_TURN)]
    assert {row.outcome for row in rows} == {Outcome.COLLECTED, Outcome.COLLECTED_ZERO}
    assert all("not due tonight" in str(row.reason) and "every 7th night" in str(row.reason) for row in rows)
    quiet = [row for row in rows if row.expected == 0]
    assert len(quiet) == 2, "on two nights of seven it is the turn of something else"
    assert {(row.outcome, row.first_call_id) for row in quiet} == {(Outcome.COLLECTED_ZERO, None)}


def test_a_refused_list_is_a_gap(bench: Bench) -> None:
    message = "does not have authorization to perform action 'Microsoft.RecoveryServices/vaults/backupProtectionContainers/read'"
    bench.server.tell("/backupProtectionContainers", refusal(403, "AuthorizationFailed", message))
    row = coverage(bench.capture(), Kind.CONTAINERS)
    assert row.outcome is Outcome.NOT_REACHED
    assert "AuthorizationFailed" in str(row.reason)


def test_the_group_comes_first_where_containers_were_deleted(bench: Bench) -> None:
    bench.server.tell("/backupProtectedItems", refusal(500, "InternalError"))
    bench.capture()
    deleted = [one.path for one in bench.server.asked if one.path.endswith("/backupDeletedProtectionContainers")]
    assert deleted == [f"{_vault()}/backupDeletedProtectionContainers"] * 2


def _vault() -> str:
    from tests.sources.world import VAULT_ID

    return VAULT_ID


def test_types_are_told_by_items_whatever_their_case_and_shape() -> None:
    rows: list[Row] = [
        {"properties": {"backupManagementType": "dpm"}},
        {"properties": None},
        {},
        {"properties": {"x": 1}},
    ]
    assert types_of(rows) == {"DPM"}
