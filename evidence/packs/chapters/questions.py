"""The chapter on the questions asked of Azure. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from evidence.packs.chapters.material import Material
from evidence.packs.interface import ReportColumn, Section
from evidence.packs.texts import moment, plural, text


def questions_chapter(of: Material) -> Section:
    """The chapter; pure."""
    calls = of.selection.tables["calls"]
    grouped: dict[tuple[str, str], list[Mapping[str, object]]] = defaultdict(list)
    for row in calls.select(
        ["kind", "api_version", "outcome", "attempts", "rows", "started_at", "finished_at"]
    ).to_pylist():
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
    return Section("S-6", "Questions asked of Azure", (note,), (), (table,))


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
