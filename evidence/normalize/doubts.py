"""What the rows themselves throw doubt on: coverage rows say it, so that no pack is COMPLETE on what nobody could read.

Not here: what the source could not reach (`coverage`). Invariant: a doubt makes whole coverage partial and never makes any better;
the rows in doubt stay.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from evidence.normalize.clock_skew import clock_skew_s
from evidence.normalize.drift import NEW_GROUP, NEW_VALUE, Drift, Met
from evidence.normalize.operations import OTHER, operation_kind
from evidence.normalize.results import Row, Unread
from evidence.records import WHOLE, Call, Kind, Outcome

MOST_SKEW_S = 300.0
"""More than a few minutes: beyond it, what began before and after a cut-over is no longer sure."""
_SECONDS_A_MINUTE = 60
_JOBS = frozenset({Kind.JOBS, Kind.JOB_DETAILS})
_JUDGED = _JOBS | {Kind.PROTECTED_ITEMS, Kind.RECOVERY_POINTS}
"""Kinds whose elements are judged, so that one of an unknown sort may be misread."""


def doubted(
    coverage: Sequence[Row], calls: Sequence[Call], unread: Sequence[Unread], drift: Mapping[Drift, Met]
) -> list[Row]:
    """The coverage rows of a capture with what is doubtful about each kind."""
    doubts: dict[str, list[str]] = defaultdict(list)
    _doubt_unread(unread, doubts)
    _doubt_drift(drift, doubts)
    _doubt_clock(calls, doubts)
    return [_doubted(row, doubts[str(row["kind"])]) for row in coverage]


def _doubted(row: Row, doubts: Sequence[str]) -> Row:
    if not doubts:
        return row
    outcome = Outcome.PARTIAL.value if row["outcome"] in WHOLE else row["outcome"]
    said = [*doubts, *([str(row["reason"])] if row["reason"] else [])]
    return {**row, "outcome": outcome, "reason": "; ".join(said)}


def _doubt_unread(unread: Iterable[Unread], doubts: Mapping[str, list[str]]) -> None:
    for (kind, reason), count in Counter((one.kind.value, one.reason) for one in unread).items():
        told = "1 element is kept and was not read" if count == 1 else f"{count} elements are kept and were not read"
        doubts[kind].append(f"{told}: {reason}")


def _doubt_drift(drift: Mapping[Drift, Met], doubts: Mapping[str, list[str]]) -> None:
    for one, met in drift.items():
        kind, (what, path, detail) = Kind(one.kind), one.odd
        times = "once" if met.count == 1 else f"{met.count} times"
        if kind in _JOBS and what == NEW_VALUE and _decides(path, detail):
            doubts[kind].append(f"{path.removeprefix('properties.')} '{detail}' was never seen before and came {times}")
        elif kind in _JUDGED and what == NEW_GROUP and " " in one.group:
            doubts[kind].append(f"elements of a sort never seen before came {times}: {one.group}")


def _decides(path: str, detail: str) -> bool:
    """Whether a job counts otherwise, or for nothing, because nobody knows the word: an operation is told by how it begins."""
    return path == "properties.status" or (path == "properties.operation" and operation_kind(detail) == OTHER)


def _doubt_clock(calls: Sequence[Call], doubts: Mapping[str, list[str]]) -> None:
    skew = max((clock_skew_s(call) or 0.0 for call in calls), key=abs, default=0.0)
    if abs(skew) <= MOST_SKEW_S:
        return
    where = "ahead of" if skew > 0 else "behind"
    minutes = round(abs(skew) / _SECONDS_A_MINUTE)
    told = f"Azure's clock stands {minutes} minutes {where} ours, so which jobs began in the night is not sure"
    doubts[Kind.JOBS.value].append(told)
