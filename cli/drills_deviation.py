"""`backup-evidence drills deviation`: what was not as it should be, and who deals with it until when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output
from cli.drills_record import By, DrillId, ObjectId, Said, Service, tell
from cli.moments import typed_day
from cli.output import Format

if TYPE_CHECKING:
    from evidence.drills.events import DeviationRecorded
    from evidence.drills.values import Deviation

DIGITS = 8
"""Of the hash of its cause, in the id of a new deviation."""


class Severity(StrEnum):
    """How bad a deviation is."""

    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


@dataclass(frozen=True)
class _Given:
    """What was typed of it; None: left as it stands."""

    named: str | None
    kind: str
    cause: str | None
    severity: Severity
    texts: dict[str, str | None]
    due: str | None
    close: bool


def deviation(
    drill: DrillId,
    by: By,
    object_id: ObjectId,
    named: Annotated[
        str | None, typer.Argument(metavar="[DEVIATION]", help="Its id, as `drills show` tells it; else a new one.")
    ] = None,
    kind: Annotated[str, typer.Option("--kind", help="Sort of a new one.")] = "process",
    cause: Annotated[str | None, typer.Option("--cause", help="What was not as it should be; of a new one.")] = None,
    severity: Annotated[Severity, typer.Option("--severity", help="Of a new one.")] = Severity.WARNING,
    owner: Annotated[str | None, typer.Option("--owner", help="Who mends it.")] = None,
    due: Annotated[str | None, typer.Option("--due", help="Until which day, YYYY-MM-DD.")] = None,
    action: Annotated[str | None, typer.Option("--action", help="What is done about it.")] = None,
    ticket: Annotated[str | None, typer.Option("--ticket", help="Where it is followed.")] = None,
    retest: Annotated[str | None, typer.Option("--retest", help="Drill that tests it again.")] = None,
    close: Annotated[bool, typer.Option("--close", help="It is mended.")] = False,
    service: Service = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Record a deviation, or give one its owner, date, action, ticket or retest; what is not given stays.

    What follows from the record (missed objectives, skipped files, a failed check) is there by itself: its cause stays, and a retest alone closes it.

    Examples:
      backup-evidence drills deviation DR-2026Q3-0007 --cause "The runbook names a host that is gone" --by "Ada Example" --object-id 3f2c...
      backup-evidence drills deviation DR-2026Q3-0007 rto_missed:job-1 --owner dba-eu --due 2026-12-31 --action "Restore in parallel" --by "Ada Example"
    """
    texts = {"owner": owner, "action": action, "ticket": ticket, "retest": retest}
    given = _Given(named, kind, cause, severity, texts, due, close)
    tell(config, output, drill, (by, object_id, service), lambda said: _event(said, given))


def _event(said: Said, given: _Given) -> DeviationRecorded:
    from evidence.drills.events import DeviationRecorded
    from evidence.ledger.persons import checked_text

    one = _standing(said, given.named) if given.named is not None else _new(said, given)
    texts = {name: checked_text(text, f"--{name}") for name, text in given.texts.items() if text is not None}
    due = one.due if given.due is None else typed_day(given.due, "--due")
    one = replace(one, due=due, **texts)  # type: ignore[arg-type]  # names of its own fields
    if given.close and one.closed_at is None:
        one = replace(one, closed_at=said.at, closed_by=said.by)
    return DeviationRecorded(said.drill.planned.drill_id, one, said.at, said.by)


def _standing(said: Said, named: str) -> Deviation:
    from evidence.errors import RefusedError

    found = next((one for one in said.drill.deviations if one.deviation_id == named), None)
    if found is None:
        name = said.drill.planned.drill_id
        raise RefusedError(
            f"Drill {name}: deviation {named[:100]} is not there.", next_step=f"backup-evidence drills show {name}"
        )
    return found


def _new(said: Said, given: _Given) -> Deviation:
    """A deviation that follows from its cause: the same cause told again is the same one."""
    from evidence.drills.values import Deviation
    from evidence.errors import ConfigurationError
    from evidence.ledger.persons import checked_name, checked_text

    if given.cause is None:
        raise ConfigurationError("A new deviation needs --cause; one that is there is named by its id.")
    word, why = checked_name(given.kind, "--kind"), checked_text(given.cause, "--cause")
    if ":" in word:
        raise ConfigurationError("--kind is one word without a colon, such as process.")
    name = f"{word}-{hashlib.sha256(why.encode()).hexdigest()[:DIGITS]}"
    standing = next((one for one in said.drill.deviations if one.deviation_id == name), None)
    return standing or Deviation(name, word, given.severity.value, why, automatic=False)
