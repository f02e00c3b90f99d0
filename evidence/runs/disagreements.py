"""Where a saved file says otherwise than Azure's own last answer about the same job or point.

Not here: which of the two counts: Azure's does, always. Invariant: what a file leaves out is no disagreement, nor is an earlier state of
a job that has ended since; all else is listed with both sides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from evidence.normalize.results import Row
from evidence.runs.sealed import SealedRows, Where
from evidence.runs.unfinished import UNFINISHED
from evidence.tables import JOBS, RECOVERY_POINTS

SAME_MOMENT = timedelta(seconds=1)
"""Saved forms keep milliseconds, tables of `az` whole seconds."""
_JOB_FIELDS = ("status", "operation", "started_at", "ended_at")
_JOB_COLUMNS = ("vault_id", "job_id", *_JOB_FIELDS, "observed_at", "call_id", "ordinal")
_POINT_COLUMNS = ("vault_id", "item_key", "recovery_point_id", "recovery_point_at")
_RUNNING = frozenset(UNFINISHED.to_pylist())
_OF_A_RUNNING_JOB = frozenset({"status", "operation", "ended_at"})
"""What changes while a job runs."""


@dataclass(frozen=True, slots=True)
class Differences:
    """How one record differs from Azure's answer."""

    fields: Sequence[Row]
    """Columns of findings; never empty."""
    moved_on: bool
    """Whether one side only tells an earlier state of a job that went on."""


@dataclass(slots=True)
class AzureSays:
    """Azure's own last answers about the things of some vaults, read when a vault is first asked for."""

    sealed: SealedRows
    """Azure's rows alone."""
    _jobs: dict[str, Mapping[str, Row]] = field(default_factory=dict)
    _points: dict[str, Mapping[tuple[str, str], object]] = field(default_factory=dict)

    def against(self, table: str, row: Row) -> Differences | None:
        """How a row of a file differs; None where it does not, or where Azure never told the thing."""
        vault_id = str(row["vault_id"])
        if table == JOBS.name:
            if vault_id not in self._jobs:
                self._jobs[vault_id] = _last_jobs(self.sealed, vault_id)
            azure = self._jobs[vault_id].get(str(row["job_id"]).lower())
            return None if azure is None else _of_job(azure, row)
        if table == RECOVERY_POINTS.name and row["recovery_point_at"] is not None:
            if vault_id not in self._points:
                self._points[vault_id] = _points(self.sealed, vault_id)
            told = self._points[vault_id].get((str(row["item_key"]), str(row["recovery_point_id"])))
            return _of_point(told, row)
        return None


def _of_job(azure: Row, row: Row) -> Differences | None:
    differing = [name for name in _JOB_FIELDS if _differ(name, azure[name], row.get(name))]
    if not differing:
        return None
    earlier = row["status"] in _RUNNING or azure["status"] in _RUNNING
    moved_on = earlier and row["status"] != azure["status"] and _OF_A_RUNNING_JOB.issuperset(differing)
    detail = "one of the two was seen while the job still ran" if moved_on else "Azure's own answer counts"
    key = str(row["job_id"])
    return Differences([_found(row, key, name, azure[name], row.get(name), detail) for name in differing], moved_on)


def _of_point(told: object, row: Row) -> Differences | None:
    if not _differ("recovery_point_at", told, row["recovery_point_at"]):
        return None
    key = f"{row['item_key']}/recoverypoints/{row['recovery_point_id']}"
    detail = "Azure's own answer counts"
    return Differences([_found(row, key, "recovery_point_at", told, row["recovery_point_at"], detail)], moved_on=False)


def _differ(name: str, azure: object, file: object) -> bool:
    if azure is None or file is None:
        return False
    if isinstance(azure, datetime) and isinstance(file, datetime):
        return abs(azure - file) >= SAME_MOMENT
    one, other = str(azure).strip().casefold(), str(file).strip().casefold()
    if name == "operation":  # `Restore` becomes `Restore (Full)` when it ends
        return not (one.startswith(other) or other.startswith(one))
    return one != other


def _found(row: Row, key: str, name: str, azure: object, file: object, detail: str) -> Row:
    return {
        "vault_id": row["vault_id"],
        "thing_key": key,
        "field": name,
        "azure_says": _told(azure),
        "file_says": _told(file),
        "detail": detail,
    }


def _told(value: object) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}" if isinstance(value, datetime) else str(value)


def _last_jobs(sealed: SealedRows, vault_id: str) -> Mapping[str, Row]:
    last: dict[str, Row] = {}
    for row in _of_vault(sealed.rows(JOBS, columns=_JOB_COLUMNS, where=_where(vault_id))):
        last[str(row["job_id"]).lower()] = row
    return last


def _of_vault(rows: pa.Table) -> Sequence[Row]:
    """In the order in which they were observed, as packs order them."""
    order: list[tuple[str, Literal["ascending", "descending"]]] = [
        (name, "ascending") for name in ("observed_at", "call_id", "ordinal")
    ]
    found: Sequence[Row] = rows.sort_by(order).to_pylist()
    return found


def _points(sealed: SealedRows, vault_id: str) -> Mapping[tuple[str, str], object]:
    found: dict[tuple[str, str], object] = {}
    for rows in sealed.each(RECOVERY_POINTS, _where(vault_id), _POINT_COLUMNS):
        for row in rows.filter(pc.is_valid(rows["recovery_point_at"])).to_pylist():
            found[row["item_key"], row["recovery_point_id"]] = row["recovery_point_at"]
    return found


def _where(vault_id: str) -> Where:
    return lambda rows: rows.filter(pc.equal(rows["vault_id"], pa.scalar(vault_id)))
