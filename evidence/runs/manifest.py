"""What `run.json` says: which run it was, what it asked, and every file it wrote with its hash.

Invariant: it is written last, so a run without it is a run that did not end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import orjson
import rfc8785

from evidence.errors import IntegrityError
from evidence.records import Vault

FORMAT = "backup-evidence-run"
VERSION = 1


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file a run wrote."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RunManifest:
    """One execution for one night."""

    night: date
    run_id: str
    window_start: datetime
    window_end: datetime
    started_at: datetime
    captured_at: datetime
    late: bool
    again: bool
    reason: str | None
    source: str
    configuration_sha256: str
    code_version: str
    subscriptions: tuple[str, ...]
    vaults: tuple[Vault, ...]
    """All that were found, read or not."""
    files: tuple[WrittenFile, ...]

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785)."""
        told = asdict(self)
        for name in ("night", "window_start", "window_end", "started_at", "captured_at"):
            told[name] = getattr(self, name).isoformat()
        # RFC 8785 knows lists and objects, not tuples.
        plain = orjson.loads(orjson.dumps({"format": FORMAT, "v": VERSION, **told}))
        return rfc8785.dumps(plain)


def parse_run_manifest(data: bytes) -> RunManifest:
    """Read `run.json`; raises IntegrityError for another format or an unknown version."""
    try:
        told = orjson.loads(data)
        return _checked(told)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise IntegrityError("run.json is not what it must be.", cause=str(error)) from error


def _checked(told: Mapping[str, object]) -> RunManifest:
    if told["format"] != FORMAT or told["v"] != VERSION:
        raise IntegrityError(
            f"run.json is {told['format']} version {told['v']}; this program reads {FORMAT} {VERSION}."
        )
    return RunManifest(
        night=date.fromisoformat(str(told["night"])),
        run_id=str(told["run_id"]),
        window_start=datetime.fromisoformat(str(told["window_start"])),
        window_end=datetime.fromisoformat(str(told["window_end"])),
        started_at=datetime.fromisoformat(str(told["started_at"])),
        captured_at=datetime.fromisoformat(str(told["captured_at"])),
        late=bool(told["late"]),
        again=bool(told["again"]),
        reason=None if told["reason"] is None else str(told["reason"]),
        source=str(told["source"]),
        configuration_sha256=str(told["configuration_sha256"]),
        code_version=str(told["code_version"]),
        subscriptions=tuple(str(one) for one in _sequence(told["subscriptions"])),
        vaults=tuple(Vault(**_mapping(one)) for one in _sequence(told["vaults"])),
        files=tuple(WrittenFile(**_mapping(one)) for one in _sequence(told["files"])),
    )


def _sequence(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no object")
    return value
