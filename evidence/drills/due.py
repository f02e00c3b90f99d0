"""Which items are due for a drill in a quarter, and why: frequency by tier, rejected drills, changes that matter, and the sample.

Not here: the sample's order (`sampling`), objectives and checks (`rules`). Invariants: an item is due for every reason that holds, and each is told; an item
that was never drilled is due; a waiver holds until its date and not a day longer; of an item that is not due it can be said why. Source: the design's reference on restore drills, 1.5.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, timedelta
from types import MappingProxyType

MONTHS_OF_QUARTER = 3
GRACE = timedelta(days=30)
"""How long an item may be protected before a drill of it is due."""


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Three months of a calendar year, named 2026Q3."""

    year: int
    number: int

    @classmethod
    def named(cls, text: str) -> Quarter:
        """The quarter of a name; raises ValueError."""
        year, _, number = text.upper().partition("Q")
        digits = len(year) == 4 and year.isascii() and year.isdecimal()  # noqa: PLR2004  # digits of a year
        # The last year that dates know has no quarter after its last.
        if not (digits and 0 < int(year) < MAXYEAR and number in {"1", "2", "3", "4"}):
            raise ValueError(f"{text!r} is no quarter, such as 2026Q3")
        return cls(int(year), int(number))

    @property
    def name(self) -> str:
        """2026Q3."""
        return f"{self.year}Q{self.number}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number * MONTHS_OF_QUARTER - 2, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.following.first - timedelta(days=1)

    @property
    def following(self) -> Quarter:
        """The quarter after it."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often a tier is drilled."""

    every_item_months: int | None
    """Each item at least once within so many months; None: no item by itself."""
    every_application_months: int | None = None
    """Of each application some item; items take turns."""
    sampled: bool = False
    """Whether a sample is drawn each quarter."""


FREQUENCIES: Mapping[int | None, Frequency] = MappingProxyType(
    {
        0: Frequency(every_item_months=3),
        1: Frequency(every_item_months=12, every_application_months=3),
        2: Frequency(every_item_months=12, sampled=True),
        3: Frequency(every_item_months=None, sampled=True),
        None: Frequency(every_item_months=None, sampled=True),
    }
)
"""Defaults by tier; a tier that is not named is held to that of None."""


@dataclass(frozen=True, slots=True)
class InScope:
    """An item at some time within the quarter."""

    item_key: str
    subject: str
    tier: int | None
    application: str | None
    protected_since: date | None
    """None: before anything was seen."""
    last_accepted: date | None = None
    """When its last accepted drill was executed."""
    rejected_drill: str | None = None
    """A rejected drill that waits for its retest."""
    changed: tuple[str, ...] = ()
    """What changed since that matters: policy, vault, region, engine, key."""
    waived_until: date | None = None

    @property
    def tier_name(self) -> str:
        """Such as `tier 2`."""
        return "no tier" if self.tier is None else f"tier {self.tier}"


@dataclass(frozen=True, slots=True)
class DueRules:
    """By what items are due."""

    frequencies: Mapping[int | None, Frequency] = field(default_factory=lambda: FREQUENCIES)
    new_within: timedelta = GRACE
    """How long an item may be protected before a drill of it is due."""

    def of(self, tier: int | None) -> Frequency:
        """How often a tier is drilled; one that is not named is held to that of no tier."""
        return self.frequencies.get(tier, self.frequencies[None])


DUE_RULES = DueRules()


@dataclass(frozen=True, slots=True)
class Due:
    """An item that is due, with every reason."""

    item: InScope
    reasons: tuple[str, ...]


