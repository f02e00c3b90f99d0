"""Silence: items and nights without a backup job, a recovery point or a range of log backups. Pure over a selection.

Not here: whether a run was due. Invariant: an item is only called silent on a night on which it was seen, and on which its vault's
job list was read whole: where we could not look, silence is ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.select import Selection, matching
from evidence.records import WHOLE, Kind


@dataclass(frozen=True, slots=True)
class Silence:
    """Which items were silent, and how many pairs of item and night were looked at."""

    nights: Mapping[str, tuple[date, ...]]
    """Silent nights by item key; items that were never silent are absent."""
    looked_at: int

    @property
    def pairs(self) -> int:
        """Silent pairs of item and night."""
        return sum(len(found) for found in self.nights.values())


def silence(selection: Selection) -> Silence:
    """Look at every night on its own; memory holds one night's items."""
    jobs = selection.tables["jobs"].select(["operation_kind", "event_night", "item_key", "item_candidates"])
    backups = matching(jobs, "operation_kind", "backup")
    silent: dict[str, list[date]] = defaultdict(list)
    listed, ranges = _listed(selection), _ranges(selection)
    looked_at = 0
    for night in selection.period.nights():
        present = _of(selection.presence, night)
        vaults = pa.array(sorted(listed[night]), pa.string())
        seen = _keys(present.filter(pc.is_in(present["vault_id"], value_set=vaults)))
        looked_at += len(seen)
        for key in seen - _tried(_of(backups, night)) - _made(selection, night) - _logged(selection, ranges, night):
            silent[key].append(night)
    return Silence({key: tuple(nights) for key, nights in sorted(silent.items())}, looked_at)


def _listed(selection: Selection) -> Mapping[date, set[str]]:
    """Vaults whose job list was read whole, by night."""
    coverage = matching(selection.tables["coverage"], "kind", str(Kind.JOBS))
    whole = coverage.filter(pc.is_in(coverage["outcome"], value_set=pa.array(sorted(WHOLE))))
    listed: dict[date, set[str]] = defaultdict(set)
    for row in whole.select(["night", "vault_id"]).to_pylist():
        listed[row["night"]].add(row["vault_id"])
    return listed


def _of(rows: pa.Table, night: date) -> pa.Table:
    return rows.filter(pc.equal(rows["event_night"], pa.scalar(night, pa.date32())))


def _keys(rows: pa.Table) -> set[str]:
    return {str(key) for key in rows["item_key"].to_pylist() if key is not None}


def _tried(backups: pa.Table) -> set[str]:
    """Items with a backup job of any outcome; of an ambiguous job every candidate, for it may be any of them."""
    return _keys(backups) | {str(key) for keys in backups["item_candidates"].to_pylist() for key in keys or ()}


def _made(selection: Selection, night: date) -> set[str]:
    points = _of(selection.tables["recovery_points"].select(["event_night", "item_key", "recovery_point_at"]), night)
    return _keys(points.filter(pc.is_valid(points["recovery_point_at"])))


def _logged(selection: Selection, ranges: pa.Table, night: date) -> set[str]:
    """Items whose log backups reach into the night."""
    runs = selection.runs_of(night)
    if not runs or ranges.num_rows == 0:
        return set()
    kind = ranges.schema.field("range_end_at").type
    begun = pc.less(ranges["range_start_at"], pa.scalar(runs[-1].window_end, kind))
    ended = pc.greater(ranges["range_end_at"], pa.scalar(runs[-1].window_start, kind))
    return _keys(ranges.filter(pc.and_(begun, ended)))


def _ranges(selection: Selection) -> pa.Table:
    """Ranges among the packed points, and no others: whoever holds the pack must find the same silence."""
    points = selection.tables["recovery_points"].select(["item_key", "range_start_at", "range_end_at"])
    return points.filter(pc.is_valid(points["range_end_at"]))
