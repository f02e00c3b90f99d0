"""Hands missed drills to the exceptions on the night that records them, so that their owners hear of them that morning.

Not here: what is found (`detecting.drills`, which finds the same on every later night), how an exception ends. Invariant: raised again, it adds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from evidence.assess import AssessmentContext
from evidence.assess.exceptions.proofs import Proofs
from evidence.assess.exceptions.states import Facts
from evidence.assess.findings import Finding
from evidence.drills.fold import Book
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import named_paths
from evidence.runs.detecting.drills import drills_missed
from evidence.runs.drills.book import read_book
from evidence.runs.drills.reviewing import vault_of
from evidence.runs.exceptions.recording import Recorded, record_exceptions
from evidence.runs.judging.owners import owner_by_rules
from evidence.runs.parts import Parts
from evidence.runs.sealed import SealedRows

RAISED = "drills-"
"""Begin of the id under which exceptions of missed drills are recorded between two assessments."""


def raise_missed(parts: Parts, night: date) -> Recorded | None:
    """Record an exception for each item whose drill was missed or whose quarter is over; None where there is none.

    Raises StoreError, IntegrityError.
    """
    entries, now = parts.ledger.entries(), parts.clock.now()
    book = read_book(entries)
    findings = drills_missed(book, parts.calendar, now).findings
    if not findings:
        return None
    identity = f"{RAISED}{parts.new_id()}"
    context = AssessmentContext(assessment_id=identity, assessed_at=now, night=night, run_id=identity)
    owner = owner_by_rules(parts, SealedRows(parts.store, named_paths(entries)), entries, context, None)
    # Nothing but missed drills was looked for, so this look proves no end.
    proofs = Proofs(facts=_facts(parts, entries, book, findings))
    return record_exceptions(parts, context, findings, lambda _: proofs, owner=owner, rules=parts.judgement.exceptions)


def _facts(
    parts: Parts, entries: Sequence[LedgerEntry], book: Book, findings: Sequence[Finding]
) -> Mapping[str, Facts]:
    tiers = {one.planned.item_key: one.planned.tier for one in book.drills.values()}
    vaults = {vault_id: vault_of(parts.store, entries, vault_id) for vault_id in {one.vault_id for one in findings}}
    return {
        one.item_key: Facts(vaults[one.vault_id].name, vaults[one.vault_id].region, tiers[one.item_key])
        for one in findings
        if one.item_key is not None
    }
