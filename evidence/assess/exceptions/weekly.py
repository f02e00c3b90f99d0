"""What stands unresolved by region, the oldest first, and what moved since a week before.

Not here: which exceptions there are, how it is printed. Invariants: a region in which nothing stands is told with zero; hints are counted apart,
for they decide nothing; what was opened and closed between the two looks moved too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from evidence.assess.aging import BUCKETS, UNKNOWN
from evidence.assess.exceptions.ages import age_days, bucket, past_due
from evidence.assess.exceptions.rules import ExceptionRules
from evidence.assess.exceptions.states import ENDED, Standing, State

OLDEST = 5
NO_REGION = "not told"
AGES = tuple(one for one in BUCKETS if one != UNKNOWN)


class Moved(StrEnum):
    """What became of an exception between two looks."""

    NEW = "new"
    BACK = "came back"
    OLDER = "older"
    """In a later bucket."""
    CHANGED = "decided"
    """In another state, or with another day, by a person's decision or because an acceptance ended."""
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Region:
    """What stands in one region."""

    region: str
    by_age: Mapping[str, int]
    past_due: int
    hints: int
    moved: Mapping[Moved, int]

    @property
    def standing(self) -> int:
        """Exceptions that did not end, hints left out."""
        return sum(self.by_age.values())


@dataclass(frozen=True, slots=True)
class Weekly:
    """The report of one week."""

    oldest: Sequence[Standing]
    regions: Sequence[Region]
    moved: Sequence[tuple[Moved, Standing]]
    """What moved, by kind and age."""


def weekly(
    now: Iterable[Standing],
    before: Mapping[str, Standing],
    moments: tuple[datetime, datetime],
    regions: Iterable[str],
    rules: ExceptionRules,
) -> Weekly:
    """Compare the exceptions of two moments, the earlier one first; `regions` are told in any case."""
    then, at = moments
    known = sorted(now, key=lambda one: (one.first_seen, one.key))
    moves = [(moved, one) for one in known if (moved := _moved(one, before.get(one.key), then, at)) and not one.hint]
    standing = [one for one in known if one.state not in ENDED]
    names = sorted({*regions, *(_region(one) for one in [*standing, *(one for _, one in moves)])})
    return Weekly(
        [one for one in standing if not one.hint][:OLDEST],
        [_told(name, standing, moves, at, rules) for name in names],
        sorted(moves, key=lambda move: (list(Moved).index(move[0]), move[1].first_seen, move[1].key)),
    )


def _told(
    name: str,
    standing: Sequence[Standing],
    moves: Sequence[tuple[Moved, Standing]],
    at: datetime,
    rules: ExceptionRules,
) -> Region:
    mine = [one for one in standing if _region(one) == name]
    judged = [one for one in mine if not one.hint]
    ages = Counter(bucket(age_days(one, at)) for one in judged)
    moved = Counter(move for move, one in moves if _region(one) == name)
    return Region(
        name,
        {age: ages[age] for age in AGES},
        sum(past_due(one, rules, at) for one in judged),
        len(mine) - len(judged),
        {move: moved[move] for move in Moved},
    )


def _moved(now: Standing, before: Standing | None, then: datetime, at: datetime) -> Moved | None:
    ended = now.state in ENDED
    was = None if before is None or before.state in ENDED else before
    if ended:
        same = before is not None and before.state is now.state and before.episode == now.episode
        if same and before is not None and before.ended_at == now.ended_at:
            return None
        return Moved.CLOSED if now.state is State.CLOSED else Moved.WITHDRAWN
    if was is None:
        return Moved.NEW if before is None else Moved.BACK
    if (was.episode, was.reopened) != (now.episode, now.reopened):
        return Moved.BACK
    if was.state_on(then) is not now.state_on(at) or was.accepted_until != now.accepted_until:
        return Moved.CHANGED
    return Moved.OLDER if bucket(age_days(was, then)) != bucket(age_days(now, at)) else None


def _region(one: Standing) -> str:
    return one.facts.region or NO_REGION
