from __future__ import annotations

import copy
import hashlib
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import ConfigurationError, EvidenceError, RefusedError
from evidence.ledger.entries import EntryKind
from evidence.ledger.folds import imports, named_paths, orphans
from evidence.records import Kind
from evidence.runs import import_shards
from evidence.runs.earlier import detailed_restores
from evidence.runs.import_context import ImportOrder
from evidence.runs.imports import import_files
from evidence.runs.night import known_items
from evidence.runs.sealed import SealedRows
from evidence.runs.unfinished import unfinished_jobs
from evidence.sources.saved.kinds import KINDS
from evidence.sources.saved.refusals import UnusableFileError
from evidence.stores.layout import saved_file
from evidence.tables import CALLS, COVERAGE, INVENTORY, JOBS, PROTECTED_ITEMS, RECOVERY_POINTS, RESTORE_LINKS
from tests.fakes.bench import NIGHT, Bench, at, restore
from tests.fakes.bodies import FakeVault, job_body, points_body
from tests.fakes.memory_store import Stopped
from tests.fakes.saved import GUID, SAVED_AT, az, flattened, item, job, point, powershell, powershell_job, properties_of
from tests.runs.importing import bring, findings, only_vault, opened, save, uploaded
from tests.sources.saved.test_broken_files import broken

NEXT = NIGHT + timedelta(days=1)


@pytest.fixture
def bench() -> Bench:
    return opened()


@pytest.fixture
def vault(bench: Bench) -> FakeVault:
    return only_vault(bench)


def kinds(bench: Bench) -> list[EntryKind]:
    return [entry.kind for entry in bench.parts.ledger.entries()]


# --- what is kept


