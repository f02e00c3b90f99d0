"""Runs of a night that went as they should, judged in one sweep over columns: of most items of a fleet one job completed, and one point lies beside it.

Not here: the rule (`assess.slots.outcome`), which judges all others one by one; which job and point fit (`judging.fitting`). Invariant: what is swept
is what the rule would say of it, for a run is swept only where nothing is in doubt: its item was the same in every list and nobody changed its
protection, its policy ordered one run of one part, one job alone fits it, of that item for sure, and one point alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.slots.expected import PolicyBook, expected_slots
from evidence.assess.slots.history import EVER, ItemHistory, ItemState, Protection, Sighting, item_history
from evidence.assess.slots.outcome import WITH_POINT
from evidence.assess.slots.rules import SlotRules
from evidence.assess.slots.values import Expected, Judged, Outcome, Part
from evidence.nights import Window
from evidence.runs.judging.carried import Carried
from evidence.runs.judging.columns import Flags, Numbers, at_places, micros, moments, numbered, texts, truths
from evidence.runs.judging.fitting import Fitting, job_of_each, point_of_each
from evidence.runs.judging.items import STATE, ItemRows, whole_lists_naming
from evidence.runs.judging.jobs import BACKUP
from evidence.runs.judging.observed import Observed
from evidence.tables.columns import TEXT, TIME

_LAST = ["tenant_id", "vault_id", "capture_id", "call_id", "item_key", "friendly_name", "workload", "observed_at"]
"""What a row of `slots` tells of the item as last seen."""


@dataclass(frozen=True, slots=True)
class Swept:
    """Items whose one run of the night is a plain success."""

    items: pa.Table
    """Columns of each item as last seen, and `job_id`, `recovery_point_id` and `recovery_point_at` of its run."""
    numbers: Numbers
    """Of each item its number among all that were observed."""
    run: Numbers
    """Of each item the place of its run among `slots`."""
    slots: Sequence[Expected]
    """Runs, of no item yet."""
    night: date

    def __len__(self) -> int:
        """How many items."""
        return self.items.num_rows

    @property
    def keys(self) -> pa.Array[Any]:
        """Keys of the items, as plain texts."""
        return plain_texts(self.items["item_key"])

    def by_vault(self) -> Counter[str]:
        """How many items by vault."""
        return Counter(str(one) for one in texts(self.items["vault_id"]))

    def judged_of(self, items: Collection[str]) -> Iterator[tuple[str, Judged]]:
        """The runs of some items as values, by item."""
        wanted = np.flatnonzero(truths(pc.is_in(self.keys, value_set=pa.array(sorted(items), pa.string()))))
        rows = at_places(self.items, wanted)
        named = (texts(rows[name]) for name in ("vault_id", "item_key", "job_id", "recovery_point_id"))
        told = zip(*named, moments(rows["recovery_point_at"]), self.run[wanted].tolist(), strict=True)
        for vault_id, item, job, point, point_at, place in told:
            slot = replace(self.slots[place], vault_id=str(vault_id), item_key=str(item))
            yield str(item), Judged(slot, Outcome.SUCCESS, WITH_POINT, self.night, (str(job),), point, point_at)


def sweep(
    observed: Observed, carried: Carried, book: PolicyBook, night: date, window: Window, rules: SlotRules
) -> Swept:
    """The items whose run columns alone can judge."""
    numbers = observed.items.numbers
    lasts = np.flatnonzero(np.diff(numbers, append=-1))
    seen = at_places(observed.items.rows, lasts)
    plain = _steady(observed.items, seen, window) & _undisturbed(observed, carried, seen)
    slots, run = _runs(observed, seen, plain, book, window, rules)
    fitting = Fitting(plain_texts(seen["item_key"]), slots, run)
    job, point = job_of_each(observed.jobs, fitting), point_of_each(observed.points.rows, observed.told, fitting)
    at = np.flatnonzero(plain & (run >= 0) & (job >= 0) & point.found)
    rows = at_places(seen.select(_LAST), at)
    rows = rows.append_column("job_id", at_places(observed.jobs.select(["job_id"]), job[at])["job_id"])
    places = pa.array(at, pa.int64())
    rows = rows.append_column("recovery_point_id", point.ids.take(places))
    rows = rows.append_column("recovery_point_at", point.moments.take(places))
    return Swept(rows, at, run[at], slots, night)


def swept_none(observed: Observed, night: date) -> Swept:
    """No item at all, so that each is judged by itself."""
    rows = observed.items.rows.select(_LAST).slice(0, 0)
    columns = {"job_id": TEXT, "recovery_point_id": TEXT, "recovery_point_at": TIME}
    for name, kind in columns.items():
        rows = rows.append_column(name, pa.array([], kind))
    return Swept(rows, np.zeros(0, np.int64), np.zeros(0, np.int64), (), night)


def plain_texts(column: pa.ChunkedArray[Any]) -> pa.Array[Any]:
    """A column of texts in one piece, not held as a dictionary."""
    found: Any = column.cast(pa.string()).combine_chunks()
    plain: pa.Array[Any] = found
    return plain


def _steady(items: ItemRows, seen: pa.Table, window: Window) -> Flags:
    """Protected under one policy in all observations, named by all whole lists, and seen after the night's end."""
    rows, numbers = items.rows, items.numbers
    states = numbered(rows, STATE)
    changed = (np.diff(states) != 0) & (np.diff(numbers) == 0)
    found: Flags = micros(seen["observed_at"]) >= micros(pa.array([window.end], seen["observed_at"].type))[0]
    found[numbers[1:][changed]] = False
    lists = {vault: len(told) for vault, told in items.lists.of_vault.items()}
    found &= whole_lists_naming(rows, numbers, items.lists) == _each(seen["vault_id"], lists)
    on = {word: _protected(word) for word in set(texts(seen["protection_state"]))}
    found &= np.array([on[word] for word in texts(seen["protection_state"])], np.bool_)
    found &= ~truths(pc.fill_null(seen["soft_deleted"], pa.scalar(False)))
    found &= np.array([bool(policy) for policy in texts(seen["policy_id"])], np.bool_)
    return found


