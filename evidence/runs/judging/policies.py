"""What each policy ordered, version by version, as nights saw it.

Not here: reading a schedule (`assess.slots.schedules`). Invariant: a late run tells nothing of what a policy ordered on its night.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.slots.values import PolicyVersion
from evidence.runs.judging.columns import moments, numbered
from evidence.runs.sealed import SealedRows
from evidence.tables import POLICIES

_TOLD = ["policy_id", "vault_id", "content_sha256", "management_type", "workload", "schedule", "retention", "time_zone"]


def policy_versions(
    sealed: SealedRows, first: date, last: date, late: Collection[str]
) -> Mapping[str, Sequence[PolicyVersion]]:
    """Versions of each policy seen on nights from first to last, oldest first, without what late runs saw."""
    rows = sealed.of_azure().rows(
        POLICIES,
        first=first,
        last=last,
        columns=[*_TOLD, "run_id", "observed_at", "call_id", "ordinal"],
        where=lambda one: without(one, late),
    )
    order: list[tuple[str, Literal["ascending"]]] = [
        (name, "ascending") for name in ("policy_id", "observed_at", "call_id", "ordinal")
    ]
    rows = rows.take(pc.sort_indices(rows, sort_keys=order))
    content = numbered(rows, ("policy_id", "content_sha256")).tolist()
    places = [place for place, one in enumerate(content) if place == 0 or content[place - 1] != one]
    begun = rows.take(pa.array(places, pa.int64()))
    ended = rows.take(pa.array([place - 1 for place in [*places[1:], rows.num_rows] if place], pa.int64()))
    found: dict[str, list[PolicyVersion]] = defaultdict(list)
    told = begun.select(_TOLD).to_pylist()
    seen, last_seen = moments(begun["observed_at"]), moments(ended["observed_at"])
    for place, (row, at) in enumerate(zip(told, seen, strict=True)):
        follows = place + 1 < len(told) and told[place + 1]["policy_id"] == row["policy_id"]
        until = seen[place + 1] if follows else None
        if at is not None:
            version = PolicyVersion(**row, from_at=at, until_at=until, last_seen_at=last_seen[place])
            found[row["policy_id"]].append(version)
    return found


def without(rows: pa.Table, late: Collection[str]) -> pa.Table:
    """The rows that no late run saw."""
    if not late:
        return rows
    return rows.filter(pc.invert(pc.is_in(rows["run_id"], value_set=pa.array(sorted(late), pa.string()))))
