"""The kinds of list that are put together here: their paths, elements, filters, order and form.

Only tables and the form of one element; lists are made in `lists`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from simulator.recorded import matching
from simulator.recorded.elements import Element, element_of
from simulator.recorded.raw_json import without

VAULT = r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.recoveryservices/vaults/[^/]+"
BACKUP_VAULT = r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.dataprotection/backupvaults/[^/]+"
_CONTAINER = r"/backupfabrics/[^/]+/protectioncontainers/[^/]+"
_ITEM = _CONTAINER + r"/protecteditems/[^/]+"


@dataclass(frozen=True, slots=True)
class GetOnly:
    """A part of `properties` that Azure sends for one resource and never in a list."""

    path: tuple[str, ...]
    management_type: str | None = None
    """Only elements of this type; None for all."""


@dataclass(frozen=True, slots=True)
class ListKind:
    """How one kind of list is asked for, and what it is made of. Paths are lower-cased."""

    path: re.Pattern[str]
    member: str
    """Paths of single elements; `{list}` and `{vault}` stand for the list's own path and its vault's."""
    match: Callable[[str], matching.Match]
    last_wins: bool = False
    """A later answer about one element replaces a listed one; else a listed one stays, being the list's true form."""
    get_only: tuple[GetOnly, ...] = ()
    order: Callable[[Element], str] | None = None
    """Sort key, highest first; None keeps the order of first appearance."""

    def members(self, path: str) -> re.Pattern[str]:
        """Paths whose answers are elements of the list at `path`."""
        vault = re.match(f"{VAULT}|{BACKUP_VAULT}", path)
        return re.compile(self.member.format(list=re.escape(path), vault=re.escape(vault[0] if vault else path)))

    def listed_form(self, element: Element) -> Element:
        """The element less what a list would not send of it."""
        management_type = element.text("backupManagementType")
        raw = element.raw
        for part in self.get_only:
            if part.management_type in (None, management_type):
                raw = without(raw, ("properties", *part.path))
        return element_of(raw, from_list=False)


def _start(job: Element) -> str:
    return (job.text("startTime") or "").rstrip("Z")


def _point_time(point: Element) -> str:
    """Log ranges have no time and so come last, as in most recorded lists."""
    return (point.text("recoveryPointTime") or point.text("recoveryPointTimeInUTC") or "").rstrip("Z")


# What `get_only` says was counted: elements that have the part, in lists against answers about one resource.
# Jobs: extendedInfo 0 of 114 (null in 13 of 2016), 633 of 633. Items: extendedInfo 0 of 460, 90 of 95; lastRecoveryPoint of
# SQL and HANA 0 of 64, 71 of 79 (lists of VMs send it). Points: extendedInfo 0 of 3,018, 34 of 127; disk lists of VMs 0 of 98,
# 22 of 58. `keyAndSecret` of an encrypted VM's point stays: no list of such points was recorded.
JOBS = ListKind(
    path=re.compile(VAULT + "/backupjobs"),
    member="{list}/[^/]+",
    match=matching.jobs,
    last_wins=True,
    get_only=(GetOnly(("extendedInfo",)),),
    order=_start,
)
ITEMS = ListKind(
    path=re.compile(VAULT + "/backupprotecteditems"),
    member="{vault}" + _ITEM,
    match=matching.items,
    get_only=(GetOnly(("extendedInfo",)), GetOnly(("lastRecoveryPoint",), "AzureWorkload")),
)
POINTS = ListKind(
    path=re.compile(VAULT + _ITEM + "/recoverypoints"),
    member="{list}/[^/]+",
    match=matching.points,
    get_only=(
        GetOnly(("extendedInfo",)),
        GetOnly(("recoveryPointDiskConfiguration", "includedDiskList")),
        GetOnly(("recoveryPointDiskConfiguration", "excludedDiskList")),
    ),
    order=_point_time,
)
POLICIES = ListKind(
    path=re.compile(VAULT + "/backuppolicies"),
    member="{list}/[^/]+",
    match=matching.policies,
)
CONTAINERS = ListKind(
    path=re.compile(VAULT + "/backupprotectioncontainers"),
    member="{vault}" + _CONTAINER,
    match=matching.containers,
)
VAULTS = ListKind(
    path=re.compile(r"/subscriptions/[^/]+/providers/microsoft\.recoveryservices/vaults"),
    member="(?!)",  # a vault's own answer lies in the group of that vault
    match=matching.unfiltered,
)
# Lists of Backup vaults take no filter but one on points, of which no answer was recorded. Jobs: extendedInfo is null in all 216 listed,
# an object in 105 of 105 answers about one.
BACKUP_JOBS = ListKind(
    path=re.compile(BACKUP_VAULT + "/backupjobs"),
    member="{list}/[^/]+",
    match=matching.resources,
    last_wins=True,
    get_only=(GetOnly(("extendedInfo",)),),
    order=_start,
)
_OF_BACKUP_VAULTS = tuple(
    ListKind(path=re.compile(BACKUP_VAULT + below), member="{list}/[^/]+", match=matching.resources, order=order)
    for below, order in (
        ("/backupinstances", None),
        ("/deletedbackupinstances", None),
        ("/backuppolicies", None),
        ("/backupinstances/[^/]+/recoverypoints", _point_time),
    )
)
_KINDS = (BACKUP_JOBS, *_OF_BACKUP_VAULTS, JOBS, ITEMS, POINTS, POLICIES, CONTAINERS, VAULTS)


def kind_of(path: str) -> ListKind | None:
    """The kind of list that a lower-cased path asks for."""
    return next((kind for kind in _KINDS if kind.path.fullmatch(path)), None)
