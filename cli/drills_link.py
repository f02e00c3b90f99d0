"""`backup-evidence drills link`: a restore job that Azure recorded becomes an execution of a drill."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output
from cli.drills_record import By, DrillId, ObjectId, Said, Service, person, tell
from cli.drills_restores import found
from cli.output import Format

if TYPE_CHECKING:
    from evidence.drills.classify import Signals
    from evidence.drills.events import ExecutionLinked
    from evidence.drills.values import Classification, Execution, Person


def link(
    drill: DrillId,
    job: Annotated[str, typer.Argument(metavar="JOB", help="Azure's id of the restore job.")],
    by: By,
    object_id: ObjectId,
    vault: Annotated[
        str | None, typer.Option("--vault", help="ARM id of its vault, where the id is not enough.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why it is this drill's, where no rule can tell.")
    ] = None,
    initiator: Annotated[
        str | None, typer.Option("--initiator", help="Who started it, where the Activity Log does not tell.")
    ] = None,
    initiator_id: Annotated[str | None, typer.Option("--initiator-id", help="That person's object id.")] = None,
    initiator_service: Annotated[
        bool, typer.Option("--initiator-service", help="A service principal started it.")
    ] = False,
    service: Service = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Link a restore job of a sealed night to a drill: its times, target, files and recovery point are taken as Azure told them (grade A).

    Linked again after a later night, it tells what is known by then. Refused (end 8): a job of another item, and one that neither rules nor
    --reason hold to be a drill.

    Examples:
      backup-evidence drills link DR-2026Q3-0007 3c1f0d6e-... --by "Ada Example" --object-id 3f2c...
      backup-evidence drills link DR-2026Q3-0007 3c1f0d6e-... --reason "asked for in CHG0042" --initiator "Bo Example" --initiator-id 77d0... --by "Ada Example"
    """
    started_by = None if initiator is None else (initiator, initiator_id or "", initiator_service)
    tell(config, output, drill, (by, object_id, service), lambda said: _event(said, job, vault, reason, started_by))


def _event(
    said: Said, job: str, vault: str | None, reason: str | None, started_by: tuple[str, str, bool] | None
) -> ExecutionLinked:
    from evidence.drills.events import ExecutionLinked
    from evidence.runs.drills.found import found_restore

    drill_id, entries = said.drill.planned.drill_id, said.composition.ledger.entries()
    one = found_restore(found(said.composition), job, None if vault is None else vault.lower())
    execution = one.execution
    before = next((link for link in said.drill.executions if link.job_id == execution.job_id), None)
    stated = None if started_by is None else person(entries[0], *started_by)
    execution = _started(execution, before, stated)
    held = _held(said, execution, one.signals, reason)
    return ExecutionLinked(drill_id, execution, held, said.at, said.by)


def _started(execution: Execution, before: Execution | None, stated: Person | None) -> Execution:
    """With who started it: what Azure told stands before what a person says, and what was said before stays."""
    if execution.initiator is not None:
        return execution
    if before is not None and before.initiator is not None and (before.initiator_known_by or stated is None):
        return replace(
            execution,
            initiator=before.initiator,
            initiator_known_by=before.initiator_known_by,
            activity_event_id=before.activity_event_id,
            correlation_id=before.correlation_id,
        )
    return replace(execution, initiator=stated)


def _held(said: Said, execution: Execution, signals: Signals, reason: str | None) -> Classification:
    """What the job is held to be: by a person's earlier decision, by rules, or by the person who links it and says why."""
    from evidence.drills.classify import classify
    from evidence.drills.values import Classification, Verdict
    from evidence.ledger.persons import checked_text
    from evidence.runs.drills.found import decision_on

    drill_id = said.drill.planned.drill_id
    # Without its own links, so that the same command run again holds the job to be the same.
    others = {**said.book.drills, drill_id: replace(said.drill, executions=())}
    of_item = [one for one in others.values() if one.planned.item_key == execution.item_key]
    decided = decision_on(execution, said.book)
    held = classify(execution, of_item, said.composition.classify_rules, signals, decided)
    if held.verdict is not Verdict.UNCLASSIFIED or reason is None:
        return replace(held, drill_id=drill_id)
    why = (checked_text(reason, "--reason"), *held.reasons)
    return Classification(Verdict.DRILL, held.score, why, decided_by=said.by, drill_id=drill_id)
