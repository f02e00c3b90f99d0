"""Beside the packs: restores of the night are linked to the drills that wait for them. What goes wrong here is recorded, and stops nothing."""

from collections.abc import Iterator

import dagster as dg

from assets.night import LINKS
from assets.partitions import BACKFILL, nights_of
from assets.workbench import Workbench
from evidence.errors import EvidenceError
from evidence.ledger.folds import sealed_nights
from evidence.runs.drills.nightly import Settled, sentences, settle_drills

SETTLED = "drills_settled"


def drills_asset(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `drills`: what the nights that are sealed tell of drills, recorded once."""

    @dg.asset(
        name="drills",
        deps=[LINKS],
        partitions_def=partitions,
        backfill_policy=BACKFILL,
        group_name="nightly",
        description="Restores linked to the drills that wait for them, copies that are gone, drills that were missed. "
        "It looks at all sealed nights, so that what one run left undone the next one does.",
        check_specs=[
            dg.AssetCheckSpec(
                SETTLED,
                asset="drills",
                blocking=False,
                description="Of every restore it is known what it was, and no drill is overdue without its being known why.",
                partitions_def=partitions,
            )
        ],
    )
    def drills(
        context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]
    ) -> Iterator[dg.MaterializeResult[None]]:
        composition = workbench.composition
        settled, failed = Settled(), ""
        try:
            newest = max(sealed_nights(composition.ledger.entries()))
            settled = settle_drills(composition.parts, composition.classify_rules, newest)
        except Exception as error:  # noqa: BLE001 - told below, and never swallowed
            # Packs are built whatever happens here: it is told in the check, and shown even by the command, whose log holds nothing less.
            failed = _why(error)
            context.log.critical("Drills were not settled; the next night's run does it again. %s", failed)
        left = [failed] if failed else list(sentences(settled))
        for one in left:
            context.log.warning(one)
        for night in nights_of(context):
            context.add_asset_metadata(_metadata(settled, failed), partition_key=str(night))
        result = dg.AssetCheckResult(
            passed=not left,
            check_name=SETTLED,
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(left) or "nothing is left to decide",
            metadata={"failed": bool(failed), "left": len(left)},
        )
        yield dg.MaterializeResult(check_results=[result])

    return drills


def _why(error: Exception) -> str:
    if isinstance(error, EvidenceError):
        return " ".join(error.diagnostics())
    return f"{type(error).__name__}: {error}"


def _metadata(settled: Settled, failed: str) -> dict[str, dg.MetadataValue]:
    told = {
        "linked": settled.linked,
        "told again": settled.told_again,
        "files counted": settled.checked,
        "copies gone": settled.cleaned_up,
        "missed": settled.missed,
        "left to persons": list(sentences(settled)),
    }
    lists = {name: dg.MetadataValue.md("\n".join(f"- {one}" for one in many) or "none") for name, many in told.items()}
    return {**lists, "failure": dg.MetadataValue.text(failed or "none")}
