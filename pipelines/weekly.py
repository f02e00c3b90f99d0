"""The weekly job and when it runs: an hour and a half after the week's last night has ended."""

from collections.abc import Iterator
from datetime import UTC, time

import dagster as dg

from assets.aging import OP, aging_packs
from evidence.nights import Calendar
from evidence.packs.aging.weekly import last_ended_week
from evidence.settings import Settings

WEEKLY = "weekly_aging"
MINUTES_AFTER = 90
"""An hour after the nightly run has begun, so that its night is sealed; a night that is not sealed by then is a gap of the pack."""
_MONDAY = 1
"""As cron counts; the last night of a week ends on Monday."""


def weekly_job() -> dg.JobDefinition:
    """One step: the aging packs of one week."""

    @dg.job(
        name=WEEKLY,
        executor_def=dg.in_process_executor,
        description="Build the aging pack of a week for each scope.",
    )
    def weekly_aging() -> None:
        aging_packs()

    return weekly_aging


def weekly_schedule(job: dg.JobDefinition, settings: Settings) -> dg.ScheduleDefinition:
    """The schedule of the weekly job; stopped unless `automation: on`."""
    begins = time.fromisoformat(settings.night_starts_at)
    calendar = Calendar(settings.time_zone, begins)
    days, minutes = divmod(begins.hour * 60 + begins.minute + MINUTES_AFTER, 24 * 60)

    @dg.schedule(
        name="weekly_schedule",
        job=job,
        cron_schedule=f"{minutes % 60} {minutes // 60} * * {_MONDAY + days}",
        execution_timezone=settings.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING if settings.automation else dg.DefaultScheduleStatus.STOPPED,
        description="Builds each week's aging packs after its last night.",
    )
    def weekly(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        week = last_ended_week(calendar, context.scheduled_execution_time.astimezone(UTC))
        yield dg.RunRequest(run_key=f"aging:{week.name}", run_config={"ops": {OP: {"config": {"week": week.name}}}})

    return weekly
