"""`replay.json` of calls.zip: what besides the calls decides how rows come out; never a secret.

Not here: the ledger and the calls beside it. Invariant: it is read as strictly as it is written; source: docs/pack-format.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson

from evidence.errors import IntegrityError
from evidence.packs.scope import PackScope
from evidence.packs.verification.shapes import check_shape, count, has, list_of, moment, sha256, text
from evidence.runs.parts import told

FORMAT, VERSION = "backup-evidence-calls", 1
NAME = "replay.json"


@dataclass(frozen=True, slots=True)
class RedactedBody:
    """An answer that left the store without the secrets in it."""

    path: str
    """File of calls that holds it."""
    call_id: str
    attempt: int
    """From 1."""
    bytes: int
    """Of the answer as received."""
    sha256: str
    """Of the answer as received, which the table of calls tells too."""
    values: int
    """Values that were replaced in it."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What besides the calls decides how rows come out."""

    pack_id: str
    scope: PackScope
    time_zone: str
    night_starts_at: str
    code_version: str
    """Of the program that sealed the pack."""
    schema_version: int
    ledger_size: int
    ledger_head_sha256: str
    assessed_at: Mapping[str, str]
    """When each assessment was judged, by its id."""
    redacted_files: tuple[str, ...]
    """Files of calls that are not byte for byte those of the store, sorted."""
    redactions: tuple[RedactedBody, ...]

    def to_bytes(self) -> bytes:
        """Keys sorted, two spaces, one line feed at the end."""
        content = {
            "format": FORMAT,
            "v": VERSION,
            "pack_id": self.pack_id,
            "scope": asdict(self.scope),
            "calendar": {"time_zone": self.time_zone, "night_starts_at": self.night_starts_at},
            "code_version": self.code_version,
            "schema_version": self.schema_version,
            "ledger": {"size": self.ledger_size, "head_sha256": self.ledger_head_sha256},
            "assessed_at": dict(self.assessed_at),
            "redacted_files": list(self.redacted_files),
            "redactions": [asdict(one) for one in self.redactions],
        }
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def assessed_then(replay: Replay, assessment_id: str) -> datetime | None:
    """When an assessment was judged; None where it made no row to tell it by."""
    at = replay.assessed_at.get(assessment_id)
    return None if at is None else datetime.fromisoformat(at)


def told_moments(moments: Mapping[str, datetime]) -> Mapping[str, str]:
    """Moments as they are written."""
    return {name: told(at) for name, at in sorted(moments.items())}


def read_replay(data: bytes) -> Replay:
    """Read it; raises IntegrityError for another format, an unknown version, or anything that would not have been written."""
    content = orjson.loads(data)
    if not isinstance(content, dict) or (content.get("format"), content.get("v")) != (FORMAT, VERSION):
        raise IntegrityError(
            f"{NAME} is not that of {FORMAT} version {VERSION}.", next_step="Use the newer program that wrote it."
        )
    check_shape(NAME, content, _SHAPES)
    replay = _replay(content)
    if replay.to_bytes() != data:
        raise IntegrityError(f"{NAME} is not written in its one form.")
    return replay


def _replay(content: Mapping[str, Any]) -> Replay:
    scope: Mapping[str, Sequence[str]] = content["scope"]
    return Replay(
        pack_id=content["pack_id"],
        scope=PackScope(
            content["scope"]["name"], *(tuple(scope[key]) for key in ("regions", "subscriptions", "vaults"))
        ),
        time_zone=content["calendar"]["time_zone"],
        night_starts_at=content["calendar"]["night_starts_at"],
        code_version=content["code_version"],
        schema_version=content["schema_version"],
        ledger_size=content["ledger"]["size"],
        ledger_head_sha256=content["ledger"]["head_sha256"],
        assessed_at=content["assessed_at"],
        redacted_files=tuple(content["redacted_files"]),
        redactions=tuple(RedactedBody(**one) for one in content["redactions"]),
    )


def _moments(value: object) -> bool:
    return isinstance(value, dict) and all(moment(one) for one in value.values())


_SHAPES = {
    "format": text,
    "v": count,
    "pack_id": text,
    "scope": has(name=text, regions=list_of(text), subscriptions=list_of(text), vaults=list_of(text)),
    "calendar": has(time_zone=text, night_starts_at=text),
    "code_version": text,
    "schema_version": count,
    "ledger": has(size=count, head_sha256=sha256),
    "assessed_at": _moments,
    "redacted_files": list_of(text),
    "redactions": list_of(has(path=text, call_id=text, attempt=count, bytes=count, sha256=sha256, values=count)),
}
