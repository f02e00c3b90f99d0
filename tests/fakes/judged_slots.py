"""Seals rows of `slots` for a night of a bench, as an assessment does; what they say is the test's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.stores.layout import assessment_file
from evidence.tables import SLOTS, from_rows, to_parquet
from tests.fakes.bench import NIGHT, Bench, at
from tests.fakes.bodies import FakeVault, item_body

Row = dict[str, object]


def item_key(vault: FakeVault, name: str) -> str:
    """Key of an item of a fake vault."""
    found = next(one for one in vault.items if one.name == name)
    return str(item_body(vault, found)["id"]).lower()


def slot_row(
    vault: FakeVault,
    name: str,
    outcome: str,
    *,
    night: date = NIGHT,
    hours: float = 22.0,
    part: str = "full",
    **more: object,
) -> Row:
    """One slot of an item; `hours` from midnight of the night's first day."""
    due: datetime = at(night, hours)
    return {
        "vault_id": vault.vault.vault_id,
        "item_key": item_key(vault, name),
        "item_name": name,
        "workload": "VM",
        "event_night": night,
        "part": part,
        "slot_at": due,
        "window_end": due + timedelta(hours=24),
        "final_at": due + timedelta(hours=30),
        "outcome": outcome,
        "reason": f"judged {outcome} by the test",
        "job_ids": [f"backup-{vault.name}-{name}-{night}"],
        **more,
    }


def seal_slots(bench: Bench, rows: Sequence[Mapping[str, object]], night: date = NIGHT) -> LedgerEntry:
    """Seal an assessment of a sealed night that judged these slots and nothing else."""
    parts, now = bench.parts, bench.clock.now()
    assessment_id = parts.new_id()
    common = {
        "night": night,
        "run_id": "run",
        "capture_id": "",
        "call_id": "",
        "observed_at": now,
        "evidence_grade": "A",
        "assessment_id": assessment_id,
        "assessed_at": now,
    }
    data = to_parquet(SLOTS, from_rows(SLOTS, [{**common, **row} for row in rows]))
    path = assessment_file(SLOTS.name, night, assessment_id)
    bench.store.create(path, data)
    draft = Draft(
        kind=EntryKind.ASSESSMENT_SEALED,
        at=now,
        actor="tester",
        subject=f"assessment/{night}",
        payload={
            "night": str(night),
            "assessment_id": assessment_id,
            "ledger_size": len(parts.ledger.entries()),
            "tables": {SLOTS.name: len(rows)},
        },
        objects=(LedgerObject(path, len(data), hashlib.sha256(data).hexdigest()),),
    )
    return parts.ledger.append(draft)