def test_a_file_is_kept_read_and_sealed_by_one_entry(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    data = az([job(vault, 1), {"status": "x"}])
    result = bring(bench, "az-jobs", save(tmp_path, data), by="A. Person", reason="no rights yet")
    assert kinds(bench)[-1] is EntryKind.IMPORT_SEALED
    (entry,) = (one for one in bench.parts.ledger.entries() if one.kind is EntryKind.IMPORT_SEALED)
    sha256 = hashlib.sha256(data).hexdigest()
    assert bench.memory.files[saved_file(sha256)] == data
    files = entry.payload["files"]
    assert isinstance(files, list)
    (told,) = files
    assert (told["sha256"], told["bytes"], told["records"], told["accepted"], told["rejected"]) == (
        sha256,
        len(data),
        2,
        1,
        1,
    )
    assert (entry.payload["by"], entry.payload["reason"], entry.payload["kind"]) == (
        "A. Person",
        "no rights yet",
        "az-jobs",
    )
    assert result.sealed is not None
    assert not orphans(bench.store.list(""), named_paths(bench.parts.ledger.entries()))


def test_rows_are_graded_b_under_the_import_and_lie_where_readers_look(
    bench: Bench, vault: FakeVault, tmp_path: Path
) -> None:
    result = bring(bench, "az-jobs", save(tmp_path, az([job(vault, 1)])))
    assert result.sealed is not None
    (row,) = [one for one in bench.rows(JOBS, NIGHT) if one["evidence_grade"] == "B"]
    assert row["run_id"] == result.sealed.import_id
    assert row["job_id"] == GUID.format(1)
    assert row["item_key"] == vault.item_id(vault.items[0]).lower()
    assert (row["observed_at"], row["night"], row["event_night"]) == (SAVED_AT, NIGHT, NIGHT)
    (call,) = uploaded(bench, CALLS)
    assert (call["url"], call["kind"], call["rows"], call["status"]) == ("file:saved.json", "az-jobs", 1, None)
    assert row["call_id"] == call["call_id"]
    assert call["sha256"] == result.findings[0].file.sha256
    assert uploaded(bench, COVERAGE) == []


def test_the_folders_of_a_person_are_told_nowhere(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    folder = tmp_path / "secret-customer"
    folder.mkdir()
    bring(bench, "az-jobs", save(folder, az([job(vault, 1), {}])))
    assert not [
        path for path, data in bench.memory.files.items() if b"secret-customer" in data or "secret-customer" in path
    ]


def test_the_same_file_again_is_said_to_be_there(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    one, two = save(tmp_path, az([job(vault, 1)])), save(tmp_path, az([job(vault, 2)]), "other.json")
    first = bring(bench, "az-jobs", one)
    before = dict(bench.memory.files)
    again = bring(bench, "az-jobs", one)
    assert (again.sealed, again.findings) == (None, ())
    assert [(name, sealed.import_id) for name, sealed in again.standing] == [
        ("saved.json", first.sealed and first.sealed.import_id)
    ]
    assert bench.memory.files == before
    third = bring(bench, "az-jobs", one, two, two)
    assert [finding.file.name for finding in third.findings] == ["other.json"]
    assert third.repeated == ("other.json",)
    assert [row["job_id"] for row in uploaded(bench, JOBS)] == [GUID.format(1), GUID.format(2)]


def test_a_file_that_was_imported_under_the_wrong_vault_can_be_imported_under_the_right_one(
    bench: Bench, vault: FakeVault, tmp_path: Path
) -> None:
    path = save(tmp_path, az([flattened(job(vault, 1))]))
    bring(bench, "az-jobs", path, vault=FakeVault("wrong"))
    assert bring(bench, "az-jobs", path, vault=vault).sealed is not None
    assert len({row["vault_id"] for row in uploaded(bench, JOBS)}) == 2


def test_two_imports_of_one_file_at_once_make_one_entry(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    path, other = save(tmp_path, az([job(vault, 1)])), save(tmp_path, az([job(vault, 2)]), "other.json")
    bench.clock.reach(SAVED_AT)
    parts, together = [bench.parts, bench.parts], Barrier(2)

    def both(number: int) -> int:
        together.wait()
        order = ImportOrder("az-jobs", (path, other) if number else (path,), observed_at=SAVED_AT)
        return len(import_files(parts[number], order).findings)

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(both, range(2))) >= 2
    found = imports(bench.parts.ledger.entries())
    assert sorted(file.name for one in found for file in one.files) == ["other.json", "saved.json"]
    assert sorted(row["job_id"] for row in uploaded(bench, JOBS)) == [GUID.format(1), GUID.format(2)]


def test_a_lost_race_leaves_the_file_to_the_winner_and_imports_the_rest(
    bench: Bench, vault: FakeVault, tmp_path: Path
) -> None:
    """The other process seals between our reading and our entry."""
    path, other = save(tmp_path, az([job(vault, 1)])), save(tmp_path, az([job(vault, 2)]), "other.json")
    raced: list[str] = []

    def progress(what: str, done: int, total: int) -> None:
        if not raced:
            raced.append(what)
            bring(bench, "az-jobs", path)

    bench.clock.reach(SAVED_AT)
    result = import_files(bench.parts, ImportOrder("az-jobs", (path, other), observed_at=SAVED_AT), progress)
    assert [one.file.name for one in result.findings] == ["other.json"]
    assert [name for name, _ in result.standing] == ["saved.json"]
    assert len(uploaded(bench, JOBS)) == 2


@pytest.mark.parametrize("place", range(6))
def test_a_crash_leaves_orphans_only_and_the_next_import_is_whole(tmp_path: Path, place: int) -> None:
    bench = opened()
    vault = only_vault(bench)
    path = save(tmp_path, az([job(vault, 1), job(vault, 2)]))
    before = len(bench.parts.ledger.entries())
    bench.memory.run_on()
    bench.memory.stop_before = place
    try:
        bring(bench, "az-jobs", path)
    except Stopped:
        assert len(bench.parts.ledger.entries()) == before
        assert uploaded(bench, JOBS) == []
    bench.memory.run_on()
    bring(bench, "az-jobs", path)
    assert [row["job_id"] for row in uploaded(bench, JOBS)] == [GUID.format(1), GUID.format(2)]
    assert len(imports(bench.parts.ledger.entries())) == 1


def test_there_are_as_many_writes_as_the_crash_test_stops_at(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    bench.memory.run_on()
    bring(bench, "az-jobs", save(tmp_path, az([job(vault, 1)])))
    assert bench.memory.writes == 5


def test_an_import_that_stopped_before_its_points_were_judged_is_caught_up(
    bench: Bench, vault: FakeVault, tmp_path: Path
) -> None:
    path = save(tmp_path, az([point(vault)]))
    bench.memory.run_on()
    bench.memory.stop_after = 4
    with pytest.raises(Stopped):
        bring(bench, "az-recoverypoints", path)
    assert kinds(bench)[-1] is EntryKind.IMPORT_SEALED
    bench.memory.run_on()
    assert bring(bench, "az-recoverypoints", path).sealed is None
    assert kinds(bench)[-1] is EntryKind.ASSESSMENT_SEALED
    bring(bench, "az-recoverypoints", path)
    assert kinds(bench).count(EntryKind.ASSESSMENT_SEALED) == 2


def test_a_kept_file_that_was_changed_is_never_named(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    data = az([job(vault, 1)])
    bench.memory.files[saved_file(hashlib.sha256(data).hexdigest())] = b"changed"
    with pytest.raises(EvidenceError):
        bring(bench, "az-jobs", save(tmp_path, data))
    assert uploaded(bench, JOBS) == []


# --- what is refused


def test_a_store_that_is_not_open_takes_no_file(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="not open") as refused:
        import_files(Bench().parts, ImportOrder("az-jobs", (save(tmp_path, b"[]"),)))
    assert refused.value.exit_code == 8


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("az-job-list", {}),
        ("az-jobs", {"columns": {"name": "x"}}),
        ("az-jobs", {"observed_at": SAVED_AT + timedelta(days=9)}),
        ("az-jobs", {"night": NIGHT + timedelta(days=9)}),
        ("az-dp-jobs", {"vault": FakeVault("v1")}),
        ("inventory", {"vault": FakeVault("v1")}),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    bench: Bench, tmp_path: Path, kind: str, more: dict[str, object]
) -> None:
    before = dict(bench.memory.files)
    with pytest.raises(ConfigurationError):
        bring(bench, kind, save(tmp_path, b"[]"), **more)  # type: ignore[arg-type]  # passed on as they are
    assert bench.memory.files == before


def test_one_unusable_file_of_several_stops_them_all_before_anything_is_written(
    bench: Bench, vault: FakeVault, tmp_path: Path
) -> None:
    before = dict(bench.memory.files)
    for data in (b"ERROR: x", az([{"status": "x"}]), az([item(vault)]), b"[]", az([job(vault, 2)])[:-9]):
        with pytest.raises(UnusableFileError) as refused:
            bring(bench, "az-jobs", save(tmp_path, az([job(vault, 1)])), save(tmp_path, data, "bad.json"))
        assert "bad.json" in refused.value.message
        assert bench.memory.files == before


def test_a_file_of_the_wrong_kind_is_told_its_own(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    with pytest.raises(UnusableFileError) as refused:
        bring(bench, "az-jobs", save(tmp_path, az([item(vault), item(vault, "vm2")])))
    assert "az-items" in refused.value.cause


def test_an_empty_list_is_kept_where_the_vault_is_named_and_proves_nothing(
    bench: Bench, vault: FakeVault, tmp_path: Path
) -> None:
    result = bring(bench, "az-jobs", save(tmp_path, b"[]\n"), vault=vault)
    assert [call["rows"] for call in uploaded(bench, CALLS)] == [0]
    assert "proves nothing" in str(findings(bench, result)[0]["detail"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"startTime": None}, "startTime is not told"),
        ({"startTime": "yesterday"}, "startTime not a time"),
        ({"status": None}, "status"),
        ({"operation": ""}, "operation"),
        ({"endTime": "2026-11-22T22:00:00Z"}, "after the file is said to have been saved"),
    ],
)
def test_a_job_that_tells_too_little_is_rejected(
    bench: Bench, vault: FakeVault, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    result = bring(bench, "az-jobs", save(tmp_path, az([job(vault, 1), job(vault, 2, **changes)])))
    (found,) = findings(bench, result)
    assert (found["finding"], found["position"]) == ("rejected", 2)
    assert said in str(found["detail"])
    assert [row["job_id"] for row in uploaded(bench, JOBS)] == [GUID.format(1)]


def test_a_point_without_any_time_is_rejected_but_a_chain_that_covers_nothing_is_not(
    bench: Bench, vault: FakeVault, tmp_path: Path
) -> None:
    timeless = {**point(vault, "p2"), "properties": {"recoveryPointType": "AppConsistent"}}
    chain = {**point(vault, "p3"), "properties": {"timeRanges": []}}
    bring(bench, "az-recoverypoints", save(tmp_path, az([point(vault), timeless, chain])))
    rows = uploaded(bench, RECOVERY_POINTS)
    assert sorted(str(row["recovery_point_id"]) for row in rows) == ["p1", "p3"]
    assert sorted((row["element"], row["ordinal"]) for row in rows) == [(0, 0), (2, 1)]


# --- many records


def test_large_files_are_read_in_batches_and_written_in_shards(
    bench: Bench, vault: FakeVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.runs.import_files.BATCH", 3)
    monkeypatch.setattr(import_shards, "ROWS_AS_DICTS", 4)
    monkeypatch.setattr(import_shards, "ROWS_PER_SHARD", 8)
    other = FakeVault("v2")
    many = [job(vault if number % 5 else other, number) for number in range(1, 31)]
    seen: list[tuple[int, int]] = []
    bench.clock.reach(SAVED_AT)
    order = ImportOrder("az-jobs", (save(tmp_path, az(many)),), observed_at=SAVED_AT)
    import_files(bench.parts, order, lambda _, done, total: seen.append((done, total)))
    rows = uploaded(bench, JOBS)
    assert sorted((row["ordinal"], row["job_id"]) for row in rows) == [
        (number - 1, GUID.format(number)) for number in range(1, 31)
    ]
    calls = {row["vault_id"]: (row["call_id"], row["rows"]) for row in uploaded(bench, CALLS)}
    assert sorted(rows for _, rows in calls.values()) == [6, 24]
    assert all(row["call_id"] == calls[row["vault_id"]][0] for row in rows)
    shards = [path for path in bench.memory.files if path.startswith("tables/jobs/") and "import-" in path]
    assert len(shards) > 2
    assert seen == sorted(seen)
    assert len(seen) == 10


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


# --- inventory


def test_an_inventory_is_rows_of_the_second_source(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    group = vault.arm_id.partition("/providers/")[0]
    vm = f"{group}/providers/Microsoft.Compute/virtualMachines/VM1"
    text = f"Name,ResourceId,Backup,Owner\nVM1,{vm},yes,Team\nx,not-an-id,no,\n"
    result = bring(bench, "inventory", save(tmp_path, text.encode(), "cmdb.csv"))
    (row,) = uploaded(bench, INVENTORY)
    assert (row["source"], row["thing"], row["thing_key"], row["to_be_protected"]) == (
        "inventory",
        "resource",
        vm.lower(),
        True,
    )
    assert (row["evidence_grade"], row["vault_id"]) == ("B", f"/subscriptions/{vault.subscription}")
    assert json.loads(str(row["envelope"])) == {"owner": "Team"}
    assert json.loads(str(row["properties"]))["ResourceId"] == vm
    (call,) = uploaded(bench, CALLS)
    assert (call["kind"], call["rows"], call["call_id"]) == ("inventory", 1, row["call_id"])
    assert result.findings[0].rejected == 1


def test_signatures_in_what_is_said_are_masked(bench: Bench, tmp_path: Path) -> None:
    text = b"ERROR: could not read https://x.blob.core.windows.net/c?sv=1&sig=SECRETSECRET"
    with pytest.raises(UnusableFileError) as refused:
        bring(bench, "az-jobs", save(tmp_path, text))
    assert "SECRETSECRET" not in " ".join(refused.value.diagnostics())


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


def test_a_vault_that_no_run_met_is_said(bench: Bench, vault: FakeVault, tmp_path: Path) -> None:
    result = bring(bench, "az-jobs", save(tmp_path, az([job(vault, 1), job(FakeVault("nobodys"), 2)])))
    (found,) = findings(bench, result)
    assert "nobodys" in str(found["detail"])
    assert "no pack shows" in str(found["detail"])


BENCH = opened()


@settings(max_examples=40)
@given(broken(), st.sampled_from([*KINDS, "inventory"]))
def test_a_broken_file_is_imported_whole_or_leaves_nothing(data: bytes, kind: str) -> None:
    bench = copy.deepcopy(BENCH)
    before = dict(bench.memory.files)
    with tempfile.TemporaryDirectory() as folder:
        try:
            result = bring(bench, kind, save(Path(folder), data))
        except EvidenceError:
            assert bench.memory.files == before
            return
    assert result.sealed is not None
    assert not orphans(bench.store.list(""), named_paths(bench.parts.ledger.entries()))
    (file,) = result.sealed.files
    assert file.accepted + file.rejected <= result.findings[0].records
    told = sum(row["rows"] for row in uploaded(bench, CALLS))
    assert told == file.accepted
