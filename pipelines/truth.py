"""The nightly test of the store against its register, and when it runs: two hours after the night has ended."""

from collections.abc import Iterator
from datetime import time

import dagster as dg

from assets.truth import truth_test
from evidence.settings import Settings

TRUTH = "nightly_truth"
MINUTES_AFTER = 120
"""After the night's packs are sealed, so that they are tested too; what is sealed later is tested by the next one."""


def truth_job() -> dg.JobDefinition:
    """One step: the test."""

    @dg.job(
        name=TRUTH,
        executor_def=dg.in_process_executor,
        description="Test the store against what the register promises.",
    )
    def nightly_truth() -> None:
        truth_test()

    return nightly_truth


def truth_schedule(job: dg.JobDefinition, settings: Settings) -> dg.ScheduleDefinition:
    """The schedule of the test; stopped unless `automation: on`."""
    begins = time.fromisoformat(settings.night_starts_at)
    minutes = (begins.hour * 60 + begins.minute + MINUTES_AFTER) % (24 * 60)

    @dg.schedule(
        name="truth_schedule",
        job=job,
        cron_schedule=f"{minutes % 60} {minutes // 60} * * *",
        execution_timezone=settings.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING if settings.automation else dg.DefaultScheduleStatus.STOPPED,
        description="Tests the store each night.",
    )
    def truth(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        yield dg.RunRequest(run_key=f"truth:{context.scheduled_execution_time.date()}")

    return truth
