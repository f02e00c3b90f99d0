"""Single drills beside a plan: of an item that a person names, and retests of drills that were not simply accepted.

Not here: plans of a quarter (`planning`), the guards (`evidence.drills.guards`). Invariants: the same wish told again is the drill that is there; a retest has the item,
objectives and checks of the drill that it repeats, so that it is no easier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase

from evidence.drills.configured import plan_rules
from evidence.drills.due import Quarter
from evidence.drills.events import DrillPlanned
from evidence.drills.fold import Book, named_drill
from evidence.drills.guards import BEFORE_REVIEW
from evidence.drills.plan import drill_id_of, next_number, planned, target_of
from evidence.drills.population import Population, PopulationItem
from evidence.drills.values import Drill, Person, Planned
from evidence.errors import ConfigurationError, RefusedError
from evidence.ledger.persons import Account
from evidence.runs.drills.book import read_book, told_events
from evidence.runs.drills.population import PopulationRules, population
from evidence.runs.drills.recording import Recorded, recorded
from evidence.runs.parts import Parts

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """A single drill that a person asks for."""

    first_day: date | None
    """Of its window; None: tomorrow."""
    reason: str
    drill_type: str | None
    by: Person
    account: Account | None


def plan_item(parts: Parts, rules: PopulationRules, asked: str, wish: Wish) -> tuple[Recorded, str]:
    """Plan a drill of an item by its key, name or pattern; gives its id too.

    Raises ConfigurationError for no item or several, RefusedError with the guard's sentence, SourceError.
    """
    now = parts.clock.now()
    day = _first_day(wish, now)
    entries = parts.ledger.entries()
    book = read_book(entries)
    quarter = _quarter_of(day)
    found = population(parts.store, entries, book, quarter, rules, now)
    item = _named(found, asked)
    item = item if wish.drill_type is None else replace(item, drill_type=wish.drill_type)
    made = planned(item, quarter, _number(book, quarter), _window(day, rules), wish.reason, plan_rules(rules.drills))
    return _once(parts, book, made, wish, now)


def plan_retest(parts: Parts, rules: PopulationRules, drill_id: str, wish: Wish) -> tuple[Recorded, str]:
    """Plan the retest of a drill; gives its id too; raises RefusedError with the guard's sentence."""
    now = parts.clock.now()
    day = _first_day(wish, now)
    book = read_book(parts.ledger.entries())
    before = named_drill(book, drill_id).planned
    quarter = _quarter_of(day)
    name = drill_id_of(quarter, _number(book, quarter))
    drill_type = wish.drill_type or before.drill_type
    begin, end = _window(day, rules)
    made = replace(
        before,
        drill_id=name,
        quarter=quarter.name,
        drill_type=drill_type,
        window_start=begin,
        window_end=end,
        reason=wish.reason or f"retest of {drill_id}",
        retest_of=drill_id,
        stratum=None,
        target=target_of(before.target, before.subject, drill_type, name),
    )
    return _once(parts, book, made, wish, now)


def _once(parts: Parts, book: Book, made: Planned, wish: Wish, now: datetime) -> tuple[Recorded, str]:
    """Record it, or give the drill under way that was asked for alike."""
    there = next((one for one in _under_way(book) if _alike(one.planned, made)), None)
    if there is not None:
        name = there.planned.drill_id
        events = (one for one in told_events(parts.ledger.entries(), name) if isinstance(one.event, DrillPlanned))
        entry = next((one.entry for one in events if getattr(one.event, "planned").drill_id == name), None)  # noqa: B009
        if entry is not None:
            return Recorded(entry, before=True), name
        raise RefusedError(
            f"{made.subject} is planned already, as {name} of the quarter's plan.",
            next_step=f"backup-evidence drills show {name}",
        )
    return recorded(parts, DrillPlanned(made, now, wish.by), account=wish.account), made.drill_id


def _under_way(book: Book) -> Sequence[Drill]:
    return [one for one in book.drills.values() if one.state in BEFORE_REVIEW and one.superseded_by is None]


def _alike(there: Planned, made: Planned) -> bool:
    """Whether a drill under way is what is asked for: the same retest, or the same item for the same reason in the quarter."""
    if made.retest_of is not None:
        return there.retest_of == made.retest_of
    same = (there.item_key, there.quarter, there.drill_type) == (made.item_key, made.quarter, made.drill_type)
    return same and there.retest_of is None and there.reason == made.reason


def _named(found: Population, asked: str) -> PopulationItem:
    wanted = asked.casefold()
    fits = [one for one in found.items if _fits(one, wanted)]
    if len(fits) == 1:
        return fits[0]
    if fits:
        told = "; ".join(f"{one.subject}: {one.item_key}" for one in fits[:_SHOWN])
        raise ConfigurationError(
            f"{len(fits)} items are called {asked[:100]!r}.", cause=told, next_step="Name one by its key."
        )
    gone = next((one for one in found.absent if wanted in {one.item_key, one.subject.casefold()}), None)
    if gone is not None:
        raise RefusedError(
            f"{gone.subject} cannot be drilled: it is {gone.why}.", next_step="backup-evidence items list"
        )
    missing = f" Not all was read: {'; '.join(found.incomplete)}." if found.incomplete else ""
    raise ConfigurationError(
        f"No item is called {asked[:100]!r}.",
        cause=f"Searched as of the night of {found.night}.{missing}",
        next_step="backup-evidence items list",
    )


def _fits(item: PopulationItem, wanted: str) -> bool:
    vault = item.vault_id.rpartition("/")[2]
    names = (item.item_key, item.subject.casefold(), f"{vault}/{item.subject}".casefold())
    return any(name == wanted or fnmatchcase(name, wanted) for name in names)


def _first_day(wish: Wish, now: datetime) -> date:
    tomorrow = (now + timedelta(days=1)).date()
    day = wish.first_day or tomorrow
    if day < now.date():
        raise RefusedError(f"A window that begins on {day} lies in the past.", next_step="Name today or a later day.")
    return day


def _quarter_of(day: date) -> Quarter:
    return Quarter(day.year, (day.month - 1) // 3 + 1)


def _number(book: Book, quarter: Quarter) -> int:
    drafted = (planned.drill_id for one in book.plans.values() for planned in one.drafted.drills)
    return next_number(quarter, [*book.drills, *drafted])


def _window(day: date, rules: PopulationRules) -> tuple[datetime, datetime]:
    begin = datetime.combine(day, time(), UTC)
    return begin, begin + timedelta(days=rules.drills.window_days)
