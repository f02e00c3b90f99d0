"""`backup-evidence rpo`: how old the newest usable point of each item is, or how much of a period it was young enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import PARTIAL, Config, Output, compose, exits, moment_of_reading
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from datetime import date, timedelta

    from evidence.assess.points.values import Age, Attainment, RollUp, Target
    from evidence.compose import Composition
    from evidence.packs.period import Period
    from evidence.packs.scope import PackScope
    from evidence.runs.points_seen import Asked, PointsSeen

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
_WORST = ("breached", "unknown", "no_target", "attained", "not_counted")


class FailOn(StrEnum):
    """What ends the command with 3."""

    BREACHED = "breached"


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
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Show for each item the age of its newest usable point against its target, or with --period the share of time within it.

    Targets come from the tier rules; where none names one, from the policy's interval, and are labelled so. Points that have expired since
    count as the nights saw them. Of time whose points were not read the standing is unknown, never attained; the command then ends 4.

    Examples:
      backup-evidence rpo --scope eu
      backup-evidence rpo --scope eu --at 2026-11-21T06:00+00:00
      backup-evidence rpo --period 2026Q3 -o csv
      backup-evidence rpo --period 2026-11 --fail-on breached
    """
    with exits():
        composition = compose(config)
        chosen = composition.scope(scope)
        if period is not None:
            rows, counts, meta = _over(composition, chosen, _period(period, at))
        else:
            rows, counts, meta = _at(composition, chosen, _moment(composition, at))
        columns = AGE if period is None else PERIOD
        emit(Result("backup-evidence/rpo/1", rows, columns, {"scope": chosen.name, **meta, "tiers": counts}), output)
        for line in _remarks(counts):
            say(line)
        standings = {str(row["standing"]) for row in rows}
        if fail_on is not None and fail_on in standings:
            raise typer.Exit(FINDINGS)
        if "unknown" in standings:
            raise typer.Exit(PARTIAL)


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


def _at(composition: Composition, scope: PackScope, moment: datetime) -> Told:
    from datetime import timedelta

    night = composition.calendar.night_of(moment)
    asked = _asked(composition, scope, night - timedelta(days=1), night)
    rows = []
    standings = []
    for one in _seen(composition, asked):
        age = one.age(moment)
        rows.append(_age_row(one, age))
        standings.append((age.standing, one.points.about.tier))
    return _ordered(rows), _tiers(standings), {"at": moment.isoformat()}


def _over(composition: Composition, scope: PackScope, period: Period) -> Told:
    calendar = composition.calendar
    span = calendar.span(period.first, period.last)
    # Of what has not been yet nothing can be told.
    end = min(span.end, max(moment_of_reading(composition), _last_end(composition)))
    asked = _asked(composition, scope, period.first, period.last)
    rows = []
    standings = []
    for one in _seen(composition, asked) if span.start < end else ():
        found = one.attainment(span.start, end)
        rows.append(_period_row(one, found))
        standings.append((found.standing, one.points.about.tier))
    return _ordered(rows), _tiers(standings), {"from": span.start.isoformat(), "to": end.isoformat()}


def _asked(composition: Composition, scope: PackScope, first: date, last: date) -> Asked:
    from datetime import timedelta

    from evidence.assess.slots.rules import slot_rules
    from evidence.runs.points_seen import Asked

    settings = composition.settings
    # Lists read on the following nights tell the points of the last ones.
    later = last + timedelta(days=NIGHTS_AFTER)
    return Asked(first, later, scope.holds, settings.tiers, slot_rules(settings.judgement))


NIGHTS_AFTER = 8
"""Nights after the last one asked about whose captures may tell its points."""


def _seen(composition: Composition, asked: Asked) -> Sequence[PointsSeen]:
    from evidence.ledger.folds import named_paths
    from evidence.runs.points_seen import points_seen
    from evidence.runs.sealed import SealedRows

    entries = composition.ledger.entries()
    return list(points_seen(SealedRows(composition.store, named_paths(entries)), entries, asked))


def _age_row(one: PointsSeen, age: Age) -> dict[str, object]:
    return {
        **_item(one, str(age.standing)),
        "age": _spoken(age.age),
        **_target(age.target),
        "newest_at": age.newest_at and age.newest_at.isoformat(),
        "recovery_point_id": age.recovery_point_id,
        "reason": age.reason,
        "age_s": _seconds(age.age),
    }


def _period_row(one: PointsSeen, found: Attainment) -> dict[str, object]:
    share = found.share
    return {
        **_item(one, str(found.standing)),
        "share": None if share is None else f"{_floor(share):.3f} %",
        "unknown": _spoken(found.unknown),
        "max_gap": _spoken(found.max_gap),
        "breaches": found.breaches,
        **_target(found.target),
        "from": found.start.isoformat(),
        "to": found.end.isoformat(),
        "attained_share": share,
        "attained_s": _seconds(found.attained),
        "missed_s": _seconds(found.missed),
        "unknown_s": _seconds(found.unknown),
        "max_gap_s": _seconds(found.max_gap),
    }


def _floor(share: float) -> float:
    """Percent, rounded down: 100 % is said of what was always within its target alone."""
    return int(share * 100_000) / 1000


def _item(one: PointsSeen, standing: str) -> dict[str, object]:
    about = one.points.about
    return {
        "standing": standing,
        "tier": about.tier,
        "item": about.name,
        "workload": about.workload,
        "vault": about.vault_id.rpartition("/")[2],
        "item_key": about.item_key,
    }


def _target(target: Target | None) -> dict[str, object]:
    return {
        "target": None if target is None else _spoken(target.rpo),
        "target_source": None if target is None else target.source,
        "target_s": None if target is None else _seconds(target.rpo),
    }


def _spoken(span: timedelta | None) -> str | None:
    from evidence.assess.points.attainment import spoken

    return None if span is None else spoken(span)


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _ordered(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Worst first, then by tier and name."""

    def order(row: Mapping[str, object]) -> tuple[int, int, str]:
        tier = row["tier"]
        return _WORST.index(str(row["standing"])), tier if isinstance(tier, int) else 99, str(row["item_key"])

    return sorted(rows, key=order)


def _tiers(standings: Sequence[tuple[object, int | None]]) -> list[dict[str, object]]:
    from evidence.assess.points.attainment import rolled_up
    from evidence.assess.points.values import Standing

    found: Sequence[RollUp] = rolled_up((Standing(str(standing)), tier) for standing, tier in standings)
    return [
        {
            "tier": one.tier,
            "attained": one.attained,
            "of": one.of,
            "breached": one.breached,
            "unknown": one.unknown,
            "without_target": one.without_target,
        }
        for one in found
    ]


def _remarks(counts: Sequence[Mapping[str, object]]) -> list[str]:
    told = []
    for one in counts:
        tier = "no tier" if one["tier"] is None else f"tier {one['tier']}"
        rest = f"{one['breached']} breached, {one['unknown']} unknown, {one['without_target']} without a target"
        told.append(f"{tier}: {one['attained']} of {one['of']} items with a target attained it; {rest}")
    return told or ["no items in this scope"]
