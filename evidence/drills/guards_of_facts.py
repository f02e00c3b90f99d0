"""What must be true before a fact is added to a drill; every refusal says why.

Not here: guards of decisions (`guards`). Invariants: nothing is added after the record was handed in but what deals with its deviations; a fact is told by
who says so, and of no better grade than what bears it out. Every function raises RefusedError (exit code 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from evidence.drills.events import (
    CleanedUp,
    DeviationRecorded,
    ExecutionLinked,
    RestoreClassified,
    TimingStated,
    ValidationRecorded,
)
from evidence.drills.grades import AZURE_TOLD
from evidence.drills.guards import BEFORE_REVIEW, no_service, refuse
from evidence.drills.values import ACCEPTING, FINAL, Drill, Grade, State, Verdict
from evidence.errors import RefusedError


def check_open(drill: Drill, what: str) -> None:
    """Facts are added before review only: nothing is edited after sign-off."""
    if drill.state not in BEFORE_REVIEW:
        refuse(
            drill, f"{what} cannot be added while it is {drill.state}", "Supersede it by a new drill, with a reason."
        )


def check_deviation(drill: Drill, event: DeviationRecorded) -> None:
    """A deviation is dealt with until the record is signed; what a machine found keeps its kind and cause."""
    if (
        drill.state in FINAL - {State.REJECTED, State.REMEDIATION, State.ACCEPTED_WITH_DEVIATIONS}
        or drill.state is State.IN_REVIEW
    ):
        refuse(drill, f"a deviation cannot be changed while it is {drill.state}")
    no_service(drill, event.by, "records deviations")
    told = event.deviation
    found = {one.deviation_id: one for one in drill.deviations}.get(told.deviation_id)
    if (
        found is not None
        and found.automatic
        and (found.kind, found.cause, found.severity) != (told.kind, told.cause, told.severity)
    ):
        refuse(drill, f"deviation {told.deviation_id} follows from the record: its kind, cause and severity stay")
    if (
        found is not None
        and drill.state in FINAL
        and (found.kind, found.cause, found.severity) != (told.kind, told.cause, told.severity)
    ):
        refuse(drill, f"deviation {told.deviation_id} was signed: its kind, cause and severity stay")
    if found is None and (told.automatic or ":" in told.deviation_id):
        refuse(drill, f"deviation {told.deviation_id} does not follow from the record")
    if told.closed_at is not None and (told.closed_by is None or told.action is None):
        refuse(drill, f"deviation {told.deviation_id} is closed only with an action and by a person")
    if found is not None and found.automatic and told.closed_at is not None and told.retest is None:
        refuse(drill, f"deviation {told.deviation_id} is a fact of this drill: a retest closes it, no word does")


def check_closed(drill: Drill, event: DeviationRecorded, known: Mapping[str, Drill]) -> None:
    """What follows from the record is closed by a retest of this drill, or of its retest, that was accepted and stands; a name alone closes nothing."""
    told = event.deviation
    found = {one.deviation_id: one for one in drill.deviations}.get(told.deviation_id)
    if found is None or not found.automatic or told.closed_at is None or told.retest is None:
        return
    retest = known.get(told.retest)
    proven = retest is not None and retest.state in ACCEPTING and retest.superseded_by is None
    if not proven or drill.planned.drill_id not in _repeated_by(retest, known):
        refuse(
            drill,
            f"deviation {told.deviation_id} is closed by an accepted retest alone, and {told.retest[:100]} is none of this drill",
            f"Plan it: backup-evidence drills plan --retest-of {drill.planned.drill_id}",
        )


def _repeated_by(retest: Drill | None, known: Mapping[str, Drill]) -> Iterator[str]:
    """The drills that a retest tests again, the nearest first."""
    while retest is not None and retest.planned.retest_of is not None:
        yield retest.planned.retest_of
        retest = known.get(retest.planned.retest_of)


def check_linked(drill: Drill, event: ExecutionLinked) -> None:
    """Only what was held to be a drill counts, and only of the planned item."""
    if event.classification.verdict is Verdict.UNCLASSIFIED:
        refuse(
            drill,
            f"restore job {event.execution.job_id} is unclassified",
            "Classify it: backup-evidence drills classify",
        )
    if event.execution.item_key != drill.planned.item_key:
        refuse(drill, f"restore job {event.execution.job_id} is not of {drill.planned.subject}")


def check_not_elsewhere(event: ExecutionLinked, known: Iterable[Drill]) -> None:
    """One restore proves one drill: a retest needs a restore of its own."""
    job = (event.execution.vault_id.lower(), event.execution.job_id.lower())
    for one in known:
        stands = one.superseded_by is None and one.state is not State.CANCELLED
        if one.planned.drill_id != event.drill_id and stands and job in _jobs(one):
            raise RefusedError(
                f"Drill {event.drill_id}: restore job {event.execution.job_id} is that of {one.planned.drill_id}.",
                next_step="Restore again, or supersede the other record first.",
            )


def _jobs(drill: Drill) -> frozenset[tuple[str, str]]:
    return frozenset((one.vault_id.lower(), one.job_id.lower()) for one in drill.executions)


def check_timing(drill: Drill, event: TimingStated) -> None:
    """Loss comes before use, and neither lies in the future; that the objective does not apply needs a reason."""
    timing = event.timing
    if timing.stated_by is None or timing.stated_by.key != event.by.key:
        refuse(drill, "moments are stated by the person who says so")
    loss, usable = timing.declared_loss_at, timing.usable_at
    if any(one is not None and one > event.at for one in (loss, usable)):
        refuse(drill, "a stated moment lies in the future")
    if loss is not None and usable is not None and loss > usable:
        refuse(drill, "the service was usable before its loss was declared")
    if not timing.rpo_applies and not (timing.why_not or "").strip():
        refuse(drill, "that no recovery point objective applies needs a reason")


def check_validation(drill: Drill, event: ValidationRecorded) -> None:
    """A check after the restore, by who says so; an attachment that it names is there."""
    told = event.validation
    if (told.by.key if told.by else None) != (event.by.key if event.by else None):
        refuse(drill, f"validation {told.check_id} is told by somebody else than made it")
    if told.at > event.at:
        refuse(drill, f"validation {told.check_id} was made at a moment that lies in the future")
    unknown = set(told.artefacts) - {one.sha256 for one in drill.evidence}
    if unknown:
        refuse(drill, f"validation {told.check_id} names artefacts that are not attached: {', '.join(sorted(unknown))}")
    if told.by is not None and told.grade is Grade.A:
        refuse(drill, f"validation {told.check_id} is a person's: of grade B with an artefact, else C")
    if told.grade is Grade.B and not told.artefacts:
        refuse(drill, f"validation {told.check_id} is of grade B only with an artefact")


def check_cleaned_up(drill: Drill, event: CleanedUp) -> None:
    """A copy is gone by now, known in some way; what a machine read is told by the machine."""
    if event.gone_at > event.at:
        refuse(drill, "the restored copy is told to be gone at a moment that lies in the future")
    if not event.known_by.strip():
        refuse(drill, "that the restored copy is gone needs how it is known")
    if drill.clean_up is not None and drill.state in FINAL and drill.sign_offs:
        refuse(drill, "that the restored copy is gone was told before, and stays as it was told")
    if event.by is not None and event.known_by in AZURE_TOLD:
        refuse(drill, f"{event.known_by} is read by the machine, and not told by a person")


def check_classified(event: RestoreClassified) -> None:
    """A person decides with a reason; a service principal decides nothing."""
    told = event.classification
    if (
        event.by.is_service is not False
        or told.decided_by is None
        or told.decided_by.key != event.by.key
        or not any(told.reasons)
    ):
        raise RefusedError(
            f"Restore job {event.job_id} is not classified: a person decides, by name and with a reason."
        )
