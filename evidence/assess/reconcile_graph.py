"""Vaults and items as their own lists tell them, against Resource Graph. Pure.

Resource Graph shows only what the identity may read and says nothing of the rest: what it lacks is never thereby absent from
Azure. Not here: jobs. Invariant: what was moved to another group is one thing, not two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from evidence.assess.sides import (
    RESOURCE_GRAPH,
    Difference,
    Facts,
    Told,
    compared,
    not_comparable,
    subscription_of,
)
from evidence.records import LIST_OF, SUBSCRIPTION_KINDS, Kind, Vault

_TYPES: Final = {
    Kind.VAULTS: "microsoft.recoveryservices/vaults",
    Kind.BACKUP_VAULTS: "microsoft.dataprotection/backupvaults",
}
MISSING_IN_GRAPH: Final = (
    "Resource Graph does not show it: it lags behind, or the identity lacks a right there. Look it up in the portal; "
    "if it is there, nothing is wrong with the evidence."
)
MISSING_IN_AZURE: Final = "Resource Graph shows it, and the list does not: look it up in the portal; if it exists, its backups are in no report."
MOVED: Final = "The same name in another resource group: it was moved, and one side still tells the old place."
STATE: Final = "The two sides tell another state: one of them lags behind. Look at it in the portal."


def reconcile_vaults(facts: Facts) -> Iterator[Difference]:
    """Vault lists against Resource Graph, subscription by subscription."""
    for subscription in facts.subscriptions:
        for kind in sorted(set(LIST_OF.values())):
            azure = _of(facts.listed, subscription, str(kind))
            second = _of(facts.graph_vaults, subscription, _TYPES[kind])
            if not (azure or second or kind in SUBSCRIPTION_KINDS):
                continue
            obstacle = facts.read.first_obstacle((subscription, kind), (subscription, Kind.GRAPH_VAULTS))
            if obstacle is not None:
                yield not_comparable("vault", subscription, RESOURCE_GRAPH, obstacle, str(kind))
                continue
            counts = (len(azure), len(second), len(azure.keys() | second.keys()) - len(_moved(azure, second)))
            yield compared("vault", subscription, RESOURCE_GRAPH, counts, field=str(kind))
            yield from _vaults(subscription, azure, second, {one.vault_id for one in facts.vaults})


def twins(facts: Facts) -> Mapping[str, str]:
    """Vaults that Resource Graph tells under another group, by that id: the id under which they were asked."""
    found: dict[str, str] = {}
    for subscription in facts.subscriptions:
        for kind in LIST_OF.values():
            azure = _of(facts.listed, subscription, str(kind))
            second = _of(facts.graph_vaults, subscription, _TYPES[kind])
            found |= {there: here for here, there in _moved(azure, second).items()}
    return found


def reconcile_items(facts: Facts, twin_of: Mapping[str, str]) -> Iterator[Difference]:
    """Item lists against Resource Graph, vault by vault."""
    azure: dict[str, dict[str, Told]] = {}
    second: dict[str, dict[str, Told]] = {}
    for one in facts.items.values():
        azure.setdefault(one.vault_id or "", {})[_below(one)] = one
    for one in facts.graph_items.values():
        home = one.vault_id or ""
        second.setdefault(twin_of.get(home, home), {})[_below(one)] = one
    for vault in facts.vaults:
        subscription = subscription_of(vault.vault_id)
        obstacle = facts.read.first_obstacle((vault.vault_id, Kind.PROTECTED_ITEMS), (subscription, Kind.GRAPH_ITEMS))
        if obstacle is not None:
            yield not_comparable("item", vault.vault_id, RESOURCE_GRAPH, obstacle)
            continue
        yield from _items(vault, azure.get(vault.vault_id, {}), second.get(vault.vault_id, {}))


def _of(vaults: Mapping[str, Told], subscription: str, kind: str) -> Mapping[str, Told]:
    return {key: one for key, one in vaults.items() if one.kind == kind and subscription_of(key) == subscription}


def _moved(azure: Mapping[str, Told], second: Mapping[str, Told]) -> Mapping[str, str]:
    """Ids that one side alone has, where one name stands for one vault on either side."""
    here = {key: _name(key) for key in azure.keys() - second.keys()}
    there = {key: _name(key) for key in second.keys() - azure.keys()}
    twice = {name for names in (here, there) for name, count in Counter(names.values()).items() if count > 1}
    by_name = {name: key for key, name in there.items() if name not in twice}
    return {key: by_name[name] for key, name in here.items() if name not in twice and name in by_name}


def _name(arm_id: str) -> str:
    return arm_id.rsplit("/", 1)[-1]


def _vaults(
    subscription: str, azure: Mapping[str, Told], second: Mapping[str, Told], asked: set[str]
) -> Iterator[Difference]:
    moved = _moved(azure, second)
    for key in sorted(azure.keys() - second.keys()):
        subject = key if key in asked else subscription
        told = azure[key]
        if key in moved:
            there = moved[key]
            yield Difference(
                "vault", key, subject, RESOURCE_GRAPH, "differs", MOVED, "resource_group", told.name, None,
                _group(key), _group(there),
            )  # fmt: skip
        else:
            yield Difference(
                "vault",
                key,
                subject,
                RESOURCE_GRAPH,
                "only_azure",
                MISSING_IN_GRAPH,
                name=told.name,
                azure_says="listed",
            )
    for key in sorted(second.keys() - azure.keys() - set(moved.values())):
        name = second[key].name
        yield Difference(
            "vault", key, subscription, RESOURCE_GRAPH, "only_second", MISSING_IN_AZURE, name=name, second_says="listed"
        )


def _group(arm_id: str) -> str:
    return arm_id.split("/")[4]


def _below(item: Told) -> str:
    """An item's id within its vault, so that it is the same in a vault that was moved."""
    return item.key.removeprefix(item.vault_id or "")


def _items(vault: Vault, azure: Mapping[str, Told], second: Mapping[str, Told]) -> Iterator[Difference]:
    subject = vault.vault_id
    # Soft-deleted items are listed by their vault for days; nobody promises that Resource Graph shows them as long.
    counted = {path for path, one in azure.items() if not one.inactive} | second.keys()
    yield compared("item", subject, RESOURCE_GRAPH, (len(azure), len(second), len(counted)))
    for path in sorted(counted | azure.keys()):
        here, there = azure.get(path), second.get(path)
        if here is None and there is not None:
            yield Difference(
                "item", there.key, subject, RESOURCE_GRAPH, "only_second", MISSING_IN_AZURE, name=there.name,
                of_vault_id=subject, second_says=there.state or "listed",
            )  # fmt: skip
        elif here is not None and there is None and not here.inactive:
            yield Difference(
                "item", here.key, subject, RESOURCE_GRAPH, "only_azure", MISSING_IN_GRAPH, name=here.name,
                of_vault_id=subject, azure_says=here.state or "listed",
            )  # fmt: skip
        elif here is not None and there is not None and differ(here.state, there.state) and not here.inactive:
            yield Difference(
                "item", here.key, subject, RESOURCE_GRAPH, "differs", STATE, "protection_state", here.name, subject,
                here.state, there.state,
            )  # fmt: skip


def differ(one: str | None, other: str | None) -> bool:
    """Whether two words are told and not the same; what one side does not tell is no difference."""
    return one is not None and other is not None and one.strip().casefold() != other.strip().casefold()
