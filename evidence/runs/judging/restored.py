"""Which changes that stand as exceptions are undone, from sealed rows: each compared with the last look before it was found.

Not here: comparing (`assess.drift.restored`), what follows (`assess.exceptions.closing`). Invariant: an exception that ended, or is of another class,
is not looked at; a look that was not whole restores nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from evidence.assess.drift.restored import Changed, why_restored
from evidence.assess.exceptions.endings import DRIFT
from evidence.assess.exceptions.proofs import Restored
from evidence.assess.exceptions.states import ENDED, Standing
from evidence.ledger.entries import LedgerEntry
from evidence.nights import Calendar
from evidence.runs.detecting.drift import then_and_now
from evidence.runs.sealed import SealedRows


def restored_on(
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    night: date,
    calendar: Calendar,
    standing: Iterable[Standing],
) -> Iterator[Restored]:
    """What a night's look shows to be as it was before each standing change that an earlier night found."""
    by_night: dict[date, list[Standing]] = defaultdict(list)
    for one in standing:
        if one.class_ in DRIFT and one.state not in ENDED and one.sightings[0][0] < night:
            by_night[one.sightings[0][0]].append(one)
    for then, many in sorted(by_night.items()):
        yield from _since(sealed, entries, then, night, calendar, many)


def _since(
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    then: date,
    night: date,
    calendar: Calendar,
    many: Sequence[Standing],
) -> Iterator[Restored]:
    by_vault: dict[str, list[Standing]] = defaultdict(list)
    for one in many:
        by_vault[one.finding.vault_id].append(one)
    items = {
        vault: [one.finding.item_key for one in mine if one.finding.item_key is not None]
        for vault, mine in by_vault.items()
    }
    for before, after in then_and_now(sealed, entries, then, night, calendar, items):
        for one in by_vault[after.vault_id]:
            found = one.finding
            why = why_restored(Changed(one.class_, found.item_key, found.error_family), before, after)
            if why is not None:
                yield Restored(one.class_, found.vault_id, found.item_key, found.error_family, after.observed_at, why)
