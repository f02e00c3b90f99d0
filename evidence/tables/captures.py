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

FORMAT_VERSION = 2
"""1 had no `request_body`; it is read as one whose calls sent none."""

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
    "request_body",
)
_NOTHING_SENT = {"request_body": None}
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
    """The capture in a file.

    Raises IntegrityError for an unknown version, a body that is not as hashed, or anything that `capture_to_parquet` would not have
    written for what was read.
    """
    try:
        table = pq.read_table(io.BytesIO(data))
        head = orjson.loads((table.schema.metadata or {})[b"capture"])
        if head["v"] not in (1, FORMAT_VERSION):
            raise IntegrityError(f"The file of calls has version {head['v']}; this program reads {FORMAT_VERSION}.")
        capture = Capture(
            capture_id=_str(head["capture_id"]),
            subject_id=_str(head["subject_id"]),
            vault=None if head["vault"] is None else _vault(head["vault"]),
            calls=tuple(_checked_call(_NOTHING_SENT | row) for row in table.to_pylist()),
            coverage=tuple(_coverage(row) for row in head["coverage"]),
        )
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(
            "This is no file of calls, or not as it was written.", cause=f"{type(error).__name__}: {error}"
        ) from error
    return capture


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
        "request_body": call.request_body,
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


def _checked_call(row: Mapping[str, object]) -> Call:
    call = _call(row)
    if _call_row(call) != row:
        raise IntegrityError(f"Call {call.call_id} in the file of calls is not as it was written.")
    return call


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
        request_headers=_texts(orjson.loads(_str(row["request_headers"]))),
        identity=Identity(**{name: _maybe(told) for name, told in orjson.loads(_str(row["identity"])).items()}),
        attempts=tuple(attempts),
        outcome=_str(row["outcome"]),
        reason=_maybe(row["reason"]),
        rows=rows if isinstance(rows, int) else None,
        next_link=_maybe(row["next_link"]),
        request_body=_maybe(row["request_body"]),
    )


def _attempt(told: Mapping[str, object], body: object) -> Attempt:
    data = body if isinstance(body, bytes) else b""
    sha256 = _maybe(told["sha256"])
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise IntegrityError(f"A body in the file of calls does not have the SHA-256 {sha256} it had at receipt.")
    if sha256 is None and data:
        raise IntegrityError("A body in the file of calls has no SHA-256, which every body got at receipt.")
    status, waited = told["status"], told["waited_s"]
    return Attempt(
        started_at=_moment(told["started_at"]),
        finished_at=_moment(told["finished_at"]),
        status=status if isinstance(status, int) else None,
        error=_maybe(told["error"]),
        waited_s=float(waited) if isinstance(waited, int | float) else 0.0,
        response_headers=_texts(told["response_headers"]),
        body=data,
        sha256=sha256,
    )


def _vault(told: Mapping[str, object]) -> Vault:
    region = _maybe(told["region"])
    return Vault(**{**{name: _str(told[name]) for name in told if name != "region"}, "region": region})  # type: ignore[arg-type]  # the names are those of a vault, or this raises


def _coverage(told: Mapping[str, object]) -> Coverage:
    first, last = _maybe(told["first_call_id"]), _maybe(told["last_call_id"])
    return Coverage(
        kind=Kind(_str(told["kind"])),
        outcome=Outcome(_str(told["outcome"])),
        reason=_maybe(told["reason"]),
        expected=_count(told["expected"]),
        answered=_count(told["answered"]),
        collected=_count(told["collected"]),
        first_call_id=first,
        last_call_id=last,
    )


def _text(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise IntegrityError(f"The file of calls holds {value!r} where text must be.")
    return value


def _maybe(value: object) -> str | None:
    return None if value is None else _str(value)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise IntegrityError(f"The file of calls holds {value!r} where a count must be.")
    return value


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_str(value))
    if moment.tzinfo is None:
        raise IntegrityError(f"The file of calls holds a moment without time zone: {value!r}.")
    return moment


def _texts(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise IntegrityError(f"The file of calls holds {value!r} where headers must be.")
    return {_str(name): _str(told) for name, told in value.items()}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
