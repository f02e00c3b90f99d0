"""`backup-evidence exceptions acknowledge|accept|close|reopen|comment`: what a named person decides, on record."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.assess.exceptions.states import Act, Closure
    from evidence.ledger.decisions import RecordedDecision

COLUMNS = ("exception", "what", "who", "approver", "until", "state", "recorded", "ledger_entry")
Key = Annotated[str, typer.Argument(help="Its key, or as many digits as are unlike all others.")]
By = Annotated[str, typer.Option("--by", help="Who decides, as the person signs.")]
Approver = Annotated[str | None, typer.Option("--approver", help="Who approves it: another person.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why, in a sentence.")]


class CloseAs(StrEnum):
    """As what a person closes an exception."""

    DECOMMISSIONED = "decommissioned"
    APPROVED = "approved"


def acknowledge(key: Key, by: By, reason: Reason = None, config: Config = None, output: Output = Format.TABLE) -> None:
    """Record that a person knows of an exception and works on it.

    Whoever is named is a person's statement: it is not proven by a sign-in (grade C). The same command again records nothing more.

    Example: backup-evidence exceptions acknowledge 3f9a1c2b4d5e --by "Ada Example"
    """
    from evidence.assess.exceptions.states import Act

    _decide(config, output, key, Act.ACKNOWLEDGE, by, reason=reason)


def accept(
    key: Key,
    by: By,
    approver: Approver = None,
    until: Annotated[str | None, typer.Option("--until", help="Last day, YYYY-MM-DD; then it is open again.")] = None,
    reason: Reason = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Record that a person accepts the risk until a day, and who approves that; from the day after it is open again by itself.

    Refused (end 8): of what is closed, without approver, reason or day, by oneself, and beyond `exceptions.accept_at_most_days`.

    Example: backup-evidence exceptions accept 3f9a1c2b4d5e --by "Ada Example" --approver "Bo Example" --until 2026-12-31 --reason "replaced in December"
    """
    from evidence.assess.exceptions.states import Act

    with exits():
        day = None if until is None else _day(until)
        _decide(config, output, key, Act.ACCEPT, by, approver=approver, reason=reason, until=day)


def close(
    key: Key,
    by: By,
    as_: Annotated[CloseAs, typer.Option("--as", help="The item was removed, or the change was wanted.")],
    approver: Approver = None,
    reason: Reason = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Close an exception of an item that was removed on purpose, or of a change that was wanted, with a person's approval.

    Everything else is closed by proof alone: a later completed job and a new recovery point, for example. Refused (end 8): an item that the
    newest night still lists as protected, or whose list was not read; approval of anything but a change; one's own approval.

    Examples:
      backup-evidence exceptions close 3f9a1c2b4d5e --as decommissioned --by "Ada Example" --approver "Bo Example" --reason "CHG0042"
      backup-evidence exceptions close 77d0e1f2a3b4 --as approved --by "Ada Example" --approver "Bo Example" --reason "CHG0043"
    """
    from evidence.assess.exceptions.states import Act, Closure

    _decide(config, output, key, Act.CLOSE, by, approver=approver, reason=reason, closure=Closure(as_.value))


def reopen(key: Key, by: By, reason: Reason = None, config: Config = None, output: Output = Format.TABLE) -> None:
    """Open an exception again that ended, or end the acceptance of its risk; only a job after that closes it once more.

    Example: backup-evidence exceptions reopen 3f9a1c2b4d5e --by "Ada Example" --reason "a restore of it failed"
    """
    from evidence.assess.exceptions.states import Act

    _decide(config, output, key, Act.REOPEN, by, reason=reason)


def comment(
    key: Key,
    by: By,
    text: Annotated[str, typer.Option("--text", help="What there is to say; lines are allowed.")],
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Record what a person says of an exception; its state stays as it is.

    Example: backup-evidence exceptions comment 3f9a1c2b4d5e --by "Ada Example" --text "waiting for the vendor, case 4711"
    """
    from evidence.assess.exceptions.states import Act

    _decide(config, output, key, Act.COMMENT, by, reason=text)


def decision_row(found: RecordedDecision) -> dict[str, object]:
    """One decision, with what is known of who made it."""
    from evidence.ledger.persons import UNPROVEN

    told, removal = found.decision, found.decision.removal
    return {
        "what": told.act,
        "episode": told.episode,
        "at": told.decided_at.isoformat(),
        "who": told.by,
        "told": told.reason,
        "approver": told.approver,
        "until": None if told.until is None else str(told.until),
        "closed_as": told.closure,
        "removal": None
        if removal is None
        else {
            "night": str(removal.night),
            "told": removal.told,
            "points_kept": removal.points,
            "last_expires_at": None if removal.expires_at is None else removal.expires_at.isoformat(),
        },
        "account": found.account.sentence,
        "grade": found.grade,
        "identity": UNPROVEN,
    }


def _day(text: str) -> date:
    from evidence.errors import ConfigurationError

    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"`{text[:40]}` is no day.", next_step="Write it as 2026-12-31.") from error


def _decide(
    config: Path | None,
    output: Format,
    key: str,
    act: Act,
    by: str,
    *,
    approver: str | None = None,
    reason: str | None = None,
    until: date | None = None,
    closure: Closure | None = None,
) -> None:
    with exits():
        from cli.account import account
        from cli.exceptions_rows import SHORT, known
        from evidence.assess.exceptions.rules import exception_rules
        from evidence.ledger.persons import UNPROVEN
        from evidence.runs.exceptions.decided import Wish, decide

        wish = Wish.checked(act, by, account(), approver=approver, reason=reason, until=until, closure=closure)
        composition = compose(config)
        made = decide(composition.parts, key, wish, exception_rules(composition.settings.exceptions))
        found = known(composition)
        one = found.standing[made.recorded.decision.key]
        row = {
            "exception": one.key[:SHORT],
            "exception_key": one.key,
            **decision_row(made.recorded),
            "state": str(one.state_on(found.moment)),
            "recorded": "before" if made.before else "now",
            "ledger_entry": made.recorded.entry.sequence,
        }
        emit(Result("backup-evidence/exception-decision/1", [row], COLUMNS), output)
        say(f"{wish.by}: {UNPROVEN} (grade {made.recorded.grade})")
        if made.before:
            say(f"recorded before, as ledger entry {made.recorded.entry.sequence}; nothing was added")
