"""The night that an event belongs to, found fast for many events.

Not here: what a night is (`evidence.nights`). Invariant: the answer is always that of `Calendar.night_of`.
"""

from __future__ import annotations

from datetime import date, datetime

from evidence.nights import Calendar, Window


class EventNights:
    """Remembers the windows of nights already met, for jobs and points crowd into few of them."""

    __slots__ = ("_calendar", "_known")

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._known: dict[date, list[tuple[Window, date]]] = {}

    def night_of(self, moment: datetime | None) -> date | None:
        """The night of a moment; None where there is no moment, or where it lies at the very ends of time."""
        if moment is None:
            return None
        known = self._known.setdefault(moment.date(), [])
        for window, night in known:
            if window.start <= moment < window.end:
                return night
        try:
            night = self._calendar.night_of(moment)
            known.append((self._calendar.window(night), night))
        except OverflowError:  # the year 9999 has no night after its last
            return None
        return night
