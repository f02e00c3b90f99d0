"""What Dagster is told: assets, checks, partitions, schedule and sensor; a change of the graph shows here."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from evidence.tables import OBSERVED
from tests.paths import ROOT
from tests.pipelines.orchestra import Orchestra

TABLES = {f"tables/{table.name}" for table in OBSERVED}
CHECKS = {
    ("csv_counts_equal", "packs", True),
    ("checkpoint_stamped_and_sent", "checkpoint", False),
    ("days_known", "register", False),
    ("all_delivered", "notifications", False),
    ("drills_settled", "drills", False),
    ("keys_unique", "tables/protected_items", True),
    ("counts_equal", "tables/jobs", True),
    ("rows_in_window", "tables/jobs", False),
    ("drift", "tables/calls", False),
    ("coverage_whole", "tables/coverage", False),
    ("expected_runs_known", "assessments/restore_links", False),
}


@pytest.fixture
def orchestra(tmp_path: Path) -> Orchestra:
    return Orchestra(tmp_path)


def test_the_graph_leads_from_calls_to_the_register(orchestra: Orchestra) -> None:
    graph = orchestra.definitions.resolve_asset_graph()
    found = {
        node.key.to_user_string(): {key.to_user_string() for key in node.parent_keys} for node in graph.asset_nodes
    }
    assert found == {
        "calls": set(),
        **{table: {"calls"} for table in TABLES},
        "night": TABLES,
        "assessments/restore_links": {"night"},
        "notifications": {"assessments/restore_links"},
        "drills": {"assessments/restore_links"},
        "packs": {"assessments/restore_links"},
        "checkpoint": {"packs"},
        "register": {"checkpoint"},
    }


def test_checks_that_guard_block_and_findings_do_not(orchestra: Orchestra) -> None:
    graph = orchestra.definitions.resolve_asset_graph()
    found = {
        (key.name, key.asset_key.to_user_string(), graph.get_check_spec(key).blocking) for key in graph.asset_check_keys
    }
    assert found == CHECKS


def test_checks_carry_the_night(orchestra: Orchestra) -> None:
    graph = orchestra.definitions.resolve_asset_graph()
    assert all(graph.get_check_spec(key).partitions_def is not None for key in graph.asset_check_keys)


def test_every_asset_has_the_same_partitions_and_backfill_policy(orchestra: Orchestra) -> None:
    nodes = list(orchestra.definitions.resolve_asset_graph().asset_nodes)
    assert len({node.partitions_def for node in nodes}) == 1
    assert {node.backfill_policy for node in nodes} == {dg.BackfillPolicy.multi_run(max_partitions_per_run=31)}


def test_the_definitions_are_loadable_without_a_secret_or_a_network(orchestra: Orchestra) -> None:
    dg.Definitions.validate_loadable(orchestra.definitions)


def test_tables_show_their_columns_with_sentences(orchestra: Orchestra) -> None:
    graph = orchestra.definitions.resolve_asset_graph()
    for table in OBSERVED:
        schema = graph.get(dg.AssetKey(["tables", table.name])).metadata["dagster/column_schema"]
        assert isinstance(schema, dg.TableSchema)
        assert [column.name for column in schema.columns] == list(table.names())


@pytest.mark.parametrize(("automation", "status"), [("off", "STOPPED"), ("on", "RUNNING")])
def test_schedule_and_sensor_run_only_when_automation_is_on(tmp_path: Path, automation: str, status: str) -> None:
    definitions = Orchestra(tmp_path, automation=automation).definitions
    schedule = definitions.resolve_schedule_def("nightly_schedule")
    sensor = definitions.resolve_sensor_def("gap_sensor")
    assert (schedule.default_status.value, sensor.default_status.value) == (status, status)


@pytest.mark.parametrize(
    ("zone", "tick", "night"),
    [
        ("UTC", datetime(2026, 11, 22, 6, 30, tzinfo=UTC), "2026-11-21"),
        ("Europe/Berlin", datetime(2026, 3, 29, 4, 30, tzinfo=UTC), "2026-03-28"),
        ("Europe/Berlin", datetime(2026, 10, 25, 5, 30, tzinfo=UTC), "2026-10-24"),
        ("America/New_York", datetime(2026, 11, 1, 11, 30, tzinfo=UTC), "2026-10-31"),
    ],
)
def test_a_tick_runs_the_night_that_has_just_ended(tmp_path: Path, zone: str, tick: datetime, night: str) -> None:
    schedule = Orchestra(tmp_path, zone=zone).definitions.resolve_schedule_def("nightly_schedule")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=tick)
        requests = schedule.evaluate_tick(context).run_requests or []
    assert [request.partition_key for request in requests] == [night]


def test_the_instance_sends_no_telemetry() -> None:
    text = (ROOT / "dagster.yaml").read_text()
    assert "telemetry:\n  enabled: false" in text
    assert "nux:\n  enabled: false" in text
