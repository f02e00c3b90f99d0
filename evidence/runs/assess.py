"""Judges what is sealed and seals the judgement: links of restore jobs to their points, differences between sources, expected runs.

Not here: how a link or a run is judged or a source compared (`assess`), what is compared with (`reconcile`), which runs were due (`judging`). Invariant: an assessment names the size of the ledger it judged; a later one
is added beside it, and nothing sealed changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess import CALL_COLUMNS, AssessmentContext, link_restores
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.folds import assessments, named_paths, sealed_nights
from evidence.runs.detecting.night import DETECTORS, Detected, detect, detected_rows
from evidence.runs.exceptions.recording import Recorded, record_exceptions
from evidence.runs.judging.findings import StandingRuns
from evidence.runs.judging.night import judge_slots
from evidence.runs.judging.owners import owner_by_rules
from evidence.runs.judging.proofs import NightProofs
from evidence.runs.judging.rules import JudgementRules
from evidence.runs.judging.slot_rows import outcomes, slot_rows
from evidence.runs.memory import kept_for_the_next
from evidence.runs.owners import OWNERS, kept_owners, told_owners
from evidence.runs.parts import Parts
from evidence.runs.reconcile import DIFFERENCES, POPULATION, reconcile_run
from evidence.runs.rules_then import JUDGED_BY, InUse, rules_then
from evidence.runs.sealed import SealedRows
from evidence.runs.uploaded import link_with_uploads, vaults_in
from evidence.stores.layout import assessment_file
from evidence.tables import CALLS, RECONCILIATION, RECOVERY_POINTS, RESTORE_LINKS, SLOTS, Table, from_rows, to_parquet

OUTCOMES = "outcomes"
"""Key of how many runs of the night came out how, in the payload of an assessment."""
_PROVEN = frozenset({"id", "exact"})
"""Links that hold whatever else was seen."""
EVENTS = "exception_events"
"""Key of what happened to exceptions, by kind of event."""


def standing_assessment(entries: Sequence[LedgerEntry], night: date) -> LedgerEntry | None:
    """The assessment of a night that knows its newest run, or None."""
    runs, found = sealed_nights(entries).get(night, ()), assessments(entries).get(night, ())
    if not runs or not found or found[-1].ledger_size < runs[-1].entry.sequence:
        return None
    return found[-1].entry


def told_outcomes(entry: LedgerEntry) -> Mapping[str, int]:
    """Runs of the night by outcome, as an assessment tells them; none of one made before runs were judged."""
    told = entry.payload.get(OUTCOMES)
    return {str(name): int(count) for name, count in told.items()} if isinstance(told, Mapping) else {}


def assess_night(parts: Parts, night: date) -> LedgerEntry:
    """Judge all restore jobs known and the night's expected runs, compare its newest run with others, and seal all under a night that is sealed."""
    with kept_for_the_next():
        return _assess(parts, night)


def _assess(parts: Parts, night: date) -> LedgerEntry:
    entries = parts.ledger.entries()
    run = sealed_nights(entries)[night][-1]
    sealed = SealedRows(parts.store, named_paths(entries))
    context = _context(parts, night, run.run_id, parts.new_id())
    compared = reconcile_run(parts, sealed, entries, context)
    in_use = rules_then(parts.store, entries, night, InUse(parts.configuration_sha256, parts.judgement))
    judged = judge_slots(sealed, entries, context, parts.calendar, in_use.rules)
    standing = StandingRuns(sealed, entries, night, judged)
    detected = detect(standing, compared.rows, context, parts.calendar, in_use.rules)
    recorded = _exceptions(parts, standing, detected, context, in_use.rules)
    files = {
        RESTORE_LINKS: from_rows(RESTORE_LINKS, links_known(sealed, context)),
        RECONCILIATION: from_rows(RECONCILIATION, compared.rows),
        SLOTS: slot_rows(judged, context),
        **detected_rows(detected, context),
    }
    objects = [_keep(parts, table, rows, context) for table, rows in files.items()]
    draft = Draft(
        kind=EntryKind.ASSESSMENT_SEALED,
        at=parts.clock.now(),
        actor=parts.actor,
        subject=f"assessment/{night}",
        payload={
            "night": str(night),
            "assessment_id": context.assessment_id,
            "ledger_size": len(entries),
            "tables": {**{table.name: rows.num_rows for table, rows in files.items()}, **recorded.tables},
            POPULATION: dict(compared.population),
            DIFFERENCES: dict(compared.counts),
            OUTCOMES: outcomes(judged, night),
            DETECTORS: dict(detected.told),
            EVENTS: dict(recorded.counts),
            OWNERS: told_owners(parts.owners),
            JUDGED_BY: in_use.told(),
        },
        objects=(*objects, *compared.objects, *recorded.objects, *kept_owners(parts.store, parts.owners)),
    )
    return parts.ledger.append(draft)


def _exceptions(
    parts: Parts, standing: StandingRuns, detected: Detected, context: AssessmentContext, rules: JudgementRules
) -> Recorded:
    """What detectors found, recorded: before the assessment, whose entry names it.

    Exceptions stand now, whichever night is judged: whose they are, and when they are past due, is told by what is configured today.
    """
    proofs = NightProofs(standing, context, parts.calendar, rules, detected.looked)
    owner = owner_by_rules(parts, standing.sealed, standing.entries, context, None)
    return record_exceptions(parts, context, detected.findings, proofs, owner=owner, rules=parts.judgement.exceptions)


def _keep(parts: Parts, table: Table, rows: pa.Table, context: AssessmentContext) -> LedgerObject:
    data = to_parquet(table, rows)
    path = assessment_file(table.name, context.night, context.assessment_id)
    parts.store.create(path, data)
    return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())


def _context(parts: Parts, night: date, run_id: str, assessment_id: str) -> AssessmentContext:
    return AssessmentContext(assessment_id=assessment_id, assessed_at=parts.clock.now(), night=night, run_id=run_id)


def links_known(sealed: SealedRows, context: AssessmentContext) -> Sequence[Mapping[str, object]]:
    """Links of all restore jobs in sealed rows to their points."""

    def link(restores: Sequence[pa.Table], points: Iterable[pa.Table]) -> Sequence[Mapping[str, object]]:
        vaults = vaults_in(restores)
        # Which lists were read whole, and when, can prove that an item of the same name had no such point.
        calls = sealed.of_azure().each(CALLS, lambda rows: _of(rows, vaults), (*CALL_COLUMNS, "vault_id"))
        return link_restores(restores, points, context, calls)

    # Points of other vaults can never be what a restore came from; a job's item may be ambiguous within its vault.
    return [_saying_disposed(row, sealed) for row in link_with_uploads(sealed, link, _of)]


def _saying_disposed(row: Mapping[str, object], sealed: SealedRows) -> Mapping[str, object]:
    """A link that no point proves says which points nobody can look for any more."""
    nights = sealed.disposed_nights(RECOVERY_POINTS) if row["link"] not in _PROVEN else ()
    if not nights:
        return row
    which = f"{len(nights)} nights, {nights[0]} to {nights[-1]}," if len(nights) > 1 else f"night {nights[0]}"
    return {**row, "reason": f"{row['reason']} Points seen on {which} were disposed of."}


def _of(rows: pa.Table, vaults: pa.Array[Any]) -> pa.Table:
    return rows.filter(pc.is_in(rows["vault_id"], value_set=vaults))
