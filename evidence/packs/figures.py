"""The numbers of a pack, each with its denominator and an anchor that is the same in every pack.

Pure over the packed tables. Invariant: what cannot be judged is counted as such, never among the good.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.completeness import CompletenessResult
from evidence.packs.idle import Silence, silence
from evidence.packs.interface import Figure
from evidence.packs.period import Period
from evidence.packs.reconciled import Reconciled, second_figures, tally
from evidence.packs.select import Selection, matching
from evidence.packs.unread import Unread, unread
from evidence.records import Kind

FAILED = "Failed"
COMPLETED = "Completed"
WARNED = "CompletedWithWarnings"
AZURES = "A"
"""Evidence grade of what Azure itself answered."""
UNKNOWN = "unknown"
"""Where Azure sent no status."""
LINKED = frozenset({"id", "exact", "range"})


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted in the packed tables."""

    jobs: int
    backups: Counter[str]
    """Backup jobs by status."""
    restores: int
    links: Counter[str]
    """Restore jobs by grade of link."""
    items: int
    items_with_point: int
    silent: Silence
    """Nights on which an item that was seen had neither a backup job nor a point."""
    unlinked_jobs: int
    calls: int
    """Questions to Azure; files that people uploaded are none."""
    calls_ok: int
    uploaded_jobs: int
    """Jobs that Azure itself never told."""
    compared: Reconciled
    """What two sources tell differently."""


def count(selection: Selection) -> Counts:
    """Count once; sections and figures both read this."""
    jobs, points = selection.tables["jobs"], selection.tables["recovery_points"]
    items = set(selection.tables["protected_items"]["item_key"].unique().to_pylist())
    backups = matching(jobs.select(["operation_kind", "status"]), "operation_kind", "backup")
    made = set(_made_in(points, selection.period)["item_key"].unique().to_pylist())
    links = Counter(map(str, selection.tables["restore_links"]["link"].to_pylist()))
    calls = matching(selection.tables["calls"].select(["outcome", "evidence_grade"]), "evidence_grade", AZURES)
    return Counts(
        jobs=jobs.num_rows,
        backups=Counter(status or UNKNOWN for status in backups["status"].to_pylist()),
        restores=selection.tables["restore_jobs"].num_rows,
        links=links,
        items=len(items),
        items_with_point=len(items & made),
        silent=silence(selection),
        unlinked_jobs=sum(link in {"ambiguous", "unlinked"} for link in jobs["item_link"].to_pylist()),
        calls=calls.num_rows,
        calls_ok=sum(outcome == "ok" for outcome in calls["outcome"].to_pylist()),
        uploaded_jobs=sum(grade != AZURES for grade in jobs["evidence_grade"].to_pylist()),
        compared=tally(selection.tables["reconciliation"]),
    )


def _made_in(points: pa.Table, period: Period) -> pa.Table:
    """Points of a period; those of its restores may be older, and ranges are no points."""
    points = points.select(["item_key", "event_night", "recovery_point_at"])
    made = points.filter(pc.is_valid(points["recovery_point_at"]))
    first, last = (pa.scalar(day, pa.date32()) for day in (period.first, period.last))
    return made.filter(pc.and_(pc.greater_equal(made["event_night"], first), pc.less_equal(made["event_night"], last)))


@dataclass(frozen=True, slots=True)
class _Line:
    """What stands beside a number, and what it means that there are any, or not all."""

    label: str
    note: str
    if_any: str = "plain"
    """Tone where the number is not zero."""
    all_or_bad: bool = False
    """Good where all are there, bad where not."""
    rests_on: tuple[Kind, ...] = ()
    """Kinds that must have been read for the number to mean anything."""


