"""What the answers of a look tell: jobs that failed and were not known, vaults that were not read whole, and the findings of both.

Not here: asking (`watch.asking`), recording (`watch`). Invariants: a job is told once, whichever look or night told it first; a failure has
the same class, item and error family as the night will give it, so that it is one problem and not two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.about import About
from evidence.assess.findings import Finding
from evidence.assess.slot_findings import CLASSES
from evidence.assess.slots.families import error_family
from evidence.assess.slots.values import Outcome
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.watches import UnreadVault, watch_looks
from evidence.nights import Calendar, Window, look_back
from evidence.normalize import ITEM_COLUMNS, CaptureContext, Normalized, normalize_capture
from evidence.records import WHOLE, Capture, Kind, Vault
from evidence.runs.gate_rows import items_of
from evidence.runs.sealed import SealedRows
from evidence.sources.watching import FRESH
from evidence.tables import JOBS, PROTECTED_ITEMS
from evidence.tiers import TierRule

OUTCOMES: Mapping[str, Outcome] = {"Failed": Outcome.FAILED, "CompletedWithWarnings": Outcome.WARNING}
"""What a slot of such a job comes to, unless a later job of the slot does better."""
NIGHTS_OF_ITEMS = 3
"""Nights whose lists of items name what jobs are about: one of them may not have been read."""
BACKUP = "backup"
Key = tuple[str, str]
"""Vault id and lower-cased job id."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the captures of a look tell, before it is known what is new of it."""

    jobs: Mapping[Key, Row]
    """Failed backup jobs that began in the window: rows of `jobs` without their items."""
    unread: tuple[UnreadVault, ...]
    """In the order of their ids."""


def read_answers(captures: Iterable[Capture], context: CaptureContext, window: Window) -> Answers:
    """Read the captures of a look."""
    jobs: dict[Key, Row] = {}
    unread = []
    for capture in captures:
        normal = normalize_capture(capture, context)
        jobs |= {_key(row): row for row in normal.jobs if _is_fresh(row, window)}
        said = [
            str(row["reason"] or row["outcome"])
            for row in normal.coverage
            if row["kind"] == Kind.JOBS and row["outcome"] not in WHOLE
        ] or _unreadable(normal)
        if said:
            unread.append(UnreadVault(capture.subject_id, "; ".join(said)))
    return Answers(jobs, tuple(sorted(unread, key=lambda one: one.vault_id)))


def _unreadable(normal: Normalized) -> list[str]:
    """What of a list that was read whole still tells nothing."""
    nameless = sum(row["status"] in FRESH and row["operation"] is None for row in normal.jobs)
    said = [f"{len(normal.unread)} jobs could not be read"] if normal.unread else []
    return [*said, *([f"{nameless} failed jobs do not tell what they did"] if nameless else [])]


def _is_fresh(row: Row, window: Window) -> bool:
    """Whether a row is a failed backup of the window; one that does not tell when it began is looked at all the same."""
    began = row["started_at"]
    return (
        row["status"] in FRESH
        and row["operation_kind"] == BACKUP
        and (began is None or window.start <= began <= window.end)
    )


def _key(row: Row) -> Key:
    return row["vault_id"], str(row["job_id"]).lower()


def already_known(
    sealed: SealedRows, entries: Sequence[LedgerEntry], found: Mapping[Key, Row], since: datetime, calendar: Calendar
) -> frozenset[Key]:
    """Which of the jobs a look since a moment has told, or a sealed night holds in such a state."""
    told = {(job.vault_id, job.job_id) for look in watch_looks(entries, since) for job in look.jobs}
    left = found.keys() - told
    return frozenset(told & found.keys()) | (_sealed(sealed, left, calendar.night_of(since)) if left else frozenset())


