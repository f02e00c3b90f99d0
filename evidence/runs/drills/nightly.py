"""What each night makes of drills by machine: restores linked, what became known of them told again, copies that are gone, drills that were missed.

Not here: finding restores (`found`), who is told (`notify`). Invariants: nothing is recorded that a guard refuses or that a person would have to decide;
done again, after a crash or not, it adds nothing; what one drill meets stops no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from evidence.drills.automatic import completed, standing_execution
from evidence.drills.classify import ClassifyRules
from evidence.drills.events import CleanedUp, Event, ExecutionLinked, Missed, ValidationRecorded
from evidence.drills.grades import execution_grade
from evidence.drills.guards import BEFORE_REVIEW
from evidence.drills.values import Classification, Drill, Execution, Grade, State, Validation, Verdict
from evidence.errors import RefusedError
from evidence.ledger.folds import named_paths
from evidence.runs.drills.around import Around, machine_of
from evidence.runs.drills.book import BookReader
from evidence.runs.drills.found import FoundRestore, restores, waiting_drills
from evidence.runs.drills.missing import Overdue, OverdueDrill, overdue_drills
from evidence.runs.drills.raising import raise_missed
from evidence.runs.drills.recording import recorded
from evidence.runs.parts import Parts
from evidence.runs.sealed import SealedRows


@dataclass(slots=True)
class Settled:
    """What one night recorded of drills, and what it leaves to persons."""

    linked: list[str] = field(default_factory=list)
    """Drills and jobs, such as `DR-2026Q3-0007: 3c1f0d6e`."""
    told_again: list[str] = field(default_factory=list)
    """Links of which more became known."""
    checked: list[str] = field(default_factory=list)
    """Counts of files that jobs tell."""
    cleaned_up: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    open: tuple[OverdueDrill, ...] = ()
    """Overdue drills that are not missed: tried in vain, or not known."""
    undecided: list[str] = field(default_factory=list)
    """Restores that a person must decide on: unclassified, or fitting several drills."""
    otherwise: list[str] = field(default_factory=list)
    """Records that were handed in and tell a restore otherwise than Azure does now: never edited, to be rejected or superseded."""
    refused: list[str] = field(default_factory=list)
    """What a guard refused, because somebody else was faster; with its sentence."""


def settle_drills(parts: Parts, rules: ClassifyRules, night: date) -> Settled:
    """Record what follows from all sealed nights for drills; `night` is the newest one that was read.

    Raises IntegrityError, StoreError, LedgerError of the ledger; what was recorded before that stands.
    """
    desk = _Desk(parts, rules)
    if not desk.book.drills:
        return desk.settled
    for one in sorted(desk.find(), key=_by_begin):
        _link(desk, one, night)
    for drill_id in sorted(desk.book.drills):
        _count_files(desk, drill_id)
        _look_for_copy(desk, drill_id, night)
    overdue = overdue_drills(desk.book, desk.find, desk.around, parts.clock.now())
    for late in overdue:
        if late.outcome is Overdue.MISSED:
            drill_id = late.drill.planned.drill_id
            desk.record(Missed(drill_id, parts.clock.now(), None), desk.settled.missed, drill_id)
    if desk.settled.missed:
        raise_missed(parts, night)
    desk.settled.open = tuple(one for one in overdue if one.outcome is not Overdue.MISSED)
    return desk.settled


class _Desk:
    """The book as it grows, what was found, and what was done."""

    def __init__(self, parts: Parts, rules: ClassifyRules) -> None:
        self.parts, self._rules = parts, rules
        self._reader = BookReader()
        entries = parts.ledger.entries()
        self.around = Around(SealedRows(parts.store, named_paths(entries)), parts.calendar)
        self.book = self._reader.upto(entries)
        self.settled = Settled()

    def find(self) -> tuple[FoundRestore, ...]:
        """All restores, by the book as it is now."""
        return restores(self.parts, self.parts.ledger.entries(), self._rules, self.book)

    def record(self, event: Event, done: list[str], name: str) -> None:
        """Record an event of the machine; what is refused is said."""
        try:
            before = recorded(self.parts, event).before
        except RefusedError as error:
            self.settled.refused.append(error.message)
        else:
            if not before:
                done.append(name)
        self.book = self._reader.upto(self.parts.ledger.entries())

    def classification_of(self, drill_id: str, job_id: str) -> Classification | None:
        """As what a job was linked to a drill."""
        told = (
            one.event.classification
            for one in reversed(self._reader.told)
            if isinstance(one.event, ExecutionLinked)
            and (one.event.drill_id, one.event.execution.job_id) == (drill_id, job_id)
        )
        return next(told, None)


def _by_begin(one: FoundRestore) -> tuple[bool, str, str, str]:
    job = one.execution
    return job.started_at is None, str(job.started_at), job.vault_id, job.job_id


def _link(desk: _Desk, one: FoundRestore, night: date) -> None:
    """Link a restore to the one drill that waits for it, or tell again what is known of one that is linked.

    A person hears of what fits a drill that waits, and of the night's own: `drills restores` lists all.
    """
    job = one.execution
    if one.drill_id is not None:
        if one.otherwise:
            desk.settled.otherwise.append(_otherwise(desk.book.drills[one.drill_id], one))
        _tell_again(desk, desk.book.drills[one.drill_id], job)
        return
    # Drills that an earlier restore of this night was linked to wait no more.
    waiting = waiting_drills(job, desk.book.drills.values())
    if one.classification.verdict is Verdict.DRILL and len(waiting) == 1:
        held = replace(one.classification, drill_id=waiting[0])
        event = ExecutionLinked(waiting[0], job, held, desk.parts.clock.now(), None)
        desk.record(event, desk.settled.linked, f"{waiting[0]}: {job.job_id}")
    elif not waiting and job.night != night:
        return
    elif one.classification.verdict is Verdict.UNCLASSIFIED:
        desk.settled.undecided.append(f"{job.job_id} is unclassified")
    elif one.classification.verdict is Verdict.DRILL:
        fits = " and ".join(waiting) or "no planned drill"
        desk.settled.undecided.append(f"{job.job_id} is a drill, and fits {fits}")


def _otherwise(drill: Drill, one: FoundRestore) -> str:
    mend = "reject it" if drill.state is State.IN_REVIEW else "supersede its record by that of another drill"
    return (
        f"{drill.planned.drill_id} is {drill.state}, and Azure tells its restore job {one.execution.job_id} otherwise now: "
        f"{'; '.join(one.otherwise)} ({mend})"
    )


def _tell_again(desk: _Desk, drill: Drill, job: Execution) -> None:
    """What became known of a linked job since; who a person says started it stays where Azure does not tell."""
    before = next((one for one in drill.executions if one.job_id.lower() == job.job_id.lower()), None)
    if before is None or drill.state not in BEFORE_REVIEW or drill.superseded_by is not None:
        return
    if job.initiator is None:
        told = (before.initiator, before.initiator_known_by, before.activity_event_id, before.correlation_id)
        job = replace(
            job,
            initiator=told[0],
            initiator_known_by=told[1],
            activity_event_id=job.activity_event_id or told[2],
            correlation_id=job.correlation_id or told[3],
        )
    # Each list that names a job again is another call, and no news.
    held = desk.classification_of(drill.planned.drill_id, before.job_id)
    if held is None or replace(job, call_id=before.call_id) == before:
        return
    event = ExecutionLinked(drill.planned.drill_id, job, held, desk.parts.clock.now(), None)
    desk.record(event, desk.settled.told_again, f"{drill.planned.drill_id}: {job.job_id}")


def _count_files(desk: _Desk, drill_id: str) -> None:
    """The counts of files that Azure's own job tells are a check that nobody has to type."""
    drill = desk.book.drills[drill_id]
    job = standing_execution(drill)
    if drill.state not in BEFORE_REVIEW or job is None or not completed(job) or job.files_restored is None:
        return
    check = file_count_of(job)
    if check is not None and check not in drill.validations:
        event = ValidationRecorded(drill_id, check, desk.parts.clock.now(), None)
        desk.record(event, desk.settled.checked, f"{drill_id}: {check.check_id}")


