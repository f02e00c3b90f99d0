"""Works out the slots of one shape of history in a window: the runs that any policy which may have stood names, each with its window.

Not here: items one by one (`expected`), whether a run was due (`dues`). Invariant: a slot ends at the next of its part at the latest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from evidence.assess.slots.dues import Due, Run, World, due_runs
from evidence.assess.slots.history import ItemState, Protection
from evidence.assess.slots.night_slots import Planned, log_slots, unread_slots
from evidence.assess.slots.orders import Schedule
from evidence.assess.slots.policy_book import PolicyBook
from evidence.assess.slots.rules import SlotRules
from evidence.assess.slots.schedules import read_schedules
from evidence.assess.slots.times import run_times
from evidence.assess.slots.values import Part
from evidence.nights import Window

__all__ = ["Planned", "plan_slots"]


def plan_slots(
    states: tuple[ItemState, ...],
    seen_until: datetime | None,
    logs_from: datetime | None,
    policies: PolicyBook,
    window: Window,
    rules: SlotRules,
) -> tuple[Planned, ...]:
    """The slots in the window, in order of time and part."""
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
    taken = {(slot[0], slot[1]) for slot in whole}
    return tuple(sorted([slot for slot in timed if slot[:2] not in taken] + whole, key=lambda slot: (slot[1], slot[0])))


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


def _planned(due: Due, dues: Sequence[Due], rules: SlotRules) -> Planned:
    schedule, version = due.run.schedule, due.run.version
    longest = due.at + rules.start_within(version.management_type) + rules.longest_run
    later = [other for other in dues if other.at > due.at]
    window_end = min([longest, *(other.at for other in later if other.part is due.part)])
    kept = schedule.kept is None or schedule.kept.holds(due.run.day)
    return (
        due.part,
        due.at,
        window_end,
        window_end + rules.latency,
        schedule.every,
        version.policy_id,
        version.content_sha256,
        kept,
        due.not_expected,
        due.unsure,
        True,
        min([window_end, *(other.at for other in later)]),
        schedule.parts_apart,
        schedule.vault_copy,
        None,
    )
