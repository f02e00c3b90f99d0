"""The generated world: answers ARM's questions from the history of an estate.

Routing, filters and paging. What happened is `history`; what Azure calls it is `bodies`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from simulator.above import group_of, is_graph
from simulator.errors import arm_error, json_response
from simulator.filters import FilterError, bad_filter
from simulator.generated.activity_log import EventsDesk, is_events
from simulator.generated.backup_vaults.desk import BackupVaultsDesk
from simulator.generated.backup_vaults.history import BackupHistory, MadeBackups
from simulator.generated.backup_vaults.truth import tell_backup_vaults
from simulator.generated.bodies.vaults import (
    backup_config,
    encryption_config,
    resource_guard_proxies,
    storage_config,
    vault_body,
)
from simulator.generated.containers_desk import ContainersDesk
from simulator.generated.cross_region import CrossRegion
from simulator.generated.estate import Estate, build_estate
from simulator.generated.history import History
from simulator.generated.items_desk import PAGE as ITEMS_A_PAGE
from simulator.generated.items_desk import ItemsDesk
from simulator.generated.jobs_desk import PAGE as JOBS_A_PAGE
from simulator.generated.jobs_desk import JobsDesk
from simulator.generated.management_groups import descendants
from simulator.generated.planned import Plan
from simulator.generated.policies_desk import PoliciesDesk
from simulator.generated.resource_graph import GraphDesk
from simulator.generated.seeded import Seed
from simulator.generated.servers import Servers
from simulator.generated.servers_desk import ServersDesk
from simulator.generated.truth import tell, tell_cross_region
from simulator.generated.values import Vault
from simulator.interface import ArmRequest, ArmResponse
from simulator.paths import ArmPath, parse_path
from simulator.posts import cross_region_path
from simulator.tokens import PRINCIPAL

VAULTS = "Microsoft.RecoveryServices/vaults"
Desk = Callable[[ArmRequest, Vault, str | None], ArmResponse]


@dataclass(frozen=True, slots=True)
class Made:
    """Another estate than the seed's own."""

    estate: Estate
    plan: Plan
    page_size: int
    backup_vaults: MadeBackups | None = None


