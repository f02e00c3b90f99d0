"""Which protected item a job is about, told by the names that the job carries.

Recovery Services jobs carry no item id (azure-backup.md section 3): VM jobs name a container, SQL and HANA jobs a database and a
server, Files jobs a share and a storage account. Invariant: one item is named only where one alone fits; else the fitting ones are
listed. Names compare without case, as Azure compares them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from evidence.normalize.resource_ids import container_key, container_of_item

BY_NAME, AMBIGUOUS, UNLINKED = "name", "ambiguous", "unlinked"

ITEM_COLUMNS = (
    "vault_id",
    "item_key",
    "management_type",
    "friendly_name",
    "container_name",
    "server_name",
    "instance_name",
    "workload",
)
"""Columns of `protected_items` by which items are found."""

_VM, _FILES, _DATABASE = "azureiaasvm", "azurestorage", "azureworkload"
_ON_SERVER = re.compile(r"(?P<name>.*) \[(?P<server>[^\[\]]*)\]", re.DOTALL)


class JobNames(NamedTuple):
    """The names that a job carries, as sent; None where it carries none. A tuple, because one is made and hashed for each job."""

    management_type: str | None
    friendly_name: str | None
    container: str | None = None
    server: str | None = None
    """Storage account of a share, or the server that a job of an agent names."""
    workload: str | None = None
    unique_container: str | None = None
    """`ContainerUniqueName` of the property bag, which some SQL jobs carry."""


@dataclass(frozen=True, slots=True)
class ItemLink:
    """The item of a job: its key, or why there is none."""

    item_key: str | None
    link: str
    """`name`, `ambiguous` or `unlinked`."""
    candidates: tuple[str, ...] | None = None
    """Sorted item keys where more than one fits, or where others that fit may be unknown."""


@dataclass(frozen=True, slots=True)
class _Known:
    """One item as one observation names it, folded."""

    item_key: str
    containers: frozenset[str]
    server: str | None
    instance: str | None
    workload: str | None


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a job's friendly name."""

    name: str
    server: str | None = None
    instance: str | None = None

    def fits(self, item: _Known) -> bool:
        """Whether an item of this name may be meant: what both tell must agree."""
        servers_agree = self.server is None or self.server == item.server
        return servers_agree and (self.instance is None or self.instance == item.instance)


class ItemIndex:
    """Items of one vault by their names: those of the capture, and those observed before.

    An item known by several names is found by each. `whole` says whether the item list was read to its end: where it was not,
    an item that fits may be missing, and a name that does not tell the instance proves nothing.
    """

    def __init__(self, rows: Iterable[Mapping[str, object]], *, whole: bool = True) -> None:
        self._whole = whole
        self._by_container: defaultdict[str, set[str]] = defaultdict(set)
        self._by_name: defaultdict[tuple[str, str], set[_Known]] = defaultdict(set)
        self._found: dict[JobNames, ItemLink] = {}
        for row in rows:
            self._add(row)

    def find(self, job: JobNames) -> ItemLink:
        """The one item that fits the job's names; else all that fit."""
        link = self._found.get(job)
        if link is None:
            link = self._found[job] = self._link(job, sorted(self._fitting(job)))
        return link

    def _add(self, row: Mapping[str, object]) -> None:
        key, management_type = _folded(row.get("item_key")), _folded(row.get("management_type"))
        if key is None or management_type is None:
            return
        named = (_folded(row.get("container_name")), container_of_item(key))
        containers = frozenset(container_key(name) for name in named if name)
        server, instance = _folded(row.get("server_name")), _folded(row.get("instance_name"))
        known = _Known(key, containers, server, instance, _folded(row.get("workload")))
        name = _folded(row.get("friendly_name"))
        if name is not None:
            self._by_name[management_type, name].add(known)
        if management_type == _VM:
            for container in containers:
                self._by_container[container].add(key)

    def _fitting(self, job: JobNames) -> set[str]:
        management_type, name = _folded(job.management_type), _folded(job.friendly_name)
        if management_type == _VM and job.container:
            return self._by_container.get(container_key(job.container), set())
        if management_type is None or name is None:
            return set()
        workload = _folded(job.workload)
        return {
            item.item_key
            for reading in _readings(management_type, name, _folded(job.server))
            for item in self._by_name.get((management_type, reading.name), ())
            if reading.fits(item) and _agree(workload, item.workload) and _within(job.unique_container, item)
        }

    def _link(self, job: JobNames, keys: list[str]) -> ItemLink:
        if not keys:
            return ItemLink(None, UNLINKED)
        if len(keys) > 1 or not (self._whole or _names_one(job)):
            return ItemLink(None, AMBIGUOUS, tuple(keys))
        return ItemLink(keys[0], BY_NAME)


def _names_one(job: JobNames) -> bool:
    """Whether the job's names cannot fit a second item of the vault."""
    management_type = _folded(job.management_type)
    return (management_type == _VM and bool(job.container)) or (management_type == _FILES and bool(job.server))


def _readings(management_type: str, name: str, server: str | None) -> list[_Reading]:
    """Ways to read a name: `db [server]`, `instance/db [server]` (older SQL and HANA jobs), or the bare name."""
    if management_type != _DATABASE:
        return [_Reading(name, server)]
    match = _ON_SERVER.fullmatch(name)
    database, on = (match["name"], match["server"]) if match else (name, None)
    readings = [_Reading(database, on)]
    instance, divided, rest = database.partition("/")
    if divided:
        readings.append(_Reading(rest, on, instance))
    return readings


def _agree(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _within(unique_container: str | None, item: _Known) -> bool:
    wanted = _folded(unique_container)
    return wanted is None or not item.containers or any(name.endswith(wanted) for name in item.containers)


def _folded(value: object) -> str | None:
    return value.casefold() if isinstance(value, str) and value else None
