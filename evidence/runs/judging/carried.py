"""Slots of earlier nights that were not settled, and so are judged again.

Not here: judging. Invariant: a slot is carried on from assessment to assessment until it is settled or too old, so the newest ones hold all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.slots.values import GOOD, Outcome, Part
from evidence.ledger.entries import LedgerEntry
from evidence.nights import look_back
from evidence.runs.capture import NIGHTS_READ_AGAIN
from evidence.runs.judging.columns import moments
from evidence.runs.sealed import SealedRows
from evidence.runs.slots_standing import NIGHTS_CARRIED, SLOT, files_of_slots, standing_slots
from evidence.tables import SLOTS

Slot = tuple[Part, datetime]
_STATE = ["event_night", "outcome", "final_at", "assessed_at"]
_COLUMNS = [*SLOT, *_STATE]
_SETTLED = pa.array(sorted([*GOOD, Outcome.NOT_EXPECTED]), pa.string())
_OPEN_LONG = pa.array([Outcome.PENDING, Outcome.RUNNING_LATE], pa.string())
_OPEN = pa.array([Outcome.UNKNOWN, Outcome.SILENT, Outcome.SUCCESS_NO_POINT], pa.string())
"""What a list that is read later may disprove."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Carried:
    """What is judged again."""

    items: Mapping[str, Mapping[date, frozenset[Slot]]] = field(default_factory=dict)
    """Slots by item key and their own night."""
    since: datetime = _LONG_AGO
    """The earliest of them."""

    @property
    def nights(self) -> Sequence[date]:
        """Nights of these slots, in order."""
        return sorted({night for nights in self.items.values() for night in nights})


def carried_slots(sealed: SealedRows, entries: Sequence[LedgerEntry], night: date) -> Carried:
    """Slots of the nights before `night` that are not settled, as they stand now."""
    first, last = look_back(night, NIGHTS_CARRIED), night - timedelta(days=1)
    items = _ever_open(sealed, entries, first, last, night)
    if not len(items):
        return Carried()
    rows = standing_slots(
        sealed,
        entries,
        first,
        last,
        _COLUMNS,
        lambda one: one.filter(pc.is_in(one["item_key"], value_set=items)),
        few=True,
    )
    return _carried(rows.filter(_open(rows, night)))


def _ever_open(
    sealed: SealedRows, entries: Sequence[LedgerEntry], first: date, last: date, night: date
) -> pa.Array[Any]:
    """Keys of items of which any row, standing or not, tells a slot that is not settled: of all others none stands."""
    found = [pa.chunked_array([], pa.string())]
    for path, _ in files_of_slots(entries, first, last):
        wanted = _open(sealed.file(SLOTS, path, _STATE, ("outcome",)), night)
        if pc.any(wanted).as_py():
            found.append(sealed.file(SLOTS, path, ["item_key"])["item_key"].filter(wanted))
    keys: Any = pa.chunked_array([chunk for one in found for chunk in one.chunks], pa.string())
    distinct: pa.Array[Any] = pc.unique(keys)
    return distinct


def _open(rows: pa.Table, night: date) -> Any:
    """Whether each row tells a slot that must be judged again on a night."""
    recent = pc.greater_equal(rows["event_night"], pa.scalar(look_back(night, NIGHTS_READ_AGAIN), pa.date32()))
    outcome = rows["outcome"].cast(pa.string())
    not_final = pc.and_(
        pc.less(rows["assessed_at"], rows["final_at"]), pc.invert(pc.is_in(outcome, value_set=_SETTLED))
    )
    late = pc.and_(recent, pc.is_in(outcome, value_set=_OPEN))
    wanted: Any = pc.or_(not_final, pc.or_(late, pc.is_in(outcome, value_set=_OPEN_LONG)))
    return wanted


def _carried(rows: pa.Table) -> Carried:
    found: dict[str, dict[date, set[Slot]]] = defaultdict(lambda: defaultdict(set))
    times = moments(rows["slot_at"])
    told = rows.select(["item_key", "part", "event_night"]).to_pylist()
    for row, at in zip(told, times, strict=True):
        if at is not None:
            found[row["item_key"]][row["event_night"]].add((Part(row["part"]), at))
    items = {item: {night: frozenset(one) for night, one in nights.items()} for item, nights in found.items()}
    return Carried(items, min((at for at in times if at is not None), default=_LONG_AGO))
