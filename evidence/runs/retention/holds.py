"""Places and releases legal holds, and lengthens dates: each a signed decision of a person, once.

Not here: what a hold covers (`evidence.retention.holds`), dates that a store enforces (`protecting`). Invariants: cases are independent of each other; a hold is
in force from its entry on, for what is there and for what is sealed later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import numpy as np

from evidence.errors import ConfigurationError, EvidenceError, RefusedError
from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.keeping import ID, Covered, placed_hold
from evidence.ledger.persons import checked_text
from evidence.retention.holds import next_id
from evidence.retention.register import Register
from evidence.retention.values import Hold
from evidence.runs.parts import Parts
from evidence.runs.retention.book import Keeping, holds_of
from evidence.runs.retention.deciding import Person, Recorded, Word, decide
from evidence.stores.keeping import KeepingStore

WORKERS = 8
"""Objects that a store is asked about at the same time."""


def placing(entries: Sequence[LedgerEntry], case: str, covered: Covered, why: str) -> Word:
    """The word that places a hold; raises ConfigurationError for an id or a reason that cannot stand in the ledger."""
    hold_id = next_id(holds_of(entries), checked_case(case))
    fields = {"case": case, "hold": hold_id, "scope": covered.told(), "reason": checked_text(why, "--reason")}
    return Word(EntryKind.HOLD_PLACED, f"case/{case}", fields, loose=("hold",))


def releasing(entries: Sequence[LedgerEntry], case: str, hold_ids: Sequence[str], why: str) -> Word:
    """The word that releases holds of a case: some, or all that stand; raises RefusedError where none stands."""
    mine = [one for one in holds_of(entries) if one.case == checked_case(case)]
    wanted = set(hold_ids) or {one.hold_id for one in mine if one.stands} or _released_together(mine)
    odd = sorted(wanted - {one.hold_id for one in mine})
    if odd or not wanted:
        raise RefusedError(
            f"Case {case} has no hold {', '.join(odd)}." if odd else f"No hold of case {case} is there.",
            next_step="backup-evidence retention hold list",
        )
    fields = {"case": case, "holds": sorted(wanted), "reason": checked_text(why, "--reason")}
    return Word(EntryKind.HOLD_RELEASED, f"case/{case}", fields)


def extending(until: date, covered: Covered, why: str) -> Word:
    """The word that keeps what is covered until a day at least."""
    fields = {"until": str(until), "scope": covered.told(), "reason": checked_text(why, "--reason")}
    return Word(EntryKind.RETENTION_EXTENDED, f"retention/{until}", fields)


def place_hold(parts: Parts, person: Person, word: Word) -> Recorded:
    """Place a hold; the one that stands where the same person placed it before, in the same words."""
    return decide(parts, person, word, still_placed)


def release_holds(parts: Parts, person: Person, word: Word) -> Recorded:
    """Release holds; the release that is there where the same person said it before."""
    return decide(parts, person, word)


def extend(parts: Parts, person: Person, word: Word) -> Recorded:
    """Lengthen dates; nothing takes it back."""
    return decide(parts, person, word)


@dataclass(frozen=True, slots=True)
class Flagged:
    """What a store made of a legal hold that was set or cleared on objects."""

    done: int
    """Objects whose hold reads back as asked."""
    unknown: int
    """Objects of a store that knows no holds."""
    failed: Mapping[str, str]
    """Why, by path."""


def flag(store: KeepingStore, paths: Sequence[str], *, on: bool) -> Flagged:
    """Set or clear the store's own legal hold of objects, and read it back; what a store refuses is told, and the ledger's hold stands all the same."""

    def one(path: str) -> tuple[str, bool | None, str]:
        try:
            told = store.hold(path, on).legal_hold
        except EvidenceError as error:
            return path, False, error.cause or error.message
        return path, None if told is None else told is on, "it reads back otherwise"

    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(one, paths))
    return Flagged(
        sum(done is True for _, done, _ in found),
        sum(done is None for _, done, _ in found),
        {path: why for path, done, why in found if done is False},
    )


def released_paths(register: Register, hold_ids: Sequence[str]) -> list[str]:
    """Objects that some released holds covered and no hold covers any more."""
    mine = [one for one in register.standing.holds if one.hold_id in hold_ids]
    freed = {row for one in mine for row in np.flatnonzero(register.covered(one) & ~register.held & ~register.gone)}
    return [register.files.file(int(row)).path for row in sorted(freed)]


def held_paths(register: Register, hold_id: str) -> list[str]:
    """Objects that one hold covers now."""
    mine = [one for one in register.standing.holds if one.hold_id == hold_id]
    rows = {row for one in mine for row in np.flatnonzero(register.covered(one) & ~register.gone)}
    return [register.files.file(int(row)).path for row in sorted(rows)]


def still_placed(now: Keeping, said: LedgerEntry) -> bool:
    """Whether the hold that an entry placed was not released."""
    hold_id = placed_hold(said).hold_id
    return any(one.hold_id == hold_id and one.stands for one in now.holds)


def checked_case(case: str) -> str:
    """The name of a case; raises ConfigurationError where it cannot stand in a subject."""
    if not ID.fullmatch(case):
        raise ConfigurationError(
            f"{case!r} is no name of a case.",
            cause="It takes 1 to 80 letters, digits, full stops, lines and hyphens.",
        )
    return case


def _released_together(holds: Sequence[Hold]) -> set[str]:
    """The holds that the newest release of a case ended: what is said again names them again."""
    newest = max((one.released_at for one in holds if one.released_at), default=None)
    return {one.hold_id for one in holds if newest is not None and one.released_at == newest}
