"""The slots that stand: of each expected run the last row, over nights, read fast enough for a fleet's quarter.

Not here: judging. Invariants: of a night nothing stands that its newest assessment replaced; a row that a later night's assessment judged again
stands in its place; what is read is as the ledger names it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import SealedAssessment, assessments
from evidence.runs.judging.columns import Numbers, at_places, last_of, numbered
from evidence.runs.sealed import SealedRows
from evidence.tables import SLOTS, empty
from evidence.tables.repeated import REPEATED

SLOT = ("item_key", "part", "slot_at")
"""What names one expected run."""
NIGHTS_CARRIED = 14
"""Nights on which a slot that is not settled is judged again at most."""
_REPEATING = frozenset(
    {"vault_id", "item_key", "item_name", "workload", "part", "policy_id", "policy_sha256", "outcome", "error_family"}
)
Where = Callable[[pa.Table], pa.Table]
PATH, ROW = "_path", "_row"
"""Columns that say where a row stands: its sealed file, and its number there."""


def standing_slots(
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    first: date,
    last: date,
    columns: Sequence[str] | None = None,
    where: Where | None = None,
    *,
    few: bool = False,
) -> pa.Table:
    """The last row of each slot of nights from first to last, as known at the last of `entries`; in the order of assessments.

    `where` sees every row, standing or not: it may only choose by what never changes of a slot, such as its vault. Texts that repeat come as dictionaries,
    but those of items where it keeps `few` rows.
    """
    wanted = list(SLOTS.names() if columns is None else columns)
    return standing_places(sealed, entries, first, last, wanted, where, few=few).select(wanted)


def standing_places(
    sealed: SealedRows,
    entries: Sequence[LedgerEntry],
    first: date,
    last: date,
    columns: Sequence[str],
    where: Where | None = None,
    *,
    few: bool = False,
) -> pa.Table:
    """The same with PATH and ROW: in which file each stands, and where, so that whole rows can be read later."""
    read = list(dict.fromkeys([*columns, *SLOT, "event_night"]))
    # Of few rows the keys are compared once: to hold each text of a whole file once would take longer than to read them.
    repeating = _REPEATING - {"item_key", "item_name"} if few else _REPEATING
    kept = []
    for path, nights in files_of_slots(entries, first, last):
        rows = _placed(sealed.file(SLOTS, path, read, repeating), path)
        rows = rows.filter(pc.is_in(rows["event_night"], value_set=pa.array(nights, pa.date32())))
        kept.append(rows if where is None else where(rows))
    if not kept:
        return _empty(read, repeating)
    found = pa.concat_tables(kept).unify_dictionaries()
    slots = numbered(found, SLOT)
    places: Numbers = np.sort(last_of(slots, np.arange(found.num_rows)))
    return found if len(places) == found.num_rows else at_places(found, places)


def _placed(rows: pa.Table, path: str) -> pa.Table:
    file = pa.DictionaryArray.from_arrays(np.zeros(rows.num_rows, np.int32), pa.array([path], pa.string()))
    return rows.append_column(PATH, file).append_column(ROW, pa.array(np.arange(rows.num_rows, dtype=np.int32)))


def files_of_slots(entries: Sequence[LedgerEntry], first: date, last: date) -> Iterator[tuple[str, Sequence[date]]]:
    """Files of slots in the order of sealing, each with the nights of which its rows count."""
    known = assessments(entries)
    own = {night: many[-1].entry.sequence for night, many in known.items()}
    until = last + timedelta(days=NIGHTS_CARRIED)
    every = [one for night, many in known.items() if first <= night <= until for one in many]
    for one in sorted(every, key=lambda told: told.entry.sequence):
        path = slots_file(one)
        nights = [
            night
            for night in (one.night - timedelta(days=back) for back in range(NIGHTS_CARRIED))
            if first <= night <= last and own.get(night, one.entry.sequence + 1) <= one.entry.sequence
        ]
        if path is not None and nights:
            yield path, nights


def slots_file(one: SealedAssessment) -> str | None:
    """The file of slots that an assessment sealed; None of one made before slots were judged."""
    prefix = f"assessments/{SLOTS.name}/"
    return next((told.path for told in one.entry.objects if told.path.startswith(prefix)), None)


def _empty(columns: Sequence[str], repeating: Collection[str]) -> pa.Table:
    rows = empty(SLOTS).select(list(columns))
    fields = [one.with_type(REPEATED) if one.name in repeating else one for one in rows.schema]
    return _placed(rows.cast(pa.schema(fields)), "")
