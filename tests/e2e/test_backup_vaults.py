"""Backup vaults of the simulated Azure, the whole way: asked over HTTP, normalized, and their restores linked by id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from evidence.assess import AssessmentContext, link_restores
from evidence.nights import Calendar
from evidence.normalize import CaptureContext, Normalized, normalize_capture
from evidence.records import BACKUP, LIST_OF, WHOLE, Capture, Kind
from evidence.tables import CALLS, RECOVERY_POINTS, RESTORE_JOBS, from_rows
from tests.sources.azure.test_simulator import asked, read_all, running, signed_in

NIGHT = date(2026, 11, 9)
CONTEXT = AssessmentContext("assessment-1", datetime(2026, 11, 10, 7, tzinfo=UTC), NIGHT, "run-1")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Night:
    """What one night of the Backup vaults became, and what was planted in them."""

    captures: Sequence[Capture]
    results: Sequence[Normalized]
    truth: Row

    def rows(self, table: str) -> list[Row]:
        """Rows of all vaults."""
        return [row for result in self.results for row in result.tables()[table]]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    arguments = (
        "--first-night",
        "2026-11-05",
        "--nights",
        "10",
        "--clock",
        "2026-11-10T06:30:00+00:00",
        "--quota",
        "9999",
    )
    with running(tmp_path_factory.mktemp("simulator"), *arguments) as simulator, signed_in(simulator):
        found = read_all(simulator.source(include=("bvault-*",), second_sources=False), asked(NIGHT))
        truth: Any = simulator.get("truth")
    captures = [one for one in found if one.vault is None or one.vault.kind == BACKUP]
    context = CaptureContext(NIGHT, "run-1", Calendar())
    return Night(captures, [normalize_capture(one, context) for one in captures], truth["backup_vaults"])


def test_everything_is_read_and_gives_rows(night: Night) -> None:
    assert all(row.outcome in WHOLE for capture in night.captures for row in capture.coverage)
    assert all(result.unread == () and result.problems == () for result in night.results)
    told = Counter(row["source_kind"] for row in night.rows("vaults"))
    assert told[LIST_OF[BACKUP]] == len(night.truth["vaults"]) == 2
    assert {row["kind"] for row in night.rows("vaults") if row["source_kind"] == Kind.BACKUP_VAULTS} == {BACKUP}
    assert len(night.rows("policies")) == 4


def test_the_guarded_vault_is_told_by_itself_and_by_its_proxy(night: Night) -> None:
    told = {
        (row["source_kind"], row["multi_user_authorization"]) for row in night.rows("vaults") if row["kind"] == BACKUP
    }
    assert told == {("backup_vaults", "Enabled"), ("backup_vaults", "Disabled"), ("guard_proxies", "Enabled")}


def test_instances_are_items_the_deleted_one_too(night: Night) -> None:
    items = {row["item_key"]: row for row in night.rows("protected_items")}
    assert set(items) == {one.lower() for one in night.truth["instances"]}
    deleted = {one["item_id"].lower() for one in night.truth["deleted_instances"]}
    assert {key for key, row in items.items() if row["soft_deleted"]} == deleted


def test_every_job_is_there_once_a_call_and_names_its_instance(night: Night) -> None:
    planted = {one["job_id"]: one for one in night.truth["jobs"] if one["started_at"] < "2026-11-10T06:30"}
    jobs = {row["job_id"]: row for row in night.rows("jobs")}
    assert set(planted) < set(jobs), "the list holds jobs of the nights before the first, too"
    for job_id, one in planted.items():
        assert (jobs[job_id]["item_key"], jobs[job_id]["item_link"]) == (one["item_id"].lower(), "id")
        assert jobs[job_id]["status"] == one["status"]
        assert jobs[job_id].get("error_codes") == (None if one["error_code"] is None else [one["error_code"]])


def test_restores_are_linked_to_the_points_that_were_planted(night: Night) -> None:
    planted = {one["job_id"]: one for one in night.truth["restores"] if one["started_at"] < "2026-11-10T06:00"}
    tables = {
        name: [from_rows(table, result.tables()[table.name]) for result in night.results]
        for name, table in (("restores", RESTORE_JOBS), ("points", RECOVERY_POINTS), ("calls", CALLS))
    }
    links = {
        str(row["job_id"]): row for row in link_restores(tables["restores"], tables["points"], CONTEXT, tables["calls"])
    }
    assert set(links) == set(planted)
    assert Counter(row["link"] for row in links.values()) == {"id": 1, "unlinked": 1}
    for job_id, one in planted.items():
        assert (links[job_id]["link"], links[job_id]["recovery_point_id"]) == (one["link"], one["recovery_point_id"])
        assert links[job_id]["item_key"] == one["item_id"].lower()
    (linked,) = (row for row in links.values() if row["link"] == "id")
    assert linked["reason"] == "The job names the recovery point by its id."
