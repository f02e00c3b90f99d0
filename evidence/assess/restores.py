"""The observations of each restore job, folded to what is known of it.

Not here: which point it came from. Invariant: a later observation that tells less takes nothing away: Azure tells the recovery point
time late, and lists never tell it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

FILES = "azurestorage"
_NAMED = frozenset({"id", "name"})
RESTORE_COLUMNS = (
    "event_night",
    "tenant_id",
    "vault_id",
    "capture_id",
    "call_id",
    "observed_at",
    "evidence_grade",
    "ordinal",
    "job_id",
    "item_key",
    "item_link",
    "item_candidates",
    "management_type",
    "operation",
    "status",
    "started_at",
    "recovery_point_at_sent",
    "recovery_point_at_text",
    "recovery_point_id_sent",
)
"""Columns of `restore_jobs` that linking reads."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One restore job as one call saw it: the columns of `restore_jobs` that linking needs."""

    event_night: date | None
    tenant_id: str | None
    vault_id: str
    capture_id: str
    call_id: str
    observed_at: datetime
    evidence_grade: str
    ordinal: int
    job_id: str
    item_key: str | None
    item_link: str
    item_candidates: tuple[str, ...]
    management_type: str | None
    operation: str | None
    status: str | None
    started_at: datetime | None
    recovery_point_at_sent: datetime | None
    recovery_point_at_text: str | None
    recovery_point_id_sent: str | None


@dataclass(frozen=True, slots=True)
class Restore:
    """One restore job as known from all its observations."""

    source: Observation
    """The observation that the judgement rests on: the last that tells a recovery point, else the last."""
    last: Observation
    observations: int
    item_keys: tuple[str, ...]
    """Items that it may be about, sorted; one where it is known."""
    item_known: bool
    """Whether it is about that one item; false where others, perhaps unknown ones, fit as well."""

    @property
    def is_files(self) -> bool:
        """Whether a file share was restored, whose jobs tell a time later than the point's."""
        return (self.source.management_type or "").casefold() == FILES


def fold_restores(tables: Iterable[pa.Table]) -> list[Restore]:
    """Restore jobs of any number of nights, each once, in the order of vault and job."""
    seen: defaultdict[tuple[str, str], list[Observation]] = defaultdict(list)
    for table in tables:
        for batch in table.select(list(RESTORE_COLUMNS)).to_batches():
            for row in batch.to_pylist():
                one = _observation(row)
                seen[one.vault_id, one.job_id.lower()].append(one)
    return [_fold(sorted(seen[key], key=_order)) for key in sorted(seen)]


def _observation(row: Mapping[str, object]) -> Observation:
    candidates = row["item_candidates"]
    listed = tuple(str(one) for one in candidates) if isinstance(candidates, list | tuple) else ()
    return Observation(**{**row, "item_candidates": listed})  # type: ignore[arg-type]  # the schema holds the types


def _order(one: Observation) -> tuple[datetime, str, int]:
    return one.observed_at, one.call_id, one.ordinal


def _fold(observations: list[Observation]) -> Restore:
    telling = [one for one in observations if one.recovery_point_at_sent or one.recovery_point_id_sent]
    unreadable = [one for one in observations if one.recovery_point_at_text]
    keys, known = _items(observations)
    source = (telling or unreadable or observations)[-1]
    return Restore(source, observations[-1], len(observations), keys, known)


def _items(observations: list[Observation]) -> tuple[tuple[str, ...], bool]:
    """Items that fit, by the first observation that could tell.

    The first one is the best: an item that appears later cannot have been restored before, and one that has gone by then would
    make another look like the only one that fits. An observation whose item list was cut short (ambiguous with one candidate)
    counts only where no other tells.
    """
    for one in observations:
        if one.item_link in _NAMED and one.item_key:
            return (one.item_key,), True
        if len(one.item_candidates) > 1:
            return tuple(sorted(one.item_candidates)), False
    return tuple(sorted({key for one in observations for key in one.item_candidates})), False
