"""The estate of a seed: vaults and items with their ids.

A function of the seed alone; what happens to the items night by night is decided in `history`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulator.generated.catalogue import DEFAULT, ENHANCED, SQL_DAILY, SQL_SIMPLE, VAULTS, VaultPlan
from simulator.generated.seeded import Seed
from simulator.generated.values import Item, Policy, Vault, Workload

_ALWAYS_THERE = (DEFAULT, ENHANCED, SQL_DAILY)
"""Policies that every new vault has."""


@dataclass(frozen=True, slots=True)
class Estate:
    """Everything that is protected, readable or not."""

    subscriptions: tuple[str, ...]
    vaults: tuple[Vault, ...]
    items: tuple[Item, ...]

    def items_of(self, vault: Vault) -> tuple[Item, ...]:
        """The items of one vault, in the order of their names."""
        return tuple(item for item in self.items if item.vault == vault)


def build_estate(seed: Seed, plans: Sequence[VaultPlan] = VAULTS) -> Estate:
    """An estate under the ids of a seed; the default one where no other is given."""
    subscriptions = tuple(seed.guid("subscription", number) for number in range(2))
    vaults: list[Vault] = []
    items: list[Item] = []
    for plan in plans:
        vault = _vault(plan, subscriptions[plan.subscription])
        vaults.append(vault)
        items.extend(_items(plan, vault, seed))
    return Estate(subscriptions, tuple(vaults), tuple(items))


def _vault(plan: VaultPlan, subscription: str) -> Vault:
    used: dict[str, Policy] = {policy.name: policy for policy in _ALWAYS_THERE}
    used |= {group[-1].name: group[-1] for group in plan.machines}
    used |= {group[-1].name: group[-1] for group in plan.databases}
    used |= {group[-1].name: group[-1] for group in plan.shares}
    return Vault(
        subscription=subscription,
        resource_group=plan.resource_group,
        name=plan.name,
        region=plan.region,
        redundancy=plan.redundancy,
        readable=plan.readable,
        soft_delete=plan.soft_delete,
        immutability=plan.immutability,
        resource_guard=plan.resource_guard,
        customer_key=plan.customer_key,
        cross_region_restore=plan.cross_region_restore,
        tags=plan.tags,
        policies=tuple(used[name] for name in sorted(used)),
    )


def _items(plan: VaultPlan, vault: Vault, seed: Seed) -> Iterator[Item]:
    short = vault.name.rsplit("-", 1)[-1]
    for role, count, policy in plan.machines:
        for number in range(1, count + 1):
            name = f"vm-{role}-{short}-{number:02}"
            yield _item(vault, Workload.VM, name, f"RG-{role}-{short}", policy, seed)
    for server, instance, databases, policy in plan.databases:
        for name in databases:
            yield _item(vault, policy.workload, name, f"RG-data-{short}", policy, seed, server, instance)
    for account, shares, policy in plan.shares:
        for name in shares:
            yield _item(vault, Workload.FILES, name, f"rg-storage-{short}", policy, seed, account)


def _item(
    vault: Vault,
    workload: Workload,
    name: str,
    group: str,
    policy: Policy,
    seed: Seed,
    host: str = "",
    inside: str = "",
) -> Item:
    smallest, largest = {Workload.VM: (2_000, 60_000), Workload.FILES: (0, 0)}.get(workload, (20, 40_000))
    if policy is SQL_SIMPLE:
        smallest, largest = 4, 60
    size = seed.between(smallest, largest, "size", vault.name, host, inside, name)
    return Item(vault, workload, name, group, policy, host, inside, size)
