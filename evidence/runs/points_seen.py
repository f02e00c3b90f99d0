"""Items with all that sealed nights tell of their points, and what their policies wanted of them then.

Not here: reading rows (`points_rows`), judging (`assess.points`). Invariants: points that have expired since count as the nights saw them; a later
edit of a policy, or a later night, changes nothing of what was wanted before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from evidence.assess.about import About
from evidence.assess.points.attainment import attainment, combined, current_age
from evidence.assess.points.calendar import least_days
from evidence.assess.points.merging import merged
from evidence.assess.points.promises import shortest
from evidence.assess.points.values import Age, Attainment, ItemPoints, Target, Wanted
from evidence.assess.points.wanted import rpo_target, wanted_of
from evidence.assess.slots.history import ItemHistory, Protection, Sighting, item_history
from evidence.assess.slots.orders import Schedule
from evidence.assess.slots.rules import SlotRules
from evidence.assess.slots.schedules import read_schedules
from evidence.assess.slots.times import run_times
from evidence.assess.slots.values import PolicyVersion
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import sealed_nights
from evidence.nights import look_back
from evidence.records import Vault
from evidence.runs.judging.items import SeenItem, seen_items
from evidence.runs.judging.lists import item_lists
from evidence.runs.judging.policies import policy_versions
from evidence.runs.points_rows import observed_points, readings_of, told_by_items, whole_lists
from evidence.runs.sealed import SealedRows
from evidence.tiers import ItemFacts, TierRule

NIGHTS_BEFORE = 8
"""Nights before the first one asked about whose captures tell the point before it."""
NIGHTS_OF_POLICIES = 35
"""Nights before those whose captures tell since when a policy promises what it does."""
LEAST_KEPT = timedelta(days=1)
"""Shortest life of any point in Azure: how far a list reaches back where no retention could be read."""
_NOTHING = Wanted(None)
_EVER = datetime.max.replace(tzinfo=UTC)
_ENDED = frozenset({Protection.STOPPED, Protection.PAUSED, Protection.DELETED, Protection.GONE})
_FIRST_RUN = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class InForce:
    """What was wanted from one moment on."""

    from_at: datetime
    wanted: Wanted
    target: Target | None


@dataclass(frozen=True, slots=True)
class PointsSeen:
    """One item, its points, and what was wanted of them over time."""

    points: ItemPoints
    in_force: tuple[InForce, ...]
    """In order, at least one; the first also of the time before."""

    def at(self, moment: datetime) -> InForce:
        """What was in force at a moment."""
        return [one for place, one in enumerate(self.in_force) if not place or one.from_at <= moment][-1]

    def age(self, moment: datetime) -> Age:
        """The age of its newest usable point at a moment."""
        then = self.at(moment)
        return current_age(self.points, then.wanted, then.target, moment)

    def attainment(self, start: datetime, end: datetime) -> Attainment:
        """Its attainment of `[start, end)`, each stretch by what was in force then."""
        turns = [one.from_at for one in self.in_force[1:] if start < one.from_at < end]
        spans = zip([start, *turns], [*turns, end], strict=True)
        return combined(
            attainment(self.points, then.wanted, then.target, begin, stop)
            for begin, stop in spans
            for then in [self.at(begin)]
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """Which nights and vaults are asked about, and by which rules."""

    first: date
    last: date
    holds: Callable[[Vault], bool]
    tiers: Sequence[TierRule] = ()
    slots: SlotRules = field(default_factory=SlotRules)
    nights_before: int = NIGHTS_BEFORE
    as_of: datetime = _EVER
    """What was observed later is not known yet; by default all that is sealed is known."""
    items: Collection[str] | None = None
    """Keys of the items asked about; by default all."""
    later_tiers: Sequence[tuple[datetime, Sequence[TierRule]]] = ()
    """Tier rules that took the place of `tiers` at a moment, in order."""


def points_seen(sealed: SealedRows, entries: Sequence[LedgerEntry], asked: Asked) -> Iterator[PointsSeen]:
    """All items of the vaults asked about that were seen on those nights, by vault and key."""
    first, last = look_back(asked.first, asked.nights_before + 1), asked.last
    lists = item_lists(sealed, entries, first, last)
    vaults = {key: vault for key, vault in lists.vaults.items() if asked.holds(vault)}
    items = [one for one in seen_items(sealed, lists, first, last, asked.items) if one.vault_id in vaults]
    keys = {one.item_key for one in items}
    # What a point was promised when it was made is told by earlier looks at its policy than those that list it.
    late = frozenset(run.run_id for runs in sealed_nights(entries).values() for run in runs if run.late)
    policies = policy_versions(sealed, look_back(first, NIGHTS_OF_POLICIES + 1), last, late)
    observed, whole = observed_points(sealed, first, last, keys), whole_lists(sealed, first, last, keys)
    by_items, by_item_lists = told_by_items(sealed, first, last, keys, lists.late)
    books: dict[tuple[str, str], Wanted] = {}
    for item in items:
        key = item.item_key
        terms = _in_force(item, vaults[item.vault_id], policies, asked, books)
        kept = min(_kept(one.wanted) for one in terms)
        read = [*readings_of(whole.get(key, ()), kept), *by_item_lists.get(key, ())]
        readings = [one for one in read if one.read_at <= asked.as_of]
        told = [*observed.get(key, ()), *by_items.get(key, ())]
        held = merged(told, readings, asked.as_of)
        shown = min((one.start for one in held), default=None)
        history = _history(item, shown)
        tier = terms[-1].target.tier if terms[-1].target is not None else None
        name = item.name or key.rpartition("/")[2]
        about = About(item.vault_id, key, name, item.workload, tier)
        points = ItemPoints(about, held, readings, *_counted(history, policies))
        yield PointsSeen(points, terms)


def _in_force(
    item: SeenItem,
    vault: Vault,
    policies: Mapping[str, Sequence[PolicyVersion]],
    asked: Asked,
    books: dict[tuple[str, str], Wanted],
) -> tuple[InForce, ...]:
    """What the item's policies wanted, sighting by sighting and version by version."""
    facts = ItemFacts(
        item.name or item.item_key, item.item_key, vault.name, vault.vault_id, vault.region, item.workload
    )
    found: list[InForce] = []
    named = [one for one in item.sightings if one.policy_id is not None]
    for place, one in enumerate(named):
        until = named[place + 1].first_at if place + 1 < len(named) else asked.as_of
        for version in policies.get(str(one.policy_id), ()):
            ended = min(until, version.until_at or until)
            if version.from_at < ended and ended > one.first_at:
                wanted, begun = _wanted(version, asked.slots, books), max(version.from_at, one.first_at)
                found += _with_targets(facts, asked, wanted, (begun, ended))
    if not found:
        found += _with_targets(facts, asked, None, (item.observed_at, asked.as_of))
    return tuple(sorted(found, key=lambda one: one.from_at))