def file_count_of(job: Execution) -> Validation | None:
    """The check that a job of files is by its own counts; None where Azure did not tell them all."""
    counts = (job.files_restored, job.files_skipped, job.files_failed)
    if any(one is None for one in counts) or job.ended_at is None or execution_grade(job) is not Grade.A:
        return None
    restored, skipped, failed = (one or 0 for one in counts)
    return Validation(
        check_id=f"file_count of {job.job_id}",
        kind="file_count",
        expected="files restored, 0 skipped, 0 failed",
        actual=f"{restored} files restored, {skipped} skipped, {failed} failed",
        tolerance=None,
        passed=restored > 0 and not skipped and not failed,
        by=None,
        at=job.ended_at,
        grade=Grade.A,
    )


def _look_for_copy(desk: _Desk, drill_id: str, night: date) -> None:
    """A machine that Resource Graph listed after the restore and lists no more is gone."""
    drill = desk.book.drills[drill_id]
    job = standing_execution(drill)
    if drill.clean_up is not None or drill.state in {State.IN_REVIEW, State.CANCELLED} or job is None:
        return
    machine, ended = machine_of(job), job.ended_at
    if machine is None or ended is None:
        return
    subscription = "/".join(machine.split("/")[:3])
    gone_at = desk.around.resources_listed_at(night, subscription)
    if gone_at is None or machine in desk.around.machines(night) or not desk.around.was_listed(machine, ended, night):
        return
    event = CleanedUp(drill_id, "resource_graph", gone_at, desk.parts.clock.now(), None)
    desk.record(event, desk.settled.cleaned_up, drill_id)


def sentences(settled: Settled) -> Sequence[str]:
    """What a night leaves to persons, one sentence each."""
    late = [f"{one.drill.planned.drill_id} is overdue, {one.outcome}: {one.reason}" for one in settled.open]
    return [*late, *settled.undecided, *settled.otherwise, *settled.refused]
