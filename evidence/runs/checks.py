"""Checks over a run's written tables, made before the night is sealed: recounted from the files, not from memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from evidence.nights import Calendar, look_back
from evidence.records import WHOLE, Kind
from evidence.runs.capture import NIGHTS_READ_AGAIN, NIGHTS_READ_AGAIN_LONG
from evidence.runs.manifest import RunManifest
from evidence.runs.tables import TableRun, content
from evidence.stores.interface import EvidenceStore
from evidence.tables import ALL, read_parquet

ROWS_OF = {
    Kind.JOBS: "jobs",
    Kind.JOB_DETAILS: "jobs",
    Kind.PROTECTED_ITEMS: "protected_items",
    Kind.POLICIES: "policies",
    Kind.RECOVERY_POINTS: "recovery_points",
    Kind.VAULTS: "vaults",
}
"""Table that holds a row for each element of an answer of a kind."""
ELEMENTS = {
    "jobs": "ordinal",
    "protected_items": "ordinal",
    "policies": "ordinal",
    "vaults": "ordinal",
    # Ranges of log backups are several rows of one element.
    "recovery_points": "element",
}


def repeated_keys(store: EvidenceStore, run: TableRun) -> Mapping[str, int]:
    """Keys that stand more than once, by table; all must be 0."""
    seen: dict[str, Counter[tuple[object, ...]]] = defaultdict(Counter)
    for name in ALL:
        for rows in _rows(store, run, name, ALL[name].key):
            seen[name].update(tuple(row.values()) for row in rows.to_pylist())
    return {name: sum(count > 1 for count in keys.values()) for name, keys in seen.items()}


def elements_missing(store: EvidenceStore, run: TableRun) -> Mapping[str, int]:
    """Elements of answers that became neither a row nor an unread one, by kind; all must be 0."""
    found: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    for name, column in ELEMENTS.items():
        for rows in _rows(store, run, name, ("call_id", column)):
            found[name].update((row["call_id"], row[column]) for row in rows.to_pylist())
    elements = {name: Counter(call for call, _ in pairs) for name, pairs in found.items()}
    missing: Counter[str] = Counter()
    for rows in _rows(store, run, "calls", ("call_id", "kind", "outcome", "rows")):
        for row in rows.to_pylist():
            held = ROWS_OF.get(Kind(row["kind"]))
            if held is not None and row["outcome"] == "ok":
                missing[row["kind"]] += (row["rows"] or 0) - elements.get(held, Counter())[row["call_id"]]
    for told, count in run.unread.items():
        kind, _, _ = told.partition(":")
        if kind in missing:
            missing[kind] -= count
    return {kind: abs(count) for kind, count in missing.items()}


def unread_coverage(store: EvidenceStore, run: TableRun) -> Mapping[str, int]:
    """Vault and kind pairs that were not read whole, by outcome."""
    outcomes: Counter[str] = Counter()
    for rows in _rows(store, run, "coverage", ("outcome",)):
        outcomes.update(str(value) for value in rows["outcome"].to_pylist() if value not in WHOLE)
    return outcomes


def outside_window(store: EvidenceStore, run: TableRun, manifest: RunManifest, calendar: Calendar) -> int:
    """Listed jobs that began outside the window asked for."""
    short = calendar.span(look_back(manifest.night, NIGHTS_READ_AGAIN), manifest.night)
    long = calendar.span(look_back(manifest.night, NIGHTS_READ_AGAIN_LONG), manifest.night)
    outside = 0
    for rows in _rows(store, run, "jobs", ("detailed", "started_at", "management_type")):
        for row in rows.to_pylist():
            window = long if row["management_type"] == "MAB" else short
            outside += not row["detailed"] and row["started_at"] is not None and row["started_at"] not in window
    return outside


def _rows(store: EvidenceStore, run: TableRun, name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    for file in run.files:
        if file.path.split("/")[1] == name:
            yield read_parquet(ALL[name], content(store, file), columns)
