"""Answers about protected items and their recovery points.

Deleted items are gone from the list; soft-deleted ones stay in it for fourteen days, marked as such.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from simulator.errors import arm_error, json_response
from simulator.filters import interval, parse_filter
from simulator.generated.bodies.items import SOFT_DELETED_FOR, ItemState, item_body
from simulator.generated.bodies.names import container_name, item_id, item_name
from simulator.generated.bodies.points import RANGE_ID, point_body, range_body
from simulator.generated.history import History
from simulator.generated.logs import log_ranges
from simulator.generated.seeded import Seed
from simulator.generated.servers_desk import ServersDesk
from simulator.generated.values import Item, Vault, Workload
from simulator.interface import ArmRequest, ArmResponse
from simulator.paging import page
from simulator.paths import ItemPath

PAGE = 20
_ITEM_FILTER = ("backupManagementType", "itemType", "policyName")
_POINT_FILTER = ("startDate", "endDate", "restorePointQueryType", "extendedInfo", "includeSoftDeletedRP")
_KINDS = {
    "full": ("Full",),
    "differential": ("Differential",),
    "fullanddifferential": ("Full", "Differential"),
    "all": ("Full", "Differential"),
    "log": (),
}


class ItemsDesk:
    """Answers for the items of a vault."""

    def __init__(self, history: History, seed: Seed, servers: ServersDesk, page_size: int = PAGE) -> None:
        self._page_size = page_size
        self._servers = servers
        self._history = history
        self._seed = seed

    def listed(self, request: ArmRequest, vault: Vault, name: str | None) -> ArmResponse:
        """The items of a vault; nothing has a name below the list. Raises FilterError."""
        if name is not None:
            return arm_error(404, "ResourceNotFound", f"Nothing is at '{request.path}'.")
        asked = parse_filter(request.query.get("$filter", ""), _ITEM_FILTER)
        items = [item for item in self._present(vault, request.now) if _matches(item, asked)]
        rows: list[_Row] = [(item_id(item), partial(self._body, item, request.now)) for item in items]
        rows += self._servers.listed(vault, asked, request.now)
        rows.sort(key=_id_of)
        return page(request, rows, self._page_size, _id_of, lambda row: row[1]())

    def item(self, request: ArmRequest, vault: Vault, path: ItemPath) -> ArmResponse:
        """One item, its recovery points, or one of them. Raises FilterError."""
        item = self._found(vault, path, request.now)
        of_server = self._servers.item(request, vault, path) if item is None else None
        if of_server is not None:
            return of_server
        if item is None:
            message = "Item not found. Selected item might have been deleted. Please check if item is registered to the vault."
            return arm_error(404, "BMSUserErrorDataSourceObjectNotFound", message)
        if not path.points:
            return json_response(self._body(item, request.now))
        if path.point is None:
            return json_response({"value": self._points(request, item)})
        return self._point(item, path.point, request.now)

    def _points(self, request: ArmRequest, item: Item) -> Sequence[dict[str, object]]:
        asked = parse_filter(request.query.get("$filter", ""), _POINT_FILTER)
        window = interval(asked, "startDate", "endDate")
        database = item.workload in (Workload.SQL, Workload.HANA)
        query = asked.get("restorepointquerytype", "FullAndDifferential").lower() if database else "all"
        kinds = _KINDS.get(query, ())
        deleted = self._soft_deleted_at(item, request.now) is not None
        if deleted and asked.get("includesoftdeletedrp", "").lower() != "true":
            return []
        bodies = [
            point_body(item, point, request.now, details=False, deleted=deleted)
            for point in self._history.points(item, request.now)
            if point.kind in kinds and (window is None or window[0] <= point.at <= window[1])
        ]
        if database and query in ("log", "all"):
            bodies.append(range_body(item, log_ranges(self._history, item, request.now)))
        return bodies

    def _point(self, item: Item, point_id: str, now: datetime) -> ArmResponse:
        if point_id == RANGE_ID and item.workload in (Workload.SQL, Workload.HANA):
            return json_response(range_body(item, log_ranges(self._history, item, now)))
        for point in self._history.points(item, now):
            if point.point_id == point_id:
                deleted = self._soft_deleted_at(item, now) is not None
                return json_response(point_body(item, point, now, details=True, deleted=deleted))
        return arm_error(404, "ResourceNotFound", f"The item has no recovery point '{point_id}'.")

    def _present(self, vault: Vault, now: datetime) -> list[Item]:
        return [item for item in self._history.estate.items_of(vault) if self._in_list(item, now)]

    def _in_list(self, item: Item, now: datetime) -> bool:
        return self._history.alive(item, now) or self._soft_deleted_at(item, now) is not None

    def _soft_deleted_at(self, item: Item, now: datetime) -> datetime | None:
        gone = self._history.plan.deleted.get(item.key)
        kept = gone is not None and item.vault.soft_delete and gone <= now < gone + SOFT_DELETED_FOR
        return gone if kept else None

    def _body(self, item: Item, now: datetime) -> dict[str, object]:
        newest = next(iter(self._history.points(item, now)), None)
        state = ItemState(self._history.last_backup(item, now), newest, self._soft_deleted_at(item, now))
        return item_body(item, state, now, self._seed)

    def _found(self, vault: Vault, path: ItemPath, now: datetime) -> Item | None:
        for item in self._present(vault, now):
            named = item_name(item).lower() == path.item.lower()
            if named and path.container.lower().endswith(container_name(item).lower()):
                return item
        return None


_Row = tuple[str, Callable[[], dict[str, object]]]


def _id_of(row: _Row) -> str:
    return row[0]


def _matches(item: Item, asked: dict[str, str]) -> bool:
    return (
        asked.get("backupmanagementtype", item.workload.management_type) == item.workload.management_type
        and asked.get("itemtype", item.workload).lower() == item.workload.lower()
        and asked.get("policyname", item.policy.name) == item.policy.name
    )
