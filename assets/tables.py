"""Stage 2: the run's calls as tables, with the checks that guard the seal."""

from collections.abc import Iterator, Mapping
from datetime import date

import dagster as dg
import pyarrow as pa

from assets.partitions import BACKFILL, nights_of
from assets.workbench import Workbench
from evidence.runs.checks import elements_missing, outside_window, repeated_keys, unread_coverage
from evidence.runs.night import newest_run, tables_stage
from evidence.runs.tables import TableRun
from evidence.tables import OBSERVED, Table

KEYS_UNIQUE = "keys_unique"
COUNTS_EQUAL = "counts_equal"
COVERAGE_WHOLE = "coverage_whole"
ROWS_IN_WINDOW = "rows_in_window"
DRIFT = "drift"


def table_key(table: Table) -> dg.AssetKey:
    """Asset key of a table."""
    return dg.AssetKey(["tables", table.name])


def tables_asset(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """One asset a table; checks of keys and counts block what follows."""

    @dg.multi_asset(
        name="tables",
        specs=[
            dg.AssetSpec(
                table_key(table),
                deps=["calls"],
                description=f"One row is {table.row}.",
                kinds={"parquet"},
                metadata={"dagster/column_schema": column_schema(table)},
            )
            for table in OBSERVED
        ],
        check_specs=_check_specs(partitions),
        partitions_def=partitions,
        backfill_policy=BACKFILL,
        group_name="nightly",
    )
    def tables(
        context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        runs = {night: _make(workbench, night) for night in nights_of(context)}
        for table in OBSERVED:
            for night, run in runs.items():
                context.add_asset_metadata(_metadata(table, run), table_key(table), str(night))
            yield dg.MaterializeResult(table_key(table))
        yield from _checks(workbench, runs)

    return tables


def _make(workbench: Workbench, night: date) -> TableRun:
    parts = workbench.composition.parts
    return tables_stage(parts, newest_run(parts, night), progress=workbench.progress)


def _metadata(table: Table, run: TableRun) -> Mapping[str, dg.MetadataValue]:
    files = [file for file in run.files if file.path.split("/")[1] == table.name]
    return {
        "dagster/row_count": dg.MetadataValue.int(run.rows[table.name]),
        "bytes": dg.MetadataValue.int(sum(file.bytes for file in files)),
        "files": dg.MetadataValue.md("\n".join(f"- `{file.path}` `{file.sha256}`" for file in files)),
    }


def _check_specs(partitions: dg.PartitionsDefinition[str]) -> list[dg.AssetCheckSpec]:
    told = (
        (KEYS_UNIQUE, "protected_items", True, "No key stands twice in any table of the run."),
        (COUNTS_EQUAL, "jobs", True, "Every element that Azure sent is a row, or is counted as unread."),
        (
            COVERAGE_WHOLE,
            "coverage",
            False,
            "Every vault and kind was read whole; a gap is a finding and goes into the pack.",
        ),
        (ROWS_IN_WINDOW, "jobs", False, "Azure sent no job that began outside the window asked for."),
        (DRIFT, "calls", False, "Azure sent no key, value type or enumerated word that no body ever showed before."),
    )
    return [
        dg.AssetCheckSpec(
            name, asset=dg.AssetKey(["tables", table]), blocking=blocking, description=text, partitions_def=partitions
        )
        for name, table, blocking, text in told
    ]


def _checks(workbench: Workbench, runs: Mapping[date, TableRun]) -> Iterator[dg.AssetCheckResult]:
    parts = workbench.composition.parts
    repeated = {
        f"{night} {name}": found
        for night, run in runs.items()
        for name, found in repeated_keys(parts.store, run).items()
    }
    yield _result(KEYS_UNIQUE, "protected_items", repeated, dg.AssetCheckSeverity.ERROR)
    missing = {
        f"{night} {kind}": found
        for night, run in runs.items()
        for kind, found in elements_missing(parts.store, run).items()
    }
    yield _result(COUNTS_EQUAL, "jobs", missing, dg.AssetCheckSeverity.ERROR)
    unread = {
        f"{night} {what}": found
        for night, run in runs.items()
        for what, found in unread_coverage(parts.store, run).items()
    }
    yield _result(COVERAGE_WHOLE, "coverage", unread, dg.AssetCheckSeverity.WARN)
    outside = {
        str(night): outside_window(parts.store, run, newest_run(parts, night), parts.calendar)
        for night, run in runs.items()
    }
    yield _result(ROWS_IN_WINDOW, "jobs", outside, dg.AssetCheckSeverity.WARN)
    drift = {f"{night} {what}": one.count for night, run in runs.items() for what, one in run.drift.items()}
    yield _result(DRIFT, "calls", drift, dg.AssetCheckSeverity.WARN)


def _result(name: str, table: str, found: Mapping[str, int], severity: dg.AssetCheckSeverity) -> dg.AssetCheckResult:
    bad = {what: count for what, count in found.items() if count}
    return dg.AssetCheckResult(
        passed=not bad,
        asset_key=["tables", table],
        check_name=name,
        severity=severity,
        description="; ".join(f"{what}: {count}" for what, count in sorted(bad.items())) or "nothing found",
        metadata={"found": sum(bad.values()), "looked_at": len(found)},
    )


def column_schema(table: Table) -> dg.TableSchema:
    """A table's columns as Dagster shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=_type(column.type),
                description=f"{column.sentence} Unit: {column.unit}.",
                constraints=dg.TableColumnConstraints(nullable=not column.required),
            )
            for column in table.columns
        ]
    )


def _type(kind: pa.DataType) -> str:
    return str(kind)
