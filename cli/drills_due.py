"""`backup-evidence drills due`: which items must be drilled in a quarter and why, and which need not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import PARTIAL, Config, Output, compose, exits, moment_of_reading
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from evidence.drills.due import Due, Quarter
    from evidence.drills.fold import Book
    from evidence.drills.plan import Drawn
    from evidence.drills.population import Absent, Population, PopulationItem

COLUMNS = ("tier", "subject", "vault", "drill_type", "application", "last_accepted", "planned", "why")
ALL_COLUMNS = ("due", *COLUMNS)
QuarterOption = Annotated[str | None, typer.Option("--quarter", help="Such as 2026Q3 [default: the one that runs].")]
Scope = Annotated[str | None, typer.Option("--scope", help="Only vaults of this scope [default: all].")]


def due(
    quarter: QuarterOption = None,
    scope: Scope = None,
    every: Annotated[bool, typer.Option("--all", help="Items that are not due too, with the reason.")] = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """List the items that are due for a restore drill in a quarter, each with every reason.

    Due by the frequency of its tier, because a drill was rejected, because policy, vault, region, engine or encryption changed since the last accepted
    drill, or drawn in the sample once a plan has revealed the seed. Ends 4 where a vault was not read, so that items may be missing: stderr says which.

    Examples:
      backup-evidence drills due --quarter 2026Q3
      backup-evidence drills due --quarter 2026Q3 --all -o json
    """
    with exits():
        from evidence.drills.configured import plan_rules
        from evidence.drills.plan import drawn
        from evidence.runs.drills.book import read_book
        from evidence.runs.drills.population import population
        from evidence.runs.drills.seeds import known_seed

        composition = compose(config)
        now = moment_of_reading(composition)
        asked = quarter_of(quarter, now)
        entries = composition.ledger.entries()
        book = read_book(entries)
        found = population(composition.store, entries, book, asked, composition.drill_rules(scope), now)
        seed = known_seed(book, asked)
        told = drawn(found, asked, seed, plan_rules(composition.settings.drills))
        rows = due_rows(found, told, every=every)
        meta = _meta(found, told, book, asked, revealed=seed is not None)
        emit(Result("backup-evidence/drills-due/1", rows, ALL_COLUMNS if every else COLUMNS, meta), output)
        _say(found, told, book, asked, revealed=seed is not None)
        if found.incomplete:
            raise typer.Exit(PARTIAL)


def quarter_of(text: str | None, now: datetime) -> Quarter:
    """The quarter that was typed, or the one that runs (UTC); raises ConfigurationError, RefusedError for one that is over."""
    from evidence.drills.due import Quarter
    from evidence.errors import ConfigurationError, RefusedError

    if text is None:
        return Quarter(now.year, (now.month - 1) // 3 + 1)
    try:
        found = Quarter.named(text.strip())
    except ValueError as error:
        raise ConfigurationError(f"--quarter: {text[:40]!a} is no quarter.", next_step="Write it as 2026Q3.") from error
    if found.last < now.date():
        raise RefusedError(
            f"{found.name} is over since {found.last}: what was due then is in its plan.",
            next_step=f"backup-evidence drills plans DP-{found.name}",
        )
    return found


def due_rows(found: Population, told: Drawn, *, every: bool) -> list[dict[str, object]]:
    """Items that are due in the order of tier and name; with `every` the others after them, and those that cannot be drilled last."""
    items = {one.item_key: one for one in found.items}
    strata = {key: stratum.name for stratum, keys in told.strata.items() for key in keys}
    rows = [_row(items[one.item.item_key], one, strata.get(one.item.item_key)) for one in told.due]
    if not every:
        return rows
    rows += [{**_row(item, None, None), "why": why} for item, why in told.not_due]
    return rows + [_absent_row(one) for one in found.absent]


def _row(item: PopulationItem, due: Due | None, stratum: str | None) -> dict[str, object]:
    reasons = [] if due is None else list(due.reasons)
    return {
        "due": due is not None,
        "item_key": item.item_key,
        "subject": item.subject,
        "vault": item.vault_id.rpartition("/")[2],
        "vault_id": item.vault_id,
        "workload": item.workload,
        "region": item.region,
        "tier": item.tier,
        "application": item.application,
        "drill_type": item.drill_type,
        "why": "; ".join(reasons),
        "reasons": reasons,
        "stratum": stratum,
        "planned": ", ".join(item.planned) or None,
        "protected_since": None if item.protected_since is None else str(item.protected_since),
        "last_accepted": None if item.last_accepted is None else str(item.last_accepted),
        "last_accepted_drill": item.last_accepted_drill,
        "rejected_drill": item.rejected_drill,
        "changed": list(item.changed),
        "not_known": list(item.unknown),
        "waived_until": None if item.waived_until is None else str(item.waived_until),
        "seen_on": str(item.seen_on),
    }


def _absent_row(one: Absent) -> dict[str, object]:
    return {
        "due": False,
        "item_key": one.item_key,
        "subject": one.subject,
        "vault": one.vault_id.rpartition("/")[2],
        "vault_id": one.vault_id,
        "why": f"cannot be drilled: {one.why}",
        "reasons": [],
    }


def _meta(found: Population, told: Drawn, book: Book, quarter: Quarter, *, revealed: bool) -> dict[str, object]:
    committed = book.seeds.get(quarter.name)
    return {
        "quarter": quarter.name,
        "night": str(found.night),
        "items": len(found.items),
        "due": len(told.due),
        "complete": not found.incomplete,
        "incomplete": list(found.incomplete),
        "remarks": list(found.remarks),
        "seed_sha256": None if committed is None else committed.seed_sha256,
        "seed_committed_at": None if committed is None else committed.at.isoformat(),
        "seed_revealed": revealed,
        "strata": strata_rows(told),
    }


def strata_rows(told: Drawn) -> list[dict[str, object]]:
    """Each stratum with its items and how many of them were drawn."""
    drawn = {stratum.name: len(keys) for stratum, keys in told.strata.items()}
    return [
        {"stratum": stratum.name, "items": size, "drawn": drawn.get(stratum.name, 0)}
        for stratum, size in told.sizes.items()
    ]


def _say(found: Population, told: Drawn, book: Book, quarter: Quarter, *, revealed: bool) -> None:
    items = {one.item_key: one for one in found.items}
    planned = sum(bool(items[one.item.item_key].planned) for one in told.due)
    say(
        f"{quarter.name}: {len(told.due)} of {len(found.items)} items are due, {planned} of them planned; as of the night of {found.night}"
    )
    if told.sizes and not revealed:
        committed = "committed to" if quarter.name in book.seeds else "not committed to yet"
        say(
            f"the sample is not drawn yet: of {sum(told.sizes.values())} items in {len(told.sizes)} strata some come in with the plan (seed {committed})"
        )
    say_limits(found.incomplete, found.remarks)


def say_limits(incomplete: Sequence[str], remarks: Sequence[str]) -> None:
    """What was not read, and what is not known."""
    for one in incomplete:
        say(f"NOT COMPLETE: {one}")
    for one in remarks:
        say(f"note: {one}")
