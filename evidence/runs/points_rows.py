"""Observations of recovery points and their readings, from sealed rows: of each point the few observations that tell all about it.

Not here: what they mean (`assess.points`). Invariants: uploaded files are no reading; a list that ended early is none that was read; of a point the
last observation counts, and the first that tells it lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.points.usable import VALID
from evidence.assess.points.values import Observed, Of, Reading
from evidence.records import Kind
from evidence.runs.judging.columns import at_places, in_time, last_of, moments, numbered, texts
from evidence.runs.points_plan import LOGS
from evidence.runs.sealed import SealedRows
from evidence.tables import CALLS, PROTECTED_ITEMS, RECOVERY_POINTS

_KEY = ("item_key", "recovery_point_id", "recovery_point_at", "range_start_at")
_COLUMNS = [
    *_KEY,
    "range_end_at",
    "point_type",
    "consistency",
    "tiers",
    "expires_at",
    "rule_name",
    "soft_deleted",
    "observed_at",
    "call_id",
    "ordinal",
]
_CALLS = ["capture_id", "call_id", "subject", "kind", "filter", "outcome", "next_link", "observed_at"]
_LAST = ["item_key", "last_recovery_point_at", "observed_at", "run_id"]
_HELD = f"(?i)=({'|'.join(sorted(VALID))})(;|$)"
_TOLD = "=[^;]"
_NO = pa.scalar(False)


def observed_points(
    sealed: SealedRows, first: date, last: date, items: Collection[str]
) -> Mapping[str, Sequence[Observed]]:
    """Observations by item key, as captured for nights from first to last."""
    keys = pa.array(sorted(items), pa.string())
    rows = sealed.of_azure().rows(
        RECOVERY_POINTS,
        first=first,
        last=last,
        columns=_COLUMNS,
        where=lambda one: one.filter(pc.is_in(one["item_key"], value_set=keys)),
    )
    found: dict[str, list[Observed]] = defaultdict(list)
    if not rows.num_rows:
        return found
    tiers: Any = pc.binary_join(rows["tiers"], ";")
    rows = rows.append_column("tier_text", tiers)
    rows = at_places(rows, _telling(rows))
    columns: list[Sequence[Any]] = [
        texts(rows["recovery_point_id"]),
        *(moments(rows[name]) for name in ("observed_at", "recovery_point_at", "range_start_at", "range_end_at")),
        texts(rows["point_type"]),
        texts(rows["consistency"]),
        [tuple(told or ()) for told in rows["tiers"].to_pylist()],
        moments(rows["expires_at"]),
        texts(rows["rule_name"]),
        [bool(told) for told in rows["soft_deleted"].to_pylist()],
    ]
    for item, one in zip(texts(rows["item_key"]), map(Observed, *columns), strict=True):
        found[str(item)].append(one)
    return found


def _telling(rows: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Of each thing: its last observation, its last as long as it was there, its first that tells it lost."""
    things, rank = numbered(rows, _KEY), in_time(rows)
    told: Any = pc.fill_null(pc.match_substring_regex(rows["tier_text"], _TOLD), _NO)
    kept: Any = pc.fill_null(pc.match_substring_regex(rows["tier_text"], _HELD), _NO)
    deleted: Any = pc.fill_null(rows["soft_deleted"], _NO)
    lost = pc.or_(deleted, pc.and_not(told, kept)).to_numpy().astype(np.bool_)
    most = np.int64(rows.num_rows)
    chosen = (
        last_of(things, rank),
        last_of(things, np.where(lost, np.int64(-1), rank)),
        last_of(things, np.where(lost, most - rank, np.int64(-1))),
    )
    return np.unique(np.concatenate(chosen))


def told_by_items(
    sealed: SealedRows, first: date, last: date, items: Collection[str], late: Collection[str]
) -> tuple[Mapping[str, Sequence[Observed]], Mapping[str, Sequence[Reading]]]:
    """Last points that lists of items tell (of VMs alone), and what they prove: nothing newer was there when they were read last."""
    keys, runs = pa.array(sorted(items), pa.string()), pa.array(sorted(late), pa.string())

    def wanted(rows: pa.Table) -> pa.Table:
        told = pc.and_(pc.is_valid(rows["last_recovery_point_at"]), pc.is_in(rows["item_key"], value_set=keys))
        return rows.filter(pc.and_not(told, pc.is_in(rows["run_id"], value_set=runs)))

    rows = sealed.of_azure().rows(PROTECTED_ITEMS, first=first, last=last, columns=_LAST, where=wanted)
    rows = rows.group_by(_LAST[:2]).aggregate([("observed_at", "max")])
    seen: dict[str, list[Observed]] = defaultdict(list)
    readings: dict[str, list[Reading]] = defaultdict(list)
    columns = (texts(rows["item_key"]), *(moments(rows[name]) for name in (_LAST[1], "observed_at_max")))
    for item, at, read_at in zip(*columns, strict=True):
        if at is not None and read_at is not None:
            seen[str(item)].append(Observed(None, read_at, at=at))
            readings[str(item)].append(Reading(read_at, at, whole=False))
    return seen, readings


def whole_lists(
    sealed: SealedRows, first: date, last: date, items: Collection[str]
) -> Mapping[str, Sequence[tuple[datetime, Of]]]:
    """When each item's points, and its log ranges, were listed whole: of each list when its first page was received.

    A list without filter tells log ranges too, unless one of ranges alone was asked beside it (docs/adr/0010).
    """
    keys, kind = pa.array(sorted(items), pa.string()), pa.scalar(str(Kind.RECOVERY_POINTS))

    def wanted(rows: pa.Table) -> pa.Table:
        mine = rows.filter(pc.and_(pc.equal(rows["kind"], kind), pc.is_valid(rows["subject"])))
        return mine.filter(pc.is_in(pc.utf8_lower(mine["subject"]), value_set=keys))

    rows = sealed.of_azure().rows(CALLS, first=first, last=last, columns=_CALLS, where=wanted)
    lists: dict[tuple[str, str, bool], list[Mapping[str, object]]] = defaultdict(list)
    for row in rows.to_pylist():
        lists[row["subject"].lower(), row["capture_id"], LOGS in (row["filter"] or "")].append(row)
    whole = {key: _whole_at(pages) for key, pages in lists.items()}
    found: dict[str, list[tuple[datetime, Of]]] = defaultdict(list)
    for (item, capture, of_logs), at in sorted(whole.items()):
        if at is None:
            continue
        if not of_logs:
            found[item].append((at, Of.POINTS))
        if of_logs or (item, capture, True) not in whole:
            found[item].append((at, Of.LOGS))
    return found


def _whole_at(pages: Sequence[Mapping[str, object]]) -> datetime | None:
    """When a list's first page was received; None where it is not whole."""
    ordered = sorted(pages, key=lambda page: str(page["call_id"]))
    whole = all(page["outcome"] == "ok" for page in ordered) and ordered[-1]["next_link"] is None
    return cast("datetime", ordered[0]["observed_at"]) if whole else None


def readings_of(lists: Sequence[tuple[datetime, Of]], kept: timedelta) -> list[Reading]:
    """Whole lists as readings that reach back as far as the shortest retention keeps points."""
    return [Reading(at, at - kept, of) for at, of in lists]
