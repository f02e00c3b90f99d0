"""What a quarter of drills proves, as numbers with their denominators.

Not here: which items are due (`due`), how it is shown. Invariants: only accepted drills count; what was not measured is counted as such and never as met;
a drill of a superseded record does not count. Source: the design's reference on restore drills, 1.5.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from evidence.drills.automatic import recovery_time, standing_execution
from evidence.drills.timeline import between
from evidence.drills.values import ACCEPTING, Drill, State

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; nothing of nothing is no share."""

    part: int
    whole: int


@dataclass(frozen=True, slots=True)
class Attained:
    """How drills stand to an objective."""

    met: int
    missed: int
    not_measured: int
    """An objective was set, and the moments that would tell were not stated."""
    no_target: int

    @property
    def share(self) -> Share:
        """Met of all that have an objective, measured or not."""
        return Share(self.met, self.met + self.missed + self.not_measured)


@dataclass(frozen=True, slots=True)
class QuarterCoverage:
    """A quarter's numbers."""

    by_tier: Mapping[int | None, Share]
    """Accepted of due."""
    rolling_year: Share
    """Items with an accepted drill within a year before the quarter's end, of all items in scope."""
    first_pass: Share
    """Accepted at the first review, of all that were reviewed, retests apart."""
    rto: Attained
    rpo: Attained
    days_to_sign_off: float | None
    """Median days from execution to decision; None where nothing was decided."""
    decided: int
    missed: Sequence[Drill]
    waived: Sequence[Drill]
    by_state: Mapping[State, int]


def quarter_coverage(
    due: Collection[Drill],
    every: Iterable[Drill],
    in_scope: Collection[str],
    last: date,
    unplanned: Collection[tuple[int | None, str]] = (),
) -> QuarterCoverage:
    """The numbers of the drills due in a quarter; `every` are the drills of all quarters, `last` is the quarter's last day.

    `unplanned` are tier and key of items that were due and for which nothing was planned: due like the others, and not accepted.
    """
    standing = [one for one in due if one.superseded_by is None]
    reviewed = [one for one in standing if _decisions(one) and one.planned.retest_of is None]
    days = [took for one in standing for took in _days_to_sign_off(one)]
    return QuarterCoverage(
        by_tier=_by_tier(due, unplanned),
        rolling_year=_rolling_year(every, in_scope, last),
        first_pass=Share(sum(one.state in ACCEPTING for one in reviewed), len(reviewed)),
        rto=_rto(standing),
        rpo=_rpo(standing),
        days_to_sign_off=median(days) if days else None,
        decided=len(days),
        missed=[one for one in standing if one.state is State.MISSED],
        waived=[one for one in standing if one.state is State.WAIVED],
        by_state={state: sum(one.state is state for one in standing) for state in State},
    )


def _by_tier(due: Collection[Drill], unplanned: Collection[tuple[int | None, str]]) -> Mapping[int | None, Share]:
    """By tier, the most important first; items drilled again count once, by whichever drill was accepted.

    A superseded record proves nothing, and its item was due all the same: else a miss would go with the record.
    """
    items: dict[int | None, dict[str, bool]] = {}
    for tier, key in unplanned:
        items.setdefault(tier, {})[key] = False
    for one in due:
        of_tier = items.setdefault(one.planned.tier, {})
        proven = one.state in ACCEPTING and one.superseded_by is None
        of_tier[one.planned.item_key] = of_tier.get(one.planned.item_key, False) or proven
    tiers = sorted(items, key=lambda tier: (tier is None, tier or 0))
    return {tier: Share(sum(items[tier].values()), len(items[tier])) for tier in tiers}


def _rolling_year(every: Iterable[Drill], in_scope: Collection[str], last: date) -> Share:
    proven = {
        one.planned.item_key
        for one in every
        if one.state in ACCEPTING and one.superseded_by is None and _within_a_year(executed_at(one), last)
    }
    return Share(len(proven & set(in_scope)), len(set(in_scope)))


def _within_a_year(at: datetime | None, last: date) -> bool:
    return at is not None and last - YEAR < at.date() <= last


def executed_at(drill: Drill) -> datetime | None:
    """When the restore that stands ended; None where nothing was restored."""
    one = standing_execution(drill)
    return None if one is None else one.ended_at


def _rto(due: Iterable[Drill]) -> Attained:
    took = [(one.planned.rto, recovery_time(one)) for one in due if one.state in ACCEPTING]
    return _attained(took)


def _rpo(due: Iterable[Drill]) -> Attained:
    lost = []
    for one in due:
        if one.state in ACCEPTING and one.timing.rpo_applies:
            execution = standing_execution(one)
            point = None if execution is None else execution.recovery_point_at
            lost.append((one.planned.rpo, between(point, one.timing.declared_loss_at)))
    return _attained(lost)


def _attained(measured: Sequence[tuple[timedelta | None, timedelta | None]]) -> Attained:
    with_target = [(target, took) for target, took in measured if target is not None]
    known = [took <= target for target, took in with_target if took is not None]
    return Attained(
        sum(known), len(known) - sum(known), len(with_target) - len(known), len(measured) - len(with_target)
    )


def _decisions(drill: Drill) -> Sequence[datetime]:
    return [one.at for one in drill.sign_offs if one.decision != "submitted"]


def _days_to_sign_off(drill: Drill) -> Sequence[float]:
    ended, decided = executed_at(drill), _decisions(drill)
    return [(decided[0] - ended) / timedelta(days=1)] if ended is not None and decided else []
