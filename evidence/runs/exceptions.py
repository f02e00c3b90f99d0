"""Records what one look at the evidence found of exceptions: events in one batch, and all exceptions as they stand then.

Not here: what opens and ends them (`evidence.assess.exceptions`), decisions of persons (`exceptions_decided`), reading the state
(`exceptions_state`). Invariant: a batch is advanced from exactly the state that the ledger holds before it; recorded again, it adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.assess import AssessmentContext
from evidence.assess.exceptions.proofs import Proofs
from evidence.assess.exceptions.rules import ExceptionRules
from evidence.assess.exceptions.states import Standing
from evidence.assess.findings import Finding
from evidence.ledger.entries import LedgerEntry, LedgerObject
from evidence.runs.parts import Parts

Owner = Callable[[Standing], tuple[str, str] | None]
"""Team and rule that own an exception, by the rules in force; None where none does."""
ProofsOf = Callable[[Mapping[str, datetime]], Proofs]
"""What proves the end of problems, of these items from these moments on: standing and new exceptions, by item key."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one look recorded."""

    entry: LedgerEntry | None
    """The batch in the ledger; None where nothing happened, so that nothing was added."""
    objects: tuple[LedgerObject, ...]
    """Files of `exceptions` and `exception_events`, both always written, for the entry that seals the assessment to name."""
    tables: Mapping[str, int]
    """Rows of each, by the table's name."""
    counts: Mapping[str, int]
    """Events by kind."""
    standing: Mapping[str, Standing]
    """Every exception known, by key, after this look."""


def record_exceptions(
    parts: Parts,
    context: AssessmentContext,
    findings: Sequence[Finding],
    proofs: ProofsOf,
    *,
    owner: Owner | None = None,
    rules: ExceptionRules | None = None,
) -> Recorded:
    """Advance all exceptions by tonight's findings and proofs, and record what happened.

    Call it from `assess_night` before `assessment-sealed` is appended, and let that entry name `objects`: the batch is the commit of the
    events, so an assessment that is not sealed after it (a crash) leaves a state that the next one finds, and adds nothing to. The
    watch calls it between nights with an id of its own. Raises StoreError, IntegrityError.
    """
    raise NotImplementedError
