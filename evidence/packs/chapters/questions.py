"""The chapter on the questions asked of Azure. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.chapters.material import Material, first_rows
from evidence.packs.figures import AZURES
from evidence.packs.interface import ReportColumn, ReportTable, Section
from evidence.packs.select import matching
from evidence.packs.texts import moment, plural, text

_PRINTED = [
    "evidence_grade",
    "kind",
    "api_version",
    "outcome",
    "attempts",
    "rows",
    "observed_at",
    "started_at",
    "finished_at",
    "call_id",
    "url",
    "reason",
    "sha256",
]


def questions_chapter(of: Material) -> Section:
    """The chapter; pure."""
    every = of.selection.tables["calls"].select(_PRINTED)
    calls = matching(every, "evidence_grade", AZURES)
    grouped: dict[tuple[str, str], list[Mapping[str, object]]] = defaultdict(list)
    for row in calls.to_pylist():
        grouped[(str(row["kind"]), text(row["api_version"]))].append(row)
    rows = [_question(kind, version, found) for (kind, version), found in sorted(grouped.items())]
    columns = (
        ReportColumn("Kind", 16),
        ReportColumn("api-version", 12),
        ReportColumn("Asked", 8, align_right=True),
        ReportColumn("Answered", 9, align_right=True),
        ReportColumn("Attempts", 9, align_right=True),
        ReportColumn("Rows", 9, align_right=True),
        ReportColumn("First (UTC)", 18),
        ReportColumn("Last (UTC)", 18),
    )
    table = of.table(
        "T-07",
        "Questions asked",
        "Every single one, with its address, time, identity, request id and hash, is in data/calls.csv.",
        columns,
        rows,
        total=len(rows),
        file=None,
        empty="No question was asked.",
    )
    note = (
        f"{plural(calls.num_rows, 'question')} in all; data/calls.csv has SHA-256 {of.files['data/calls.csv'].sha256}."
    )
    uploaded = every.filter(pc.not_equal(every["evidence_grade"], pa.scalar(AZURES)))
    tables = (table, _uploaded(of, uploaded)) if uploaded.num_rows else (table,)
    return Section("S-6", "Questions asked of Azure", (note,), (), tables)


def _uploaded(of: Material, files: pa.Table) -> ReportTable:
    rows = [
        (
            str(row["url"]).removeprefix("file:"),
            text(row["kind"]),
            moment(row["observed_at"]),
            moment(row["started_at"]),
            text(row["rows"]),
            text(row["reason"]),
            text(row["sha256"]),
        )
        for row in first_rows(files, "started_at", "call_id")
    ]
    columns = (
        ReportColumn("File", 16),
        ReportColumn("Kind", 12),
        ReportColumn("Saved (UTC)", 13),
        ReportColumn("Imported (UTC)", 13),
        ReportColumn("Records", 8, align_right=True),
        ReportColumn("Rejected", 14),
        ReportColumn("SHA-256", 24, mono=True),
    )
    return of.table(
        "T-20",
        "Files that people uploaded (grade B)",
        "They fill what Azure's own answers never told, never replace one, and change no coverage.",
        columns,
        rows,
        total=files.num_rows,
        file="data/calls.csv",
        empty="None.",
        wide=True,
    )


def _question(kind: str, version: str, found: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    def total(name: str) -> int:
        return sum(value for row in found if isinstance(value := row[name], int))

    return (
        kind,
        version,
        f"{len(found):,}",
        f"{sum(row['outcome'] == 'ok' for row in found):,}",
        f"{total('attempts'):,}",
        f"{total('rows'):,}",
        min(moment(row["started_at"]) for row in found),
        max(moment(row["finished_at"]) for row in found),
    )
