"""Which items' points must be looked at one by one on a night: those that cannot be told to be well from the columns of the lists of items.

Not here: looking (`detecting`), the rules (`assess.points`). Invariant: an item is left out only where no rule could find anything: no list of its
points was read, and the last point that the list of items tells is younger than its target and within the widest gap that its policy allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.points.gaps import INTERVALS
from evidence.assess.points.wanted import rpo_target, wanted_of
from evidence.assess.slots.rules import SlotRules
from evidence.assess.slots.schedules import read_schedules
from evidence.assess.slots.values import PolicyVersion
from evidence.runs.judging.columns import Numbers, texts
from evidence.runs.judging.lists import ItemLists
from evidence.runs.judging.policies import policy_versions, without
from evidence.runs.judging.rules import JudgementRules
from evidence.runs.sealed import SealedRows
from evidence.tables import PROTECTED_ITEMS, RECOVERY_POINTS
from evidence.tiers import ItemFacts, TierRule

_STEADY = ("policy_id", "vault_id", "friendly_name", "workload")
"""What must be the same on all nights, or the item is looked at."""
_COLUMNS = ["item_key", *_STEADY, "last_recovery_point_at", "run_id"]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
_MOMENT = pa.timestamp("us")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNTOLD = np.iinfo(np.int64).min
_NOBODY = ItemFacts("", "", "", "")
"""Fits no rule: what the policy alone makes of a target is asked."""


@dataclass(frozen=True, slots=True)
class _Items:
    """Items, one a place, as the nights saw them."""

    keys: list[str | None]
    told: Sequence[list[str | None]]
    """Policy, vault, name and workload."""
    steady: Flags
    """Whether those were told, and the same, on all nights, and so was a last point."""
    age: Numbers
    """Of the last point told at the end, in microseconds."""
    apart: Numbers
    """From the first point told to the last one, in microseconds."""


def items_to_look_at(
    sealed: SealedRows, lists: ItemLists, first: date, last: date, end: datetime, rules: JudgementRules
) -> set[str]:
    """Keys of items seen on nights from first to last whose points may show a problem at `end`, the end of the last of them."""
    sealed = sealed.of_azure()
    items = _items(sealed, lists, first, last, end)
    allowed = _allowed(policy_versions(sealed, first, last, lists.late), rules.slots)
    most = np.array([allowed.get(str(policy), _UNTOLD) for policy in items.told[0]], np.int64)
    well = items.steady & (items.age >= 0) & (items.age <= most) & (items.apart <= most)
    well &= _young(items, well, lists, rules.tiers)
    listed = sealed.distinct(RECOVERY_POINTS, ["item_key"], first, last)["item_key"]
    doubtful = (str(items.keys[place]) for place in np.flatnonzero(~well))
    return {*doubtful, *(str(one) for one in texts(listed) if one is not None)}


def _items(sealed: SealedRows, lists: ItemLists, first: date, last: date, end: datetime) -> _Items:
    rows = sealed.rows(
        PROTECTED_ITEMS, first=first, last=last, columns=_COLUMNS, where=lambda one: without(one, lists.late)
    )
    rows = rows.append_column("at", rows["last_recovery_point_at"].cast(_MOMENT).cast(pa.int64()))
    names = (*_STEADY, "at")
    least = rows.group_by(["item_key"], use_threads=False).aggregate([(name, "min") for name in names])
    most = rows.group_by(["item_key"], use_threads=False).aggregate([(name, "max") for name in names])
    seen = rows.group_by(["item_key"], use_threads=False).aggregate([("item_key", "count"), ("at", "count")])
    steady = _numbers(seen["item_key_count"]) == _numbers(seen["at_count"])
    for name in _STEADY:
        same: Any = pc.equal(least[f"{name}_min"], most[f"{name}_max"])
        steady &= pc.fill_null(same, pa.scalar(False)).to_numpy().astype(np.bool_)
    at = _numbers(most["at_max"])
    until = (end - _EPOCH) // timedelta.resolution
    told = [texts(least[f"{name}_min"]) for name in _STEADY]
    return _Items(texts(seen["item_key"]), told, steady & (at > 0), until - at, at - _numbers(least["at_min"]))


def _numbers(column: Any) -> Numbers:
    found: Numbers = pc.fill_null(column, 0).to_numpy().astype(np.int64)
    return found


def _young(items: _Items, well: Flags, lists: ItemLists, rules: Sequence[TierRule]) -> Flags:
    """Of items that are well by their policy: whether the last point is within the target of the first rule that fits, where that one names a target."""
    targets = [rule.rpo // timedelta.resolution for rule in rules if rule.rpo is not None]
    found: Flags = items.age <= min(targets, default=np.iinfo(np.int64).max)
    _, vaults, names, workloads = items.told
    for place in np.flatnonzero(well & ~found).tolist():
        vault, key = lists.vaults.get(str(vaults[place])), str(items.keys[place])
        if vault is not None:
            name, workload = names[place] or key, workloads[place]
            target = rpo_target(ItemFacts(name, key, vault.name, vault.vault_id, vault.region, workload), rules, None)
            found[place] = target is None or items.age[place] <= target.rpo // timedelta.resolution
    return found


def _allowed(policies: Mapping[str, Sequence[PolicyVersion]], rules: SlotRules) -> Mapping[str, int]:
    """By policy, in microseconds, how old its items' last point may be, and how far apart two may be; none of one whose items must be looked at."""
    found = {policy: [_of_version(one, rules) for one in versions] for policy, versions in sorted(policies.items())}
    told = {policy: [one for one in many if one is not None] for policy, many in found.items()}
    return {
        policy: min(many) // timedelta.resolution
        for policy, many in told.items()
        if many and len(many) == len(found[policy])
    }


def _of_version(version: PolicyVersion, rules: SlotRules) -> timedelta | None:
    wanted = wanted_of(version, read_schedules(version), rules.start_within(version.management_type))
    target = rpo_target(_NOBODY, (), wanted)
    if wanted.interval is None or wanted.log_every is not None or wanted.demand.logs or target is None:
        return None
    return min(wanted.interval * INTERVALS + wanted.start_delay, target.rpo)
