"""`datapackage.json`: every data file with its size and hash, every column explained (Frictionless Data Package v1).

Not here: which files a pack has. Invariants: a key is declared only where the packed rows hold it; equal input gives equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.bag import Digest
from evidence.packs.machine.oscal_parts import href, media_type
from evidence.packs.observations import STATE_KEYS
from evidence.tables import (
    ACTIVITY,
    CANARIES,
    COVERAGE,
    EXCEPTIONS,
    JOBS,
    NOT_COMPARED,
    RESTORE_JOBS,
    RESTORE_LINKS,
    SLOTS,
    Column,
    Table,
)

DESCRIPTOR = "data/datapackage.json"
LEFT_OUT = frozenset({"properties", "envelope"})
"""Columns that a CSV leaves to the Parquet file beside it: JSON as Azure sent it."""
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
"""How a cell writes a moment: always UTC, always microseconds."""
_PRIMARY: Mapping[str, tuple[str, ...]] = {
    **STATE_KEYS,
    JOBS.name: ("vault_id", "job_id"),
    RESTORE_JOBS.name: ("vault_id", "job_id"),
    RESTORE_LINKS.name: ("vault_id", "job_id"),
    ACTIVITY.name: ("vault_id", "event_id"),
    SLOTS.name: ("vault_id", "item_key", "part", "slot_at"),
    EXCEPTIONS.name: ("exception_key", "episode"),
    CANARIES.name: ("night", "detector", "planted"),
    NOT_COMPARED.name: ("night", "vault_id", "what", "reason"),
}
"""What names a row of a pack, which shows one observation of a thing; other tables keep the key of their rows."""
_CALLS = "calls"


@dataclass(frozen=True, slots=True)
class Reference:
    """Columns of a table whose values are those of another table's columns."""

    table: str
    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]


_CANDIDATES = (
    *(Reference(name, ("call_id",), _CALLS, ("call_id",)) for name in (*STATE_KEYS, JOBS.name, RESTORE_JOBS.name)),
    *(Reference(name, ("call_id",), _CALLS, ("call_id",)) for name in ("recovery_points", ACTIVITY.name, "inventory")),
    Reference(COVERAGE.name, ("first_call_id",), _CALLS, ("call_id",)),
    Reference(COVERAGE.name, ("last_call_id",), _CALLS, ("call_id",)),
    Reference(RESTORE_LINKS.name, ("vault_id", "job_id"), RESTORE_JOBS.name, ("vault_id", "job_id")),
    Reference(RESTORE_JOBS.name, ("vault_id", "job_id"), JOBS.name, ("vault_id", "job_id")),
)


def csv_path(table: Table) -> str:
    """Path of a table's CSV in the pack."""
    return f"data/{table.name}.csv"


def parquet_path(table: Table) -> str:
    """Path of a table's Parquet file in the pack."""
    return f"data/parquet/{table.name}.parquet"


def references(tables: Mapping[str, pa.Table]) -> tuple[Reference, ...]:
    """The references that all rows of these tables hold; a row without a value holds every one."""
    return tuple(one for one in _CANDIDATES if one.table in tables and one.to_table in tables and _holds(one, tables))


def _holds(one: Reference, tables: Mapping[str, pa.Table]) -> bool:
    rows = _texts(tables[one.table].select(list(one.columns))).rename_columns(list(one.to_columns))
    for name in one.to_columns:
        rows = rows.filter(pc.is_valid(rows[name]))
    there = _texts(tables[one.to_table].select(list(one.to_columns)))
    *_, last = one.to_columns
    if len(one.to_columns) == 1:
        named = pc.is_in(rows[last], value_set=there[last].combine_chunks())
        return rows.filter(named).num_rows == rows.num_rows
    # Few rows point into a long table: only what they can meet is joined.
    there = there.filter(pc.is_in(there[last], value_set=rows[last].combine_chunks()))
    return rows.join(there, list(one.to_columns), join_type="left anti").num_rows == 0


def _texts(rows: pa.Table) -> pa.Table:
    """Ids as plain texts; long tables hold them as dictionaries, which are not searched."""
    return rows.cast(pa.schema([(name, pa.string()) for name in rows.column_names]))


def datapackage(
    pack_id: str,
    created: datetime,
    tables: Mapping[Table, int],
    digests: Mapping[str, Digest],
    held: Sequence[Reference] = (),
) -> bytes:
    """The descriptor of a pack's data files; `tables` with their rows, `digests` of all files, `held` references."""
    described = {csv_path(table) for table in tables}
    resources = [
        *(_table(table, rows, digests[csv_path(table)], held) for table, rows in tables.items()),
        *(_file(path, digests[path]) for path in sorted(digests) if path not in described),
    ]
    told = {
        "profile": "data-package",
        "name": pack_id,
        "title": f"Backup evidence {pack_id}",
        "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "resources": resources,
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n"


def resource_name(path: str) -> str:
    """Name of a file that is no table: `parquet/restore_jobs.parquet` is `parquet-restore-jobs.parquet`."""
    return href(path).lower().replace("/", "-").replace("_", "-")


def _file(path: str, digest: Digest) -> dict[str, object]:
    return {
        "name": resource_name(path),
        "type": "file",
        "path": href(path),
        "format": path.rpartition(".")[2],
        "mediatype": media_type(path),
        "bytes": digest.size,
        "hash": f"sha256:{digest.sha256}",
    }


def _table(table: Table, rows: int, digest: Digest, held: Sequence[Reference]) -> dict[str, object]:
    return {
        "name": _name(table.name),
        "type": "table",
        "path": href(csv_path(table)),
        "description": f"One row is {table.row}. {rows} rows.",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": digest.size,
        "hash": f"sha256:{digest.sha256}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": _schema(table, [one for one in held if one.table == table.name]),
    }


def _name(table: str) -> str:
    return table.replace("_", "-")


def _schema(table: Table, held: Sequence[Reference]) -> dict[str, object]:
    schema: dict[str, object] = {
        "fields": [_field(column) for column in table.columns if column.name not in LEFT_OUT],
        "missingValues": [""],
        "primaryKey": list(_PRIMARY.get(table.name, table.key)),
    }
    if held:
        schema["foreignKeys"] = [
            {
                "fields": list(one.columns),
                "reference": {"resource": _name(one.to_table), "fields": list(one.to_columns)},
            }
            for one in held
        ]
    return schema


def _field(column: Column) -> dict[str, object]:
    told: dict[str, object] = {"name": column.name, "type": _type(column.type)}
    if pa.types.is_timestamp(column.type):
        told["format"] = TIME_FORMAT
    if pa.types.is_list(column.type):
        told["arrayItem"] = {"type": _type(column.type.value_type)}
    told["description"] = f"{column.sentence} Unit: {column.unit}."
    if column.required:
        told["constraints"] = {"required": True}
    return told


def _type(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "datetime"
    if pa.types.is_date(kind):
        return "date"
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind):
        return "number"
    return "array" if pa.types.is_list(kind) else "string"
