"""Dagster's own daemon with the watch sensor: a failure is ticketed within five minutes of the job's end, once, by the simulator's clock."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from evidence.ledger.ledger import Ledger
from evidence.ledger.watches import watch_looks
from evidence.stores.directory import DirectoryStore
from tests.e2e.scene import environment_of
from tests.e2e.watched import Office, moment, office
from tests.paths import ROOT

pytestmark = pytest.mark.slow

BEFORE_THE_END = timedelta(seconds=20)
"""How long before the job's end the clock is set when the daemon ticks already."""
WITHIN = timedelta(minutes=5)
MORE = "\nautomation: on\nwatch: {every: 1m, seconds: 30}\n"
PATIENCE_S = 420


@contextmanager
def daemon(made: Office) -> Iterator[Path]:
    """Dagster's daemon over the workspace as it stands, in a process of its own; gives its log."""
    home = made.scene.folder / "daemon"
    home.mkdir()
    (home / "dagster.yaml").write_bytes((ROOT / "dagster.yaml").read_bytes())
    environment = {**environment_of(made.scene), "DAGSTER_HOME": str(home)}
    log = made.scene.folder / "daemon.log"
    program = str(Path(sys.executable).with_name("dagster-daemon"))
    with log.open("w") as file:
        process = subprocess.Popen(
            [program, "run", "-w", "workspace.yaml"], cwd=ROOT, env=environment, stdout=file, stderr=file
        )
        try:
            yield log
        finally:
            process.terminate()
            process.wait(60)


def until(log: Path, what: str, there: Callable[[], object]) -> None:
    """Wait until something is there."""
    given_up = time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < given_up, f"{what} did not happen in time:\n{log.read_text()[-4000:]}"
        time.sleep(0.5)


def now(made: Office) -> datetime:
    """The simulator's clock."""
    return moment(made.scene.control("clock")["now"])


def ticks(log: Path) -> int:
    """Looks that the daemon's sensor made."""
    return log.read_text().count("vaults answered") + log.read_text().count("Completed launch of run")


def test_a_daemon_that_ticks_has_a_failure_ticketed_within_five_minutes_of_its_end_and_once(tmp_path: Path) -> None:
    with office(tmp_path, "branch-backups", more=MORE, still=False) as made:
        job = made.failed("branch-backups")[0]
        ended = moment(job["ended_at"])
        made.scene.reach(ended - timedelta(hours=1))
        with daemon(made) as log:
            until(log, "a first look", lambda: ticks(log) > 0)
            assert made.tickets == [], "nothing has failed yet"
            made.scene.reach(ended - BEFORE_THE_END)
            until(log, "a ticket", lambda: made.tickets)
            late = now(made) - ended
            assert timedelta(0) < late <= WITHIN, f"ticketed {late} after the job's end"
            (ticket,) = made.tickets_of(job["item"])
            assert job["job_id"] in "\n".join(ticket.values())
            before = ticks(log)
            until(log, "two looks more", lambda: ticks(log) >= before + 2)
        assert made.opened == 1, "one ticket a problem, however often the sensor looks"
        looks = watch_looks(Ledger(DirectoryStore(made.scene.folder / "store")).entries())
        assert [job["job_id"] in {told.job_id for told in one.jobs} for one in looks].count(True) == 1
        assert all(not one.unread for one in looks), "every vault answered: no budget was overdrawn"
