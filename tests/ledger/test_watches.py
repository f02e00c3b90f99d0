"""What a look leaves in the ledger: read back as written, refused in any other shape."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger.entries import Draft, EntryKind
from evidence.ledger.ledger import Ledger
from evidence.ledger.watches import UnreadVault, WatchedJob, last_look, told_look, watch_look, watch_looks
from tests.ledger.drafts import AT, HASH, night_sealed, opened
from tests.ledger.memory import Memory

NIGHT = date(2026, 11, 21)
JOBS = (WatchedJob("/vaults/v1", "job-1", "Failed", AT), WatchedJob("/vaults/v1", "job-2", "Failed", None))
UNREAD = (UnreadVault("/vaults/v2", "HTTP 403"),)


def looked(run_id: str = "watch-1", at: datetime = AT) -> Draft:
    payload = told_look(
        night=NIGHT,
        run_id=run_id,
        looked_at=at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        vaults=3,
        unread=UNREAD,
        jobs=JOBS,
        configuration_sha256=HASH,
    )
    return Draft(EntryKind.WATCH_LOOKED, at, "tester", f"watch/{run_id}", payload)


def test_a_look_is_read_back_as_it_was_told() -> None:
    found = watch_look(looked().placed(1, None))
    assert (found.night, found.run_id, found.looked_at, found.vaults) == (NIGHT, "watch-1", AT, 3)
    assert (found.unread, found.jobs) == (UNREAD, JOBS)


def test_looks_are_found_in_order_and_since_a_moment() -> None:
    ledger = opened(Ledger(Memory()))
    later = AT + timedelta(hours=2)
    ledger.append(looked())
    ledger.append(night_sealed(NIGHT, "run-1"))
    ledger.append(looked("watch-2", later))
    entries = ledger.entries()
    assert [one.run_id for one in watch_looks(entries)] == ["watch-1", "watch-2"]
    assert [one.run_id for one in watch_looks(entries, later)] == ["watch-2"]
    last = last_look(entries)
    assert last is not None
    assert last.run_id == "watch-2"
    assert last_look(entries[:1]) is None


def test_a_look_under_another_subject_is_not_written() -> None:
    ledger = opened(Ledger(Memory()))
    with pytest.raises(ConfigurationError):
        ledger.append(replace(looked(), subject="watch/other"))


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"more": 1},
        {"unread": [{"vault_id": "v"}]},
        {"unread": "none"},
        {"jobs": [{"vault_id": "v", "job_id": "j", "status": "Failed", "ended_at": "yesterday"}]},
        {"jobs": [{"vault_id": "v", "job_id": "j", "status": "", "ended_at": None}]},
        {"looked_at": None},
        {"vaults": -1},
        {"configuration_sha256": "short"},
    ],
    ids=str,
)
def test_another_shape_is_refused(changes: dict[str, object]) -> None:
    told = looked()
    with pytest.raises(IntegrityError):
        watch_look(replace(told, payload={**told.payload, **changes}).placed(1, None))
