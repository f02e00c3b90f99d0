"""The nightly job: every stage of one night, in one process."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

NIGHTLY = "nightly"


def nightly_job() -> UnresolvedAssetJobDefinition:
    """All assets and checks of a night."""
    return dg.define_asset_job(
        NIGHTLY,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        description="Capture a night, make its tables, seal it, link its restores, build its packs, and sign a checkpoint over them.",
    )
