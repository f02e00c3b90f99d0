"""A run's calls to its tables: file by file through `normalize`, into shards, and counted on the way.

Not here: what rows mean. Invariant: every element that Azure sent is a row or is counted as unread; the two are
compared before anything is sealed.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from evidence.errors import IntegrityError, ObjectExistsError, ObjectMissingError
from evidence.nights import Calendar
from evidence.normalize.drift import EXAMPLES, Drift, Met
from evidence.normalize.fast import tabulate_capture
from evidence.normalize.results import CaptureContext, Row
from evidence.runs.element_counts import ElementCounts
from evidence.runs.manifest import RunManifest, WrittenFile
from evidence.runs.parts import Progress, silent
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import table_file
from evidence.tables import ALL, OBSERVED, joined, to_parquet
from evidence.tables.captures import capture_from_parquet

ROWS_PER_SHARD = 50_000
"""Rows held before a shard is written: bounds memory, whatever the number of vaults."""
KnownItems = Mapping[str, Sequence[Row]]
"""Items seen on earlier nights, by vault id: jobs of since deleted items are linked by them."""


@dataclass(frozen=True, slots=True)
class Drifted:
    """How often something never seen before was met."""

    count: int
    calls: tuple[str, ...]
    """The first few calls that show it."""


@dataclass(frozen=True, slots=True)
class TableRun:
    """What became of a run's calls."""

    files: tuple[WrittenFile, ...]
    rows: Mapping[str, int]
    """Rows of each table."""
    unread: Mapping[str, int]
    """Elements and bodies that gave no row, by reason."""
    problems: Mapping[str, int]
    """Values that could not be read, by table and field."""
    tenant_id: str | None
    drift: Mapping[str, Drifted] = field(default_factory=dict)
    """Keys, types and words never seen before, by a sentence that names kind, api-version and path."""


@dataclass(slots=True)
class _Writer:
    """Collects rows and writes them in shards."""

    store: EvidenceStore
    manifest: RunManifest
    held: dict[str, list[pa.Table]] = field(default_factory=lambda: defaultdict(list))
    shards: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    files: list[WrittenFile] = field(default_factory=list)

    def take(self, name: str, rows: pa.Table) -> None:
        self.rows[name] += rows.num_rows
        self.held[name].append(rows)
        if sum(held.num_rows for held in self.held[name]) >= ROWS_PER_SHARD:
            self._flush(name)

    def finish(self) -> None:
        for table in OBSERVED:
            self.rows[table.name] += 0
            if self.held[table.name] or not self.shards[table.name]:
                self._flush(table.name)

    def _flush(self, name: str) -> None:
        table = ALL[name]
        data = to_parquet(table, joined(table, self.held.pop(name, [])))
        path = self._placed(name, data)
        self.files.append(WrittenFile(path, len(data), hashlib.sha256(data).hexdigest()))

    def _placed(self, name: str, data: bytes) -> str:
        """Write a shard under the next number whose place is free, or holds the same bytes from an interrupted stage.

        Other bytes there were made before something else became known; they stay orphans, for nothing is overwritten.
        """
        while True:
            path = table_file(name, self.manifest.night, self.manifest.run_id, self.shards[name])
            self.shards[name] += 1
            try:
                self.store.create(path, data)
            except ObjectExistsError:
                if self.store.read(path) != data:
                    continue
            return path


def tabulate_run(
    store: EvidenceStore,
    manifest: RunManifest,
    calendar: Calendar,
    known_items: KnownItems,
    *,
    progress: Progress = silent,
) -> TableRun:
    """Write all observed tables of a run; raises IntegrityError where counts differ or a file is not as written."""
    writer = _Writer(store, manifest)
    unread: Counter[str] = Counter()
    problems: Counter[str] = Counter()
    tenants: Counter[str] = Counter()
    drift: dict[Drift, Met] = {}
    for done, file in enumerate(manifest.files, start=1):
        capture = capture_from_parquet(content(store, file))
        context = CaptureContext(manifest.night, manifest.run_id, calendar, captured_at=manifest.captured_at)
        found = ElementCounts(writer.take)
        tabulated = tabulate_capture(capture, context, known_items.get(capture.subject_id, ()), take=found.take)
        found.check(capture.calls, tabulated.unread)
        unread.update(tabulated.unread_counts())
        problems.update(tabulated.problem_counts())
        _add(drift, tabulated.drift)
        tenants.update(call.identity.tenant_id for call in capture.calls if call.identity.tenant_id)
        progress(file.path.rsplit("/", 1)[-1].removesuffix(".parquet"), done, len(manifest.files))
    writer.finish()
    if len(tenants) > 1:
        raise IntegrityError(f"One run asked in several tenants: {', '.join(sorted(tenants))}.")
    return TableRun(
        tuple(writer.files), dict(writer.rows), dict(unread), dict(problems), next(iter(tenants), None), _told(drift)
    )


def _add(drift: dict[Drift, Met], found: Mapping[Drift, Met]) -> None:
    for one, met in found.items():
        total = drift.setdefault(one, Met())
        total.count += met.count
        total.calls += met.calls[: EXAMPLES - len(total.calls)]


def _told(drift: Mapping[Drift, Met]) -> dict[str, Drifted]:
    return {one.sentence: Drifted(met.count, tuple(met.calls)) for one, met in sorted(drift.items())}


def content(store: EvidenceStore, file: WrittenFile) -> bytes:
    """Bytes of a file; raises IntegrityError where its hash is not as written."""
    data = store.read(file.path)
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise IntegrityError(
            f"{file.path} does not have the SHA-256 it was written with.", cause=f"written as {file.sha256}"
        )
    return data


def files_are_whole(store: EvidenceStore, files: Sequence[WrittenFile]) -> bool:
    """Whether every file is there with its hash."""
    try:
        for file in files:
            content(store, file)
    except (IntegrityError, ObjectMissingError):
        return False
    return True
