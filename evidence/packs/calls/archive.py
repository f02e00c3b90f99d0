"""Writes calls.zip: the answers that a pack's rows rest on, verbatim but for secrets, with all that is needed to make the rows again.

Not here: which files these are (`needs`), reading them again (`verification.reperformance`). Invariants: only what the
ledger names goes in, and memory holds one file of calls, however many there are; the same store and pack give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from evidence.errors import IntegrityError, RefusedError
from evidence.ledger.chain import path_of
from evidence.ledger.entries import LedgerEntry, LedgerObject
from evidence.ledger.folds import SealedAssessment, SealedNight, named_paths
from evidence.packs import archive, bag
from evidence.packs.calls.needs import Bounds, Needs, needs
from evidence.packs.calls.redaction import redact_capture
from evidence.packs.period import Period
from evidence.packs.scope import PackScope
from evidence.packs.select import Selection
from evidence.packs.statement import Place
from evidence.packs.verification.reperformance_facts import NAME, RedactedBody, Replay, told_moments
from evidence.packs.verification.reperformance_files import SUFFIX
from evidence.runs.manifest import RunManifest, parse_run_manifest
from evidence.runs.one_calendar import told_calendar
from evidence.runs.parts import Parts, Progress
from evidence.runs.sealed import SealedRows
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import run_file
from evidence.tables import ALL, ASSESSED, RESTORE_JOBS, SCHEMA_VERSION
from evidence.tables.captures import capture_from_parquet, capture_to_parquet

FILE_NAME = "calls.zip"
INTERNAL = "internal"


class Ordered(Protocol):
    """What an order says of the rows it wants."""

    @property
    def scope(self) -> PackScope:
        """Which vaults."""
        ...

    @property
    def period(self) -> Period:
        """Which nights."""
        ...


@dataclass(frozen=True, slots=True)
class CallsArchive:
    """calls.zip on disk, ready to be sealed with its pack."""

    file: Path
    digest: bag.Digest
    redactions: int
    """Answers that are not byte for byte as received."""


def write_calls(
    parts: Parts, entries: Sequence[LedgerEntry], pack_id: str, bounds: Bounds, folder: Path, progress: Progress
) -> CallsArchive:
    """Write calls.zip of a pack into a folder of ours, as known at the last of `entries`; raises IntegrityError, StoreError."""
    return _Writing(parts, entries, pack_id, bounds, folder, progress).write()


@dataclass(slots=True)
class _Writing:
    """One calls.zip on its way."""

    parts: Parts
    entries: Sequence[LedgerEntry]
    pack_id: str
    bounds: Bounds
    folder: Path
    progress: Progress
    members: dict[str, bag.Source] = field(default_factory=dict)
    manifests: dict[str, RunManifest] = field(default_factory=dict)
    redacted: list[str] = field(default_factory=list)
    redactions: list[RedactedBody] = field(default_factory=list)

    def write(self) -> CallsArchive:
        sealed = SealedRows(self.parts.store, named_paths(self.entries))
        wanted = needs(self.entries, lambda run: self._manifest(sealed, run), self.bounds)
        for entry in self.entries:
            self.members[path_of(entry.sequence)] = entry.to_bytes()
        for named in wanted.lists():
            self.members[named.path] = sealed.content(named.path)
        self._keep_calls(sealed, wanted)
        moments = dict(moment for one in wanted.assessed for moment in _assessed_at(sealed, one))
        self.members[NAME] = self._replay(moments).to_bytes()
        file = self.folder / FILE_NAME
        with file.open("wb") as target:
            target.writelines(archive.archive(self._entries()))
        return CallsArchive(file, bag.digest(file), len(self.redactions))

    def _manifest(self, sealed: SealedRows, run: SealedNight) -> RunManifest:
        path = run_file(run.night, run.run_id)
        if path not in self.manifests:
            self.members[path] = data = sealed.content(path)
            self.manifests[path] = parse_run_manifest(data)
        return self.manifests[path]

    def _keep_calls(self, sealed: SealedRows, wanted: Needs) -> None:
        paths = [file.path for run in wanted.runs for file in run.files]
        (self.folder / "calls").mkdir()
        for number, path in enumerate(paths, start=1):
            target = self.folder / "calls" / f"{number:07d}"
            target.write_bytes(self._clean(path, sealed.content(path)))
            self.members[path] = target
            self.progress("calls of the pack", number, len(paths))

    def _clean(self, path: str, data: bytes) -> bytes:
        """The file of calls itself, or one without the secrets in it."""
        capture, found = redact_capture(read := capture_from_parquet(data))
        if capture is read:
            return data
        self.redacted.append(path)
        self.redactions += [RedactedBody(path, **asdict(one)) for one in found]
        return capture_to_parquet(capture)

    def _replay(self, moments: Mapping[str, datetime]) -> Replay:
        return Replay(
            pack_id=self.pack_id,
            scope=self.bounds.scope,
            **told_calendar(self.parts.calendar),
            code_version=self.parts.code_version,
            schema_version=SCHEMA_VERSION,
            ledger_size=len(self.entries),
            ledger_head_sha256=self.entries[-1].sha256,
            assessed_at=told_moments(moments),
            redacted_files=tuple(sorted(self.redacted)),
            redactions=tuple(self.redactions),
        )

    def _entries(self) -> Iterator[archive.Entry]:
        folder = f"{self.pack_id}{SUFFIX}"
        return (archive.entry(f"{folder}/{path}", self.members[path], deflate=False) for path in sorted(self.members))


def _assessed_at(sealed: SealedRows, one: SealedAssessment) -> Iterator[tuple[str, datetime]]:
    """When an assessment was judged, by the rows it made; nothing where it made none."""
    prefixes = tuple(f"assessments/{table.name}/" for table in ASSESSED)
    for named in one.entry.objects:
        if named.path.startswith(prefixes):
            column = sealed.file(ALL[named.path.split("/")[1]], named.path, ["assessed_at"])["assessed_at"]
            if len(column):
                yield one.assessment_id, column[0].as_py()
                return


def calls_of(
    parts: Parts,
    entries: Sequence[LedgerEntry],
    place: Place,
    order: Ordered,
    selection: Selection,
    folder: Path,
    progress: Progress,
) -> CallsArchive:
    """calls.zip of a pack that is being built; raises RefusedError for an audience that may not see names."""
    if place.series.audience != INTERNAL:
        raise RefusedError(
            f"A pack for the audience {place.series.audience} has no calls beside it.",
            cause="Answers as received hold every name and id, which such a pack masks.",
            next_step="Build it without --with-calls.",
        )
    restored = selection.tables[RESTORE_JOBS.name]["vault_id"].unique().to_pylist()
    bounds = Bounds(order.period, order.scope, frozenset(str(vault) for vault in restored))
    return write_calls(parts, entries, place.pack_id, bounds, folder, progress)


def keep_calls(store: EvidenceStore, folder: str, calls: CallsArchive) -> LedgerObject:
    """Keep calls.zip beside its pack, read it back, and name it; raises IntegrityError, StoreError."""
    path = f"{folder}{FILE_NAME}"
    store.create_from(path, calls.file)
    copy = calls.file.with_name("calls-read-back.zip")
    store.fetch(path, copy)
    if bag.digest(copy) != calls.digest:
        raise IntegrityError(f"{path} reads back otherwise than it was written.")
    return LedgerObject(path, calls.digest.size, calls.digest.sha256)
