"""Counts what each figure counts, from the Parquet files and the statement of a pack. Shares no counting with `evidence.packs.figures`.

Not here: comparing (`figures`). Source: docs/pack-format.md, section Figures. Memory is that of a few columns of one table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date, time
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from evidence.nights import Calendar
from evidence.packs import bag
from evidence.packs.rows import REPEATING
from evidence.packs.verification.figures_drills import drills_again
from evidence.packs.verification.figures_judged import judged_again
from evidence.packs.verification.figures_objectives import objectives_again
from evidence.packs.verification.figures_silent import silent
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.saying import Statement
from evidence.packs.verification.tables import parquet_of

Number = tuple[int | None, int | None]
_WHOLE = frozenset({"collected", "collected_zero"})
_ESSENTIAL = frozenset({None, "subscriptions", "vaults", "backup_vaults", "jobs", "protected_items"})
_BEYOND_DOUBT = frozenset({"id", "exact", "range"})
_GRADES = ("id", "exact", "range", "inferred", "ambiguous", "unlinked")
_LEFT_OUT = re.compile(r"(\d+) vaults? listed (?:is|are) outside")
_CLOCK_S = 300
_LONG = frozenset({"jobs", "recovery_points"})
"""Tables with very many rows: texts that they repeat are held once."""


class Rows:
    """The tables of one pack, a few columns at a time."""

    def __init__(self, pack: Opened, statement: Statement) -> None:
        self.pack = pack
        self.statement = statement

    def table(self, name: str, *columns: str) -> pa.Table:
        """Some columns of a table, or all; one that an older pack lacks has no rows."""
        file = self.pack.members.get(parquet_of(name))
        if file is None:
            return pa.table({column: pa.array([], pa.null()) for column in columns})
        repeating = [column for column in columns if column in REPEATING] if name in _LONG else []
        return pq.read_table(file, columns=list(columns) or None, read_dictionary=repeating).unify_dictionaries()

    def tally(self, name: str, *columns: str) -> Counter[tuple[Any, ...]]:
        """How many rows each combination of values has."""
        rows = self.table(name, *columns).group_by(list(columns)).aggregate([([], "count_all")]).to_pylist()
        return Counter({tuple(row[column] for column in columns): row["count_all"] for row in rows})

    @property
    def calendar(self) -> Calendar:
        """How the statement divides time into nights."""
        period = orjson.loads(self.pack.read(bag.STATEMENT))["period"]
        return Calendar(period["time_zone"], time.fromisoformat(period["night_starts_at"]))

    @property
    def gaps(self) -> list[Mapping[str, Any]]:
        """Of the statement, which its own check holds against `completeness.json`."""
        return list(self.statement.completeness["gaps"])


def counted(rows: Rows) -> Mapping[str, Number]:
    """Every figure by its anchor."""
    return {
        **_jobs(rows),
        **_items(rows),
        **_restores(rows),
        **_compared(rows),
        **_calls(rows),
        **_lists(rows),
        **_others(rows),
        **judged_again(rows.table),
        **drills_again(rows.table),
        **objectives_again(rows.table),
    }


def _jobs(rows: Rows) -> dict[str, Number]:
    tally = rows.tally("jobs", "operation_kind", "status", "item_link", "evidence_grade")
    every = sum(tally.values())
    backups: Counter[str | None] = Counter()
    for (operation, status, _, _), number in tally.items():
        backups[status] += number if operation == "backup" else 0
    known = [backups[status] for status in ("Completed", "Failed", "CompletedWithWarnings")]
    whole = sum(backups.values())
    return {
        "F-03": (every, None),
        "F-04": (known[0], whole),
        "F-05": (known[1], whole),
        "F-06": (known[2], whole),
        "F-07": (whole - sum(known), whole),
        "F-11": (sum(n for key, n in tally.items() if key[2] in {"ambiguous", "unlinked"}), every),
        "F-13": (sum(n for key, n in tally.items() if key[3] != "A"), every),
        "F-22": (sum(n for key, n in tally.items() if key[1] in {"InProgress", "Cancelling"}), every),
        "F-49": (whole, every),
        **_worst(rows, known[1]),
    }


def _worst(rows: Rows, failed: int) -> dict[str, Number]:
    names = ["operation_kind", "status", "vault_id", "workload", "error_titles", "error_codes", "item_key"]
    jobs = rows.table("jobs", *names, "entity_friendly_name")
    bad = jobs.filter(pc.and_(_is(jobs, "operation_kind", "backup"), _is(jobs, "status", "Failed")))
    causes: Counter[tuple[Any, ...]] = Counter()
    items: Counter[tuple[Any, ...]] = Counter()
    for batch in bad.to_batches(max_chunksize=16_384):
        for row in batch.to_pylist():
            error = next(iter(row["error_titles"] or ()), None) or next(iter(row["error_codes"] or ()), None)
            causes[row["vault_id"], row["workload"], error] += 1
            items[row["vault_id"], row["item_key"] or row["entity_friendly_name"]] += 1
    return {"F-45": (max(causes.values(), default=0), failed), "F-46": (max(items.values(), default=0), failed)}


def _is(rows: pa.Table, column: str, word: str) -> Any:
    same: Any = pc.equal(rows[column], pa.scalar(word))
    return pc.fill_null(same, False)


def _items(rows: Rows) -> dict[str, Number]:
    items = set(rows.table("protected_items", "item_key")["item_key"].to_pylist())
    points = rows.table("recovery_points", "item_key", "event_night", "recovery_point_at")
    points = points.filter(pc.is_valid(points["recovery_point_at"]))
    first, last = (pa.scalar(day, pa.date32()) for day in (rows.statement.nights[0], rows.statement.nights[-1]))
    inside = pc.and_(pc.greater_equal(points["event_night"], first), pc.less_equal(points["event_night"], last))
    made = set(pc.unique(points.filter(inside)["item_key"]).to_pylist())
    present = rows.table("presence", "item_key", "vault_id", "last_night", "seen")
    quiet = silent(rows.statement, rows.calendar, present, _read(rows, "jobs"), rows.table)
    return {
        "F-08": (len(items & made), len(items)),
        "F-09": (quiet.pairs, quiet.looked_at),
        "F-20": (len(items), None),
        "F-21": (_gone(present, _read(rows, "protected_items")), present.num_rows),
        "F-47": (len(items - made), len(items)),
        "F-48": (quiet.items, present.num_rows),
    }


def _read(rows: Rows, kind: str) -> frozenset[tuple[date, str]]:
    """Pairs of night and vault of which a kind was read whole."""
    tally = rows.tally("coverage", "night", "vault_id", "kind", "outcome")
    return frozenset((night, vault) for night, vault, of, outcome in tally if of == kind and outcome in _WHOLE)


def _gone(present: pa.Table, read: frozenset[tuple[date, str]]) -> int:
    ends = {vault: night for night, vault in sorted(read)}
    seen = (
        present.select(["vault_id", "last_night"]).group_by(["vault_id", "last_night"]).aggregate([([], "count_all")])
    )
    return sum(
        row["count_all"]
        for row in seen.to_pylist()
        if row["vault_id"] in ends and row["last_night"] < ends[row["vault_id"]]
    )


def _restores(rows: Rows) -> dict[str, Number]:
    links = rows.tally("restore_links", "link")
    restores = rows.statement.counts["restore_jobs"]
    grades = {f"F-{place}": (links[grade,], restores) for place, grade in enumerate(_GRADES, start=24)}
    return {"F-10": (sum(links[grade,] for grade in _BEYOND_DOUBT), restores), "F-23": (restores, None), **grades}


def _compared(rows: Rows) -> dict[str, Number]:
    columns = ("compared_with", "thing", "difference", "night", "event_night", "thing_key")
    told = rows.table("reconciliation", *columns, "things")
    if not told.num_rows:
        return dict.fromkeys(("F-14", "F-15", "F-16"), (None, None)) | {"F-17": (0, 0)}
    found = told.group_by(list(columns)).aggregate([("things", "sum"), ([], "count_all")]).to_pylist()
    graph = [row for row in found if row["compared_with"] == "resource_graph"]
    whole = sum(row["count_all"] for row in found if row["difference"] == "compared")
    missing = sum(row["count_all"] for row in found if row["difference"] == "not_comparable")
    return {
        "F-14": _differing([row for row in graph if row["thing"] in {"vault", "item", "job"}]),
        "F-15": _differing([row for row in graph if row["thing"] == "resource"]),
        "F-16": _differing([row for row in found if row["compared_with"] in {"approved", "inventory"}]),
        "F-17": (missing, missing + whole),
    }


def _differing(rows: list[dict[str, Any]]) -> Number:
    made = [row["things_sum"] or 0 for row in rows if row["difference"] == "compared"]
    if not made:
        return None, None
    things = {
        tuple(row[name] for name in ("night", "event_night", "thing", "thing_key", "compared_with"))
        for row in rows
        if row["difference"] not in {"compared", "not_comparable"}
    }
    return len(things), sum(made)


def _calls(rows: Rows) -> dict[str, Number]:
    tally = rows.tally("calls", "evidence_grade", "outcome", "attempts", "status")
    asked = {key: number for key, number in tally.items() if key[0] == "A"}
    whole = sum(asked.values())
    skew = rows.table("calls", "evidence_grade", "clock_skew_s")
    told = skew.filter(pc.and_(_is(skew, "evidence_grade", "A"), pc.is_valid(skew["clock_skew_s"])))["clock_skew_s"]
    far = pc.or_(pc.greater(told, pa.scalar(float(_CLOCK_S))), pc.less(told, pa.scalar(float(-_CLOCK_S))))
    return {
        "F-12": (sum(n for key, n in asked.items() if key[1] == "ok"), whole),
        "F-33": (sum(n for key, n in asked.items() if key[2] > 1), whole),
        "F-34": (sum(n for key, n in asked.items() if key[3] == 429), whole),  # noqa: PLR2004  # HTTP: too many requests
        "F-35": (sum(map(bool, far.to_pylist())), len(told)),
        "F-38": (sum(n for key, n in asked.items() if key[1] == "unreadable"), whole),
        "F-50": (sum(tally.values()) - whole, None),
    }


def _lists(rows: Rows) -> dict[str, Number]:
    said, gaps = rows.statement.completeness, rows.gaps
    unsealed = len(rows.statement.nights) - len(rows.statement.sealed_nights)
    named = {(night, vault, kind) for night, vault, kind in rows.tally("coverage", "night", "vault_id", "kind")}
    missed = {(date.fromisoformat(gap["night"]), gap["subject_id"], gap["kind"]) for gap in gaps if gap["subject_id"]}
    found: dict[str, Number] = {}
    for anchor, kind in (("F-18", "jobs"), ("F-19", "protected_items")):
        due = {key for key in named | missed if key[2] == kind}
        found[anchor] = (len(_read(rows, kind)), len(due) + unsealed * said["vaults_expected"])
    late = {gap["night"] for gap in gaps if gap["outcome"] == "not_observed_then"}
    return found | {
        "F-01": (said["vaults_read"], said["vaults_expected"]),
        "F-02": (said["nights_sealed"], said["nights_expected"]),
        "F-31": (len(gaps), None),
        "F-32": (sum(gap["kind"] in _ESSENTIAL for gap in gaps), len(gaps)),
        "F-36": (len(late), said["nights_expected"]),
        "F-37": (_left_out(rows), None),
    }


def _left_out(rows: Rows) -> int:
    most: dict[tuple[str, str], int] = {}
    for kind, vault, reason in rows.tally("coverage", "kind", "vault_id", "reason"):
        found = _LEFT_OUT.search(reason or "")
        if found and kind in {"vaults", "backup_vaults"}:
            most[kind, vault] = max(most.get((kind, vault), 0), int(found[1]))
    return sum(most.values())


def _others(rows: Rows) -> dict[str, Number]:
    events = rows.tally("activity", "operation_kind")
    policies = rows.tally("policies", "policy_id")
    odd = rows.table("oddities", "what", "sentence", "count").to_pylist()
    changes = sum(events[kind,] for kind in ("policy", "protection", "vault"))
    return {
        "F-30": (rows.statement.counts.get("restated", 0), None),
        "F-39": (len({row["sentence"] for row in odd if row["what"] == "drift"}), None),
        "F-40": (sum(row["count"] for row in odd if row["what"] == "element"), None),
        "F-41": (sum(row["count"] for row in odd if row["what"] == "value"), None),
        "F-42": (sum(events.values()), None),
        "F-43": (changes, sum(events.values())),
        "F-44": (sum(number > 1 for number in policies.values()), len(policies)),
    }
