from __future__ import annotations

import copy
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import ConfigurationError, EvidenceError, RefusedError
from evidence.ledger.folds import named_paths, orphans
from evidence.runs.import_context import ImportOrder
from evidence.runs.imports import import_files
from evidence.sources.saved.kinds import KINDS
from evidence.sources.saved.refusals import UnusableFileError
from evidence.tables import CALLS, JOBS, RECOVERY_POINTS
from tests.fakes.bench import NIGHT, Bench
from tests.fakes.bodies import FakeVault
from tests.fakes.saved import GUID, SAVED_AT, az, item, job, point
from tests.runs.importing import bring, findings, only_vault, opened, save, uploaded
from tests.sources.saved.test_broken_files import broken


@pytest.fixture
def bench() -> Bench:
    return opened()


@pytest.fixture
def vault(bench: Bench) -> FakeVault:
    return only_vault(bench)


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
