"""Captures to Parquet and back: one row a call, its verbatim body and every attempt.

Not here: the public table `calls`, which holds no bodies. Invariant: what is read back equals what was written, byte
for byte; a body whose hash does not match is refused.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from datetime import datetime

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from evidence.errors import IntegrityError
from evidence.records import Attempt, Call, Capture, Coverage, Identity, Kind, Outcome, Vault

FORMAT_VERSION = 1

_TEXTS = (
    "call_id",
    "kind",
    "subject",
    "url",
    "api_version",
    "filter",
    "request_headers",
    "identity",
    "outcome",
    "reason",
    "next_link",
    "response_headers",
    "sha256",
    "attempts",
)
_BODIES = {"body": pa.large_binary(), "attempt_bodies": pa.list_(pa.large_binary()), "rows": pa.int64()}
_SCHEMA = pa.schema(dict.fromkeys(_TEXTS, pa.string()) | _BODIES)


def capture_to_parquet(capture: Capture) -> bytes:
    """Parquet bytes (zstd) of a capture; equal captures give equal bytes."""
    rows = [_call_row(call) for call in capture.calls]
    table = pa.Table.from_pylist(rows, schema=_SCHEMA)
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(_metadata(capture)), sink, compression="zstd", row_group_size=2048)
    return sink.getvalue()


def capture_from_parquet(data: bytes) -> Capture:
    """The capture in a file; raises IntegrityError for an unknown version or a body that is not as hashed."""
    try:
        table = pq.read_table(io.BytesIO(data))
        head = orjson.loads((table.schema.metadata or {})[b"capture"])
    except (pa.ArrowInvalid, KeyError, orjson.JSONDecodeError, OSError) as error:
        raise IntegrityError("Not a file of calls.", cause=str(error)) from error
    if head["v"] != FORMAT_VERSION:
        raise IntegrityError(f"The file of calls has version {head['v']}; this program reads {FORMAT_VERSION}.")
    return Capture(
        capture_id=head["capture_id"],
        subject_id=head["subject_id"],
        vault=None if head["vault"] is None else Vault(**head["vault"]),
        calls=tuple(_call(row) for row in table.to_pylist()),
        coverage=tuple(_coverage(row) for row in head["coverage"]),
    )


def _metadata(capture: Capture) -> dict[str, bytes]:
    vault = capture.vault
    head = {
        "v": FORMAT_VERSION,
        "capture_id": capture.capture_id,
        "subject_id": capture.subject_id,
        "vault": None if vault is None else {name: getattr(vault, name) for name in Vault.__slots__},
        "coverage": [{name: getattr(row, name) for name in Coverage.__slots__} for row in capture.coverage],
    }
    return {"capture": orjson.dumps(head, option=orjson.OPT_SORT_KEYS)}


def _call_row(call: Call) -> dict[str, object]:
    last = call.last
    return {
        "call_id": call.call_id,
        "kind": str(call.kind),
        "subject": call.subject,
        "url": call.url,
        "api_version": call.api_version,
        "filter": call.filter,
        "request_headers": _text(dict(call.request_headers)),
        "identity": _text({name: getattr(call.identity, name) for name in Identity.__slots__}),
        "outcome": call.outcome,
        "reason": call.reason,
        "rows": call.rows,
        "next_link": call.next_link,
        "response_headers": _text(dict(last.response_headers)),
        "body": last.body,
        "sha256": last.sha256,
        "attempts": _text([_attempt_row(attempt) for attempt in call.attempts]),
        # The last body stands in its own column; only those of earlier attempts are kept beside it.
        "attempt_bodies": [attempt.body for attempt in call.attempts[:-1]],
    }


def _attempt_row(attempt: Attempt) -> dict[str, object]:
    return {
        "started_at": attempt.started_at.isoformat(),
        "finished_at": attempt.finished_at.isoformat(),
        "status": attempt.status,
        "error": attempt.error,
        "waited_s": attempt.waited_s,
        "response_headers": dict(attempt.response_headers),
        "sha256": attempt.sha256,
    }


def _call(row: Mapping[str, object]) -> Call:
    bodies = [*_list(row["attempt_bodies"]), row["body"]]
    attempts = [_attempt(told, body) for told, body in zip(orjson.loads(_str(row["attempts"])), bodies, strict=True)]
    rows = row["rows"]
    return Call(
        call_id=_str(row["call_id"]),
        kind=Kind(_str(row["kind"])),
        subject=_maybe(row["subject"]),
        url=_str(row["url"]),
        api_version=_maybe(row["api_version"]),
        filter=_maybe(row["filter"]),
        request_headers=orjson.loads(_str(row["request_headers"])),
        identity=Identity(**orjson.loads(_str(row["identity"]))),
        attempts=tuple(attempts),
        outcome=_str(row["outcome"]),
        reason=_maybe(row["reason"]),
        rows=rows if isinstance(rows, int) else None,
        next_link=_maybe(row["next_link"]),
    )


def _attempt(told: Mapping[str, object], body: object) -> Attempt:
    data = body if isinstance(body, bytes) else b""
    sha256 = _maybe(told["sha256"])
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise IntegrityError(f"A body in the file of calls does not have the SHA-256 {sha256} it had at receipt.")
    headers, status, waited = told["response_headers"], told["status"], told["waited_s"]
    return Attempt(
        started_at=datetime.fromisoformat(_str(told["started_at"])),
        finished_at=datetime.fromisoformat(_str(told["finished_at"])),
        status=status if isinstance(status, int) else None,
        error=_maybe(told["error"]),
        waited_s=float(waited) if isinstance(waited, int | float) else 0.0,
        response_headers=headers if isinstance(headers, dict) else {},
        body=data,
        sha256=sha256,
    )


def _coverage(row: Mapping[str, object]) -> Coverage:
    return Coverage(**{**row, "kind": Kind(_str(row["kind"])), "outcome": Outcome(_str(row["outcome"]))})  # type: ignore[arg-type]  # types follow from what _metadata wrote


def _text(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise IntegrityError(f"The file of calls holds {value!r} where text must be.")
    return value


def _maybe(value: object) -> str | None:
    return None if value is None else _str(value)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
