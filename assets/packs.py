"""Stage 5: a sealed pack of the night for every scope."""

from collections.abc import Iterator, Mapping

import dagster as dg

from assets.night import LINKS
from assets.partitions import BACKFILL, nights_of
from assets.workbench import Workbench
from evidence.compose import Composition
from evidence.ledger.folds import SealedPack
from evidence.packs.night import ensure_night_pack
from evidence.packs.recount import miscounted

CSV_COUNTS_EQUAL = "csv_counts_equal"


def packs_asset(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `packs`: signed, verified, kept, and named by the ledger."""

    @dg.asset(
        name="packs",
        deps=[LINKS],
        partitions_def=partitions,
        backfill_policy=BACKFILL,
        group_name="nightly",
        kinds={"pdf", "csv", "parquet"},
        description="The night's evidence pack for each scope: verified before the ledger names it.",
        check_specs=[
            dg.AssetCheckSpec(
                CSV_COUNTS_EQUAL,
                asset="packs",
                blocking=True,
                description="Every CSV in the pack holds as many rows as the ledger says.",
                partitions_def=partitions,
            )
        ],
    )
    def packs(
        context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]
    ) -> Iterator[dg.MaterializeResult[None]]:
        composition, sealing = workbench.composition, workbench.sealing
        wrong: dict[str, int] = {}
        for night in nights_of(context):
            found = {
                scope.name: ensure_night_pack(composition.parts, sealing, scope, night)
                for scope in composition.scopes()
            }
            context.add_asset_metadata(_metadata(composition, found), partition_key=str(night))
            for pack in found.values():
                recounted = miscounted(composition.store, pack).items()
                wrong |= {f"{pack.pack_id} {name}": number for name, number in recounted if number}
        result = dg.AssetCheckResult(
            passed=not wrong,
            check_name=CSV_COUNTS_EQUAL,
            description="; ".join(f"{what}: {number}" for what, number in wrong.items()) or "all rows counted again",
        )
        yield dg.MaterializeResult(check_results=[result])

    return packs


def _metadata(composition: Composition, found: Mapping[str, SealedPack]) -> dict[str, dg.MetadataValue]:
    reports = {scope: _place(composition, pack, "report.pdf") for scope, pack in found.items()}
    return {
        "packs": dg.MetadataValue.table(records=[_record(composition, scope, pack) for scope, pack in found.items()]),
        **{f"report {scope}": dg.MetadataValue.path(place) for scope, place in reports.items()},
        "keep_until": dg.MetadataValue.text(
            ", ".join(sorted({str(one.entry.payload["keep_until"]) for one in found.values()}))
        ),
        "tag_manifests": dg.MetadataValue.md(
            "\n".join(f"- {one.pack_id} `{one.tagmanifest_sha256}`" for one in found.values())
        ),
    }


def _record(composition: Composition, scope: str, pack: SealedPack) -> dg.TableRecord:
    payload = pack.entry.payload
    return dg.TableRecord(
        {
            "scope": scope,
            "pack": pack.pack_id,
            "completeness": str(payload["completeness"]),
            "time stamp": str(payload["time_stamp"]),
            "ledger entry": pack.entry.sequence,
            "path": _place(composition, pack, ".zip"),
        }
    )


def _place(composition: Composition, pack: SealedPack, ending: str) -> str:
    """Where a person finds a file of the pack."""
    path = next(one.path for one in pack.entry.objects if one.path.endswith(ending))
    return str(composition.place(path))
