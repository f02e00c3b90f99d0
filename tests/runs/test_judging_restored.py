"""Changes that stand as exceptions end by themselves on the night that shows them undone, and on no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import pytest

from evidence.records import Kind, Outcome
from evidence.runs.exceptions.state import standing_exceptions
from tests.fakes.bench import NIGHT, Bench, backup
from tests.fakes.bodies import FakeItem, FakeVault, Json, daily

NEXT = NIGHT + timedelta(days=1)
LATER = NEXT + timedelta(days=1)
LAST = LATER + timedelta(days=1)
NOT_READ = (Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed")


def weekly() -> Json:
    """A policy that backs up VMs on Sundays."""
    found = daily()
    found["schedulePolicy"] = {
        "schedulePolicyType": "SimpleSchedulePolicy",
        "scheduleRunFrequency": "Weekly",
        "scheduleRunDays": ["Sunday"],
        "scheduleRunTimes": ["2026-01-01T22:00:00Z"],
    }
    found["retentionPolicy"] = {
        "retentionPolicyType": "LongTermRetentionPolicy",
        "weeklySchedule": {
            "daysOfTheWeek": ["Sunday"],
            "retentionTimes": ["2026-01-01T22:00:00Z"],
            "retentionDuration": {"count": 30, "durationType": "Weeks"},
        },
    }
    return found


def _shorter(vault: FakeVault, undo: bool) -> None:
    vault.policies["daily"] = daily(days=40 if undo else 7)


def _thinner(vault: FakeVault, undo: bool) -> None:
    vault.policies["daily"] = daily() if undo else weekly()


def _stopped(vault: FakeVault, undo: bool) -> None:
    vault.items[0].properties = {} if undo else {"protectionState": "ProtectionStopped"}


def _reassigned(vault: FakeVault, undo: bool) -> None:
    vault.items[0].properties = {} if undo else {"policyId": f"{vault.arm_id}/backupPolicies/other"}


def _vanished(vault: FakeVault, undo: bool) -> None:
    if undo:
        vault.items.append(FakeItem("vm1"))
    else:
        del vault.items[0]


CHANGES: Mapping[str, Callable[[FakeVault, bool], None]] = {
    "retention_shortened": _shorter,
    "schedule_thinned": _thinner,
    "protection_stopped": _stopped,
    "policy_reassigned": _reassigned,
    "vanished": _vanished,
}
LISTS = {"retention_shortened": Kind.POLICIES, "schedule_thinned": Kind.POLICIES}


def _night(bench: Bench, night: date) -> None:
    (vault,) = bench.azure.subscriptions[0].vaults
    for item in vault.items:
        backup(vault, night, item.name)
    bench.run(night)


def _states(bench: Bench, class_: str) -> list[tuple[str, str | None]]:
    known = standing_exceptions(bench.store, bench.parts.ledger.entries()).by_key.values()
    mine = [one for one in known if one.class_ == class_]
    return [(str(one.state), one.proof.reason if one.proof else None) for one in mine]


@pytest.mark.parametrize("class_", sorted(CHANGES))
def test_a_change_ends_when_a_look_shows_it_undone(class_: str) -> None:
    bench, change = Bench(), CHANGES[class_]
    vault = bench.vault(policies={"daily": daily(), "other": daily()})
    for name in ("vm1", "vm2"):
        backup(vault, NIGHT, name)
    bench.run(NIGHT)
    change(vault, False)
    _night(bench, NEXT)
    assert [state for state, _ in _states(bench, class_)] == ["open"]
    change(vault, True)
    vault.spoiled[LISTS.get(class_, Kind.PROTECTED_ITEMS)] = NOT_READ
    _night(bench, LATER)
    assert [state for state, _ in _states(bench, class_)] == ["open"], "a list that was not read whole ends nothing"
    vault.spoiled.clear()
    _night(bench, LAST)
    if class_ == "policy_reassigned":
        # The way back is a reassignment too: the look after it ends both.
        assert [state for state, _ in _states(bench, class_)] == ["open"]
        _night(bench, LAST + timedelta(days=1))
    ((state, reason),) = _states(bench, class_)
    assert state == "closed"
    assert "before the change" in str(reason)


def test_a_policy_that_is_half_as_it_was_restores_nothing() -> None:
    bench = Bench()
    vault = bench.vault()
    backup(vault, NIGHT, "vm1")
    bench.run(NIGHT)
    for night, days in ((NEXT, 7), (LATER, 29), (LAST, 30)):
        vault.policies["daily"] = daily(days=days)
        _night(bench, night)
        assert [state for state, _ in _states(bench, "retention_shortened")] == ["open" if days < 30 else "closed"]


def test_an_early_expiry_ends_once_all_that_nights_saw_is_kept_as_promised() -> None:
    bench = Bench()
    vault = bench.vault(policies={"daily": daily(days=3)})
    for night in (NIGHT, NEXT):
        backup(vault, night, "vm1")
        bench.run(night)
    del vault.items[0].points[1]
    told = []
    for night in (LATER, LAST, LAST + timedelta(days=1)):
        _night(bench, night)
        told.append([state for state, _ in _states(bench, "expires_early")])
    # On the second of these nights no list tells the point any more, and it should still have been there.
    assert told == [["open"], ["open"], ["closed"]]