def _with_targets(
    facts: ItemFacts, asked: Asked, wanted: Wanted | None, span: tuple[datetime, datetime]
) -> Iterator[InForce]:
    """What was wanted in a span, by the tier rules as they stood in each stretch of it."""
    begun, ended = span
    by_time = [(begun, asked.tiers), *((max(at, begun), tiers) for at, tiers in asked.later_tiers)]
    for place, (at, tiers) in enumerate(by_time):
        # Rules that others replaced before the span, or at once, held nothing in it.
        if at < ended and (place + 1 == len(by_time) or by_time[place + 1][0] > at):
            yield InForce(at, wanted or _NOTHING, rpo_target(facts, tiers, wanted))


def _wanted(version: PolicyVersion, rules: SlotRules, books: dict[tuple[str, str], Wanted]) -> Wanted:
    key = (version.policy_id, version.content_sha256)
    if key not in books:
        within = rules.start_within(version.management_type)
        books[key] = wanted_of(version, read_schedules(version), within)
    return books[key]


def _kept(wanted: Wanted) -> timedelta:
    """How far back a list of points tells all: what was made since cannot have expired."""
    told = None if wanted.promises is None else shortest(wanted.promises)
    return LEAST_KEPT if told is None else timedelta(days=least_days(told))


def _history(item: SeenItem, shown: datetime | None) -> ItemHistory:
    sightings: Sequence[Sighting] = item.sightings
    return item_history(
        item.vault_id,
        item.item_key,
        sightings,
        management_type=item.management_type,
        workload=item.workload,
        known_since=shown,
    )


def _counted(
    history: ItemHistory, policies: Mapping[str, Sequence[PolicyVersion]]
) -> tuple[datetime | None, datetime | None, tuple[tuple[datetime | None, datetime], ...]]:
    """From the first run that was due since it is protected, until its protection ended; and the same of earlier times."""
    on = [place for place, one in enumerate(history.states) if one.protection is Protection.ON]
    if not on:
        return None, (history.states[0].from_at if history.states else None), ()
    # Another policy is no new beginning: what was missed under the one before counts.
    begun = [place for place in on if place - 1 not in on]
    ended = [place + 1 for place in on if place + 1 not in on]
    *before, last = (_stretch(history, policies, *places) for places in zip(begun, ended, strict=True))
    return *last, tuple((first, until) for first, until in before if until is not None)


def _stretch(
    history: ItemHistory, policies: Mapping[str, Sequence[PolicyVersion]], begun: int, ended: int
) -> tuple[datetime | None, datetime | None]:
    state = history.states[begun]
    before = history.states[begun - 1] if begun else None
    known = before is not None and before.protection is not Protection.UNKNOWN
    start = _first_run(policies.get(state.policy_id or "", ()), state.from_at) if known else None
    last = history.states[ended] if ended < len(history.states) else None
    return start, (last.from_at if last is not None and last.protection in _ENDED else None)


def _first_run(versions: Sequence[PolicyVersion], since: datetime) -> datetime:
    """The first run due since a moment; that moment where no schedule tells."""
    version = next((one for one in reversed(versions) if one.from_at <= since), versions[0] if versions else None)
    schedules = () if version is None else read_schedules(version)
    runs = [
        run_times(one, since.astimezone(UTC), since.astimezone(UTC) + _FIRST_RUN)[:1]
        for one in schedules
        if isinstance(one, Schedule) and (one.offsets or one.repeating)
    ]
    return min((moment for run in runs for moment, _ in run), default=since)
