"""The table of unresolved failures in a pack, and what moved since the pack of an earlier week.

Not here: the judgement (`evidence.assess.aging`), reading sealed rows (`rows`). Invariant: a row of the pack before is in this one
again, as unresolved, as resolved with the job and the point that did it, or as no longer told; none is left out in silence.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from evidence.assess.aging import UNKNOWN, Aged, Aging, Closure, Key, Look, Moved, State, age_failures, movement
from evidence.errors import DisposedError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import SealedPack, Series, packs
from evidence.packs.aging.rows import Files, read_for_aging
from evidence.packs.fetch import fetch_pack
from evidence.packs.machine.descriptor import parquet_path
from evidence.packs.period import Period
from evidence.packs.texts import moment, nights, plural
from evidence.records import Vault
from evidence.stores.interface import EvidenceStore
from evidence.tables import AGING, from_rows, read_parquet

KIND = "aging"
WHOLE_VAULT, ANY = "vault", "any"
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Before:
    """What the pack of an earlier week said."""

    pack_id: str
    rows: Mapping[Key, Row]
    """Its unresolved failures."""

    def looks(self) -> Mapping[Key, Look]:
        """The same as `movement` compares them."""
        return {key: Look(str(row["bucket"]), _text(row["first_job_id"])) for key, row in self.rows.items()}


def aging_table(
    files: Files, vaults: Sequence[Vault], period: Period, as_of: datetime, before: Before | None
) -> pa.Table:
    """Every unresolved failure of some vaults at the end of a period; `as_of` is the end of its last night."""
    also = [key.subject for key in before.rows] if before else []
    judged = read_for_aging(files, [vault.vault_id for vault in vaults], period.last, as_of, also)
    found = age_failures(judged.runs, judged.points, judged.unread, as_of)
    regions = {vault.vault_id: vault.region for vault in vaults}
    rows = [*_unresolved(found, regions, before), *_gone(found, regions, before)]
    rows += _not_read(judged.unread, regions, period)
    return from_rows(AGING, [{"as_of": as_of, **row} for row in rows])


def _unresolved(found: Aging, regions: Mapping[str, str | None], before: Before | None) -> Iterator[Row]:
    moved = _movement(found, before)
    for one in found.unresolved:
        yield {
            **_subject(one.key, regions),
            "state": str(one.state),
            "bucket": one.bucket,
            "workload": one.last.workload,
            "name": one.last.name,
            "first_failure_at": one.first.started_at,
            "first_failure_night": one.first.night,
            "first_job_id": one.first.job_id,
            "last_failure_at": one.last.started_at,
            "last_failure_night": one.last.night,
            "last_job_id": one.last.job_id,
            "error": one.last.error,
            "failed_jobs": one.failed_jobs,
            "nights_failing": one.nights_failing,
            "age_days": one.age_days,
            "last_success_at": one.last_success.started_at if one.last_success else None,
            "later_success_at": one.later_success.started_at if one.later_success else None,
            "later_job_id": one.later_success.job_id if one.later_success else None,
            "unread_nights": one.unread_nights,
            **_since(one.key, moved.get(one.key), before),
            "reason": reason(one),
        }


def reason(one: Aged) -> str:
    """Why a failure stands as it does."""
    if one.last.item_key is None:
        return "No item could be linked to its jobs, so no later success can be linked to it either."
    if one.unread_nights:
        told = f"Which jobs ran on {plural(one.unread_nights, 'later night')} is not known: it may have been resolved, or not."
        return told if one.later_success is None else f"{told} {_without_point(one)}"
    if one.later_success is not None:
        return _without_point(one)
    if one.later_range:
        return "A range of log backups reaches past the failure; no completed job is told, for Azure lists no scheduled log jobs."
    return "No later job completed."


def _without_point(one: Aged) -> str:
    at = one.later_success.started_at if one.later_success else None
    return f"The job of {moment(at)} completed, and no recovery point of it was seen."


def _movement(found: Aging, before: Before | None) -> Mapping[Key, Moved]:
    if before is None:
        return {}
    now = {one.key: Look(one.bucket, one.first.job_id) for one in found.unresolved}
    return movement(now, found.closed, before.looks())


def _since(key: Key, moved: Moved | None, before: Before | None) -> Row:
    row = before.rows.get(key) if before else None
    return {
        "moved": None if moved is None else str(moved),
        "previous_bucket": None if row is None else row["bucket"],
        "previous_pack": None if before is None else before.pack_id,
    }


def _subject(key: Key, regions: Mapping[str, str | None]) -> Row:
    return {
        "vault_id": key.vault_id,
        "subject": key.subject,
        "operation": key.operation,
        "region": regions.get(key.vault_id),
    }


_KEPT = (
    "workload",
    "name",
    "first_failure_at",
    "first_failure_night",
    "first_job_id",
    "last_failure_at",
    "last_failure_night",
    "last_job_id",
    "error",
)
"""What a row that is unresolved no more tells as the pack before told it."""


def _gone(found: Aging, regions: Mapping[str, str | None], before: Before | None) -> Iterator[Row]:
    for key, moved in _movement(found, before).items():
        if before is not None and moved in {Moved.RESOLVED, Moved.LEFT}:
            closure = found.closed.get(key)
            yield {
                **_subject(key, regions),
                **{name: before.rows[key][name] for name in _KEPT},
                "state": str(moved),
                **_closed_by(closure),
                **_since(key, moved, before),
                "reason": _why_gone(key, closure, regions),
            }


def _closed_by(closure: Closure | None) -> Row:
    if closure is None:
        return {}
    return {
        "closed_by_job_id": closure.run.job_id,
        "closed_by_recovery_point_id": closure.point.point_id,
        "closed_by_recovery_point_at": closure.point.start,
    }


def _why_gone(key: Key, closure: Closure | None, regions: Mapping[str, str | None]) -> str:
    if closure is not None:
        return f"The job of {moment(closure.run.started_at)} completed and made the recovery point of {moment(closure.point.start)}."
    if key.vault_id not in regions:
        return "Its vault is not among those that were seen in the period; this is no proof that it was resolved."
    return "Its failed jobs are no longer told as they were; this is no proof that it was resolved."


def _not_read(unread: Mapping[str, Sequence[date]], regions: Mapping[str, str | None], period: Period) -> Iterator[Row]:
    for vault_id, found in unread.items():
        mine = [night for night in found if period.first <= night <= period.last]
        if mine:
            yield {
                **_subject(Key(vault_id, WHOLE_VAULT, ANY), regions),
                "state": str(State.UNKNOWN),
                "bucket": UNKNOWN,
                "unread_nights": len(mine),
                "reason": f"Its job list was not read whole ({nights(mine)}): failures of other items are not known.",
            }


def earlier(entries: Sequence[LedgerEntry], series: Series, period: Period) -> SealedPack | None:
    """The standing pack of the last earlier period of a series."""
    found = [pack for pack in packs(entries).get(series, ()) if pack.last_night < period.first]
    return max(found, key=lambda pack: (pack.last_night, pack.revision), default=None)


def read_before(store: EvidenceStore, pack: SealedPack | None) -> Before | None:
    """Unresolved failures of an earlier pack, None where it was disposed of; raises IntegrityError where the store's pack is not what was sealed."""
    if pack is None:
        return None
    with tempfile.TemporaryDirectory(prefix="backup-evidence-before-") as folder:
        try:
            copy = fetch_pack(store, pack, Path(folder)).path
        except DisposedError:
            return None
        with zipfile.ZipFile(copy) as archive:
            rows = read_parquet(AGING, archive.read(f"{pack.pack_id}/{parquet_path(AGING)}")).to_pylist()
    open_rows = [row for row in rows if row["bucket"] is not None and row["subject"] != WHOLE_VAULT]
    return Before(pack.pack_id, {Key(row["vault_id"], row["subject"], row["operation"]): row for row in open_rows})


def _text(value: object) -> str | None:
    return None if value is None else str(value)
