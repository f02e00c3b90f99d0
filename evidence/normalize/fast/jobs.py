"""Job lists to columns of jobs and restore jobs.

Not here: what a job's fields mean (`evidence.normalize.jobs`), and a job's own answer with its details, which the reference reads.
Invariant: words and names are read by the reference's own functions, once for each that is met; times, durations and texts of
each job by `vectors`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from evidence.normalize.fast.columns import Built, refused_by_keys
from evidence.normalize.fast.learned import REFUSED, Learned, Watched, refused_of
from evidence.normalize.fast.nights import NightColumns
from evidence.normalize.fast.vectors import constant, durations, flags, moments, texts
from evidence.normalize.fast.waiting import Arranged, Waiting
from evidence.normalize.fields import Fields, Place
from evidence.normalize.frames import Frame
from evidence.normalize.item_links import ItemIndex
from evidence.normalize.jobs import SERVER_FIELDS, error_columns, job_names, job_row
from evidence.normalize.operations import RESTORE
from evidence.normalize.restore_jobs import COPIED, restore_row
from evidence.normalize.results import Problem
from evidence.tables import JOBS, RESTORE_JOBS, from_columns
from evidence.tables.columns import COMMON, TEXT, TEXTS

_WORDS = ("backupManagementType", "workloadType", "operation", "status")
_WORD_COLUMNS = ("workload", "management_type", "operation", "operation_kind", "status")
_NAMES = ("entityFriendlyName", "containerName")
_NAME_COLUMNS = ("item_key", "item_link", "item_candidates", "entity_friendly_name", "container_name")
_ERROR_COLUMNS = ("error_codes", "error_titles", "error_messages", "recommendations")
_ERRORS, _NONE, _TOO_DEEP = "errorDetails", b"", b"nested deeper than orjson writes"
_DETAILS = ("extendedInfo",)
"""Fields that only a job's own answer holds."""
_OF_EACH = ("startTime", "endTime", "duration", "isUserTriggered", "activityId", _ERRORS, *_DETAILS)
_KNOWN = frozenset({*_WORDS, *_NAMES, *_OF_EACH, *SERVER_FIELDS.values()})
_FILLED = frozenset(
    {
        *_WORD_COLUMNS,
        *_NAME_COLUMNS,
        *_ERROR_COLUMNS,
        *("night", "event_night", "started_at", "ended_at", "duration_s", "user_triggered", "activity_id"),
    }
)
_OF_RESTORES = (*(column.name for column in COMMON), *COPIED, "properties", "envelope")
"""Columns of a restore job that its row in a list tells."""
_RESTORE = pa.scalar(RESTORE, TEXT)


