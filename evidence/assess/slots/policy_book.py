"""All known versions of all policies, and which of them may have been in force at a moment.

Not here: what they order (`schedules`). Invariant: between the last sight of one version and the first of the next both may have been in
force; before the first sight and after the last anything may.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from evidence.assess.slots.values import PolicyVersion


class PolicyBook:
    """Versions by policy, in order of time; keeps what `expected` computed of them for a window."""

    def __init__(self, versions: Iterable[PolicyVersion]) -> None:
        found: defaultdict[str, list[PolicyVersion]] = defaultdict(list)
        for version in versions:
            found[version.policy_id].append(version)
        self._versions = {
            policy_id: tuple(sorted(known, key=lambda version: version.from_at)) for policy_id, known in found.items()
        }
        self.computed: dict[object, Sequence[tuple[Any, ...]]] = {}
        """Slots by the shape of an item's history, window and rules: the work of `expected`, which alone reads it."""

    def versions(self, policy_id: str) -> Sequence[PolicyVersion]:
        """All versions of a policy; none where it was never read."""
        return self._versions.get(policy_id, ())

    def possible(self, policy_id: str, at: datetime) -> Sequence[PolicyVersion | None]:
        """The versions that may have been in force at a moment, in order of time; None stands for one that was never seen."""
        versions = self.versions(policy_id)
        if not versions:
            return (None,)
        found: list[PolicyVersion | None] = [None] if at < versions[0].from_at else []
        for place, version in enumerate(versions):
            seen_before = _last_seen(versions[place - 1]) if place else None
            begun = seen_before is None or at > seen_before or at >= version.from_at
            if begun and (version.until_at is None or at < version.until_at):
                found.append(version)
        last = versions[-1]
        if last.last_seen_at is not None and at > last.last_seen_at and at >= last.from_at:
            found.append(None)
        return found


def _last_seen(version: PolicyVersion) -> datetime | None:
    """When a version that is no more was last seen; where that is not told, it is taken to have stood until it was seen changed."""
    return version.last_seen_at or version.until_at
