"""Works out the slots of one shape of history in a window: the runs that any policy which may have stood names, each with its window.

Not here: items one by one (`expected`), whether a run was due (`dues`). Invariant: a slot ends at the next of its part at the latest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from evidence.assess.slots.dues import Due, Run, World, due_runs
from evidence.assess.slots.history import ItemState, Protection
from evidence.assess.slots.night_slots import log_slots, unread_slots
from evidence.assess.slots.orders import Schedule
from evidence.assess.slots.policy_book import PolicyBook
from evidence.assess.slots.rules import SlotRules
from evidence.assess.slots.schedules import read_schedules
from evidence.assess.slots.times import run_times
from evidence.assess.slots.values import Expected, Part
from evidence.nights import Window


def plan_slots(
    states: tuple[ItemState, ...],
    seen_until: datetime | None,
    logs_from: datetime | None,
    policies: PolicyBook,
    window: Window,
    rules: SlotRules,
) -> tuple[Expected, ...]:
    """The slots in the window, in order of time and part, of no item yet."""
    if all(state.protection is Protection.GONE for state in states):
        return ()
    world = World(states, seen_until, policies)
    horizon = Window(window.start, window.end + rules.longest_start() + rules.longest_run)
    dues = [
        due
        for (part, at), runs in sorted(_candidates(world, horizon).items())
        for due in due_runs(world, part, at, runs)
    ]
    timed = [_planned(due, dues, rules) for due in dues if due.at in window]
    whole = [*log_slots(world, logs_from, window, rules), *unread_slots(world, window, rules)]
    taken = {_place(slot) for slot in whole}
    return tuple(sorted([slot for slot in timed if _place(slot) not in taken] + whole, key=_place))


def _place(slot: Expected) -> tuple[datetime, Part]:
    return slot.slot_at, slot.part


def _candidates(world: World, horizon: Window) -> dict[tuple[Part, datetime], list[Run]]:
    """All runs that versions which may have been in force name, by part and moment."""
    found: dict[tuple[Part, datetime], list[Run]] = {}
    for policy_id in world.policy_ids():
        for version in world.policies.versions(policy_id):
            for order in read_schedules(version):
                if not isinstance(order, Schedule) or order.part is Part.LOG:
                    continue
                for at, day in run_times(order, horizon.start, horizon.end):
                    if version in world.policies.possible(policy_id, at):
                        found.setdefault((order.part, at), []).append(Run(version, order, day))
    return found


def _planned(due: Due, dues: Sequence[Due], rules: SlotRules) -> Expected:
    schedule, version = due.run.schedule, due.run.version
    longest = due.at + rules.start_within(version.management_type) + rules.longest_run
    later = [other for other in dues if other.at > due.at]
    window_end = min([longest, *(other.at for other in later if other.part is due.part)])
    return Expected(
        vault_id="",
        item_key="",
        part=due.part,
        slot_at=due.at,
        window_end=window_end,
        final_at=window_end + rules.latency,
        every=schedule.every,
        policy_id=version.policy_id,
        policy_sha256=version.content_sha256,
        makes_point=schedule.kept is None or schedule.kept.holds(due.run.day),
        not_expected=due.not_expected,
        unsure=due.unsure,
        unnamed_until=min([window_end, *(other.at for other in later)]),
        parts_apart=schedule.parts_apart,
        vault_copy=schedule.vault_copy,
    )
