"""Stage 1: Azure's answers for a night, kept as received."""

import dagster as dg

from assets.partitions import BACKFILL, nights_of
from assets.workbench import Workbench
from evidence.runs.capture import Order
from evidence.runs.night import Captured, capture_stage


class NightOrder(dg.Config):
    """How a night is captured."""

    again: bool = False
    """Capture a sealed night once more; what is seen is added to what was seen."""
    reason: str = ""
    """Why; needed with `again`."""


def calls_asset(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `calls`: one file a vault in the store, `run.json` last."""

    @dg.asset(
        name="calls",
        partitions_def=partitions,
        backfill_policy=BACKFILL,
        kinds={"azure", "parquet"},
        group_name="nightly",
        pool="arm",
        description="Every request to Azure and its verbatim answer, one file a vault; nothing interpreted.",
    )
    def calls(
        context: dg.AssetExecutionContext, config: NightOrder, workbench: dg.ResourceParam[Workbench]
    ) -> dg.MaterializeResult[None]:
        parts = workbench.composition.parts
        for night in nights_of(context):
            order = Order(night, again=config.again, reason=config.reason or None)
            found = capture_stage(parts, workbench.composition.source, order, progress=workbench.progress)
            context.log.info("night %s: %s, run %s", night, found.state, found.manifest.run_id)
            context.add_asset_metadata(_metadata(found), partition_key=str(night))
        return dg.MaterializeResult()

    return calls


def _metadata(found: Captured) -> dict[str, dg.MetadataValue]:
    manifest = found.manifest
    return {
        "state": dg.MetadataValue.text(found.state),
        "run": dg.MetadataValue.text(manifest.run_id),
        "vaults": dg.MetadataValue.int(len(manifest.vaults)),
        "bytes": dg.MetadataValue.int(sum(file.bytes for file in manifest.files)),
        "captured_at": dg.MetadataValue.timestamp(manifest.captured_at),
        "lag_s": dg.MetadataValue.float((manifest.captured_at - manifest.window_end).total_seconds()),
    }
