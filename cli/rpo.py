"""`backup-evidence rpo`: how old the newest usable point of each item is, or how much of a period it was young enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import PARTIAL, Config, Output, compose, exits, moment_of_reading
from cli.output import Format, Result, emit, say
from cli.rpo_rows import age_row, ordered, period_row, remarks, tiers

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.packs.period import Period
    from evidence.packs.scope import PackScope
    from evidence.runs.attained import Objectives
    from evidence.runs.rules_then import Turn

AGE = ("standing", "tier", "item", "workload", "vault", "age", "target", "target_source", "newest_at", "reason")
PERIOD = (
    "standing",
    "tier",
    "item",
    "workload",
    "vault",
    "share",
    "unknown",
    "max_gap",
    "breaches",
    "target",
    "target_source",
)
FINDINGS = 3


class FailOn(StrEnum):
    """What ends the command with 3."""

    BREACHED = "breached"


class Rules(StrEnum):
    """By which configuration targets are told."""

    THEN = "then"
    """That of each night's run."""
    NOW = "now"


def rpo(
    scope: Annotated[str, typer.Option("--scope", help="A scope of the configuration.")] = "all",
    at: Annotated[
        str | None,
        typer.Option("--at", help="A moment (ISO 8601 with offset) [default: the end of the last sealed night]."),
    ] = None,
    period: Annotated[
        str | None,
        typer.Option("--period", help="2026Q3, 2026-11, 2026-W47, 2026, 2026-11-21 or 2026-11-01..2026-11-10."),
    ] = None,
    fail_on: Annotated[
        FailOn | None, typer.Option("--fail-on", help="End 3 where an item is out of its target.")
    ] = None,
    rules: Annotated[
        Rules, typer.Option("--rules", help="Targets as they were configured then, or as they are now.")
    ] = Rules.THEN,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Show for each item the age of its newest usable point against its target, or with --period the share of time within it.

    Targets come from the tier rules of the configuration that each night was run with (`--rules now`: of today's); where none names one, from the
    policy's interval, and are labelled so. Points that have expired since count as the nights saw them. Of time whose points were not read the standing is unknown, never attained; the command then ends 4,
    as it does where no item was seen at all.

    Examples:
      backup-evidence rpo --scope eu
      backup-evidence rpo --scope eu --at 2026-11-21T06:00+00:00
      backup-evidence rpo --period 2026Q3 -o csv
      backup-evidence rpo --period 2026-11 --fail-on breached
    """
    with exits():
        composition = compose(config)
        chosen = composition.scope(scope)
        objectives = _objectives(composition, chosen, rules)
        if period is not None:
            rows, counts, meta = _over(composition, objectives, _period(period, at))
        else:
            rows, counts, meta = _at(objectives, _moment(composition, at))
        columns = AGE if period is None else PERIOD
        emit(Result("backup-evidence/rpo/1", rows, columns, {"scope": chosen.name, **meta, "tiers": counts}), output)
        for line in (*remarks(counts), *_other_rules(objectives, meta)):
            say(line)
        standings = {str(row["standing"]) for row in rows}
        if fail_on is not None and fail_on in standings:
            raise typer.Exit(FINDINGS)
        if not rows:
            say(f"no item of scope {chosen.name} was seen then, so nothing can be told")
        if not rows or "unknown" in standings:
            raise typer.Exit(PARTIAL)


_YEARS = range(1970, 9000)
Told = tuple[Sequence[Mapping[str, object]], Sequence[Mapping[str, object]], Mapping[str, object]]
"""Rows of items, of tiers, and what is true of all."""


def _period(text: str, at: str | None) -> Period:
    from evidence.errors import ConfigurationError
    from evidence.packs.period import parse_period

    if at is not None:
        raise ConfigurationError("--at and --period exclude each other.")
    return parse_period(text)


def _moment(composition: Composition, text: str | None) -> datetime:
    from datetime import UTC

    from evidence.errors import ConfigurationError

    if text is None:
        return _last_end(composition)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"`{text}` is no moment.", cause=str(error)) from error
    if found.year not in _YEARS:
        raise ConfigurationError(f"`{text}` is no moment.", cause="No backup was made in that year.")
    if found.tzinfo is None:
        raise ConfigurationError(
            f"`{text}` has no offset.", next_step="Write 2026-11-21T06:00+00:00, or end it with Z."
        )
    return found.astimezone(UTC)


def _last_end(composition: Composition) -> datetime:
    from evidence.errors import ConfigurationError
    from evidence.ledger.folds import sealed_nights

    nights = sealed_nights(composition.ledger.entries())
    if not nights:
        raise ConfigurationError("No night is sealed yet.", next_step="Run one: backup-evidence run --night D")
    return composition.calendar.window(max(nights)).end


def _objectives(composition: Composition, scope: PackScope, rules: Rules) -> Objectives:
    from evidence.runs.attained import Objectives

    return Objectives(
        composition.store,
        composition.ledger.entries(),
        composition.calendar,
        scope.holds,
        composition.rules_in_use,
        as_today=rules is Rules.NOW,
    )


def _at(objectives: Objectives, moment: datetime) -> Told:
    night = objectives.calendar.night_of(moment)
    rows = []
    standings = []
    for one, age in objectives.ages(moment):
        rows.append(age_row(one, age))
        standings.append((age.standing, one.points.about.tier))
    by = _configurations(objectives.turns(night, night))
    return ordered(rows), tiers(standings), {"at": moment.isoformat(), "configurations": by}


def _over(composition: Composition, objectives: Objectives, period: Period) -> Told:
    # Of what has not been yet nothing can be told.
    _last_end(composition)
    now, first, last = moment_of_reading(composition), period.first, period.last
    rows = []
    standings = []
    for one, found in objectives.attainments(first, last, now):
        rows.append(period_row(one, found))
        standings.append((found.standing, one.points.about.tier))
    start, end = objectives.calendar.span(first, last).start, objectives.end(first, last, now)
    by = _configurations(objectives.turns(first, last))
    meta = {"from": start.isoformat(), "to": end.isoformat(), "configurations": by}
    return ordered(rows), tiers(standings), meta


def _configurations(by_time: Sequence[Turn]) -> list[dict[str, object]]:
    """By which configurations targets are told; the first also of the time before."""
    return [
        {
            "from": one.from_at.isoformat() if place else None,
            "configuration_sha256": one.in_use.configuration_sha256,
        }
        for place, one in enumerate(by_time)
    ]


def _other_rules(objectives: Objectives, meta: Mapping[str, object]) -> list[str]:
    """What is said where another configuration than today's gave the targets."""
    told = meta["configurations"]
    by = [str(one["configuration_sha256"]) for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    if set(by) == {objectives.today.configuration_sha256}:
        return []
    named = ", ".join(one[:12] for one in dict.fromkeys(by))
    return [f"targets as configured then, by configuration {named}; for today's: --rules now"]
