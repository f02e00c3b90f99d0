"""The state of every drill: the fold of its events, in the order of the ledger.

Not here: the ledger itself, what may happen (`guards`). Invariants: the fold of the same events is the same book; an event that a guard refuses
changes nothing; a state before review is derived from the facts, so that no event can name it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from evidence.drills import guards, guards_of_facts, guards_of_plans
from evidence.drills.automatic import MISSED_FIRST, automatic_deviations, completed, failed_before, held_to_be
from evidence.drills.due import Quarter
from evidence.drills.events import (
    Cancelled,
    CleanedUp,
    DeviationRecorded,
    DrillPlanned,
    Event,
    EvidenceAttached,
    ExecutionLinked,
    Missed,
    OfDrill,
    PlanApproved,
    PlanDrafted,
    RestoreClassified,
    Reviewed,
    SeedCommitted,
    SeedRevealed,
    Submitted,
    Superseded,
    TimingStated,
    ValidationRecorded,
    Waived,
)
from evidence.drills.rules import missing_checks
from evidence.drills.values import ACCEPTING, Classification, Deviation, Drill, Execution, Planned, State
from evidence.errors import RefusedError

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan, whether it was approved, and its seed once revealed."""

    drafted: PlanDrafted
    approved: PlanApproved | None = None
    seed: str | None = None
    committed: SeedCommitted | None = None
    """Before it was drafted; None: the draft itself was the first to tell the seed's hash."""
    drafts: int = 1
    """How often it was drafted."""

    @property
    def late(self) -> bool:
        """Whether the quarter had begun when the seed's hash was told."""
        told = self.drafted if self.committed is None else self.committed
        return told.at.date() >= Quarter.named(self.drafted.quarter).first


@dataclass(frozen=True, slots=True)
class Book:
    """All drills, plans and decisions about restores, as known at some length of the ledger."""

    plans: Mapping[str, Plan] = field(default_factory=dict)
    drills: Mapping[str, Drill] = field(default_factory=dict)
    decided: Mapping[tuple[str, str], Classification] = field(default_factory=dict)
    """What persons hold restore jobs to be, by vault and job."""
    seeds: Mapping[str, SeedCommitted] = field(default_factory=dict)
    """The commitment that stands, by quarter."""
    took_part: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    """Who ever took part in a drill, by its id: a later word may replace what somebody said, and not that they said it."""


def fold(events: Iterable[Event], book: Book | None = None) -> Book:
    """The book after the events; raises RefusedError for the first that a guard refuses."""
    found = book or Book()
    for event in events:
        found = apply(found, event)
    return found


def apply(book: Book, event: Event) -> Book:
    """The book after one more event; raises RefusedError, and the book stays as it was."""
    match event:
        case SeedCommitted() | PlanDrafted() | PlanApproved() | SeedRevealed():
            return _of_plans(book, event)
        case DrillPlanned():
            guards.check_planned(event, book.drills)
            return _with_retest(_with(book, _new(event.planned)), event)
        case RestoreClassified():
            guards_of_facts.check_classified(event)
            return replace(book, decided={**book.decided, (event.vault_id, event.job_id): event.classification})
        case _:
            return _of_drill(book, event)


def _of_plans(book: Book, event: SeedCommitted | PlanDrafted | PlanApproved | SeedRevealed) -> Book:
    match event:
        case SeedCommitted():
            guards_of_plans.check_committed(event, book.seeds, [one.drafted for one in book.plans.values()])
            return replace(book, seeds={**book.seeds, event.quarter: event})
        case PlanDrafted():
            return replace(book, plans={**book.plans, event.plan_id: _drafted(book, event)})
        case PlanApproved():
            return _approved(book, event)
        case SeedRevealed():
            plan = _plan(book, event.plan_id)
            seen = replace(plan, seed=guards_of_plans.checked_seed(plan.drafted, event))
            return replace(book, plans={**book.plans, event.plan_id: seen})


def named_drill(book: Book, drill_id: str) -> Drill:
    """A drill by its id; raises RefusedError where none has it."""
    drill = book.drills.get(drill_id)
    if drill is None:
        raise RefusedError(f"No drill {drill_id[:100]} is known.", next_step="backup-evidence drills list")
    return drill


