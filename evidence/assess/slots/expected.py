"""Which runs were expected of an item in a window, by the policies as they stood then.

Not here: what came of them (`outcome`), how they are worked out (`plan`). Invariants: slots of one part never overlap; a later edit of a
policy changes no earlier slot; where it cannot be told whether a run was due, the slot says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from evidence.assess.slots.history import EVER, ItemHistory, ItemState
from evidence.assess.slots.plan import plan_slots
from evidence.assess.slots.policy_book import PolicyBook
from evidence.assess.slots.rules import SlotRules
from evidence.assess.slots.values import Expected
from evidence.nights import Window

__all__ = ["PolicyBook", "expected_slots"]


def expected_slots(item: ItemHistory, policies: PolicyBook, window: Window, rules: SlotRules) -> Sequence[Expected]:
    """The slots of an item whose time lies in the window (a night's), in order.

    Items of one shape (same policy, same states within the window) share one computation.
    """
    shape = _shape(item, window)
    key = (shape, window, rules)
    told = policies.computed.get(key)
    if told is None:
        told = policies.computed[key] = [_told(slot) for slot in plan_slots(*shape, policies, window, rules)]
    vault_id, item_key = item.vault_id, item.item_key
    return [Expected(vault_id, item_key, *values) for values in told]


_TOLD = attrgetter(*(field.name for field in fields(Expected)[2:]))


def _told(slot: Expected) -> tuple[Any, ...]:
    """The fields after its item: to make a value of them is four times as fast as to replace two fields of another."""
    told: tuple[Any, ...] = _TOLD(slot)
    return told


def _shape(item: ItemHistory, window: Window) -> tuple[tuple[ItemState, ...], datetime | None, datetime | None]:
    """What of a history bears on the window; all that lies before it counts as ever, and what was seen after it as always."""
    states = item.states
    start, end = window.start, window.end
    begun = 0
    for place, state in enumerate(states):
        if state.from_at <= start:
            begun = place
    kept = states[begun:] if begun else states
    if kept and kept[0].from_at <= start and kept[0].from_at is not EVER:
        first = kept[0]
        kept = (ItemState(EVER, None, first.protection, first.policy_id, first.told), *kept[1:])
    seen_until = None if item.seen_until >= end else item.seen_until
    logs_from = item.logs_from
    if logs_from is not None:
        logs_from = EVER if logs_from <= start else min(logs_from, end)
    return kept, seen_until, logs_from
