"""A quarter's plan: from population, seed and rules the items that are due, and a drill for each with window, objectives, checks and target.

Not here: who approves it (`guards_of_plans`), reading the population. Invariants: the same population, seed, rules and first day give the same plan to the
letter; each due item has a drill or one that is planned already; objectives and checks are copied, so that later rules change nothing of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

from evidence.drills.due import Due, DueRules, Quarter, due_items, why_not
from evidence.drills.population import Population, PopulationItem
from evidence.drills.rules import GRACE, needs_of
from evidence.drills.sampling import Stratum, draw
from evidence.drills.values import Planned, Target

ONE_DAY = timedelta(days=1)
_SATURDAY = 5
_LONGEST_NAME = 30


@dataclass(frozen=True, slots=True)
class PlanRules:
    """By what a plan is drawn."""

    due: DueRules = field(default_factory=DueRules)
    share: Fraction = Fraction(1, 10)
    window: timedelta = timedelta(days=5)
    grace: timedelta = GRACE


@dataclass(frozen=True, slots=True)
class Drawn:
    """Who is due in a quarter, and how the sample came about."""

    due: Sequence[Due]
    not_due: Sequence[tuple[PopulationItem, str]]
    """Each with the reason, in the order of keys."""
    strata: Mapping[Stratum, Sequence[str]]
    """Keys that were drawn; of each stratum nobody where the seed is not known yet."""
    sizes: Mapping[Stratum, int]
    """Items of each stratum that could be drawn."""


def drawn(population: Population, quarter: Quarter, seed: bytes | None, rules: PlanRules) -> Drawn:
    """Who is due; without a seed nobody is due by the sample yet."""
    candidates = [
        one.candidate
        for one in population.items
        if rules.due.of(one.tier).sampled and not (one.waived_until is not None and one.waived_until >= quarter.last)
    ]
    sizes: dict[Stratum, int] = {}
    for one in sorted(candidates, key=lambda each: each.stratum.name):
        sizes[one.stratum] = sizes.get(one.stratum, 0) + 1
    strata = dict.fromkeys(sizes, ()) if seed is None else draw(candidates, quarter.name, seed, rules.share)
    sampled = {key for keys in strata.values() for key in keys}
    due = due_items([one.in_scope for one in population.items], quarter, sampled, rules.due)
    named = {one.item.item_key for one in due}
    left = [one for one in population.items if one.item_key not in named]
    return Drawn(
        due,
        [(one, why_not(one.in_scope, quarter, rules.due, sample_drawn=seed is not None)) for one in left],
        strata,
        sizes,
    )


def draft(
    population: Population, quarter: Quarter, seed: bytes, rules: PlanRules, first_day: date, taken: Collection[str]
) -> tuple[Planned, ...]:
    """A drill for each due item that has none under way, numbered in the order of tier and name, windows spread over what is left of the quarter.

    Numbers of ids that are `taken` are left out.
    """
    found = drawn(population, quarter, seed, rules)
    strata = {key: stratum.name for stratum, keys in found.strata.items() for key in keys}
    items = {one.item_key: one for one in population.items}
    unplanned = [one for one in found.due if not items[one.item.item_key].planned]
    times = windows(len(unplanned), quarter, first_day, rules)
    numbers = _free(len(unplanned), quarter, taken)
    return tuple(
        planned(
            items[one.item.item_key],
            quarter,
            numbers[place],
            times[place],
            "; ".join(one.reasons),
            rules,
            strata.get(one.item.item_key),
        )
        for place, one in enumerate(unplanned)
    )


def planned(
    item: PopulationItem,
    quarter: Quarter,
    number: int,
    window: tuple[datetime, datetime],
    reason: str,
    rules: PlanRules,
    stratum: str | None = None,
) -> Planned:
    """One drill of an item."""
    drill_id = drill_id_of(quarter, number)
    return Planned(
        drill_id=drill_id,
        quarter=quarter.name,
        item_key=item.item_key,
        vault_id=item.vault_id,
        subject=item.subject,
        workload=item.workload,
        tier=item.tier,
        application=item.application,
        drill_type=item.drill_type,
        window_start=window[0],
        window_end=window[1],
        reason=reason,
        rto=item.rto,
        rpo=item.rpo,
        needs=needs_of(item.tier),
        grace=rules.grace,
        target=target_of(item.target, item.subject, item.drill_type, drill_id),
        stratum=stratum,
    )


def target_of(target: Target, subject: str, drill_type: str, drill_id: str) -> Target:
    """Where a drill restores to, with a name and a tag by which it is known for one."""
    return replace(target, name=target_name(subject, drill_type, drill_id), tag=drill_id)


def target_name(subject: str, drill_type: str, drill_id: str) -> str:
    """A name for the copy that Azure takes, of letters, digits and lines: from the item's name, and the drill's so that no two are the same."""
    plain = unicodedata.normalize("NFKD", subject).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:_LONGEST_NAME].strip("-")
    _, quarter, number = drill_id.split("-", 2)
    if drill_type.startswith("db_"):
        return f"{words.replace('-', '_') or 'db'}_drill_{quarter}_{number}"
    return f"{words or 'item'}-drill-{quarter}-{number}".lower()


def windows(count: int, quarter: Quarter, first_day: date, rules: PlanRules) -> tuple[tuple[datetime, datetime], ...]:
    """As many windows spread evenly from the first day on, so that window and grace end within the quarter where there is room; none begins on a weekend where that can be."""
    first = max(quarter.first, first_day)
    room = next(
        (
            end
            for end in (quarter.last + ONE_DAY - rules.window - rules.grace, quarter.last + ONE_DAY - rules.window)
            if end >= first
        ),
        first,
    )
    days = (room - first).days + 1
    starts = [_weekday(first + timedelta(days=place * days // count), first, room) for place in range(count)]
    return tuple((_midnight(one), _midnight(one + rules.window)) for one in starts)


def _weekday(day: date, first: date, last: date) -> date:
    """The day, or the Monday after a weekend, or the Friday before it, whichever lies within."""
    over = day.weekday() - _SATURDAY
    if over < 0:
        return day
    monday, friday = day + timedelta(days=2 - over), day - timedelta(days=over + 1)
    return monday if monday <= last else friday if friday >= first else day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def in_hours(span: timedelta | None) -> str | None:
    """A span as people set objectives, such as 24h; None where none is set."""
    return None if span is None else f"{span / timedelta(hours=1):g}h"


def checks_told(planned: Planned) -> str:
    """The checks that are demanded of a drill, in one sentence."""
    groups = [" or ".join(kinds) for kinds in planned.needs]
    return " and ".join(f"({one})" if " or " in one and len(groups) > 1 else one for one in groups)


def drill_id_of(quarter: Quarter, number: int) -> str:
    """Such as DR-2026Q3-0007."""
    return f"DR-{quarter.name}-{number:04d}"


def _free(count: int, quarter: Quarter, taken: Collection[str]) -> Sequence[int]:
    """So many numbers from 1 on whose ids are not taken."""
    known = set(taken)
    free = (number for number in range(1, count + len(known) + 1) if drill_id_of(quarter, number) not in known)
    return [number for number, _ in zip(free, range(count), strict=False)]


def next_number(quarter: Quarter, known: Sequence[str]) -> int:
    """The first number after those of a quarter's drills."""
    begin = f"DR-{quarter.name}-"
    numbers = [int(one[len(begin) :]) for one in known if one.startswith(begin) and one[len(begin) :].isdecimal()]
    return max(numbers, default=0) + 1


