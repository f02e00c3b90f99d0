"""Says in a sentence why a run was not due, or why it cannot be told whether it was.

Not here: deciding that (`plan`). Invariant: equal facts give equal sentences, and each names the moments that it rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

from evidence.assess.slots.history import EVER, ItemState, Protection
from evidence.assess.slots.policy_book import PolicyBook


def moment(at: datetime) -> str:
    """A moment in UTC, to the minute."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def why_off(state: ItemState, states: Sequence[ItemState]) -> str:
    """Why nothing was due of an item in this state."""
    if state.protection is Protection.NOT_YET:
        later = next((one for one in states if one.protection is Protection.ON), None)
        return "not yet protected" if later is None else f"protected later, at {moment(later.from_at)}"
    if state.from_at is EVER or state.from_at == EVER:
        return f"{state.protection} before"
    return f"{state.protection} since {moment(state.from_at)}"


def why_unsure(states: Sequence[ItemState], seen_until: datetime | None, policies: PolicyBook, at: datetime) -> str:
    """Why it cannot be told whether a run was due at a moment."""
    if at < states[0].from_at:
        return f"the item was first seen at {moment(states[0].from_at)}, and what it was before is not told"
    if seen_until is not None and at > seen_until:
        return f"the item was last read at {moment(seen_until)}, before the run"
    changed = next((state for state in states if state.not_before and state.not_before < at < state.from_at), None)
    if changed is not None and changed.not_before is not None:
        return f"{_what(changed)} between {moment(changed.not_before)} and {moment(changed.from_at)}"
    state = next(state for state in reversed(states) if at >= state.from_at)
    if state.protection is Protection.UNKNOWN:
        return f"the protection state `{state.told}` is not known"
    return _of_policy(state.policy_id, policies, at)


def _what(state: ItemState) -> str:
    if state.protection is Protection.ON:
        return "protection or policy of the item changed"
    return f"the item became {state.protection}"


def _of_policy(policy_id: str | None, policies: PolicyBook, at: datetime) -> str:
    versions = policies.versions(policy_id) if policy_id is not None else ()
    if not versions:
        return "the policy was not read"
    if at < versions[0].from_at:
        return f"the policy was first read at {moment(versions[0].from_at)}, after the run"
    for before, after in pairwise(versions):
        last_seen = before.last_seen_at or after.from_at
        if last_seen <= at < after.from_at:
            return f"the policy was changed between {moment(last_seen)} and {moment(after.from_at)}"
    return f"the policy was last read at {moment(versions[-1].last_seen_at or versions[-1].from_at)}, before the run"
