"""`backup-evidence exceptions aging` and `exceptions export`: the week by region, and a month as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits, moment_of_reading
from cli.exceptions_rows import Known, in_scope, known, row_of
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    import pyarrow as pa

    from evidence.assess.exceptions.states import Standing
    from evidence.assess.exceptions.weekly import Region, Weekly
    from evidence.compose import Composition
    from evidence.packs.period import Period
    from evidence.packs.scope import PackScope

OLDEST = ("exception", "age_days", "bucket", "region", "state", "severity", "class", "subject", "owner", "summary")
MOVED = ("exception", "moved", "age_days", "region", "state", "class", "subject", "closed_because")
A_WEEK = timedelta(days=7)
Part = tuple[tuple[str, ...], Sequence[Mapping[str, object]]]
"""Columns and rows of one part of the report."""


def aging(
    week: Annotated[
        str | None, typer.Option("--week", help="ISO week, such as 2026-W47 [default: the last 7 days].")
    ] = None,
    scope: Annotated[str | None, typer.Option("--scope", help="Only of vaults of this scope.")] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Report by region how old exceptions are: first the five oldest, then each region, then what moved in the week.

    A region without any exception is told too: silence would say nothing. As known then: for a week that is past, from what the ledger held
    at its end. Hints are counted and not aged. JSON, NDJSON and CSV hold all rows, told apart by `part`: oldest, region, moved.

    Examples:
      backup-evidence exceptions aging
      backup-evidence exceptions aging --week 2026-W47 --scope eu -o csv
    """
    with exits():
        composition = compose(config)
        limits = None if scope is None else composition.scope(scope)
        moments = _moments(composition, week)
        found, report = _report(composition, moments, limits)
        parts: Mapping[str, Part] = {
            "oldest": (OLDEST, [row_of(one, found) for one in report.oldest]),
            "region": (_region_columns(), [_region_row(one) for one in report.regions]),
            "moved": (MOVED, [{**row_of(one, found), "moved": str(moved)} for moved, one in report.moved]),
        }
        _print(parts, {"from": moments[0].isoformat(), "to": moments[1].isoformat(), "scope": scope}, output)


def _print(parts: Mapping[str, Part], meta: Mapping[str, object], output: Format) -> None:
    if output is Format.TABLE:
        for name, (columns, rows) in parts.items():
            say(f"{name}: {len(rows)}")
            emit(Result("backup-evidence/exceptions-aging/1", rows, columns), output)
        return
    rows = [{"part": name, **row} for name, (_, found) in parts.items() for row in found]
    columns = ("part", *dict.fromkeys(column for named, _ in parts.values() for column in named))
    emit(Result("backup-evidence/exceptions-aging/1", rows, columns, meta), output)


def _moments(composition: Composition, week: str | None) -> tuple[datetime, datetime]:
    from evidence.errors import ConfigurationError
    from evidence.packs.period import parse_period, week_of

    now = moment_of_reading(composition)
    if week is None:
        return now - A_WEEK, now
    period = parse_period(week)
    if period != week_of(period.first):
        raise ConfigurationError(f"`{week}` is no week.", next_step="Write it as 2026-W47.")
    span = composition.calendar.span(period.first, period.last)
    if span.start >= now:
        raise ConfigurationError(f"The week {week} has not begun.", next_step="Name a week that has.")
    return span.start, min(span.end, now)


def _report(
    composition: Composition, moments: tuple[datetime, datetime], limits: PackScope | None
) -> tuple[Known, Weekly]:
    from evidence.assess.exceptions.weekly import weekly
    from evidence.runs.exceptions.state import known_then, standing_exceptions

    entries = composition.ledger.entries()
    then, at = moments
    found = known(composition, known_then(entries, at))
    found = Known(found.standing, found.owners, found.rules, at)
    before = standing_exceptions(composition.store, known_then(entries, then)).by_key
    mine = [one for one in found.standing.values() if limits is None or in_scope(one, limits)]
    return found, weekly(mine, before, moments, _regions(composition, at, limits), found.rules)


