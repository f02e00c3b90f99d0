"""What a drill still lacks for its next state, and who may bring it.

Not here: the guards that hold it back (`guards`, `guards_of_facts`). Invariant: what is listed is what the guards would refuse for, said before it happens.
"""

from __future__ import annotations

from dataclasses import dataclass

from evidence.drills.guards import missing_facts, people
from evidence.drills.rules import missing_checks
from evidence.drills.values import Drill, Person, State


@dataclass(frozen=True, slots=True)
class NextStep:
    """The way on from where a drill stands."""

    towards: str | None
    """State that comes next; None: the drill is at its end."""
    missing: tuple[str, ...]
    who: str
    command: str | None
    """What is typed, where a command brings it on."""


def next_step(drill: Drill) -> NextStep:
    """What comes next; for a drill at its end nothing is missing."""
    name = drill.planned.drill_id
    match drill.state:
        case State.PLANNED:
            who = f"{_named(drill.planned.tester)} restores; the night's run finds the job, or a person links it"
            return NextStep("executed", missing_facts(drill), who, f"drills link {name} JOB")
        case State.EXECUTED:
            return NextStep(
                "evidence_linked", missing_facts(drill), "a person links what is known", f"drills link {name} JOB"
            )
        case State.EVIDENCE_LINKED:
            who = "whoever checks it, but not the later reviewer"
            return NextStep("validated", missing_checks(drill), who, f"drills validate {name}")
        case State.VALIDATED:
            who = f"{_named(drill.planned.tester)} hands it in, a person who read the record"
            return NextStep("in_review", ("the record handed in", *_bare(drill)), who, f"drills submit {name}")
        case State.IN_REVIEW:
            return _review(drill)
        case _:
            return _after(drill)


def _review(drill: Drill) -> NextStep:
    names = {one.key: f"{one.name} ({one.object_id})" for one in people(drill)}
    who = f"a person who signs in, none of: {'; '.join(sorted(names.values()))}"
    missing = ("a reviewer's decision", *_bare(drill), *_in_the_way(drill))
    return NextStep("accepted or rejected", missing, who, f"drills sign {drill.planned.drill_id}")


def _after(drill: Drill) -> NextStep:
    name = drill.planned.drill_id
    if drill.state is State.REJECTED:
        return NextStep("remediation", ("a retest planned",), "a person plans it", f"drills plan --retest-of {name}")
    if drill.state is State.REMEDIATION:
        return NextStep("closed", ("an accepted retest",), "the retest's tester and reviewer", None)
    if drill.state is State.MISSED:
        return NextStep("waived", ("the risk accepted until a day",), "a person who signs in", f"drills waive {name}")
    still_open = tuple(f"deviation {one.deviation_id} closed" for one in drill.deviations if one.closed_at is None)
    if drill.state is State.ACCEPTED_WITH_DEVIATIONS and still_open:
        return NextStep(None, still_open, "the owners of the deviations", f"drills deviation {name}")
    return NextStep(None, (), "nobody", None)


def _bare(drill: Drill) -> tuple[str, ...]:
    """Deviations that nobody deals with yet."""
    return tuple(
        f"owner, date and action of deviation {one.deviation_id}"
        for one in drill.deviations
        if one.closed_at is None and not (one.owner and one.due and one.action)
    )


def _in_the_way(drill: Drill) -> tuple[str, ...]:
    """Deviations with which it can only be rejected."""
    return tuple(
        f"nothing is proven by {one.deviation_id}: to be rejected"
        for one in drill.deviations
        if one.closed_at is None and one.severity == "critical"
    )


def _named(person: Person | None) -> str:
    return "the tester" if person is None else person.name
