"""Stage 6: the ledger's root over the night's packs, signed, time-stamped, and sent outside."""

from collections.abc import Iterator

import dagster as dg

from assets.partitions import BACKFILL, nights_of
from assets.workbench import Workbench
from evidence.packs.checkpoints.nightly import AfterNight, after_night

STAMPED_AND_SENT = "checkpoint_stamped_and_sent"


def checkpoint_asset(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `checkpoint`: one over all that was recorded, where something was."""

    @dg.asset(
        name="checkpoint",
        deps=["packs"],
        partitions_def=partitions,
        backfill_policy=BACKFILL,
        group_name="nightly",
        description="The signed Merkle root over the ledger, with the night's packs in it, and its copies outside.",
        check_specs=[
            dg.AssetCheckSpec(
                STAMPED_AND_SENT,
                asset="checkpoint",
                blocking=False,
                description="The newest checkpoint is time-stamped, and has left for every target that is configured.",
                partitions_def=partitions,
            )
        ],
    )
    def checkpoint(
        context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]
    ) -> Iterator[dg.MaterializeResult[None]]:
        composition = workbench.composition
        done = after_night(composition.parts, composition.sealing_signer, composition.authority, composition.targets())
        for night in nights_of(context):
            context.add_asset_metadata(_metadata(done), partition_key=str(night))
        for trouble in done.troubles:
            context.log.warning(trouble)
        result = dg.AssetCheckResult(
            passed=not done.troubles,
            check_name=STAMPED_AND_SENT,
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(done.troubles)
            or "stamped where an authority is configured, and sent where targets are",
        )
        yield dg.MaterializeResult(check_results=[result])

    return checkpoint


def _metadata(done: AfterNight) -> dict[str, dg.MetadataValue]:
    made = done.made.checkpoint
    return {
        "ledger_entry": dg.MetadataValue.int(made.entry.sequence),
        "covers": dg.MetadataValue.int(made.size),
        "root_sha256": dg.MetadataValue.text(made.root_sha256),
        "new": dg.MetadataValue.bool(done.made.new),
        "time stamp": dg.MetadataValue.text("inside" if made.stamped else "none"),
        "sent": dg.MetadataValue.text(
            "; ".join(
                f"{one.publication.size} to {one.publication.target}: "
                + ("delivered" if one.publication.delivered else f"FAILED, {one.publication.reason}")
                for one in done.sent
            )
            or "nothing was due"
        ),
    }
