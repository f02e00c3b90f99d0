from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from evidence.ledger.entries import EntryKind
from evidence.ledger.folds import named_paths
from evidence.records import Kind
from evidence.runs.earlier import detailed_restores
from evidence.runs.night import known_items
from evidence.runs.sealed import SealedRows
from evidence.runs.unfinished import unfinished_jobs
from evidence.tables import PROTECTED_ITEMS, RESTORE_LINKS
from tests.fakes.bench import NIGHT, Bench, at, restore
from tests.fakes.bodies import FakeVault, job_body, points_body
from tests.fakes.saved import SAVED_AT, az, item, job, point, powershell, powershell_job, properties_of
from tests.runs.importing import bring, findings, only_vault, opened, save, uploaded

NEXT = NIGHT + timedelta(days=1)


@pytest.fixture
def bench() -> Bench:
    return opened()


@pytest.fixture
def vault(bench: Bench) -> FakeVault:
    return only_vault(bench)


# --- Azure's answers count


def test_disagreement_is_recorded_with_both_sides(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    (made,) = vault.jobs
    body = job_body(vault, made, detailed=False)
    told = {
        **body,
        "properties": {
            **properties_of(body),
            "status": "Failed",
            "endTime": "2026-11-20T22:30:00Z",
            "operation": "Restore",
        },
    }
    result = bring(bench, "az-jobs", save(tmp_path, az([told, job(vault, 1)])))
    assert result.sealed is not None
    assert result.sealed.files[0].disagreeing == 1
    rows = [row for row in findings(bench, result) if row["finding"] == "disagrees"]
    assert {row["field"]: (row["azure_says"], row["file_says"]) for row in rows} == {
        "status": ("Completed", "Failed"),
        "operation": ("Backup", "Restore"),
        "ended_at": ("2026-11-20T22:09:00.000000Z", "2026-11-20T22:30:00.000000Z"),
    }
    assert {row["thing_key"] for row in rows} == {made.job_id}


def test_what_is_the_same_told_otherwise_is_no_disagreement(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    (made,) = vault.jobs
    body = job_body(vault, made, detailed=False)
    saved = {**powershell_job(body), "Operation": "Backup (Full)", "EndTime": None}
    result = bring(bench, "az-jobs", save(tmp_path, powershell([saved])), vault=vault)
    assert result.findings[0].counts == {}


def test_an_earlier_state_of_a_job_is_told_apart(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    (made,) = vault.jobs
    body = job_body(vault, made, detailed=False)
    told = {**body, "properties": {**properties_of(body), "status": "InProgress", "endTime": None}}
    result = bring(bench, "az-jobs", save(tmp_path, az([told])))
    assert result.findings[0].counts == {"moved_on": 1}
    assert result.findings[0].disagreeing == 0


def test_a_point_of_another_time_disagrees(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    (told,) = points_body(vault, vault.items[0])
    moved = {**told, "properties": {**properties_of(told), "recoveryPointTime": "2026-11-20T23:59:00Z"}}
    result = bring(bench, "az-recoverypoints", save(tmp_path, az([moved])))
    (found,) = findings(bench, result)
    assert (found["finding"], found["field"]) == ("disagrees", "recovery_point_at")


def test_an_uploaded_file_steers_nothing_that_is_asked_of_azure(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    vault.jobs[0].status = "InProgress"
    bench.run(NIGHT, again=True, reason="test")
    (made,) = vault.jobs
    done = job_body(vault, made, detailed=False)
    told = {**done, "properties": {**properties_of(done), "status": "Completed"}}
    running = job(vault, 1, status="InProgress", endTime=None)
    bring(bench, "az-jobs", save(tmp_path, az([told, running])))
    bring(bench, "az-items", save(tmp_path, az([item(vault, "vm2")]), "items.json"))
    sealed = SealedRows(bench.store, named_paths(bench.parts.ledger.entries()))
    assert unfinished_jobs(sealed, NEXT) == {vault.vault.vault_id: (made.job_id,)}
    keys = {row["item_key"] for row in known_items(sealed, NEXT)[vault.vault.vault_id]}
    assert keys == {vault.item_id(vault.items[0]).lower()}


# --- nights


def test_an_import_is_for_the_night_that_ended_before_it_was_saved(
    bench: Bench, vault: FakeVault, tmp_path: Path
) -> None:
    result = bring(bench, "az-items", save(tmp_path, az([item(vault)])))
    assert result.sealed is not None
    assert (result.sealed.night, result.sealed.late) == (NIGHT, False)
    assert [row["item_key"] for row in uploaded(bench, PROTECTED_ITEMS)] == [vault.item_id(vault.items[0]).lower()]


@pytest.mark.parametrize(
    ("observed_at", "night", "late"),
    [
        (None, None, True),
        (None, NIGHT, True),
        (SAVED_AT, NIGHT - timedelta(days=3), True),
        (at(NIGHT, 23), NIGHT, False),
        (at(NIGHT, 23), None, False),
    ],
)
def test_items_count_for_a_night_only_where_somebody_says_they_were_seen_then(
    bench: Bench, vault: FakeVault, tmp_path: Path, observed_at: object, night: object, late: bool
) -> None:
    result = bring(bench, "az-items", save(tmp_path, az([item(vault)])), observed_at=observed_at, night=night)  # type: ignore[arg-type]
    assert result.sealed is not None
    assert result.sealed.late is late
    assert bool([row for row in findings(bench, result) if "names and links" in str(row["detail"])]) is late


# --- links


def test_an_uploaded_point_links_a_restore_that_azure_alone_cannot(tmp_path: Path) -> None:
    bench = opened()
    vault = only_vault(bench)
    restore(vault, NEXT, NIGHT - timedelta(days=9))
    bench.run(NEXT)
    assert [row["link"] for row in assessed(bench)] == ["unlinked"]
    missing = point(vault, "old", hours=22.01 - 9 * 24)
    bring(bench, "az-recoverypoints", save(tmp_path, az([missing])))
    (row,) = assessed(bench)
    assert (row["link"], row["recovery_point_id"], row["evidence_grade"]) == ("exact", "old", "B")
    assert "uploaded" in str(row["reason"])


def test_an_uploaded_point_spoils_no_link_of_azures_own(tmp_path: Path) -> None:
    bench = opened()
    vault = only_vault(bench)
    restore(vault, NEXT, NIGHT)
    bench.run(NEXT)
    before = [(row["link"], row["recovery_point_id"], row["evidence_grade"]) for row in assessed(bench)]
    assert before == [("exact", f"point-{NIGHT}", "A")]
    twin = point(vault, "forged", hours=22.01)
    moved = {**points_body(vault, vault.items[0])[0]}
    moved["properties"] = {"recoveryPointTime": "2026-11-20T21:00:00Z"}
    bring(bench, "az-recoverypoints", save(tmp_path, az([twin, moved])))
    assert [(row["link"], row["recovery_point_id"], row["evidence_grade"]) for row in assessed(bench)] == before


def assessed(bench: Bench) -> list[dict[str, object]]:
    """Links of the newest assessment."""
    entries = [one for one in bench.parts.ledger.entries() if one.kind is EntryKind.ASSESSMENT_SEALED]
    (path,) = (one.path for one in entries[-1].objects if one.path.startswith("assessments/restore_links/"))
    sealed = SealedRows(bench.store, named_paths(bench.parts.ledger.entries()))
    found: list[dict[str, object]] = sealed.file(RESTORE_LINKS, path).to_pylist()
    return found


def test_an_uploaded_detail_of_a_restore_does_not_keep_us_from_asking_azure(tmp_path: Path) -> None:
    bench = opened()
    vault = only_vault(bench)
    made = restore(vault, NIGHT, NIGHT)
    bring(bench, "az-job", save(tmp_path, az(job_body(vault, made, detailed=True))))
    bench.azure.asked.clear()
    bench.run(NEXT)
    sealed = SealedRows(bench.store, named_paths(bench.parts.ledger.entries()))
    assert detailed_restores(sealed, NEXT) == {}
    assert made.job_id in {subject for _, kind, subject in bench.azure.asked if kind is Kind.JOB_DETAILS}
