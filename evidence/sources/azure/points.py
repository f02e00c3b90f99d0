"""Asks for the recovery points of every item, and for the log ranges of databases.

Not here: which items need it (all do, so far). Without a filter Azure lists all points; ranges of SQL and HANA log
backups are a list of their own, and the only trace that scheduled log backups leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from evidence.records import Coverage, Kind, Vault
from evidence.sources.azure.checks import with_duplicates
from evidence.sources.azure.coverage import cover
from evidence.sources.azure.ids import ItemPath, item_path
from evidence.sources.azure.questions import Question, Reading, Row, Shape, ask_each
from evidence.sources.azure.session import Session

LOG_RANGES: Final = "restorePointQueryType eq 'Log'"
_WORKLOAD: Final = "azureworkload"
_DATABASES: Final = ("sqldatabase;", "sqlinstance;", "saphanadatabase;", "saphanadbinstance;", "sapasedatabase;")


@dataclass(frozen=True, slots=True)
class _Item:
    item_id: str
    path: ItemPath
    is_database: bool


def read_points(session: Session, vault: Vault, items: Reading) -> Coverage:
    """Recovery points of all items listed, each item once."""
    found = {item.item_id.lower(): item for item in _items(items.rows)}
    unknown = sum(_item(row) is None for row in items.rows)
    asked = ask_each(
        [
            partial(_read_list, session, vault, item, asked_filter)
            for item in found.values()
            for asked_filter in ((None, LOG_RANGES) if item.is_database else (None,))
        ]
    )
    return cover(
        Kind.RECOVERY_POINTS,
        asked.readings,
        not_asked=asked.not_asked,
        doubt="; ".join(_doubts(items, unknown)) or None,
    )


def _read_list(session: Session, vault: Vault, item: _Item, asked_filter: str | None) -> Reading:
    path = item.path
    operation = partial(
        session.backup.recovery_points.list,
        vault.name,
        vault.resource_group,
        path.fabric,
        path.container,
        path.item,
        filter=asked_filter,
    )
    question = Question(Kind.RECOVERY_POINTS, Shape.LIST, subject=item.item_id)
    return with_duplicates(session.read_list(question, operation))


def _items(rows: tuple[Row, ...]) -> Iterator[_Item]:
    return (item for row in rows if (item := _item(row)) is not None)


def _item(row: Row) -> _Item | None:
    item_id, properties = row.get("id"), row.get("properties")
    path = item_path(item_id) if isinstance(item_id, str) else None
    if path is None or not isinstance(item_id, str):
        return None
    told = properties.get("backupManagementType") if isinstance(properties, Mapping) else None
    is_workload = isinstance(told, str) and told.lower() == _WORKLOAD
    return _Item(item_id, path, is_workload or path.item.lower().startswith(_DATABASES))


def _doubts(items: Reading, unknown: int) -> Iterator[str]:
    if not items.whole:
        yield "the item list was not read whole, so other items may have points"
    if unknown:
        told = "1 item listed bears" if unknown == 1 else f"{unknown} items listed bear"
        yield f"{told} no id that names a container, so points cannot be asked for"
