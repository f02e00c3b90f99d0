"""Job lists to columns of jobs and restore jobs.

Not here: what a job's fields mean (`evidence.normalize.jobs`), and a job's own answer with its details, which the reference reads.
Invariant: words, errors and flags are read by the reference's own functions, once for each template; names once for each that is met;
times, durations and texts of each job by `vectors`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from evidence.nights import Calendar
from evidence.normalize.event_nights import EventNights
from evidence.normalize.fast.columns import Built
from evidence.normalize.fast.cutting import Numbers, first_of_each
from evidence.normalize.fast.elements import Elements
from evidence.normalize.fast.learned import Lesson, Names, learned_columns, told_by
from evidence.normalize.fast.nights import NightColumns
from evidence.normalize.fast.templates import REMEMBERED, Json, Path, Template
from evidence.normalize.fast.vectors import Values, constant, durations, empty_among, moments, texts
from evidence.normalize.fields import Fields, Place
from evidence.normalize.frames import Frame
from evidence.normalize.item_links import ItemIndex
from evidence.normalize.jobs import SERVER_FIELDS, job_names, job_row
from evidence.normalize.operations import RESTORE
from evidence.normalize.restore_jobs import COPIED, restore_row
from evidence.normalize.results import Row
from evidence.tables import JOBS, RESTORE_JOBS, from_columns
from evidence.tables.columns import COMMON, COUNT, FLAG, TEXT, TEXTS

_LEARNED: Mapping[str, pa.DataType] = {
    **dict.fromkeys(("workload", "management_type", "operation", "operation_kind", "status"), TEXT),
    "user_triggered": FLAG,
    **dict.fromkeys(("error_codes", "error_titles", "error_messages", "recommendations"), TEXTS),
}
_NAME_COLUMNS = ("item_key", "item_link", "item_candidates", "entity_friendly_name", "container_name")
_START, _END, _DURATION = ("properties", "startTime"), ("properties", "endTime"), ("properties", "duration")
_ACTIVITY, _FRIENDLY, _CONTAINER = (
    ("properties", name) for name in ("activityId", "entityFriendlyName", "containerName")
)
_MANAGEMENT, _WORKLOAD, _DETAILS = (
    ("properties", name) for name in ("backupManagementType", "workloadType", "extendedInfo")
)
_SERVERS: Mapping[str, Path] = {kind: ("properties", name) for kind, name in SERVER_FIELDS.items()}
_OF_RESTORES = (*(column.name for column in COMMON), *COPIED, "properties", "envelope")
"""Columns of a restore job that its row in a list tells."""
_RESTORE = pa.scalar(RESTORE, TEXT)
_NIGHT, _NIGHTS, _NO_ITEMS = date(2026, 1, 1), EventNights(Calendar()), ItemIndex(())
"""What a row also needs that no learned column depends on."""


def _row(_: Json, fields: Fields) -> Row | None:
    if fields.get(_DETAILS[1]) is not None:
        return None
    row = job_row(fields, {"night": _NIGHT}, _NO_ITEMS, _NIGHTS)
    if _told_names(fields, _NO_ITEMS) != tuple(row[name] for name in _NAME_COLUMNS):
        return None
    more = restore_row(fields, row, {"night": _NIGHT}) if row["operation_kind"] == RESTORE else {}
    return row | {name: value for name, value in more.items() if name not in COPIED}


def _told_names(fields: Fields, items: ItemIndex) -> tuple[object, ...]:
    names = job_names(fields, fields.text(_MANAGEMENT[1]))
    link = items.find(names)
    container = names.container.lower() if names.container else None
    return link.item_key, link.link, link.candidates, names.friendly_name, container


_LESSON = Lesson(
    row_of=_row,
    learned=tuple(_LEARNED),
    filled=frozenset(
        {*_LEARNED, *_NAME_COLUMNS, "night", "event_night", "started_at", "ended_at", "duration_s", "activity_id"}
    ),
    known=frozenset(
        {
            *("backupManagementType", "workloadType", "operation", "status", "isUserTriggered", "errorDetails"),
            *(path[1] for path in (_START, _END, _DURATION, _ACTIVITY, _FRIENDLY, _CONTAINER, _DETAILS)),
            *SERVER_FIELDS.values(),
        }
    ),
    samples={
        _START: "2026-11-20T22:00:00Z",
        _END: "2026-11-20T22:01:00.5Z",
        _DURATION: "PT1M0.5S",
        **dict.fromkeys((_ACTIVITY, _FRIENDLY, _CONTAINER, *_SERVERS.values()), "Some"),
    },
)


@lru_cache(maxsize=REMEMBERED)
def _learn(template: Template) -> Sequence[object] | None:
    return _LESSON.learn(template)


class JobColumns:
    """Makes the columns of the jobs of one capture."""

    table = JOBS
    paths = tuple(_LESSON.samples)
    numbers_rows = False

    def __init__(self, frame: Frame, items: ItemIndex) -> None:
        self._frame = frame
        self._items = items
        self._nights = NightColumns(frame.context.calendar)
        self._names = Names({name: TEXTS if name == "item_candidates" else TEXT for name in _NAME_COLUMNS})

    def build(self, elements: Elements) -> Built:
        """Columns of jobs, and of the restore jobs among them."""
        told = told_by(_learn, elements.templates)
        starts, ends = moments(elements.texts(_START)), moments(elements.texts(_END))
        lengths = durations(elements.texts(_DURATION))
        refused = {at for vector in (starts, ends, lengths) for at in vector.refused} | self._elsewhere(elements)
        refused.update(elements.where([one is None for one in told]).tolist())
        columns = {
            **elements.common(),
            "event_night": self._nights.of(starts.values, self._frame.context.night),
            "ordinal": pa.array(elements.ordinals, COUNT),
            "detailed": constant(False, FLAG, len(elements)),
            "job_id": elements.names,
            **self._names.columns(pa.array(self._name_numbers(elements, told))),
            **learned_columns(elements, _LEARNED, told),
            "started_at": starts.values,
            "ended_at": ends.values,
            "duration_s": lengths.values,
            "activity_id": texts(elements.texts(_ACTIVITY)),
            **elements.as_sent("name"),
        }
        return Built(columns, refused)

    def _elsewhere(self, elements: Elements) -> set[int]:
        """Where jobs came that name another vault, or not themselves."""
        ids: Any = elements.ids
        found = set(empty_among(elements.names))
        vault = f"{self._frame.vault_id}/"
        spelled = (ids[0].as_py() or "")[: len(vault)]
        if spelled.lower() == vault and pc.all(pc.starts_with(ids, spelled)).as_py():
            return found
        return found | {
            at for at, one in enumerate(ids.to_pylist()) if one is not None and one[: len(vault)].lower() != vault
        }

    def _name_numbers(self, elements: Elements, told: Sequence[object]) -> Numbers:
        """Jobs whose names and kinds are the same are linked once."""
        naming = list(map(_naming, elements.templates))
        kinds = [None if one is None else kind for one, (kind, _) in zip(told, naming, strict=True)]
        servers = elements.texts_by([server for _, server in naming])
        parts = (elements.told(kinds, pa.binary()), elements.texts(_FRIENDLY), elements.texts(_CONTAINER), servers)
        first, numbers = _distinct(parts)
        keys = zip(*(part.take(first).to_pylist() for part in parts), strict=True)
        learned = [self._number(elements, at, key) for at, key in zip(first.tolist(), keys, strict=True)]
        return np.array(learned)[numbers]

    def _number(self, elements: Elements, at: int, key: tuple[object, ...]) -> int:
        return self._names.number(key, lambda: self._link(elements, at, key))

    def _link(self, elements: Elements, at: int, key: tuple[object, ...]) -> Sequence[object]:
        properties = elements.sent(at).get("properties")
        if key[0] is None or not isinstance(properties, dict):  # the reference reads it
            return [None] * len(_NAME_COLUMNS)
        return _told_names(Fields(properties, Place("", JOBS.name, []), 0), self._items)


@lru_cache(maxsize=REMEMBERED)
def _naming(template: Template) -> tuple[bytes, Path | None]:
    """What tells, beside names, how an item is found; and where its server is named."""
    management = template.at(_MANAGEMENT)
    return orjson.dumps([management, template.at(_WORKLOAD)]), _SERVERS.get(str(management).lower())


def _distinct(parts: Sequence[Values]) -> tuple[Numbers, Numbers]:
    """The first place of each distinct row of columns, and for every row the number of its own."""
    codes = np.zeros(len(parts[0]), np.int64)
    for part in parts:
        encoded: Any = part.dictionary_encode()
        codes = codes * (len(encoded.dictionary) + 1) + encoded.indices.fill_null(-1).to_numpy() + 1
    rows: Any = pa.array(codes).dictionary_encode()
    numbers = rows.indices.to_numpy().astype(np.int64)
    return first_of_each(numbers, len(rows.dictionary)), numbers


def restores_of(jobs: pa.Table) -> pa.Table:
    """The restore jobs among listed jobs; all that only a job's own answer tells is null."""
    restores: Any = pc.equal(jobs["operation_kind"], _RESTORE)
    found = jobs.select(_OF_RESTORES).filter(restores)
    return from_columns(RESTORE_JOBS, {name: found[name] for name in _OF_RESTORES}, found.num_rows)
