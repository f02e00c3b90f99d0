"""The one partition dimension: the night. Vault and subscription are columns, never partitions (DESIGN section 10)."""

from datetime import date

import dagster as dg

BACKFILL = dg.BackfillPolicy.multi_run(max_partitions_per_run=31)
"""The same for every asset: with different ones a job silently falls back to one partition a run."""


def night_partitions(first_night: date, time_zone: str, starts_at: str) -> dg.DailyPartitionsDefinition:
    """Nights from the first; a night's partition opens when the night has ended."""
    hours, minutes = starts_at.split(":")
    return dg.DailyPartitionsDefinition(
        start_date=first_night.isoformat(), timezone=time_zone, hour_offset=int(hours), minute_offset=int(minutes)
    )


def nights_of(context: dg.AssetExecutionContext) -> list[date]:
    """The nights of a run, oldest first."""
    return [date.fromisoformat(key) for key in sorted(context.partition_keys)]
