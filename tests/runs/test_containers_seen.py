from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

from evidence.runs.containers_seen import NIGHTS_SEARCHED, containers_seen
from evidence.runs.sealed import SealedRows
from evidence.stores.layout import table_file
from evidence.tables import CONTAINERS, from_rows, to_parquet
from tests.fakes.memory_store import MemoryStore

NIGHT = date(2026, 11, 20)


def sealed(*seen: tuple[int, str, str | None]) -> SealedRows:
    """Files of nights before `NIGHT`, each with one container: nights before, vault and management type."""
    store, named = MemoryStore(), {}
    for number, (before, vault, kind) in enumerate(seen):
        night = NIGHT - timedelta(days=before)
        row: dict[str, object] = {
            "night": night,
            "vault_id": vault,
            "run_id": "r",
            "capture_id": "c",
            "call_id": f"c-{number}",
            "observed_at": datetime(2026, 11, 20, tzinfo=UTC),
            "evidence_grade": "A",
            "ordinal": 0,
            "container_id": f"{vault}/x",
            "management_type": kind,
        }
        data = to_parquet(CONTAINERS, from_rows(CONTAINERS, [row]))
        path = table_file("containers", night, f"run{number}", 0)
        store.create(path, data)
        named[path] = (len(data), hashlib.sha256(data).hexdigest())
    return SealedRows(store, named)


def test_types_of_earlier_nights_are_told_by_vault() -> None:
    rows = sealed(
        (1, "/v/a", "MAB"), (7, "/v/a", "DPM"), (3, "/v/a", "MAB"), (2, "/v/b", "AzureStorage"), (2, "/v/c", None)
    )
    assert containers_seen(rows, NIGHT) == {"/v/a": ("DPM", "MAB"), "/v/b": ("AzureStorage",)}


def test_neither_the_night_itself_nor_what_is_long_past_counts() -> None:
    rows = sealed((0, "/v/a", "MAB"), (NIGHTS_SEARCHED + 1, "/v/b", "MAB"), (NIGHTS_SEARCHED, "/v/c", "MAB"))
    assert containers_seen(rows, NIGHT) == {"/v/c": ("MAB",)}
