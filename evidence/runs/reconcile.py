"""Compares the newest run of a night with Resource Graph, the approved list and the newest imported inventory.

Not here: how (`assess.reconciliation`). Invariant: an approved list that was compared with is kept in the store and named by the same
entry as the comparison, so that anybody can see later what was expected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa

from evidence.assess import AssessmentContext
from evidence.assess.facts import RunOfFacts, gather
from evidence.assess.reconciliation import ReconciliationContext, reconcile
from evidence.ledger.entries import LedgerEntry, LedgerObject
from evidence.ledger.folds import sealed_nights
from evidence.nights import Calendar, look_back
from evidence.runs.approved import ApprovedPopulation
from evidence.runs.capture import NIGHTS_READ_AGAIN
from evidence.runs.files import kept_configuration
from evidence.runs.manifest import RunManifest, parse_run_manifest
from evidence.runs.parts import Parts
from evidence.runs.population import imported_inventory
from evidence.runs.sealed import SealedRows
from evidence.stores.layout import run_file
from evidence.tables import Table

DIFFERENCES = "differences"
"""Key of how many things are told differently in the payload of an assessment."""
POPULATION = "population"
"""Key of what was expected in the payload of an assessment."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The rows of a comparison, and what it was made with."""

    rows: Sequence[Mapping[str, object]]
    population: Mapping[str, object]
    """`approved` and `inventory`, each null or how it is named."""
    objects: tuple[LedgerObject, ...]
    """The approved list as kept."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows by source, thing and difference, as the ledger tells them; comparisons that were made are left out."""
        told = (f"{row['compared_with']}: {row['thing']} {row['difference']}" for row in self.rows)
        return dict(sorted(Counter(one for one in told if not one.endswith(" compared")).items()))


def reconcile_run(
    parts: Parts, sealed: SealedRows, entries: Sequence[LedgerEntry], context: AssessmentContext
) -> Compared:
    """Compare the newest sealed run of a night, and keep the approved list that it is compared with."""
    compared = compare_run(sealed, entries, context, parts.calendar, parts.approved)
    return replace(compared, objects=_kept(parts, parts.approved))


def compare_run(
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    context: AssessmentContext,
    calendar: Calendar,
    approved: ApprovedPopulation | None,
) -> Compared:
    """The same, and nothing is written."""
    run = sealed_nights(entries)[context.night][-1]
    manifest = parse_run_manifest(sealed.content(run_file(context.night, run.run_id)))
    imported = imported_inventory(sealed, entries)
    lists = [
        *([approved.expected(context.night)] if approved else []),
        *([imported.expected] if imported else []),
    ]
    night = context.night

    def rows(table: Table, columns: Sequence[str]) -> pa.Table:
        return sealed.rows(table, first=night, last=night, runs={run.run_id}, columns=columns)

    facts = gather(_run_of(calendar, manifest), rows, lists)
    of_run = ReconciliationContext(
        assessment_id=context.assessment_id,
        assessed_at=context.assessed_at,
        night=night,
        run_id=run.run_id,
        tenant_id=_tenant(entries),
        captured_at=manifest.captured_at,
    )
    told = {"approved": None if approved is None else _told(approved), "inventory": imported.told if imported else None}
    return Compared(reconcile(facts, of_run), told, ())


def _run_of(calendar: Calendar, manifest: RunManifest) -> RunOfFacts:
    window = calendar.span(look_back(manifest.night, NIGHTS_READ_AGAIN), manifest.night)
    return RunOfFacts(manifest.night, window, manifest.subscriptions, manifest.vaults)


def _tenant(entries: Sequence[LedgerEntry]) -> str | None:
    """The tenant that the store was opened for, by its first entry."""
    tenant = entries[0].payload.get("tenant") if entries else None
    return tenant if isinstance(tenant, str) else None


def _told(approved: ApprovedPopulation) -> Mapping[str, object]:
    return {
        "sha256": approved.sha256,
        "approved_by": approved.approved_by,
        "approved_on": _day(approved.approved_on),
        "until": _day(approved.until),
        "title": approved.title,
    }


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _kept(parts: Parts, approved: ApprovedPopulation | None) -> tuple[LedgerObject, ...]:
    return () if approved is None else (kept_configuration(parts.store, approved.raw),)