def _of_drill(book: Book, event: OfDrill) -> Book:
    drill = named_drill(book, event.drill_id)
    if isinstance(event, ExecutionLinked):
        guards_of_facts.check_not_elsewhere(event, book.drills.values())
    if isinstance(event, DeviationRecorded):
        guards_of_facts.check_closed(drill, event, book.drills)
    if isinstance(event, Reviewed):
        guards.check_apart(drill, event, book.took_part.get(event.drill_id, frozenset()))
    if isinstance(event, Superseded):
        guards.check_superseded(drill, event, book.drills)
        changed = replace(drill, superseded_by=event.by_drill_id)
    elif isinstance(event, Missed | Cancelled | Waived | Submitted | Reviewed):
        changed = _decided(drill, event)
    else:
        changed = _with_fact(drill, event)
    changed = _derived(replace(changed, version=drill.version + 1))
    return _closed_by_retest(_with(book, changed), event, changed)


def _with_fact(drill: Drill, event: OfDrill) -> Drill:
    """The drill with one more fact, where facts may still be added."""
    if isinstance(event, DeviationRecorded):
        guards_of_facts.check_deviation(drill, event)
        return replace(drill, deviations=_put(drill.deviations, event.deviation, lambda one: one.deviation_id))
    if isinstance(event, CleanedUp):
        guards_of_facts.check_cleaned_up(drill, event)
        return replace(drill, clean_up=event.known_by, clean_up_at=event.gone_at)
    guards_of_facts.check_open(drill, "A fact")
    match event:
        case ExecutionLinked():
            guards_of_facts.check_linked(drill, event)
            told = tuple(one for one in held_to_be(event) if one not in drill.remarks)
            executions = _put(drill.executions, event.execution, _job_of)
            return replace(drill, executions=executions, remarks=(*drill.remarks, *told))
        case TimingStated():
            guards_of_facts.check_timing(drill, event)
            return replace(drill, timing=event.timing)
        case EvidenceAttached():
            return replace(drill, evidence=_put(drill.evidence, event.evidence, lambda one: one.sha256))
        case ValidationRecorded():
            guards_of_facts.check_validation(drill, event)
            validations = _put(drill.validations, event.validation, lambda one: one.check_id)
            return replace(
                drill, validations=validations, remarks=(*drill.remarks, *failed_before(drill, event.validation))
            )
        case _:
            raise RefusedError(f"Drill {event.drill_id}: {event.kind} is no fact.")


def _decided(drill: Drill, event: Missed | Cancelled | Waived | Submitted | Reviewed) -> Drill:
    match event:
        case Missed():
            guards.check_missed(drill, event)
            return replace(drill, state=State.MISSED)
        case Cancelled():
            guards.check_cancelled(drill, event)
            return replace(drill, state=State.CANCELLED, remarks=(*drill.remarks, event.reason))
        case Waived():
            guards.check_waived(drill, event)
            missed = (MISSED_FIRST,) if drill.state is State.MISSED else ()
            return replace(drill, state=State.WAIVED, waiver=event.waiver, remarks=(*drill.remarks, *missed))
        case Submitted():
            guards.check_submitted(drill, event)
            return replace(drill, state=State.IN_REVIEW, sign_offs=(*drill.sign_offs, event.sign_off))
        case Reviewed():
            guards.check_reviewed(drill, event)
            decided = guards.DECISIONS[event.sign_off.decision]
            return replace(drill, state=decided, sign_offs=(*drill.sign_offs, event.sign_off))


def _derived(drill: Drill) -> Drill:
    """The drill with what follows from its facts: its deviations and, before review, its state."""
    if drill.state not in guards.BEFORE_REVIEW:
        return drill
    told = {one.deviation_id: one for one in drill.deviations}
    kept = [one for one in drill.deviations if not one.automatic]
    found = [_dealt_with(one, told.get(one.deviation_id)) for one in automatic_deviations(drill)]
    drill = replace(drill, deviations=tuple(sorted([*kept, *found], key=lambda one: one.deviation_id)))
    return replace(drill, state=_state(drill))


