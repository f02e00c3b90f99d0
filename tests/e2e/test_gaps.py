"""Nights that nobody ran: told as missing, sealed late as late, and never taken for what was seen in time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.scene import Scene, page, rows, scene, statement

FIRST, MISSING, LAST = "2026-11-02", "2026-11-03", "2026-11-04"
VAULTS = '"rsv-data-weu", "rsv-prod-neu"'
PERIOD = f"{FIRST}--{LAST}"
STATE = ("protected_items", "policies", "vault", "vault_config", "storage_config", "encryption_config", "guard_proxies")
"""Kinds that tell what is now, and nothing of the past."""


pytestmark = pytest.mark.slow  # tests/runs and tests/packs hold the same rules in `make test`


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Two nights in time, and the one between them not run."""
    with scene(tmp_path_factory.mktemp("gaps"), vaults=VAULTS) as made:
        for night in (FIRST, LAST):
            made("run", "--night", night, code=(0, 4))
        yield made


def test_a_missing_night_is_told_and_makes_the_audit_pack_incomplete(store: Scene, tmp_path: Path) -> None:
    status = store("status", code=4)
    assert status.meta["missing_nights"] == [MISSING]
    assert {row["night"]: row["sealed"] for row in status.data} == {FIRST: "yes", MISSING: "missing", LAST: "yes"}
    store("pack", "build", "--from", FIRST, "--to", LAST, code=4)
    pack = store.packs("--kind", "audit")[f"all-audit-internal-{PERIOD}-r0001"]
    said = statement(pack)["completeness"]
    assert (said["state"], said["nights_expected"], said["nights_sealed"]) == ("INCOMPLETE", 3, 2)
    assert [gap["night"] for gap in said["gaps"] if gap["outcome"] == "not_sealed"] == [MISSING]
    first = page(pack, tmp_path)
    assert "INCOMPLETE" in first
    assert MISSING in first
    assert store.verify(pack).meta["completeness"] == "INCOMPLETE"


def test_a_retry_that_succeeded_stands_beside_the_failure_that_it_repaired(store: Scene) -> None:
    (retried,) = [one for one in store.truth()["retries"] if one["night"] == FIRST]
    jobs = {row["job_id"]: row for row in rows(store.packs()[f"all-night-internal-{FIRST}-r0001"], "jobs")}
    failed, succeeded = (jobs[one["job_id"]] for one in retried["jobs"])
    assert (failed["status"], succeeded["status"]) == ("Failed", "Completed")
    assert failed["item_key"] == succeeded["item_key"] == retried["item_id"].lower()
    assert str(retried["error_code"]) in failed["error_codes"]


def test_a_late_night_tells_its_jobs_and_claims_nothing_about_its_items(store: Scene) -> None:
    told = store("run", "--night", MISSING, code=4)
    assert told.data[0]["completeness"] == "INCOMPLETE"
    assert {row["night"]: row["sealed"] for row in store("status", code=4).data}[MISSING] == "late"
    pack = store.packs()[f"all-night-internal-{MISSING}-r0001"]
    outcomes = {(row["kind"], row["outcome"]) for row in rows(pack, "coverage")}
    assert {outcome for kind, outcome in outcomes if kind in STATE} == {"not_observed_then"}
    assert {outcome for kind, outcome in outcomes if kind == "jobs"} == {"collected"}
    assert rows(pack, "jobs")
    assert {str(row["event_night"]) for row in rows(pack, "jobs")} == {MISSING}
    assert store.verify(pack).meta["authentic"] is True


def test_the_audit_pack_is_superseded_with_a_reason_once_the_night_is_there(store: Scene) -> None:
    period = ("--from", FIRST, "--to", LAST)
    assert "sealed already" in store("pack", "build", *period, code=4).stderr
    store("pack", "build", *period, "--again", "--reason", "the missing night was captured late", code=4)
    packs = store.packs("--kind", "audit")
    old, new = (packs[f"all-audit-internal-{PERIOD}-r000{number}"] for number in (1, 2))
    supersedes = statement(new)["supersedes"]
    assert supersedes["pack_id"] == old.stem
    assert supersedes["reason"] == "the missing night was captured late"
    assert statement(new)["completeness"]["nights_sealed"] == 3
    for table in ("jobs", "recovery_points"):
        ids = [{key: row[key] for key in row if key.endswith("_id")} for row in rows(new, table)]
        assert len(ids) == len({repr(one) for one in ids}), f"{table}: the same row twice"
    before, after = ({(row["vault_id"], row["job_id"]) for row in rows(pack, "jobs")} for pack in (old, new))
    assert before <= after
    store.verify(new)
    listed = {row["pack"]: row["superseded_by"] for row in store("pack", "list", "--kind", "audit").data}
    assert listed == {old.stem: new.stem, new.stem: None}


def test_azure_was_only_ever_read(store: Scene) -> None:
    asked = store.control("requests")
    assert asked["total"] > 0
    assert set(asked["by_method"]) == {"GET", "POST"}  # queries that Azure takes by POST only (adr/0006)
    assert asked["not_get"] == []
