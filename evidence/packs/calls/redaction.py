"""Takes secrets out of captured calls before they leave the store beside a pack, and nothing else.

Not here: which calls leave (`needs`), masking of rows (`masking`). Invariants: the bytes of a call without a secret stay as
received; in one that holds some, only the values that hold them are replaced, so that every other row can be made from it again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from evidence.normalize.masking import masked
from evidence.packs.masking import MASKED, SECRET_FIELDS
from evidence.records import Attempt, Call, Capture

_MAY_HOLD = re.compile(
    rb"(?:[?&;]|u0026|u003f|%26|%3f|%3b)"
    rb"(?:sig|signature|code|token|access_token|sharedaccesskey|accountkey|key)(?:=|%3d|\\u003d)"
    rb"|bearer\s|://[^/\s\"]*@|" + "|".join(sorted(SECRET_FIELDS)).encode(),
    re.IGNORECASE,
)
"""What a body must hold before it is looked through: an address's credential, or the name of a secret field."""
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NAMES_VALUE = re.compile(r"\s*:\s*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Redaction:
    """One answer that left the store without its secrets."""

    call_id: str
    attempt: int
    """From 1; the last one is what rows are made of."""
    bytes: int
    """Of the body as received."""
    sha256: str
    """Of the body as received."""
    values: int
    """How many values were replaced in it."""


def redact_capture(capture: Capture) -> tuple[Capture, tuple[Redaction, ...]]:
    """The capture without secrets, and which answers differ from what was received.

    Credentials in addresses and headers are masked too; those calls keep their bodies, so they are no redaction of an answer.
    """
    found: list[Redaction] = []
    calls = tuple(_call(call, found) for call in capture.calls)
    return (replace(capture, calls=calls), tuple(found)) if calls != capture.calls else (capture, ())


def _call(call: Call, found: list[Redaction]) -> Call:
    attempts = tuple(_attempt(call.call_id, number, one, found) for number, one in enumerate(call.attempts, start=1))
    return replace(
        call,
        url=masked(call.url) or "",
        filter=masked(call.filter),
        reason=masked(call.reason),
        next_link=masked(call.next_link),
        request_headers=_headers(call.request_headers),
        attempts=attempts,
    )


def _attempt(call_id: str, number: int, attempt: Attempt, found: list[Redaction]) -> Attempt:
    clean = replace(attempt, error=masked(attempt.error), response_headers=_headers(attempt.response_headers))
    body, values = redact_body(attempt.body)
    if not values or attempt.sha256 is None:
        return clean
    found.append(Redaction(call_id, number, len(attempt.body), attempt.sha256, values))
    return replace(clean, body=body, sha256=hashlib.sha256(body).hexdigest())


def _headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {name: masked(value) or "" for name, value in headers.items()}


def redact_body(body: bytes) -> tuple[bytes, int]:
    """The body with every secret value replaced, and how many were; the same bytes where there are none.

    A body that names a secret field and cannot be looked through is replaced whole.
    """
    if not _MAY_HOLD.search(body):
        return body, 0
    try:
        text, values = redact_text(body.decode())
    except (ValueError, RecursionError):
        return json.dumps(MASKED).encode(), 1
    return (text.encode(), values) if values else (body, 0)


def redact_text(text: str) -> tuple[str, int]:
    """The same of JSON text; every character outside the replaced values stays. Raises ValueError, RecursionError."""
    pieces: list[str] = []
    at = values = 0
    while (found := _TEXT.search(text, at)) is not None:
        named = _NAMES_VALUE.match(text, found.end())
        if named is None:
            written, end = _credential(found[0]), found.end()
        elif _is_secret(found[0]):
            written, end = _secret(text, named.end())
        else:
            pieces.append(text[at : named.end()])
            at = named.end()
            continue
        start = named.end() if named is not None else found.start()
        values += written is not None
        pieces += [text[at:start], text[start:end] if written is None else written]
        at = end
    return "".join([*pieces, text[at:]]), values


def _is_secret(name: str) -> bool:
    return str(json.loads(name)).strip().lower() in SECRET_FIELDS


def _credential(token: str) -> str | None:
    """A text value whose credentials are masked; None where it holds none."""
    if not _MAY_HOLD.search(token.encode()):
        return None
    value = str(json.loads(token))
    clean = masked(value)
    return None if clean == value else json.dumps(clean, ensure_ascii=False)


def _secret(text: str, start: int) -> tuple[str | None, int]:
    """The value of a secret field with every text and number in it replaced, or None where there is nothing to hide; and its end.

    Objects stay objects, so that normalizing meets the types that it knows.
    """
    value, end = _DECODER.raw_decode(text, start)
    hidden = _hidden(value)
    if hidden == value:
        return None, end
    return json.dumps(hidden, ensure_ascii=False, separators=(",", ":")), end


def _hidden(value: object) -> object:
    if isinstance(value, dict):
        return {key: _hidden(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_hidden(one) for one in value]
    if isinstance(value, str):
        return MASKED if value else value
    if value is None or isinstance(value, bool):
        return value
    return 1 if value else 0  # what holds something must still hold something: rows mask that, and nothing else
