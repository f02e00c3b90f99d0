"""Whether a run was due of an item at its moment, under every state and policy that may have stood then.

Not here: which runs there are (`plan`). Invariant: a run is due for certain only if it was due under every state and policy that may have
been in force at its moment; it was not due only if it was due under none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from evidence.assess.slots.doubts import why_off, why_unsure
from evidence.assess.slots.history import ItemState, Protection
from evidence.assess.slots.orders import Schedule
from evidence.assess.slots.policy_book import PolicyBook
from evidence.assess.slots.values import Part, PolicyVersion


@dataclass(frozen=True, slots=True)
class Run:
    """A run that a version of a policy names."""

    version: PolicyVersion
    schedule: Schedule
    day: date


@dataclass(frozen=True, slots=True)
class Due:
    """Whether a run was due at its moment."""

    part: Part
    at: datetime
    run: Run
    not_expected: str | None
    unsure: str | None


@dataclass(frozen=True, slots=True)
class World:
    """What is known: the item's states, until when it was seen, and the policies."""

    states: tuple[ItemState, ...]
    seen_until: datetime | None
    """None: beyond the window."""
    policies: PolicyBook

    def possible(self, at: datetime) -> Sequence[ItemState | None]:
        """The states that the item may have been in at a moment; None stands for one that was never seen."""
        states = self.states
        found: list[ItemState | None] = [None] if at < states[0].from_at else []
        for place, state in enumerate(states):
            begun = at >= state.from_at or state.not_before is None or at > state.not_before
            following = states[place + 1] if place + 1 < len(states) else None
            if begun and (following is None or at < following.from_at):
                found.append(state)
        if self.seen_until is not None and at > self.seen_until:
            found.append(None)
        return found

    def policy_ids(self) -> Sequence[str]:
        """The policies of all states."""
        return tuple(dict.fromkeys(state.policy_id for state in self.states if state.policy_id))


def due_runs(world: World, part: Part, at: datetime, runs: Sequence[Run]) -> Iterator[Due]:
    """Whether a run was due; nothing where no state and policy that may have stood asked for it, and none forbade it."""
    named = {run.version: run for run in reversed(runs)}
    due: list[Run] = []
    off: list[ItemState] = []
    open_ = False
    for state in world.possible(at):
        if state is None or state.protection is Protection.UNKNOWN or state.policy_id is None:
            open_ = True
        elif state.protection is not Protection.ON:
            off.append(state)
        else:
            versions = world.policies.possible(state.policy_id, at)
            due.extend(named[version] for version in versions if version in named)
            open_ = open_ or any(version not in named for version in versions)
    if due and not off and not open_:
        yield Due(part, at, due[0], None, due[0].schedule.doubt)
    elif due or (open_ and _unknown_alone(world, at)):
        yield Due(part, at, (due or runs)[0], None, why_unsure(world.states, world.seen_until, world.policies, at))
    elif off:
        yield Due(part, at, runs[0], why_off(off[-1], world.states), None)


def _unknown_alone(world: World, at: datetime) -> bool:
    """Whether what may have stood is not known, rather than known to be another schedule."""
    return any(
        state is None
        or state.protection is Protection.UNKNOWN
        or (state.protection is Protection.ON and _unseen(world, state, at))
        for state in world.possible(at)
    )


def _unseen(world: World, state: ItemState, at: datetime) -> bool:
    return state.policy_id is None or None in world.policies.possible(state.policy_id, at)
