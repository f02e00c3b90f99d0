"""The nightly test of the store: when it runs, what it leaves in the ledger, and that a loss fails it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.ledger.entries import EntryKind
from evidence.ledger.folds import named_paths
from evidence.settings import load_configuration
from pipelines.definitions import build_defs
from pipelines.truth import TRUTH
from tests.fakes.bench import RAW, Bench
from tests.pipelines.orchestra import Orchestra


@pytest.mark.parametrize(("automation", "status"), [("off", "STOPPED"), ("on", "RUNNING")])
def test_the_schedule_runs_only_when_automation_is_on(tmp_path: Path, automation: str, status: str) -> None:
    definitions = Orchestra(tmp_path, automation=automation).definitions
    assert definitions.resolve_schedule_def("truth_schedule").default_status.value == status


@pytest.mark.parametrize(("starts", "cron"), [("06:00", "0 8 * * *"), ("23:30", "30 1 * * *")])
def test_it_runs_each_day_two_hours_after_the_night(tmp_path: Path, starts: str, cron: str) -> None:
    path = tmp_path / "other.yaml"
    path.write_bytes(RAW + f'night_starts_at: "{starts}"\n'.encode())
    assert build_defs(load_configuration(path)).resolve_schedule_def("truth_schedule").cron_schedule == cron


@pytest.mark.slow
def test_the_job_records_a_test_and_a_loss_fails_it(tmp_path: Path) -> None:
    orchestra = Orchestra(tmp_path)
    job = orchestra.definitions.resolve_job_def(TRUTH)
    assert job.execute_in_process().success  # a store without a night is left alone
    bench = Bench(store=orchestra.composition.store, clock=orchestra.clock)
    bench.run()
    assert job.execute_in_process().success
    entries = bench.parts.ledger.entries()
    assert (entries[-1].kind, entries[-1].payload["mode"]) == (EntryKind.TRUTH_TESTED, "off")
    (tmp_path / "store" / min(named_paths(entries))).unlink()
    assert not job.execute_in_process(raise_on_error=False).success
    assert bench.parts.ledger.entries()[-1].payload["faults"] == {"missing": 1}
