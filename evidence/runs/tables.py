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
from evidence.normalize.capture import normalize_capture
from evidence.normalize.drift import EXAMPLES, Drift, Met
from evidence.normalize.results import CaptureContext, Normalized, Row
from evidence.records import Kind
from evidence.runs.manifest import RunManifest, WrittenFile
from evidence.runs.parts import Progress, silent
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import table_file
from evidence.tables import ALL, OBSERVED, empty, from_rows, to_parquet
from evidence.tables.captures import capture_from_parquet

ROWS_PER_SHARD = 50_000
"""Rows held before a shard is written: bounds memory, whatever the number of vaults."""
ROWS_AS_DICTS = 2_000
"""Rows held as Python objects, which weigh many times what they do in Arrow's columns."""

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
    waiting: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, list[pa.Table]] = field(default_factory=lambda: defaultdict(list))
    shards: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    files: list[WrittenFile] = field(default_factory=list)

    def add(self, normalized: Normalized) -> None:
        for name, rows in normalized.tables().items():
            self.rows[name] += len(rows)
            for start in range(0, len(rows), ROWS_AS_DICTS):
                self._hold(name, rows[start : start + ROWS_AS_DICTS])

    def finish(self) -> None:
        for table in OBSERVED:
            self._to_columns(table.name)
            if self.held[table.name] or not self.shards[table.name]:
                self._flush(table.name)

    def _hold(self, name: str, rows: Sequence[Row]) -> None:
        self.waiting[name].extend(rows)
        if len(self.waiting[name]) >= ROWS_AS_DICTS:
            self._to_columns(name)
        if sum(held.num_rows for held in self.held[name]) >= ROWS_PER_SHARD:
            self._flush(name)

    def _to_columns(self, name: str) -> None:
        rows = self.waiting.pop(name, [])
        if rows:
            self.held[name].append(from_rows(ALL[name], rows))

    def _flush(self, name: str) -> None:
        table = ALL[name]
        data = to_parquet(table, pa.concat_tables([empty(table), *self.held.pop(name, [])]))
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
        normalized = normalize_capture(capture, context, known_items.get(capture.subject_id, ()))
        check_counts(normalized)
        writer.add(normalized)
        unread.update(normalized.unread_counts())
        problems.update(normalized.problem_counts())
        _add(drift, normalized.drift)
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


def check_counts(normalized: Normalized) -> None:
    """Raise IntegrityError where a call's elements are neither rows nor counted as unread."""
    found: dict[str, set[tuple[str, object]]] = defaultdict(set)
    for name in (
        "vaults",
        "policies",
        "containers",
        "protected_items",
        "jobs",
        "recovery_points",
        "activity",
        "inventory",
    ):
        for row in normalized.tables()[name]:
            # Ranges of log backups are several rows of one element.
            told = row["element" if name == "recovery_points" else "ordinal"]
            found[str(row["call_id"])].add((name, told))
    missed = Counter(unread.call_id for unread in normalized.unread if unread.ordinal is not None)
    whole = {unread.call_id for unread in normalized.unread if unread.ordinal is None}
    for call in normalized.calls:
        call_id, told = str(call["call_id"]), call["rows"]
        if call["outcome"] != "ok" or call_id in whole or not isinstance(told, int):
            continue
        if call["kind"] == Kind.GUARD_PROXIES:
            continue
        if len(found[call_id]) + missed[call_id] != told:
            raise IntegrityError(
                f"Call {call_id} gave {told} elements, but {len(found[call_id])} became rows and {missed[call_id]} are unread."
            )


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
