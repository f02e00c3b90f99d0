"""The rows of the nightly judgement that a pack holds: expected runs of its nights, and exceptions as they stood at their end.

Not here: judging (`evidence.runs.judging.night`), figures. Invariants: of each run the last judgement known counts; a store whose nights were judged
before runs were has none, and none is made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.ledger.decisions import batches
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import assessments
from evidence.packs.period import Period
from evidence.packs.rows import PATH, ROW, Held, Placed, Rows, places_by
from evidence.runs import slots_standing
from evidence.runs.exceptions.state import BATCHES_KEPT
from evidence.runs.sealed import SealedRows
from evidence.tables import CANARIES, EXCEPTIONS, NOT_COMPARED, SLOTS, empty, ordered

_PLACE = ["vault_id", *slots_standing.SLOT, "night", "assessment_id"]
_PREFIX = f"assessments/{EXCEPTIONS.name}/"


def slots_within(sealed: SealedRows, entries: Sequence[LedgerEntry], period: Period, subjects: pa.Array[Any]) -> Rows:
    """Expected runs of the period's nights in scope, as they stand; whole rows stay in their files."""

    def mine(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.is_in(rows["vault_id"].cast(pa.string()), value_set=subjects))

    found = slots_standing.standing_places(sealed, entries, period.first, period.last, _PLACE, mine)
    if not found.num_rows:
        return Held(SLOTS, empty(SLOTS))
    names = {slots_standing.PATH: PATH, slots_standing.ROW: ROW}
    found = found.rename_columns([names.get(name, name) for name in found.column_names])
    found = found.take(places_by(found, ["night", *SLOTS.key]))
    return Placed(SLOTS, sealed, found.select(["night", PATH, ROW]))


def detected_within(
    sealed: SealedRows, entries: Sequence[LedgerEntry], period: Period, subjects: pa.Array[Any]
) -> tuple[pa.Table, pa.Table]:
    """Trials of detectors, which concern every scope, and what of it was not compared, by the last assessment of each night."""
    found = {table: [empty(table)] for table in (CANARIES, NOT_COMPARED)}
    known = assessments(entries)
    for night in period.nights():
        for path in (told.path for one in known.get(night, ())[-1:] for told in one.entry.objects):
            for table, rows in found.items():
                if path.startswith(f"assessments/{table.name}/"):
                    rows.append(sealed.file(table, path))
    missed = pa.concat_tables(found[NOT_COMPARED])
    return pa.concat_tables(found[CANARIES]), missed.filter(pc.is_in(missed["vault_id"], value_set=subjects))


def exceptions_within(
    sealed: SealedRows, entries: Sequence[LedgerEntry], period: Period, subjects: pa.Array[Any]
) -> pa.Table:
    """Exceptions in scope as the last judged night of the period left them: those that were open then, or ended in the period."""
    known = assessments(entries)
    for night in reversed(period.nights()):
        for one in reversed(known.get(night, ())):
            path = next((told.path for told in one.entry.objects if told.path.startswith(_PREFIX)), None)
            if path is not None:
                rows = [_mine(sealed.file(EXCEPTIONS, path), subjects, period)]
                for older in _older(entries[: one.entry.sequence], path, period.first):
                    rows.append(_left_since(_mine(sealed.file(EXCEPTIONS, older), subjects, period), rows))
                return ordered(EXCEPTIONS, pa.concat_tables(rows))
    return empty(EXCEPTIONS)


def _mine(rows: pa.Table, subjects: pa.Array[Any], period: Period) -> pa.Table:
    return _begun(rows.filter(pc.is_in(rows["vault_id"], value_set=subjects)), period)


def _older(entries: Sequence[LedgerEntry], newest: str, first: date) -> Iterator[str]:
    """Tables of nights from one on before the newest, newest first, so many batches apart that what ended between two of them is in one."""
    found = [one.state_file.path for one in batches(entries) if one.night >= first]
    at = found.index(newest) if newest in found else len(found) - 1
    for place in range(at - BATCHES_KEPT, -1, -BATCHES_KEPT):
        yield found[place]


def _left_since(rows: pa.Table, newer: Sequence[pa.Table]) -> pa.Table:
    """Of an older table what had ended, and is not told by a newer one any more."""
    ended = rows.filter(pc.is_valid(rows["closed_at"]))
    known = {key for one in newer for key in one["exception_key"].to_pylist()}
    return ended.filter(pa.array([key not in known for key in ended["exception_key"].to_pylist()], pa.bool_()))


def _begun(rows: pa.Table, period: Period) -> pa.Table:
    """Without what had ended before the period began; nights begin within a day of midnight UTC in every zone."""
    days = rows["closed_at"].cast(pa.date32())
    return rows.filter(pc.or_kleene(pc.is_null(days), pc.greater_equal(days, pa.scalar(period.first, pa.date32()))))
