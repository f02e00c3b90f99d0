"""What looks between nights recorded: fresh failures, and vaults that could not be asked, by the ledger.

Not here: looking (`evidence.runs.watch.look`). Invariants: pure over the entries given; a look that nothing came of has no entry, so that the
ledger does not grow with time alone; a job that a look told is known to every later one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.fields import Fields

VERSION = 1
_KEYS = frozenset({"v", "night", "run_id", "looked_at", "vaults", "unread", "jobs", "configuration_sha256"})
_JOB_KEYS = frozenset({"vault_id", "job_id", "status", "ended_at"})
_UNREAD_KEYS = frozenset({"vault_id", "reason"})


@dataclass(frozen=True, slots=True)
class WatchedJob:
    """A job that a look found failed, or completed with warnings, for the first time."""

    vault_id: str
    job_id: str
    """Lower-cased."""
    status: str
    ended_at: datetime | None
    """None where Azure did not tell its end."""


@dataclass(frozen=True, slots=True)
class UnreadVault:
    """A vault that a look could not ask, or not whole."""

    vault_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class WatchLook:
    """One look that was recorded."""

    night: date
    """The night that ran."""
    run_id: str
    looked_at: datetime
    vaults: int
    """Vaults that were to be asked."""
    unread: tuple[UnreadVault, ...]
    jobs: tuple[WatchedJob, ...]
    configuration_sha256: str
    entry: LedgerEntry


def told_look(
    *,
    night: date,
    run_id: str,
    looked_at: str,
    vaults: int,
    unread: Sequence[UnreadVault],
    jobs: Sequence[WatchedJob],
    configuration_sha256: str,
) -> Mapping[str, object]:
    """The payload."""
    return {
        "v": VERSION,
        "night": str(night),
        "run_id": run_id,
        "looked_at": looked_at,
        "vaults": vaults,
        "unread": [{"vault_id": one.vault_id, "reason": one.reason} for one in unread],
        "jobs": [
            {
                "vault_id": one.vault_id,
                "job_id": one.job_id,
                "status": one.status,
                "ended_at": None if one.ended_at is None else one.ended_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            }
            for one in jobs
        ],
        "configuration_sha256": configuration_sha256,
    }


def watch_look(entry: LedgerEntry) -> WatchLook:
    """What a watch-looked entry says; raises IntegrityError."""
    fields = Fields(f"The payload of {entry.name}", entry.payload)
    version = fields.whole("v")
    if version != VERSION:
        fields.refuse(f"its version is {version}, and this program reads {VERSION}")
    fields.check_keys(_KEYS)
    return WatchLook(
        fields.day("night"),
        fields.text("run_id"),
        fields.moment("looked_at"),
        fields.whole("vaults"),
        tuple(_unread(one) for one in fields.elements("unread")),
        tuple(_job(one) for one in fields.elements("jobs")),
        fields.sha256("configuration_sha256"),
        entry,
    )


def watch_looks(entries: Iterable[LedgerEntry], since: datetime | None = None) -> tuple[WatchLook, ...]:
    """The looks that were recorded since a moment, in order."""
    return tuple(
        watch_look(entry)
        for entry in entries
        if entry.kind is EntryKind.WATCH_LOOKED and (since is None or entry.at >= since)
    )


def last_look(entries: Sequence[LedgerEntry]) -> WatchLook | None:
    """The look that was recorded last, or None."""
    found = next((entry for entry in reversed(entries) if entry.kind is EntryKind.WATCH_LOOKED), None)
    return None if found is None else watch_look(found)


def _unread(fields: Fields) -> UnreadVault:
    fields.check_keys(_UNREAD_KEYS)
    return UnreadVault(fields.text("vault_id"), fields.text("reason"))


def _job(fields: Fields) -> WatchedJob:
    fields.check_keys(_JOB_KEYS)
    ended = None if fields.values["ended_at"] is None else fields.moment("ended_at")
    return WatchedJob(fields.text("vault_id"), fields.text("job_id"), fields.text("status"), ended)
