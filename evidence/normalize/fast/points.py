"""Lists of recovery points to columns.

Not here: what a point's fields mean (`evidence.normalize.recovery_points`), and ranges of log backups, which are several rows of one
element and are left to the reference. Invariant: type, tiers, size and rule are read by the reference's own function, once for each
that is met.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from evidence.normalize.fast.columns import Built, refused_by_keys
from evidence.normalize.fast.learned import Learned, Watched, refused_of
from evidence.normalize.fast.nights import NightColumns
from evidence.normalize.fast.vectors import Values, moments
from evidence.normalize.fast.waiting import Arranged
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
    numbers_rows = True

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._nights = NightColumns(frame.context.calendar)
        self._learned = Learned(_LEARNED)

    def build(self, elements: Arranged) -> Built:
        """Columns of points."""
        waiting, came = elements.waiting, elements.came
        numbers = self._numbers(elements)
        first, second = moments(elements.sent[_AT]), moments(elements.sent[_AT_IN_UTC])
        expiring = moments([bag.get(_EXPIRES) if isinstance(bag, dict) else None for bag in elements.sent[_BAG]])
        refused = refused_of(numbers) | refused_by_keys(elements, _KNOWN, (_RANGES,))
        refused.update(first.refused, second.refused, expiring.refused)
        items = _item_keys(waiting.ids, waiting.names)
        nameless = {
            at for at, (item, name) in enumerate(zip(items, waiting.names, strict=True)) if not item or not name
        }
        at = came(pc.coalesce(first.values, second.values))
        columns = {
            **elements.common(),
            "event_night": self._nights.of(at, self._frame.context.night),
            "ordinal": pa.array(waiting.ordinals, COUNT),
            "element": pa.array(waiting.ordinals, COUNT),
            "recovery_point_id": pa.array(waiting.names, TEXT),
            "item_key": _numbered(items),
            "recovery_point_at": at,
            "expires_at": came(expiring.values),
            **self._learned.columns(elements.numbers(numbers)),
            **elements.as_sent(),
        }
        return Built(columns, elements.places(refused) | nameless)

    def _numbers(self, elements: Arranged) -> list[int]:
        sizes = elements.sent[_SIZE]
        words = [elements.sent[name] for name in _WORDS]
        tiers = [None if one is None else _written(one) for one in elements.sent[_TIERS]]
        bags = [None if one is None else _written(_lasting(one)) for one in elements.sent[_BAG]]
        # A type beside the size: 1, 1.0 and true are one key to Python and three values to the reference.
        keys = list(zip(*words, sizes, map(type, sizes), tiers, bags, strict=True))
        return self._learned.number(keys, lambda place: self._learn(keys[place], elements.properties(place)))

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
    parents = [one.removesuffix(f"/{name}") for one, name in zip(ids, names, strict=True)]
    known = {parent: item_of_point(f"{parent}/") for parent in set(parents)}
    return [
        item_of_point(one) if "/" in name else known[parent]
        for one, name, parent in zip(ids, names, parents, strict=True)
    ]


def _numbered(items: Sequence[str | None]) -> Values:
    places: dict[str | None, int] = {}
    numbers = [places.setdefault(item, len(places)) for item in items]
    distinct: Values = pa.array(list(places), TEXT)
    return distinct.take(pa.array(numbers, pa.int64()))
