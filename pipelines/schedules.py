"""When the night is run: half an hour after it has ended."""

import dagster as dg
from dagster._core.definitions.partitions.partitioned_schedule import UnresolvedPartitionedAssetScheduleDefinition
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from evidence.settings import Settings

MINUTES_AFTER = 30
"""Late answers settle; the result is still ready before 07:00 with the default cut-over."""


def nightly_schedule(
    job: UnresolvedAssetJobDefinition, settings: Settings
) -> UnresolvedPartitionedAssetScheduleDefinition | dg.ScheduleDefinition:
    """The schedule of the nightly job; stopped unless `automation: on`."""
    hours, minutes = (int(part) for part in settings.night_starts_at.split(":"))
    at = hours * 60 + minutes + MINUTES_AFTER
    if at >= 24 * 60:
        # A cut-over in the last half hour of the day: at its very moment, for the schedule cannot name the next day.
        at = hours * 60 + minutes
    return dg.build_schedule_from_partitioned_job(
        job,
        name="nightly_schedule",
        description="Runs each night after it has ended.",
        hour_of_day=at // 60,
        minute_of_hour=at % 60,
        default_status=dg.DefaultScheduleStatus.RUNNING if settings.automation else dg.DefaultScheduleStatus.STOPPED,
    )
