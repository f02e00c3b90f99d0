from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from evidence.errors import EvidenceError
from evidence.ledger.entries import EntryKind
from evidence.ledger.folds import imports, named_paths, orphans
from evidence.runs import import_shards
from evidence.runs.import_context import ImportOrder
from evidence.runs.imports import import_files
from evidence.sources.saved.refusals import UnusableFileError
from evidence.stores.layout import saved_file
from evidence.tables import CALLS, COVERAGE, INVENTORY, JOBS
from tests.fakes.bench import NIGHT, Bench
from tests.fakes.bodies import FakeVault
from tests.fakes.memory_store import Stopped
from tests.fakes.saved import GUID, SAVED_AT, az, flattened, job, point
from tests.runs.importing import bring, only_vault, opened, save, uploaded


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
