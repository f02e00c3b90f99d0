"""The differences between what the vaults answered and what others say, as rows of `reconciliation`.

Not here: how each sort of thing is compared. Invariants: pure over the facts of one run, and every row has both sides and a reason
that names the next step; where one side was not read whole there is one row that says so, and no difference is made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from evidence.assess.reconcile_graph import reconcile_items, reconcile_vaults, twins
from evidence.assess.reconcile_jobs import reconcile_jobs
from evidence.assess.reconcile_population import reconcile_population
from evidence.assess.sides import APPROVED, INVENTORY, RESOURCE_GRAPH, Difference, Facts
from evidence.assess.unprotected import protection, reconcile_resources
from evidence.records import SECOND_KINDS
from evidence.sources.interface import subscription_key, vault_key

_GRADES = {RESOURCE_GRAPH: "A", INVENTORY: "B", APPROVED: "C"}
"""Azure's record, an uploaded file, a person's statement."""
_PARTS_OF_A_SUBSCRIPTION = 3


@dataclass(frozen=True, slots=True)
class ReconciliationContext:
    """Which assessment makes the rows, of which run."""

    assessment_id: str
    assessed_at: datetime
    night: date
    run_id: str
    tenant_id: str | None
    captured_at: datetime
    """When the run had its last answer."""


def reconcile(facts: Facts, context: ReconciliationContext) -> list[dict[str, object]]:
    """Rows of `reconciliation` for one run."""
    return [_row(one, context) for one in differences(facts)]


def differences(facts: Facts) -> Iterator[Difference]:
    """All differences and comparisons; none with Resource Graph where it was not asked at all."""
    found = protection(facts)
    if any(facts.read.known(subscription, kind) for subscription in facts.subscriptions for kind in SECOND_KINDS):
        twin_of = twins(facts)
        yield from reconcile_vaults(facts)
        yield from reconcile_items(facts, twin_of)
        yield from reconcile_jobs(facts, twin_of)
        yield from reconcile_resources(facts, found)
    for expected in facts.expected:
        yield from reconcile_population(facts, expected, found)


def _row(one: Difference, context: ReconciliationContext) -> dict[str, object]:
    return {
        "night": context.night,
        "event_night": one.event_night or context.night,
        "tenant_id": context.tenant_id,
        "vault_id": one.subject_id,
        "run_id": context.run_id,
        "capture_id": f"{context.run_id}.{_key(one.subject_id)}",
        "call_id": None,
        "observed_at": context.captured_at,
        "evidence_grade": _GRADES[one.compared_with],
        "assessment_id": context.assessment_id,
        "assessed_at": context.assessed_at,
        "thing": one.thing,
        "thing_key": one.key,
        "name": one.name,
        "of_vault_id": one.of_vault_id,
        "compared_with": one.compared_with,
        "difference": one.word,
        "field": one.field,
        "azure_says": one.azure_says,
        "second_says": one.second_says,
        "things": one.things,
        "reason": one.reason,
    }


def _key(subject_id: str) -> str:
    """The name of the subject's calls within the run."""
    parts = subject_id.split("/")
    if len(parts) > _PARTS_OF_A_SUBSCRIPTION:
        return vault_key(subject_id, parts[-1])
    return subscription_key(parts[-1]) if len(parts) == _PARTS_OF_A_SUBSCRIPTION else "_subscriptions"
