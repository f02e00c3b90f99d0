"""Lists of protected items to columns.

Not here: what an item's fields mean (`evidence.normalize.protected_items`), and items of backup engines, which the reference reads.
Invariant: words are read by the reference's own function, once for each template, and what is read here beside them is compared with
it then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import starmap

import pyarrow as pa

from evidence.normalize.fast.columns import Built
from evidence.normalize.fast.elements import Elements
from evidence.normalize.fast.learned import Lesson, learned_columns, told_by
from evidence.normalize.fast.templates import REMEMBERED, Json, Path, Template
from evidence.normalize.fast.vectors import moments, texts
from evidence.normalize.fields import Fields
from evidence.normalize.frames import Frame
from evidence.normalize.protected_items import item_row
from evidence.normalize.resource_ids import container_of_item, last_segment
from evidence.normalize.results import Row
from evidence.tables import PROTECTED_ITEMS
from evidence.tables.columns import COUNT, FLAG, TEXT

_LEARNED: Mapping[str, pa.DataType] = {
    "management_type": TEXT,
    "workload": TEXT,
    "protection_state": TEXT,
    "health": TEXT,
    "last_backup_status": TEXT,
    "soft_deleted": FLAG,
}
_WORDS = (
    *("backupManagementType", "workloadType", "protectionState", "healthStatus", "protectionStatus"),
    *("lastBackupStatus", "isScheduledForDeferredDelete"),
)
_NAMES: Sequence[Path] = tuple(
    ("properties", name)
    for name in (
        *("friendlyName", "containerName", "serverName", "computerName", "parentName"),
        *("sourceResourceId", "virtualMachineId", "policyId"),
    )
)
_NAME_COLUMNS = ("friendly_name", "container_name", "server_name", "instance_name", "source_resource_id", "policy_id")
_TIMES: Mapping[str, Path] = {
    "last_backup_at": ("properties", "lastBackupTime"),
    "last_recovery_point_at": ("properties", "lastRecoveryPoint"),
}
_ENGINE = "backupEngineName"
_FILES = "azurestorage"
_NIGHT = date(2026, 1, 1)


def _row(sent: Json, fields: Fields) -> Row | None:
    if fields.get(_ENGINE) is not None:
        return None
    item_id = str(sent["id"])
    row = item_row(item_id, fields, {"night": _NIGHT}, ordinal=0)
    names = [fields.text(str(name)) for _, name in _NAMES]
    named = _named(item_id, fields.text(_WORDS[0]), *names)
    return row if named == tuple(row[name] for name in _NAME_COLUMNS) else None


_LESSON = Lesson(
    row_of=_row,
    learned=tuple(_LEARNED),
    filled=frozenset({*_LEARNED, *_NAME_COLUMNS, *_TIMES, "night", "ordinal", "item_id", "item_key"}),
    known=frozenset({*_WORDS, _ENGINE, *(str(name) for _, name in (*_NAMES, *_TIMES.values()))}),
    samples={
        **{path: f"Some/{path[-1]};of" for path in _NAMES},
        **dict.fromkeys(_TIMES.values(), "2026-11-20T22:00:00Z"),
    },
)


@lru_cache(maxsize=REMEMBERED)
def _learn(template: Template) -> Sequence[object] | None:
    return _LESSON.learn(template)


class ItemColumns:
    """Makes the columns of the protected items of one capture."""

    table = PROTECTED_ITEMS
    paths = tuple(_LESSON.samples)
    numbers_rows = False

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def build(self, elements: Elements) -> Built:
        """Columns of items."""
        told = told_by(_learn, elements.templates)
        types = learned_columns(elements, _LEARNED, told)
        ids = [one or "" for one in elements.ids.to_pylist()]
        names = [texts(elements.texts(path)).to_pylist() for path in _NAMES]
        named = list(starmap(_named, zip(ids, types["management_type"].to_pylist(), *names, strict=True)))
        columns_of_names = dict(zip(_NAME_COLUMNS, zip(*named, strict=True), strict=True))
        times = {column: moments(elements.texts(path)) for column, path in _TIMES.items()}
        refused = {at for vector in times.values() for at in vector.refused}
        refused.update(elements.where([one is None for one in told]).tolist())
        refused.update(at for at, one in enumerate(ids) if not one)
        columns = {
            **elements.common(),
            "ordinal": pa.array(elements.ordinals, COUNT),
            "item_id": elements.ids,
            "item_key": pa.array([one.lower() for one in ids], TEXT),
            **{name: pa.array(values, TEXT) for name, values in columns_of_names.items()},
            **{name: vector.values for name, vector in times.items()},
            **types,
            **elements.as_sent("id"),
        }
        return Built(columns, refused)


def _named(
    item_id: str,
    management_type: str | None,
    friendly: str | None,
    container: str | None,
    server: str | None,
    computer: str | None,
    parent: str | None,
    source: str | None,
    machine: str | None,
    policy: str | None,
) -> tuple[str | None, ...]:
    """The columns of names, in the order of `_NAME_COLUMNS`."""
    holder = server or computer
    if holder is None and (management_type or "").lower() == _FILES:
        account = last_segment(source) if source else (container or "").rpartition(";")[2]
        holder = account or None
    held_in = container.lower() if container else container_of_item(item_id)
    return friendly, held_in, holder, parent, source or machine, policy.lower() if policy else None
