"""Nights through Dagster: all stages in one process, guarded by their checks; the ledger says what exists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest

from evidence.ledger.entries import EntryKind
from evidence.ledger.folds import packs, sealed_nights
from tests.fakes.bench import at, backup
from tests.fakes.bodies import FakeItem, FakePoint, FakeVault
from tests.pipelines.orchestra import Orchestra

NIGHT = date(2026, 11, 1)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def orchestra(tmp_path: Path) -> Orchestra:
    made = Orchestra(tmp_path)
    made.make_keys()
    vault = FakeVault("v1", items=[FakeItem("vm1")])
    vault.jobs.append(backup(vault, NIGHT))
    vault.items[0].points.append(FakePoint("100", at(NIGHT) + timedelta(seconds=5)))
    made.azure.subscriptions[0].vaults.append(vault)
    return made


def kinds(orchestra: Orchestra) -> list[EntryKind]:
    return [entry.kind for entry in orchestra.composition.ledger.entries()]


def test_a_night_leaves_its_entries_and_a_pack_and_passes_its_checks(
    orchestra: Orchestra, instance: dg.DagsterInstance
) -> None:
    result = orchestra.night(instance, NIGHT)
    assert result.success
    assert kinds(orchestra) == [
        EntryKind.STORE_OPENED,
        EntryKind.CONFIGURATION_ADOPTED,
        EntryKind.NIGHT_SEALED,
        EntryKind.ASSESSMENT_SEALED,
        EntryKind.PACK_SEALED,
        EntryKind.CHECKPOINT_PUBLISHED,
    ]
    assert {one.check_name: one.passed for one in result.get_asset_check_evaluations()} == {
        "keys_unique": True,
        "counts_equal": True,
        "coverage_whole": True,
        "expected_runs_known": True,
        "rows_in_window": True,
        "drift": True,
        "csv_counts_equal": True,
        "checkpoint_stamped_and_sent": True,
        "days_known": True,
        "drills_settled": True,
        "all_delivered": True,
    }
    assert {one.partition for one in result.get_asset_materialization_events()} == {str(NIGHT)}


@pytest.mark.slow
def test_materializing_again_changes_nothing(orchestra: Orchestra, instance: dg.DagsterInstance) -> None:
    assert orchestra.night(instance, NIGHT).success
    before, asked = orchestra.composition.ledger.head(), len(orchestra.azure.asked)
    assert orchestra.night(instance, NIGHT).success
    assert (orchestra.composition.ledger.head(), len(orchestra.azure.asked)) == (before, asked)


@pytest.mark.slow
def test_a_night_ordered_again_gets_a_second_revision_with_its_reason(
    orchestra: Orchestra, instance: dg.DagsterInstance
) -> None:
    assert orchestra.night(instance, NIGHT).success
    assert orchestra.night(instance, NIGHT, again=True, reason="rights were granted").success
    (series,) = packs(orchestra.composition.ledger.entries()).values()
    assert [pack.revision for pack in series] == [1, 2]
    assert series[1].entry.payload["reason"] == "rights were granted"
    assert len(sealed_nights(orchestra.composition.ledger.entries())[NIGHT]) == 2


@pytest.mark.slow
def test_again_without_a_reason_is_refused(orchestra: Orchestra, instance: dg.DagsterInstance) -> None:
    assert orchestra.night(instance, NIGHT).success
    assert not orchestra.night(instance, NIGHT, again=True).success
    assert len(sealed_nights(orchestra.composition.ledger.entries())[NIGHT]) == 1


@pytest.mark.slow
def test_a_failing_guard_keeps_the_night_from_being_sealed(
    orchestra: Orchestra, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.tables.repeated_keys", lambda *_: {"jobs": 1})
    result = orchestra.night(instance, NIGHT)
    assert not result.success
    assert kinds(orchestra) == []
    begun = {event.step_key for event in result.all_events if event.is_step_start}
    assert begun == {"calls", "tables"}


@pytest.mark.slow
def test_a_vault_that_cannot_be_read_is_a_warning_and_the_pack_is_built(
    orchestra: Orchestra, instance: dg.DagsterInstance
) -> None:
    orchestra.azure.vaults[0].error = ConnectionError("reset")
    result = orchestra.night(instance, NIGHT)
    assert result.success
    found = {one.check_name: (one.passed, one.severity) for one in result.get_asset_check_evaluations()}
    assert found["coverage_whole"] == (False, dg.AssetCheckSeverity.WARN)
    (series,) = packs(orchestra.composition.ledger.entries()).values()
    assert series[-1].entry.payload["completeness"] == "INCOMPLETE"


def test_a_forged_materialization_is_no_evidence(orchestra: Orchestra, instance: dg.DagsterInstance) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization("packs", partition=str(NIGHT)))
    assert orchestra.composition.ledger.opened() is None
    assert sealed_nights(orchestra.composition.ledger.entries()) == {}


@pytest.mark.slow
def test_the_gap_sensor_asks_the_store_for_what_is_missing(orchestra: Orchestra, instance: dg.DagsterInstance) -> None:
    sensor = orchestra.definitions.resolve_sensor_def("gap_sensor")

    def asked() -> list[str]:
        repository = orchestra.definitions.get_repository_def()
        with dg.build_sensor_context(instance=instance, repository_def=repository) as context:
            return [str(one.partition_key) for one in sensor.evaluate_tick(context).run_requests or []]

    assert asked() == [], "before any night is sealed nothing can be missing"
    for night in (NIGHT, NIGHT + timedelta(days=2)):
        assert orchestra.night(instance, night).success
    assert asked() == ["2026-11-02", "2026-11-04", "2026-11-05", "2026-11-06", "2026-11-07"]
    instance.report_runless_asset_event(dg.AssetMaterialization("packs", partition="2026-11-02"))
    assert "2026-11-02" in asked(), "Dagster's own log is no evidence"
