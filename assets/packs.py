"""Stage 5: a sealed pack of the night for every scope."""

from collections.abc import Mapping
from datetime import date

import dagster as dg

from assets.night import LINKS
from assets.partitions import BACKFILL, nights_of
from assets.workbench import Workbench
from evidence.ledger.folds import SealedPack
from evidence.packs.night import ensure_night_pack


def packs_asset(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `packs`: signed, verified, kept, and named by the ledger."""

    @dg.asset(
        name="packs",
        deps=[LINKS],
        partitions_def=partitions,
        backfill_policy=BACKFILL,
        group_name="packs",
        kinds={"pdf", "csv", "parquet"},
        description="The night's evidence pack for each scope: verified before the ledger names it.",
    )
    def packs(context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]) -> dg.MaterializeResult[None]:
        composition, sealing = workbench.composition, workbench.sealing
        for night in nights_of(context):
            found = {
                scope.name: ensure_night_pack(composition.parts, sealing, scope, night)
                for scope in composition.scopes()
            }
            context.add_asset_metadata(_metadata(found, night), partition_key=str(night))
        return dg.MaterializeResult()

    return packs


def _metadata(found: Mapping[str, SealedPack], night: date) -> dict[str, dg.MetadataValue]:
    records = [
        dg.TableRecord(
            {
                "scope": scope,
                "pack": pack.pack_id,
                "completeness": str(pack.entry.payload["completeness"]),
                "time stamp": str(pack.entry.payload["time_stamp"]),
                "keep until": str(pack.entry.payload["keep_until"]),
                "path": next(one.path for one in pack.entry.objects if one.path.endswith(".zip")),
            }
        )
        for scope, pack in found.items()
    ]
    return {
        "packs": dg.MetadataValue.table(records=records),
        "night": dg.MetadataValue.text(str(night)),
        "tag_manifests": dg.MetadataValue.md(
            "\n".join(f"- {one.pack_id} `{one.tagmanifest_sha256}`" for one in found.values())
        ),
    }
