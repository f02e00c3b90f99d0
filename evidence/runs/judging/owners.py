"""Whose an exception is when it is judged, by the owners file in force.

Not here: the rules (`evidence.notify.owners`), what is known of vaults and items (`problems`). Invariant: without an owners file nobody is named.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from evidence.assess import AssessmentContext
from evidence.assess.aging import bucket
from evidence.assess.exceptions.ages import age_days
from evidence.assess.exceptions.states import Standing
from evidence.ledger.entries import LedgerEntry
from evidence.runs.exceptions.rows import Owner
from evidence.runs.owners import namer
from evidence.runs.parts import Parts
from evidence.runs.problems import Row, places_known, problem_of
from evidence.runs.sealed import SealedRows


def owner_by_rules(
    parts: Parts,
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    context: AssessmentContext,
    items: Collection[str] | None,
) -> Owner | None:
    """Team and rule of an exception; `items` are those that exceptions may be about (None: all). None without owners."""
    if parts.owners is None:
        return None
    name, places = namer(parts.owners), places_known(sealed, entries, parts.judgement.tiers, items)

    def owner(standing: Standing) -> tuple[str, str] | None:
        return name(problem_of(_row(standing, context), places))

    return owner


def _row(one: Standing, context: AssessmentContext) -> Row:
    """An exception as a row of its table, without what rules do not look at."""
    finding = one.finding
    return {
        "tenant_id": None,
        "exception_key": one.key,
        "episode": one.episode,
        "class": str(finding.class_),
        "severity": str(finding.severity),
        "state": str(one.state_on(context.assessed_at)),
        "subject": finding.subject,
        "item_key": finding.item_key,
        "vault_id": finding.vault_id,
        "workload": finding.workload,
        "error_family": finding.error_family,
        "error_codes": list(finding.error_codes),
        "job_ids": list(finding.job_ids),
        "summary": finding.summary,
        "recommendation": finding.recommendation,
        "first_seen": one.first_seen,
        "last_seen": one.last_seen,
        "nights": one.nights,
        "bucket": bucket(age_days(one, context.assessed_at)),
        "parent_key": None,
        "hint": one.hint,
        "closed_at": None,
        "closed_by_job_id": None,
        "closed_by_recovery_point_id": None,
    }
