"""Restore jobs in sealed tables as executions: each once, with all that any observation told and the point that it was linked to.

Not here: who started them (the Activity Log), whether one was a drill (`evidence.drills.classify`). Invariants: a later observation that tells less takes nothing
away; where Azure told a job itself, an uploaded file adds nothing; a job without a judged link is `unlinked`, never guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import orjson

from evidence.drills.values import Execution, Grade, Target
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import assessments, named_paths
from evidence.runs.sealed import SealedRows, Where
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import assessment_file
from evidence.tables import RESTORE_JOBS, RESTORE_LINKS

Row = Mapping[str, Any]
_T = TypeVar("_T")
_COLUMNS = (
    "event_night",
    "vault_id",
    "call_id",
    "observed_at",
    "evidence_grade",
    "ordinal",
    "job_id",
    "item_key",
    "operation",
    "status",
    "started_at",
    "ended_at",
    "location_type",
    "target",
    "bytes_transferred",
    "files_restored",
    "files_skipped",
    "files_failed",
    "properties",
)
_LINK_COLUMNS = ("vault_id", "job_id", "item_key", "recovery_point_id", "recovery_point_at", "link", "evidence_grade")
_TARGETS: tuple[tuple[str, str], ...] = (
    ("virtual machine ", "name"),
    ("file share ", "name"),
    ("destination ", "name"),
    ("subscription ", "subscription_id"),
    ("resource group ", "resource_group"),
    ("network ", "network"),
)
"""Words before each part of `restore_jobs.target`, and what they name here; of one kind the first stands."""
_ACTIVITY = ("activityId", "activityID")
"""Names of a job's correlation id in Recovery Services and Backup vaults."""
_UNLINKED: Row = {**dict.fromkeys(_LINK_COLUMNS), "link": "unlinked", "evidence_grade": "A"}


@dataclass(frozen=True, slots=True)
class SeenRestore:
    """A restore job, and what else its observations tell."""

    execution: Execution
    activity_id: str | None
    """Azure's correlation id of the job, as sent."""


def restore_executions(
    store: EvidenceStore, entries: Sequence[LedgerEntry], where: Where | None = None
) -> tuple[Execution, ...]:
    """Every restore job that was ever read, in the order of vault and job; raises IntegrityError."""
    return tuple(one.execution for one in seen_restores(store, entries, where))


def seen_restores(
    store: EvidenceStore, entries: Sequence[LedgerEntry], where: Where | None = None
) -> tuple[SeenRestore, ...]:
    """The same, each with its correlation id."""
    sealed = SealedRows(store, named_paths(entries))
    seen: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for rows in sealed.each(RESTORE_JOBS, where, _COLUMNS):
        for row in rows.to_pylist():
            seen[row["vault_id"], row["job_id"].lower()].append(row)
    links = _links(sealed, entries)
    return tuple(
        SeenRestore(_execution(seen[key], links.get(key, _UNLINKED)), _activity_id(seen[key])) for key in sorted(seen)
    )


def _links(sealed: SealedRows, entries: Sequence[LedgerEntry]) -> Mapping[tuple[str, str], Row]:
    """What the newest assessment says of each restore job."""
    every = [one for many in assessments(entries).values() for one in many]
    if not every:
        return {}
    newest = max(every, key=lambda one: one.entry.sequence)
    path = assessment_file(RESTORE_LINKS.name, newest.night, newest.assessment_id)
    rows = sealed.file(RESTORE_LINKS, path, _LINK_COLUMNS).to_pylist()
    return {(row["vault_id"], row["job_id"].lower()): row for row in rows}


def _execution(observations: Sequence[Row], link: Row) -> Execution:
    best = min(row["evidence_grade"] for row in observations)
    rows = sorted(
        (row for row in observations if row["evidence_grade"] == best),
        key=lambda row: (row["observed_at"], row["call_id"] or "", row["ordinal"]),
    )
    last = rows[-1]
    detailed = [row for row in rows if row["target"] is not None or row["location_type"] is not None]
    return Execution(
        vault_id=last["vault_id"],
        job_id=last["job_id"],
        item_key=link["item_key"] or _last(rows, "item_key", str),
        operation=_last(rows, "operation", str),
        status=_last(rows, "status", str),
        location_type=_last(rows, "location_type", str),
        target=target_of(_last(rows, "target", str)),
        started_at=_last(rows, "started_at", datetime),
        ended_at=_last(rows, "ended_at", datetime),
        recovery_point_id=link["recovery_point_id"],
        recovery_point_at=link["recovery_point_at"],
        link=link["link"],
        bytes_transferred=_last(rows, "bytes_transferred", int),
        files_restored=_last(rows, "files_restored", int),
        files_skipped=_last(rows, "files_skipped", int),
        files_failed=_last(rows, "files_failed", int),
        night=_last(rows, "event_night", date),
        call_id=(detailed or rows)[-1]["call_id"],
        point_grade=Grade(link["evidence_grade"]) if link["evidence_grade"] > best else None,
    )


def target_of(text: str | None) -> Target:
    """The parts of a target as its words tell them; of an ARM id also what it lies in."""
    told: dict[str, str] = {}
    for part, name in _parts(text):
        told.setdefault(name, part)
    return Target(**{**_of_arm_id(told.get("name", "")), **told})


def _of_arm_id(text: str) -> dict[str, str]:
    """Subscription and resource group of a target that is named by its ARM id, as Backup vaults do."""
    words = text.strip("/").split("/")
    pairs = {name.lower(): value for name, value in zip(words[::2], words[1::2], strict=False)}
    if not text.startswith("/") or "subscriptions" not in pairs:
        return {}
    told = {"subscription_id": pairs["subscriptions"], "resource_group": pairs.get("resourcegroups")}
    return {name: value for name, value in told.items() if value}


def _activity_id(observations: Sequence[Row]) -> str | None:
    """The correlation id that the observations tell; None where none does, or two tell otherwise."""
    told = [one for row in observations if (one := _told_activity(row["properties"])) is not None]
    return told[-1] if len({one.casefold() for one in told}) == 1 else None


def _told_activity(properties: str | None) -> str | None:
    sent = orjson.loads(properties) if properties else {}
    found = (sent.get(name) for name in _ACTIVITY)
    return next((one for one in found if isinstance(one, str) and one.strip()), None)


def _parts(text: str | None) -> Iterator[tuple[str, str]]:
    for part in (text or "").split("; "):
        for word, name in _TARGETS:
            if part.startswith(word) and part[len(word) :].strip():
                yield part[len(word) :].strip(), name


def _last(rows: Sequence[Row], name: str, kind: type[_T]) -> _T | None:
    """The last value that any observation told."""
    return next((row[name] for row in reversed(rows) if isinstance(row[name], kind)), None)
