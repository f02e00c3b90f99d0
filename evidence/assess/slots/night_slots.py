"""Slots that stand for a whole night: of log backups, and of what cannot be read.

Not here: runs with a time of their own (`plan`). Invariant: a policy that cannot be read gives a slot that nothing can prove; never none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from evidence.assess.slots.doubts import moment
from evidence.assess.slots.dues import Run, World, due_runs
from evidence.assess.slots.history import Protection
from evidence.assess.slots.orders import Schedule, Unreadable
from evidence.assess.slots.rules import SlotRules
from evidence.assess.slots.schedules import read_schedules
from evidence.assess.slots.values import Expected, Part, PolicyVersion
from evidence.nights import Window


def log_slots(world: World, logs_from: datetime | None, window: Window, rules: SlotRules) -> Iterator[Expected]:
    """The one slot of log backups in a night, where a policy has them."""
    begin = window.start if logs_from is None else max(window.start, logs_from)
    logs = _log_runs(world, window)
    if not logs:
        return
    if begin >= window.end:
        later = f"logs begin with the first full backup, at {moment(begin)}"
        yield _log_slot(logs, window, rules, begin, unsure=None, off=later)
        return
    dues = [due for at in _moments(world, begin, window) for due in due_runs(world, Part.LOG, at, logs)]
    off = [due.not_expected for due in dues if due.not_expected]
    if len(off) == len(dues):
        if off:
            yield _log_slot(logs, window, rules, begin, unsure=None, off=off[0])
        return
    unsure = next((due.unsure for due in dues if due.unsure), None)
    if off:
        unsure = unsure or f"protection changed within the night: {off[0]}"
    if logs_from is None:
        unsure = unsure or "no full backup of the item is known that logs could build upon"
    yield _log_slot(logs, window, rules, begin, unsure=unsure, off=None)


def _log_runs(world: World, window: Window) -> Sequence[Run]:
    """The log schedules of all versions that may have been in force in the night."""
    return [
        Run(version, order, window.start.date())
        for policy_id in world.policy_ids()
        for version in world.policies.versions(policy_id)
        if _overlaps(version, window)
        for order in read_schedules(version)
        if isinstance(order, Schedule) and order.part is Part.LOG
    ]


def _log_slot(
    logs: Sequence[Run], window: Window, rules: SlotRules, begin: datetime, *, unsure: str | None, off: str | None
) -> Expected:
    """The slot by the longest of the intervals: where they changed within the night, no shorter one is asked for."""
    slowest = max(logs, key=lambda run: run.schedule.every or timedelta())
    version = slowest.version
    slot = _night_slot(Part.LOG, version.policy_id, version.content_sha256, window, rules, unsure=unsure, off=off)
    return replace(slot, every=slowest.schedule.every, schedule_known=True, parts_apart=True, from_at=begin)


def _moments(world: World, begin: datetime, window: Window) -> Sequence[datetime]:
    """Moments between which nothing changes."""
    changes = [state.from_at for state in world.states]
    for policy_id in world.policy_ids():
        changes.extend(version.from_at for version in world.policies.versions(policy_id))
    last = window.end - timedelta(microseconds=1)
    return sorted({begin, last, *(change for change in changes if begin < change < last)})


def _overlaps(version: PolicyVersion, window: Window) -> bool:
    return version.until_at is None or version.until_at > window.start


def unread_slots(world: World, window: Window, rules: SlotRules) -> Iterator[Expected]:
    """One slot for the night for what cannot be read, and for policies that run at no times."""
    seen: set[Part] = set()
    for state in world.possible(window.end - timedelta(microseconds=1)):
        if state is None or state.protection not in {Protection.ON, Protection.UNKNOWN}:
            continue
        if state.policy_id is None:
            yield _night_slot(Part.FULL, "", "", window, rules, unsure="the item names no policy", off=None)
            return
        versions = [one for one in world.policies.versions(state.policy_id) if _overlaps(one, window)]
        if not versions:
            yield _night_slot(Part.FULL, state.policy_id, "", window, rules, unsure="the policy was not read", off=None)
            return
        for slot in (slot for version in versions for slot in _unread_orders(version, window, rules)):
            if slot.part not in seen:
                seen.add(slot.part)
                yield slot


def _unread_orders(version: PolicyVersion, window: Window, rules: SlotRules) -> Iterator[Expected]:
    policy_id, sha256 = version.policy_id, version.content_sha256
    for order in read_schedules(version):
        if isinstance(order, Unreadable):
            why = f"the policy cannot be read: {order.reason}"
            yield _night_slot(order.part, policy_id, sha256, window, rules, unsure=why, off=None)
        elif not isinstance(order, Schedule):
            yield _night_slot(Part.FULL, policy_id, sha256, window, rules, unsure=None, off=order.reason)


def _night_slot(
    part: Part, policy_id: str, sha256: str, window: Window, rules: SlotRules, *, unsure: str | None, off: str | None
) -> Expected:
    """A slot that stands for the night, of no item yet."""
    return Expected(
        vault_id="",
        item_key="",
        part=part,
        slot_at=window.start,
        window_end=window.end,
        final_at=window.end + rules.latency,
        every=None,
        policy_id=policy_id,
        policy_sha256=sha256,
        not_expected=off,
        unsure=unsure,
        schedule_known=unsure is None,
    )
