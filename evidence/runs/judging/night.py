"""Judges the runs that policies expected of a night: from sealed rows, read column by column, to rows of `slots`.

Not here: the rules (`assess.slots`), reading each kind of row (the modules beside). Invariants: only Azure's own record counts; what a late run saw of
items and policies is not taken for what was then; the same ledger and clock give the same rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pyarrow as pa

from evidence.assess import AssessmentContext
from evidence.assess.about import About
from evidence.assess.slots.expected import PolicyBook, expected_slots
from evidence.assess.slots.history import ItemHistory, item_history
from evidence.assess.slots.outcome import judge_slot
from evidence.assess.slots.rules import SlotRules
from evidence.assess.slots.values import Expected, Judged, Part, PolicyVersion, SlotJob, SlotPoint, Sources
from evidence.ledger.entries import LedgerEntry
from evidence.nights import Calendar, look_back
from evidence.runs.judging.carried import Carried, carried_slots
from evidence.runs.judging.items import SeenItem, last_points, seen_items
from evidence.runs.judging.jobs import JobsOfItems, jobs_of_items
from evidence.runs.judging.lists import ItemLists, item_lists
from evidence.runs.judging.points import PointsOfItems, PointsRead, points_of_items, points_read
from evidence.runs.judging.policies import policy_versions
from evidence.runs.judging.rules import JudgementRules
from evidence.runs.judging.sources import Read, jobs_read
from evidence.runs.sealed import SealedRows
from evidence.runs.slots_standing import NIGHTS_CARRIED
from evidence.tables import SLOTS, from_columns
from evidence.tiers import ItemFacts, TierRule, tier_of

NIGHTS_BEFORE = 14
"""Nights before the first one judged whose lists tell what items and policies were."""
BEFORE_A_SLOT = timedelta(hours=1)
"""Jobs and points are read from so long before a night or slot on: clocks differ."""
GRADE = "A"


@dataclass(frozen=True, slots=True)
class JudgedSlot:
    """A slot's outcome, and the item that it is about."""

    item: SeenItem
    about: About
    judged: Judged


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known when a night is judged."""

    lists: ItemLists
    items: Sequence[SeenItem]
    policies: Mapping[str, Sequence[PolicyVersion]]
    jobs: JobsOfItems
    points: PointsOfItems
    told: Mapping[str, Sequence[SlotPoint]]
    """Points that the lists of items tell, by item key."""
    read: PointsRead
    jobs_read: Mapping[str, Read] = field(default_factory=dict)
    """By vault."""


@dataclass(frozen=True, slots=True)
class NightJudged:
    """The judgement of a night, and what it was judged by."""

    slots: Sequence[JudgedSlot]
    """Of the night, and of earlier ones those that were not settled."""
    known: Known
    abouts: Mapping[str, About]
    """All items seen, by key."""


def judge_slots(
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    context: AssessmentContext,
    calendar: Calendar,
    rules: JudgementRules,
) -> NightJudged:
    """The slots of a night, and those of earlier nights that were not settled, as known at the last of `entries`."""
    carried = carried_slots(sealed, entries, context.night)
    known = read_known(sealed, entries, calendar, context.night, carried)
    book = PolicyBook(version for versions in known.policies.values() for version in versions)
    found: list[JudgedSlot] = []
    abouts: dict[str, About] = {}
    for item in known.items:
        history, about = _history(item, known), about_item(item, known.lists, rules.tiers)
        abouts[item.item_key] = about
        for night, slot in _slots(history, book, calendar, context.night, carried, rules.slots):
            judged = _judged(slot, item, known, context.assessed_at, night)
            found.append(JudgedSlot(item, about, judged))
    return NightJudged(found, known, abouts)


def read_known(
    sealed: SealedRows, entries: Sequence[LedgerEntry], calendar: Calendar, night: date, carried: Carried
) -> Known:
    """Read what is needed to judge a night, each table once."""
    first = min([night, *carried.nights])
    last, before = night + timedelta(days=NIGHTS_CARRIED), look_back(first, NIGHTS_BEFORE + 1)
    since = calendar.window(night).start - BEFORE_A_SLOT
    earliest = min(since, carried.since - BEFORE_A_SLOT) if carried.items else since
    lists = item_lists(sealed, entries, before, last)
    return Known(
        lists=lists,
        items=seen_items(sealed, lists, before, last),
        policies=policy_versions(sealed, before, last, lists.late),
        jobs=jobs_of_items(sealed, since, carried, first, last),
        points=points_of_items(sealed, earliest, first, last),
        told=last_points(sealed, lists, earliest, first, last),
        read=points_read(sealed, first, last),
        jobs_read=jobs_read(sealed, calendar, first, last),
    )


def about_item(item: SeenItem, lists: ItemLists, tiers: Sequence[TierRule]) -> About:
    """The item as findings name it."""
    vault = lists.vaults.get(item.vault_id)
    name = item.name or item.item_key.rpartition("/")[2]
    tier = None
    if tiers:
        vault_name, region = (vault.name, vault.region) if vault else (item.vault_id.rpartition("/")[2], None)
        tier = tier_of(ItemFacts(name, item.item_key, vault_name, item.vault_id, region, item.workload), tiers)
    return About(item.vault_id, item.item_key, name, item.workload, tier)


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


def outcomes(found: Sequence[JudgedSlot], night: date) -> dict[str, int]:
    """Runs of the night itself by outcome."""
    counted = Counter(str(one.judged.outcome) for one in found if one.judged.night == night)
    return dict(sorted(counted.items()))


def slot_rows(found: Sequence[JudgedSlot], context: AssessmentContext) -> pa.Table:
    """Rows of `slots`."""
    items, judged = [one.item for one in found], [one.judged for one in found]
    slots = [one.slot for one in judged]
    told: dict[str, Sequence[object]] = {
        "night": [context.night] * len(found),
        "event_night": [one.night for one in judged],
        "run_id": [context.run_id] * len(found),
        "evidence_grade": [GRADE] * len(found),
        "assessment_id": [context.assessment_id] * len(found),
        "assessed_at": [context.assessed_at] * len(found),
        "item_name": [one.about.name for one in found],
        "tier": [one.about.tier for one in found],
        "part": [str(one.part) for one in slots],
        "policy_id": [one.policy_id or None for one in slots],
        "policy_sha256": [one.policy_sha256 or None for one in slots],
        "outcome": [str(one.outcome) for one in judged],
        "job_ids": [list(one.job_ids) for one in judged],
        "recovery_point_id": [one.recovery_point_id or None for one in judged],
        "error_codes": [list(one.error_codes) for one in judged],
    }
    for name in ("tenant_id", "vault_id", "capture_id", "call_id", "observed_at", "item_key", "workload"):
        told[name] = [getattr(one, name) for one in items]
    for name in ("slot_at", "window_end", "final_at"):
        told[name] = [getattr(one, name) for one in slots]
    for name in ("reason", "recovery_point_at", "recovered_at", "error_family", "gap_s"):
        told[name] = [getattr(one, name) for one in judged]
    schema = SLOTS.schema()
    return from_columns(SLOTS, {name: pa.array(told[name], schema.field(name).type) for name in told}, len(found))
