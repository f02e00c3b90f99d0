"""One element of a Backup vault's answer to its rows: the same tables as those of Recovery Services vaults.

Not here: single columns (`backup_jobs`, `backup_items`, `backup_points`, `backup_policies`, `backup_settings`). Invariant: an
element gives rows or is unread, never neither, and each row carries all that was sent, as in `element_rows`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from evidence.normalize.answers import Element
from evidence.normalize.backup_items import instance_row
from evidence.normalize.backup_jobs import backup_job_row, backup_restore_row
from evidence.normalize.backup_points import backup_point_row
from evidence.normalize.backup_policies import backup_policy_row
from evidence.normalize.backup_settings import backup_vault_row, guard_row
from evidence.normalize.fields import Fields
from evidence.normalize.frames import Frame
from evidence.normalize.jobs import job_id_of
from evidence.normalize.operations import RESTORE
from evidence.normalize.resource_ids import BACKUP_VAULTS, item_of_point, last_segment, vault_parts
from evidence.normalize.results import Row
from evidence.normalize.sent import ID, NAME, NOTHING, UnreadableElementError, not_yet, required_id, texts_as_sent
from evidence.records import Call, Kind

PROVIDER: Final = "microsoft.dataprotection/"
"""Begin of the lower-cased resource types that are read here."""
_VAULT: Final = f"{PROVIDER}backupvaults"
BACKUP_TYPES: Mapping[Kind, tuple[str, ...]] = {
    Kind.BACKUP_VAULTS: (_VAULT,),
    Kind.VAULT: (_VAULT,),
    # The service leaves `backup` out of the type that it writes here (recorded).
    Kind.GUARD_PROXIES: (f"{PROVIDER}vaults/backupresourceguardproxies", f"{_VAULT}/backupresourceguardproxies"),
    Kind.POLICIES: (f"{_VAULT}/backuppolicies",),
    Kind.PROTECTED_ITEMS: (f"{_VAULT}/backupinstances",),
    Kind.DELETED_ITEMS: (f"{_VAULT}/deletedbackupinstances",),
    Kind.JOBS: (f"{_VAULT}/backupjobs",),
    Kind.JOB_DETAILS: (f"{_VAULT}/backupjobs",),
    Kind.RECOVERY_POINTS: (f"{_VAULT}/backupinstances/recoverypoints",),
}
"""The lower-cased resource types that answers of a kind hold; others are of kinds not yet normalized."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the elements of one call share."""

    call: Call
    frame: Frame
    common: Row
    positions: Iterator[int]
    """Ordinals of recovery point rows."""

    def fields(self, element: Element, table: str) -> Fields:
        """The properties of an element, for the columns of a table."""
        fields = Fields(element.properties, self.frame.place(self.call, table), element.ordinal)
        if not isinstance(element.sent.get("properties"), dict):
            fields.note("properties", "is not an object")
        return fields


def backup_rows(element: Element, told: str, answered: Answered) -> Iterator[tuple[str, Row]]:
    """Table names and rows of an element of the type told; raises UnreadableElementError where it gives none."""
    kind = answered.call.kind
    if told not in BACKUP_TYPES.get(kind, ()):
        raise not_yet(told)
    match kind:
        case Kind.JOBS | Kind.JOB_DETAILS:
            return _job(element, answered)
        case Kind.PROTECTED_ITEMS | Kind.DELETED_ITEMS:
            return _instance(element, answered)
        case Kind.RECOVERY_POINTS:
            return _point(element, answered)
        case Kind.POLICIES:
            return _policy(element, answered)
        case _:
            return _vault(element, answered)


def _job(element: Element, answered: Answered) -> Iterator[tuple[str, Row]]:
    job_id = job_id_of(element)
    if job_id is None:
        raise UnreadableElementError("a job without name and id")
    fields, sent_id = answered.fields(element, "jobs"), element.sent.get("id")
    vault_id = answered.frame.vault_id
    if isinstance(sent_id, str) and sent_id[: len(vault_id) + 1].lower() != f"{vault_id}/":
        fields.note("id", "names another vault than the one that was asked")
    sent = texts_as_sent(element, NAME if element.sent.get("name") == job_id else NOTHING)
    row = backup_job_row(fields, answered.common, answered.frame.nights)
    row["job_id"], row["ordinal"] = job_id, element.ordinal
    row["detailed"] = answered.call.kind is Kind.JOB_DETAILS
    row |= sent
    yield "jobs", row
    if row["operation_kind"] == RESTORE:
        yield "restore_jobs", backup_restore_row(answered.fields(element, "restore_jobs"), row, answered.common) | sent


def _instance(element: Element, answered: Answered) -> Iterator[tuple[str, Row]]:
    fields = answered.fields(element, "protected_items")
    deleted = answered.call.kind is Kind.DELETED_ITEMS
    row = instance_row(required_id(element), fields, answered.common, ordinal=element.ordinal, deleted=deleted)
    yield "protected_items", {**row, **texts_as_sent(element, ID)}


def _point(element: Element, answered: Answered) -> Iterator[tuple[str, Row]]:
    sent_id, name = element.sent.get("id"), element.sent.get("name")
    sent_id = sent_id if isinstance(sent_id, str) else ""
    item_key = item_of_point(sent_id) or (answered.call.subject or "").lower()
    point_id = name if isinstance(name, str) and name else last_segment(sent_id)
    if not item_key or not point_id:
        raise UnreadableElementError("a recovery point that names neither its item nor itself")
    fields = answered.fields(element, "recovery_points")
    row = backup_point_row(point_id, item_key, fields, answered.common, answered.frame.nights)
    row["ordinal"], row["element"] = next(answered.positions), element.ordinal
    yield "recovery_points", {**row, **texts_as_sent(element, NAME if name == point_id else NOTHING)}


def _policy(element: Element, answered: Answered) -> Iterator[tuple[str, Row]]:
    fields, sent, name = answered.fields(element, "policies"), texts_as_sent(element, NOTHING), element.sent.get("name")
    row = backup_policy_row(required_id(element), fields, answered.common, str(sent["properties"]))
    row["name"], row["ordinal"] = name if isinstance(name, str) else None, element.ordinal
    yield "policies", {**row, **sent}


def _vault(element: Element, answered: Answered) -> Iterator[tuple[str, Row]]:
    vault = vault_parts(required_id(element), BACKUP_VAULTS)
    if vault is None:
        raise UnreadableElementError("an id that names no vault")
    kind, fields = answered.call.kind, answered.fields(element, "vaults")
    top = Fields(element.sent, answered.frame.place(answered.call, "vaults"), element.ordinal)
    told = guard_row(fields) if kind is Kind.GUARD_PROXIES else backup_vault_row(top, fields)
    named: Row = {
        "vault_id": vault.vault_id,
        "ordinal": element.ordinal,
        "source_kind": kind.value,
        "name": vault.name,
        "subscription_id": vault.subscription_id,
        "resource_group": vault.resource_group,
    }
    yield "vaults", {**answered.common, **named, **told, **texts_as_sent(element, NOTHING)}
