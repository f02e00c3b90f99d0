"""One element of an answer to its rows, by the kind of thing that was asked for.

Not here: reading bodies, and single columns. Invariant: an element gives rows or is unread, never neither; each row carries
`properties` exactly as sent and, in `envelope`, all other fields that no column took as sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from evidence.normalize.answers import Element
from evidence.normalize.backup_elements import PROVIDER, Answered, backup_rows
from evidence.normalize.containers import container_row
from evidence.normalize.fields import Fields
from evidence.normalize.frames import Frame
from evidence.normalize.item_links import ItemIndex
from evidence.normalize.jobs import check_source_vault, job_id_of, job_row
from evidence.normalize.operations import RESTORE
from evidence.normalize.policies import policy_row
from evidence.normalize.protected_items import item_row
from evidence.normalize.recovery_points import point_rows
from evidence.normalize.resource_ids import item_of_point, last_segment, vault_parts
from evidence.normalize.restore_jobs import restore_row
from evidence.normalize.results import Row
from evidence.normalize.sent import (
    ID,
    NAME,
    NOTHING,
    UnreadableElementError,
    not_yet,
    required_id,
    texts_as_sent,
    told_type,
)
from evidence.normalize.vaults import vault_row
from evidence.records import Call, Kind

_VAULT = "microsoft.recoveryservices/vaults"
_ITEM = f"{_VAULT}/backupfabrics/protectioncontainers/protecteditems"
RESOURCE_TYPES: Mapping[Kind, str] = {
    Kind.VAULTS: _VAULT,
    Kind.VAULT: _VAULT,
    Kind.JOBS: f"{_VAULT}/backupjobs",
    Kind.JOB_DETAILS: f"{_VAULT}/backupjobs",
    Kind.PROTECTED_ITEMS: _ITEM,
    Kind.RECOVERY_POINTS: f"{_ITEM}/recoverypoints",
    Kind.POLICIES: f"{_VAULT}/backuppolicies",
    Kind.VAULT_CONFIG: f"{_VAULT}/backupconfig",
    Kind.STORAGE_CONFIG: f"{_VAULT}/backupstorageconfig",
    Kind.ENCRYPTION_CONFIG: f"{_VAULT}/backupencryptionconfigs",
    Kind.GUARD_PROXIES: f"{_VAULT}/backupresourceguardproxies",
    Kind.CONTAINERS: f"{_VAULT}/backupfabrics/protectioncontainers",
    Kind.BACKUP_ENGINES: f"{_VAULT}/backupengines",
    Kind.CROSS_REGION_JOBS: f"{_VAULT}/backupjobs",
}
"""The lower-cased resource type that answers of a kind hold; others are of kinds not yet normalized."""
_SAME: Mapping[str, str] = {
    "microsoft.recoveryservices/locations/backupjobs": f"{_VAULT}/backupjobs",
    f"{_VAULT}/backupdeletedprotectioncontainers": f"{_VAULT}/backupfabrics/protectioncontainers",
}
"""Types by which ids name the same thing: jobs of the paired region, soft-deleted containers."""
_CONTAINERS = frozenset({Kind.CONTAINERS, Kind.BACKUP_ENGINES})


@dataclass(slots=True)
class AnswerReader:
    """Makes the rows of one call's elements; holds what they share."""

    call: Call
    frame: Frame
    items: ItemIndex
    common: Row = field(init=False)
    positions: Iterator[int] = field(default_factory=count)
    """Ordinals of recovery point rows, which run on over ranges."""

    def __post_init__(self) -> None:
        self.common = self.frame.common(self.call)

    def rows(self, element: Element) -> Iterator[tuple[str, Row]]:
        """Table names and rows of an element; raises UnreadableElementError where it gives none."""
        told = told_type(element)
        if told.startswith(PROVIDER):
            return backup_rows(element, told, Answered(self.call, self.frame, self.common, self.positions))
        if _SAME.get(told, told) != RESOURCE_TYPES.get(self.call.kind):
            raise not_yet(told)
        match self.call.kind:
            case Kind.JOBS | Kind.JOB_DETAILS | Kind.CROSS_REGION_JOBS:
                return self._job(element)
            case Kind.PROTECTED_ITEMS:
                return self._item(element)
            case Kind.RECOVERY_POINTS:
                return self._points(element)
            case Kind.POLICIES:
                return self._policy(element)
            case _:
                return self._container(element) if self.call.kind in _CONTAINERS else self._vault(element)

    def _job(self, element: Element) -> Iterator[tuple[str, Row]]:
        job_id = job_id_of(element)
        if job_id is None:
            raise UnreadableElementError("a job without name and id")
        fields = self._fields(element, "jobs")
        self._check_vault(element, fields)
        row = job_row(fields, self.common, self.items, self.frame.nights)
        row["job_id"], row["ordinal"] = job_id, element.ordinal
        row["detailed"] = self.call.kind is Kind.JOB_DETAILS or self._of_one_cross_region_job()
        sent = texts_as_sent(element, NAME if element.sent.get("name") == job_id else NOTHING)
        row |= sent
        yield "jobs", row
        if row["operation_kind"] == RESTORE:
            yield "restore_jobs", restore_row(self._fields(element, "restore_jobs"), row, self.common) | sent

    def _item(self, element: Element) -> Iterator[tuple[str, Row]]:
        item_id = required_id(element)
        row = item_row(item_id, self._fields(element, "protected_items"), self.common, ordinal=element.ordinal)
        yield "protected_items", {**row, **texts_as_sent(element, ID)}

    def _points(self, element: Element) -> Iterator[tuple[str, Row]]:
        sent_id, name = element.sent.get("id"), element.sent.get("name")
        sent_id = sent_id if isinstance(sent_id, str) else ""
        item_key = item_of_point(sent_id) or (self.call.subject or "").lower()
        point_id = name if isinstance(name, str) and name else last_segment(sent_id)
        if not item_key or not point_id:
            raise UnreadableElementError("a recovery point that names neither its item nor itself")
        fields = self._fields(element, "recovery_points")
        sent = texts_as_sent(element, NAME if name == point_id else NOTHING)
        for row in point_rows(point_id, item_key, fields, self.common, self.frame.nights):
            yield "recovery_points", {**row, "ordinal": next(self.positions), "element": element.ordinal, **sent}

    def _policy(self, element: Element) -> Iterator[tuple[str, Row]]:
        fields, sent, name = (
            self._fields(element, "policies"),
            texts_as_sent(element, NOTHING),
            element.sent.get("name"),
        )
        row = policy_row(
            required_id(element),
            name if isinstance(name, str) else None,
            fields,
            self.common,
            str(sent["properties"]),
            ordinal=element.ordinal,
        )
        yield "policies", {**row, **sent}

    def _vault(self, element: Element) -> Iterator[tuple[str, Row]]:
        vault = vault_parts(required_id(element))
        if vault is None:
            raise UnreadableElementError("an id that names no vault")
        top = Fields(element.sent, self.frame.place(self.call, "vaults"), element.ordinal)
        fields = self._fields(element, "vaults")
        row = vault_row(vault, self.call.kind, top, fields, self.common, ordinal=element.ordinal)
        yield "vaults", {**row, **texts_as_sent(element, NOTHING)}

    def _fields(self, element: Element, table: str) -> Fields:
        fields = Fields(element.properties, self.frame.place(self.call, table), element.ordinal)
        if not isinstance(element.sent.get("properties"), dict):
            fields.note("properties", "is not an object")
        return fields

    def _container(self, element: Element) -> Iterator[tuple[str, Row]]:
        container_id, name = required_id(element), element.sent.get("name")
        fields = self._fields(element, "containers")
        row = container_row(
            container_id, name if isinstance(name, str) else None, fields, self.common, ordinal=element.ordinal
        )
        yield "containers", {**row, **texts_as_sent(element, NOTHING)}

    def _of_one_cross_region_job(self) -> bool:
        return self.call.kind is Kind.CROSS_REGION_JOBS and self.call.subject is not None

    def _check_vault(self, element: Element, fields: Fields) -> None:
        """A job that says it lies in another vault stays a row of the vault that was asked, and this is noted."""
        sent = element.sent.get("id")
        vault_id = self.frame.vault_id
        if self.call.kind is Kind.CROSS_REGION_JOBS:  # its id names a region; its details alone name the vault
            check_source_vault(fields, vault_id)
            return
        if isinstance(sent, str) and sent[: len(vault_id) + 1].lower() != f"{vault_id}/":
            fields.note("id", "names another vault than the one that was asked")
