"""The register with what the last test of the store said, as those who answer for it ask: how much, until when, what next, what is held, what is really enforced.

Not here: printing (`cli`), the test (`truth`). Invariants: nothing is told as enforced that a test did not read back, and the day of that test is told with it; what
no test ever read whole is counted as never confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from evidence.ledger.entries import LedgerEntry
from evidence.ledger.truths import TruthTest, last_truth_test
from evidence.retention.policies import Subject, covers
from evidence.retention.register import KINDS, Register
from evidence.retention.values import LASTING, Hold, Kind, State
from evidence.runs.retention.last_seen import LastSeen, last_seen
from evidence.settings.retention import RetentionRule
from evidence.stores.interface import EvidenceStore


@dataclass(frozen=True, slots=True)
class Held:
    """One hold that stands, and how much it keeps."""

    hold: Hold
    objects: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Overview:
    """One store at one moment."""

    register: Register
    states: Mapping[State, int]
    next_day: date | None
    """The first day on which something more may go; None where nothing ever may."""
    holds: tuple[Held, ...]
    test: TruthTest | None
    """The newest test over everything."""
    seen: LastSeen
    never_confirmed: int
    """Objects that no test read whole, disposed ones aside."""
    confirmed_since: datetime | None
    """When the object that was confirmed longest ago was read; None where none was."""
    unsettled: Mapping[str, int]
    """Objects without a day because something could not be read or is not known, by reason."""
    idle_rules: tuple[str, ...]
    """Rules of the configuration in use that cover nothing that is kept."""


def overview(
    store: EvidenceStore, entries: Sequence[LedgerEntry], register: Register, rules: Sequence[RetentionRule]
) -> Overview:
    """Everything at one glance; raises IntegrityError, StoreError."""
    states = {state: int(mask.sum()) for state, mask in register.states().items()}
    there = np.flatnonzero(~register.gone).tolist()
    sealed_at = {
        register.files.paths[row].as_py(): register.files.origins[register.files.owners[row]].sealed_at for row in there
    }
    seen = last_seen(store, entries, sealed_at)
    confirmed = [at for path, at in seen.whole_at.items() if path in sealed_at]
    return Overview(
        register,
        states,
        next_day(register),
        tuple(_held(register, hold) for hold in register.standing.holds if hold.stands),
        last_truth_test(entries),
        seen,
        len(there) - len(confirmed),
        min(confirmed, default=None),
        unsettled(register),
        tuple(rule.name for rule in rules if not _covers_any(rule, register)),
    )


def next_day(register: Register) -> date | None:
    """The first day after today on which something more may go."""
    first = register.first_day((register.days >= _number(register.today)) & ~register.gone)
    return None if first is None or first == date.max else first + timedelta(days=1)


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _held(register: Register, hold: Hold) -> Held:
    mask = register.covered(hold) & ~register.gone
    return Held(hold, int(mask.sum()), int(register.files.sizes[mask].sum()))


def unsettled(register: Register) -> Mapping[str, int]:
    """Objects without a day, by reason, but for what proves: that never has one."""
    counts = np.bincount(register.files.owners[~register.gone], minlength=len(register.promises)).tolist()
    found: dict[str, int] = {}
    for count, origin, promise in zip(counts, register.files.origins, register.promises, strict=True):
        if count and promise.day is None and origin.kind not in LASTING and not origin.lasting:
            found[promise.rule] = found.get(promise.rule, 0) + count
    return dict(sorted(found.items()))


def _covers_any(rule: RetentionRule, register: Register) -> bool:
    subjects: set[Subject] = {one.subject for one in register.files.origins}
    return any(covers(rule, one) for one in subjects)


def kinds_there(register: Register) -> tuple[Kind, ...]:
    """Kinds of which anything was ever sealed."""
    return tuple(sorted(KINDS[number] for number in np.unique(register.kinds).tolist()))
