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
from evidence.packs.select import Selection, matching

FAILED = "Failed"
COMPLETED = "Completed"
WARNED = "CompletedWithWarnings"
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
    calls_ok: int


def count(selection: Selection) -> Counts:
    """Count once; sections and figures both read this."""
    jobs, points = selection.tables["jobs"], selection.tables["recovery_points"]
    items = set(selection.tables["protected_items"]["item_key"].unique().to_pylist())
    backups = matching(jobs, "operation_kind", "backup")
    made = set(_made_in(points, selection.period)["item_key"].unique().to_pylist())
    links = Counter(map(str, selection.tables["restore_links"]["link"].to_pylist()))
    calls = selection.tables["calls"]
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
    )


def _made_in(points: pa.Table, period: Period) -> pa.Table:
    """Points of a period; those of its restores may be older, and ranges are no points."""
    made = points.filter(pc.is_valid(points["recovery_point_at"]))
    first, last = (pa.scalar(day, pa.date32()) for day in (period.first, period.last))
    return made.filter(pc.and_(pc.greater_equal(made["event_night"], first), pc.less_equal(made["event_night"], last)))


def figures(counts: Counts, judged: CompletenessResult) -> tuple[Figure, ...]:
    """The figures of the second page, in a fixed order with fixed anchors."""
    backups = sum(counts.backups.values())
    other = backups - sum(counts.backups[status] for status in (COMPLETED, WARNED, FAILED))
    linked = sum(counts.links[grade] for grade in LINKED)
    return (
        _figure(
            1,
            "Vaults whose job and item lists were read on every night",
            judged.vaults_read,
            judged.vaults_expected,
            "A vault that was not read can hide failures.",
            good_if_all=True,
        ),
        _figure(
            2,
            "Nights sealed",
            judged.nights_sealed,
            judged.nights_expected,
            "A night is sealed when its run is in the ledger.",
            good_if_all=True,
        ),
        _figure(
            3,
            "Jobs that began in the period",
            counts.jobs,
            None,
            "All operations, each counted once in its last known state.",
        ),
        _figure(4, "Backup jobs completed", counts.backups[COMPLETED], backups, "Azure's status Completed."),
        _figure(
            5,
            "Backup jobs failed",
            counts.backups[FAILED],
            backups,
            "Azure's status Failed; a later retry is a job of its own.",
            bad_if_any=True,
        ),
        _figure(
            6,
            "Backup jobs completed with warnings",
            counts.backups[WARNED],
            backups,
            "Not counted as success: every such job on record left a snapshot and no copy in the vault.",
            warn_if_any=True,
        ),
        _figure(
            7,
            "Backup jobs running, cancelled, or in another or no known state",
            other,
            backups,
            "Their outcome is not a success.",
            warn_if_any=True,
        ),
        _figure(
            8,
            "Protected items with a recovery point made in the period",
            counts.items_with_point,
            counts.items,
            "Points that can be recovered; ranges of log backups are not counted here.",
        ),
        _figure(
            9,
            "Pairs of item and night with neither a backup job nor a point",
            counts.silent.pairs,
            counts.silent.looked_at,
            "Not judged: whether a run was due is not known to this pack.",
            unknown_if_any=True,
        ),
        _figure(
            10,
            "Restore jobs linked to their recovery point beyond doubt",
            linked,
            counts.restores,
            "Link id, exact or range; inferred, ambiguous and unlinked ones are listed.",
        ),
        _figure(
            11,
            "Jobs whose item cannot be told",
            counts.unlinked_jobs,
            counts.jobs,
            "Several items fit, or none: Azure sends no item id with SQL, HANA and Files jobs.",
            warn_if_any=True,
        ),
        _figure(
            12,
            "Questions to Azure that were answered",
            counts.calls_ok,
            counts.calls,
            "Each is listed in data/calls.csv.",
            good_if_all=True,
        ),
    )


def _figure(
    number: int,
    label: str,
    found: int,
    of: int | None,
    note: str,
    *,
    good_if_all: bool = False,
    bad_if_any: bool = False,
    warn_if_any: bool = False,
    unknown_if_any: bool = False,
) -> Figure:
    tone = "plain"
    if good_if_all:
        tone = "good" if found == of and found else "bad"
    elif found and (bad_if_any or warn_if_any or unknown_if_any):
        tone = "bad" if bad_if_any else "warning" if warn_if_any else "unknown"
    return Figure(f"F-{number:02d}", label, found, of, note, tone)
