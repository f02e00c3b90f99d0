"""Changes of captured answers, and what verifications say of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from evidence.packs.verification import Verification
from evidence.records import Call, Capture
from evidence.tables.captures import capture_from_parquet
from tests.packs.calls.world import failures


def failed_words(found: Verification) -> list[str]:
    """Name, file and first sentence of what failed."""
    return [
        f"{name}: {detail.partition(' cause:')[0]}" + (f" [{file}]" if file and "/" in file else "")
        for name, file, detail in failures(found)
    ]


def calls_file_with(members: Mapping[str, bytes], words: bytes) -> str:
    """A file of calls of a vault, of the last night, one of whose answers holds some words."""
    paths = [path for path in members if path.startswith("calls/") and path.endswith(".parquet") and "/_" not in path]
    return max(path for path in paths if _holds(members[path], words))


def _holds(data: bytes, words: bytes) -> bool:
    return any(words in call.last.body for call in capture_from_parquet(data).calls)


def body_replaced(capture: Capture, old: bytes, new: bytes) -> Capture:
    """The capture with some words replaced in every answer, and the hashes that fit."""
    return replace(capture, calls=tuple(_replaced(call, old, new) for call in capture.calls))


def _replaced(call: Call, old: bytes, new: bytes) -> Call:
    body = call.last.body.replace(old, new)
    last = replace(call.last, body=body, sha256=hashlib.sha256(body).hexdigest())
    return replace(call, attempts=(*call.attempts[:-1], last))
