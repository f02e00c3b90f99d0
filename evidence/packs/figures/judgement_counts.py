"""Counts the packed rows of the nightly judgement once: runs by outcome, recoveries, trials of detectors, hints. Pure.

Not here: what each number is called (`judgement`). Invariant: where no run was judged, and no detector tried, there is no number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.slots.values import GOOD, OPEN, Outcome
from evidence.packs.columns import one_of, plain, tallied, total
from evidence.tables import CANARIES, EXCEPTIONS, NOT_COMPARED, SLOTS

ENDED = ("closed", "withdrawn")
_MINUTE = 60_000_000
"""In microseconds."""
Number = tuple[int, int | None] | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is counted in the tables of the judgement."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """Runs that were due, by outcome."""
    minutes: int | None = None
    """Median to recovery; None where no run was recovered."""
    trials: int = 0
    found: int = 0
    silent: int = 0
    standing: int = 0
    """Exceptions that had not ended."""
    hints: int = 0
    missed: int = 0

    def numbers(self) -> Mapping[str, Number]:
        """By anchor."""
        due = sum(self.outcomes.values())
        recovered = self.outcomes[str(Outcome.FAILED_RECOVERED)]
        failed = recovered + self.outcomes[str(Outcome.FAILED)]
        tried = self.trials > 0
        return {
            "F-51": (sum(self.outcomes[str(one)] for one in GOOD), due) if due else None,
            "F-52": (sum(self.outcomes[str(one)] for one in OPEN), due) if due else None,
            "F-53": (recovered, failed) if due else None,
            "F-54": None if self.minutes is None else (self.minutes, None),
            "F-55": (self.found, self.trials) if tried else None,
            "F-56": (self.silent, self.trials) if tried else None,
            "F-57": (self.hints, self.standing),
            "F-58": (self.missed, None) if tried else None,
        }


def count_judgement(tables: Mapping[str, pa.Table]) -> Judgement | None:
    """Count once; None in a pack that has no table of trials."""
    if CANARIES.name not in tables:
        return None
    slots, tried = tables[SLOTS.name], tables[CANARIES.name]
    told = tables[EXCEPTIONS.name].select(["state", "hint"])
    standing = told.filter(pc.invert(one_of(told["state"], *ENDED)))
    outcomes = tallied(slots["outcome"])
    outcomes.pop(str(Outcome.NOT_EXPECTED), None)
    return Judgement(
        outcomes=Counter({str(word): number for word, number in outcomes.items()}),
        minutes=_minutes(slots),
        trials=tried.num_rows,
        found=total(tried["found"]),
        silent=total(tried["silent_on_healthy"]),
        standing=standing.num_rows,
        hints=total(standing["hint"]),
        missed=tables[NOT_COMPARED.name].num_rows,
    )


def _minutes(slots: pa.Table) -> int | None:
    rows = plain(slots.select(["outcome", "slot_at", "recovered_at"]))
    recovered = rows.filter(
        pc.and_(one_of(rows["outcome"], str(Outcome.FAILED_RECOVERED)), pc.is_valid(rows["recovered_at"]))
    )
    if not recovered.num_rows:
        return None
    end, due = (recovered[name].cast(pa.int64()) for name in ("recovered_at", "slot_at"))
    lasted: Any = pc.subtract(end, due)
    return int(median(lasted.to_pylist()) // _MINUTE)
