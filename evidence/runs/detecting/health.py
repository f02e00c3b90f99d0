"""Items whose agent or extension is not well although their backups are good, from sealed rows of a fortnight.

Not here: the rule (`assess.trends.health`). Invariant: a night whose list of items did not name an item, or was not read, tells nothing of its health.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.about import About
from evidence.assess.findings import Finding
from evidence.assess.slots.values import GOOD, Judged, Outcome
from evidence.assess.trends.health import RANKS, read_details, unhealthy
from evidence.assess.trends.values import HealthSeen
from evidence.nights import Calendar, look_back
from evidence.runs.judging.columns import texts
from evidence.runs.judging.swept import Swept
from evidence.runs.sealed import SealedRows
from evidence.tables import PROTECTED_ITEMS

NIGHTS = 14
_COLUMNS = ["night", "item_key", "health", "properties", "observed_at"]


def health_found(
    sealed: SealedRows,
    night: date,
    calendar: Calendar,
    abouts: Mapping[str, About],
    judged: Iterable[Judged],
    swept: Swept | None = None,
) -> Iterator[Finding]:
    """Findings of items that are not well on a night; `judged` and `swept` are all runs of that night, by which it is told whose backups are good."""
    green = dict(_green(judged, night))
    ill = pa.array([word for word, rank in sorted(RANKS.items()) if rank], pa.string())

    def unwell(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.is_in(pc.utf8_lower(rows["health"].cast(pa.string())), value_set=ill))

    of_azure = sealed.of_azure()
    rows = of_azure.rows(PROTECTED_ITEMS, first=night, last=night, columns=_COLUMNS, where=unwell)
    if swept is not None and rows.num_rows:
        green |= {item: True for item, _ in swept.judged_of({str(one) for one in texts(rows["item_key"])})}
    good = pa.array(sorted(item for item, well in green.items() if well and item in abouts), pa.string())
    tonight = _last(rows.filter(pc.is_in(rows["item_key"], value_set=good)))
    if not tonight:
        return
    named, first = sorted({item for item, _ in tonight}), look_back(night, NIGHTS)
    items = pa.array(named, pa.string())
    before = _last(
        of_azure.rows(
            PROTECTED_ITEMS,
            first=first,
            last=night,
            columns=[name for name in _COLUMNS if name != "properties"],
            where=lambda rows: rows.filter(pc.is_in(rows["item_key"], value_set=items)),
        )
    )
    for item in named:
        row = tonight[item, night]
        seen = [
            _seen(before.get((item, at)), at, calendar) for at in (first + timedelta(days=n) for n in range(NIGHTS - 1))
        ]
        details = read_details(row["properties"])
        last = HealthSeen(night, row["health"], green[item], row["observed_at"], details)
        found = unhealthy(abouts[item], [*seen, last])
        if found is not None:
            yield found


def _green(judged: Iterable[Judged], night: date) -> Mapping[str, bool]:
    """Whether all runs of the night that were due are good, by item."""
    due: dict[str, list[bool]] = defaultdict(list)
    for one in judged:
        if one.night == night and one.outcome is not Outcome.NOT_EXPECTED:
            due[one.slot.item_key].append(one.outcome in GOOD)
    return {item: all(told) for item, told in due.items()}


def _last(rows: pa.Table) -> Mapping[tuple[str, date], Mapping[str, Any]]:
    """The last row of each item and night."""
    ordered = rows.sort_by("observed_at").to_pylist()
    return {(row["item_key"], row["night"]): row for row in ordered}


def _seen(row: Mapping[str, Any] | None, night: date, calendar: Calendar) -> HealthSeen:
    if row is None:
        return HealthSeen(night, None, None, calendar.window(night).end)
    return HealthSeen(night, row["health"], None, row["observed_at"])
