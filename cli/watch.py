"""`backup-evidence watch`: look for fresh failures between nights, or send the morning's summary, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import PARTIAL, Config, Output, compose, exits
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evidence.compose import Composition
    from evidence.notify.interface import Message
    from evidence.runs.watch.look import Look

COLUMNS = ("vault", "subject", "status", "started_at", "ended_at", "error", "job_id")
MORNING_COLUMNS = ("scope", "gate", "critical", "proven", "open", "against")
FINDINGS = 3


def watch(
    once: Annotated[bool, typer.Option("--once", help="Ask every vault once for fresh failures.")] = False,
    summary: Annotated[bool, typer.Option("--summary", help="Send the morning's summary of each scope.")] = False,
    tell: Annotated[bool, typer.Option("--tell/--no-tell", help="Whether owners are told.")] = True,
    fail_on_fresh: Annotated[bool, typer.Option("--fail-on-fresh", help="End 3 where a failure is new.")] = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Ask vaults for failures that nobody was told of yet, record them as exceptions, and tell their owners.

    A look that finds nothing new leaves nothing behind. Ends 4 where a vault could not be asked: of that one nothing is known. With
    `automation: on` a sensor of Dagster looks every few minutes, and a schedule sends the summary.

    Examples:
      backup-evidence watch --once
      backup-evidence watch --once --no-tell --fail-on-fresh -o json
      backup-evidence watch --summary
    """
    with exits():
        from evidence.errors import ConfigurationError

        if once == summary:
            raise ConfigurationError("Say --once or --summary.", next_step="backup-evidence watch --help")
        composition = compose(config)
        if summary:
            _summary(composition, output, tell=tell)
            return
        found = _look(composition, output)
        if tell:
            _tell(composition, [])
        if found.unread:
            raise typer.Exit(PARTIAL)
        if found.fresh and fail_on_fresh:
            raise typer.Exit(FINDINGS)


def _look(composition: Composition, output: Format) -> Look:
    from evidence.runs.watch.look import look

    found = look(composition.parts, composition.watching)
    unread = [
        {"vault": found.names[one.vault_id], "vault_id": one.vault_id, "reason": one.reason} for one in found.unread
    ]
    meta = {
        "looked_at": found.looked_at.isoformat(),
        "night": str(found.night),
        "vaults": len(found.vaults),
        "unread": unread,
        "known": found.known,
        "ledger_entry": found.entry.sequence if found.entry else None,
        "exceptions": dict(found.recorded.counts) if found.recorded else {},
    }
    emit(Result("backup-evidence/watch/1", [_row(found, row) for row in found.fresh], COLUMNS, meta), output)
    answered = len(found.vaults) - len(unread)
    say(
        f"{answered} of {len(found.vaults)} vaults answered; {len(found.fresh)} new failed jobs, {found.known} known before"
    )
    for one in unread:
        say(f"NOT KNOWN: {one['vault']}: {one['reason']}")
    return found


def watch_remarks(composition: Composition) -> list[str]:
    """What the last recorded look could not ask; nothing where none was ever recorded, or all answered."""
    from evidence.ledger.watches import last_look

    last = last_look(composition.ledger.entries())
    if last is None or not last.unread:
        return []
    told = ", ".join(f"{one.vault_id.rpartition('/')[2]} ({one.reason})" for one in last.unread)
    when = f"{last.looked_at:%Y-%m-%d %H:%M} UTC"
    return [f"watch: since {when} {len(last.unread)} vaults could not be asked between nights: {told}"]


def _row(found: Look, row: Mapping[str, object]) -> dict[str, object]:
    titles, codes = row.get("error_titles"), row.get("error_codes")
    return {
        "vault": found.names[str(row["vault_id"])],
        "subject": row["entity_friendly_name"],
        "item_key": row["item_key"],
        "operation": row["operation"],
        "status": row["status"],
        "started_at": row["started_at"],
        "ended_at": row["ended_at"],
        "error": titles or codes,
        "error_codes": codes,
        "recommendations": row.get("recommendations"),
        "job_id": row["job_id"],
        "vault_id": row["vault_id"],
    }


def _tell(composition: Composition, more: Sequence[Message]) -> None:
    from evidence.runs.watch.alerts import tell_owners

    told = tell_owners(composition.parts, composition.office, composition.settings.tiers, more)
    if told is None:
        say("no owners file is configured, so nobody was told")
        return
    say(f"{told.delivered} messages delivered, {len(told.left)} left")
    for one in told.attempts:
        if not one.ok:
            say(f"not delivered over {one.channel}: {one.status}")


def _summary(composition: Composition, output: Format, *, tell: bool) -> None:
    from evidence.packs.mornings import morning_messages, mornings
    from evidence.runs.morning import summary_facts

    parts, settings, office = composition.parts, composition.settings, composition.office
    now = parts.clock.now()
    found = list(mornings(parts, composition.scopes(), now, settings.tiers))
    rows = [
        {
            "scope": one.scope,
            "night": str(one.night),
            "gate": one.verdict.code.name.lower(),
            "critical": one.verdict.critical,
            "proven": one.verdict.proven,
            "open": len(one.open),
            **{name.lower(): value for name, value in summary_facts(one) if name in {"Against", "Watch"}},
        }
        for one in found
    ]
    emit(Result("backup-evidence/morning/1", rows, MORNING_COLUMNS), output)
    if tell:
        _tell(composition, morning_messages(office, found, settings.watch, now) if office is not None else [])
