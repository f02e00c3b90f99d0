"""One store keeps one calendar: the zone and the cut-over that its nights were sealed with.

Not here: what a night is (`nights`). Invariant: nights of one store touch; under another cut-over the next night would overlap the last or
leave hours to none, and no list of nights would show it. Until a change can take effect from a night on, it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidence.errors import RefusedError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import sealed_nights
from evidence.nights import Calendar

KEY = "calendar"
"""Key of the calendar in the payload of a sealed night."""


def told_calendar(calendar: Calendar) -> Mapping[str, str]:
    """A calendar as the ledger keeps it."""
    return {"time_zone": calendar.time_zone, "night_starts_at": calendar.starts_at.strftime("%H:%M")}


def refuse_other_calendar(entries: Sequence[LedgerEntry], calendar: Calendar) -> None:
    """Raise RefusedError where the newest sealed night was cut by another calendar."""
    sealed = (run.entry for runs in sealed_nights(entries).values() for run in runs)
    newest = max(sealed, key=lambda entry: entry.sequence, default=None)
    kept = None if newest is None else newest.payload.get(KEY)
    if kept is None or kept == told_calendar(calendar):
        return
    words = ", ".join(f"{name} {value}" for name, value in kept.items()) if isinstance(kept, Mapping) else str(kept)
    raise RefusedError(
        "The nights of this store are cut by another calendar than the configuration's.",
        cause=f"They were sealed with {words}; with another cut-over nights would overlap, or leave hours to none.",
        next_step="Set time_zone and night_starts_at as they were, or configure another store.",
    )
