"""Lists of recovery points to columns.

Not here: what a point's fields mean (`evidence.normalize.recovery_points`), and ranges of log backups, which are several rows of one
element and are left to the reference. Invariant: type, tiers, size and rule are read by the reference's own function, once for each
template.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from evidence.nights import Calendar
from evidence.normalize.event_nights import EventNights
from evidence.normalize.fast.columns import Built
from evidence.normalize.fast.elements import Elements
from evidence.normalize.fast.learned import Lesson, learned_columns, told_by
from evidence.normalize.fast.nights import NightColumns
from evidence.normalize.fast.templates import REMEMBERED, Json, Path, Template
from evidence.normalize.fast.vectors import empty_among, moments, places_of
from evidence.normalize.fields import Fields
from evidence.normalize.frames import Frame
from evidence.normalize.recovery_points import point_rows
from evidence.normalize.resource_ids import item_of_point
from evidence.normalize.results import Row
from evidence.tables import RECOVERY_POINTS
from evidence.tables.columns import COUNT, FLAG, TEXT, TEXTS

_LEARNED: Mapping[str, pa.DataType] = {
    "point_type": TEXT,
    "consistency": TEXT,
    "tiers": TEXTS,
    "rule_name": TEXT,
    "size_bytes": COUNT,
    "soft_deleted": FLAG,
}
_AT, _AT_IN_UTC = ("properties", "recoveryPointTime"), ("properties", "recoveryPointTimeInUTC")
_BAG, _RANGES = "recoveryPointProperties", "timeRanges"
_EXPIRES: Path = ("properties", _BAG, "expiryTime")
_TIMES = {"recovery_point_at", "range_start_at", "range_end_at", "expires_at", "night", "event_night"}
_NIGHT, _NIGHTS = date(2026, 1, 1), EventNights(Calendar())
"""What a row also needs that no learned column depends on."""


def _row(_: Json, fields: Fields) -> Row | None:
    if fields.get(_RANGES) is not None:
        return None
    (row,) = point_rows("point", "item", fields, {"night": _NIGHT}, _NIGHTS)
    return row


_LESSON = Lesson(
    row_of=_row,
    learned=tuple(_LEARNED),
    filled=frozenset({*_LEARNED, *_TIMES, "recovery_point_id", "item_key"}),
    known=frozenset(
        {
            *("type", "recoveryPointType", "recoveryPointSizeInGB", "recoveryPointTierDetails", _BAG, _RANGES),
            *(_AT[1], _AT_IN_UTC[1]),
        }
    ),
    samples=dict.fromkeys((_AT, _AT_IN_UTC, _EXPIRES), "2026-11-20T22:00:00Z"),
)


@lru_cache(maxsize=REMEMBERED)
def _learn(template: Template) -> Sequence[object] | None:
    return _LESSON.learn(template)


class PointColumns:
    """Makes the columns of the recovery points of one capture."""

    table = RECOVERY_POINTS
    paths = tuple(_LESSON.samples)
    numbers_rows = True

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._nights = NightColumns(frame.context.calendar)

    def build(self, elements: Elements) -> Built:
        """Columns of points."""
        told = told_by(_learn, elements.templates)
        first, second = moments(elements.texts(_AT)), moments(elements.texts(_AT_IN_UTC))
        expiring = moments(elements.texts(_EXPIRES))
        items = _item_keys(elements)
        refused = {at for vector in (first, second, expiring) for at in vector.refused}
        refused.update(elements.where([one is None for one in told]).tolist())
        refused.update(empty_among(elements.names))
        refused.update(places_of(pc.is_null(items)))
        at = pc.coalesce(first.values, second.values)
        columns = {
            **elements.common(),
            "event_night": self._nights.of(at, self._frame.context.night),
            "ordinal": pa.array(elements.ordinals, COUNT),
            "element": pa.array(elements.ordinals, COUNT),
            "recovery_point_id": elements.names,
            "item_key": items,
            "recovery_point_at": at,
            "expires_at": expiring.values,
            **learned_columns(elements, _LEARNED, told),
            **elements.as_sent("name"),
        }
        return Built(columns, refused)


def _item_keys(elements: Elements) -> pa.StringArray:
    """The item of each point, null where none is told; nearly every answer is about one item."""
    ids, names = elements.ids.to_pylist(), elements.names.to_pylist()
    parents = [(one or "").removesuffix(f"/{name}") for one, name in zip(ids, names, strict=True)]
    known = {parent: item_of_point(f"{parent}/") for parent in set(parents)}
    found = [
        item_of_point(one or "") if "/" in (name or "") else known[parent]
        for one, name, parent in zip(ids, names, parents, strict=True)
    ]
    return pa.array([one or None for one in found], TEXT)
