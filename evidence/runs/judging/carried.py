"""Slots of earlier nights that were not settled, and so are judged again.

Not here: judging. Invariant: a slot is carried on from assessment to assessment until it is settled or too old, so the newest ones hold all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.slots.values import GOOD, Outcome, Part
from evidence.ledger.entries import LedgerEntry
from evidence.nights import look_back
from evidence.runs.capture import NIGHTS_READ_AGAIN
from evidence.runs.judging.columns import moments
from evidence.runs.sealed import SealedRows
from evidence.runs.slots_standing import NIGHTS_CARRIED, SLOT, standing_slots

Slot = tuple[Part, datetime]
_COLUMNS = [*SLOT, "event_night", "outcome", "final_at", "assessed_at"]
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
    first = look_back(night, NIGHTS_CARRIED)
    rows = standing_slots(sealed, entries, first, night - timedelta(days=1), _COLUMNS)
    recent = pc.greater_equal(rows["event_night"], pa.scalar(look_back(night, NIGHTS_READ_AGAIN), pa.date32()))
    outcome = rows["outcome"].cast(pa.string())
    not_final = pc.and_(
        pc.less(rows["assessed_at"], rows["final_at"]), pc.invert(pc.is_in(outcome, value_set=_SETTLED))
    )
    late = pc.and_(recent, pc.is_in(outcome, value_set=_OPEN))
    wanted = pc.or_(not_final, pc.or_(late, pc.is_in(outcome, value_set=_OPEN_LONG)))
    return _carried(rows.filter(wanted))


def _carried(rows: pa.Table) -> Carried:
    found: dict[str, dict[date, set[Slot]]] = defaultdict(lambda: defaultdict(set))
    times = moments(rows["slot_at"])
    told = rows.select(["item_key", "part", "event_night"]).to_pylist()
    for row, at in zip(told, times, strict=True):
        if at is not None:
            found[row["item_key"]][row["event_night"]].add((Part(row["part"]), at))
    items = {item: {night: frozenset(one) for night, one in nights.items()} for item, nights in found.items()}
    return Carried(items, min((at for at in times if at is not None), default=_LONG_AGO))
