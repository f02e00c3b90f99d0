"""All definitions, put together by one function that the command, tests and Dagster's own tools use."""

import warnings

import dagster as dg

# Backfill policies and check partitions are used on purpose; the warning would stand before every command.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
warnings.filterwarnings("ignore", category=dg.PreviewWarning)

from assets.calls import calls_asset  # noqa: E402
from assets.checkpoint import checkpoint_asset  # noqa: E402
from assets.drills import drills_asset  # noqa: E402
from assets.night import links_asset, night_asset  # noqa: E402
from assets.notifications import notifications_asset  # noqa: E402
from assets.packs import packs_asset  # noqa: E402
from assets.partitions import night_partitions  # noqa: E402
from assets.retention import register_asset  # noqa: E402
from assets.tables import tables_asset  # noqa: E402
from evidence.compose import find_configuration  # noqa: E402
from evidence.settings import Configuration  # noqa: E402
from pipelines.jobs import nightly_job  # noqa: E402
from pipelines.resources import EvidenceResource  # noqa: E402
from pipelines.schedules import nightly_schedule  # noqa: E402
from pipelines.sensors import gap_sensor  # noqa: E402
from pipelines.truth import truth_job, truth_schedule  # noqa: E402
from pipelines.watch import alerts_job, morning_job, morning_schedule, watch_sensor  # noqa: E402
from pipelines.weekly import weekly_job, weekly_schedule  # noqa: E402


def build_defs(configuration: Configuration, *, workbench: object | None = None) -> dg.Definitions:
    """The definitions for a configuration; `workbench` replaces the resource, as the command and tests do."""
    settings = configuration.settings
    nights = night_partitions(settings.first_night, settings.time_zone, settings.night_starts_at)
    job, weekly = nightly_job(), weekly_job()
    alerts, morning, truth = alerts_job(), morning_job(), truth_job()
    return dg.Definitions(
        assets=[
            calls_asset(nights),
            tables_asset(nights),
            night_asset(nights),
            links_asset(nights),
            drills_asset(nights),
            notifications_asset(nights),
            packs_asset(nights),
            checkpoint_asset(nights),
            register_asset(nights),
        ],
        jobs=[job, weekly, alerts, morning, truth],
        schedules=[
            nightly_schedule(job, settings),
            weekly_schedule(weekly, settings),
            morning_schedule(morning, settings),
            truth_schedule(truth, settings),
        ],
        sensors=[gap_sensor(job, nights, configuration), watch_sensor(alerts, configuration)],
        resources={"workbench": workbench or EvidenceResource(configuration=str(configuration.path))},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions for the configuration that the environment names."""
    return build_defs(find_configuration())
