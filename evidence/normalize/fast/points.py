"""Lists of recovery points to columns.

Not here: what a point's fields mean (`evidence.normalize.recovery_points`), and ranges of log backups, which are several rows of one
element and are left to the reference. Invariant: type, tiers, size and rule are read by the reference's own function, once for each
that is met.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from evidence.normalize.fast.columns import Built, spelled_otherwise
from evidence.normalize.fast.learned import Learned, Watched, refused_of
from evidence.normalize.fast.nights import NightColumns
from evidence.normalize.fast.pages import Page
from evidence.normalize.fast.vectors import Values, moments
from evidence.normalize.fast.waiting import Waiting
from evidence.normalize.fields import Fields, Place
from evidence.normalize.frames import Frame
from evidence.normalize.recovery_points import point_rows
from evidence.normalize.resource_ids import item_of_point
from evidence.normalize.results import Problem
from evidence.tables import RECOVERY_POINTS
from evidence.tables.columns import COUNT, FLAG, TEXT, TEXTS

_AT, _AT_IN_UTC, _RANGES, _EXPIRES = "recoveryPointTime", "recoveryPointTimeInUTC", "timeRanges", "expiryTime"
_WORDS = ("type", "recoveryPointType")
_SIZE, _TIERS, _BAG = "recoveryPointSizeInGB", "recoveryPointTierDetails", "recoveryPointProperties"
_KNOWN = frozenset({_AT, _AT_IN_UTC, _RANGES, *_WORDS, _SIZE, _TIERS, _BAG})
_LEARNED: Mapping[str, pa.DataType] = {
    "point_type": TEXT,
    "consistency": TEXT,
    "tiers": TEXTS,
    "rule_name": TEXT,
    "size_bytes": COUNT,
    "soft_deleted": FLAG,
}
_FILLED = frozenset(
    {
        *_LEARNED,
        *("recovery_point_id", "item_key", "recovery_point_at", "range_start_at", "range_end_at", "expires_at"),
        *("night", "event_night"),
    }
)
_TOO_DEEP = "nested deeper than orjson writes"


class PointColumns:
    """Makes the columns of the recovery points of one capture."""

    table = RECOVERY_POINTS
    taken = "name"
    fields = tuple(sorted(_KNOWN - {_RANGES}))
    whole_pages = True
    """Rows are numbered over all rows of an answer, so an answer is read one way or the other."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._nights = NightColumns(frame.context.calendar)
        self._learned = Learned(_LEARNED)

    def unfit(self, page: Page, keys: set[str]) -> set[int]:
        """Places that the reference must read: ranges of log backups, and points that name neither themselves nor their item."""
        found = spelled_otherwise(page, keys, _KNOWN)
        if _RANGES in keys:
            found |= {at for at, sent in enumerate(page.properties) if sent.get(_RANGES) is not None}
        items = _item_keys(page.ids, page.names)
        return found | {at for at, (key, name) in enumerate(zip(items, page.names, strict=True)) if not key or not name}

    def build(self, waiting: Waiting) -> Built:
        """Columns of points."""
        numbers = self._numbers(waiting)
        first, second = moments(waiting.sent[_AT]), moments(waiting.sent[_AT_IN_UTC])
        expiring = moments([bag.get(_EXPIRES) if isinstance(bag, dict) else None for bag in waiting.sent[_BAG]])
        refused = refused_of(numbers)
        refused.update(first.refused, second.refused, expiring.refused)
        at = pc.coalesce(first.values, second.values)
        starts = np.repeat(np.cumsum([0, *waiting.sizes[:-1]]), waiting.sizes)
        columns = {
            **waiting.common(),
            "event_night": self._nights.of(at, self._frame.context.night),
            "ordinal": pa.array(np.arange(len(waiting)) - starts, COUNT),
            "element": pa.array(waiting.ordinals, COUNT),
            "recovery_point_id": pa.array(waiting.names, TEXT),
            "item_key": _items(waiting),
            "recovery_point_at": at,
            "expires_at": expiring.values,
            **self._learned.columns(pa.array(numbers)),
            **waiting.as_sent(),
        }
        return Built(columns, refused)

    def _numbers(self, waiting: Waiting) -> list[int]:
        sizes = waiting.sent[_SIZE]
        words = [waiting.sent[name] for name in _WORDS]
        tiers = [None if one is None else _written(one) for one in waiting.sent[_TIERS]]
        bags = [None if one is None else _written(_lasting(one)) for one in waiting.sent[_BAG]]
        # A type beside the size: 1, 1.0 and true are one key to Python and three values to the reference.
        keys = list(zip(*words, sizes, map(type, sizes), tiers, bags, strict=True))
        return self._learned.number(keys, lambda place: self._learn(keys[place], waiting.properties(place)))

    def _learn(self, key: tuple[object, ...], sent: Mapping[str, object]) -> int:
        told = {name: sent[name] for name in (*_WORDS, _SIZE, _TIERS) if name in sent}
        if sent.get(_BAG) is not None:
            told[_BAG] = _lasting(sent[_BAG])
        watched, problems, night = Watched(told), list[Problem](), self._frame.context.night
        fields = Fields(watched, Place("", RECOVERY_POINTS.name, problems), 0)
        (row,) = point_rows("point", "item", fields, {"night": night}, self._frame.nights)
        unsure = problems or row["expires_at"] is not None or _TOO_DEEP in key
        if unsure or not (watched.within(_KNOWN) and row.keys() <= _FILLED) or not _are_texts(key[: len(_WORDS)]):
            return self._learned.refuse(key)
        return self._learned.learn(key, [row[name] for name in _LEARNED])


def _are_texts(values: Sequence[object]) -> bool:
    return all(isinstance(value, str | None) for value in values)


def _lasting(bag: object) -> object:
    """The properties of a point that many share: all but when it expires."""
    return {name: value for name, value in bag.items() if name != _EXPIRES} if isinstance(bag, dict) else bag


def _written(value: object) -> bytes | str:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return _TOO_DEEP


def _item_keys(ids: Sequence[str], names: Sequence[str]) -> Sequence[str | None]:
    """The item of each point; nearly every answer is about one item."""
    prefix = ids[0][: len(ids[0]) - len(names[0])]
    if "/" not in "".join(names) and [prefix + name for name in names] == list(ids):
        return [item_of_point(ids[0])] * len(ids)
    return [item_of_point(one) for one in ids]


def _items(waiting: Waiting) -> Values:
    keys: list[str | None] = []
    begin = 0
    for size in waiting.sizes:
        keys += _item_keys(waiting.ids[begin : begin + size], waiting.names[begin : begin + size])
        begin += size
    places: dict[str | None, int] = {}
    numbers = [places.setdefault(key, len(places)) for key in keys]
    distinct: pa.Array[Any] = pa.array(list(places), TEXT)
    return distinct.take(pa.array(numbers))
