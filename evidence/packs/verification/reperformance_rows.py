"""Compares the rows of one packed table with the rows made again from the calls.

Not here: making them again (`reperformance_replay`). Invariants: every row of either side is compared or counted as not comparable; equal
stretches are compared as columns, so only what differs is looked at row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from evidence.tables import RECOVERY_POINTS, RESTORE_LINKS, Table

ROWS = 16_384
MOST_TOLD = 3
"""Differences that are told in full; all are counted."""
UPLOADED = "B"
"""Grade of rows that rest on a file that a person uploaded, and on no call."""

Row = Mapping[str, Any]
Clean = Callable[[Row], Row]
"""A row without what redaction may have changed in it."""
Received = Callable[[pa.Table], pa.Table]


def unchanged(rows: pa.Table) -> pa.Table:
    """Rows as they are."""
    return rows


@dataclass(slots=True)
class Compared:
    """What a comparison found."""

    same: int = 0
    uploaded: int = 0
    """Rows of the pack that rest on no call."""
    differences: int = 0
    told: list[str] = field(default_factory=list)
    """The first few differences."""

    def differ(self, sentence: str) -> None:
        """Note a difference."""
        self.differences += 1
        if len(self.told) < MOST_TOLD:
            self.told.append(sentence)


@dataclass(frozen=True, slots=True)
class Uploads:
    """What uploaded files alone decided in the pack, so that calls cannot give it."""

    restores: frozenset[tuple[str, str]] = frozenset()
    """Vault and lower-cased id of restore jobs whose link rests on one."""
    points: frozenset[tuple[str, str]] = frozenset()
    """Item and id of the points that these links name."""


def uploads_of(links: Path) -> Uploads:
    """What a pack's table of links says of them."""
    columns = ["vault_id", "job_id", "item_key", "recovery_point_id", "evidence_grade"]
    rows = pq.read_table(links, columns=columns, filters=[("evidence_grade", "=", UPLOADED)]).to_pylist()
    return Uploads(
        frozenset((str(row["vault_id"]), str(row["job_id"]).lower()) for row in rows),
        frozenset((str(row["item_key"]), str(row["recovery_point_id"])) for row in rows),
    )


def compare_rows(
    table: Table, packed: Path, again: Path, uploads: Uploads, clean: Clean, received: Received = unchanged
) -> Compared:
    """Compare the Parquet file of a pack with that of the rows made again; both are in the order of the table.

    `received` gives rows made again what redaction took from them.
    """
    found = Compared()
    with pq.ParquetFile(packed) as file, pq.ParquetFile(again) as made:
        names = [name for name in file.schema_arrow.names if name in table.names()]
        ours = _pieces(_batches(table, made, names, uploads, received))
        theirs = _pieces(_batches(table, file, names, uploads, unchanged, found))
        for mine, other in zip_longest(theirs, ours):
            if mine is not None and other is not None and mine.equals(other):
                found.same += mine.num_rows
            else:
                _merge(table, _rest(mine, theirs), _rest(other, ours), clean, found)
    return found


def _batches(
    table: Table,
    file: pq.ParquetFile,
    names: Sequence[str],
    uploads: Uploads,
    received: Received,
    found: Compared | None = None,
) -> Iterator[pa.Table]:
    for batch in file.iter_batches(batch_size=ROWS, columns=list(names)):
        rows = received(pa.Table.from_batches([batch]))
        kept = _comparable(table, rows, uploads)
        if found is not None:
            found.uploaded += rows.num_rows - kept.num_rows
        yield kept


def _pieces(batches: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in pieces of one length, the last one shorter, so that equal rows make equal pieces."""
    held: pa.Table | None = None
    for batch in batches:
        held = batch if held is None else pa.concat_tables([held, batch])
        while held.num_rows >= ROWS:
            yield held.slice(0, ROWS)
            held = held.slice(ROWS)
    if held is not None and held.num_rows:
        yield held


def _comparable(table: Table, rows: pa.Table, uploads: Uploads) -> pa.Table:
    """Without rows that rest on uploads: those of grade B, and what a link of grade B took the place of, or brought along."""
    plain = rows.replace_schema_metadata(None)
    if "evidence_grade" in plain.schema.names:
        plain = plain.filter(pc.not_equal(plain["evidence_grade"], pa.scalar(UPLOADED)))
    if table == RESTORE_LINKS and uploads.restores:
        keys = zip(plain["vault_id"].to_pylist(), pc.utf8_lower(plain["job_id"]).to_pylist(), strict=True)
        plain = plain.filter(pa.array([key not in uploads.restores for key in keys], pa.bool_()))
    if table == RECOVERY_POINTS and uploads.points:
        keys = zip(plain["item_key"].to_pylist(), plain["recovery_point_id"].to_pylist(), strict=True)
        plain = plain.filter(pa.array([key not in uploads.points for key in keys], pa.bool_()))
    return _plain_fields(plain)


def _plain_fields(rows: pa.Table) -> pa.Table:
    """Without the units and sentences of the columns: files of an older version say other ones."""
    return rows.cast(pa.schema([pa.field(one.name, one.type) for one in rows.schema]))


def _rest(piece: pa.Table | None, pieces: Iterator[pa.Table]) -> Iterator[Row]:
    """The rows of a piece and of all behind it."""
    for one in chain([] if piece is None else [piece], pieces):
        yield from one.to_pylist()


def _merge(table: Table, packed: Iterator[Row], again: Iterator[Row], clean: Clean, found: Compared) -> None:
    """Walk along both sides, which are in the same order, and note what one lacks or tells otherwise."""
    keys = [name for name in dict.fromkeys(("night", *table.key)) if name in table.names()]
    mine, made = next(packed, None), next(again, None)
    while mine is not None or made is not None:
        if mine is not None and (made is None or _order(mine, keys) < _order(made, keys)):
            found.differ(f"{_named(mine, keys)}: in the pack, and the calls do not give it")
            mine = next(packed, None)
        elif made is not None and (mine is None or _order(made, keys) < _order(mine, keys)):
            found.differ(f"{_named(made, keys)}: the calls give it, and the pack lacks it")
            made = next(again, None)
        elif mine is not None and made is not None:
            _compare(mine, made, keys, clean, found)
            mine, made = next(packed, None), next(again, None)


def _compare(mine: Row, made: Row, keys: Sequence[str], clean: Clean, found: Compared) -> None:
    if mine == made or (mine := clean(mine)) == (made := clean(made)):
        found.same += 1
        return
    columns = [name for name in mine if mine[name] != made.get(name)]
    told = "; ".join(f"{name} is {_value(mine[name])}, made again {_value(made.get(name))}" for name in columns[:3])
    more = f"; and {len(columns) - 3} more columns" if len(columns) > 3 else ""  # noqa: PLR2004 - as many as are told
    found.differ(f"{_named(mine, keys)}: {told}{more}")


def _order(row: Row, keys: Sequence[str]) -> tuple[tuple[bool, Any], ...]:
    """As Arrow sorts: nulls at the end."""
    return tuple((row[key] is None, "" if row[key] is None else row[key]) for key in keys if key in row)


def _named(row: Row, keys: Sequence[str]) -> str:
    told = " ".join(_short(row[key]) for key in keys if key in row and row[key] is not None and key != "call_id")
    call = row.get("call_id")
    return f"{told} (call {call})" if call is not None else told


def _value(value: object) -> str:
    return "empty" if value is None else repr(_short(value))


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    longest = 120
    return text if len(text) <= longest else f"…{text[-longest:]}"
