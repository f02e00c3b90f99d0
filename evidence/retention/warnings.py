"""What is about to lose its promise, so that people hear of it 90, 30 and 7 days before.

Not here: to whom and how it is told (`evidence.runs.retention.warnings`). Invariants: what ends within one week is told of together, by its first day; each
stage is told of once; what a hold keeps is named as kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from evidence.retention.calendar import EPOCH, Leaving, number_of
from evidence.retention.register import KINDS, Register
from evidence.retention.values import Kind

STAGES = (90, 30, 7)
"""Days before the first promise of a week ends."""
LONGEST = 30
"""Days for which a stage is offered: whoever sends remembers it longer."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What ends in one week."""

    week: str
    """ISO 8601, such as 2028-W01."""
    stage: int
    """Which warning: 90, 30 or 7."""
    first: date
    """The first of its promises ends with this day."""
    last: date
    days_left: int
    leaving: Leaving
    calls: tuple[tuple[date, date], ...]
    """Runs of nights whose raw calls leave: no pack that stays covers them."""
    kinds: Mapping[Kind, tuple[int, int]]
    """Objects and bytes."""


def endings(register: Register) -> Iterator[Ending]:
    """What is to be told of today, soonest first."""
    today = number_of(register.today)
    near = (register.days >= today) & (register.days <= today + max(STAGES)) & ~register.gone
    by_week: dict[str, list[date]] = {}
    for number in np.unique(register.days[near]).tolist():
        day = EPOCH + timedelta(days=number)
        by_week.setdefault(week_of(day), []).append(day)
    for week, days in by_week.items():
        stage = stage_of((days[0] - register.today).days)
        if stage is not None:
            yield _ending(register, week, stage, days)


def stage_of(days_left: int) -> int | None:
    """Which warning is due so many days before; None where none is."""
    stage = min((one for one in STAGES if days_left <= one), default=None)
    return stage if stage is not None and stage - days_left < LONGEST else None


def week_of(day: date) -> str:
    """Name of the ISO week that holds a day."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def _ending(register: Register, week: str, stage: int, days: Sequence[date]) -> Ending:
    first, last = days[0], days[-1]
    leaving = register.leaving(first + timedelta(days=1), last + timedelta(days=1))
    mask = (register.days >= number_of(first)) & (register.days <= number_of(last)) & ~register.gone
    return Ending(
        week,
        stage,
        first,
        last,
        (first - register.today).days,
        leaving,
        nights_of(register, mask & (register.kinds == KINDS.index(Kind.CALLS))),
        leaving.by_kind,
    )


def nights_of(register: Register, mask: npt.NDArray[np.bool_]) -> tuple[tuple[date, date], ...]:
    """Nights of some objects, as runs from first to last without gap."""
    origins = (register.files.origins[number] for number in np.unique(register.files.owners[mask]).tolist())
    nights = sorted({one.first_night for one in origins if one.first_night})
    runs: list[tuple[date, date]] = []
    for night in nights:
        if runs and night - runs[-1][1] == timedelta(days=1):
            runs[-1] = runs[-1][0], night
        else:
            runs.append((night, night))
    return tuple(runs)
