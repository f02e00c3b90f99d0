"""`backup-evidence retention cost`: objects and bytes by kind, age and tier, how they grow, and what comes and goes next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.output import Format, Result, emit, say
from cli.retention_rows import counted, read, size_of

if TYPE_CHECKING:
    from evidence.retention.costs import Month, Outlook
    from evidence.runs.retention.stock import Stock

COLUMNS = ("kind", "age", "tier", "objects", "size")
RECENT = 6
"""Months of growth that a terminal shows."""


def cost(
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="Look so many days ahead.")] = 90,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Show what is stored by kind, age since sealing and tier; what each month added; what the coming days add and what may go by then.

    Looks at the whole store once. Growth to come is that of the last 90 days; what may go is freed only once persons dispose of it.

    Examples:
      backup-evidence retention cost
      backup-evidence retention cost --days 365 -o json
    """
    with exits():
        from evidence.retention.costs import growth, outlook, shares
        from evidence.runs.retention.stock import take_stock

        composition = compose(config)
        _, register = read(composition)
        stock = take_stock(composition.store, register)
        months, ahead = growth(register), outlook(register, days)
        rows: list[dict[str, object]] = [
            _row(str(one.kind), one.age, one.tier, one.objects, one.bytes)
            for one in shares(register, stock.tiers, stock.numbers)
        ]
        rows += [
            _row(name, None, None, *sums)
            for name, sums in (("ledger", stock.ledger), ("named by no entry", stock.leftovers))
            if sums[0]
        ]
        emit(Result("backup-evidence/retention-cost/1", rows, COLUMNS, _meta(months, ahead, stock)), output)
        for line in _lines(months, ahead, stock):
            say(line)


def _row(kind: str, age: str | None, tier: str | None, objects: int, size: int) -> dict[str, object]:
    return {"kind": kind, "age": age, "tier": tier, "objects": objects, "size": size_of(size), "bytes": size}


def _meta(months: tuple[Month, ...], ahead: Outlook, stock: Stock) -> dict[str, object]:
    return {
        "growth": [
            {"month": f"{one.first:%Y-%m}", "objects": one.objects, "bytes": one.bytes, "total_bytes": one.total_bytes}
            for one in months
        ],
        "outlook": {
            "days": ahead.days,
            "measured_days": ahead.measured_days,
            "adds": {"objects": ahead.adds_objects, "bytes": ahead.adds_bytes},
            "may_free": {"objects": ahead.frees_objects, "bytes": ahead.frees_bytes},
            "held": {"objects": ahead.held_objects, "bytes": ahead.held_bytes},
        },
        "not_found": stock.missing,
    }


def _lines(months: tuple[Month, ...], ahead: Outlook, stock: Stock) -> Iterator[str]:
    recent = ", ".join(f"{one.first:%Y-%m} {size_of(one.bytes)}" for one in months[-RECENT:])
    yield f"sealed by month: {recent or 'nothing'}"
    yield (
        f"the next {counted(ahead.days, 'day')} add about {counted(ahead.adds_objects, 'object')}, {size_of(ahead.adds_bytes)} "
        f"(as the last {counted(ahead.measured_days, 'day')} did)"
    )
    held = (
        f"; {counted(ahead.held_objects, 'object')}, {size_of(ahead.held_bytes)} would, and are on hold"
        if ahead.held_objects
        else ""
    )
    yield (
        f"by then {counted(ahead.frees_objects, 'object')}, {size_of(ahead.frees_bytes)} may go, "
        f"once persons dispose of them{held}"
    )
    if stock.missing:
        yield f"{counted(stock.missing, 'object')} of the register were NOT FOUND: backup-evidence retention check"