def _sealed(sealed: SealedRows, keys: Iterable[Key], first: date) -> frozenset[Key]:
    wanted = pa.array(sorted({job for _, job in keys}), pa.string())
    states = pa.array(FRESH, pa.string())

    def where(rows: pa.Table) -> pa.Table:
        ids = pc.is_in(pc.utf8_lower(rows["job_id"]), value_set=wanted)
        return rows.filter(pc.and_(ids, pc.is_in(rows["status"], value_set=states)))

    columns = ["vault_id", "job_id", "status"]
    rows = sealed.of_azure().rows(JOBS, first=first, columns=columns, where=where)
    return frozenset(_key(row) for row in rows.to_pylist()) & frozenset(keys)


@dataclass(frozen=True, slots=True)
class ItemsKnown:
    """Items of the last nights, by which jobs are linked and which findings name."""

    rows: Sequence[Mapping[str, object]]
    about: Mapping[str, About]


def items_known(sealed: SealedRows, night: date, vaults: Mapping[str, Vault], rules: Sequence[TierRule]) -> ItemsKnown:
    """The items of some vaults on the nights before a look."""
    first = look_back(night, NIGHTS_OF_ITEMS)
    rows = sealed.of_azure().distinct(PROTECTED_ITEMS, ITEM_COLUMNS, first, night)
    keep = rows.filter(pc.is_in(rows["vault_id"], value_set=pa.array(sorted(vaults), pa.string())))
    nights = (first + timedelta(days=number) for number in range(NIGHTS_OF_ITEMS))
    about = {
        one.item_key: About(one.vault_id, one.item_key, one.name, one.workload, one.tier)
        for each in nights
        for one in items_of(sealed, each, vaults, rules)
    }
    return ItemsKnown(keep.sort_by("item_key").to_pylist(), about)


def linked(captures: Iterable[Capture], context: CaptureContext, items: ItemsKnown, keys: frozenset[Key]) -> list[Row]:
    """The rows of these jobs with their items, in order of their begin."""
    vaults = {vault for vault, _ in keys}
    rows = {
        _key(row): row
        for capture in captures
        if capture.subject_id in vaults
        for row in normalize_capture(capture, context, items.rows).jobs
    }
    return sorted((rows[key] for key in keys), key=lambda row: (str(row["started_at"]), row["vault_id"], row["job_id"]))


def findings_of(rows: Sequence[Row], items: ItemsKnown) -> list[Finding]:
    """One finding a problem: jobs of one item, class and error family belong together, and the last of them tells it."""
    found: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        key = (row["vault_id"], row["item_key"], row["status"], _family(row))
        found.setdefault(key, []).append(row)
    return [_finding(many, items) for many in found.values()]


def _family(row: Row) -> str | None:
    return error_family(row.get("error_codes") or (), row.get("error_titles") or ())


def _finding(rows: Sequence[Row], items: ItemsKnown) -> Finding:
    last = rows[-1]
    class_, usual = CLASSES[OUTCOMES[last["status"]]]
    name = last["entity_friendly_name"] or last["job_id"]
    about = items.about.get(last["item_key"] or "") or About(last["vault_id"], "", name, last["workload"])
    recommended = [one for row in rows for one in row.get("recommendations") or ()]
    return Finding(
        class_=class_,
        severity=about.severity(usual),
        vault_id=last["vault_id"],
        item_key=last["item_key"],
        subject=about.name,
        error_family=_family(last),
        at=last["started_at"] or last["observed_at"],
        night=last["event_night"],
        summary=_summary(last, len(rows)),
        workload=about.workload,
        job_ids=tuple(str(row["job_id"]) for row in rows),
        error_codes=tuple(last.get("error_codes") or ()),
        recommendation=recommended[-1] if recommended else None,
    )


def _summary(row: Row, jobs: int) -> str:
    words = "failed" if row["status"] == FRESH[0] else "completed with warnings"
    ended = f" at {row['ended_at']:%Y-%m-%d %H:%M} UTC" if row["ended_at"] else ""
    titles = [one for one in row.get("error_titles") or row.get("error_codes") or () if one]
    said = f": {', '.join(titles)}" if titles else ""
    many = f" ({jobs} jobs)" if jobs > 1 else ""
    doubt = "" if row["item_key"] else " The job does not tell which item it was."
    return f"{row['operation']} {words}{ended}{many}{said}.{doubt}"
