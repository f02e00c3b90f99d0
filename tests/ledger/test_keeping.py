"""Entries of holds, dates and disposals: what a payload must say, and that a forged one is neither written nor read."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger import disposals, keeping
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.ledger import Ledger
from evidence.runs.retention.book import read_keeping
from tests.fakes.keeping import KeepingDesk

AT = datetime(2027, 1, 1, tzinfo=UTC)
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def whole() -> KeepingDesk:
    """A store in which everything was decided once."""
    desk = KeepingDesk()
    desk.night()
    desk.pack()
    desk.place()
    desk.release()
    desk.extend(datetime(2027, 6, 1, tzinfo=UTC).date())
    desk.clock.reach(datetime(2028, 3, 1, tzinfo=UTC))
    desk.propose()
    desk.approve(1, 2)
    desk.dispose()
    desk.certify()
    return desk


def of_kind(desk: KeepingDesk, kind: EntryKind) -> LedgerEntry:
    return next(one for one in desk.entries if one.kind is kind)


def changed(entry: LedgerEntry, change: Change) -> Draft:
    payload: dict[str, Any] = copy.deepcopy(dict(entry.payload))
    change(payload)
    return Draft(entry.kind, entry.at, entry.actor, entry.subject, payload, entry.objects)


CHANGES: dict[str, tuple[EntryKind, Change]] = {
    "hold of another version": (EntryKind.HOLD_PLACED, lambda p: p.update(v=2)),
    "hold with more": (EntryKind.HOLD_PLACED, lambda p: p.update(more=1)),
    "hold by nobody who signed in": (EntryKind.HOLD_PLACED, lambda p: p["identity"].update(claims=None)),
    "hold by another than signed in": (EntryKind.HOLD_PLACED, lambda p: p["identity"]["claims"].update(oid="x")),
    "hold whose id is of another case": (EntryKind.HOLD_PLACED, lambda p: p["told"].update(hold="B-1")),
    "hold without reason": (EntryKind.HOLD_PLACED, lambda p: p["told"].update(reason="")),
    "hold of another case than its subject": (EntryKind.HOLD_PLACED, lambda p: p["told"].update(case="B", hold="B-1")),
    "hold with an unknown condition": (EntryKind.HOLD_PLACED, lambda p: p["told"]["scope"].update(tags=[])),
    "hold with an empty condition": (EntryKind.HOLD_PLACED, lambda p: p["told"]["scope"].update(paths=[""])),
    "hold with conditions out of order": (EntryKind.HOLD_PLACED, lambda p: p["told"]["scope"].update(paths=["b", "a"])),
    "release of nothing": (EntryKind.HOLD_RELEASED, lambda p: p["told"].update(holds=[])),
    "extension to no day": (EntryKind.RETENTION_EXTENDED, lambda p: p["told"].update(until="2027-02-30")),
    "approval of no hash": (EntryKind.DISPOSAL_APPROVED, lambda p: p["told"].update(proposal_sha256="x")),
    "proposal of another hash": (EntryKind.DISPOSAL_PROPOSED, lambda p: p.update(sha256="0" * 64)),
    "beginning of nothing": (EntryKind.DISPOSAL_BEGUN, lambda p: p.update(paths=[])),
    "beginning out of order": (EntryKind.DISPOSAL_BEGUN, lambda p: p.update(paths=["b", "a"])),
    "tombstone without approvals": (EntryKind.DISPOSED, lambda p: p.update(approvals=[], approvers=[])),
    "tombstone with one person for two": (EntryKind.DISPOSED, lambda p: p["approvers"].pop()),
    "tombstone of another object": (EntryKind.DISPOSED, lambda p: p["stones"][0].update(path="other")),
    "tombstone with content": (EntryKind.DISPOSED, lambda p: p["stones"][0].update(content="x")),
    "certificate of another hash": (EntryKind.DISPOSAL_CERTIFIED, lambda p: p.update(sha256="0" * 64)),
    "certificate of no tombstone": (EntryKind.DISPOSAL_CERTIFIED, lambda p: p.update(tombstones=[])),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_no_fold_could_read_is_not_written(whole: KeepingDesk, name: str) -> None:
    kind, change = CHANGES[name]
    with pytest.raises(ConfigurationError, match="cannot be written"):
        Ledger(whole.store).append(changed(of_kind(whole, kind), change))


@pytest.mark.parametrize("kind", sorted({*keeping.DECIDED, EntryKind.DISPOSAL_CERTIFIED}))
def test_an_entry_names_what_was_signed_and_nothing_else(whole: KeepingDesk, kind: EntryKind) -> None:
    entry = of_kind(whole, kind)
    more = LedgerObject("other", 1, "0" * 64)
    for objects in ((), entry.objects[:1], (*entry.objects, more)):
        draft = Draft(entry.kind, entry.at, entry.actor, entry.subject, entry.payload, objects)
        with pytest.raises(ConfigurationError, match="cannot be written"):
            Ledger(whole.store).append(draft)


FORGED: dict[str, tuple[EntryKind, Change]] = {
    "a release of what was released": (EntryKind.HOLD_RELEASED, lambda p: p["told"].update(at=_later())),
    "a hold with a number that is taken": (EntryKind.HOLD_PLACED, lambda p: p["told"].update(reason="another")),
    "a third approval by the first person": (EntryKind.DISPOSAL_APPROVED, lambda p: p["told"].update(at=_later())),
    "a beginning of what is gone": (EntryKind.DISPOSAL_BEGUN, lambda p: p.update(attempt="2")),
    "a tombstone twice": (EntryKind.DISPOSED, lambda p: p.update(attempt="2")),
    "a certificate of what is certified": (EntryKind.DISPOSAL_CERTIFIED, lambda p: p.update(attempt="2")),
    "a proposal of that name": (EntryKind.DISPOSAL_PROPOSED, lambda p: p.update(ledger_size=1)),
}


def _later() -> str:
    return (AT + timedelta(days=900)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.mark.parametrize("name", FORGED)
def test_what_no_guard_lets_happen_is_no_ledger(whole: KeepingDesk, name: str) -> None:
    """Whoever may write to the store appends it; whoever reads hears of it."""
    kind, change = FORGED[name]
    desk = KeepingDesk(store=copy.deepcopy(whole.memory))
    Ledger(desk.store).append(changed(of_kind(desk, kind), change))
    with pytest.raises(IntegrityError, match="could not have been recorded"):
        read_keeping(desk.entries)


def test_readers_see_only_tombstones_that_two_persons_approved(whole: KeepingDesk) -> None:
    entries = whole.entries
    every = disposals.gone(entries)
    assert len(every) == 6
    first = of_kind(whole, EntryKind.DISPOSAL_APPROVED)
    assert disposals.gone([one for one in entries if one.sequence != first.sequence]) == {}
    assert disposals.gone([one for one in entries if one.kind is not EntryKind.DISPOSAL_BEGUN]) == {}
