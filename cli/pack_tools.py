"""`backup-evidence pack sample` and `pack diff`: an auditor's tools, offline and over the pack's file alone."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Output, exits
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evidence.packs.differences import PackDifference
    from evidence.packs.reading import ReadPack
    from evidence.packs.sampling import Draw, Sample
    from evidence.tables import Table

TO_FILL_IN = ("evidence_seen", "result", "exception", "tested_by", "tested_on")
SHOWN = ("entity_friendly_name", "friendly_name", "name", "workload", "operation", "status", "started_at", "link")
FINDINGS = 3


def sample(
    path: Annotated[Path, typer.Argument(help="A pack: its ZIP or its folder.")],
    seed: Annotated[str, typer.Option("--seed", help="The auditor's own; the same seed draws the same rows.")],
    size: Annotated[int, typer.Option("--size", min=1, help="Rows to draw.")] = 25,
    table: Annotated[str, typer.Option("--table", help="Table to draw from.")] = "jobs",
    stratify: Annotated[
        str | None, typer.Option("--stratify", help="Columns, comma-separated; each kind of row is drawn from.")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", help="Write a test sheet to fill in (CSV); never overwrites.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Draw a sample of a pack's rows that anybody can draw again, with a test sheet to fill in.

    A row's place is the SHA-256 of seed, the SHA-256 of the pack's tag manifest, table and key, each followed by a line feed; the lowest
    places are drawn. The pack's files are compared with its lists first; `verify` says who signed them.

    Examples:
      backup-evidence pack sample pack.zip --seed 2026-11-30/auditor --size 25 --stratify workload,status
      backup-evidence pack sample pack.zip --seed 7 --table restore_jobs --size 5 --sheet restores.csv
    """
    with exits():
        from evidence.packs.reading import read_pack
        from evidence.packs.sampling import Draw, draw_sample

        with read_pack(path) as pack:
            chosen = _table(pack, table)
            columns = _columns(chosen, stratify)
            draw = Draw(pack.tagmanifest_sha256, chosen.name, _key(chosen), seed, size, columns)
            found = draw_sample(pack.rows(chosen).to_pylist(), draw)
            pack_id = pack.pack_id
        rows = _rows(found)
        if sheet is not None:
            _write(sheet, _sheet(pack_id, draw, rows))
        meta = {
            "pack_id": pack_id,
            "tagmanifest_sha256": draw.tagmanifest_sha256,
            "table": draw.table,
            "key": draw.key,
            "seed": seed,
            "population": found.population,
            "drawn": len(found.rows),
            "strata": [{"name": s.name, "population": s.population, "drawn": s.drawn} for s in found.strata],
        }
        shown = ["number", "stratum", *draw.key, *(name for name in SHOWN if name in chosen.names())]
        emit(Result("backup-evidence/pack-sample/1", rows, shown, meta), output)
        say(f"{len(found.rows)} of {found.population} rows of {draw.table} drawn from {pack_id}, seed {seed!r}.")
        for one in found.strata if columns else ():
            say(f"  {one.name}: {one.drawn} of {one.population}")


def diff(
    old: Annotated[Path, typer.Argument(help="The earlier pack: its ZIP or its folder.")],
    new: Annotated[Path, typer.Argument(help="The later pack.")],
    fail_on: Annotated[
        bool, typer.Option("--fail-on-change", help="End 3 where a table or the completeness differs.")
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Say what two packs tell differently: statement, tables row by row, members.

    Example: backup-evidence pack diff all-audit-internal-2026Q3-r0001.zip all-audit-internal-2026Q3-r0002.zip
    """
    with exits():
        from evidence.packs.differences import compare_packs
        from evidence.packs.reading import read_pack

        with read_pack(old) as before, read_pack(new) as after:
            found = compare_packs(before, after)
            ids = before.pack_id, after.pack_id
        rows = _differences(found)
        meta = {"old": ids[0], "new": ids[1], "same": not found.matters, "members_differing": list(found.members)}
        emit(Result("backup-evidence/pack-diff/1", rows, ("where", "what", "old", "new"), meta), output)
        say(
            f"{ids[0]} and {ids[1]} {'tell differently' if found.matters else 'tell the same'}: {len(rows)} differences."
        )
        if fail_on and found.matters:
            raise typer.Exit(FINDINGS)


def _table(pack: ReadPack, name: str) -> Table:
    from evidence.errors import ConfigurationError

    tables = pack.tables()
    if name not in tables:
        raise ConfigurationError(f"The pack holds no table `{name}`.", next_step=f"It holds: {', '.join(tables)}.")
    return tables[name]


def _columns(table: Table, told: str | None) -> tuple[str, ...]:
    from evidence.errors import ConfigurationError

    names = tuple(name.strip() for name in (told or "").split(",") if name.strip())
    unknown = [name for name in names if name not in table.names()]
    if unknown:
        raise ConfigurationError(
            f"Table {table.name} has no column `{unknown[0]}`.", next_step=f"It has: {', '.join(table.names())}."
        )
    return names


def _key(table: Table) -> tuple[str, ...]:
    from evidence.packs.observations import KEYS

    return KEYS.get(table.name, table.key)


def _rows(found: Sample) -> Sequence[Mapping[str, object]]:
    return [
        {"number": one.number, "stratum": one.stratum, "place": one.place, **one.row}
        for one in sorted(found.rows, key=lambda one: one.number)
    ]


def _sheet(pack_id: str, draw: Draw, rows: Sequence[Mapping[str, object]]) -> str:
    """A CSV with a line a row: what was drawn, and empty cells for what the tester finds."""
    from evidence.tables.cells import escape_formula

    shown = [name for name in SHOWN if rows and name in rows[0]]
    head = ["pack_id", "table", "seed", "number", "stratum", *draw.key, *shown, *TO_FILL_IN]
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        told = [pack_id, draw.table, draw.seed, row["number"], row["stratum"]]
        told += [row[name] for name in (*draw.key, *shown)]
        writer.writerow(
            [*("" if value is None else escape_formula(str(value)) for value in told), *("" for _ in TO_FILL_IN)]
        )
    return target.getvalue()


def _write(path: Path, text: str) -> None:
    from evidence.errors import ConfigurationError

    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigurationError(f"{path} is there already.", next_step="Name another file with --sheet.") from error
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written.", cause=error.strerror or str(error)) from error
    say(f"test sheet: {path}")


def _differences(found: PackDifference) -> Sequence[Mapping[str, object]]:
    rows: list[Mapping[str, object]] = [
        {"where": "statement", "what": one.name, "old": one.old, "new": one.new} for one in found.statement
    ]
    for table in found.tables:
        if table.added or table.removed or table.changed:
            what = f"{table.added} added, {table.removed} gone, {len(table.changed)} changed"
            rows.append({"where": table.table, "what": what, "old": table.before, "new": table.after})
        for changed in table.changed:
            key = " ".join(str(part) for part in changed.key)
            rows += [
                {
                    "where": table.table,
                    "what": f"{key}: {name}",
                    "old": changed.before[name],
                    "new": changed.after[name],
                }
                for name in changed.columns
            ]
    return rows
