"""What `run.json` says: which run it was, what it asked, and every file it wrote with its hash.

Invariant: it is written last, so a run without it is a run that did not end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

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
    """Read `run.json`; raises IntegrityError for another format, an unknown version, or anything `to_bytes` would not have written."""
    try:
        manifest = _manifest(orjson.loads(data))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise IntegrityError("run.json is not what it must be.", cause=f"{type(error).__name__}: {error}") from error
    if manifest.to_bytes() != data:
        raise IntegrityError("run.json is not written as a run writes it.")
    return manifest


def _manifest(told: Mapping[str, object]) -> RunManifest:
    if told["format"] != FORMAT or told["v"] != VERSION:
        raise IntegrityError(
            f"run.json is {told['format']} version {told['v']}; this program reads {FORMAT} {VERSION}.",
            next_step="Use the newer program that wrote it.",
        )
    return RunManifest(
        night=date.fromisoformat(_text(told["night"])),
        run_id=_text(told["run_id"]),
        window_start=_moment(told["window_start"]),
        window_end=_moment(told["window_end"]),
        started_at=_moment(told["started_at"]),
        captured_at=_moment(told["captured_at"]),
        late=_flag(told["late"]),
        again=_flag(told["again"]),
        reason=None if told["reason"] is None else _text(told["reason"]),
        source=_text(told["source"]),
        configuration_sha256=_text(told["configuration_sha256"]),
        code_version=_text(told["code_version"]),
        subscriptions=tuple(_text(one) for one in _sequence(told["subscriptions"])),
        vaults=tuple(_vault(_mapping(one)) for one in _sequence(told["vaults"])),
        files=tuple(_file(_mapping(one)) for one in _sequence(told["files"])),
    )


def _vault(told: Mapping[str, object]) -> Vault:
    region = told["region"]
    return Vault(
        vault_id=_text(told["vault_id"]),
        name=_text(told["name"]),
        kind=_text(told["kind"]),
        subscription_id=_text(told["subscription_id"]),
        resource_group=_text(told["resource_group"]),
        region=None if region is None else _text(region),
    )


def _file(told: Mapping[str, object]) -> WrittenFile:
    size = told["bytes"]
    if not isinstance(size, int) or isinstance(size, bool):
        raise TypeError(f"{size!r} is no number of bytes")
    return WrittenFile(_text(told["path"]), size, _text(told["sha256"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.utcoffset() != timedelta(0):
        raise ValueError(f"{value!r} is no moment in UTC")
    return moment


def _sequence(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no object")
    return value
