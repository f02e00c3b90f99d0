"""Successful runs as columns of numbers, and which of tonight's lie beyond the floors: a fleet's night is compared in one sweep.

Not here: reading (`detecting.runs`), the rule, which looks at what is left one by one (`assess.trends.anomalies`). Invariant: what the rule would tell is never
left out; the sweep only leaves out what its floors exclude.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.assess.trends.anomalies import EXCESS_BYTES, EXCESS_S, LITTLE, TIMES
from evidence.assess.trends.robust import LEAST, WINDOW
from evidence.runs.judging.columns import Numbers

Reals = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Runs, one a place."""

    thing: Numbers
    """Number of the item and operation."""
    started: Numbers
    """Microseconds."""
    seconds: Reals
    moved: Reals
    """Bytes; not a number where Azure tells none."""
    day: Numbers
    """Night, in days since 1970."""

    def __len__(self) -> int:
        """How many runs."""
        return len(self.thing)

    def at(self, places: Numbers | Flags) -> Columns:
        """The runs at some places."""
        return Columns(
            self.thing[places], self.started[places], self.seconds[places], self.moved[places], self.day[places]
        )


def joined(many: Sequence[Columns]) -> Columns:
    """All of them in order of thing and time, each run once: two rows of one begin are one run, and the one that tells bytes stays."""
    every = Columns(
        np.concatenate([np.zeros(0, np.int64), *(one.thing for one in many)]),
        np.concatenate([np.zeros(0, np.int64), *(one.started for one in many)]),
        np.concatenate([np.zeros(0), *(one.seconds for one in many)]),
        np.concatenate([np.zeros(0), *(one.moved for one in many)]),
        np.concatenate([np.zeros(0, np.int64), *(one.day for one in many)]),
    )
    ordered = every.at(np.lexsort((~np.isnan(every.moved), every.started, every.thing)))
    same = (np.diff(ordered.thing, append=-1) == 0) & (np.diff(ordered.started, append=-1) == 0)
    return ordered.at(~same)


def counts(runs: Columns, things: int) -> Numbers:
    """How many runs each thing has."""
    return np.bincount(runs.thing, minlength=things).astype(np.int64)


def medians(runs: Columns, values: Reals, things: int) -> Reals:
    """Of each thing the median of its last thirty values; not a number where there are fewer than ten. `runs` are in order, as `joined` gives them."""
    told = ~np.isnan(values)
    mine, kept = runs.thing[told], values[told]
    ends = np.cumsum(np.bincount(mine, minlength=things))
    late = ends[mine] - np.arange(len(mine)) <= WINDOW
    mine, kept = mine[late], kept[late]
    kept = kept[np.lexsort((kept, mine))]
    many = np.bincount(mine, minlength=things)
    first = np.cumsum(many) - many
    found = np.full(things, np.nan)
    some = np.flatnonzero(many >= LEAST)
    low, high = first[some] + (many[some] - 1) // 2, first[some] + many[some] // 2
    found[some] = (kept[low] + kept[high]) / 2
    return found


def beyond_floors(now: Columns, before: Columns, things: int) -> Flags:
    """Which of tonight's runs the rule has to look at."""
    usual = medians(before, before.seconds, things)[now.thing]
    moved = medians(before, before.moved, things)[now.thing]
    # A comparison with what is not a number is false.
    longer = (now.seconds > EXCESS_S) & (now.seconds > np.maximum(TIMES * usual, usual + EXCESS_S))
    more = (now.moved > TIMES * moved) & (now.moved - moved > EXCESS_BYTES)
    less = (now.moved < LITTLE * moved) & ((now.seconds < usual / TIMES) | (moved - now.moved > EXCESS_BYTES))
    found: Flags = longer | more | less
    return found
