"""Answers about containers, soft-deleted containers and backup engines.

A container list must name a management type, as Azure's model of its filter demands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from simulator.errors import arm_error, json_response
from simulator.filters import FilterError, parse_filter
from simulator.generated.bodies.containers import container_body
from simulator.generated.bodies.names import container_name
from simulator.generated.bodies.servers import agent_container_body, engine_body
from simulator.generated.history import History
from simulator.generated.schedules import night_of, night_start
from simulator.generated.seeded import Seed
from simulator.generated.servers import AGENT, Servers
from simulator.generated.values import Item, Vault
from simulator.interface import ArmRequest, ArmResponse

_FILTER = ("backupManagementType", "status", "friendlyName", "providerType")
_TYPE = "backupmanagementtype"


class ContainersDesk:
    """Answers for what stands between a vault and its items."""

    def __init__(self, history: History, seed: Seed, servers: Servers) -> None:
        self._history, self._seed, self._servers = history, seed, servers

    def listed(self, request: ArmRequest, vault: Vault, name: str | None) -> ArmResponse:
        """Registered containers of one management type. Raises FilterError."""
        if name is not None:
            return _nothing(request)
        wanted = _wanted(request)
        found = [*self._agents(vault), *self._of_azure(request, vault)]
        return json_response({"value": [one for one in found if _told(one, "backupManagementType") == wanted]})

    def deleted(self, request: ArmRequest, _: Vault, name: str | None) -> ArmResponse:
        """Soft-deleted containers: none, for a container goes when its last item is gone for good. Raises FilterError."""
        if name is not None:
            return _nothing(request)
        _wanted(request)
        return json_response({"value": []})

    def engines(self, request: ArmRequest, vault: Vault, name: str | None) -> ArmResponse:
        """DPM machines, or one of them."""
        names = sorted({item.engine for item in self._servers.items(vault) if item.engine})
        bodies = [engine_body(vault, engine, self._seed) for engine in names]
        if name is None:
            return json_response({"value": bodies})
        found = next((one for one in bodies if str(one["name"]).lower() == name.lower()), None)
        return _nothing(request) if found is None else json_response(found)

    def _agents(self, vault: Vault) -> Iterator[dict[str, object]]:
        items = [item for item in self._servers.items(vault) if item.management_type == AGENT]
        for server in sorted({item.server for item in items}):
            held = [item for item in items if item.server == server]
            yield agent_container_body(held[0], len(held), self._seed)

    def _of_azure(self, request: ArmRequest, vault: Vault) -> Iterator[dict[str, object]]:
        held: dict[str, list[Item]] = defaultdict(list)
        for item in self._history.estate.items_of(vault):
            if self._history.alive(item, request.now):
                held[container_name(item)].append(item)
        seen_at = night_start(night_of(request.now))
        return (container_body(held[name], seen_at) for name in sorted(held))


def _wanted(request: ArmRequest) -> str:
    asked = parse_filter(request.query.get("$filter", ""), _FILTER)
    if _TYPE not in asked:
        raise FilterError("backupManagementType")
    return asked[_TYPE]


def _told(container: dict[str, object], name: str) -> object:
    properties = container["properties"]
    return properties.get(name) if isinstance(properties, dict) else None


def _nothing(request: ArmRequest) -> ArmResponse:
    return arm_error(404, "ResourceNotFound", f"Nothing is at '{request.path}'.")
