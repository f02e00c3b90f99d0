"""What an item was, over time: protected under which policy, stopped, paused, deleted, gone, as far as observations tell.

Not here: which runs that made due (`expected`). Invariant: between two observations that differ the moment of the change is a span, not a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Protection(StrEnum):
    """Whether runs are expected of an item."""

    ON = "protected"
    STOPPED = "protection stopped"
    PAUSED = "backups paused"
    DELETED = "soft-deleted"
    GONE = "gone"
    NOT_YET = "not yet protected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A run of equal observations of one item, in lists that were read whole."""

    first_at: datetime
    last_at: datetime
    policy_id: str | None
    protection_state: str | None
    soft_deleted: bool = False
    listed: bool = True
    """False: the list was read whole and did not name the item (or its vault)."""


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
    """In order of time."""
    seen_until: datetime
    """Last observation."""
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
    """The history that sightings (in order of time) and turns tell; `known_since`: earliest job or point that shows the item protected."""
    raise NotImplementedError
