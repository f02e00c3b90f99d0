"""Resources that could be protected, against what protects: those that nothing protects are listed. Pure.

Not here: whether they should be (an inventory says so). Invariant: nothing is called unprotected while a vault that might protect
it was not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from evidence.assess.sides import RESOURCE_GRAPH, Difference, Facts, Told, compared, not_comparable, subscription_of
from evidence.records import BACKUP, LIST_OF, SUBSCRIPTION_KINDS, Kind

INACTIVE: Final = frozenset({"protectionstopped", "backupssuspended", "softdeleted", "retentionpaused"})
"""States in which an item keeps what it has and gets nothing new."""
_ACCOUNTS: Final = "microsoft.storage/storageaccounts"
NOTHING: Final = (
    "No item of any vault that was read protects it. Protect it, or have it approved that it needs no backup."
)
ACCOUNT: Final = (
    "No item of any vault that was read protects a share or blobs of it; whether it holds any, Resource Graph does not tell. "
    "Protect them, or have it approved that they need no backup."
)
STOPPED: Final = "Its backups are stopped ({state}): nothing new is made. Resume them, or have it approved."


@dataclass(frozen=True, slots=True)
class Protection:
    """Which resources are protected, and which only were."""

    active: frozenset[str]
    stopped: Mapping[str, str]
    """State by resource."""

    def covers(self, resource: str) -> bool:
        """Whether an item protects the resource, or something within it."""
        return resource in self.active


def protection(facts: Facts) -> Protection:
    """From the items of all vaults, as they or Resource Graph tell them."""
    active: set[str] = set()
    stopped: dict[str, str] = {}
    for one in (*facts.graph_items.values(), *facts.items.values()):
        if one.of_resource_id is None:
            continue
        state = "soft-deleted" if one.inactive else one.state or ""
        if one.inactive or state.casefold() in INACTIVE:
            stopped[one.of_resource_id] = state
        else:
            active.update(_within(one.of_resource_id))
    return Protection(frozenset(active), {key: state for key, state in stopped.items() if key not in active})


def _within(resource: str) -> Iterator[str]:
    """A resource, and those that it is part of: blobs lie in an account."""
    head, found, path = resource.rpartition("/providers/")
    yield resource
    parts = path.split("/")
    while found and len(parts) > 3:  # noqa: PLR2004 - provider, type and name; two more for each level below
        parts = parts[:-2]
        yield f"{head}{found}{'/'.join(parts)}"


def obstacle_to_protection(facts: Facts, subscription: str) -> str | None:
    """Why it cannot be said of a subscription's resources that nothing protects them; None where it can."""
    lists = [(subscription, kind) for kind in SUBSCRIPTION_KINDS if kind in LIST_OF.values()]
    # A Backup vault may protect resources of other subscriptions; a Recovery Services vault protects those of its own.
    vaults = [
        (one.vault_id, Kind.PROTECTED_ITEMS)
        for one in facts.vaults
        if one.kind == BACKUP or subscription_of(one.vault_id) == subscription
    ]
    excluded = [
        key
        for key in facts.listed.keys() - {one.vault_id for one in facts.vaults}
        if subscription_of(key) == subscription
    ]
    graph = [(subscription, Kind.GRAPH_ITEMS)] if excluded else []
    return facts.read.first_obstacle(*lists, *vaults, *graph)


def reconcile_resources(facts: Facts, found: Protection) -> Iterator[Difference]:
    """Resources of Resource Graph that nothing protects."""
    for subscription in facts.subscriptions:
        graph = facts.read.obstacle(subscription, Kind.GRAPH_RESOURCES)
        obstacle = graph or obstacle_to_protection(facts, subscription)
        if obstacle is not None:
            yield not_comparable("resource", subscription, RESOURCE_GRAPH, obstacle)
            continue
        # What belongs to a machine is protected with it, and judged with it.
        mine = [
            one
            for key, one in sorted(facts.graph_resources.items())
            if subscription_of(key) == subscription and one.of_resource_id is None
        ]
        open_ones = [one for one in mine if not found.covers(one.key)]
        counts = (len(mine) - len(open_ones), len(mine), len(mine))
        yield compared("resource", subscription, RESOURCE_GRAPH, counts)
        yield from (unprotected(one, subscription, RESOURCE_GRAPH, found) for one in open_ones)


def unprotected(resource: Told, subject_id: str, source: str, found: Protection) -> Difference:
    """The row of a resource that nothing protects."""
    state = found.stopped.get(resource.key)
    never = ACCOUNT if resource.kind == _ACCOUNTS else NOTHING
    reason = never if state is None else STOPPED.format(state=state)
    return Difference(
        "resource", resource.key, subject_id, source, "unprotected", reason, name=resource.name, azure_says=state,
        second_says=resource.kind or "listed",
    )  # fmt: skip
