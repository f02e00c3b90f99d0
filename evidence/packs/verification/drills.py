"""Restore drills: that records, tables and decisions of a pack follow from the events that it carries, and its sample from its seed.

Not here: the figures counted again from rows (`figures_drills`), each check itself (`drills_told`, `drills_sample`, `drills_coverage`). Invariants: a pack of drills for the internal
audience that carries no events fails; what is masked is said not to have been checked; a statement of a signer whom nobody established is said to be that.
"""

from __future__ import annotations

from typing import Any

import orjson

from evidence.packs import bag
from evidence.packs.restore_drills.places import LEDGER
from evidence.packs.verification.checks import Checklist, Trust
from evidence.packs.verification.drills_coverage import same_coverage
from evidence.packs.verification.drills_restores import every_restore
from evidence.packs.verification.drills_sample import drawn_again
from evidence.packs.verification.drills_told import proofs_of, read_story, same_files, same_rows, the_signers
from evidence.packs.verification.figures_counted import Rows
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.saying import Statement
from evidence.packs.verification.tables import csv_of
from evidence.seals.envelope import Seal

DRILLS = "drills"
KIND, INTERNAL = "restore-drills", "internal"


def check_drills(pack: Opened, statement: Statement, seal: Seal, trust: Trust, checks: Checklist) -> None:
    """Check all that a pack tells of drills; a pack of another kind tells none."""
    said: Any = orjson.loads(pack.read(bag.STATEMENT))
    if DRILLS not in statement.counts:
        if said["kind"] == KIND:
            checks.failed(
                "drills", bag.STATEMENT, "It is said to be a pack of restore drills, and has no table of them."
            )
        return
    rows = Rows(pack, statement)
    checks.examine("drill restores", csv_of("drill_restores"), lambda: every_restore(rows))
    if said["audience"] != INTERNAL:
        checks.not_checked("drill records", None, "Names are masked, so records, events and statements are left out.")
        return
    story = checks.examine("drill events", LEDGER, lambda: read_story(pack, statement, said["period"]["name"]))
    if story is None:
        return
    checks.examine("drill records", None, lambda: same_files(pack, story))
    proofs = checks.examine("drill decisions", None, lambda: proofs_of(pack, story))
    if proofs is not None:
        checks.examine("drill tables", csv_of(DRILLS), lambda: same_rows(rows, story, proofs))
        the_signers(proofs, seal, trust, checks)
    checks.examine("drill sample", csv_of("drill_samples"), lambda: drawn_again(pack, rows, story))
    checks.examine("drill coverage", csv_of("figures"), lambda: same_coverage(rows, story))
