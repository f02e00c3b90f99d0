"""Two nights under a quota that does not suffice, against the simulator: what was left out is said, and comes first the next night."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from evidence.compose import Composition, find_configuration
from evidence.ledger.folds import named_paths
from evidence.records import Kind
from evidence.runs.capture import Order
from evidence.runs.night import capture_stage, seal_stage, tables_stage
from evidence.runs.sealed import SealedRows
from evidence.tables import CALLS, COVERAGE
from tests.e2e.scene import Scene, scene

FIRST, SECOND = date(2026, 11, 5), date(2026, 11, 6)
QUOTA = 22
KEPT = 10


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A vault of databases, each of which needs its list every night, and a quota for a few of them."""
    with scene(tmp_path, "--quota", str(QUOTA), vaults='"rsv-data-weu"') as made:
        for name, value in made.variables.items():
            monkeypatch.setenv(name, value) if value is not None else monkeypatch.delenv(name, raising=False)
        yield made


def sealed(night: date) -> tuple[Sequence[str], Mapping[str, object]]:
    """Items whose points were asked for, in order, and the coverage of points."""
    composition = Composition(find_configuration())
    parts = composition.parts
    manifest = capture_stage(parts, composition.source, Order(night)).manifest
    seal_stage(parts, manifest, tables_stage(parts, manifest), composition.configuration)
    rows = SealedRows(parts.store, named_paths(parts.ledger.entries()))
    calls = rows.rows(CALLS, first=night, last=night).sort_by("call_id").to_pylist()
    read = [row["subject"] for row in calls if row["kind"] == Kind.RECOVERY_POINTS and row["outcome"] == "ok"]
    (told,) = (
        row
        for row in rows.rows(COVERAGE, first=night, last=night).to_pylist()
        if row["kind"] == Kind.RECOVERY_POINTS and "/vaults/" in row["vault_id"]
    )
    return list(dict.fromkeys(read)), told


@pytest.mark.slow
def test_what_the_quota_left_out_is_said_and_comes_first_the_next_night(store: Scene) -> None:
    first, told = sealed(FIRST)
    assert told["outcome"] == "partial"
    assert str(told["reason"]).startswith("quota: ")
    assert f"{KEPT} questions of recoverypoints remain, which are kept for what is essential" in str(told["reason"])
    second, _ = sealed(SECOND)
    assert first
    assert second
    assert not set(first) & set(second[: len(first)]), "the longest unread come first"
    assert store.control("requests")["by_status"].get("429", 0) == 0, "nothing was asked that would have been refused"
