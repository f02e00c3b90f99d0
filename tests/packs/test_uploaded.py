"""What a person uploaded fills what Azure never told, and replaces nothing: in selections, figures and pages."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from evidence.packs.chapters.questions import questions_chapter
from evidence.packs.figures import count, figures
from evidence.packs.observations import last_observations
from evidence.records import Kind, Outcome
from evidence.tables import JOBS, RESTORE_JOBS, from_rows
from tests.fakes.bench import NIGHT, Bench, backup, restore
from tests.fakes.bodies import FakeVault, job_body
from tests.fakes.packing import sealing
from tests.fakes.saved import GUID, SAVED_AT, az, item, job, point, properties_of
from tests.packs.choosing import chosen, judged, rows, statuses
from tests.runs.importing import bring, only_vault, opened, save


@pytest.fixture
def bench() -> Bench:
    return opened()


@pytest.fixture
def vault(bench: Bench) -> FakeVault:
    return only_vault(bench)


def test_an_uploaded_state_never_replaces_azures_however_new(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    (made,) = vault.jobs
    body = job_body(vault, made, detailed=False)
    forged = {**body, "properties": {**properties_of(body), "status": "Failed"}}
    bring(bench, "az-jobs", save(tmp_path, az([forged, job(vault, 1)])))
    bring(bench, "az-job", save(tmp_path, az(forged), "one.json"))
    selection = chosen(bench)
    assert statuses(selection) == {made.job_id: "Completed", GUID.format(1): "Completed"}
    assert {row["job_id"]: row["evidence_grade"] for row in rows(selection, "jobs")} == {
        made.job_id: "A",
        GUID.format(1): "B",
    }


def test_an_uploaded_detail_of_a_restore_never_replaces_azures_list(
    bench: Bench, vault: FakeVault, tmp_path: Path
) -> None:
    made = restore(vault, NIGHT, NIGHT)
    vault.spoiled[Kind.JOB_DETAILS] = (Outcome.NOT_REACHED, "HTTP 403")
    bench.run(NIGHT, again=True, reason="test")
    body = job_body(vault, made, detailed=True)
    bring(bench, "az-job", save(tmp_path, az(body)))
    (row,) = rows(chosen(bench), "restore_jobs")
    assert (row["evidence_grade"], row["restore_type"]) == ("A", None)


def test_grades_count_before_time_and_within_a_grade_time_counts() -> None:
    def row(grade: str, hours: int, status: str, table: str = "jobs") -> dict[str, object]:
        common = {
            "night": NIGHT,
            "vault_id": "v",
            "run_id": "r",
            "capture_id": "c",
            "call_id": f"{grade}{hours}",
            "observed_at": SAVED_AT + timedelta(hours=hours),
            "evidence_grade": grade,
            "ordinal": 0,
            "job_id": "J" if hours % 2 else "j",
            "item_link": "unlinked",
            "status": status,
        }
        return common | (
            {"detailed": False, "operation_kind": "backup"}
            if table == "jobs"
            else {"restore_type": "x" if grade == "B" else None}
        )

    def last(*told: tuple[str, int, str]) -> list[object]:
        found = last_observations(from_rows(JOBS, [row(*one) for one in told]), JOBS)
        restores = last_observations(from_rows(RESTORE_JOBS, [row(*one, "restore_jobs") for one in told]), RESTORE_JOBS)
        assert found["status"].to_pylist() == restores["status"].to_pylist()
        assert found["evidence_grade"].to_pylist() == restores["evidence_grade"].to_pylist()
        return list(found["status"].to_pylist())

    assert last(("A", 1, "InProgress"), ("B", 9, "Completed")) == ["InProgress"]
    assert last(("B", 9, "Completed"), ("A", 1, "Failed"), ("A", 2, "Completed"), ("C", 12, "x")) == ["Completed"]
    assert last(("C", 12, "x"), ("B", 3, "Failed"), ("B", 4, "Completed")) == ["Completed"]


def test_an_upload_makes_no_night_complete(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    dark = bench.vault("dark")
    dark.spoiled[Kind.JOBS] = (Outcome.NOT_REACHED, "HTTP 403")
    dark.spoiled[Kind.PROTECTED_ITEMS] = (Outcome.NOT_REACHED, "HTTP 403")
    bench.run(NIGHT, again=True, reason="another vault")
    before = judged(bench)
    assert before.state == "INCOMPLETE"
    bring(bench, "az-jobs", save(tmp_path, az([job(dark, 1)])))
    bring(bench, "az-items", save(tmp_path, az([item(dark)]), "items.json"))
    after = judged(bench)
    assert (after.state, after.gaps, after.vaults_read) == (before.state, before.gaps, before.vaults_read)
    graded = {(row["vault_id"], row["evidence_grade"]) for row in rows(chosen(bench), "jobs")}
    assert (dark.vault.vault_id, "B") in graded


def test_items_that_nobody_saw_then_are_in_no_population(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    bring(bench, "az-items", save(tmp_path, az([item(vault, "old")])), observed_at=None)
    assert [row["friendly_name"] for row in rows(chosen(bench), "protected_items")] == ["vm1"]
    bring(bench, "az-items", save(tmp_path, az([item(vault, "seen")]), "then.json"))
    found = {row["friendly_name"]: row["evidence_grade"] for row in rows(chosen(bench), "protected_items")}
    assert found == {"vm1": "A", "seen": "B"}


def test_jobs_saved_later_are_in_the_night_in_which_they_began(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        bench.run(NIGHT + timedelta(days=number))
    later = SAVED_AT + timedelta(days=3)
    bench.clock.reach(later)
    bring(bench, "az-jobs", save(tmp_path, az([job(vault, 1)])), observed_at=later)
    assert GUID.format(1) in statuses(chosen(bench))
    assert GUID.format(1) not in statuses(chosen(bench, NIGHT + timedelta(days=1)))


def test_figures_and_pages_tell_uploads_apart(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    asked = count(chosen(bench)).calls
    bring(bench, "az-jobs", save(tmp_path, az([job(vault, 1, status="Failed"), {}])))
    selection = chosen(bench)
    counts = count(selection)
    assert (counts.calls, counts.calls_ok, counts.uploaded_jobs, counts.jobs) == (asked, asked, 1, 2)
    lines = {figure.label: (figure.count, figure.denominator) for figure in figures(counts, judged(bench))}
    assert lines["Jobs known from uploaded files alone (grade B)"] == (1, 2)


def test_a_pack_with_uploads_is_built_verifies_and_lists_the_files(tmp_path: Path) -> None:
    from evidence.packs.build import PackOrder, build_pack
    from evidence.packs.chapters import material
    from evidence.packs.period import span_period
    from evidence.packs.scope import PackScope

    bench = opened()
    vault = only_vault(bench)
    made = restore(vault, NIGHT, NIGHT, job_id=GUID.format(9))
    vault.jobs.remove(made)
    body = job_body(vault, made, detailed=True)
    bring(bench, "az-job", save(tmp_path, az(body)))
    bring(bench, "az-jobs", save(tmp_path, az([job(vault, 1, status="Failed")]), "jobs.json"))
    bring(bench, "az-recoverypoints", save(tmp_path, az([point(vault)]), "points.json"))
    built = build_pack(bench.parts, sealing(bench), PackOrder("audit", PackScope("all"), span_period(NIGHT, NIGHT)))
    assert built.counts["jobs"] == 3
    selection, result = chosen(bench), judged(bench)
    files = {"data/calls.csv": Digested(), "data/jobs.csv": Digested()}
    section = questions_chapter(material(selection, result, count(selection), files))  # type: ignore[arg-type]  # only hashes are read
    asked, uploaded, *_ = section.tables
    assert not [row for row in asked.rows if row[0].startswith("az-")]
    assert [row[0] for row in uploaded.rows] == ["saved.json", "jobs.json", "points.json"]


class Digested:
    """A file's hash."""

    sha256 = "0" * 64
    size = 1


def test_backups_uploaded_for_an_unread_vault_are_marked(bench: Bench, tmp_path: Path) -> None:
    vault = bench.vault("dark")
    vault.spoiled[Kind.JOBS] = (Outcome.NOT_REACHED, "HTTP 403")
    backup(vault)
    bench.run(NIGHT, again=True, reason="another vault")
    bring(bench, "az-jobs", save(tmp_path, az([job(vault, 1, status="Failed")])))
    from evidence.packs.chapters import material
    from evidence.packs.chapters.jobs import jobs_chapter

    selection, result = chosen(bench), judged(bench)
    made = material(selection, result, count(selection), {"data/jobs.csv": Digested()})  # type: ignore[dict-item]  # only hashes are read
    (table, *_) = jobs_chapter(made).tables
    assert [row[1] for row in table.rows if "dark" in row[3]] == ["Failed (grade B)"]
