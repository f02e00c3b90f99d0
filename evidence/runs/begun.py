"""What `order.json` says: how a run was begun, and which vaults it is to read, so that another process can end it.

Written when discovery has ended, before the first vault is asked. Not here: taking a run over (`resume`). Invariant: it is created
once and never changed; what `run.json` says of the order is what stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

import orjson

from evidence.errors import IntegrityError
from evidence.nights import Window
from evidence.records import Vault
from evidence.runs.manifest import RunManifest
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
from evidence.stores.layout import run_folder

FORMAT = "backup-evidence-order"
VERSION = 1
_WINDOWS = ("window", "jobs_window", "long_jobs_window")


def order_file(night: date, run_id: str) -> str:
    """Path of a run's order."""
    return f"{run_folder(night, run_id)}order.json"


@dataclass(frozen=True, slots=True)
class BegunRun:
    """One run as it was begun."""

    night: date
    run_id: str
    window: Window
    jobs_window: Window
    long_jobs_window: Window
    started_at: datetime
    late: bool
    again: bool
    reason: str | None
    source: str
    configuration_sha256: str
    code_version: str
    subscriptions: tuple[str, ...]
    vaults: tuple[Vault, ...]
    """All that were found, in the order in which they are asked."""
    files: tuple[WrittenFile, ...]
    """Calls above vaults."""

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785)."""
        told = asdict(self)
        told |= {"night": self.night.isoformat(), "started_at": self.started_at.isoformat()}
        for name in _WINDOWS:
            window = getattr(self, name)
            told[name] = {"start": window.start.isoformat(), "end": window.end.isoformat()}
        return canonical({"format": FORMAT, "v": VERSION, **told})

    def ended(self, captured_at: datetime, files: tuple[WrittenFile, ...]) -> RunManifest:
        """The run's manifest, once every vault has its file."""
        return RunManifest(
            night=self.night,
            run_id=self.run_id,
            window_start=self.window.start,
            window_end=self.window.end,
            started_at=self.started_at,
            captured_at=captured_at,
            late=self.late,
            again=self.again,
            reason=self.reason,
            source=self.source,
            configuration_sha256=self.configuration_sha256,
            code_version=self.code_version,
            subscriptions=self.subscriptions,
            vaults=tuple(sorted(self.vaults, key=lambda vault: vault.vault_id)),
            files=tuple(sorted(files, key=lambda file: file.path)),
        )


def parse_order(data: bytes) -> BegunRun:
    """Read `order.json`; raises IntegrityError for another format or version, or anything `to_bytes` would not have written."""
    try:
        told = orjson.loads(data)
        if (told["format"], told["v"]) != (FORMAT, VERSION):
            raise IntegrityError(
                f"order.json is {told['format']} version {told['v']}; this program reads {FORMAT} {VERSION}."
            )
        begun = _begun(told)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise IntegrityError("order.json is not what it must be.", cause=f"{type(error).__name__}: {error}") from error
    if begun.to_bytes() != data:
        raise IntegrityError("order.json is not written as a run writes it.")
    return begun


def _begun(told: Mapping[str, object]) -> BegunRun:
    return BegunRun(
        night=date.fromisoformat(plain_text(told["night"])),
        run_id=plain_text(told["run_id"]),
        window=_window(told["window"]),
        jobs_window=_window(told["jobs_window"]),
        long_jobs_window=_window(told["long_jobs_window"]),
        started_at=plain_moment(told["started_at"]),
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


def _window(told: object) -> Window:
    inside = plain_mapping(told)
    return Window(plain_moment(inside["start"]), plain_moment(inside["end"]))
