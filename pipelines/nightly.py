"""Runs the nightly job for one night in this process: what the command does, by the very assets of the schedule."""

import fcntl
import os
import shutil
from datetime import date
from pathlib import Path

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError
from dagster._core.instance.ref import InstanceRef

from assets.workbench import Workbench
from evidence.compose import Composition
from evidence.errors import IntegrityError
from evidence.runs.parts import Progress
from pipelines.definitions import build_defs
from pipelines.interrupts import heeded
from pipelines.jobs import NIGHTLY
from reports.renderer import ReportRenderer

HOME = "dagster"
"""Folder beside the configuration where Dagster keeps its own records, unless DAGSTER_HOME names another."""
NO_CAPTURE = {
    "compute_logs": {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
}
"""Dagster starts four processes a step to copy what it prints; the command's steps print nothing but progress."""


def open_instance(composition: Composition) -> dg.DagsterInstance:
    """Dagster's instance: DAGSTER_HOME, or a folder beside the configuration, made where it is missing."""
    home = dagster_home(composition)
    home.mkdir(parents=True, exist_ok=True)
    with (home / "opening.lock").open("a") as lock:
        # Dagster makes its tables when it is first opened; two processes that do so at once trip over each other.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.environ.get("DAGSTER_HOME") and not (home / "dagster.yaml").exists():
            shutil.copyfile(Path(__file__).resolve().parent.parent / "dagster.yaml", home / "dagster.yaml")
        return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home), overrides=NO_CAPTURE))


def dagster_home(composition: Composition) -> Path:
    """Where Dagster keeps its records of this store; never evidence."""
    named = os.environ.get("DAGSTER_HOME")
    return Path(named) if named else composition.configuration.path.parent / HOME


class Nightly:
    """The nightly job of a configuration, ready to be run night by night."""

    def __init__(self, composition: Composition, instance: dg.DagsterInstance, progress: Progress) -> None:
        workbench = Workbench(composition, ReportRenderer(), progress)
        self._job = build_defs(composition.configuration, workbench=workbench).resolve_job_def(NIGHTLY)
        self._instance = instance

    def run(self, night: date, *, again: bool, reason: str | None) -> None:
        """Materialize every stage of a night; raises what a stage raises, KeyboardInterrupt where it is interrupted."""
        try:
            with heeded():
                self._execute(night, again=again, reason=reason)
        except dg.DagsterExecutionInterruptedError as error:
            # Dagster's own word for Ctrl-C, which nobody but Dagster knows.
            raise KeyboardInterrupt from error
        except DagsterAssetCheckFailedError as error:
            raise IntegrityError(
                f"Night {night} was not sealed: a check that guards the seal failed.",
                cause=" ".join(str(error).split()),
                next_step="The tables do not hold what the calls do; report it, with the night's calls from the store.",
            ) from error

    def _execute(self, night: date, *, again: bool, reason: str | None) -> None:
        self._job.execute_in_process(
            partition_key=str(night),
            instance=self._instance,
            run_config={
                "ops": {"calls": {"config": {"again": again, "reason": reason or ""}}},
                # The command speaks for itself; Dagster's own records keep the events.
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            tags={"evidence/requested_by": "command", **({"evidence/reason": reason} if reason else {})},
            raise_on_error=True,
        )
