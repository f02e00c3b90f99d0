"""`backup-evidence gate`: whether what comes after the backups may begin; for schedulers to call before it does."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits, moment_of_reading
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from evidence.compose import Composition
    from evidence.packs.gate import GateOrder
    from evidence.packs.scope import PackScope
    from evidence.runs.gate import Verdict

COLUMNS = ("what", "subject", "vault", "tier", "part", "slot_at", "outcome", "reason")
MOST_TOLD = 5


def gate(
    before: Annotated[
        str, typer.Option("--before", help="When what follows begins: HH:MM of today, or a moment (ISO 8601).")
    ],
    scope: Annotated[str | None, typer.Option("--scope", help="A configured scope; the only one by default.")] = None,
    night: Annotated[
        datetime | None,
        typer.Option("--night", formats=["%Y-%m-%d"], help="The night asked about [default: the last that ended]."),
    ] = None,
    min_tier: Annotated[
        int | None,
        typer.Option("--min-tier", min=0, max=9, help="Items of tiers 0 to N must be proven [default: 1]."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every item must be proven, whatever its tier.")] = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Answer by the exit code whether every critical item has a proven good backup, and everything was read.

    Ends 0 only then; 3 with the list of what is pending, unknown, failed or was never expected; 4 where we could not look: the night is
    not sealed or not judged, a list of jobs or items was not read, or the store cannot be read. Only 0 is a go. Where no tiers are
    configured, every item counts.

    Examples:
      backup-evidence gate --scope eu --before 07:00
      backup-evidence gate --scope all --before 2026-11-22T07:00+01:00 --night 2026-11-21 --all -o json
    """
    with exits():
        composition = compose(config)
        order = _order(
            composition, before, scope, night.date() if night else None, _least(composition, min_tier, every=every)
        )
        verdict, rows = _asked(composition, order)
        emit(Result("backup-evidence/gate/1", rows, COLUMNS, _meta(composition, order, verdict)), output)
        for line in _remarks(order, verdict):
            say(line)
        if verdict.code:
            raise typer.Exit(int(verdict.code))


def _least(composition: Composition, min_tier: int | None, *, every: bool) -> int | None:
    from evidence.errors import ConfigurationError
    from evidence.runs.gate import LEAST_CRITICAL

    if min_tier is not None and (every or not composition.settings.tiers):
        said = "--all asks for every item" if every else "no tiers are configured"
        raise ConfigurationError(f"--min-tier {min_tier} says nothing here: {said}.")
    if every or not composition.settings.tiers:
        return None
    return LEAST_CRITICAL if min_tier is None else min_tier


def _order(
    composition: Composition, before: str, scope: str | None, night: date | None, least: int | None
) -> GateOrder:
    from evidence.packs.gate import GateOrder
    from evidence.runs.gate import moment_of, night_before

    calendar = composition.calendar
    moment = moment_of(before, calendar, moment_of_reading(composition))
    return GateOrder(_scope(composition, scope), night or night_before(calendar, moment), moment, least)


def _scope(composition: Composition, name: str | None) -> PackScope:
    from evidence.errors import ConfigurationError

    if name is not None:
        return composition.scope(name)
    found = composition.scopes()
    if len(found) > 1:
        raise ConfigurationError(
            "There are several scopes.", next_step=f"Name one with --scope: {', '.join(one.name for one in found)}."
        )
    return found[0]


def _asked(composition: Composition, order: GateOrder) -> tuple[Verdict, Sequence[Mapping[str, object]]]:
    from evidence.packs.gate import ask_gate

    verdict = ask_gate(composition.parts, order, composition.settings.tiers)
    rows = [
        {
            "what": one.what,
            "subject": one.subject,
            "vault": one.vault_id.rpartition("/")[2] if one.vault_id else None,
            "tier": one.tier,
            "workload": one.workload,
            "part": one.part,
            "slot_at": one.slot_at.isoformat() if one.slot_at else None,
            "outcome": one.outcome,
            "reason": one.reason,
            "job_ids": list(one.job_ids),
            "item_key": one.item_key,
            "vault_id": one.vault_id,
        }
        for one in verdict.obstacles
    ]
    return verdict, rows


def _meta(composition: Composition, order: GateOrder, verdict: Verdict) -> dict[str, object]:
    window = composition.calendar.window(order.night)
    return {
        "gate": verdict.code.name.lower(),
        "code": int(verdict.code),
        "scope": order.scope.name,
        "night": str(order.night),
        "night_started_at": window.start.isoformat(),
        "night_ended_at": window.end.isoformat(),
        "before": order.before.isoformat(),
        "tiers": "all" if order.least is None else f"0 to {order.least}",
        "critical": verdict.critical,
        "proven": verdict.proven,
    }


def _remarks(order: GateOrder, verdict: Verdict) -> list[str]:
    said = {0: "open", 3: "CLOSED", 4: "CLOSED: we could not look"}[int(verdict.code)]
    counted = f"{verdict.proven} of {verdict.critical} critical items have a proven good backup"
    told = [f"gate {order.scope.name}, night {order.night}: {said}; {counted}"]
    told += [f"{one.subject}: {one.reason}" for one in verdict.obstacles[:MOST_TOLD]]
    rest = len(verdict.obstacles) - MOST_TOLD
    return told if rest <= 0 else [*told, f"and {rest} more"]