def due_items(
    items: Sequence[InScope], quarter: Quarter, sampled: Collection[str], rules: DueRules = DUE_RULES
) -> Sequence[Due]:
    """The items that are due, in the order of tier and name; `sampled` are the keys that were drawn."""
    turns = _turns(items, quarter, rules)
    found = []
    for item in items:
        if _waived(item, quarter):
            continue
        reasons = tuple(_reasons(item, quarter, rules))
        reasons += (f"application {item.application}: its turn this quarter",) if item.item_key in turns else ()
        reasons += ("drawn in the sample",) if item.item_key in sampled else ()
        if reasons:
            found.append(Due(item, reasons))
    return sorted(found, key=lambda one: (_order(one.item.tier), one.item.subject, one.item.item_key))


def why_not(item: InScope, quarter: Quarter, rules: DueRules = DUE_RULES, *, sample_drawn: bool = True) -> str:
    """Why an item that is not due is not; a sample that is still to be drawn may make it so."""
    frequency = rules.of(item.tier)
    if _waived(item, quarter):
        return f"waived until {item.waived_until}"
    if item.last_accepted is not None and item.last_accepted >= quarter.first:
        return f"accepted in this quarter, on {item.last_accepted}"
    told = []
    if frequency.every_item_months is not None and item.last_accepted is None:
        told.append(f"protected since {item.protected_since} only: new for {rules.new_within.days} days")
    elif frequency.every_item_months is not None:
        told.append(f"each item within {frequency.every_item_months} months; last accepted {item.last_accepted}")
    if frequency.every_application_months is not None:
        other = (
            f"of application {item.application} another item"
            if item.application
            else "no application is known, so it has no turn"
        )
        told.append(other)
    if frequency.sampled:
        told.append("not drawn in the sample" if sample_drawn else "the sample is not drawn yet")
    return f"{item.tier_name}: {'; '.join(told) or 'no drills are demanded'}"


def _waived(item: InScope, quarter: Quarter) -> bool:
    return item.waived_until is not None and item.waived_until >= quarter.last


def _new(item: InScope, quarter: Quarter, rules: DueRules) -> bool:
    """Whether it is protected for too short a time at the quarter's end."""
    return item.protected_since is not None and item.protected_since + rules.new_within > quarter.last


def _reasons(item: InScope, quarter: Quarter, rules: DueRules) -> Iterator[str]:
    if item.rejected_drill is not None:
        yield f"{item.rejected_drill} was rejected"
    if item.last_accepted is not None and item.changed:
        yield f"changed since its last accepted drill: {', '.join(item.changed)}"
    months = rules.of(item.tier).every_item_months
    if months is None:
        return
    if item.last_accepted is None:
        if not _new(item, quarter, rules):
            yield f"{item.tier_name}: each item within {months} months; never accepted"
    elif _months_before(quarter.following.first, months) > item.last_accepted:
        yield f"{item.tier_name}: each item within {months} months; last accepted {item.last_accepted}"


def _turns(items: Sequence[InScope], quarter: Quarter, rules: DueRules) -> frozenset[str]:
    """Of each application whose tier demands it, the item whose last accepted drill is longest ago; never one that is waived.

    An item that is new has its turn where the application has no other.
    """
    applications: dict[tuple[int | None, str], list[InScope]] = {}
    for item in items:
        if rules.of(item.tier).every_application_months is not None and item.application is not None:
            applications.setdefault((item.tier, item.application), []).append(item)
    chosen = set()
    for (tier, _), members in applications.items():
        months = rules.of(tier).every_application_months or 0
        latest = max((one.last_accepted for one in members if one.last_accepted), default=None)
        able = [one for one in members if not _waived(one, quarter)]
        if able and (latest is None or _months_before(quarter.following.first, months) > latest):
            chosen.add(
                min(
                    able,
                    key=lambda one: (_new(one, quarter, rules), one.last_accepted or date.min, one.item_key),
                ).item_key
            )
    return frozenset(chosen)


def _months_before(day: date, months: int) -> date:
    """The first day of a month, so many months before the first day of another."""
    whole = day.year * 12 + day.month - 1 - months
    return date(whole // 12, whole % 12 + 1, 1)


def _order(tier: int | None) -> int:
    return 99 if tier is None else tier
