"""Exceptions of a store as problems: with what Azure said last of their vaults and items, and nothing that the ledger does not name."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from evidence.ledger.entries import Draft, EntryKind, LedgerObject
from evidence.runs.owners import OWNERS, kept_owners, owners_then, told_owners
from evidence.runs.problems import judged_night, protected_items, standing_problems
from evidence.stores.layout import assessment_file
from evidence.tables import EXCEPTIONS, from_rows, to_parquet
from evidence.tiers import TierMatch, TierRule
from tests.fakes.bench import NIGHT, Bench, at, backup
from tests.notify.problems import key, owners

TIERS = (TierRule(match=TierMatch(name=("vm*",)), tier=1),)


def judged(bench: Bench, assessment_id: str, *rows: dict[str, Any], named: bool = True) -> None:
    """A sealed assessment that holds these exceptions."""
    data = to_parquet(EXCEPTIONS, from_rows(EXCEPTIONS, rows))
    path = assessment_file(EXCEPTIONS.name, NIGHT, assessment_id)
    bench.store.create(path, data)
    payload = {
        "night": str(NIGHT),
        "assessment_id": assessment_id,
        "ledger_size": len(bench.parts.ledger.entries()),
        "tables": {EXCEPTIONS.name: len(rows)},
        OWNERS: told_owners(owners()),
    }
    objects = (LedgerObject(path, len(data), hashlib.sha256(data).hexdigest()), *kept_owners(bench.store, owners()))
    if named:
        draft = Draft(EntryKind.ASSESSMENT_SEALED, bench.clock.now(), "x", f"assessment/{NIGHT}", payload, objects)
        bench.parts.ledger.append(draft)


def row(bench: Bench, **changes: object) -> dict[str, Any]:
    (item,) = protected_items(bench.store, bench.parts.ledger.entries(), ())
    return {
        "night": NIGHT,
        "tenant_id": "tenant",
        "vault_id": item.vault_id,
        "run_id": "r",
        "capture_id": "c",
        "observed_at": at(NIGHT, 30),
        "evidence_grade": "A",
        "assessment_id": "a",
        "assessed_at": at(NIGHT, 31),
        "exception_key": key("vm1"),
        "episode": 2,
        "class": "failed",
        "severity": "error",
        "hint": False,
        "item_key": item.item_key,
        "subject": "vm1",
        "first_seen": at(NIGHT),
        "last_seen": at(NIGHT),
        "nights": 1,
        "reopened": 0,
        "past_due": False,
        "told": "{}",
        "age_days": 0,
        "bucket": "0-1",
        "state": "open",
        "summary": "It failed.",
        "job_ids": ["j1"],
        "error_codes": ["X"],
        **changes,
    }


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    backup(made.vault())
    made.run()
    return made


def test_a_problem_knows_its_vault_region_workload_and_tier(bench: Bench) -> None:
    judged(bench, "z1", row(bench))
    (found,) = standing_problems(bench.store, bench.parts.ledger.entries(), TIERS)
    assert (found.ticket, found.vault_name, found.tier, found.workload) == (f"{key('vm1')}:2", "v1", 1, "VM")
    assert found.region == "westeurope"
    assert (found.job_ids, found.error_codes, found.state) == (("j1",), ("X",), "open")
    assert found.evidence == (assessment_file("exceptions", NIGHT, "z1"),)


def test_the_newest_look_stands_and_what_no_entry_names_does_not(bench: Bench) -> None:
    judged(bench, "z1", row(bench))
    ended = row(bench, state="closed", closed_at=at(NIGHT, 40), closed_by_job_id="j2", closed_by_recovery_point_id="p2")
    judged(bench, "z2", ended)
    judged(bench, "z3", named=False)
    (found,) = standing_problems(bench.store, bench.parts.ledger.entries(), TIERS)
    assert found.state == "closed"
    assert found.effect == f"ended {at(NIGHT, 40):%Y-%m-%d %H:%M} UTC, proven by j2 and p2"


def test_before_anybody_looked_there_is_no_problem() -> None:
    empty = Bench()
    assert standing_problems(empty.store, (), ()) == ()
    assert judged_night(()) is None
    assert protected_items(empty.store, (), ()) == ()


def test_whose_it_was_on_a_night_is_answered_by_that_nights_owners(bench: Bench) -> None:
    assert owners_then(bench.store, bench.parts.ledger.entries(), NIGHT) is None
    judged(bench, "z1")
    entries = bench.parts.ledger.entries()
    assert owners_then(bench.store, entries, NIGHT) == owners()
    assert owners_then(bench.store, entries, NIGHT + timedelta(days=1)) is None
    assert judged_night(entries) == NIGHT


def test_a_problem_of_no_item_is_one_of_its_vault(bench: Bench) -> None:
    judged(bench, "z1", row(bench, item_key=None, subject="v1", **{"class": "security_weakened"}))
    (found,) = standing_problems(bench.store, bench.parts.ledger.entries(), TIERS)
    assert (found.item_key, found.tier, found.vault_name) == (None, None, "v1")
