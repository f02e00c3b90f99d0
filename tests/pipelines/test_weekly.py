"""The weekly job: when it runs, which week it packs, and what it leaves in the store."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.aging import OP
from evidence.ledger.folds import packs
from evidence.settings import load_configuration
from pipelines.definitions import build_defs
from pipelines.weekly import WEEKLY
from tests.fakes.bench import RAW
from tests.pipelines.orchestra import Orchestra


@pytest.mark.parametrize(("automation", "status"), [("off", "STOPPED"), ("on", "RUNNING")])
def test_the_weekly_schedule_runs_only_when_automation_is_on(tmp_path: Path, automation: str, status: str) -> None:
    definitions = Orchestra(tmp_path, automation=automation).definitions
    assert definitions.resolve_schedule_def("weekly_schedule").default_status.value == status


@pytest.mark.parametrize(
    ("zone", "tick", "week"),
    [
        ("UTC", datetime(2026, 11, 23, 7, 30, tzinfo=UTC), "2026-W47"),
        ("Europe/Berlin", datetime(2026, 3, 30, 5, 30, tzinfo=UTC), "2026-W13"),
        ("Europe/Berlin", datetime(2026, 10, 26, 6, 30, tzinfo=UTC), "2026-W43"),
        ("America/New_York", datetime(2027, 1, 4, 12, 30, tzinfo=UTC), "2026-W53"),
    ],
)
def test_a_tick_packs_the_week_whose_last_night_has_just_ended(
    tmp_path: Path, zone: str, tick: datetime, week: str
) -> None:
    schedule = Orchestra(tmp_path, zone=zone).definitions.resolve_schedule_def("weekly_schedule")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=tick)
        (request,) = schedule.evaluate_tick(context).run_requests or []
    assert request.run_key == f"aging:{week}"
    assert request.run_config == {"ops": {OP: {"config": {"week": week}}}}


@pytest.mark.parametrize(
    ("starts", "cron"),
    [("06:00", "30 7 * * 1"), ("00:00", "30 1 * * 1"), ("22:29", "59 23 * * 1"), ("23:30", "0 1 * * 2")],
)
def test_it_runs_an_hour_and_a_half_after_the_weeks_last_night(tmp_path: Path, starts: str, cron: str) -> None:
    orchestra = Orchestra(tmp_path)
    path = tmp_path / "other.yaml"
    path.write_bytes(RAW + f'night_starts_at: "{starts}"\n'.encode())
    schedule = build_defs(load_configuration(path)).resolve_schedule_def("weekly_schedule")
    assert schedule.cron_schedule == cron
    assert orchestra.definitions.resolve_schedule_def("weekly_schedule").cron_schedule == "30 7 * * 1"


@pytest.mark.slow
def test_the_job_builds_one_pack_a_scope_and_none_twice(tmp_path: Path) -> None:
    orchestra = Orchestra(tmp_path)
    orchestra.make_keys()
    night = date(2026, 11, 1)
    orchestra.clock.moment = orchestra.composition.calendar.window(night).end + timedelta(hours=1)
    job = orchestra.definitions.resolve_job_def(WEEKLY)
    nightly = orchestra.definitions.resolve_job_def("nightly")
    assert nightly.execute_in_process(partition_key=str(night)).success
    for config in ({}, {"ops": {OP: {"config": {"week": "2026-W44"}}}}):
        assert job.execute_in_process(run_config=config).success
    found = [one.pack_id for series in packs(orchestra.composition.ledger.entries()).values() for one in series]
    assert [one for one in found if "aging" in one] == ["all-aging-internal-2026-W44-r0001"]
