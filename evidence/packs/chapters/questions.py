"""The chapter on where the rows come from: questions asked, raw answers as kept, and the files made of them. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.chapters.material import Material, first_rows
from evidence.packs.columns import one_of, plain
from evidence.packs.figures import AZURES
from evidence.packs.interface import ReportColumn, ReportTable, Section
from evidence.packs.select import matching
from evidence.packs.texts import moment, text

_PRINTED = [
    "evidence_grade",
    "kind",
    "api_version",
    "filter",
    "next_link",
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
_CALLS = "data/calls.csv"


def questions_chapter(of: Material) -> Section:
    """The chapter; pure."""
    every = of.selection.tables["calls"].select(_PRINTED)
    calls = matching(every, "evidence_grade", AZURES)
    sentences = (
        (
            f"Of the questions put to Azure {of.cite('F-12')} were answered; each, with its address, filter, time, identity, request "
            f"id and the SHA-256 of its answer as received, is a row of {_CALLS}, SHA-256 {of.files[_CALLS].sha256}."
        ),
        (
            "From question to page: an answer is kept as received and hashed; rows are made of it, each with the id of its call; "
            "the last row of each thing is packed; figures count packed rows; the report prints figures."
        ),
    )
    uploaded = every.filter(pc.not_equal(every["evidence_grade"], pa.scalar(AZURES)))
    tables = [_questions(of, calls), _runs(of)]
    if uploaded.num_rows:
        tables.insert(1, _uploaded(of, uploaded))
    if not of.is_night:
        tables.append(_files(of))
    return Section("S-6", "Lineage: questions asked of Azure", sentences, (), tuple(tables))


def _questions(of: Material, calls: pa.Table) -> ReportTable:
    paged = () if of.is_night else _PAGED
    rows = [_question(row, paged) for row in _grouped(calls)]
    columns = (
        ReportColumn("Kind", 14),
        ReportColumn("Version", 9),
        ReportColumn("Asked", 7, align_right=True),
        ReportColumn("Answered", 8, align_right=True),
        ReportColumn("Tries", 6, align_right=True),
        *(ReportColumn(title, 8, align_right=True) for title, _ in paged),
        ReportColumn("Rows", 8, align_right=True),
        ReportColumn("First (UTC)", 19),
        ReportColumn("Last (UTC)", 18),
    )
    return of.table(
        "T-07",
        "Questions asked",
        "By what was asked for. Every single one, with its address, time, identity, request id and hash, is in data/calls.csv.",
        columns,
        rows,
        total=len(rows),
        file=None,
        empty="No question was asked.",
        compact=True,
    )


_PAGED = (("More pages", "paged_sum"), ("With filter", "filtered_sum"))


def _grouped(calls: pa.Table) -> list[dict[str, object]]:
    """Questions by kind and api-version."""
    keys = ["kind", "api_version"]
    counted = {
        "answered": one_of(calls["outcome"], "ok"),
        "paged": pc.is_valid(calls["next_link"]),
        "filtered": pc.is_valid(calls["filter"]),
    }
    slim = calls.select([*keys, "attempts", "rows", "started_at", "finished_at"])
    for name, mask in counted.items():
        slim = slim.append_column(name, mask.cast(pa.int64()))
    sums: Any = [(name, "sum") for name in ("attempts", "rows", *counted)]
    found = slim.group_by(keys).aggregate([([], "count_all"), *sums, ("started_at", "min"), ("finished_at", "max")])
    return plain(found).sort_by([(key, "ascending") for key in keys]).to_pylist()


def _question(row: Mapping[str, object], paged: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    numbers = ("count_all", "answered_sum", "attempts_sum", *(name for _, name in paged), "rows_sum")
    return (
        str(row["kind"]),
        text(row["api_version"]),
        *(f"{row[name] or 0:,}" for name in numbers),
        moment(row["started_at_min"]),
        moment(row["finished_at_max"]),
    )


def _runs(of: Material) -> ReportTable:
    """Runs with the hash of the list of all files of answers that they kept."""
    rows = [
        (
            str(run.night),
            run.run_id,
            f"{len(run.calls):,}",
            f"{sum(file.bytes for file in run.calls):,}",
            hashlib.sha256(run.to_bytes()).hexdigest(),
        )
        for run in of.selection.runs
    ]
    columns = (
        ReportColumn("Night", 9),
        ReportColumn("Run", 20, mono=True),
        ReportColumn("Files", 7, align_right=True),
        ReportColumn("Bytes", 9, align_right=True),
        ReportColumn("SHA-256 of run.json", 50, mono=True),
    )
    return of.table(
        "T-38",
        "Raw answers",
        "Kept as received under calls/ in the store. The run's run.json lists each file with its SHA-256; the ledger names run.json.",
        columns,
        rows,
        total=len(rows),
        file=None,
        first=len(rows),
        empty="No run was sealed in the period.",
        compact=True,
    )


def _files(of: Material) -> ReportTable:
    tables = of.selection.tables
    rows = [
        (name, f"{tables[name].num_rows:,}", path.rsplit(".", 1)[1], f"{of.files[path].size:,}", of.files[path].sha256)
        for name in sorted(tables)
        for path in (f"data/{name}.csv", f"data/parquet/{name}.parquet")
        if path in of.files
    ]
    columns = (
        ReportColumn("Table", 18),
        ReportColumn("Rows", 10, align_right=True),
        ReportColumn("File", 8),
        ReportColumn("Bytes", 12, align_right=True),
        ReportColumn("SHA-256", 60, mono=True),
    )
    return of.table(
        "T-37",
        "Tables of this pack",
        "Each is there as CSV and, with the same rows in the same order, as Parquet.",
        columns,
        rows,
        total=len(rows),
        file=None,
        empty="None.",
        compact=True,
    )


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
        ReportColumn("File", 20),
        ReportColumn("Kind", 20, below=True),
        ReportColumn("Saved (UTC)", 14),
        ReportColumn("Imported (UTC)", 14, below=True),
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
        file=_CALLS,
        empty="None.",
        compact=True,
    )
