"""Counts the packed tables once; chapters and figures both read this. Pure over the tables' columns.

Not here: what each number is called (`definitions`), tones and notes (`numbers`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.normalize.doubts import MOST_SKEW_S
from evidence.packs.columns import distinct, first_of, groups, one_of, plain, tallied, total
from evidence.packs.figures.drill_counts import count_drills
from evidence.packs.figures.judgement_counts import Judgement, count_judgement
from evidence.packs.figures.objectives import count_objectives
from evidence.packs.idle import Silence, silence
from evidence.packs.made import presence_table
from evidence.packs.period import Period
from evidence.packs.reconciled import Reconciled, tally
from evidence.packs.select import Selection, matching
from evidence.packs.within import VAULT_LISTS
from evidence.records import WHOLE, Kind

FAILED = "Failed"
COMPLETED = "Completed"
WARNED = "CompletedWithWarnings"
AZURES = "A"
"""Evidence grade of what Azure itself answered."""
UNKNOWN = "unknown"
"""Where Azure sent no status."""
LINKED = frozenset({"id", "exact", "range"})
ENDLESS = ("Cancelling", "InProgress")
"""States that are not final, as `evidence.runs.unfinished` has them."""
THROTTLED = 429
_LEFT_OUT = re.compile(r"(\d+) vaults? listed (?:is|are) outside the configured patterns")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted in `calls`: questions to Azure; files that people uploaded are none."""

    calls: int = 0
    ok: int = 0
    repeated: int = 0
    throttled: int = 0
    unreadable: int = 0
    timed: int = 0
    """Whose answer told the time."""
    skewed: int = 0
    uploaded: int = 0


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
    unended: int
    uploaded_jobs: int
    """Jobs that Azure itself never told."""
    asked: Asked
    compared: Reconciled
    """What two sources tell differently."""
    worst_cause: int
    """Failed backup jobs of the most frequent vault, workload and error."""
    worst_item: int
    present: int
    """Items in `presence`."""
    gone: int
    """Of them no longer seen at the end."""
    lists: Mapping[Kind, frozenset[tuple[date, str]]]
    """Pairs of night and vault whose job or item list was read whole."""
    due: Mapping[Kind, frozenset[tuple[date, str]]]
    """Pairs that coverage names."""
    left_out: int
    """Vaults that lists told and that the configuration's patterns exclude."""
    activity: Counter[str]
    """Control-plane events by kind of operation."""
    activity_read: bool
    policies: int
    policies_changed: int
    odd: Mapping[str, int] = field(default_factory=dict)
    """Of the sorts of oddities: sorts of drift, and how many elements and values were not read; empty where nobody told."""
    restated: int | None = None
    judgement: Judgement | None = None
    """None in a pack of before."""
    drills: Mapping[str, tuple[int, int | None] | None] | None = None
    """Figures of restore drills by anchor; None in a pack that tells none."""
    objectives: Mapping[str, tuple[int, int | None] | None] | None = None
    """Figures of recovery point objectives by anchor; None in a pack that holds no attainment."""

    @property
    def calls(self) -> int:
        """Questions to Azure."""
        return self.asked.calls

    @property
    def calls_ok(self) -> int:
        """Those that were answered."""
        return self.asked.ok


def count(selection: Selection) -> Counts:
    """Count once; sections and figures both read this."""
    tables = selection.tables
    jobs, points = tables["jobs"], tables["recovery_points"]
    items = distinct(tables["protected_items"]["item_key"])
    backups = matching(jobs.select(OF_JOB), "operation_kind", "backup")
    failed = matching(backups, "status", FAILED)
    made = distinct(_made_in(points, selection.period)["item_key"])
    held = tables.get("presence")
    presence = presence_table(selection.presence) if held is None else held
    lists, due = _lists(tables["coverage"])
    activity, policies = tables["activity"], tallied(tables["policies"]["policy_id"])
    return Counts(
        jobs=jobs.num_rows,
        backups=Counter({status or UNKNOWN: number for status, number in tallied(backups["status"]).items()}),
        restores=tables["restore_jobs"].num_rows,
        links=tallied(tables["restore_links"]["link"]),
        items=len(items),
        items_with_point=total(pc.is_in(items, value_set=made)),
        silent=silence(selection),
        unlinked_jobs=total(one_of(jobs["item_link"], "ambiguous", "unlinked")),
        unended=total(one_of(jobs["status"], *ENDLESS)),
        uploaded_jobs=jobs.num_rows - total(one_of(jobs["evidence_grade"], AZURES)),
        asked=_asked(tables["calls"]),
        compared=tally(tables["reconciliation"]),
        worst_cause=_most(failed, ["vault_id", "workload", "error"]),
        worst_item=_most(failed, ["vault_id", "item"]),
        present=presence.num_rows,
        gone=_gone(presence, lists[Kind.PROTECTED_ITEMS]),
        lists=lists,
        due=due,
        left_out=_left_out(tables["coverage"]),
        activity=tallied(activity["operation_kind"]),
        activity_read=_activity_read(tables["coverage"]),
        policies=len(policies),
        policies_changed=sum(number > 1 for number in policies.values()),
        odd=_odd(tables.get("oddities")),
        restated=None if selection.restated is None else len(selection.restated),
        judgement=count_judgement(tables),
        drills=count_drills(tables),
        objectives=count_objectives(tables),
    )


