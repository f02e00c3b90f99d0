"""What must be true before something may happen to a drill; every refusal says why.

Not here: what then happens (`fold`). Invariants: no guard can be switched off; persons are compared by tenant and object id, never by name;
a service principal decides nothing. Every function raises RefusedError (exit code 8).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NoReturn

from evidence.drills.automatic import EXACT, completed, standing_execution
from evidence.drills.events import (
    Cancelled,
    DrillPlanned,
    Missed,
    Reviewed,
    Submitted,
    Superseded,
    Waived,
)
from evidence.drills.grades import point_grade
from evidence.drills.rules import STRICT_TIERS, missing_checks
from evidence.drills.spelling import record_sha256
from evidence.drills.values import FINAL, Deviation, Drill, Grade, Person, Planned, Role, State
from evidence.errors import RefusedError

BEFORE_REVIEW = frozenset({State.PLANNED, State.EXECUTED, State.EVIDENCE_LINKED, State.VALIDATED})
"""States in which facts are gathered."""
DECISIONS = {
    "accepted": State.ACCEPTED,
    "accepted_with_deviations": State.ACCEPTED_WITH_DEVIATIONS,
    "rejected": State.REJECTED,
}
QUESTIONS = (
    "Is the restored copy of the item and the recovery point that the plan names?",
    "Was it restored to a place apart from production?",
    "Do the validations show that the data is whole and usable?",
    "Are recovery time and data loss measured from the declared loss, and do they meet the objectives?",
    "Does every deviation have an owner, a date and an action?",
    "Is the restored copy gone, or is it known when it will be?",
)
"""The six questions that a reviewer answers."""
YES, NO, NOT_APPLICABLE = "yes", "no", "not applicable"


def check_submitted(drill: Drill, event: Submitted) -> None:
    """Handed in when evidence is linked and all required checks are recorded, by a person who read the record as it is."""
    if drill.state is not State.VALIDATED:
        refuse(
            drill,
            f"it is {drill.state}, and only a validated drill is handed in",
            f"Look at `drills show {_id(drill)}`.",
        )
    no_service(drill, event.by, "hands in a record")
    _bound(drill, event.sign_off.record_sha256)
    if event.sign_off.person.key != event.by.key or event.sign_off.role is not Role.TESTER:
        refuse(drill, "the sign-off is not that of the tester who hands it in")
    if event.sign_off.at > event.at or event.sign_off.decision != "submitted":
        refuse(drill, "the sign-off is of a later moment, or of another decision, than handing it in")


def check_reviewed(drill: Drill, event: Reviewed) -> None:
    """Reviewed by another person than tested, validated or started it, who read the record as it is now."""
    sign_off = event.sign_off
    if drill.state is not State.IN_REVIEW:
        refuse(drill, f"it is {drill.state}, and only a drill in review is decided")
    no_service(drill, event.by, "decides")
    if sign_off.person.key != event.by.key or sign_off.role not in {Role.REVIEWER, Role.APPROVER}:
        refuse(drill, "the sign-off is not that of the reviewer who decides")
    if sign_off.at > event.at:
        refuse(drill, "the sign-off is of a later moment than the review")
    check_apart(drill, event, involved(drill))
    _bound(drill, sign_off.record_sha256)
    if sign_off.decision not in DECISIONS:
        refuse(drill, f"{sign_off.decision!r} is no decision")
    if tuple(question for question, _ in sign_off.answers) != QUESTIONS:
        refuse(drill, "the six review questions are not answered")
    if not sign_off.comment.strip() and sign_off.decision != "accepted":
        refuse(drill, "a decision other than accepted needs a reason")
    if DECISIONS[sign_off.decision] is not State.REJECTED:
        _check_acceptable(drill, event)


def check_apart(drill: Drill, event: Reviewed, took_part: Collection[tuple[str, str]]) -> None:
    """Who ever tested, validated, started or timed it reviews nothing, though a later word replaced theirs; `took_part` by tenant and object id."""
    # An object id is one person's whatever tenant a record names beside it: Entra ID gives none twice.
    if event.by.object_id.lower() in {object_id for _, object_id in took_part}:
        refuse(
            drill,
            f"{event.by.name} tested, validated or started it (object id {event.by.object_id})",
            "Let another person review it.",
        )


def _check_acceptable(drill: Drill, event: Reviewed) -> None:
    left = missing_facts(drill) or missing_checks(drill)
    if left:
        refuse(drill, f"this is not there: {', '.join(left)}")
    if any(answer == NO for _, answer in event.sign_off.answers):
        refuse(drill, "a question is answered with no")
    open_ones = [one for one in drill.deviations if one.closed_at is None]
    if event.sign_off.decision == "accepted" and open_ones:
        refuse(
            drill, f"{len(open_ones)} deviations are open: {_named(open_ones)}", "Accept with deviations, or reject."
        )
    bare = [one for one in open_ones if not (one.owner and one.due and one.action)]
    if bare:
        refuse(drill, f"these deviations have no owner, date or action: {_named(bare)}")
    critical = [one for one in open_ones if one.severity == "critical"]
    if critical:
        refuse(drill, f"these deviations leave nothing proven: {_named(critical)}", "Reject it, and plan a retest.")


def check_missed(drill: Drill, event: Missed) -> None:
    """Missed once the window and its grace are over and nothing was executed."""
    if drill.state is not State.PLANNED:
        refuse(drill, f"it is {drill.state}, and only a planned drill is missed")
    if event.at <= drill.planned.window_end + drill.planned.grace:
        refuse(
            drill, f"its window and grace last until {drill.planned.window_end + drill.planned.grace:%Y-%m-%d %H:%MZ}"
        )


def check_cancelled(drill: Drill, event: Cancelled) -> None:
    """Called off by a person, with a reason, before it was handed in."""
    if drill.state not in BEFORE_REVIEW:
        refuse(drill, f"it is {drill.state}, and cannot be called off")
    no_service(drill, event.by, "calls off")
    if not event.reason.strip():
        refuse(drill, "calling it off needs a reason")


def check_waived(drill: Drill, event: Waived) -> None:
    """The risk is accepted by a person, with a reason and an end."""
    if drill.state not in {State.PLANNED, State.MISSED}:
        refuse(drill, f"it is {drill.state}, and only a planned or missed drill is waived")
    no_service(drill, event.by, "accepts a risk")
    if event.waiver.by.key != event.by.key or not event.waiver.reason.strip():
        refuse(drill, "a waiver names its reason and the person who gives it")
    if event.waiver.until <= event.at.date():
        refuse(drill, "a waiver ends on a later day")


def check_superseded(drill: Drill, event: Superseded, known: Mapping[str, Drill]) -> None:
    """A decided record is replaced by one of the same item that stands, so that no item is lost on the way."""
    if drill.state not in FINAL or drill.superseded_by is not None:
        refuse(drill, "only a decided drill that stands is superseded")
    no_service(drill, event.by, "supersedes")
    other = known.get(event.by_drill_id)
    if other is None or event.by_drill_id == _id(drill) or not event.reason.strip():
        refuse(drill, "superseding needs another drill that exists, and a reason")
    if other.planned.item_key != drill.planned.item_key:
        refuse(drill, f"{_id(other)} is of {other.planned.subject}, and only a drill of the same item supersedes it")
    if other.superseded_by is not None:
        refuse(drill, f"{_id(other)} is superseded itself, by {other.superseded_by}")


def check_planned(event: DrillPlanned, known: Mapping[str, Drill]) -> None:
    """A drill of its own has a new id; a retest follows a rejected drill, or one with open deviations, of the same item."""
    planned = event.planned
    if event.by.is_service is not False:
        raise RefusedError(f"Drill {planned.drill_id} is not planned: a service principal decides nothing.")
    if planned.drill_id in known:
        raise RefusedError(f"Drill {planned.drill_id} is there already.")
    if not planned.needs or not all(planned.needs):
        raise RefusedError(f"Drill {planned.drill_id} is not planned: no check is demanded of it.")
    if planned.window_end <= planned.window_start:
        raise RefusedError(f"Drill {planned.drill_id} is not planned: its window ends before it begins.")
    before = known.get(planned.retest_of) if planned.retest_of else None
    if planned.retest_of and before is None:
        raise RefusedError(
            f"Drill {planned.drill_id} is not planned: {planned.retest_of}, which it retests, is unknown."
        )
    if before is not None and (
        before.state not in {State.REJECTED, State.REMEDIATION, State.ACCEPTED_WITH_DEVIATIONS}
        or before.planned.item_key != planned.item_key
    ):
        raise RefusedError(
            f"Drill {planned.drill_id} is not planned: {planned.retest_of} is {before.state} and of {before.planned.subject}.",
            next_step="A retest is of the same item, after a rejection or an acceptance with deviations.",
        )
    if before is not None and _demands(planned) != _demands(before.planned):
        raise RefusedError(
            f"Drill {planned.drill_id} is not planned: it demands otherwise than {planned.retest_of}, which it retests.",
            next_step="A retest has the kind, tier, objectives, checks and place apart of the drill that it repeats.",
        )


def _demands(planned: Planned) -> tuple[object, ...]:
    """What would make a retest easier than the drill that it repeats."""
    return (
        planned.drill_type,
        planned.tier,
        planned.rto,
        planned.rpo,
        planned.needs,
        planned.isolation_required,
    )


def people(drill: Drill) -> tuple[Person, ...]:
    """Everybody who tested, validated, started, timed or handed in the drill, in that order."""
    found = [drill.planned.tester, drill.timing.stated_by]
    found += [one.initiator for one in drill.executions] + [one.by for one in drill.validations]
    found += [one.by for one in drill.evidence] + [one.person for one in drill.sign_offs]
    return tuple(one for one in found if one is not None)


def involved(drill: Drill) -> frozenset[tuple[str, str]]:
    """The same by tenant and object id."""
    return frozenset(one.key for one in people(drill))


def missing_facts(drill: Drill) -> tuple[str, ...]:
    """What is not yet linked: job, point, times, target and who started it; for strict tiers as Azure's own record."""
    one = standing_execution(drill)
    if one is None or not completed(one):
        return ("a completed restore job",)
    point = one.link in EXACT and one.recovery_point_at is not None
    told = {
        "recovery point": point,
        "begin": one.started_at is not None,
        "target": any((one.target.resource_group, one.target.name, one.target.subscription_id)),
        "who started it": one.initiator is not None,
    }
    if drill.planned.tier in STRICT_TIERS:
        told["a recovery point of Azure's record (grade A)"] = point and point_grade(one) is Grade.A
    return tuple(name for name, there in told.items() if not there)


def no_service(drill: Drill, person: Person, what: str) -> None:
    """Service principals may restore; they decide nothing."""
    if person.is_service is not False:
        refuse(drill, f"a service principal never {what} ({person.name})", "Let a person sign in.")


def _bound(drill: Drill, seen: str) -> None:
    if seen != record_sha256(drill):
        refuse(
            drill, "the record changed after it was read", f"Read it again: backup-evidence drills show {_id(drill)}"
        )


def _named(deviations: list[Deviation]) -> str:
    return ", ".join(one.deviation_id for one in deviations)


def _id(drill: Drill) -> str:
    return drill.planned.drill_id


def refuse(drill: Drill, why: str, next_step: str = "") -> NoReturn:
    """Say of which drill and why."""
    raise RefusedError(f"Drill {_id(drill)}: {why}.", next_step=next_step)
