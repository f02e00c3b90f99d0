"""Tables that a pack makes: presence of items, restated jobs, oddities of answers. Pure over a selection and ledger entries.

Not here: figures (`figures`), which runs read a night. Invariant: what the report says of them can be counted in the pack itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import sealed_nights
from evidence.packs.period import Period
from evidence.packs.rows import joined, places_by
from evidence.packs.unended import Restated
from evidence.tables import ODDITIES, PRESENCE, RESTATED, empty, from_columns, from_rows

_TOLD = (("element", "unread"), ("value", "problems"), ("drift", "drift"))
"""Sort of oddity, and its key in the payload of a night's seal."""


def presence_table(seen: pa.Table) -> pa.Table:
    """Items with the spans of nights on which they were seen, from rows of `vault_id`, `item_key` and `event_night`."""
    keys = ["vault_id", "item_key", "event_night"]
    rows = joined([seen.select(keys)]).group_by(keys).aggregate([])
    if rows.num_rows == 0:
        return empty(PRESENCE)
    rows = rows.take(places_by(rows, keys))
    vault, item, night = (_one(rows[key]) for key in keys)
    day = night.cast(pa.int32())
    another = _begins(pc.or_(_differs(vault), _differs(item)))
    broken = _begins(pc.or_(_inner(another), pc.not_equal(_steps(day), pa.scalar(1))))
    first, items = _places(broken), _places(another)
    last = _ends(first, rows.num_rows)
    spans = _joined(night.take(first), night.take(last))
    offsets: Any = pa.concat_arrays([pc.index_in(items, value_set=first), pa.array([len(spans)], pa.int32())])
    ends = _ends(items, rows.num_rows)
    columns = {
        "vault_id": vault.take(items).cast(pa.string()),
        "item_key": item.take(items).cast(pa.string()),
        "nights": pc.add(pc.subtract(ends, items), 1),
        "first_night": night.take(items),
        "last_night": night.take(ends),
        "seen": pa.ListArray.from_arrays(offsets, spans),
    }
    return from_columns(PRESENCE, columns, len(items))


def _steps(days: pa.Array[Any]) -> pa.Array[Any]:
    return pc.subtract(days.slice(1), days.slice(0, len(days) - 1))


def _one(values: pa.ChunkedArray[Any]) -> Any:
    """A column as one array."""
    whole: Any = values.unify_dictionaries().combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _differs(values: pa.Array[Any]) -> pa.Array[Any]:
    """Where a value is not that before it; a text of a dictionary stands there once, so its number tells it."""
    if isinstance(values, pa.DictionaryArray):
        values = values.indices
    return pc.not_equal(values.slice(1), values.slice(0, len(values) - 1))


def _begins(differs: pa.Array[Any]) -> pa.Array[Any]:
    """With the first row, which always begins something."""
    return pa.concat_arrays([pa.array([True]), differs])


def _inner(begins: pa.Array[Any]) -> pa.Array[Any]:
    return begins.slice(1)


def _places(mask: pa.Array[Any]) -> pa.Array[Any]:
    return pc.indices_nonzero(mask).cast(pa.int64())


def _ends(begins: pa.Array[Any], rows: int) -> pa.Array[Any]:
    """Where each stretch ends: before the next begins."""
    return pc.subtract(pa.concat_arrays([begins.slice(1), pa.array([rows], pa.int64())]), 1)


def _joined(first: pa.Array[Any], last: pa.Array[Any]) -> pa.Array[Any]:
    """`first/last`, as ISO 8601 writes spans."""
    texts: Any = [days.cast(pa.string()) for days in (first, last)]
    found: pa.Array[Any] = pc.binary_join_element_wise(*texts, "/")
    return found


def restated_table(restated: Sequence[Restated]) -> pa.Table:
    """Jobs of earlier nights whose state changed."""
    return from_rows(
        RESTATED,
        [
            {
                "event_night": one.night,
                "vault_id": one.vault_id,
                "job_id": one.job_id,
                "item": one.item,
                "state_then": one.before,
                "state_now": one.now,
                "observed_at": one.observed_at,
                "earlier_pack": one.pack_id,
            }
            for one in restated
        ],
    )


def oddities_table(entries: Sequence[LedgerEntry], period: Period) -> pa.Table:
    """What the seals of a period's nights tell of answers that were not read, or looked like none before."""
    nights = sealed_nights(entries)
    rows: list[dict[str, object]] = []
    for night in period.nights():
        for run in nights.get(night, ()):
            for what, key in _TOLD:
                told = run.entry.payload.get(key)
                # Seals of the first version tell of no drift.
                for sentence, one in sorted(told.items()) if isinstance(told, Mapping) else ():
                    rows.append(_oddity(night, run.run_id, what, str(sentence), one))
    return from_rows(ODDITIES, rows)


def _oddity(night: date, run_id: str, what: str, sentence: str, told: object) -> dict[str, object]:
    found = told if isinstance(told, Mapping) else {"count": told}
    calls = found.get("calls", [])
    return {
        "night": night,
        "run_id": run_id,
        "what": what,
        "sentence": sentence,
        "count": found["count"],
        "calls": [str(one) for one in calls] if isinstance(calls, list) else [],
    }
