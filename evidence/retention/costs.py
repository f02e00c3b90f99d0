"""What keeping costs: objects and bytes by kind, age and tier, how they grow, and what the coming days add and free.

Not here: prices, listing a store (`evidence.runs.retention.stock`). Invariants: what the store does not tell is counted as not told; what is freed is what may go,
for nothing is deleted by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from evidence.retention.calendar import number_of
from evidence.retention.register import KINDS, Register
from evidence.retention.rules import add_months
from evidence.retention.values import Kind

AGES = (("under 90 days", 90), ("90 days to 1 year", 366), ("1 to 2 years", 731), ("over 2 years", 1 << 30))
"""Names of ages since sealing, each with the days that it ends before."""
MEASURED = 90
"""Days back from which the daily growth is taken."""


@dataclass(frozen=True, slots=True)
class Share:
    """Objects of one kind, age and tier."""

    kind: Kind
    age: str
    tier: str
    objects: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Month:
    """What one month sealed."""

    first: date
    objects: int
    bytes: int
    total_bytes: int
    """Of all that was sealed by its end, whether it is still there or not."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the coming days bring, if they are like the last ones."""

    days: int
    measured_days: int
    """Over which growth was measured; less where the store is younger."""
    adds_objects: int
    adds_bytes: int
    frees_objects: int
    """May go by then and is on no hold, once persons dispose of it; what may go already is among them."""
    frees_bytes: int
    held_objects: int
    """Would be freed, and a hold keeps them."""
    held_bytes: int


def shares(register: Register, tiers: Sequence[str], numbers: npt.NDArray[np.int16]) -> Iterator[Share]:
    """Objects by kind, age and tier; `numbers`: the place in `tiers` of each object's."""
    ages, there = _ages(register), ~register.gone
    for number, kind in enumerate(KINDS):
        of_kind = there & (register.kinds == number)
        for place, (age, _) in enumerate(AGES):
            of_age = of_kind & (ages == place)
            for tier in np.unique(numbers[of_age]).tolist():
                chosen = of_age & (numbers == tier)
                yield Share(kind, age, tiers[tier], int(chosen.sum()), int(register.files.sizes[chosen].sum()))


def growth(register: Register) -> tuple[Month, ...]:
    """What each month sealed, from the first to the present one."""
    sealed = sealed_days(register)
    if not len(sealed):
        return ()
    months, total = [], 0
    first = (date(1970, 1, 1) + timedelta(days=int(sealed.min()))).replace(day=1)
    while first <= register.today:
        following = add_months(first, 1)
        chosen = (sealed >= number_of(first)) & (sealed < number_of(following))
        size = int(register.files.sizes[chosen].sum())
        total += size
        months.append(Month(first, int(chosen.sum()), size, total))
        first = following
    return tuple(months)


def outlook(register: Register, days: int) -> Outlook:
    """What so many days add, by the days before them, and what they free."""
    sealed, today = sealed_days(register), number_of(register.today)
    since = max(int(sealed.min()) if len(sealed) else today, today - MEASURED + 1)
    measured = max(today - since + 1, 1)
    fresh = sealed >= since
    over = ~register.gone & (register.days < today + days)
    freed, held = over & ~register.held, over & register.held
    sizes = register.files.sizes
    return Outlook(
        days,
        measured,
        int(fresh.sum()) * days // measured,
        int(sizes[fresh].sum()) * days // measured,
        int(freed.sum()),
        int(sizes[freed].sum()),
        int(held.sum()),
        int(sizes[held].sum()),
    )


def sealed_days(register: Register) -> npt.NDArray[np.int32]:
    """Number of the day on which each object was sealed, UTC."""
    by_origin = np.array([number_of(one.sealed_at.date()) for one in register.files.origins], np.int32)
    return by_origin[register.files.owners] if len(register) else np.zeros(0, np.int32)


def _ages(register: Register) -> npt.NDArray[np.int64]:
    """Place in AGES of each object."""
    days = number_of(register.today) - sealed_days(register)
    return np.searchsorted(np.array([end for _, end in AGES]), days, side="right")
