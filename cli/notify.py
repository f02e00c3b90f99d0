"""`backup-evidence notify`: what was told, what is due, and whether channels work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.help import Commands
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evidence.compose import Composition
    from evidence.notify.history import Attempt, History
    from evidence.notify.interface import Message
    from evidence.runs.outbox import Office

UNAVAILABLE = 6
app = Commands(help="Telling people.", no_args_is_help=True, rich_markup_mode=None)
COLUMNS = ("message", "team", "channel", "state", "status")


@app.callback()
def group() -> None:
    """Telling people of problems: what was sent, what is due, and whether a channel works."""


@app.command()
def status(
    every: Annotated[bool, typer.Option("--all", help="What was delivered too.")] = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """List messages that are due, with what came of the last attempt at each; nothing is sent.

    Examples:
      backup-evidence notify status
      backup-evidence notify status --all -o json
    """
    with exits():
        from evidence.notify.history import fold
        from evidence.runs.outbox import due_now, recorded
        from evidence.runs.problems import judged_night, standing_problems

        composition = compose(config)
        office, entries = _office(composition), composition.ledger.entries()
        _, attempts = recorded(composition.store, entries)
        history = fold(attempts)
        problems = standing_problems(composition.store, entries, composition.settings.tiers)
        due = due_now(composition.parts, office, problems, history, judged_night(entries))
        rows = [_due_row(one, history) for one in due]
        delivered = [one for one in history.last.values() if one.ok]
        rows += [_attempt_row(one) for one in delivered if every]
        meta = {"due": len(due), "delivered": len(delivered), "tickets": len(history.places)}
        emit(Result("backup-evidence/notify-status/1", rows, COLUMNS, meta), output)
        if not due:
            say("nothing is due")


@app.command()
def send(
    again: Annotated[bool, typer.Option("--again", help="Failed messages do not wait for their time.")] = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Send what is due of the exceptions as they stand, and record each attempt. What was delivered is never sent twice.

    Ends 6 where something that is due was not delivered.

    Example: backup-evidence notify send --again
    """
    with exits():
        from evidence.runs.outbox import tell
        from evidence.runs.problems import judged_night, standing_problems
        from evidence.runs.retention.warnings import expiry_messages

        composition = compose(config)
        office, entries = _office(composition), composition.ledger.entries()
        problems = standing_problems(composition.store, entries, composition.settings.tiers)
        leaving, unread = expiry_messages(composition.keeper, entries, office, composition.clock.now())
        told = tell(composition.parts, office, problems, night=judged_night(entries), again=again, more=leaving)
        rows = [_attempt_row(one) for one in told.attempts]
        meta = {"left": len(told.left), "ledger_entry": told.entry.sequence if told.entry else None}
        emit(Result("backup-evidence/notify-send/1", rows, COLUMNS, meta), output)
        if unread:
            say(unread)
        if told.held_by_other:
            say("another run is sending; it, or the next one, sends what is due")
        elif not told.attempts:
            say(
                "nothing is due now"
                if not told.left
                else f"{len(told.left)} wait for their next attempt; --again sends them"
            )
        if told.left:
            raise typer.Exit(UNAVAILABLE)


@app.command("test")
def try_channel(
    channel: Annotated[str, typer.Argument(help="Name of a channel, as the configuration has it.")],
    team: Annotated[str, typer.Option("--team", help="Key of a team, as the owners file has it.")],
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Try a channel out for a team: tickets are looked for and none is created, an alert is resolved at once, the rest is sent.

    Nothing is recorded. Ends 6 where it was not taken.

    Example: backup-evidence notify test email --team dba-eu
    """
    with exits():
        from evidence.errors import ConfigurationError
        from evidence.notify.trial import trial

        composition = compose(config)
        office = _office(composition)
        for what, name, known in (("channel", channel, office.channels), ("team", team, office.owners.teams)):
            if name not in known:
                raise ConfigurationError(
                    f"There is no {what} `{name}`.", next_step=f"There are {', '.join(sorted(known))}."
                )
        to = office.owners.team(team)
        message = trial(channel, to, composition.clock.now(), composition.settings.organisation)
        done = office.channels[channel].send(message, to)
        row = {"message": message.message_id, "team": team, "channel": channel, "status": done.status}
        rows = [{**row, "state": "taken" if done.ok else "NOT TAKEN", "external_id": done.external_id}]
        emit(Result("backup-evidence/notify-test/1", rows, COLUMNS), output)
        if not done.ok:
            raise typer.Exit(UNAVAILABLE)


@app.command()
def hint(
    file: Annotated[Path, typer.Argument(help="The body of an alert of Azure Monitor, common alert schema.")],
    output: Output = Format.TABLE,
) -> None:
    """Read an alert of Azure Monitor: which vaults it hints at. It is never evidence, and nothing is kept of it.

    Example: backup-evidence notify hint alert.json
    """
    with exits():
        from evidence.notify.hints import parse_alert
        from evidence.yaml_models import read_named_file

        told = parse_alert(read_named_file(file, "alert", "Name a file with the body of the alert."))
        row = {
            "alert": told.alert_id,
            "condition": told.condition,
            "rule": told.rule,
            "severity": told.severity,
            "fired_at": told.fired_at.isoformat(),
            "vaults": list(told.vault_ids),
            "targets": list(told.targets),
        }
        emit(
            Result("backup-evidence/notify-hint/1", [row], ("condition", "rule", "severity", "fired_at", "vaults")),
            output,
        )


def _office(composition: Composition) -> Office:
    from evidence.errors import ConfigurationError

    office = composition.office
    if office is None:
        raise ConfigurationError(
            "There are no owners.", next_step="Set `owners: owners.yaml`; see docs/configuration.md."
        )
    return office


def _due_row(message: Message, history: History) -> Mapping[str, object]:
    last = history.last.get(message.message_id)
    state = "due" if last is None else f"FAILED {last.number} times, next from {last.next_at:%Y-%m-%d %H:%M} UTC on"
    return {
        "message": message.subject,
        "team": message.team,
        "channel": message.channel,
        "state": state,
        "status": last.status if last else None,
        "occasion": message.occasion.value,
        "message_id": message.message_id,
    }


def _attempt_row(attempt: Attempt) -> Mapping[str, object]:
    return {
        "message": attempt.subject,
        "team": attempt.team,
        "channel": attempt.channel,
        "state": "delivered" if attempt.ok else "FAILED",
        "status": attempt.status,
        "at": attempt.at.isoformat(),
        "occasion": attempt.occasion,
        "message_id": attempt.message_id,
        "external_id": attempt.external_id,
    }
