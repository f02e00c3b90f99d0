"""The gap sensor: asks the store, not Dagster, which nights are missing."""

from collections.abc import Iterator
from datetime import date, timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from evidence.compose import Composition
from evidence.runs.gaps import missing_nights
from evidence.settings import Configuration, load_configuration

MOST_AT_ONCE = 5
INTERVAL_S = 3600


def gap_sensor(
    job: UnresolvedAssetJobDefinition,
    partitions: dg.DailyPartitionsDefinition,
    configuration: Configuration,
) -> dg.SensorDefinition:
    """Asks for a run of each ended night that the ledger does not hold; stopped unless `automation: on`."""
    running = configuration.settings.automation

    @dg.sensor(
        name="gap_sensor",
        job=job,
        minimum_interval_seconds=INTERVAL_S,
        default_status=dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED,
        description="Runs nights that ended and are not sealed; the store is asked, for Dagster's log is no evidence.",
    )
    def gaps(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:  # noqa: ARG001
        parts = Composition(load_configuration(configuration.path)).parts
        now = parts.clock.now()
        missing = missing_nights(parts.ledger.entries(), parts.calendar, now)
        opened = set(partitions.get_partition_keys())
        asked = [night for night in missing if str(night) in opened][:MOST_AT_ONCE]
        if not asked:
            yield dg.SkipReason("Every ended night since the first sealed one is sealed.")
        for night in asked:
            # One try a day: a night that cannot be captured does not fill the run list.
            yield dg.RunRequest(
                run_key=f"gap:{night}:{now.date()}", partition_key=str(night), tags=_tags(night, now.date())
            )

    return gaps


def _tags(night: date, today: date) -> dict[str, str]:
    late = "late" if today > night + timedelta(days=1) else "in time"
    return {"evidence/reason": "the ledger does not hold this night", "evidence/lag": late}