OF_JOB = [
    "operation_kind",
    "status",
    "vault_id",
    "workload",
    "item_key",
    "entity_friendly_name",
    "error_titles",
    "error_codes",
]
"""All that is looked at of a job: what Azure sent beside it weighs most of a row."""


def with_error(jobs: pa.Table) -> pa.Table:
    """Jobs with `error`, the first title or else the first code, and `item`, the key or else the name in the job."""
    jobs = plain(jobs)
    error = pc.coalesce(first_of(jobs["error_titles"]), first_of(jobs["error_codes"]))
    return jobs.append_column("error", error).append_column(
        "item", pc.coalesce(jobs["item_key"], jobs["entity_friendly_name"])
    )


def _most(failed: pa.Table, keys: list[str]) -> int:
    found = groups(with_error(failed), keys)
    return int(found["rows"][0].as_py()) if found.num_rows else 0


def _made_in(points: pa.Table, period: Period) -> pa.Table:
    """Points of a period; those of its restores may be older, and ranges are no points."""
    points = points.select(["item_key", "event_night", "recovery_point_at"])
    made = points.filter(pc.is_valid(points["recovery_point_at"]))
    first, last = (pa.scalar(day, pa.date32()) for day in (period.first, period.last))
    return made.filter(pc.and_(pc.greater_equal(made["event_night"], first), pc.less_equal(made["event_night"], last)))


def _asked(every: pa.Table) -> Asked:
    calls = matching(every.select(_OF_CALLS), "evidence_grade", AZURES)
    skew = calls["clock_skew_s"]
    return Asked(
        calls=calls.num_rows,
        ok=total(one_of(calls["outcome"], "ok")),
        repeated=total(pc.greater(calls["attempts"], pa.scalar(1))),
        throttled=total(pc.equal(calls["status"], pa.scalar(THROTTLED))),
        unreadable=total(one_of(calls["outcome"], "unreadable")),
        timed=total(pc.is_valid(skew)),
        skewed=total(pc.greater(pc.abs(skew), pa.scalar(MOST_SKEW_S))),
        uploaded=every.num_rows - calls.num_rows,
    )


_OF_CALLS = ["evidence_grade", "outcome", "attempts", "status", "clock_skew_s"]
Pairs = dict[Kind, frozenset[tuple[date, str]]]


def _lists(coverage: pa.Table) -> tuple[Pairs, Pairs]:
    """Pairs of night and vault whose list was read whole, and all that are named, of jobs and of items."""
    whole: Pairs = {}
    due: Pairs = {}
    for kind in (Kind.JOBS, Kind.PROTECTED_ITEMS):
        rows = matching(coverage.select(["night", "vault_id", "kind", "outcome"]), "kind", str(kind))
        whole[kind] = _pairs(rows.filter(one_of(rows["outcome"], *WHOLE)))
        due[kind] = _pairs(rows)
    return whole, due


def _pairs(rows: pa.Table) -> frozenset[tuple[date, str]]:
    nights: list[Any] = rows["night"].to_pylist()
    vaults: list[Any] = rows["vault_id"].to_pylist()
    return frozenset(zip(nights, vaults, strict=True))


def _gone(presence: pa.Table, read: frozenset[tuple[date, str]]) -> int:
    """Items last seen before the last night on which their vault's item list was read whole."""
    last: dict[str, date] = {}
    for night, vault in read:
        last[vault] = max(night, last.get(vault, night))
    vaults = pa.table({"vault_id": pa.array(sorted(last), pa.string())})
    ends = vaults.append_column("end", pa.array([last[vault] for vault in sorted(last)], pa.date32()))
    seen = plain(presence.select(["vault_id", "last_night"])).join(ends, "vault_id", join_type="inner")
    return total(pc.less(seen["last_night"], seen["end"]))


def _left_out(coverage: pa.Table) -> int:
    rows = coverage.select(["kind", "vault_id", "reason"])
    told = rows.filter(pc.and_(pc.is_in(rows["kind"], value_set=VAULT_LISTS), pc.is_valid(rows["reason"])))
    most: dict[tuple[Any, Any], int] = defaultdict(int)
    for row in told.group_by(["kind", "vault_id", "reason"]).aggregate([]).to_pylist():
        found = _LEFT_OUT.search(row["reason"])
        if found:
            key = row["kind"], row["vault_id"]
            most[key] = max(most[key], int(found[1]))
    return sum(most.values())


def _activity_read(coverage: pa.Table) -> bool:
    rows = matching(coverage.select(["kind", "outcome"]), "kind", str(Kind.ACTIVITY_LOG))
    return total(one_of(rows["outcome"], *WHOLE, "partial")) > 0


def _odd(oddities: pa.Table | None) -> Mapping[str, int]:
    if oddities is None:
        return {}
    sums = oddities.group_by("what").aggregate([("count", "sum"), ("sentence", "count_distinct")]).to_pylist()
    by_what = {row["what"]: row for row in sums}
    return {
        "drift": by_what.get("drift", {}).get("sentence_count_distinct", 0),
        "element": by_what.get("element", {}).get("count_sum", 0),
        "value": by_what.get("value", {}).get("count_sum", 0),
    }
