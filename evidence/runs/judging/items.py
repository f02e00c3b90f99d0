"""Protected items of the nights judged: what each was when it was seen, and when whole lists did not name it.

Not here: what follows for its runs (`assess.slots.history`). Invariants: of one item equal observations that follow each other are one
sighting; only what Azure said in its night counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.slots.history import Sighting
from evidence.assess.slots.values import SlotPoint
from evidence.runs.judging.columns import Numbers, at_places, in_time, moments, numbered, texts, truths
from evidence.runs.judging.lists import ItemLists
from evidence.runs.judging.policies import without
from evidence.runs.sealed import SealedRows
from evidence.tables import PROTECTED_ITEMS

STATE = ("policy_id", "protection_state", "soft_deleted")
_NAMES = ["item_key", "vault_id", "friendly_name", "workload", "management_type", "tenant_id", "capture_id", "call_id"]
_COLUMNS = [*_NAMES, *STATE, "run_id", "observed_at", "ordinal"]
_TEXTS = frozenset({*_NAMES, "policy_id", "protection_state", "run_id"} - {"call_id"})
"""Nights tell the same of most items again and again."""
_ITEM = ("vault_id", "item_key")


@dataclass(frozen=True, slots=True)
class SeenItem:
    """One item as last seen, and all sightings of it."""

    item_key: str
    vault_id: str
    name: str | None
    workload: str | None
    management_type: str | None
    tenant_id: str | None
    capture_id: str
    call_id: str | None
    observed_at: datetime
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class ItemRows:
    """Observations of items, in order of item and time."""

    rows: pa.Table
    numbers: Numbers
    """Of each row its item: from 0, by vault and key."""
    lists: ItemLists

    def but(self, items: Numbers) -> ItemRows:
        """Those of other items than some, numbered anew."""
        left = np.ones(int(self.numbers.max(initial=-1)) + 1, np.bool_)
        left[items] = False
        places = np.flatnonzero(left[self.numbers])
        numbers = (np.cumsum(left) - 1)[self.numbers[places]]
        return ItemRows(at_places(self.rows, places), numbers, self.lists)


def item_rows(
    sealed: SealedRows, lists: ItemLists, first: date, last: date, items: Collection[str] | None = None
) -> ItemRows:
    """What nights from first to last saw of items, some or all."""
    keys = None if items is None else pa.array(sorted(items), pa.string())

    def wanted(rows: pa.Table) -> pa.Table:
        then = without(rows, lists.late)
        return then if keys is None else then.filter(pc.is_in(then["item_key"], value_set=keys))

    rows = sealed.of_azure().rows(
        PROTECTED_ITEMS, first=first, last=last, columns=_COLUMNS, where=wanted, dictionaries=_TEXTS
    )
    return in_order(rows, lists)


def in_order(rows: pa.Table, lists: ItemLists) -> ItemRows:
    """Observations in whatever order as those of items in time."""
    numbers = numbered(rows, _ITEM)
    order = np.lexsort((in_time(rows), numbers))
    return ItemRows(at_places(rows, order), numbers[order], lists)


def seen_items(
    sealed: SealedRows, lists: ItemLists, first: date, last: date, items: Collection[str] | None = None
) -> Sequence[SeenItem]:
    """Items seen on nights from first to last, some or all, by vault and key."""
    return as_items(item_rows(sealed, lists, first, last, items))


def as_items(of: ItemRows) -> Sequence[SeenItem]:
    """Each item as last seen, with all sightings of it."""
    rows, numbers = of.rows, of.numbers
    if not rows.num_rows:
        return []
    ends = np.flatnonzero(np.diff(numbers, append=-1))
    last_rows = at_places(rows, ends)
    columns: list[Sequence[Any]] = [*(texts(last_rows[name]) for name in _NAMES), moments(last_rows["observed_at"])]
    sightings = list(_all_sightings(rows, numbers, of.lists))
    return [SeenItem(*told) for told in zip(*columns, sightings, strict=True)]


def _all_sightings(rows: pa.Table, items: Numbers, lists: ItemLists) -> Iterator[tuple[Sighting, ...]]:
    """Sightings of each item, in the order of items; rows stand by item and time."""
    states = numbered(rows, STATE)
    begins = np.flatnonzero((np.diff(items, prepend=-1) != 0) | (np.diff(states, prepend=-1) != 0))
    ends = np.append(begins[1:], rows.num_rows) - 1
    told = at_places(rows.select(list(STATE)), begins)
    columns: list[Sequence[Any]] = [moments(at_places(rows, one)["observed_at"]) for one in (begins, ends)]
    columns += [*(texts(told[name]) for name in STATE[:2]), told[STATE[2]].to_pylist()]
    runs = [
        Sighting(begun, ended, policy, state, bool(gone))
        for begun, ended, policy, state, gone in zip(*columns, strict=True)
    ]
    firsts = np.flatnonzero(np.diff(items[begins], prepend=-1)).tolist()
    lasts = [*firsts[1:], len(runs)]
    first_rows = np.flatnonzero(np.diff(items, prepend=-1))
    vaults = texts(at_places(rows.select(["vault_id"]), first_rows)["vault_id"])
    named = whole_lists_naming(rows, items, lists).tolist()
    for place, (begin, end) in enumerate(zip(firsts, lasts, strict=True)):
        whole = lists.of_vault.get(str(vaults[place]), ())
        seen = tuple(runs[begin:end])
        if named[place] == len(whole):
            yield seen
        else:
            stop = first_rows[place + 1] if place + 1 < len(first_rows) else rows.num_rows
            yield _with_absences(seen, whole, rows.slice(first_rows[place], stop - first_rows[place]))


def whole_lists_naming(rows: pa.Table, items: Numbers, lists: ItemLists) -> Numbers:
    """How many whole lists named each item."""
    pairs = numbered(rows, ("vault_id", "run_id"))
    _, places = np.unique(pairs, return_index=True)
    one_of_each = at_places(rows.select(["vault_id", "run_id"]), places)
    pairs_told = list(zip(texts(one_of_each["vault_id"]), texts(one_of_each["run_id"]), strict=True))
    whole = {(vault, run_id) for vault, told in lists.of_vault.items() for _, run_id in told}
    mask = np.array([one in whole for one in pairs_told], np.bool_)[pairs]
    width = len(pairs_told) + 1
    named = np.unique(items[mask] * width + pairs[mask]) // width
    return np.bincount(named, minlength=int(items.max(initial=-1)) + 1).astype(np.int64)


def _with_absences(
    seen: Sequence[Sighting], whole: Sequence[tuple[datetime, str]], rows: pa.Table
) -> tuple[Sighting, ...]:
    """Sightings, parted and followed by the whole lists that did not name the item."""
    naming = set(texts(rows["run_id"]))
    absent = [at for at, run_id in whole if run_id not in naming]
    found: list[Sighting] = []
    times = [at for at in moments(rows["observed_at"]) if at is not None]
    for at in absent:
        if found and not any(found[-1].last_at < one < at for one in times):
            found[-1] = Sighting(found[-1].first_at, at, None, None, listed=False)
        else:
            found.append(Sighting(at, at, None, None, listed=False))
    return tuple(sorted([*_parted(seen, times, absent), *found], key=lambda one: one.first_at))


def _parted(seen: Sequence[Sighting], times: Sequence[datetime], absent: Sequence[datetime]) -> Iterator[Sighting]:
    for one in seen:
        within = [at for at in times if one.first_at <= at <= one.last_at]
        cuts = [at for at in absent if one.first_at < at < one.last_at]
        for begin, end in zip([None, *cuts], [*cuts, None], strict=True):
            part = [at for at in within if (begin is None or at > begin) and (end is None or at < end)]
            if part:
                yield Sighting(part[0], part[-1], one.policy_id, one.protection_state, one.soft_deleted)


def last_points(
    sealed: SealedRows, lists: ItemLists, since: datetime, first: date, last: date, items: Collection[str] | None = None
) -> Mapping[str, Sequence[SlotPoint]]:
    """Points since a moment that the lists of items tell of VMs: times without an id, by item; of some items, or of all."""
    return as_last_points(last_point_rows(sealed, lists, since, first, last, items))


def last_point_rows(
    sealed: SealedRows, lists: ItemLists, since: datetime, first: date, last: date, items: Collection[str] | None = None
) -> pa.Table:
    """The same as columns, each moment of an item once."""
    keys = None if items is None else pa.array(sorted(items), pa.string())

    def wanted(rows: pa.Table) -> pa.Table:
        moment = pa.scalar(since, rows.schema.field("last_recovery_point_at").type)
        then = without(rows, lists.late)
        then = then if keys is None else then.filter(pc.is_in(then["item_key"], value_set=keys))
        # With an item that is soft-deleted its points are.
        then = then.filter(pa.array(~truths(then["soft_deleted"])))
        return then.filter(pc.greater_equal(then["last_recovery_point_at"], moment))

    columns = ["item_key", "last_recovery_point_at", "run_id", "soft_deleted"]
    rows = sealed.of_azure().rows(PROTECTED_ITEMS, first=first, last=last, columns=columns, where=wanted)
    return rows.group_by(columns[:2]).aggregate([])


def as_last_points(rows: pa.Table, but: pa.Array[Any] | None = None) -> Mapping[str, Sequence[SlotPoint]]:
    """Columns of such moments as points by item, without some items."""
    rows = rows if but is None else rows.filter(pc.invert(pc.is_in(rows["item_key"], value_set=but)))
    found: dict[str, list[SlotPoint]] = {}
    for item, at in zip(texts(rows["item_key"]), moments(rows["last_recovery_point_at"]), strict=True):
        found.setdefault(str(item), []).append(SlotPoint("", at))
    return found
