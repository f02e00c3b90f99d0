"""After the night: the register of all that is kept, with what leaves next; a fold of the ledger, which writes nothing."""

from collections.abc import Iterator

import dagster as dg

from assets.partitions import BACKFILL, nights_of
from assets.workbench import Workbench
from evidence.retention.register import Register
from evidence.retention.values import State
from evidence.runs.retention.overview import next_day, unsettled
from evidence.runs.retention.standing import register_now

DAYS_KNOWN = "days_known"


def register_asset(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `register`: how much is kept, until when, what is held and what may go, as of now."""

    @dg.asset(
        name="register",
        deps=["checkpoint"],
        partitions_def=partitions,
        backfill_policy=BACKFILL,
        group_name="nightly",
        description="Every sealed object with the day until which it is kept and the rule that set it; `retention status` tells it whole.",
        check_specs=[
            dg.AssetCheckSpec(
                DAYS_KNOWN,
                asset="register",
                blocking=False,
                description="Of every object it is known until when it is kept: each configuration that applied to it can be read.",
                partitions_def=partitions,
            )
        ],
    )
    def register(
        context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]
    ) -> Iterator[dg.MaterializeResult[None]]:
        composition = workbench.composition
        parts = composition.parts
        found = register_now(composition.keeper, parts.ledger.entries(), parts.clock.now())
        for night in nights_of(context):
            context.add_asset_metadata(_metadata(found), partition_key=str(night))
        without = unsettled(found)
        trouble = "; ".join(f"{count} objects: {why}" for why, count in without.items())
        if trouble:
            context.log.warning("objects without a day: %s", trouble)
        result = dg.AssetCheckResult(
            passed=not without,
            check_name=DAYS_KNOWN,
            severity=dg.AssetCheckSeverity.WARN,
            description=trouble or "every object has its day",
        )
        yield dg.MaterializeResult(check_results=[result])

    return register


def _metadata(found: Register) -> dict[str, dg.MetadataValue]:
    states = found.states()
    there = ~found.gone
    following = next_day(found)
    leaving = None if following is None else found.leaving(following, following)
    return {
        "objects": dg.MetadataValue.int(int(there.sum())),
        "bytes": dg.MetadataValue.int(int(found.files.sizes[there].sum())),
        "ledger_entry": dg.MetadataValue.int(found.ledger_size),
        "leaves_next_on": dg.MetadataValue.text(str(following or "never")),
        "leaves_next": dg.MetadataValue.int(leaving.objects if leaving else 0),
        "packs_that_leave_next": dg.MetadataValue.md("\n".join(f"- {one}" for one in leaving.packs) if leaving else ""),
        "on_hold": dg.MetadataValue.int(int((found.held & there).sum())),
        "may_go": dg.MetadataValue.int(int((states[State.ELIGIBLE] & ~found.held).sum())),
        "disposed": dg.MetadataValue.int(int(found.gone.sum())),
        **{
            f"{kind}": dg.MetadataValue.text(f"{count} objects, {size} bytes")
            for kind, (count, size) in found.by_kind(there).items()
        },
    }
