"""How many things two sources told differently of a night, as its newest assessment says in the ledger.

Not here: which (`reconciliation`). Invariant: what no assessment compared has no number, never a zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import assessments
from evidence.runs.reconcile import DIFFERENCES


def differences_of(entries: Sequence[LedgerEntry], night: date) -> Mapping[str, int] | None:
    """Counts by source, thing and difference; None where the night was not compared."""
    found = assessments(entries).get(night)
    told = found[-1].entry.payload.get(DIFFERENCES) if found else None
    if not isinstance(told, Mapping):
        return None
    return {str(what): count for what, count in told.items() if isinstance(count, int)}