_JOBS = (Kind.JOBS,)
_LINES = (
    _Line(
        "Vaults whose job and item lists were read on every night",
        "A vault that was not read can hide failures.",
        all_or_bad=True,
    ),
    _Line("Nights sealed", "A night is sealed when its run is in the ledger.", all_or_bad=True),
    _Line(
        "Jobs that began in the period", "All operations, each counted once in its last known state.", rests_on=_JOBS
    ),
    _Line("Backup jobs completed", "Azure's status Completed.", rests_on=_JOBS),
    _Line("Backup jobs failed", "Azure's status Failed; a later retry is a job of its own.", "bad", rests_on=_JOBS),
    _Line(
        "Backup jobs completed with warnings",
        "Not counted as success: every such job on record left a snapshot and no copy in the vault.",
        "warning",
        rests_on=_JOBS,
    ),
    _Line(
        "Backup jobs running, cancelled, or in another or no known state",
        "Their outcome is not a success.",
        "warning",
        rests_on=_JOBS,
    ),
    _Line(
        "Protected items with a recovery point made in the period",
        "Points that can be recovered; ranges of log backups are not counted here.",
        rests_on=(Kind.RECOVERY_POINTS, Kind.PROTECTED_ITEMS),
    ),
    _Line(
        "Pairs of item and night with neither a backup job nor a point",
        "Not judged: whether a run was due is not known to this pack.",
        "unknown",
        rests_on=(Kind.PROTECTED_ITEMS, Kind.JOBS),
    ),
    _Line(
        "Restore jobs linked to their recovery point beyond doubt",
        "Link id, exact or range; inferred, ambiguous and unlinked ones are listed.",
        rests_on=_JOBS,
    ),
    _Line(
        "Jobs whose item cannot be told",
        "Several items fit, or none: Azure sends no item id with SQL, HANA and Files jobs.",
        "warning",
        rests_on=_JOBS,
    ),
    _Line("Questions to Azure that were answered", "Each is listed in data/calls.csv.", all_or_bad=True),
    _Line(
        "Jobs known from uploaded files alone (grade B)",
        "A person saved them; Azure's own answers never told them. Counted above with the others.",
        "warning",
    ),
)
"""In the order of the page; the place of a line is its anchor, in every pack."""


def figures(counts: Counts, judged: CompletenessResult) -> tuple[Figure, ...]:
    """The figures of the second page, in a fixed order with fixed anchors."""
    backups = sum(counts.backups.values())
    numbers: tuple[tuple[int, int | None], ...] = (
        (judged.vaults_read, judged.vaults_expected),
        (judged.nights_sealed, judged.nights_expected),
        (counts.jobs, None),
        (counts.backups[COMPLETED], backups),
        (counts.backups[FAILED], backups),
        (counts.backups[WARNED], backups),
        (backups - sum(counts.backups[status] for status in (COMPLETED, WARNED, FAILED)), backups),
        (counts.items_with_point, counts.items),
        (counts.silent.pairs, counts.silent.looked_at),
        (sum(counts.links[grade] for grade in LINKED), counts.restores),
        (counts.unlinked_jobs, counts.jobs),
        (counts.calls_ok, counts.calls),
        (counts.uploaded_jobs, counts.jobs),
    )
    left_out = unread(judged)
    own = tuple(
        _figure(f"F-{place:02d}", line, found, of, left_out)
        for place, (line, (found, of)) in enumerate(zip(_LINES, numbers, strict=True), start=1)
    )
    return (*own, *second_figures(counts.compared, len(own) + 1))


def _figure(anchor: str, line: _Line, found: int, of: int | None, left_out: Unread) -> Figure:
    """One figure; zero of what nobody read is not zero."""
    if not found and any(left_out.nothing(kind) for kind in line.rests_on):
        return Figure(anchor, line.label, None, None, "Not known: nothing of it was read.", "unknown")
    note = " ".join(part for part in (line.note, left_out.note(*line.rests_on)) if part) if line.rests_on else line.note
    return Figure(anchor, line.label, found, of, note, _tone(line, found, of))


def _tone(line: _Line, found: int, of: int | None) -> str:
    if line.all_or_bad:
        return "good" if found == of and found else "bad"
    return line.if_any if found else "plain"
