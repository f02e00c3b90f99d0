"""`backup-evidence exceptions acknowledge|accept|close|reopen|comment`: what a person decides, on record; what is approved, with a sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.output import Format, Result, emit, say
from cli.signing_in import DeviceCode

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.assess.exceptions.states import Act, Closure
    from evidence.compose import Composition
    from evidence.ledger.decisions import RecordedDecision
    from evidence.runs.exceptions.decided import Made

COLUMNS = ("exception", "what", "who", "approver", "until", "state", "grade", "recorded", "ledger_entry")
Key = Annotated[str, typer.Argument(help="Its key, or as many digits as are unlike all others.")]
By = Annotated[str | None, typer.Option("--by", help="Who decides, as the person signs.")]
AskedBy = Annotated[str, typer.Option("--by", help="Who asks for it, as the person signs.")]
Approver = Annotated[
    str | None, typer.Option("--approver", help="Who is to approve it; refused where somebody else signs in.")
]
SignsIn = Annotated[
    bool, typer.Option("--sign-in", help="Sign in, and sign the decision; needs a terminal, and takes no --by.")
]
Reason = Annotated[str | None, typer.Option("--reason", help="Why, in a sentence.")]


class CloseAs(StrEnum):
    """As what a person closes an exception."""

    DECOMMISSIONED = "decommissioned"
    APPROVED = "approved"


def acknowledge(
    key: Key,
    by: By = None,
    reason: Reason = None,
    sign_in: SignsIn = False,
    device_code: DeviceCode = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Record that a person knows of an exception and works on it.

    Whoever is named is a person's statement (grade C), unless --sign-in lets Entra ID name them: then the decision is signed with the claims inside
    (grade B). The same command again records nothing more.

    Examples:
      backup-evidence exceptions acknowledge 3f9a1c2b4d5e --by "Ada Example"
      backup-evidence exceptions acknowledge 3f9a1c2b4d5e --sign-in
    """
    from evidence.assess.exceptions.states import Act

    _decide(config, output, key, Act.ACKNOWLEDGE, Who(by, sign_in, device_code), reason=reason)


