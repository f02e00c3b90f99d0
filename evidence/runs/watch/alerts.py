"""Tells owners of what looks and nights found, through the outbox: what is due now, and what was not delivered before.

Not here: what is due (`evidence.notify`), sending (`outbox`). Invariant: without owners nobody is told, and that is said; telling twice sends
nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.notify.interface import Message
from evidence.runs.outbox import Office, Told, tell
from evidence.runs.parts import Parts
from evidence.runs.problems import standing_problems
from evidence.tiers import TierRule

TRIED_AGAIN = timedelta(hours=1)
"""So long after deliveries of which some failed, looks ask for another try; later ones are left to the night."""


def tell_owners(
    parts: Parts, office: Office | None, tiers: Sequence[TierRule], more: Sequence[Message] = ()
) -> Told | None:
    """Send what is due of all problems as they stand; None where no owners are configured. Raises StoreError, IntegrityError."""
    if office is None:
        return None
    problems = standing_problems(parts.store, parts.ledger.entries(), tiers)
    return tell(parts, office, problems, more=more)


def told_in_part(parts: Parts, entries: Sequence[LedgerEntry]) -> LedgerEntry | None:
    """The last deliveries, where some of them failed not long ago."""
    last = next((entry for entry in reversed(entries) if entry.kind is EntryKind.DELIVERY_RECORDED), None)
    if last is None or last.payload.get("attempts") == last.payload.get("delivered"):
        return None
    return last if parts.clock.now() - last.at < TRIED_AGAIN else None
