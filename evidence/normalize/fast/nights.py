"""The nights of many events at once, from the edges of the calendar's windows.

Not here: what a night is (`evidence.nights`). Invariant: the answer is always that of `EventNights.night_of`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.nights import Calendar
from evidence.normalize.event_nights import EventNights
from evidence.normalize.fast.vectors import Values
from evidence.tables.columns import DAY

_LONGEST = 400
"""Nights between the first and the last event for which edges are laid out; events further apart are looked up one by one."""
_EPOCH = date(1970, 1, 1)
_EPOCH_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class NightColumns:
    """Tells nights of columns of moments; remembers the edges it has met."""

    __slots__ = ("_calendar", "_edges", "_one_by_one")

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._edges: dict[date, int] = {}
        self._one_by_one = EventNights(calendar)

    def of(self, moments: Values, otherwise: date) -> Values:
        """The night of each moment; `otherwise` where there is none, or none that has a night."""
        bounds = pc.min_max(moments)
        first, last = bounds["min"].as_py(), bounds["max"].as_py()
        if first is None:
            return pa.repeat(pa.scalar(otherwise, DAY), len(moments))
        opening, closing = self._one_by_one.night_of(first), self._one_by_one.night_of(last)
        if opening is None or closing is None or (closing - opening).days > _LONGEST:
            nights = [self._one_by_one.night_of(moment) or otherwise for moment in moments.to_pylist()]
            return pa.array(nights, DAY)
        edges = [self._edge(opening + timedelta(days=after)) for after in range((closing - opening).days + 1)]
        at = moments.cast(pa.int64()).fill_null(edges[0]).to_numpy(zero_copy_only=False)
        days = np.searchsorted(np.array(edges), at, side="right") - 1 + (opening - _EPOCH).days
        found = pa.array(days.astype(np.int32), pa.int32()).cast(DAY)
        return pc.if_else(moments.is_valid(), found, pa.scalar(otherwise, DAY)) if moments.null_count else found

    def _edge(self, night: date) -> int:
        """Opening of a night in microseconds since 1970."""
        edge = self._edges.get(night)
        if edge is None:
            edge = self._edges[night] = (self._calendar.window(night).start - _EPOCH_MOMENT) // _MICROSECOND
        return edge
