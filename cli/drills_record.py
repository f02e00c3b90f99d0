"""How a command records what a person says of a drill: who says it, the event, and what stands after it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import compose, exits
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.drills.events import Event
    from evidence.drills.fold import Book
    from evidence.drills.values import Drill, Person
    from evidence.ledger.entries import LedgerEntry
    from evidence.runs.drills.recording import Recorded

COLUMNS = ("drill", "what", "who", "object_id", "grade", "state", "recorded", "ledger_entry", "record_sha256")
DrillId = Annotated[str, typer.Argument(metavar="DRILL", help="The drill's id, as `drills list` shows it.")]
By = Annotated[str, typer.Option("--by", help="Who says so, as the person signs.")]
ObjectId = Annotated[
    str,
    typer.Option(
        "--object-id",
        envvar="BACKUP_EVIDENCE_OBJECT_ID",
        help="That person's object id in Entra ID: reviewers are told from testers by it, never by name.",
    ),
]
Service = Annotated[
    bool, typer.Option("--service", help="A service principal says so: it may tell facts, and decides nothing.")
]


@dataclass(frozen=True)
class Said:
    """What a command is about: the drill as it stands, who speaks, and when."""

    composition: Composition
    book: Book
    drill: Drill
    by: Person
    at: datetime


def tell(
    config: Path | None,
    output: Format,
    drill_id: str,
    who: tuple[str, str, bool],
    event_of: Callable[[Said], Event],
) -> None:
    """Record one event of a drill and print what stands after it; ends 8 with the guard's sentence where it is refused."""
    with exits():
        from cli.account import account
        from evidence.runs.drills.recording import check, recorded

        said = said_of(config, drill_id, who)
        event = event_of(said)
        parts = said.composition.parts
        # A person hears first what rules it out, and then whether a sign-in is needed.
        check(parts, event)
        show_recorded(said, recorded(parts, event, account=account()), output)


def said_of(config: Path | None, drill_id: str, who: tuple[str, str, bool]) -> Said:
    """The drill as it stands and who speaks; raises RefusedError for a drill that is not there."""
    from evidence.drills.fold import named_drill
    from evidence.runs.drills.book import read_book

    composition = compose(config)
    entries = composition.ledger.entries()
    book = read_book(entries)
    return Said(composition, book, named_drill(book, drill_id), person(entries[0], *who), composition.parts.clock.now())


def person(opened: LedgerEntry, name: str, object_id: str, service: bool = False) -> Person:
    """A person of the store's tenant; raises ConfigurationError for what is no name or no object id."""
    from evidence.drills.values import Person
    from evidence.errors import ConfigurationError
    from evidence.ledger.persons import checked_name

    try:
        known = str(uuid.UUID(object_id.strip()))
    except ValueError as error:
        raise ConfigurationError(
            f"{object_id[:60]!a} is no object id.",
            next_step="`az ad signed-in-user show --query id` prints your own; give it with --object-id.",
        ) from error
    return Person(str(opened.payload["tenant"]), known, checked_name(name, "--by"), service)


def show_recorded(said: Said, found: Recorded, output: Format) -> None:
    """One row of what was recorded; on stderr how the person is known and what comes next."""
    from evidence.drills.next_steps import next_step
    from evidence.drills.spelling import record_sha256
    from evidence.ledger.drill_events import account_of, claims_of
    from evidence.ledger.persons import UNPROVEN
    from evidence.runs.drills.book import read_book

    entry = found.entry
    drill = read_book(said.composition.ledger.entries()).drills[said.drill.planned.drill_id]
    signed, account = claims_of(entry) is not None, account_of(entry)
    told = entry.payload["told"]
    row = {
        "drill": drill.planned.drill_id,
        "what": told.get("kind") if isinstance(told, dict) else None,
        "who": said.by.name,
        "object_id": said.by.object_id,
        "grade": "B" if signed else "C",
        "account": None if account is None else account.sentence,
        "state": str(drill.state),
        "recorded": "before" if found.before else "now",
        "ledger_entry": entry.sequence,
        "record_sha256": record_sha256(drill),
    }
    emit(Result("backup-evidence/drill-event/1", [row], COLUMNS), output)
    if not signed:
        say(f"{said.by.name}: {UNPROVEN} (grade C)")
    if found.before:
        say(f"recorded before, as ledger entry {entry.sequence}; nothing was added")
    say(step_line(next_step(drill).missing, drill))


def step_line(missing: tuple[str, ...], drill: Drill) -> str:
    """Where a drill stands and what it lacks, on one line."""
    lacks = f"still missing: {'; '.join(missing)}" if missing else "nothing is missing"
    return f"{drill.planned.drill_id} is {drill.state}; {lacks}"
