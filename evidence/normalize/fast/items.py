"""Lists of protected items to columns.

Not here: what an item's fields mean (`evidence.normalize.protected_items`), and items of backup engines, which the reference reads.
Invariant: words are read by the reference's own function, once for each that is met, and what is read here beside them is compared
with it then.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import starmap

import pyarrow as pa

from evidence.normalize.fast.columns import Built, refused_by_keys
from evidence.normalize.fast.learned import REFUSED, Learned, Watched, refused_of
from evidence.normalize.fast.vectors import moments, texts
from evidence.normalize.fast.waiting import Arranged
from evidence.normalize.fields import Fields, Place
from evidence.normalize.frames import Frame
from evidence.normalize.protected_items import item_row
from evidence.normalize.resource_ids import container_of_item, last_segment
from evidence.normalize.results import Problem
from evidence.tables import PROTECTED_ITEMS
from evidence.tables.columns import COUNT, FLAG, TEXT

_WORDS = (
    "backupManagementType",
    "workloadType",
    "protectionState",
    "healthStatus",
    "protectionStatus",
    "lastBackupStatus",
)
_SOFT_DELETED = "isScheduledForDeferredDelete"
_LEARNED: Mapping[str, pa.DataType] = {
    "management_type": TEXT,
    "workload": TEXT,
    "protection_state": TEXT,
    "health": TEXT,
    "last_backup_status": TEXT,
    "soft_deleted": FLAG,
}
_NAMES = (
    "friendlyName",
    "containerName",
    "serverName",
    "computerName",
    "parentName",
    "sourceResourceId",
    "virtualMachineId",
    "policyId",
)
_NAME_COLUMNS = ("friendly_name", "container_name", "server_name", "instance_name", "source_resource_id", "policy_id")
_TIMES = {"last_backup_at": "lastBackupTime", "last_recovery_point_at": "lastRecoveryPoint"}
_ENGINE = "backupEngineName"
_KNOWN = frozenset({*_WORDS, _SOFT_DELETED, *_NAMES, *_TIMES.values(), _ENGINE})
_FILLED = frozenset({*_LEARNED, *_NAME_COLUMNS, *_TIMES, "night", "ordinal", "item_id", "item_key"})
_FILES = "azurestorage"


class ItemColumns:
    """Makes the columns of the protected items of one capture."""

    table = PROTECTED_ITEMS
    taken = "id"
    numbers_rows = False
    fields = tuple(sorted(_KNOWN - {_ENGINE}))

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._learned = Learned(_LEARNED)

    def build(self, elements: Arranged) -> Built:
        """Columns of items."""
        waiting, came = elements.waiting, elements.came
        numbers = self._numbers(elements)
        sent = {name: elements.sent[name] for name in _NAMES}
        refused = refused_of(numbers) | refused_by_keys(elements, _KNOWN, (_ENGINE,))
        for name, values in sent.items():
            vector = texts(values)
            refused.update(vector.refused)
            sent[name] = vector.values.to_pylist() if vector.refused else [value or None for value in values]
        ids = list(map(waiting.ids.__getitem__, elements.order))
        named = list(starmap(_named, zip(ids, elements.sent[_WORDS[0]], *sent.values(), strict=True)))
        told = dict(zip(_NAME_COLUMNS, zip(*named, strict=True), strict=True))
        times = {column: moments(elements.sent[name]) for column, name in _TIMES.items()}
        refused.update(*(vector.refused for vector in times.values()))
        columns = {
            **elements.common(),
            "ordinal": pa.array(waiting.ordinals, COUNT),
            "item_id": pa.array(waiting.ids, TEXT),
            "item_key": pa.array([one.lower() for one in waiting.ids], TEXT),
            **{name: came(pa.array(values, TEXT)) for name, values in told.items()},
            **{name: came(vector.values) for name, vector in times.items()},
            **self._learned.columns(elements.numbers(numbers)),
            **elements.as_sent(),
        }
        return Built(columns, elements.places(refused) | {at for at, one in enumerate(waiting.ids) if not one})

    def _numbers(self, elements: Arranged) -> list[int]:
        flags = elements.sent[_SOFT_DELETED]
        keys = list(zip(*(elements.sent[name] for name in _WORDS), flags, map(type, flags), strict=True))
        return self._learned.number(
            keys,
            lambda place: self._learn(
                keys[place], elements.waiting.ids[elements.order[place]], elements.properties(place)
            ),
        )

    def _learn(self, key: tuple[object, ...], item_id: str, sent: Mapping[str, object]) -> int:
        watched, problems = Watched(sent), list[Problem]()
        fields = Fields(watched, Place("", PROTECTED_ITEMS.name, problems), 0)
        row = item_row(item_id, fields, {"night": self._frame.context.night}, ordinal=0)
        if problems:  # of this element, which says nothing about the next of its kind
            return REFUSED
        if not (watched.within(_KNOWN) and row.keys() <= _FILLED) or not all(
            isinstance(word, str | None) for word in key[: len(_WORDS)]
        ):
            return self._learned.refuse(key)
        names = [fields.text(name) for name in _NAMES]
        if names != [sent.get(name) or None for name in _NAMES]:  # a number, of this element alone
            return REFUSED
        if _named(item_id, sent.get(_WORDS[0]), *names) != tuple(row[name] for name in _NAME_COLUMNS):
            return self._learned.refuse(key)
        return self._learned.learn(key, [row[name] for name in _LEARNED])


def _named(
    item_id: str,
    management_type: object,
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
    if holder is None and isinstance(management_type, str) and management_type.lower() == _FILES:
        account = last_segment(source) if source else (container or "").rpartition(";")[2]
        holder = account or None
    held_in = container.lower() if container else container_of_item(item_id)
    return friendly, held_in, holder, parent, source or machine, policy.lower() if policy else None
