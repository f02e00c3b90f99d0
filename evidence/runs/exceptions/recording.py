"""Records what one look at the evidence found of exceptions: events in one batch, and all exceptions as they stand then.

Not here: what opens and ends them (`evidence.assess.exceptions`), decisions of persons (`exceptions.decided`), reading the state
(`exceptions.state`). Invariant: a batch is advanced from exactly the state that the ledger holds before it; recorded again, it adds nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from evidence.assess import AssessmentContext
from evidence.assess.exceptions.advance import advance
from evidence.assess.exceptions.fold import Standings, with_batch
from evidence.assess.exceptions.proofs import Look, Proofs
from evidence.assess.exceptions.rules import ExceptionRules
from evidence.assess.exceptions.states import Event, Standing
from evidence.assess.exceptions.unresolved import Unresolved, unresolved
from evidence.assess.findings import Finding
from evidence.errors import ObjectExistsError, RefusedError, StoreError
from evidence.ledger.decisions import batch_subject, told_batch
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.ledger import Guard
from evidence.runs.exceptions.rows import Owner, Row, Telling, event_rows, exception_rows
from evidence.runs.exceptions.state import in_table, standing_exceptions
from evidence.runs.parts import Parts
from evidence.stores.layout import assessment_file
from evidence.tables import EXCEPTION_EVENTS, EXCEPTIONS, Table, from_rows, to_parquet

__all__ = ["Owner", "ProofsOf", "Recorded", "record_exceptions"]

ProofsOf = Callable[[Unresolved], Proofs]
"""What proves the end of problems, of these items from these moments on: standing and new exceptions, by item key."""
MOST_TRIES = 100
"""Times that a person may decide something while a batch is made."""


class _MovedError(RefusedError):
    """Something was recorded of exceptions while this batch was made."""


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
    events: tuple[Event, ...] = ()
    """What the look found, by key."""


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
    for attempt in range(MOST_TRIES):
        entries = parts.ledger.entries()
        tenant = str(entries[0].payload["tenant"])
        before = standing_exceptions(parts.store, entries)
        until = min(parts.calendar.window(context.night).end, context.assessed_at)
        told = proofs(unresolved(before, findings))
        events = advance(before, Look(tenant, context.night, until, context.assessed_at, findings, told))
        after = with_batch(before, events) if events else before
        telling = Telling(context, tenant, owner, rules or ExceptionRules())
        rows = {
            EXCEPTIONS: exception_rows(in_table(after), telling, after.by_key),
            EXCEPTION_EVENTS: event_rows(events, context),
        }
        objects = tuple(_keep(parts, table, found, context, attempt) for table, found in rows.items())
        try:
            entry = _append(parts, context, events, after, objects, len(entries)) if events else None
        except _MovedError:
            continue
        counts = Counter(str(event.kind) for event in events)
        tables = {table.name: len(found) for table, found in rows.items()}
        return Recorded(entry, objects, tables, dict(sorted(counts.items())), after.by_key, events)
    raise StoreError(
        f"The exceptions of night {context.night} could not be recorded in {MOST_TRIES} tries.",
        cause="Each time somebody else recorded something of exceptions first.",
        next_step="End other runs on this store, then run again.",
    )


def _append(
    parts: Parts,
    context: AssessmentContext,
    events: Sequence[Event],
    after: Standings,
    objects: tuple[LedgerObject, ...],
    known: int,
) -> LedgerEntry:
    kinds = Counter(str(event.kind) for event in events)
    states = Counter(str(one.state_on(context.assessed_at)) for one in after.by_key.values())
    draft = Draft(
        kind=EntryKind.EXCEPTION_EVENTS,
        at=parts.clock.now(),
        actor=parts.actor,
        subject=batch_subject(context.night),
        payload=told_batch(context.night, context.assessment_id, after.batches, kinds, states),
        objects=objects,
    )
    return parts.ledger.append(draft, (_nothing_since(known),))


def _nothing_since(known: int) -> Guard:
    def guard(entries: Sequence[LedgerEntry]) -> None:
        if any(entry.kind is EntryKind.EXCEPTION_EVENTS for entry in entries[known:]):
            raise _MovedError("Something was recorded of exceptions while this batch was made.")

    return guard


def _keep(parts: Parts, table: Table, rows: Sequence[Row], context: AssessmentContext, attempt: int) -> LedgerObject:
    data = to_parquet(table, from_rows(table, rows))
    name = context.assessment_id if attempt == 0 else f"{context.assessment_id}-{attempt}"
    path = assessment_file(table.name, context.night, name)
    try:
        parts.store.create(path, data)
    except ObjectExistsError:
        # The same look once more, after a crash: equal input gives equal bytes, and other bytes are somebody else's.
        if parts.store.read(path) != data:
            raise
    return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())