class JobColumns:
    """Makes the columns of the jobs of one capture."""

    table = JOBS
    taken = "name"
    numbers_rows = False
    fields = tuple(sorted(_KNOWN - {*_DETAILS}))

    def __init__(self, frame: Frame, items: ItemIndex) -> None:
        self._frame = frame
        self._items = items
        self._nights = NightColumns(frame.context.calendar)
        self._words = Learned(dict.fromkeys(_WORD_COLUMNS, TEXT))
        self._names = Learned({name: TEXTS if name == "item_candidates" else TEXT for name in _NAME_COLUMNS})
        self._failures = Learned(dict.fromkeys(_ERROR_COLUMNS, TEXTS))
        self._failures.learn(_NONE, [None] * len(_ERROR_COLUMNS))
        self._servers: list[str | None] = [None]
        """Field that names the server, by the number of the words."""

    def build(self, elements: Arranged) -> Built:
        """Columns of jobs, and of the restore jobs among them."""
        words = self._word_numbers(elements)
        names = self._name_numbers(elements, words)
        failures = self._error_numbers(elements)
        starts, ends = moments(elements.sent["startTime"]), moments(elements.sent["endTime"])
        lengths, activities = durations(elements.sent["duration"]), texts(elements.sent["activityId"])
        asked = flags(elements.sent["isUserTriggered"])
        refused = (
            refused_by_keys(elements, _KNOWN, _DETAILS) | refused_of(words) | refused_of(names) | refused_of(failures)
        )
        refused.update(*(vector.refused for vector in (starts, ends, lengths, activities, asked)))
        waiting, came = elements.waiting, elements.came
        began = came(starts.values)
        columns = {
            **elements.common(),
            "event_night": self._nights.of(began, self._frame.context.night),
            "ordinal": pa.array(waiting.ordinals, pa.int64()),
            "detailed": constant(False, pa.bool_(), len(elements)),
            "job_id": pa.array(waiting.names, TEXT),
            **self._names.columns(elements.numbers(names)),
            **self._words.columns(elements.numbers(words)),
            "started_at": began,
            "ended_at": came(ends.values),
            "duration_s": came(lengths.values),
            "user_triggered": came(asked.values),
            "activity_id": came(activities.values),
            **self._failures.columns(elements.numbers(failures)),
            **elements.as_sent(),
        }
        return Built(columns, elements.places(refused) | self._elsewhere(waiting))

    def _elsewhere(self, waiting: Waiting) -> set[int]:
        """Where jobs came that name another vault, or none, or not themselves."""
        ids = waiting.ids
        found = {at for at, name in enumerate(waiting.names) if not name} if "" in waiting.names else set()
        vault = f"{self._frame.vault_id}/"
        spelled = ids[0][: len(vault)]
        if spelled.lower() == vault and all(map(str.startswith, ids, repeat(spelled))):
            return found
        return found | {at for at, one in enumerate(ids) if one[: len(vault)].lower() != vault}

    def _word_numbers(self, elements: Arranged) -> list[int]:
        keys = list(zip(*(elements.sent[name] for name in _WORDS), strict=True))
        return self._words.number(keys, lambda place: self._learn_words(keys[place], elements.properties(place)))

    def _learn_words(self, key: tuple[object, ...], sent: Mapping[str, object]) -> int:
        watched = Watched(sent)
        fields = Fields(watched, Place("", JOBS.name, []), 0)
        if not all(isinstance(word, str | None) for word in key):
            return self._words.refuse(key)
        night = self._frame.context.night
        row = job_row(fields, {"night": night}, self._items, self._frame.nights)
        if row["operation_kind"] == RESTORE:
            restored = restore_row(fields, row, {"night": night})
            if not restored.keys() <= {"night", "event_night", *COPIED}:
                return self._words.refuse(key)
        told = self._told(fields)
        if not (
            watched.within(_KNOWN) and row.keys() <= _FILLED and told == tuple(row[name] for name in _NAME_COLUMNS)
        ):
            return self._words.refuse(key)
        number = self._words.learn(key, [row[name] for name in _WORD_COLUMNS])
        self._servers.insert(number, SERVER_FIELDS.get((fields.text(_WORDS[0]) or "").lower()))
        return number

    def _name_numbers(self, elements: Arranged, words: Sequence[int]) -> list[int]:
        servers = [
            None if name is None else elements.sent[name][place]
            for place, name in enumerate(map(self._servers.__getitem__, words))
        ]
        keys = list(zip(words, *(elements.sent[name] for name in _NAMES), servers, strict=True))
        return self._names.number(keys, lambda place: self._learn_names(keys[place], elements.properties(place)))

    def _learn_names(self, key: tuple[object, ...], sent: Mapping[str, object]) -> int:
        if key[0] == REFUSED or not all(isinstance(name, str | None) for name in key[1:]):
            return self._names.refuse(key)
        return self._names.learn(key, self._told(Fields(sent, Place("", JOBS.name, []), 0)))

    def _told(self, fields: Fields) -> tuple[object, ...]:
        names = job_names(fields, fields.text(_WORDS[0]))
        link = self._items.find(names)
        container = names.container.lower() if names.container else None
        return link.item_key, link.link, link.candidates, names.friendly_name, container

    def _error_numbers(self, elements: Arranged) -> list[int]:
        """Errors repeat: what they tell is learned, but what the reference finds unreadable in them."""
        keys = [_NONE if told is None else _dumped(told) for told in elements.sent[_ERRORS]]
        return self._failures.number(keys, lambda place: self._learn_errors(keys[place], elements.sent[_ERRORS][place]))

    def _learn_errors(self, key: bytes, told: object) -> int:
        problems: list[Problem] = []
        row = error_columns(Fields({_ERRORS: told}, Place("", JOBS.name, problems), 0))
        if problems or key == _TOO_DEEP:
            return self._failures.refuse(key)
        return self._failures.learn(key, [row[name] for name in _ERROR_COLUMNS])


def _dumped(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return _TOO_DEEP


def restores_of(jobs: pa.Table) -> pa.Table:
    """The restore jobs among listed jobs; all that only a job's own answer tells is null."""
    restores: Any = pc.equal(jobs["operation_kind"], _RESTORE)
    found = jobs.select(_OF_RESTORES).filter(restores)
    return from_columns(RESTORE_JOBS, {name: found[name] for name in _OF_RESTORES}, found.num_rows)
