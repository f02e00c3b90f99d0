"""Once a night: the store tested against its register. No asset: it is about what is kept now, whichever night that is of."""

import dagster as dg

from assets.workbench import Workbench
from evidence.errors import IntegrityError
from evidence.runs.retention.truth import check_truth

OP = "truth_test"


class TruthContents(dg.Config):
    """Which contents are read."""

    contents: str = "rotation"
    """`all`, `rotation` or `none`."""


@dg.op(
    name=OP,
    description="Tests the store against its register; differences become exceptions, and what is lost fails the run.",
)
def truth_test(
    context: dg.OpExecutionContext, config: TruthContents, workbench: dg.ResourceParam[Workbench]
) -> None:  # fmt: skip
    """Test, record, and raise IntegrityError where something sealed is missing or changed; a store without a night is left alone."""
    composition = workbench.composition
    if not composition.ledger.entries():
        context.log.info("Nothing is sealed yet: there is nothing to test.")
        return
    found = check_truth(composition.truth_tester, contents=config.contents)
    test, counts = found.test, found.test.counts
    metadata: dict[str, dg.MetadataValue] = {
        "ledger_entry": dg.MetadataValue.int(test.entry.sequence),
        **{
            name: dg.MetadataValue.int(getattr(counts, name))
            for name in ("expected", "seen", "read", "whole", "mismatched", "unknown")
        },
        "protection": dg.MetadataValue.json(dict(test.states)),
        "differences": dg.MetadataValue.json(dict(test.faults)),
    }
    context.add_output_metadata(metadata)
    for one in found.mismatches[:20]:
        context.log.warning("%s: promised %s; %s", one.path, one.promised, one.real)
    if found.lost:
        raise IntegrityError(
            f"{len(found.lost)} sealed objects are missing or not what was sealed; the first: {found.lost[0].path}.",
            cause=found.lost[0].real,
            next_step="Keep the store as it is, and look: backup-evidence exceptions list --class evidence_lost",
        )
