"""Who did it, and when: the last event or job between two looks that is about a thing.

Not here: what was changed. Invariant: an Activity Log that was not read is told apart from one that holds no such event.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from evidence.assess.drift.values import Change, Changes

NOT_TOLD = "who did it is not in the Activity Log"
NOT_READ = "the Activity Log of that time was not read whole"


@dataclass(frozen=True, slots=True)
class Actor:
    """What is known of who made a change."""

    name: str | None
    at: datetime | None
    """When it was done; None where nothing tells."""
    told: str
    """For a sentence, after a semicolon."""


def actor_of(changes: Changes, resources: Collection[str], kinds: Collection[str]) -> Actor:
    """The actor of the last successful event about one of the resources (lower-cased), or about something within it."""
    if changes.events is None:
        return Actor(None, None, NOT_READ)
    mine = [one for one in changes.events if one.kind in kinds and one.succeeded and _about(one, resources)]
    if not mine:
        return Actor(None, None, NOT_TOLD)
    last = max(mine, key=lambda one: one.at)
    name = last.caller or "a caller that Azure does not name"
    return Actor(last.caller, last.at, f"done by {name} at {last.at:%Y-%m-%d %H:%M} UTC")


def last_job(changes: Changes, item_key: str, kinds: Collection[str]) -> Change | None:
    """The last successful job of an item of some kinds; None where there is none, or jobs were not read."""
    mine = [one for one in changes.jobs or () if one.kind in kinds and one.succeeded and one.resource_id == item_key]
    return max(mine, key=lambda one: one.at, default=None)


def _about(one: Change, resources: Collection[str]) -> bool:
    return any(one.resource_id == key or one.resource_id.startswith(f"{key}/") for key in resources)