class GeneratedWorld:
    """A world made from a seed, over a range of nights."""

    def __init__(self, seed: int, first_night: date, nights: int, made: Made | None = None) -> None:
        self.seed = Seed(seed)
        estate, plan = (made.estate, made.plan) if made else (build_estate(self.seed), None)
        self.history = History(self.seed, estate, first_night, nights, plan)
        self._servers = Servers(self.history, self.seed)
        self._cross_region = CrossRegion(self.history, self.seed)
        servers, containers = (
            ServersDesk(self._servers, self.seed),
            ContainersDesk(self.history, self.seed, self._servers),
        )
        self._items = ItemsDesk(self.history, self.seed, servers, made.page_size if made else ITEMS_A_PAGE)
        others = made.backup_vaults if made else None
        self.backup_history = BackupHistory(self.seed, self.history, empty=made is not None, made=others)
        self._backup_vaults = BackupVaultsDesk(self.backup_history)
        self._graph = GraphDesk(self.history, self.seed, self.answer)
        self._events = EventsDesk(self.history, self.seed, self.backup_history)
        self._desks: Mapping[str, Desk] = {
            "backupjobs": JobsDesk(self.history, servers, made.page_size if made else JOBS_A_PAGE).answer,
            "backupprotectioncontainers": containers.listed,
            "backupdeletedprotectioncontainers": containers.deleted,
            "backupengines": containers.engines,
            "backupprotecteditems": self._items.listed,
            "backuppolicies": PoliciesDesk(self.history).answer,
            "backupresourceguardproxies": _proxies,
        }

    def subscriptions(self) -> Sequence[str]:
        """Ids of both subscriptions."""
        return self.history.estate.subscriptions

    def nights(self) -> Sequence[date]:
        """The nights asked for; fourteen nights before them have jobs too, for look-backs."""
        return self.history.nights()

    def truth(self) -> Mapping[str, object]:
        """What was planted, with the ids that Azure would show."""
        crossing = [tell_cross_region(planted) for planted in self._cross_region.planted()]
        second = {**self._graph.truth(), **self._events.truth()}
        second["backup_vaults"] = tell_backup_vaults(self.backup_history)
        return {**tell(self.history), **second, "cross_region_restores": crossing, "servers": self._servers.tell()}

    def answer(self, request: ArmRequest) -> ArmResponse:
        """Answer one GET."""
        path = parse_path(request.path)
        if path is None or path.subscription is None:
            return self._above_subscriptions(request)
        if path.subscription.lower() not in self.subscriptions():
            message = f"The subscription '{path.subscription}' could not be found."
            return arm_error(404, "SubscriptionNotFound", message)
        if not path.vaults:
            return self._above_vaults(request, path)
        if path.backup:
            return self._backup_vaults.answer(request, path)
        if path.vault is None:
            return self._vault_list(path)
        return self._in_vault(request, path)

    def _above_subscriptions(self, request: ArmRequest) -> ArmResponse:
        group = group_of(request.path)
        if group is not None:
            return descendants(request, group, self.subscriptions())
        return self._graph.answer(request) if is_graph(request.path) else _not_simulated(request)

    def _above_vaults(self, request: ArmRequest, path: ArmPath) -> ArmResponse:
        if path.subscription is not None and is_events(path.rest):
            return self._events.answer(request, path.subscription)
        region = cross_region_path(path.rest)
        if request.method != "POST" or region is None:
            return _not_simulated(request)
        return self._cross_region.answer(request, region[0], one=region[1])

    def _vault_list(self, path: ArmPath) -> ArmResponse:
        group = (path.resource_group or "").lower()
        found = [
            vault_body(vault, self.seed)
            for vault in self.history.estate.vaults
            if vault.subscription == str(path.subscription).lower() and group in ("", vault.resource_group.lower())
        ]
        return json_response({"value": found})

    def _in_vault(self, request: ArmRequest, path: ArmPath) -> ArmResponse:
        vault = self._vault(path)
        if vault is None:
            message = (
                f"The Resource '{VAULTS}/{path.vault}' under resource group '{path.resource_group}' was not found."
            )
            return arm_error(404, "ResourceNotFound", message, {"x-ms-failure-cause": "gateway"})
        if not vault.readable:
            return _forbidden(vault, path)
        if not path.collection:
            return json_response(vault_body(vault, self.seed))
        try:
            return self._below(request, path, vault)
        except FilterError:
            guidance = "the filter joins clauses such as status eq 'Failed' with and; times are yyyy-MM-dd hh:mm:ss AM."
            return bad_filter("Get jobs" if path.collection == "backupjobs" else "Get", guidance)

    def _vault(self, path: ArmPath) -> Vault | None:
        for vault in self.history.estate.vaults:
            if (
                vault.subscription == str(path.subscription).lower()
                and vault.name.lower() == str(path.vault).lower()
                and vault.resource_group.lower() == str(path.resource_group).lower()
            ):
                return vault
        return None

    def _below(self, request: ArmRequest, path: ArmPath, vault: Vault) -> ArmResponse:
        if path.item is not None:
            return self._items.item(request, vault, path.item)
        setting = _SETTINGS.get((path.collection, (path.name or "").lower()))
        if setting is not None:
            return json_response(setting(vault))
        desk = self._desks.get(path.collection)
        return _not_simulated(request) if desk is None else desk(request, vault, path.name)


_SETTINGS: Mapping[tuple[str, str], Callable[[Vault], dict[str, object]]] = {
    ("backupconfig", "vaultconfig"): backup_config,
    ("backupstorageconfig", "vaultstorageconfig"): storage_config,
    ("backupencryptionconfigs", "backupresourceencryptionconfig"): encryption_config,
}


def generated_world(seed: int, first_night: date, nights: int) -> GeneratedWorld:
    """The world of a seed over so many nights from the first on."""
    return GeneratedWorld(seed, first_night, nights)


def _proxies(_: ArmRequest, vault: Vault, name: str | None) -> ArmResponse:
    proxies = resource_guard_proxies(vault)
    if name is None:
        return json_response({"value": proxies})
    for proxy in proxies:
        if str(proxy["name"]).lower() == name.lower():
            return json_response(proxy)
    return arm_error(404, "ResourceNotFound", f"The vault has no resource guard proxy '{name}'.")


def _forbidden(vault: Vault, path: ArmPath) -> ArmResponse:
    message = (
        f"The client '{PRINCIPAL.application_id}' with object id '{PRINCIPAL.object_id}' does not have authorization "
        f"to perform action '{path.action}' over scope '{vault.id}{path.rest}' or the scope is invalid. "
        "If access was recently granted, please refresh your credentials."
    )
    return arm_error(403, "AuthorizationFailed", message, {"x-ms-failure-cause": "gateway"})


def _not_simulated(request: ArmRequest) -> ArmResponse:
    return arm_error(404, "NotSimulated", f"The simulator does not know '{request.path}'.")
