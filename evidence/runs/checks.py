"""Checks over a run's written tables, made before the night is sealed: recounted from the files, not from memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from evidence.nights import Calendar, look_back
from evidence.records import BACKUP, WHOLE, Kind
from evidence.runs.capture import NIGHTS_READ_AGAIN, NIGHTS_READ_AGAIN_LONG
from evidence.runs.manifest import RunManifest
from evidence.runs.tables import TableRun, content
from evidence.stores.interface import EvidenceStore
from evidence.tables import ALL, OBSERVED, empty, read_parquet

TOLD_LATE = "MAB"
"""Management type whose jobs are listed over more nights."""
ROWS_OF = {
    Kind.JOBS: "jobs",
    Kind.JOB_DETAILS: "jobs",
    Kind.PROTECTED_ITEMS: "protected_items",
    Kind.POLICIES: "policies",
    Kind.RECOVERY_POINTS: "recovery_points",
    Kind.VAULTS: "vaults",
    Kind.BACKUP_VAULTS: "vaults",
    Kind.DELETED_ITEMS: "protected_items",
    Kind.SUBSCRIPTIONS: "inventory",
    Kind.GRAPH_VAULTS: "inventory",
    Kind.GRAPH_ITEMS: "inventory",
    Kind.GRAPH_JOBS: "inventory",
    Kind.GRAPH_RESOURCES: "inventory",
    Kind.ACTIVITY_LOG: "activity",
}
"""Table that holds a row for each element of an answer of a kind."""
ELEMENTS = {
    "jobs": "ordinal",
    "protected_items": "ordinal",
    "policies": "ordinal",
    "vaults": "ordinal",
    "activity": "ordinal",
    "inventory": "ordinal",
    # Ranges of log backups are several rows of one element.
    "recovery_points": "element",
}


def repeated_keys(store: EvidenceStore, run: TableRun) -> Mapping[str, int]:
    """Keys that stand more than once, by table; all must be 0."""
    repeated = {}
    for table in OBSERVED:
        keys = _all(store, run, table.name, table.key)
        counts = keys.group_by(keys.column_names).aggregate([([], "count_all")])["count_all"]
        repeated[table.name] = counts.filter(pc.greater(counts, pa.scalar(1, counts.type))).length()
    return repeated


def elements_missing(store: EvidenceStore, run: TableRun) -> Mapping[str, int]:
    """Elements of answers that became neither a row nor an unread one, by kind; all must be 0."""
    elements = {name: _elements(store, run, name, column) for name, column in ELEMENTS.items()}
    missing: Counter[str] = Counter()
    for row in _all(store, run, "calls", ("call_id", "kind", "outcome", "rows")).to_pylist():
        held = ROWS_OF.get(Kind(row["kind"]))
        if held is not None and row["outcome"] == "ok":
            missing[row["kind"]] += (row["rows"] or 0) - elements[held].get(row["call_id"], 0)
    for told, count in run.unread.items():
        kind, _, _ = told.partition(":")
        if kind in missing:
            missing[kind] -= count
    return {kind: abs(count) for kind, count in missing.items()}


def _elements(store: EvidenceStore, run: TableRun, name: str, column: str) -> Mapping[str, int]:
    """Number of elements that became rows, by call."""
    rows = _all(store, run, name, ("call_id", column))
    counts = rows.group_by("call_id").aggregate([(column, "count_distinct")])
    return {row["call_id"]: row[f"{column}_count_distinct"] for row in counts.to_pylist()}


def _all(store: EvidenceStore, run: TableRun, name: str, columns: Sequence[str]) -> pa.Table:
    return pa.concat_tables([empty(ALL[name]).select(list(columns)), *_rows(store, run, name, columns)])


def unread_coverage(store: EvidenceStore, run: TableRun) -> Mapping[str, int]:
    """Vault and kind pairs that were not read whole, by outcome."""
    outcomes: Counter[str] = Counter()
    for rows in _rows(store, run, "coverage", ("outcome",)):
        outcomes.update(str(value) for value in rows["outcome"].to_pylist() if value not in WHOLE)
    return outcomes


def outside_window(store: EvidenceStore, run: TableRun, manifest: RunManifest, calendar: Calendar) -> int:
    """Listed jobs that began outside the window asked for; lists of Backup vaults can be asked for none."""
    short = calendar.span(look_back(manifest.night, NIGHTS_READ_AGAIN), manifest.night)
    long = calendar.span(look_back(manifest.night, NIGHTS_READ_AGAIN_LONG), manifest.night)
    unasked = pa.array([vault.vault_id for vault in manifest.vaults if vault.kind == BACKUP], pa.string())
    outside = 0
    for rows in _rows(store, run, "jobs", ("vault_id", "detailed", "started_at", "management_type")):
        asked = rows.filter(pc.invert(pc.is_in(rows["vault_id"], value_set=unasked)))
        listed = asked.filter(pc.and_(pc.invert(asked["detailed"]), pc.is_valid(asked["started_at"])))
        is_mab = pc.is_in(listed["management_type"], value_set=pa.array([TOLD_LATE]))
        for rest, window in ((listed.filter(is_mab), long), (listed.filter(pc.invert(is_mab)), short)):
            started, kind = rest["started_at"], rest.schema.field("started_at").type
            before = pc.less(started, pa.scalar(window.start, kind))
            after = pc.greater_equal(started, pa.scalar(window.end, kind))
            outside += rest.filter(before).num_rows + rest.filter(after).num_rows
    return outside


def _rows(store: EvidenceStore, run: TableRun, name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    for file in run.files:
        if file.path.split("/")[1] == name:
            yield read_parquet(ALL[name], content(store, file), columns)
