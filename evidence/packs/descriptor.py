"""`datapackage.json`: every CSV with its size and hash, every column explained (Frictionless Data Package v1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import orjson
import pyarrow as pa

from evidence.packs.bag import Digest
from evidence.tables import Column, Table

LEFT_OUT = frozenset({"properties", "envelope"})
"""Columns that a CSV leaves to the Parquet file beside it: JSON as Azure sent it."""


def csv_path(table: Table) -> str:
    """Path of a table's CSV in the pack."""
    return f"data/{table.name}.csv"


def parquet_path(table: Table) -> str:
    """Path of a table's Parquet file in the pack."""
    return f"data/parquet/{table.name}.parquet"


def datapackage(pack_id: str, created: datetime, tables: Mapping[Table, int], digests: Mapping[str, Digest]) -> bytes:
    """The descriptor of a pack's CSV files; `tables` with their rows."""
    resources = [_resource(table, rows, digests[csv_path(table)]) for table, rows in tables.items()]
    told = {
        "profile": "data-package",
        "name": pack_id,
        "title": f"Backup evidence {pack_id}",
        "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "resources": resources,
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n"


def _resource(table: Table, rows: int, digest: Digest) -> dict[str, object]:
    return {
        "name": table.name.replace("_", "-"),
        "type": "table",
        "path": csv_path(table).removeprefix("data/"),
        "description": f"One row is {table.row}. {rows} rows.",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": digest.size,
        "hash": f"sha256:{digest.sha256}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": {
            "fields": [_field(column) for column in table.columns if column.name not in LEFT_OUT],
            "missingValues": [""],
        },
    }


def _field(column: Column) -> dict[str, object]:
    told: dict[str, object] = {"name": column.name, "type": _type(column.type)}
    if pa.types.is_timestamp(column.type):
        told["format"] = "any"
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