def accept(
    key: Key,
    by: AskedBy,
    approver: Approver = None,
    until: Annotated[str | None, typer.Option("--until", help="Last day, YYYY-MM-DD; then it is open again.")] = None,
    reason: Reason = None,
    device_code: DeviceCode = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Accept the risk until a day: one person asks, another signs in and approves; from the day after it is open again by itself.

    Needs a terminal, a person whom Entra ID names, and their object id under `sign_in.approvers` for a scope of the exception. Refused (end 8): of
    what is closed, without reason or day, by oneself, by a service principal, and beyond `exceptions.accept_at_most_days`.

    Example: backup-evidence exceptions accept 3f9a1c2b4d5e --by "Ada Example" --until 2026-12-31 --reason "replaced in December"
    """
    from evidence.assess.exceptions.states import Act

    with exits():
        day = None if until is None else _day(until)
        who = Who(by, sign_in=True, device_code=device_code)
        _decide(config, output, key, Act.ACCEPT, who, approver=approver, reason=reason, until=day)


def close(
    key: Key,
    by: AskedBy,
    as_: Annotated[CloseAs, typer.Option("--as", help="The item was removed, or the change was wanted.")],
    approver: Approver = None,
    reason: Reason = None,
    device_code: DeviceCode = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Close an exception of an item that was removed on purpose, or of a change that was wanted: one person asks, another signs in and approves.

    Everything else is closed by proof alone: a later completed job and a new recovery point, for example. Refused (end 8): an item that the
    newest night still lists as protected, or whose list was not read; approval of anything but a change; one's own approval, and that of a person
    whose object id does not stand under `sign_in.approvers` for its scope.

    Examples:
      backup-evidence exceptions close 3f9a1c2b4d5e --as decommissioned --by "Ada Example" --reason "CHG0042"
      backup-evidence exceptions close 77d0e1f2a3b4 --as approved --by "Ada Example" --reason "CHG0043"
    """
    from evidence.assess.exceptions.states import Act, Closure

    who = Who(by, sign_in=True, device_code=device_code)
    _decide(config, output, key, Act.CLOSE, who, approver=approver, reason=reason, closure=Closure(as_.value))


def reopen(
    key: Key,
    by: By = None,
    reason: Reason = None,
    sign_in: SignsIn = False,
    device_code: DeviceCode = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Open an exception again that ended, or end the acceptance of its risk; only a job after that closes it once more.

    Example: backup-evidence exceptions reopen 3f9a1c2b4d5e --by "Ada Example" --reason "a restore of it failed"
    """
    from evidence.assess.exceptions.states import Act

    _decide(config, output, key, Act.REOPEN, Who(by, sign_in, device_code), reason=reason)


def comment(
    key: Key,
    text: Annotated[str, typer.Option("--text", help="What there is to say; lines are allowed.")],
    by: By = None,
    sign_in: SignsIn = False,
    device_code: DeviceCode = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Record what a person says of an exception; its state stays as it is.

    Example: backup-evidence exceptions comment 3f9a1c2b4d5e --by "Ada Example" --text "waiting for the vendor, case 4711"
    """
    from evidence.assess.exceptions.states import Act

    _decide(config, output, key, Act.COMMENT, Who(by, sign_in, device_code), reason=text)


@dataclass(frozen=True)
class Who:
    """Who decides: a name that is typed, or a person who signs in."""

    by: str | None
    sign_in: bool
    device_code: bool


def decision_row(found: RecordedDecision) -> dict[str, object]:
    """One decision, with what is known of who made it."""
    from evidence.ledger.persons import PROVEN, UNPROVEN

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
        "identity": UNPROVEN if found.claims is None else PROVEN,
        "claims": None if found.claims is None else dict(found.claims),
        "statement_sha256": found.statement_sha256,
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
    who: Who,
    *,
    approver: str | None = None,
    reason: str | None = None,
    until: date | None = None,
    closure: Closure | None = None,
) -> None:
    with exits():
        from cli.account import account
        from cli.exceptions_signed import decide_signed
        from evidence.assess.exceptions.rules import exception_rules
        from evidence.runs.exceptions.decided import UNNAMED, Wish, decide
        from evidence.runs.exceptions.signing import SIGNED

        _refuse_unnamed(who, approved=act in SIGNED)
        by = who.by or UNNAMED
        wish = Wish.checked(act, by, account(), approver=approver, reason=reason, until=until, closure=closure)
        composition = compose(config)
        rules = exception_rules(composition.settings.exceptions)
        if who.sign_in:
            made = decide_signed(composition, key, wish, rules, device_code=who.device_code)
        else:
            made = decide(composition.parts, key, wish, rules)
        _show(composition, made, output)


def _refuse_unnamed(who: Who, *, approved: bool) -> None:
    from evidence.errors import ConfigurationError

    if not approved and (who.by is None) is not who.sign_in:
        raise ConfigurationError(
            "Who decides is told by --by, or by --sign-in, and not by both.",
            next_step='Give --by "Ada Example", or --sign-in.',
        )


def _show(composition: Composition, made: Made, output: Format) -> None:
    from cli.exceptions_rows import SHORT, known

    recorded = made.recorded
    found = known(composition)
    one = found.standing[recorded.decision.key]
    row = {
        "exception": one.key[:SHORT],
        "exception_key": one.key,
        **decision_row(recorded),
        "state": str(one.state_on(found.moment)),
        "recorded": "before" if made.before else "now",
        "ledger_entry": recorded.entry.sequence,
    }
    emit(Result("backup-evidence/exception-decision/1", [row], COLUMNS), output)
    told = recorded.decision
    who = told.by if told.approver is None or recorded.claims is None else told.approver
    say(f"{who}: {row['identity']} (grade {recorded.grade})")
    if made.before:
        say(f"recorded before, as ledger entry {recorded.entry.sequence}; nothing was added")
