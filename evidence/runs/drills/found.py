"""Restores as they were found: every restore job that was read, what it is held to be and why, and the drill that it stands for.

Not here: rules (`evidence.drills.classify`), reading jobs (`executions`) and the Activity Log (`activity`), recording (`nightly`). Invariants: nothing here is
recorded, so the same ledger and rules give the same list; a restore that cannot be told is unclassified, never left out; a person's word is shown as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidence.drills.classify import ClassifyRules, Signals, classify
from evidence.drills.fold import Book
from evidence.drills.values import Classification, Drill, Execution, State
from evidence.ledger.entries import LedgerEntry
from evidence.runs.drills.executions import restore_executions
from evidence.runs.parts import Parts


@dataclass(frozen=True, slots=True)
class FoundRestore:
    """One restore job, what it is held to be, and where it counts."""

    execution: Execution
    classification: Classification
    drill_id: str | None
    """In whose record it stands; None: in no drill's."""
    waiting: tuple[str, ...] = ()
    """Planned drills of its item in whose window or grace it began, by id; it is linked by itself where there is exactly one."""
    known_by: tuple[str, ...] = ()
    """How initiator and recovery point are known, or why they are not: sentences."""


def restores(
    parts: Parts, entries: Sequence[LedgerEntry], rules: ClassifyRules, book: Book
) -> tuple[FoundRestore, ...]:
    """Every restore job that was ever read, in the order of vault and job; `book` is that of the same entries.

    Raises IntegrityError, StoreError.
    """
    found = restore_executions(parts.store, entries)
    return tuple(_found(one, rules, book) for one in found)


def _found(execution: Execution, rules: ClassifyRules, book: Book) -> FoundRestore:
    of_item = [one for one in book.drills.values() if one.planned.item_key == execution.item_key]
    decided = book.decided.get((execution.vault_id, execution.job_id))
    held = classify(execution, of_item, rules, Signals(), decided)
    return FoundRestore(execution, held, drill_of(execution, of_item), waiting_drills(execution, of_item))


def drill_of(execution: Execution, drills: Iterable[Drill]) -> str | None:
    """The drill in whose record a restore stands; of several the one that was neither called off nor superseded."""
    mine = [one for one in drills if any(_same_job(execution, job) for job in one.executions)]
    stands = [one for one in mine if one.superseded_by is None and one.state is not State.CANCELLED]
    return min((one.planned.drill_id for one in stands or mine), default=None)


def waiting_drills(execution: Execution, drills: Iterable[Drill]) -> tuple[str, ...]:
    """Planned drills of the item in whose window or grace the restore began."""
    began = execution.started_at
    fits = [
        one.planned.drill_id
        for one in drills
        if began is not None
        and one.state is State.PLANNED
        and one.superseded_by is None
        and (one.planned.item_key, one.planned.vault_id) == (execution.item_key, execution.vault_id)
        and one.planned.window_start <= began <= one.planned.window_end + one.planned.grace
    ]
    return tuple(sorted(fits))


def _same_job(one: Execution, other: Execution) -> bool:
    return (one.vault_id, one.job_id.lower()) == (other.vault_id, other.job_id.lower())
