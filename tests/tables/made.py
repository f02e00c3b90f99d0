"""Rows and captures for tests, and what a process prints of their bytes: run as `python -m tests.tables.made`."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

from evidence.records import Attempt, Call, Capture, Coverage, Identity, Kind, Outcome, Vault
from evidence.tables import ALL, Column, Table, from_rows, to_parquet
from evidence.tables.captures import capture_to_parquet

NOW = datetime(2026, 11, 21, 6, 30, 0, 123456, tzinfo=UTC)


def value(kind: pa.DataType, number: int) -> object:
    """Some value of a type."""
    if pa.types.is_list(kind):
        return [f"a{number % 3}", "ü"] if number % 4 else []
    if pa.types.is_timestamp(kind):
        return NOW + timedelta(seconds=number)
    if pa.types.is_date(kind):
        return date(2026, 11, 20) + timedelta(days=number % 3)
    if pa.types.is_boolean(kind):
        return number % 2 == 0
    if pa.types.is_integer(kind):
        return number
    return number / 7 if pa.types.is_floating(kind) else f"text {number % 11}"


def rows(table: Table, count: int) -> list[dict[str, object]]:
    """Rows of unlike keys whose other optional values are null now and then."""
    return [
        {column.name: _cell(table, column, number, number + place) for place, column in enumerate(table.columns)}
        for number in range(count)
    ]


def _cell(table: Table, column: Column, number: int, spread: int) -> object:
    if column.name in table.key:
        return f"key-{number}" if column.type == pa.string() else number
    return None if not column.required and spread % 5 == 0 else value(column.type, number)


def capture() -> Capture:
    """A capture with a repeated attempt, headers in any order and every kind of null."""
    body = b'{"value":[]}'
    headers = {"x-ms-request-id": "r", "content-type": "application/json", "a": "ü"}
    sha256 = hashlib.sha256(body).hexdigest()
    first = Attempt(NOW, NOW + timedelta(seconds=1), 429, None, 0.0, {"retry-after": "2"}, b"slow", _sha(b"slow"))
    second = Attempt(NOW, NOW, None, "ServiceRequestError: broken", 2.0)
    third = Attempt(NOW, NOW, 200, None, 4.5, headers, body, sha256)
    call = Call(
        "c.0", Kind.JOBS, None, "https://x/", "2025-02-01", "f", {"b": "1", "a": "2"}, Identity("t"), (first, second, third),
        "ok", None, 0, None,
    )  # fmt: skip
    vault = Vault("/v", "v", "recovery_services", "s", "rg", None)
    coverage = Coverage(Kind.JOBS, Outcome.COLLECTED_ZERO, None, 1, 1, 0, "c.0", "c.0")
    return Capture("c", "/v", vault, (call,), (coverage,))


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def digests() -> dict[str, str]:
    """Hash of each table's file and of the capture's."""
    found = {name: _sha(to_parquet(table, from_rows(table, rows(table, 300)))) for name, table in ALL.items()}
    return {**found, "capture": _sha(capture_to_parquet(capture()))}


def shuffled(table: Table, count: int, seed: int) -> list[dict[str, object]]:
    """The same rows in another order."""
    found = rows(table, count)
    random.Random(seed).shuffle(found)  # noqa: S311 - order only
    return found


if __name__ == "__main__":
    for name, digest in sorted(digests().items()):
        print(name, digest)  # noqa: T201 - read by the test that starts this
