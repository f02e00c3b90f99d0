"""Judges the runs that policies expected of a night, from sealed rows: most in one sweep over columns, the others one by one.

Not here: the rules (`assess.slots`), reading each kind of row and writing `slots` (the modules beside). Invariants: only Azure's own record counts; what a late run saw of
items and policies is not taken for what was then; the same ledger and clock give the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from evidence.assess import AssessmentContext
from evidence.assess.about import About
from evidence.assess.slots.expected import PolicyBook, expected_slots
from evidence.assess.slots.history import ItemHistory, item_history
from evidence.assess.slots.outcome import judge_slot
from evidence.assess.slots.rules import SlotRules
from evidence.assess.slots.values import Expected, Judged, Part, SlotJob, SlotPoint, Sources
from evidence.ledger.entries import LedgerEntry
from evidence.nights import Calendar
from evidence.runs.judging.carried import Carried, carried_slots
from evidence.runs.judging.items import SeenItem
from evidence.runs.judging.lists import ItemLists
from evidence.runs.judging.observed import Known, Observed, observe
from evidence.runs.judging.rules import JudgementRules
from evidence.runs.judging.sources import Read
from evidence.runs.judging.swept import Swept, sweep
from evidence.runs.sealed import SealedRows
from evidence.tiers import ItemFacts, TierRule, tier_of


@dataclass(frozen=True, slots=True)
class JudgedSlot:
    """A slot's outcome, and the item that it is about."""

    item: SeenItem
    about: About
    judged: Judged


@dataclass(frozen=True, slots=True)
class NightJudged:
    """The judgement of a night, and what it was judged by."""

    slots: Sequence[JudgedSlot]
    """Judged one by one: of the night, and of earlier ones those that were not settled."""
    swept: Swept
    """Of the night, judged in one sweep: plain successes, of other items than `slots`."""
    known: Known
    """Of the items that were judged one by one."""
    abouts: Mapping[str, About]
    """All items seen, by key."""
    tiers: Sequence[TierRule] = ()


def judge_slots(
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    context: AssessmentContext,
    calendar: Calendar,
    rules: JudgementRules,
) -> NightJudged:
    """The slots of a night, and those of earlier nights that were not settled, as known at the last of `entries`."""
    carried = carried_slots(sealed, entries, context.night)
    return judge_observed(observe(sealed, entries, calendar, context.night, carried), carried, context, calendar, rules)


def judge_observed(
    observed: Observed,
    carried: Carried,
    context: AssessmentContext,
    calendar: Calendar,
    rules: JudgementRules,
    sweeping: Callable[..., Swept] = sweep,
) -> NightJudged:
    """The same of what was read."""
    book = PolicyBook(version for versions in observed.policies.values() for version in versions)
    swept = sweeping(observed, carried, book, context.night, calendar.window(context.night), rules.slots)
    known = observed.known_but(swept.numbers, swept.keys)
    found: list[JudgedSlot] = []
    abouts: dict[str, About] = {}
    for item in known.items:
        history, about = _history(item, known), about_item(item, known.lists, rules.tiers)
        abouts[item.item_key] = about
        for night, slot in _slots(history, book, calendar, context.night, carried, rules.slots):
            judged = _judged(slot, item, known, context.assessed_at, night)
            found.append(JudgedSlot(item, about, judged))
    return NightJudged(found, swept, known, Abouts(abouts, swept, known.lists, rules.tiers), rules.tiers)


class Abouts(Mapping[str, About]):
    """How findings name items, those that were swept among them: of few of these anybody asks."""

    def __init__(
        self, known: Mapping[str, About], swept: Swept, lists: ItemLists, tiers: Sequence[TierRule] = ()
    ) -> None:
        self._known, self._swept, self._lists, self._tiers = known, swept, lists, tiers
        self._places = {str(key): place for place, key in enumerate(swept.keys.to_pylist())}

    def __getitem__(self, key: str) -> About:
        """The item of a key; raises KeyError."""
        if key in self._known:
            return self._known[key]
        row = self._swept.items.slice(self._places[key], 1).to_pylist()[0]
        return _about(key, row["friendly_name"], row["vault_id"], row["workload"], self._lists, self._tiers)

    def __iter__(self) -> Iterator[str]:
        """Keys, those of swept items last."""
        return iter((*self._known, *self._places))

    def __len__(self) -> int:
        """How many items."""
        return len(self._known) + len(self._places)


def about_item(item: SeenItem, lists: ItemLists, tiers: Sequence[TierRule]) -> About:
    """The item as findings name it."""
    return _about(item.item_key, item.name, item.vault_id, item.workload, lists, tiers)


def _about(
    key: str, name: str | None, vault_id: str, workload: str | None, lists: ItemLists, tiers: Sequence[TierRule]
) -> About:
    vault = lists.vaults.get(vault_id)
    name = name or key.rpartition("/")[2]
    tier = None
    if tiers:
        vault_name, region = (vault.name, vault.region) if vault else (vault_id.rpartition("/")[2], None)
        tier = tier_of(ItemFacts(name, key, vault_name, vault_id, region, workload), tiers)
    return About(vault_id, key, name, workload, tier)


def _history(item: SeenItem, known: Known) -> ItemHistory:
    key = item.item_key
    shown = (
        *(one.started_at for one in known.jobs.backups.get(key, ()) if one.item_link in {"id", "name"}),
        known.points.earliest.get(key),
        *(one.at for one in known.told.get(key, ())),
    )
    return item_history(
        item.vault_id,
        key,
        item.sightings,
        management_type=item.management_type,
        workload=item.workload,
        turns=known.jobs.turns.get(key, ()),
        known_since=min((at for at in shown if at is not None), default=None),
        logs_from=known.points.earliest_full.get(key),
    )


def _slots(
    history: ItemHistory, book: PolicyBook, calendar: Calendar, night: date, carried: Carried, rules: SlotRules
) -> Iterator[tuple[date, Expected]]:
    """The slots of the night, and of earlier ones those that are carried on."""
    for earlier, wanted in sorted(carried.items.get(history.item_key, {}).items()):
        for slot in expected_slots(history, book, calendar.window(earlier), rules):
            if (slot.part, slot.slot_at) in wanted:
                yield earlier, slot
    for slot in expected_slots(history, book, calendar.window(night), rules):
        yield night, slot


def _judged(slot: Expected, item: SeenItem, known: Known, as_of: datetime, night: date) -> Judged:
    key = item.item_key
    jobs: Sequence[SlotJob] = known.jobs.backups.get(key, ())
    return judge_slot(slot, jobs, _points(key, known), _sources(slot, item, known, night), as_of, night)


def _points(key: str, known: Known) -> Sequence[SlotPoint]:
    """Listed points, and those that the list of items tells and no list of points: the same moment is one point."""
    listed, told = known.points.points.get(key, ()), known.told.get(key)
    if not told:
        return listed
    moments = {one.at.replace(microsecond=0) for one in listed if one.at is not None}
    more = [one for one in told if one.at is not None and one.at.replace(microsecond=0) not in moments]
    return [*listed, *more]


def _sources(slot: Expected, item: SeenItem, known: Known, night: date) -> Sources:
    read = known.jobs_read.get(item.vault_id, _NOTHING)
    until = read.until(slot.slot_at)
    points = known.read.logs if slot.part is Part.LOG else known.read.points
    reason = None
    if until is None:
        told = (read.reasons or {}).get(night)
        reason = f"the vault's job list of night {night} was not read whole" + (f" ({told})" if told else "")
    return Sources(until, points.get(item.item_key), reason)


_NOTHING = Read()
