"""`backup-evidence drills submit|cancel|supersede|clean-up`: what a person decides of a drill, and how it ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output
from cli.drills_record import By, DrillId, ObjectId, Said, Service, tell
from cli.moments import typed_moment
from cli.output import Format

if TYPE_CHECKING:
    from evidence.drills.events import Cancelled, CleanedUp, Submitted, Superseded

Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence.")]


def submit(
    drill: DrillId,
    sha256: Annotated[
        str, typer.Option("--hash", help="SHA-256 of the record that was read, as `drills show` prints it.")
    ],
    by: By,
    object_id: ObjectId,
    comment: Annotated[str, typer.Option("--comment", help="What the reviewer should know.")] = "",
    service: Service = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Hand the record in for review, as it was read; after that no fact is added.

    Refused (end 8): unless the drill is validated, by a service principal, and where the record changed after it was read.

    Example: backup-evidence drills submit DR-2026Q3-0007 --hash 6f1c... --by "Ada Example" --object-id 3f2c...
    """

    def event(said: Said) -> Submitted:
        from evidence.drills.events import Submitted
        from evidence.drills.values import Role, SignOff

        read = re.sub(r"[\s:]", "", sha256).lower()
        told = SignOff(Role.TESTER, said.by, "submitted", _text(comment, "--comment"), said.at, read)
        return Submitted(said.drill.planned.drill_id, told, said.at, said.by)

    tell(config, output, drill, (by, object_id, service), event)


def cancel(
    drill: DrillId,
    reason: Reason,
    by: By,
    object_id: ObjectId,
    service: Service = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Call a drill off before it is handed in, with a reason; it counts as not done.

    Example: backup-evidence drills cancel DR-2026Q3-0007 --reason "The database was removed, CHG0042" --by "Ada Example" --object-id 3f2c...
    """

    def event(said: Said) -> Cancelled:
        from evidence.drills.events import Cancelled

        return Cancelled(said.drill.planned.drill_id, _text(reason, "--reason"), said.at, said.by)

    tell(config, output, drill, (by, object_id, service), event)


def supersede(
    drill: DrillId,
    other: Annotated[str, typer.Argument(metavar="BY_DRILL", help="The drill whose record stands instead.")],
    reason: Reason,
    by: By,
    object_id: ObjectId,
    service: Service = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Replace a decided record by another drill's, with a reason: nothing is edited after sign-off, and the old one no longer counts.

    Example: backup-evidence drills supersede DR-2026Q3-0007 DR-2026Q3-0012 --reason "It was the wrong database" --by "Ada Example" --object-id 3f2c...
    """

    def event(said: Said) -> Superseded:
        from evidence.drills.events import Superseded

        return Superseded(said.drill.planned.drill_id, other, _text(reason, "--reason"), said.at, said.by)

    tell(config, output, drill, (by, object_id, service), event)


def clean_up(
    drill: DrillId,
    known_by: Annotated[str, typer.Option("--known-by", help="How it is known that the restored copy is gone.")],
    by: By,
    object_id: ObjectId,
    gone_at: Annotated[str | None, typer.Option("--gone-at", help="When it was gone [default: now].")] = None,
    service: Service = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Record that the restored copy is gone; also after the sign-off.

    Example: backup-evidence drills clean-up DR-2026Q3-0007 --known-by "resource group deleted, CHG0042" --by "Ada Example" --object-id 3f2c...
    """

    def event(said: Said) -> CleanedUp:
        from evidence.drills.events import CleanedUp

        gone = said.at if gone_at is None else typed_moment(gone_at, "--gone-at")
        return CleanedUp(said.drill.planned.drill_id, _text(known_by, "--known-by"), gone, said.at, said.by)

    tell(config, output, drill, (by, object_id, service), event)


def _text(text: str, option: str) -> str:
    """What was typed, fit to be recorded; where nothing was, the guard says why that is not enough."""
    from evidence.ledger.persons import checked_text

    return checked_text(text, option) if text.strip() else ""
