"""A point that is less consistent than those before it, or than a database needs (analytics 6.11).

Not here: types of database backups, whose points carry no consistency. Invariant: a consistency that Azure does not tell, or that is not
known, is compared with nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidence.assess.points.values import Held

RANKS = {"crashconsistent": 0, "filesystemconsistent": 1, "appconsistent": 2}
APP = "AppConsistent"
LOOK_BACK = 30
"""Earlier points that tell what to expect."""


@dataclass(frozen=True, slots=True)
class Downgrade:
    """The newest point against what was expected of it."""

    point: Held
    found: str
    expected: str
    last_good: Held | None
    """The last point as consistent as expected; None where none was seen."""


def downgrade(held: Sequence[Held], *, app_consistent: bool) -> Downgrade | None:
    """The downgrade that the newest point shows; `held` by start. `app_consistent`: expected whatever earlier points were."""
    told = [(one, rank) for one in held if not one.logs and (rank := _rank(one)) is not None]
    if not told:
        return None
    newest, rank = told[-1]
    earlier = told[-1 - LOOK_BACK : -1]
    best = max((one for _, one in earlier), default=rank)
    expected = max(best, RANKS[APP.casefold()]) if app_consistent else best
    if rank >= expected:
        return None
    good = next((one for one, earlier_rank in reversed(earlier) if earlier_rank >= expected), None)
    name = APP if good is None else good.consistency or APP
    return Downgrade(newest, newest.consistency or "", name, good)


def _rank(one: Held) -> int | None:
    return RANKS.get((one.consistency or "").casefold())
