"""A night's judgement as rows of `slots`, and its outcomes counted.

Not here: judging (`judging.night`, `judging.swept`). Invariant: a run tells the same row, whichever way it was judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from evidence.assess import AssessmentContext
from evidence.assess.slots.outcome import WITH_POINT
from evidence.assess.slots.values import Expected, Outcome
from evidence.runs.judging.columns import texts
from evidence.runs.judging.night import JudgedSlot, NightJudged
from evidence.runs.judging.swept import Swept
from evidence.tables import SLOTS, from_columns

GRADE = "A"
_SCHEMA = SLOTS.schema()


def outcomes(found: NightJudged, night: date) -> dict[str, int]:
    """Runs of the night itself by outcome."""
    counted = Counter(str(one.judged.outcome) for one in found.slots if one.judged.night == night)
    if len(found.swept):
        counted[str(Outcome.SUCCESS)] += len(found.swept)
    return dict(sorted(counted.items()))


def slot_rows(found: NightJudged, context: AssessmentContext) -> pa.Table:
    """Rows of `slots`."""
    return pa.concat_tables([_one_by_one(found.slots, context), _swept(found, context)])


def _one_by_one(found: Sequence[JudgedSlot], context: AssessmentContext) -> pa.Table:
    items, judged = [one.item for one in found], [one.judged for one in found]
    told: dict[str, Sequence[object]] = {
        "event_night": [one.night for one in judged],
        "item_name": [one.about.name for one in found],
        "tier": [one.about.tier for one in found],
        "outcome": [str(one.outcome) for one in judged],
        "job_ids": [list(one.job_ids) for one in judged],
        "recovery_point_id": [one.recovery_point_id or None for one in judged],
        "error_codes": [list(one.error_codes) for one in judged],
        **_of_runs([one.slot for one in judged]),
    }
    for name in ("tenant_id", "vault_id", "capture_id", "call_id", "observed_at", "item_key", "workload"):
        told[name] = [getattr(one, name) for one in items]
    for name in ("reason", "recovery_point_at", "recovered_at", "error_family", "gap_s"):
        told[name] = [getattr(one, name) for one in judged]
    return _table({name: _array(name, told[name]) for name in told}, context, len(found))


def _of_runs(slots: Sequence[Expected]) -> dict[str, Sequence[object]]:
    """What rows tell of runs that were due."""
    return {
        "part": [str(one.part) for one in slots],
        "policy_id": [one.policy_id or None for one in slots],
        "policy_sha256": [one.policy_sha256 or None for one in slots],
        **{name: [getattr(one, name) for one in slots] for name in ("slot_at", "window_end", "final_at")},
    }


def _swept(found: NightJudged, context: AssessmentContext) -> pa.Table:
    swept, many = found.swept, len(found.swept)
    rows, places = swept.items, pa.array(swept.run, pa.int64())
    told: dict[str, Any] = {name: _array(name, values).take(places) for name, values in _of_runs(swept.slots).items()}
    same = {"event_night": swept.night, "outcome": str(Outcome.SUCCESS), "reason": WITH_POINT}
    told |= {name: _repeated(name, value, many) for name, value in same.items()}
    jobs = rows["job_id"].combine_chunks()
    ends = pa.array(range(many + 1), pa.int32())
    told["job_ids"] = pa.ListArray.from_arrays(ends, jobs)
    told["error_codes"] = pa.ListArray.from_arrays(pa.array([0] * (many + 1), pa.int32()), pa.array([], pa.string()))
    told |= _named(found, swept)
    names = ("tenant_id", "vault_id", "capture_id", "call_id", "observed_at", "item_key", "workload")
    told |= {name: rows[name] for name in (*names, "recovery_point_id", "recovery_point_at")}
    columns = {name: column.cast(_SCHEMA.field(name).type) for name, column in told.items()}
    return _table(columns, context, many)


def _named(found: NightJudged, swept: Swept) -> dict[str, pa.Array[Any]]:
    """Names and tiers; without rules of tiers nobody has to be asked for each item."""
    keys = swept.keys.to_pylist()
    if found.tiers:
        abouts = [found.abouts[str(key)] for key in keys]
        told = [one.name for one in abouts], [one.tier for one in abouts]
    else:
        names = zip(texts(swept.items["friendly_name"]), keys, strict=True)
        told = [name or str(key).rpartition("/")[2] for name, key in names], [None] * len(keys)
    return {"item_name": _array("item_name", told[0]), "tier": _array("tier", told[1])}


def _table(columns: Mapping[str, Any], context: AssessmentContext, rows: int) -> pa.Table:
    """Rows with what all of an assessment share."""
    common = {
        "night": context.night,
        "run_id": context.run_id,
        "evidence_grade": GRADE,
        "assessment_id": context.assessment_id,
        "assessed_at": context.assessed_at,
    }
    return from_columns(SLOTS, {**columns, **{name: _repeated(name, one, rows) for name, one in common.items()}}, rows)


def _array(name: str, values: Sequence[object]) -> pa.Array[Any]:
    found: pa.Array[Any] = pa.array(values, _SCHEMA.field(name).type)
    return found


def _repeated(name: str, value: object, rows: int) -> pa.Array[Any]:
    found: pa.Array[Any] = pa.repeat(pa.scalar(value, _SCHEMA.field(name).type), rows)
    return found
