"""Slots that stand for a whole night: of log backups, and of what cannot be read.

Not here: runs with a time of their own (`plan`). Invariant: a policy that cannot be read gives a slot that nothing can prove; never none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from evidence.assess.slots.doubts import moment
from evidence.assess.slots.dues import Run, World, due_runs
from evidence.assess.slots.history import Protection
from evidence.assess.slots.orders import Schedule, Unreadable
from evidence.assess.slots.rules import SlotRules
from evidence.assess.slots.schedules import read_schedules
from evidence.assess.slots.values import Part, PolicyVersion
from evidence.nights import Window

Planned: TypeAlias = tuple[
    Part,
    datetime,
    datetime,
    datetime,
    timedelta | None,
    str,
    str,
    bool,
    str | None,
    str | None,
    bool,
    datetime | None,
    bool,
    bool,
    datetime | None,
]
"""The fields of `Expected` after its item, in their order: a tuple, for one is made into a value for each item."""


def log_slots(world: World, logs_from: datetime | None, window: Window, rules: SlotRules) -> Iterator[Planned]:
    """The one slot of log backups in a night, where a policy has them."""
    begin = window.start if logs_from is None else max(window.start, logs_from)
    logs = [
        Run(version, order, begin.date())
        for policy_id in world.policy_ids()
        for version in world.policies.versions(policy_id)
        if _overlaps(version, window)
        for order in read_schedules(version)
        if isinstance(order, Schedule) and order.part is Part.LOG
    ]
    if not logs:
        return
    if begin >= window.end:
        yield _night_slot(
            Part.LOG, logs[0], window, rules, not_expected=f"logs begin with the first full backup, at {moment(begin)}"
        )
        return
    dues = [due for at in _moments(world, begin, window) for due in due_runs(world, Part.LOG, at, logs)]
    if not dues:
        return
    off = [due.not_expected for due in dues if due.not_expected]
    unsure = next((due.unsure for due in dues if due.unsure), None)
    if off and len(off) < len(dues):
        unsure = unsure or f"protection changed within the night: {off[0]}"
    if logs_from is None and len(off) < len(dues):
        unsure = unsure or "no full backup of the item is known that logs could build upon"
    all_off = off[0] if len(off) == len(dues) else None
    slowest = max(logs, key=lambda run: run.schedule.every or timedelta())
    yield _night_slot(Part.LOG, slowest, window, rules, not_expected=all_off, unsure=unsure, from_at=begin)


def _moments(world: World, begin: datetime, window: Window) -> Sequence[datetime]:
    """Moments between which nothing changes."""
    changes = [state.from_at for state in world.states]
    for policy_id in world.policy_ids():
        changes.extend(version.from_at for version in world.policies.versions(policy_id))
    last = window.end - timedelta(microseconds=1)
    return sorted({begin, last, *(change for change in changes if begin < change < last)})


def _overlaps(version: PolicyVersion, window: Window) -> bool:
    return version.until_at is None or version.until_at > window.start


def unread_slots(world: World, window: Window, rules: SlotRules) -> Iterator[Planned]:
    """One slot for the night for what cannot be read, and for policies that run at no times."""
    seen: set[Part] = set()
    for state in world.possible(window.end - timedelta(microseconds=1)):
        if state is None or state.protection not in {Protection.ON, Protection.UNKNOWN}:
            continue
        if state.policy_id is None:
            yield _blank(Part.FULL, "", "", window, rules, unsure="the item names no policy")
            return
        versions = [one for one in world.policies.versions(state.policy_id) if _overlaps(one, window)]
        if not versions:
            yield _blank(Part.FULL, state.policy_id, "", window, rules, unsure="the policy was not read")
            return
        for slot in (slot for version in versions for slot in _unread_orders(version, window, rules)):
            if slot[0] not in seen:
                seen.add(slot[0])
                yield slot


def _unread_orders(version: PolicyVersion, window: Window, rules: SlotRules) -> Iterator[Planned]:
    for order in read_schedules(version):
        if isinstance(order, Unreadable):
            why = f"the policy cannot be read: {order.reason}"
            yield _blank(order.part, version.policy_id, version.content_sha256, window, rules, unsure=why)
        elif not isinstance(order, Schedule):
            yield _blank(Part.FULL, version.policy_id, version.content_sha256, window, rules, not_expected=order.reason)


def _night_slot(
    part: Part,
    run: Run,
    window: Window,
    rules: SlotRules,
    *,
    not_expected: str | None = None,
    unsure: str | None = None,
    from_at: datetime | None = None,
) -> Planned:
    end = window.end
    version = run.version
    return (
        part,
        window.start,
        end,
        end + rules.latency,
        run.schedule.every,
        version.policy_id,
        version.content_sha256,
        True,
        not_expected,
        unsure,
        True,
        None,
        True,
        False,
        from_at,
    )


def _blank(
    part: Part,
    policy_id: str,
    sha256: str,
    window: Window,
    rules: SlotRules,
    *,
    not_expected: str | None = None,
    unsure: str | None = None,
) -> Planned:
    end = window.end
    return (
        part,
        window.start,
        end,
        end + rules.latency,
        None,
        policy_id,
        sha256,
        True,
        not_expected,
        unsure,
        unsure is None,
        None,
        False,
        False,
        None,
    )