_DECIDING = (
    ("tier", "tier"),
    ("application", "application"),
    ("workload", "workload"),
    ("region", "region"),
    ("kind of drill", "drill_type"),
    ("waived until", "waived_until"),
    ("planned", "planned"),
    ("rejected", "rejected_drill"),
    ("last accepted", "last_accepted"),
    ("changed", "changed"),
)
"""What decides whether and how an item is drilled."""


def _told(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value) or "nothing"
    return "none" if value is None else str(value)


def difference(before: Population, after: Population) -> tuple[str, ...]:
    """What a population has and another had not, and what decides differently, each in a sentence."""
    old, new = ({one.item_key: one for one in each.items} for each in (before, after))
    told = [f"{new[key].subject} came in: {key}" for key in sorted(new.keys() - old.keys())]
    told += [f"{old[key].subject} is gone: {key}" for key in sorted(old.keys() - new.keys())]
    for key in sorted(old.keys() & new.keys()):
        one, other = old[key], new[key]
        parts = [
            f"{name} {_told(getattr(one, column))}, now {_told(getattr(other, column))}"
            for name, column in _DECIDING
            if getattr(one, column) != getattr(other, column)
        ]
        told += [f"{other.subject}: {'; '.join(parts)}"] if parts else []
    return tuple(told)
