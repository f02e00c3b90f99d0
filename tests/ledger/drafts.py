"""Drafts as the product's writers make them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from evidence.ledger.entries import Draft, EntryKind, LedgerObject
from evidence.ledger.ledger import Ledger

AT = datetime(2026, 11, 22, 5, 7, 9, 123456, tzinfo=UTC)
FIRST_NIGHT = date(2026, 11, 1)
HASH = "ab" * 32


def opened(ledger: Ledger) -> Ledger:
    ledger.open(tenant="tenant-1", organisation="Contoso", first_night=FIRST_NIGHT, at=AT, actor="run/1")
    return ledger


def night_sealed(
    night: date, run_id: str, objects: tuple[LedgerObject, ...] = (), *, again: bool = False, at: datetime = AT
) -> Draft:
    payload = {
        "night": night.isoformat(),
        "run_id": run_id,
        "window": {"start": f"{night}T05:00:00Z", "end": f"{night + timedelta(days=1)}T05:00:00Z"},
        "captured_at": "2026-11-22T05:00:00.000000Z",
        "late": False,
        "again": again,
        "reason": "asked for" if again else None,
        "tables": {"jobs": 12, "coverage": 3},
        "vaults": {"expected": 2, "read": 2},
        "configuration_sha256": HASH,
    }
    return Draft(EntryKind.NIGHT_SEALED, at, f"run/{run_id}", f"night/{night}", payload, objects)


def assessment_sealed(night: date, assessment_id: str, ledger_size: int) -> Draft:
    payload = {
        "night": night.isoformat(),
        "assessment_id": assessment_id,
        "ledger_size": ledger_size,
        "tables": {"restore_links": 4},
    }
    return Draft(EntryKind.ASSESSMENT_SEALED, AT, "run/a", f"assessment/{night}", payload)


def pack_sealed(
    number: int, *, scope: str = "all", revision: int = 1, previous: str | None = None, supersedes: str | None = None
) -> Draft:
    payload = {
        "pack_id": f"{scope}-night-{number}-r{revision}",
        "scope": scope,
        "kind": "night",
        "audience": "internal",
        "period": "2026-11-21",
        "first_night": "2026-11-21",
        "last_night": "2026-11-21",
        "revision": revision,
        "series_sequence": number,
        "tagmanifest_sha256": f"{number:064x}",
        "previous_in_series": previous,
        "supersedes": supersedes,
        "completeness": "COMPLETE",
        "attempt": f"attempt-{number}",
    }
    return Draft(EntryKind.PACK_SEALED, AT, "run/p", f"pack/{scope}-night-{number}-r{revision}", payload)
