"""The watch in Dagster: when it runs, what a tick asks for, and that it remembers by the ledger and not by its cursor."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from evidence.ledger.watches import watch_looks
from evidence.runs.watch.asking import Asking
from evidence.runs.watch.look import Watching
from evidence.settings import parse_settings
from pipelines.watch import ALERTS, MORNING, alerts_job, morning_job, morning_schedule, watch_sensor
from tests.fakes.bench import NIGHT, Bench, at, backup
from tests.fakes.bodies import FakeJob
from tests.fakes.watched import WatchedAzure
from tests.pipelines.orchestra import Composed, Orchestra

EVENING = at(NIGHT + timedelta(days=1), 22.5)


@dataclass(frozen=True)
class Watched(Composed):
    """The composition with a source of the test's for looks."""

    source_of_looks: WatchedAzure

    @cached_property
    def watching(self) -> Watching:
        """Looks at the test's Azure."""
        return Watching(Asking(self.source_of_looks, 30.0, 1, lambda: 0.0), timedelta(hours=24), self.configuration.raw)


@dataclass
class Scene:
    """A store with one sealed night, and the sensor over it."""

    orchestra: Orchestra
    source: WatchedAzure
    sensor: dg.SensorDefinition

    def tick(self, cursor: str | None = None) -> dg.SensorExecutionData:
        """Evaluate the sensor once."""
        with dg.DagsterInstance.ephemeral() as instance, dg.build_sensor_context(instance, cursor=cursor) as context:
            return self.sensor.evaluate_tick(context)

    def fails(self) -> None:
        """A backup of the first vault fails."""
        vault = self.orchestra.azure.vaults[0]
        vault.jobs.append(FakeJob(f"failed-{len(vault.jobs)}", "vm1", EVENING - timedelta(hours=1), status="Failed"))

    @property
    def looks(self) -> int:
        """Looks in the ledger."""
        return len(watch_looks(self.orchestra.composition.parts.ledger.entries()))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    orchestra = Orchestra(tmp_path)
    bench = Bench(store=orchestra.composition.store, clock=orchestra.clock)
    bench.azure = orchestra.azure
    backup(bench.vault())
    bench.seal(NIGHT)
    orchestra.clock.reach(EVENING)
    source = WatchedAzure(orchestra.azure)
    composed = Watched(orchestra.configuration, orchestra.azure, orchestra.clock, source)
    sensor = watch_sensor(alerts_job(), orchestra.configuration, lambda _: composed)
    return Scene(orchestra, source, sensor)


@pytest.mark.parametrize(("automation", "status"), [("off", "STOPPED"), ("on", "RUNNING")])
def test_watch_and_summary_run_only_when_automation_is_on(tmp_path: Path, automation: str, status: str) -> None:
    definitions = Orchestra(tmp_path, automation=automation).definitions
    assert definitions.resolve_sensor_def("watch_sensor").default_status.value == status
    assert definitions.resolve_schedule_def("morning_schedule").default_status.value == status


def test_it_looks_every_two_minutes(tmp_path: Path) -> None:
    assert Orchestra(tmp_path).definitions.resolve_sensor_def("watch_sensor").minimum_interval_seconds == 120


def test_a_quiet_tick_asks_for_no_run_and_says_what_it_saw(scene: Scene) -> None:
    found = scene.tick()
    assert found.run_requests == []
    assert found.skip_message == "1 of 1 vaults answered; nothing new, 0 known before."
    assert scene.looks == 0


def test_a_fresh_failure_has_owners_told_by_one_run(scene: Scene) -> None:
    scene.fails()
    first = scene.tick()
    (request,) = first.run_requests or []
    assert (request.run_key or "").startswith("watch-")
    assert scene.looks == 1
    assert scene.tick(first.cursor).run_requests == []


@pytest.mark.slow
def test_a_cursor_that_was_forged_or_lost_changes_nothing(scene: Scene) -> None:
    scene.fails()
    scene.tick()
    for cursor in (None, "{}", "not JSON", json.dumps({"looked_at": "2099-01-01T00:00:00+00:00"})):
        assert scene.tick(cursor).run_requests == []
    scene.fails()
    assert len(scene.tick("forged").run_requests or []) == 1


def test_a_vault_that_cannot_be_asked_is_shown_and_never_without_failures(scene: Scene) -> None:
    scene.source.refused["v1"] = "HTTP 403 AuthorizationFailed"
    found = scene.tick()
    assert "0 of 1 vaults answered" in (found.skip_message or "")
    assert "NOT KNOWN: v1" in (found.skip_message or "")
    assert json.loads(found.cursor or "")["unread"] == {"v1": "HTTP 403 AuthorizationFailed"}
    assert scene.looks == 1


def test_before_the_first_night_it_says_what_is_missing(tmp_path: Path) -> None:
    orchestra = Orchestra(tmp_path)
    composed = Watched(orchestra.configuration, orchestra.azure, orchestra.clock, WatchedAzure(orchestra.azure))
    sensor = watch_sensor(alerts_job(), orchestra.configuration, lambda _: composed)
    with dg.DagsterInstance.ephemeral() as instance, dg.build_sensor_context(instance) as context:
        found = sensor.evaluate_tick(context)
    assert "No night is sealed" in (found.skip_message or "")


@pytest.mark.slow
@pytest.mark.parametrize("job", [ALERTS, MORNING])
def test_without_owners_the_jobs_say_that_nobody_was_told(scene: Scene, job: str) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        done = scene.orchestra.definitions.resolve_job_def(job).execute_in_process(instance=instance)
    assert done.success


@pytest.mark.parametrize(
    ("zone", "more", "tick"),
    [
        ("UTC", "", datetime(2026, 11, 22, 6, 50, tzinfo=UTC)),
        ("Europe/Berlin", "", datetime(2026, 11, 22, 5, 50, tzinfo=UTC)),
        ("Europe/Berlin", 'watch: {summary_at: "06:40"}', datetime(2026, 7, 1, 4, 40, tzinfo=UTC)),
    ],
)
def test_the_summary_comes_before_seven(zone: str, more: str, tick: datetime) -> None:
    raw = f"azure: {{subscriptions: [s]}}\ntime_zone: {zone}\n{more}\n".encode()
    schedule = morning_schedule(morning_job(), parse_settings(raw, "evidence.yaml"))
    minute, hour = str(schedule.cron_schedule).split()[:2]
    local = tick.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute) == (int(hour), int(minute))
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=tick)
        (request,) = schedule.evaluate_tick(context).run_requests or []
    assert request.run_key == f"morning:{tick:%Y-%m-%d}"