def _state(drill: Drill) -> State:
    if not any(completed(one) for one in drill.executions):
        return State.PLANNED
    if guards.missing_facts(drill):
        return State.EXECUTED
    return State.EVIDENCE_LINKED if missing_checks(drill) else State.VALIDATED


def _dealt_with(found: Deviation, told: Deviation | None) -> Deviation:
    if told is None:
        return found
    return replace(told, kind=found.kind, cause=found.cause, severity=found.severity, automatic=True)


def _drafted(book: Book, event: PlanDrafted) -> Plan:
    before = book.plans.get(event.plan_id)
    committed = book.seeds.get(event.quarter)
    approved = before is not None and before.approved is not None
    guards_of_plans.check_drafted(event, book.drills, committed, approved=approved)
    if before is None:
        return Plan(event, committed=committed)
    seed = before.seed if before.drafted.seed_sha256 == event.seed_sha256 else None
    return Plan(event, seed=seed, committed=committed, drafts=before.drafts + 1)


def _approved(book: Book, event: PlanApproved) -> Book:
    plan = _plan(book, event.plan_id)
    if plan.approved is not None:
        raise RefusedError(f"Plan {event.plan_id} is approved already.")
    guards_of_plans.check_approved(event, plan.drafted, book.drills)
    drills = {planned.drill_id: _new(planned) for planned in plan.drafted.drills}
    plans = {**book.plans, event.plan_id: replace(plan, approved=event)}
    took_part = {name: guards.involved(drill) for name, drill in drills.items()}
    return replace(book, plans=plans, drills={**book.drills, **drills}, took_part={**book.took_part, **took_part})


def _plan(book: Book, plan_id: str) -> Plan:
    if plan_id not in book.plans:
        raise RefusedError(f"No plan {plan_id} is known.", next_step="backup-evidence drills plan")
    return book.plans[plan_id]


def _new(planned: Planned) -> Drill:
    return Drill(planned, State.PLANNED, version=1)


def _with(book: Book, drill: Drill) -> Book:
    name = drill.planned.drill_id
    took_part = {**book.took_part, name: book.took_part.get(name, frozenset()) | guards.involved(drill)}
    return replace(book, drills={**book.drills, name: drill}, took_part=took_part)


def _with_retest(book: Book, event: DrillPlanned) -> Book:
    """A rejected drill is being mended once its retest is planned."""
    before = book.drills.get(event.planned.retest_of or "")
    if before is None or before.state is not State.REJECTED:
        return book
    return _with(book, replace(before, state=State.REMEDIATION, version=before.version + 1))


def _closed_by_retest(book: Book, event: OfDrill, drill: Drill) -> Book:
    """An accepted retest closes the drill that it repeats, and the deviations that wait for it; of a rejected retest also those before it."""
    if not isinstance(event, Reviewed) or drill.state not in ACCEPTING:
        return book
    by = drill.planned.drill_id
    before = book.drills.get(drill.planned.retest_of or "")
    while before is not None:
        closed = tuple(
            replace(one, closed_at=event.at, closed_by=event.by, retest=by)
            if one.closed_at is None and one.retest in {None, by, drill.planned.drill_id}
            else one
            for one in before.deviations
        )
        state = State.CLOSED if before.state is State.REMEDIATION else before.state
        drill = replace(before, deviations=closed, state=state, version=before.version + 1)
        book = _with(book, drill)
        # What stands before one that was accepted with deviations was closed by that acceptance.
        before = book.drills.get(drill.planned.retest_of or "") if state is State.CLOSED else None
    return book


def _job_of(execution: Execution) -> tuple[str, str]:
    return execution.vault_id.lower(), execution.job_id.lower()


def _put(values: tuple[_T, ...], value: _T, key: Callable[[_T], object]) -> tuple[_T, ...]:
    """The values with one more; of the same key the later stands, in its old place."""
    named = key(value)
    places = [number for number, one in enumerate(values) if key(one) == named]
    if not places:
        return (*values, value)
    return (*values[: places[0]], value, *values[places[0] + 1 :])
