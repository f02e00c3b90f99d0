"""`backup-evidence drills classify`: a person says what a restore was, where rules cannot tell or are wrong."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.context import Config, Output, exits
from cli.drills_record import By, ObjectId, person
from cli.drills_restores import found_of
from cli.output import Format, Result, emit, say

COLUMNS = ("job", "verdict", "before", "who", "reason", "recorded", "ledger_entry")


class Decision(StrEnum):
    """What a person may hold a restore to be."""

    DRILL = "drill"
    PRODUCTION = "production-recovery"


def classify(
    job: Annotated[str, typer.Argument(metavar="JOB", help="Azure's id of the restore job.")],
    as_: Annotated[Decision, typer.Option("--as", help="What it was.")],
    reason: Annotated[str, typer.Option("--reason", help="How you know: a change, a ticket, who was asked.")],
    by: By,
    object_id: ObjectId,
    vault: Annotated[
        str | None, typer.Option("--vault", help="ARM id of its vault, where the id is not enough.")
    ] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Say what a restore was: your word stands before the rules, and is shown as a person's (grade C).

    A restore that is held to be a drill is linked by the next night's run where exactly one drill waits for it, else by `drills link`. Refused
    (end 8): another word on a restore that stands in a drill's record, and a word without a reason.

    Examples:
      backup-evidence drills classify 3c1f0d6e-... --as drill --reason "CHG0042, restore test" --by "Ada Example" --object-id 3f2c...
      backup-evidence drills classify 3c1f0d6e-... --as production-recovery --reason "INC0815" --by "Ada Example" --object-id 3f2c...
    """
    with exits():
        from cli.account import account
        from evidence.drills.events import RestoreClassified
        from evidence.drills.values import Classification, Verdict
        from evidence.ledger.persons import UNPROVEN, checked_text
        from evidence.runs.drills.recording import recorded

        composition, one = found_of(config, job, vault)
        who = person(composition.ledger.entries()[0], by, object_id)
        why = checked_text(reason, "--reason")
        held = Classification(Verdict(as_.value.replace("-", "_")), 0, (why,), decided_by=who)
        refuse_other_word(one.drill_id, one.execution.job_id, held.verdict is Verdict.DRILL)
        at = composition.parts.clock.now()
        event = RestoreClassified(one.execution.vault_id, one.execution.job_id, held, at, who)
        told = recorded(composition.parts, event, account=account())
        row = {
            "job": one.execution.job_id,
            "verdict": str(held.verdict),
            "before": str(one.classification.verdict),
            "who": who.name,
            "object_id": who.object_id,
            "reason": why,
            "recorded": "before" if told.before else "now",
            "ledger_entry": told.entry.sequence,
            "waiting": list(one.waiting),
        }
        emit(Result("backup-evidence/drill-classified/1", [row], COLUMNS), output)
        say(f"{who.name}: {UNPROVEN} (grade C)")


def refuse_other_word(drill_id: str | None, job_id: str, drill: bool) -> None:
    """A restore in a drill's record is that drill's until the record is called off or superseded; raises RefusedError."""
    from evidence.errors import RefusedError

    if drill_id is not None and not drill:
        raise RefusedError(
            f"Restore job {job_id} stands in the record of {drill_id}.",
            cause="A record keeps what it rests on.",
            next_step="Call the drill off (drills cancel), or supersede its record, and then classify the restore.",
        )
