"""What an item was, over time: protected under which policy, stopped, paused, deleted, gone, as far as observations tell.

Not here: which runs that made due (`expected`). Invariant: between two observations that differ the moment of the change is a span, not a
guess, unless a job tells it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

EVER = datetime.min.replace(tzinfo=UTC)
"""Before everything that is known."""


class Protection(StrEnum):
    """Whether runs are expected of an item."""

    ON = "protected"
    STOPPED = "protection stopped"
    PAUSED = "backups suspended"
    DELETED = "soft-deleted"
    GONE = "gone"
    NOT_YET = "not yet protected"
    UNKNOWN = "unknown"


_STATES = {
    # Recovery Services: ProtectionState of its models; an item in error or before its first backup is still scheduled.
    "irpending": Protection.ON,
    "protected": Protection.ON,
    "protectionerror": Protection.ON,
    "protectionstopped": Protection.STOPPED,
    "protectionpaused": Protection.PAUSED,
    "backupssuspended": Protection.PAUSED,
    "healthy": Protection.ON,  # agents, as recorded
    "unhealthy": Protection.ON,
    # Backup vaults: CurrentProtectionState.
    "protectionconfigured": Protection.ON,
    "updatingprotection": Protection.ON,
    "retentionschedulessuspended": Protection.ON,
    "backupschedulessuspended": Protection.PAUSED,
    "configuringprotection": Protection.NOT_YET,
    "configuringprotectionfailed": Protection.NOT_YET,
    "notprotected": Protection.NOT_YET,
    "softdeleting": Protection.DELETED,
    "softdeleted": Protection.DELETED,
}
_CAUSES = {
    Protection.ON: frozenset({"configure", "undelete"}),
    Protection.STOPPED: frozenset({"disable", "undelete"}),
    Protection.DELETED: frozenset({"delete"}),
    Protection.GONE: frozenset({"delete"}),
}
"""Kinds of jobs that bring an item into a state; an undeleted item is stopped at first."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A run of equal observations of one item, in lists that were read whole."""

    first_at: datetime
    last_at: datetime
    policy_id: str | None
    protection_state: str | None
    soft_deleted: bool = False
    listed: bool = True
    """False: the list was read whole and did not name the item, or its vault was gone."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A job that changed an item's protection, with its moment."""

    at: datetime
    """Its end, else its begin."""
    kind: str
    """`operation_kind` of the job: `configure`, `disable`, `delete` or `undelete`."""


@dataclass(frozen=True, slots=True)
class ItemState:
    """What an item was from some moment in `(not_before, from_at]` on."""

    from_at: datetime
    not_before: datetime | None
    """Equal to `from_at` where the moment is known; None where nothing before is known."""
    protection: Protection
    policy_id: str | None
    told: str | None = None
    """The state as Azure sent it, where it is not known."""


@dataclass(frozen=True, slots=True)
class ItemHistory:
    """One item over time."""

    vault_id: str
    item_key: str
    management_type: str | None
    workload: str | None
    states: tuple[ItemState, ...]
    """In order of time; none where it was never seen."""
    seen_until: datetime
    """Last observation: what came of it since is not known."""
    logs_from: datetime | None = None
    """Earliest full backup known of it: logs build upon one."""


def item_history(
    vault_id: str,
    item_key: str,
    sightings: Sequence[Sighting],
    *,
    management_type: str | None = None,
    workload: str | None = None,
    turns: Sequence[Turn] = (),
    known_since: datetime | None = None,
    logs_from: datetime | None = None,
) -> ItemHistory:
    """The history that sightings and turns tell, both in order of time.

    `known_since` is the earliest backup job or recovery point of the item: what shows that it was protected before it was first seen.
    """
    states: list[ItemState] = []
    for place, seen in enumerate(sightings):
        state = _state(seen, states[-1] if states else None)
        if place == 0:
            states.extend(_first(state, turns, known_since))
        elif _changed(states[-1], state):
            states.append(_since(state, sightings[place - 1].last_at, turns))
    seen_until = sightings[-1].last_at if sightings else EVER
    return ItemHistory(vault_id, item_key, management_type, workload, tuple(states), seen_until, logs_from=logs_from)


def _state(seen: Sighting, last: ItemState | None) -> ItemState:
    """The state of a sighting, as if it began then; what is stopped or gone keeps the policy it had."""
    told = seen.protection_state
    if not seen.listed:
        known = last is not None and last.protection is not Protection.NOT_YET
        protection = Protection.GONE if known else Protection.NOT_YET
    elif seen.soft_deleted:
        protection = Protection.DELETED
    else:
        protection = _STATES.get((told or "").casefold(), Protection.UNKNOWN)
    unknown = (told or "none") if protection is Protection.UNKNOWN else None
    kept = last.policy_id if last is not None and protection is not Protection.ON else None
    return ItemState(seen.first_at, None, protection, seen.policy_id or kept, unknown)


def _changed(last: ItemState, new: ItemState) -> bool:
    # A stopped item may lose its policy without being any less stopped.
    same_policy = last.policy_id == new.policy_id or new.protection is not Protection.ON
    return last.protection is not new.protection or last.told != new.told or not same_policy


def _first(state: ItemState, turns: Sequence[Turn], known_since: datetime | None) -> Sequence[ItemState]:
    """The first state known; before the job that configured protection the item was not yet protected."""
    if state.protection is not Protection.ON:
        return (state,)
    begun = [turn.at for turn in turns if turn.kind == "configure" and turn.at <= state.from_at]
    if begun and (known_since is None or known_since >= begun[0]):
        not_yet = ItemState(EVER, None, Protection.NOT_YET, state.policy_id)
        return not_yet, replace(state, from_at=begun[0], not_before=begun[0])
    return (replace(state, from_at=min(known_since, state.from_at)) if known_since else state,)


def _since(state: ItemState, last_at: datetime, turns: Sequence[Turn]) -> ItemState:
    """The state with the span in which it began: one moment, where one job alone tells it."""
    causes = _CAUSES.get(state.protection, frozenset())
    moments = [turn.at for turn in turns if turn.kind in causes and last_at < turn.at <= state.from_at]
    if len(moments) == 1:
        return replace(state, from_at=moments[0], not_before=moments[0])
    return replace(state, not_before=last_at)
