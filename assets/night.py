"""Stages 3 and 4: the night sealed in the ledger, and judged: restores linked, sources compared, expected runs and exceptions."""

from collections.abc import Iterator, Mapping
from datetime import date

import dagster as dg

from assets.partitions import BACKFILL, nights_of
from assets.tables import column_schema, table_key
from assets.workbench import Workbench
from evidence.assess.slots.values import OPEN
from evidence.runs.assess import assess_night, standing_assessment, told_outcomes
from evidence.runs.night import newest_run, seal_stage
from evidence.runs.summary import read_summary
from evidence.tables import EXCEPTIONS, OBSERVED, RECONCILIATION, RESTORE_LINKS, SLOTS

LINKS = dg.AssetKey(["assessments", RESTORE_LINKS.name])
RUNS_KNOWN = "expected_runs_known"


def night_asset(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `night`: one ledger entry that names every file of the run."""

    @dg.asset(
        name="night",
        deps=[table_key(table) for table in OBSERVED],
        partitions_def=partitions,
        backfill_policy=BACKFILL,
        group_name="nightly",
        description="The night sealed: the ledger names every file of its run. The entry is the commit.",
    )
    def night(context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]) -> dg.MaterializeResult[None]:
        parts = workbench.composition.parts
        for key in nights_of(context):
            manifest = newest_run(parts, key)
            run = read_summary(parts.store, manifest.night, manifest.run_id)
            entry = seal_stage(parts, manifest, run, workbench.composition.configuration)
            context.add_asset_metadata(
                {
                    "ledger_entry": dg.MetadataValue.int(entry.sequence),
                    "entry_sha256": dg.MetadataValue.text(entry.sha256),
                    "run": dg.MetadataValue.text(manifest.run_id),
                    "objects": dg.MetadataValue.int(len(entry.objects)),
                },
                partition_key=str(key),
            )
        return dg.MaterializeResult()

    return night


def links_asset(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `assessments/restore_links`: each restore job and the point it came from."""

    @dg.asset(
        key=LINKS,
        deps=["night"],
        partitions_def=partitions,
        backfill_policy=BACKFILL,
        group_name="nightly",
        kinds={"parquet"},
        metadata={"dagster/column_schema": column_schema(RESTORE_LINKS)},
        check_specs=[
            dg.AssetCheckSpec(
                RUNS_KNOWN,
                asset=LINKS,
                description="Of every run that a policy called for it is known what came of it: none is pending or unknown.",
                partitions_def=partitions,
            )
        ],
        description=f"One row is {RESTORE_LINKS.row}; judged over all nights known. Beside it, `reconciliation`: "
        f"one row is {RECONCILIATION.row}; `slots`: one row is {SLOTS.row}; `exceptions`: one row is {EXCEPTIONS.row}.",
    )
    def restore_links(
        context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]
    ) -> Iterator[dg.MaterializeResult[None]]:
        parts, open_ = workbench.composition.parts, dict[date, Mapping[str, int]]()
        for key in nights_of(context):
            entry = standing_assessment(parts.ledger.entries(), key) or assess_night(parts, key)
            context.add_asset_metadata(
                {
                    "ledger_entry": dg.MetadataValue.int(entry.sequence),
                    **{
                        f"runs {outcome}": dg.MetadataValue.int(count)
                        for outcome, count in told_outcomes(entry).items()
                    },
                    **{
                        f"{one.path.split('/')[1]} {what}": dg.MetadataValue.text(told)
                        for one in entry.objects
                        for what, told in (("path", one.path), ("sha256", one.sha256))
                    },
                },
                partition_key=str(key),
            )
            open_[key] = {one: count for one, count in told_outcomes(entry).items() if one in OPEN}
        yield dg.MaterializeResult(check_results=[_runs_known(open_)])

    return restore_links


def _runs_known(open_: Mapping[date, Mapping[str, int]]) -> dg.AssetCheckResult:
    """Warns of runs whose outcome is open."""
    told = [f"{night}: {count} {outcome}" for night, found in open_.items() for outcome, count in found.items()]
    return dg.AssetCheckResult(
        passed=not told,
        check_name=RUNS_KNOWN,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(told) or "nothing found",
        metadata={"found": sum(sum(found.values()) for found in open_.values()), "looked_at": len(open_)},
    )
