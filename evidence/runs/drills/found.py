"""Restores as they were found: every restore job that was read, what it is held to be and why, and the drill that it stands for.

Not here: rules (`evidence.drills.classify`), reading jobs (`executions`) and the Activity Log (`activity`), recording (`nightly`). Invariants: nothing here is
recorded, so the same ledger and rules give the same list; a restore that cannot be told is unclassified, never left out; a person's word is shown as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from evidence.drills.automatic import EXACT
from evidence.drills.classify import ClassifyRules, Signals, classify
from evidence.drills.events import ExecutionLinked
from evidence.drills.fold import Book
from evidence.drills.guards import BEFORE_REVIEW
from evidence.drills.told_otherwise import told_otherwise
from evidence.drills.values import Classification, Drill, Execution, State
from evidence.errors import ConfigurationError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import named_paths
from evidence.runs.drills.activity import restore_actions
from evidence.runs.drills.around import Around
from evidence.runs.drills.asked_for import AskedFor, asked_for
from evidence.runs.drills.book import told_events
from evidence.runs.drills.executions import seen_restores
from evidence.runs.parts import Parts
from evidence.runs.sealed import SealedRows


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
    signals: Signals = field(default_factory=Signals)
    """What was known around it when it was held to be that."""
    otherwise: tuple[str, ...] = ()
    """What Azure tells of it otherwise than the record in which it stands, since that was handed in: such as `status Completed, now Failed`."""


def restores(
    parts: Parts, entries: Sequence[LedgerEntry], rules: ClassifyRules, book: Book
) -> tuple[FoundRestore, ...]:
    """Every restore job that was ever read, in the order of vault and job; `book` is that of the same entries.

    Raises IntegrityError, StoreError.
    """
    sealed = SealedRows(parts.store, named_paths(entries))
    seen = seen_restores(parts.store, entries)
    actions = restore_actions(sealed)
    items = {one.execution.item_key for one in seen} | set(actions.by_item)
    around = Around(sealed, parts.calendar, frozenset(key for key in items if key is not None))
    told, linked = asked_for(seen, actions, around.point_at, around.log_read), _linked_as(entries)
    return tuple(_found(told[key], rules, book, around, linked.get(key)) for key in sorted(told))


def found_restore(found: Iterable[FoundRestore], job_id: str, vault_id: str | None = None) -> FoundRestore:
    """One of them by its job; raises ConfigurationError where none is, or jobs of several vaults have the id."""
    wanted = job_id.strip().lower()
    mine = [
        one for one in found if one.execution.job_id.lower() == wanted and vault_id in {None, one.execution.vault_id}
    ]
    if len(mine) == 1:
        return mine[0]
    vaults = ", ".join(one.execution.vault_id for one in mine)
    raise ConfigurationError(
        f"{'No' if not mine else 'More than one'} restore job {job_id[:80]!a} was read.",
        cause=f"Jobs of this id were read of {vaults}." if mine else "",
        next_step="Name its vault with --vault."
        if mine
        else "Run the night in which it ended; `drills restores` lists all.",
    )


def _found(
    told: AskedFor, rules: ClassifyRules, book: Book, around: Around, linked: Classification | None
) -> FoundRestore:
    job = told.execution
    standing = [one for one in book.drills.values() if one.superseded_by is None and one.state is not State.CANCELLED]
    decided, mine = decision_on(job, book), drill_of(job, standing)
    waiting = waiting_drills(job, standing)
    open_record = mine is not None and book.drills[mine].state in BEFORE_REVIEW
    # What a person decided, and what stands in a record that is decided, needs no signal: nothing more is read.
    signals = around.signals(job) if decided is None and (mine is None or open_record) else Signals()
    of_item = [one for one in standing if one.planned.item_key == job.item_key]
    by_rules = linked if mine is not None and linked is not None else classify(job, of_item, rules, signals)
    if waiting or open_record:
        job = _with_point(job, around)
    otherwise = () if mine is None or open_record else _otherwise(job, book.drills[mine])
    said = (*told.known_by, *(f"The record of its drill says otherwise: {one}." for one in otherwise))
    return FoundRestore(job, decided or by_rules, mine, waiting, said, signals, otherwise)


def _otherwise(job: Execution, drill: Drill) -> tuple[str, ...]:
    """What a record that was handed in holds otherwise: it is not edited, and the difference is not kept quiet."""
    return next((told_otherwise(one, job) for one in drill.executions if _same_job(job, one)), ())


def _linked_as(entries: Sequence[LedgerEntry]) -> Mapping[tuple[str, str], Classification]:
    """As what each restore was linked to its drill the last time, with the reasons of then."""
    return {
        (one.event.execution.vault_id, one.event.execution.job_id.lower()): one.event.classification
        for one in told_events(entries)
        if isinstance(one.event, ExecutionLinked)
    }


def _with_point(job: Execution, around: Around) -> Execution:
    """With what lists tell of the point that it was restored from."""
    named = job.recovery_point_id if job.link in EXACT else None
    seen = around.point_at(job, named) if named is not None else None
    if seen is None:
        return job
    return replace(job, point_consistency=seen.consistency, point_tier=seen.only_tier)


def decision_on(execution: Execution, book: Book) -> Classification | None:
    """What a person holds a restore to be; None where nobody decided."""
    wanted = (execution.vault_id, execution.job_id.lower())
    return next((held for (vault, job), held in book.decided.items() if (vault, job.lower()) == wanted), None)


def drill_of(execution: Execution, drills: Iterable[Drill]) -> str | None:
    """The drill in whose record a restore stands; a record that was called off or superseded holds none."""
    mine = [one for one in drills if any(_same_job(execution, job) for job in one.executions)]
    return min((one.planned.drill_id for one in mine), default=None)


def waiting_drills(execution: Execution, drills: Iterable[Drill]) -> tuple[str, ...]:
    """Planned drills of the item in whose window or grace the restore began."""
    began = execution.started_at
    fits = [
        one.planned.drill_id
        for one in drills
        if began is not None
        and one.state is State.PLANNED
        and one.superseded_by is None
        and (one.planned.item_key, one.planned.vault_id.lower()) == (execution.item_key, execution.vault_id)
        and one.planned.window_start <= began <= one.planned.window_end + one.planned.grace
    ]
    return tuple(sorted(fits))


def _same_job(one: Execution, other: Execution) -> bool:
    return (one.vault_id, one.job_id.lower()) == (other.vault_id, other.job_id.lower())