def _each(column: pa.ChunkedArray[Any], told: dict[str, int]) -> Numbers:
    return np.array([told.get(str(one), 0) for one in texts(column)], np.int64)


def _protected(word: str | None) -> bool:
    """Whether a state that Azure sent means that runs are expected."""
    states = item_history("", "", [Sighting(EVER, EVER, "policy", word)]).states
    return [state.protection for state in states] == [Protection.ON]


def _undisturbed(observed: Observed, carried: Carried, seen: pa.Table) -> Flags:
    """Of one vault, without an earlier run to judge again, a change of protection, a job that is perhaps another's, or logs to build upon."""
    jobs, least = observed.jobs, observed.points.least
    turns = jobs.filter(pc.not_equal(jobs["operation_kind"], pa.scalar(BACKUP)))
    unsure: Any = pc.list_flatten(jobs.filter(pc.is_null(jobs["item_key"]))["item_candidates"])
    barred = [
        pa.chunked_array([pa.array(sorted(carried.items), pa.string())]),
        turns["item_key"].cast(pa.string()),
        unsure.cast(pa.string()),
        least.filter(pc.is_valid(least["full_min_min"]))["item"],
    ]
    told: Any = pa.chunked_array([chunk for one in barred for chunk in one.chunks], pa.string())
    found = ~truths(pc.is_in(seen["item_key"].cast(pa.string()), value_set=told.combine_chunks()))
    keys = numbered(seen, ("item_key",))
    alone: Flags = np.bincount(keys)[keys] == 1
    return found & alone


def _runs(
    observed: Observed, seen: pa.Table, plain: Flags, book: PolicyBook, window: Window, rules: SlotRules
) -> tuple[Sequence[Expected], Numbers]:
    """The runs of policies that order one alone, and of each item the place of its own; -1 where there is none."""
    pairs = numbered(seen, ("vault_id", "policy_id"))
    _, first = np.unique(pairs, return_index=True)
    wanted = np.zeros(len(first), np.bool_)
    wanted[pairs[plain]] = True
    told = at_places(seen.select(["vault_id", "policy_id"]), first)
    slots: list[Expected] = []
    places = np.full(len(first), -1, np.int64)
    for place, (vault, policy) in enumerate(zip(texts(told["vault_id"]), texts(told["policy_id"]), strict=True)):
        slot = _one_run(observed, str(vault), policy, book, window, rules) if wanted[place] else None
        if slot is not None:
            places[place] = len(slots)
            slots.append(slot)
    return slots, places[pairs]


def _one_run(
    observed: Observed, vault_id: str, policy_id: str | None, book: PolicyBook, window: Window, rules: SlotRules
) -> Expected | None:
    """The one run that a policy orders of the night, to be proven by a job and a point; None where there is none, or another, or jobs were not read.

    Since when the item is protected does not matter to what comes of a run that has its job and its point, nor to when it was due.
    """
    always = ItemState(EVER, None, Protection.ON, policy_id)
    slots = expected_slots(ItemHistory("", "", None, None, (always,), window.end), book, window, rules)
    if len(slots) != 1:
        return None
    slot, read = slots[0], observed.jobs_read.get(vault_id)
    due = slot.not_expected is None and slot.schedule_known and slot.makes_point
    until = None if read is None else read.until(slot.slot_at)
    known = until is not None and until > slot.slot_at
    return slot if due and known and not slot.parts_apart and slot.part is not Part.LOG else None
