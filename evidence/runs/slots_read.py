"""Rows of `slots` as the values that detectors take.

Not here: which rows stand (`slots_standing`). Invariant: what a row does not tell of a run is told as not known, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from evidence.assess.slots.values import Expected, Judged, Outcome, Part
from evidence.runs.judging.columns import moments

JUDGED_COLUMNS = (
    "vault_id",
    "item_key",
    "part",
    "slot_at",
    "window_end",
    "final_at",
    "policy_id",
    "policy_sha256",
    "outcome",
    "reason",
    "event_night",
    "job_ids",
    "recovery_point_id",
    "recovery_point_at",
    "recovered_at",
    "error_family",
    "error_codes",
    "gap_s",
)
"""Columns that a judged run is made of."""
_TIMES = ("slot_at", "window_end", "final_at", "recovery_point_at", "recovered_at")


def judged_runs(rows: pa.Table) -> Mapping[str, Sequence[Judged]]:
    """Runs by item key, in order of their time, from rows with `JUDGED_COLUMNS`; intervals of schedules are not in the rows."""
    found: dict[str, list[Judged]] = {}
    times = {name: moments(rows[name]) for name in _TIMES}
    plain = rows.select([name for name in JUDGED_COLUMNS if name not in _TIMES])
    for place, row in enumerate(plain.to_pylist()):
        slot_at, window_end, final_at, point_at, recovered_at = (times[name][place] for name in _TIMES)
        if slot_at is None or window_end is None or final_at is None:
            continue
        slot = Expected(
            vault_id=row["vault_id"],
            item_key=row["item_key"],
            part=Part(row["part"]),
            slot_at=slot_at,
            window_end=window_end,
            final_at=final_at,
            every=None,
            policy_id=row["policy_id"] or "",
            policy_sha256=row["policy_sha256"] or "",
        )
        judged = Judged(
            slot=slot,
            outcome=Outcome(row["outcome"]),
            reason=row["reason"],
            night=row["event_night"],
            job_ids=tuple(row["job_ids"] or ()),
            recovery_point_id=row["recovery_point_id"],
            recovery_point_at=point_at,
            recovered_at=recovered_at,
            error_family=row["error_family"],
            error_codes=tuple(row["error_codes"] or ()),
            gap_s=row["gap_s"],
        )
        found.setdefault(row["item_key"], []).append(judged)
    return {item: sorted(many, key=lambda one: (one.slot.slot_at, one.slot.part)) for item, many in found.items()}
