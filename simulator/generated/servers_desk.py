"""Answers about items and jobs of servers outside Azure; lists of Azure's own items and jobs hold them too.

What there is of them is `servers`; how it is worded `bodies.servers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from simulator.errors import arm_error, json_response
from simulator.generated.bodies.servers import (
    server_container_name,
    server_item_body,
    server_item_id,
    server_job_body,
    server_point_body,
)
from simulator.generated.seeded import Seed
from simulator.generated.servers import AGENT, ServerItem, ServerJob, Servers
from simulator.generated.values import Vault
from simulator.interface import ArmRequest, ArmResponse
from simulator.paths import ItemPath

Row = tuple[str, Callable[[], dict[str, object]]]


class ServersDesk:
    """Rows and answers for the servers of a vault."""

    def __init__(self, servers: Servers, seed: Seed) -> None:
        self._servers, self._seed = servers, seed

    def listed(self, vault: Vault, asked: Mapping[str, str], now: datetime) -> list[Row]:
        """Items that fit an item filter, by id."""
        return [
            (server_item_id(item, self._seed), partial(self._body, item, now))
            for item in self._servers.items(vault)
            if asked.get("backupmanagementtype", item.management_type) == item.management_type
            and asked.get("itemtype", item.workload).lower() == item.workload.lower()
            and "policyname" not in asked
        ]

    def item(self, request: ArmRequest, vault: Vault, path: ItemPath) -> ArmResponse | None:
        """One item, its points, or one of them; None where no server has it."""
        item = next((one for one in self._servers.items(vault) if self._is(one, path)), None)
        if item is None:
            return None
        if not path.points:
            return json_response(self._body(item, request.now))
        points = [server_point_body(job, self._seed) for job in self._servers.kept(item, request.now)]
        if path.point is None:
            return json_response({"value": points})
        found = next((point for point in points if point["name"] == path.point), None)
        if found is None:
            return arm_error(404, "ResourceNotFound", f"The item has no recovery point '{path.point}'.")
        return json_response(found)

    def jobs(self, vault: Vault, first: datetime, last: datetime, now: datetime) -> list[ServerJob]:
        """Jobs in a window that can be seen: Azure hears of an agent's when they have ended."""
        found = self._servers.jobs(vault, first, min(last, now))
        return [job for job in found if job.item.management_type != AGENT or job.ended_at <= now]

    def job(self, vault: Vault, job_id: str, begin: datetime, now: datetime) -> ArmResponse | None:
        """One job; None where no server has it."""
        found = next((job for job in self.jobs(vault, begin, now, now) if job.job_id == job_id), None)
        return None if found is None else json_response(server_job_body(found, now, details=True))

    def _body(self, item: ServerItem, now: datetime) -> dict[str, object]:
        return server_item_body(item, self._servers.last(item, now), self._seed)

    def _is(self, item: ServerItem, path: ItemPath) -> bool:
        named = server_item_id(item, self._seed).lower().endswith(f"/{path.item.lower()}")
        return named and path.container.lower() == server_container_name(item).lower()
