"""A listed item as far as planning needs it, and which of tonight's items a job is about.

Not here: rows of tables (`normalize`). Invariants: what a list does not tell of an item is None; an item without an id that names a
container is no item that could be asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from evidence.sources.azure.ids import ItemPath, item_path
from evidence.sources.azure.questions import Row

_WORKLOAD: Final = "azureworkload"
_DATABASES: Final = ("sqldatabase;", "sqlinstance;", "saphanadatabase;", "saphanadbinstance;", "sapasedatabase;")
_STOPPED: Final = frozenset({"protectionstopped", "protectionpaused", "backupssuspended"})
_FIRST_REAL_YEAR: Final = 2002
"""Azure writes 0001-01-01 and 2001-01-01 where there is no moment."""


@dataclass(frozen=True, slots=True)
class Item:
    """One protected item, as its list row tells."""

    item_id: str
    """As Azure sent it."""
    path: ItemPath
    is_database: bool
    name: str = ""
    """Its friendly name, else the last part of its own."""
    names: frozenset[str] = frozenset()
    """Lower-cased names by which jobs may call it."""
    workload: str | None = None
    policy_id: str | None = None
    """Lower-cased; None where it has none."""
    is_stopped: bool = False
    """Whether no backup is expected: protection stopped, paused or deleted."""
    is_soft_deleted: bool = False
    last_point_at: datetime | None = None

    @property
    def key(self) -> str:
        """Lower-cased id."""
        return self.item_id.lower()


def item_of(row: Row) -> Item | None:
    """The item of a list row; None where its id does not tell a container."""
    item_id, told = row.get("id"), row.get("properties")
    path = item_path(item_id) if isinstance(item_id, str) else None
    if path is None or not isinstance(item_id, str):
        return None
    properties = told if isinstance(told, Mapping) else {}
    friendly, own = _text(properties, "friendlyName"), path.item.rpartition(";")[2]
    deleted = properties.get("isScheduledForDeferredDelete") is True
    policy_id = _text(properties, "policyId")
    return Item(
        item_id=item_id,
        path=path,
        is_database=_lower(properties, "backupManagementType") == _WORKLOAD or path.item.lower().startswith(_DATABASES),
        name=friendly or own,
        names=frozenset(name.lower() for name in (friendly, own) if name),
        workload=_text(properties, "workloadType"),
        policy_id=policy_id.lower() if policy_id else None,
        is_stopped=deleted or _lower(properties, "protectionState") in _STOPPED,
        is_soft_deleted=deleted,
        last_point_at=moment_of(properties.get("lastRecoveryPoint")),
    )


def moment_of(value: object) -> datetime | None:
    """A moment as Azure writes it; None where it is none, or stands for none."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None or moment.year < _FIRST_REAL_YEAR:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # Azure sends UTC; old bodies leave the letter out


def _text(properties: Mapping[str, object], name: str) -> str | None:
    value = properties.get(name)
    return value if isinstance(value, str) and value else None


def _lower(properties: Mapping[str, object], name: str) -> str:
    return (_text(properties, name) or "").lower()
