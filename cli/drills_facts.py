"""`backup-evidence drills validate|times|attach`: facts that a person adds to a drill's record."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, exits
from cli.drills_record import By, DrillId, ObjectId, Said, Service, said_of, show_recorded, tell
from cli.moments import typed_moment
from cli.output import Format

if TYPE_CHECKING:
    from evidence.drills.events import TimingStated, ValidationRecorded
    from evidence.drills.values import Timing


class Kind(StrEnum):
    """What was checked."""

    ROW_COUNT = "row_count"
    CHECKSUM = "checksum"
    DATABASE_CHECK = "database_check"
    FILE_COUNT = "file_count"
    BOOT = "boot"
    APPLICATION = "application"
    USER_ACCEPTANCE = "user_acceptance"
    MALWARE_SCAN = "malware_scan"


class Outcome(StrEnum):
    """What came of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not-applicable"


def validate(
    drill: DrillId,
    kind: Annotated[Kind, typer.Option("--kind", help="What was checked.")],
    expected: Annotated[str, typer.Option("--expected", help="What it had to be, such as a number of rows.")],
    actual: Annotated[str, typer.Option("--actual", help="What was found; of a check that does not apply, why.")],
    result: Annotated[Outcome, typer.Option("--result", help="What came of it.")],
    by: By,
    object_id: ObjectId,
    tolerance: Annotated[str | None, typer.Option("--tolerance", help="How far both may differ.")] = None,
    artefact: Annotated[
        list[str] | None, typer.Option("--artefact", help="SHA-256 of an attached file that shows it; repeatable.")
    ] = None,
    check: Annotated[
        str | None, typer.Option("--check", help="Name of the check [default: its kind]; the last word of one stands.")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", help="When it was made [default: now].")] = None,
    service: Service = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Record one check of what was restored: grade B with an attached file that shows it, else C.

    Refused (end 8): after the record was handed in, and with a file that is not attached.

    Examples:
      backup-evidence drills validate DR-2026Q3-0007 --kind row_count --expected 1204311 --actual 1204311 --result passed --by "Ada Example" --object-id 3f2c...
      backup-evidence drills validate DR-2026Q3-0007 --kind checksum --expected 6f1c... --actual 6f1c... --result passed --artefact 9a0b... --by "Ada Example"
    """

    def event(said: Said) -> ValidationRecorded:
        from evidence.drills.events import ValidationRecorded
        from evidence.drills.values import Grade, Validation
        from evidence.ledger.persons import checked_name, checked_text

        passed = {Outcome.PASSED: True, Outcome.FAILED: False, Outcome.NOT_APPLICABLE: None}[result]
        told = Validation(
            check_id=checked_name(check or kind.value, "--check"),
            kind=kind.value,
            expected=checked_text(expected, "--expected"),
            actual=checked_text(actual, "--actual"),
            tolerance=None if tolerance is None else checked_text(tolerance, "--tolerance"),
            passed=passed,
            by=said.by,
            at=said.at if at is None else typed_moment(at, "--at"),
            grade=Grade.B if artefact else Grade.C,
            artefacts=tuple(sorted({one.strip().lower() for one in artefact or ()})),
        )
        return ValidationRecorded(said.drill.planned.drill_id, told, said.at, said.by)

    tell(config, output, drill, (by, object_id, service), event)


def times(
    drill: DrillId,
    by: By,
    object_id: ObjectId,
    declared_loss: Annotated[
        str | None, typer.Option("--declared-loss", help="When the loss was declared: recovery time runs from here.")
    ] = None,
    usable: Annotated[str | None, typer.Option("--usable", help="When the service was usable again.")] = None,
    no_rpo: Annotated[
        str | None, typer.Option("--no-rpo", help="Why no recovery point objective applies: an old point on purpose.")
    ] = None,
    service: Service = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """State when the loss was declared and when the service was usable: recovery time and data loss are measured from these.

    The time of the restore job is Azure's and is never a recovery time. What the same person stated before stays where it is not given.

    Example: backup-evidence drills times DR-2026Q3-0007 --declared-loss 2026-07-06T08:00:00Z --usable 2026-07-06T11:30:00Z --by "Ada Example"
    """

    def event(said: Said) -> TimingStated:
        from evidence.drills.events import TimingStated

        timing = _stated_before(said, anew=declared_loss is not None and usable is not None)
        if declared_loss is not None:
            timing = replace(timing, declared_loss_at=typed_moment(declared_loss, "--declared-loss"))
        if usable is not None:
            timing = replace(timing, usable_at=typed_moment(usable, "--usable"))
        if no_rpo is not None:
            timing = replace(timing, rpo_applies=False, why_not=no_rpo.strip())
        return TimingStated(said.drill.planned.drill_id, replace(timing, stated_by=said.by), said.at, said.by)

    tell(config, output, drill, (by, object_id, service), event)


def attach(
    drill: DrillId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file: a screenshot, a log, a list of counts.")],
    by: By,
    object_id: ObjectId,
    service: Service = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Keep a file in the store as evidence of a drill, by its SHA-256 (grade B); `validate --artefact` names it.

    Refused (end 8): links, devices, files over 64 MiB, files that change while they are read, names and texts that hold secrets. Its sort is
    told by its content.

    Example: backup-evidence drills attach DR-2026Q3-0007 row-counts.csv --by "Ada Example" --object-id 3f2c...
    """
    with exits():
        from cli.account import account
        from evidence.runs.drills.artefacts import attach as keep

        said = said_of(config, drill, (by, object_id, service))
        found = keep(said.composition.parts, said.drill.planned.drill_id, file, said.by, account=account())
        show_recorded(said, found, output)


def _stated_before(said: Said, *, anew: bool) -> Timing:
    """The moments to go on from: those of the same person, for whoever states them answers for them."""
    from evidence.drills.values import Timing
    from evidence.errors import ConfigurationError

    earlier = said.drill.timing
    if earlier.stated_by is None or earlier.stated_by.key == said.by.key:
        return earlier
    if not anew:
        raise ConfigurationError(
            f"{earlier.stated_by.name} stated the moments before, and answers for them.",
            next_step="State both yourself, --declared-loss and --usable, or let the same person add what is missing.",
        )
    return Timing()
