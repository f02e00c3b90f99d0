"""What `run.json` says: which run it was, what it asked, and every file it wrote with its hash.

Invariant: it is written last, so a run without it is a run that did not end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache

import orjson

from evidence.errors import IntegrityError
from evidence.records import Vault
from evidence.runs.plain import (
    WrittenFile,
    canonical,
    plain_file,
    plain_flag,
    plain_mapping,
    plain_moment,
    plain_sequence,
    plain_text,
    plain_vault,
)

__all__ = ["FORMAT", "VERSION", "RunManifest", "WrittenFile", "parse_run_manifest"]

FORMAT = "backup-evidence-run"
VERSION = 1


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
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in ("night", "window_start", "window_end", "started_at", "captured_at"):
            told[name] = getattr(self, name).isoformat()
        return canonical({"format": FORMAT, "v": VERSION, **told})

    @property
    def calls(self) -> tuple[WrittenFile, ...]:
        """Files of calls alone, without the one that says how the run was begun."""
        return tuple(file for file in self.files if file.path.endswith(".parquet"))


@lru_cache(maxsize=64)
def parse_run_manifest(data: bytes) -> RunManifest:
    """Read `run.json`; raises IntegrityError for another format, an unknown version, or anything `to_bytes` would not have written.

    The last ones read are kept: a night's judgement asks for those of a fortnight again and again.
    """
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
        night=date.fromisoformat(plain_text(told["night"])),
        run_id=plain_text(told["run_id"]),
        window_start=plain_moment(told["window_start"]),
        window_end=plain_moment(told["window_end"]),
        started_at=plain_moment(told["started_at"]),
        captured_at=plain_moment(told["captured_at"]),
        late=plain_flag(told["late"]),
        again=plain_flag(told["again"]),
        reason=None if told["reason"] is None else plain_text(told["reason"]),
        source=plain_text(told["source"]),
        configuration_sha256=plain_text(told["configuration_sha256"]),
        code_version=plain_text(told["code_version"]),
        subscriptions=tuple(plain_text(one) for one in plain_sequence(told["subscriptions"])),
        vaults=tuple(plain_vault(plain_mapping(one)) for one in plain_sequence(told["vaults"])),
        files=tuple(plain_file(plain_mapping(one)) for one in plain_sequence(told["files"])),
    )
