"""Which nights are missing: computed from the ledger, never from what a scheduler remembers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import sealed_nights
from evidence.nights import Calendar

SETTLING = timedelta(minutes=90)
"""After a night's end before it counts as missing: its own scheduled run may still be at work."""


def missing_nights(entries: Sequence[LedgerEntry], calendar: Calendar, now: datetime) -> tuple[date, ...]:
    """Ended nights after the first sealed one that are not sealed, oldest first; before any seal, none."""
    sealed = sealed_nights(entries)
    if not sealed:
        return ()
    first, current = min(sealed), calendar.night_of(now - SETTLING)
    nights = (first + timedelta(days=number) for number in range((current - first).days))
    return tuple(night for night in nights if night not in sealed)
