"""Rows of uploaded files beside Azure's own: they fill what Azure never told, and nothing else.

Not here: how a file becomes rows (`imports`). Invariant: of a thing that Azure told at any time no uploaded row is given, and no link
that Azure's rows alone allow is changed by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess import POINT_COLUMNS, RESTORE_COLUMNS
from evidence.runs.sealed import SealedRows
from evidence.tables import RECOVERY_POINTS, RESTORE_JOBS, Table

GRADE = "B"
"""Evidence grade of what a person uploaded (DESIGN section 5)."""
UNLINKED = "unlinked"
JOB = ("vault_id", "job_id")
POINT = ("item_key", "recovery_point_id", "range_start_at")
KEYS: Mapping[str, tuple[str, ...]] = {"jobs": JOB, RESTORE_JOBS.name: JOB, RECOVERY_POINTS.name: POINT}
"""What names one thing, as packs tell things apart."""
Row = Mapping[str, object]
Linker = Callable[[Sequence[pa.Table], Iterable[pa.Table]], Sequence[Row]]
"""Links restore jobs to points."""


def keys_in(rows: pa.Table, table: Table) -> set[tuple[object, ...]]:
    """The keys in some rows; ids of jobs in lower case, as links compare them."""
    columns = [rows[name] if name != "job_id" else pc.utf8_lower(rows[name]) for name in KEYS[table.name]]
    return set(zip(*(column.to_pylist() for column in columns), strict=True))


def only_uploaded(sealed: SealedRows, table: Table, columns: Sequence[str]) -> pa.Table:
    """Uploaded rows of things that Azure never told: memory holds these and one file of Azure's."""
    found = sealed.uploaded().rows(table, columns=columns)
    if found.num_rows == 0:
        return found
    wanted = keys_in(found, table)
    id_column = KEYS[table.name][1]
    ids = found[id_column].unique()

    def same_id(rows: pa.Table) -> pa.Table:
        lowered = pc.is_in(pc.utf8_lower(rows[id_column]), value_set=pc.utf8_lower(ids))
        return rows.filter(lowered)

    told: set[tuple[object, ...]] = set()
    for rows in sealed.of_azure().each(table, same_id, KEYS[table.name]):
        told |= keys_in(rows, table) & wanted
    kept = [key not in told for key in _in_order(found, table)]
    return found.filter(pa.array(kept, pa.bool_()))


def link_with_uploads(
    sealed: SealedRows, link: Linker, of_vaults: Callable[[pa.Table, pa.Array[Any]], pa.Table]
) -> Sequence[Row]:
    """Links of all restore jobs: by Azure's rows alone, and where those link nothing by uploaded ones too, as grade B."""
    azure = sealed.of_azure()
    restores = list(azure.each(RESTORE_JOBS, columns=RESTORE_COLUMNS))
    uploaded = only_uploaded(sealed, RESTORE_JOBS, RESTORE_COLUMNS)
    vaults = vaults_in([*restores, uploaded])

    def points() -> Iterator[pa.Table]:
        return azure.each(RECOVERY_POINTS, lambda rows: of_vaults(rows, vaults), (*POINT_COLUMNS, "vault_id"))

    alone = link(restores, points())
    columns = list(dict.fromkeys((*POINT_COLUMNS, "vault_id", *POINT)))
    more = of_vaults(only_uploaded(sealed, RECOVERY_POINTS, columns), vaults)
    if not uploaded.num_rows and not more.num_rows:
        return alone
    both = link([*restores, uploaded], chain(points(), [more.select([*POINT_COLUMNS, "vault_id"])]))
    known = {_key(row): row for row in alone}
    return [_better(known.get(_key(row)), row) for row in both]


def _better(alone: Row | None, both: Row) -> Row:
    if alone is None:
        return both
    if alone["link"] != UNLINKED or both["link"] == UNLINKED:
        return alone
    return {
        **both,
        "evidence_grade": GRADE,
        "reason": f"{both['reason']} The point is known from an uploaded file alone.",
    }


def _key(row: Row) -> tuple[object, str]:
    return row["vault_id"], str(row["job_id"]).lower()


def _in_order(rows: pa.Table, table: Table) -> Iterator[tuple[object, ...]]:
    columns = [rows[name] if name != "job_id" else pc.utf8_lower(rows[name]) for name in KEYS[table.name]]
    return zip(*(column.to_pylist() for column in columns), strict=True)


def vaults_in(tables: Sequence[pa.Table]) -> pa.Array[Any]:
    """The vaults in some rows, sorted."""
    return pa.array(sorted({vault for rows in tables for vault in rows["vault_id"].to_pylist() if vault}), pa.string())
