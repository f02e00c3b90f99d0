"""What a pack says it holds, in lines for a person: read from the pack's own files with the standard library alone."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

Row = dict[str, str]
GRADES = ("id", "exact", "range", "inferred", "ambiguous", "unlinked")


def findings(pack: Path) -> Sequence[str]:
    """Counts, each with what it is counted of."""
    said = json.loads(_member(pack, "statement.json"))
    complete = said["completeness"]
    jobs, items, points = (_rows(pack, name) for name in ("jobs", "protected_items", "recovery_points"))
    links = Counter(row["link"] for row in _rows(pack, "restore_links"))
    failed = [row for row in jobs if row["status"] == "Failed"]
    errors = Counter(f"{_first(row['error_codes'])} {_first(row['error_titles'])}" for row in failed)
    linked = ", ".join(f"{links[grade]} {grade}" for grade in GRADES if links[grade])
    often = ", ".join(f"{count} with {error}" for error, count in errors.most_common(2))
    return (
        f"{len(jobs):,} jobs, {len(failed):,} of them failed: most often {often}",
        f"{len(items):,} protected items, {len(points):,} recovery points",
        f"{links.total()} restores; link to the recovery point that each came from: {linked}",
        f"{complete['vaults_read']} of {complete['vaults_expected']} vaults read on all {complete['nights_expected']} nights",
    )


def unplanned_gaps(pack: Path, planned: str) -> Sequence[str]:
    """What is missing beside the vaults that `planned` names."""
    gaps = json.loads(_member(pack, "statement.json"))["completeness"]["gaps"]
    return [
        f"{gap['night']}  {gap['kind']}  {gap['subject_id']}: {gap['reason']}"
        for gap in gaps
        if gap["subject_id"] is None or gap["subject_id"].lower() not in planned.lower()
    ]


def _rows(pack: Path, table: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(_member(pack, f"data/{table}.csv").decode(), newline="")))


def _first(cell: str) -> str:
    """The first of a list, as a CSV cell holds it."""
    found = json.loads(cell) if cell else []
    return str(found[0]) if found else "no code"


def _member(pack: Path, name: str) -> bytes:
    with ZipFile(pack) as archive:
        return archive.read(f"{pack.stem}/{name}")
