"""How old the newest usable point is, and how much of a period it was young enough (analytics 6.6).

Not here: which points are usable (`usable`), targets (`wanted`). Invariants: a share lies in 0 to 1; a further point never lowers it; time whose
points were not read is never attained by that, and never missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from evidence.assess.points.values import Age, Attainment, ItemPoints, RollUp, Target, Wanted


def current_age(item: ItemPoints, wanted: Wanted, target: Target | None, at: datetime) -> Age:
    """The age of the newest usable point at a moment, against the target; a policy-derived target is labelled so."""
    raise NotImplementedError


def attainment(item: ItemPoints, wanted: Wanted, target: Target | None, start: datetime, end: datetime) -> Attainment:
    """The share of `[start, end)` within the target, from all points ever seen."""
    raise NotImplementedError


def roll_up(found: Iterable[Attainment], tiers: Iterable[int | None]) -> Sequence[RollUp]:
    """Items that attained their target, of those that have one, by tier; `tiers` go with `found`."""
    raise NotImplementedError
