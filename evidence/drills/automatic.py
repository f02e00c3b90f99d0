"""Deviations that follow from the record itself; nobody records them, and nobody can leave them out.

Not here: what people record, and how they deal with these (an event names one by its id). Invariant: the same record has the same deviations
under the same ids. Source: the design's reference on restore drills, 1.2 to 1.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from evidence.drills.events import ExecutionLinked
from evidence.drills.values import Deviation, Drill, Execution, Planned, Timing, Validation, Verdict

EXACT = frozenset({"id", "exact", "range"})
"""Links that tell which recovery point it was."""
COMPLETED = "completed"
MISSED_FIRST = "It was missed before the risk was accepted"
"""Remark on a waiver that came after the fact."""
_VAULT_LESS = frozenset({"instant", "snapshot", "instantrp", "operationalstore"})


def automatic_deviations(drill: Drill) -> tuple[Deviation, ...]:
    """All that the record shows to be other than planned, in a fixed order."""
    found = [*_of_executions(drill), *_of_times(drill), *_of_validations(drill)]
    return tuple(sorted(found, key=lambda one: one.deviation_id))


def standing_execution(drill: Drill) -> Execution | None:
    """The last attempt that completed, else the last attempt; None where there is none."""
    done = [one for one in drill.executions if completed(one)] or drill.executions
    return done[-1] if done else None


def completed(execution: Execution) -> bool:
    """Whether the job ended with data, be it with warnings."""
    return (execution.status or "").lower().startswith(COMPLETED) and execution.ended_at is not None


def _of_executions(drill: Drill) -> Iterator[Deviation]:
    one = standing_execution(drill)
    if one is not None:
        yield from _of_data(one)
        yield from _of_place(drill.planned, one)


def _of_data(one: Execution) -> Iterator[Deviation]:
    """What the job itself tells of what came back."""
    if (one.status or "").lower() == "completedwithwarnings":
        yield _deviation("warnings", one, "The job completed with warnings.")
    if one.files_restored == 0:
        yield _deviation("no_files", one, "The job completed, and restored 0 files.", "critical")
    for kind, count in (("files_skipped", one.files_skipped), ("files_failed", one.files_failed)):
        if count:
            yield _deviation(kind, one, f"{count} files: {kind.replace('_', ' ')}.", "error")
    if one.link not in EXACT:
        yield _deviation("no_point", one, f"The recovery point is {one.link}: it is not established.", "critical")
    if (one.point_tier or "").lower() in _VAULT_LESS:
        yield _deviation("no_vault_copy", one, "The point was restored from a snapshot; no vault copy was tested.")


def _of_place(planned: Planned, one: Execution) -> Iterator[Deviation]:
    """Whether it was done where and when it was planned."""
    if planned.isolation_required and one.location_type in {"original", None}:
        where = "the original place" if one.location_type == "original" else "a place that Azure does not tell"
        yield _deviation("not_isolated", one, f"Restored to {where}.", "error")
    if one.started_at is not None and not planned.window_start <= one.started_at <= planned.window_end + planned.grace:
        yield _deviation("late", one, "Executed outside the window and its grace.")


def _of_times(drill: Drill) -> Iterator[Deviation]:
    one, timing, planned = standing_execution(drill), drill.timing, drill.planned
    loss = timing.declared_loss_at
    if one is None or loss is None:
        return
    if planned.rto is not None and timing.usable_at is not None and timing.usable_at - loss > planned.rto:
        yield _deviation(
            "rto_missed", one, f"Usable after {timing.usable_at - loss}; objective {planned.rto}.", "error"
        )
    yield from _of_order(one, timing)
    point = one.recovery_point_at
    if point is not None and point > loss:
        yield _deviation("wrong_point", one, "The recovery point is younger than the declared loss.", "error")
    if planned.rpo is not None and timing.rpo_applies and point is not None and loss - point > planned.rpo:
        yield _deviation("rpo_missed", one, f"Data of {loss - point} lost; objective {planned.rpo}.", "error")


def _of_order(one: Execution, timing: Timing) -> Iterator[Deviation]:
    """Stated moments that Azure's times of the job give the lie to: they measure no recovery time."""
    if loss_too_late(one, timing):
        yield _deviation(
            "loss_too_late", one, "The loss is stated to be declared after its restore had begun.", "error"
        )
    if usable_too_early(one, timing):
        yield _deviation(
            "usable_too_early", one, "The service is stated to be usable before its restore had ended.", "error"
        )


def loss_too_late(one: Execution, timing: Timing) -> bool:
    """Whether the restore began before the loss that it answers was declared."""
    return (
        timing.declared_loss_at is not None and one.started_at is not None and timing.declared_loss_at > one.started_at
    )


def usable_too_early(one: Execution, timing: Timing) -> bool:
    """Whether the service was usable before what it uses was there."""
    return timing.usable_at is not None and one.ended_at is not None and timing.usable_at < one.ended_at


def recovery_time(drill: Drill) -> timedelta | None:
    """From the declared loss until the service was usable; None where one is not told, or the restore that stands gives them the lie."""
    one, timing = standing_execution(drill), drill.timing
    loss, usable = timing.declared_loss_at, timing.usable_at
    if loss is None or usable is None or usable < loss:
        return None
    if one is not None and (loss_too_late(one, timing) or usable_too_early(one, timing)):
        return None
    return usable - loss


def _of_validations(drill: Drill) -> Iterator[Deviation]:
    for check in drill.validations:
        if check.passed is False:
            cause = f"{check.kind}: expected {check.expected}, found {check.actual}."
            yield Deviation(f"validation_failed:{check.check_id}", "validation_failed", "error", cause, automatic=True)


def held_to_be(event: ExecutionLinked) -> Iterator[str]:
    """What whoever reviews a restore that was no drill must read: that a person linked a recovery of production."""
    held = event.classification
    if held.verdict is Verdict.PRODUCTION_RECOVERY:
        why = "; ".join(held.reasons)
        yield f"Restore job {event.execution.job_id} is held to be a recovery of production: {why}"


def failed_before(drill: Drill, told: Validation) -> Iterator[str]:
    """What a later word on a check would make forgotten: that it had failed."""
    before = next((one for one in drill.validations if one.check_id == told.check_id), None)
    if before is not None and before.passed is False and told.passed is not False:
        who = "by Azure's record" if before.by is None else f"{before.by.name}, {before.by.object_id}"
        yield (
            f"{before.check_id} was told as failed before: expected {before.expected}, found {before.actual} "
            f"({who}, {before.at:%Y-%m-%d %H:%M:%S}Z)"
        )


def _deviation(kind: str, execution: Execution, cause: str, severity: str = "warning") -> Deviation:
    return Deviation(f"{kind}:{execution.job_id}", kind, severity, cause, automatic=True)