def _regions(composition: Composition, at: datetime, limits: PackScope | None) -> Iterator[str]:
    """Regions of the vaults that the newest sealed night then met."""
    from evidence.ledger.folds import named_paths, sealed_nights
    from evidence.runs.exceptions.state import known_then
    from evidence.runs.manifest import parse_run_manifest
    from evidence.runs.sealed import SealedRows
    from evidence.stores.layout import run_file

    entries = known_then(composition.ledger.entries(), at)
    nights = sealed_nights(entries)
    if not nights:
        return
    run = nights[max(nights)][-1]
    content = SealedRows(composition.store, named_paths([run.entry])).content(run_file(run.night, run.run_id))
    for vault in parse_run_manifest(content).vaults:
        if vault.region and (limits is None or limits.holds(vault)):
            yield vault.region


def _region_columns() -> tuple[str, ...]:
    from evidence.assess.exceptions.weekly import AGES, Moved

    return ("region", "standing", "past_due", *AGES, *(str(one).replace(" ", "_") for one in Moved), "hints")


def _region_row(one: Region) -> Mapping[str, object]:
    moved = {str(name).replace(" ", "_"): count for name, count in one.moved.items()}
    return {
        "region": one.region,
        "standing": one.standing,
        "past_due": one.past_due,
        **one.by_age,
        **moved,
        "hints": one.hints,
    }


def export(
    period: Annotated[str, typer.Option("--period", help="A month, such as 2026-11, or any other period.")],
    to: Annotated[Path, typer.Option("--to", help="A new file: .csv or .parquet.")],
    scope: Annotated[str | None, typer.Option("--scope", help="Only of vaults of this scope.")] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Write every exception that stood within a period to a file, each episode once, as it was known at the period's end.

    Columns are those of the table `exceptions` in the data dictionary. A file that is there is not written over.

    Example: backup-evidence exceptions export --period 2026-11 --to exceptions-2026-11.csv
    """
    with exits():
        from evidence.packs.period import parse_period

        composition = compose(config)
        limits = None if scope is None else composition.scope(scope)
        told = parse_period(period)
        table = _table(composition, told, limits)
        data = _bytes(table, to)
        _write(to, data)
        row = {"file": str(to), "period": told.name, "exceptions": table.num_rows, "bytes": len(data)}
        emit(Result("backup-evidence/exceptions-export/1", [row], tuple(row)), output)


def _table(composition: Composition, period: Period, limits: PackScope | None) -> pa.Table:
    from evidence.assess import AssessmentContext
    from evidence.assess.exceptions.rules import exception_rules
    from evidence.errors import ConfigurationError
    from evidence.runs.exceptions.rows import Telling, exception_rows
    from evidence.runs.exceptions.state import episodes, known_owners, known_then
    from evidence.tables import EXCEPTIONS, from_rows, ordered

    span = composition.calendar.span(period.first, period.last)
    at = min(span.end, moment_of_reading(composition))
    if at <= span.start:
        raise ConfigurationError(f"The period {period.name} has not begun.", next_step="Name one that has.")
    entries = known_then(composition.ledger.entries(), at)
    owners = known_owners(composition.store, entries)
    every = episodes(composition.store, entries)
    mine = [
        one
        for one in every.values()
        if (one.ended_at is None or one.ended_at >= span.start) and (limits is None or in_scope(one, limits))
    ]
    context = AssessmentContext(f"export-{period.name}", at, period.last, f"export-{period.name}")
    tenant = str(entries[0].payload["tenant"]) if entries else ""
    telling = Telling(
        context, tenant, lambda one: owners.get(one.key), exception_rules(composition.settings.exceptions)
    )
    last: dict[str, Standing] = {key: one for (key, _), one in every.items()}
    rows = [row for one in mine for row in exception_rows({one.key: one}, telling, last)]
    return ordered(EXCEPTIONS, from_rows(EXCEPTIONS, rows))


def _bytes(table: pa.Table, to: Path) -> bytes:
    from evidence.errors import ConfigurationError
    from evidence.tables import EXCEPTIONS, to_parquet
    from reports.csv import csv_pieces

    if to.suffix == ".csv":
        return b"".join(csv_pieces(EXCEPTIONS, [table], frozenset({"told"})))
    if to.suffix == ".parquet":
        return to_parquet(EXCEPTIONS, table)
    raise ConfigurationError(f"{to.name} is neither CSV nor Parquet.", next_step="End its name in .csv or .parquet.")


def _write(to: Path, data: bytes) -> None:
    from evidence.errors import ConfigurationError

    try:
        with to.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise ConfigurationError(f"{to} exists already.", next_step="Name another file, or remove this one.") from error
    except OSError as error:
        raise ConfigurationError(f"{to} cannot be written.", cause=error.strerror or str(error)) from error
