"""Points and drift of sealed nights, and the canaries: planted changes are found, healthy twins and unread sources give nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from evidence.assess.about import About
from evidence.assess.drift.values import Drift
from evidence.assess.findings import Class
from evidence.assess.slots.values import Expected, Judged, Outcome, Part
from evidence.ledger.folds import named_paths
from evidence.records import Kind
from evidence.records import Outcome as Read
from evidence.runs.detecting.drift import drift_found
from evidence.runs.detecting.health import health_found
from evidence.runs.detecting.points import points_found
from evidence.runs.judging.rules import JudgementRules
from evidence.runs.sealed import SealedRows
from tests.fakes.bench import NIGHT, Bench, at, backup
from tests.fakes.bodies import FakeJob, FakeVault, daily

NEXT = NIGHT + timedelta(days=1)
NOT_READ = (Read.NOT_REACHED, "HTTP 403 AuthorizationFailed")


def two_nights(change: Callable[[FakeVault], None] = lambda _: None) -> Bench:
    """Two VMs, backed up on both nights; something is changed between."""
    bench = Bench()
    vault = bench.vault()
    for name in ("vm1", "vm2"):
        backup(vault, NIGHT, name)
    bench.seal(NIGHT)
    for name in ("vm1", "vm2"):
        backup(vault, NEXT, name)
    change(vault)
    bench.seal(NEXT)
    return bench


def drift(bench: Bench) -> Drift:
    entries = bench.parts.ledger.entries()
    return drift_found(SealedRows(bench.store, named_paths(entries)), entries, NEXT, bench.calendar)


def told(found: Drift) -> list[tuple[Class, str]]:
    return [(one.class_, one.subject) for one in found.findings]


def _thinner(vault: FakeVault) -> None:
    vault.policies["daily"] = daily(days=7)


def _stopped(vault: FakeVault) -> None:
    vault.items[0].properties = {"protectionState": "ProtectionStopped"}


def _reassigned(vault: FakeVault) -> None:
    vault.items[1].properties = {"policyId": f"{vault.arm_id}/backupPolicies/other"}


def _vanished(vault: FakeVault) -> None:
    del vault.items[1]


def _deleted(vault: FakeVault) -> None:
    vault.jobs.append(FakeJob("gone", "vm2", at(NEXT, 20), "DeleteBackupData"))
    del vault.items[1]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda _: None, []),
        (_thinner, [(Class.RETENTION_SHORTENED, "daily")]),
        (_stopped, [(Class.PROTECTION_STOPPED, "vm1")]),
        (_reassigned, [(Class.POLICY_REASSIGNED, "vm2")]),
        (_vanished, [(Class.VANISHED, "vm2")]),
        (_deleted, [(Class.PROTECTION_STOPPED, "vm2")]),
    ],
    ids=["healthy", "shortened", "stopped", "reassigned", "vanished", "deleted"],
)
def test_what_was_changed_between_two_sealed_nights(
    change: Callable[[FakeVault], None], expected: list[tuple[Class, str]]
) -> None:
    assert told(drift(two_nights(change))) == expected


@pytest.mark.parametrize("kind", [Kind.PROTECTED_ITEMS, Kind.JOBS], ids=str)
def test_nothing_vanished_where_lists_were_not_read(kind: Kind) -> None:
    def change(vault: FakeVault) -> None:
        _vanished(vault)
        vault.spoiled = {kind: NOT_READ}

    found = drift(two_nights(change))
    assert told(found) == []
    assert any("vm2" in one.what or "protected items" in one.what for one in found.unknown)


def test_a_first_night_has_nothing_to_be_compared_with() -> None:
    bench = Bench()
    backup(bench.vault(), NEXT)
    bench.seal(NEXT)
    found = drift(bench)
    assert found.findings == ()
    assert found.unknown


def test_points_of_a_night_are_judged_from_sealed_rows_and_a_healthy_night_gives_nothing() -> None:
    def points(bench: Bench) -> list[Class]:
        entries = bench.parts.ledger.entries()
        sealed = SealedRows(bench.store, named_paths(entries))
        return [one.class_ for one in points_found(sealed, entries, NEXT, bench.calendar, JudgementRules())]

    def missed(vault: FakeVault) -> None:
        vault.items[1].points.clear()
        vault.items[1].points.append(vault.items[0].points[0])

    assert points(two_nights()) == []
    assert points(two_nights(missed)) == [Class.RPO_BREACH]


@pytest.mark.parametrize(
    ("health", "outcome", "told"),
    [
        (
            "ActionRequired",
            Outcome.SUCCESS,
            ["Health ActionRequired: GuestAgentNotReady for 1 night while backups are good."],
        ),
        ("ActionRequired", Outcome.FAILED, []),
        ("Passed", Outcome.SUCCESS, []),
    ],
    ids=["worsened", "backups-failed", "well"],
)
def test_health_that_worsened_although_backups_are_good(health: str, outcome: Outcome, told: list[str]) -> None:
    detail = {"code": 400001, "title": "GuestAgentNotReady", "recommendations": ["Restart the agent."]}

    def change(vault: FakeVault) -> None:
        vault.items[0].properties = {"healthStatus": health, "healthDetails": [detail]}

    bench = Bench()
    vault = bench.vault()
    backup(vault, NIGHT)
    vault.items[0].properties = {"healthStatus": "Passed"}
    bench.seal(NIGHT)
    change(vault)
    bench.seal(NEXT)
    key = vault.item_id(vault.items[0]).lower()
    slot = Expected(vault.vault.vault_id, key, Part.FULL, at(NEXT), at(NEXT, 40), at(NEXT, 46), None, "/p", "a")
    judged = [Judged(slot, outcome, "as the test says", NEXT)]
    sealed = SealedRows(bench.store, named_paths(bench.parts.ledger.entries()))
    abouts = {key: About(vault.vault.vault_id, key, "vm1", "VM", 2)}
    assert [one.summary for one in health_found(sealed, NEXT, bench.calendar, abouts, judged)] == told
