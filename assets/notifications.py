"""Beside the packs: whoever owns what is open is told. What a channel meets is recorded, and stops nothing."""

from collections.abc import Iterator

import dagster as dg

from assets.night import LINKS
from assets.partitions import BACKFILL, nights_of
from assets.workbench import Workbench
from evidence.runs.outbox import Told, tell
from evidence.runs.problems import judged_night, standing_problems
from evidence.runs.retention.warnings import expiry_messages

ALL_DELIVERED = "all_delivered"


def notifications_asset(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `notifications`: what is due of the exceptions as they stand, sent once."""

    @dg.asset(
        name="notifications",
        deps=[LINKS],
        partitions_def=partitions,
        backfill_policy=BACKFILL,
        group_name="nightly",
        description="Owners are told of what is open; each attempt is recorded. Of older nights nothing is sent.",
        check_specs=[
            dg.AssetCheckSpec(
                ALL_DELIVERED,
                asset="notifications",
                blocking=False,
                description="Whatever was due was delivered; what was not is sent by a later run.",
                partitions_def=partitions,
            )
        ],
    )
    def notifications(
        context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]
    ) -> Iterator[dg.MaterializeResult[None]]:
        composition, nights = workbench.composition, nights_of(context)
        office, parts = composition.office, composition.parts
        entries = parts.ledger.entries()
        newest = judged_night(entries)
        trouble = ""
        if office is None or newest is None or newest not in nights:
            why = "no owners are configured" if office is None else "a newer night was judged already, or none"
            metadata: dict[str, dg.MetadataValue] = {"told": dg.MetadataValue.text(f"nobody: {why}")}
        else:
            problems = standing_problems(parts.store, entries, composition.settings.tiers)
            leaving, unread = expiry_messages(composition.keeper, entries, office, parts.clock.now())
            told = tell(parts, office, problems, night=newest, more=leaving)
            metadata, trouble = _metadata(told), "; ".join(one for one in (_trouble(told), unread) if one)
        for night in nights:
            context.add_asset_metadata(metadata, partition_key=str(night))
        if trouble:
            context.log.warning(trouble)
        result = dg.AssetCheckResult(
            passed=not trouble,
            check_name=ALL_DELIVERED,
            severity=dg.AssetCheckSeverity.WARN,
            description=trouble or "nothing that is due is left",
        )
        yield dg.MaterializeResult(check_results=[result])

    return notifications


def _metadata(told: Told) -> dict[str, dg.MetadataValue]:
    failed = {f"{one.channel}: {one.status}" for one in told.attempts if not one.ok}
    return {
        "delivered": dg.MetadataValue.int(told.delivered),
        "left": dg.MetadataValue.int(len(told.left)),
        "ledger_entry": dg.MetadataValue.text(str(told.entry.sequence) if told.entry else "none"),
        "failures": dg.MetadataValue.md("\n".join(f"- {one}" for one in sorted(failed)) or "none"),
    }


def _trouble(told: Told) -> str:
    if told.held_by_other:
        return "another run is sending; it, or the next one, sends what is due"
    return f"{len(told.left)} messages that are due were not delivered" if told.left else ""
