"""Asks vaults for fresh failures, several at a time, until all are asked or the look's time is over.

Not here: what the answers mean (`watch.jobs`). Invariant: every vault gives a capture; one that was not asked, or whose asking broke, gives
one whose coverage says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from evidence.errors import SourceError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.nights import look_back
from evidence.records import WHOLE, Capture, Coverage, Kind, Outcome, Vault
from evidence.runs.files import key_of
from evidence.runs.manifest import parse_run_manifest
from evidence.runs.parts import Parts
from evidence.runs.sealed import SealedRows
from evidence.sources.watching import WatchedSource, WatchRequest
from evidence.stores.layout import run_file
from evidence.tables import COVERAGE

NIGHTS_OF_VAULTS = 14
"""The newest night, and those before it whose vaults are still asked where it could not list them."""
EVERY = "*"
_LISTS = frozenset({Kind.VAULTS, Kind.BACKUP_VAULTS})
OVER = "not asked: the look's time was over; it comes first in the next look"


@dataclass(frozen=True, slots=True)
class Asking:
    """How vaults are asked."""

    source: WatchedSource
    seconds: float
    """Vaults are begun so long."""
    workers: int
    elapsed: Callable[[], float]
    """Seconds that pass, from any beginning."""


def known_vaults(parts: Parts, entries: Sequence[LedgerEntry]) -> Sequence[Vault]:
    """The vaults of the newest sealed night, and of what that night could not list those of the nights before it.

    Raises SourceError where no night is sealed, for then nobody knows which vaults there are.
    """
    nights = sealed_nights(entries)
    if not nights:
        raise SourceError(
            "No night is sealed, so it is not known which vaults there are.", next_step="backup-evidence run --night …"
        )
    newest = max(nights)
    sealed = SealedRows(parts.store, named_paths(entries))
    found = {one.vault_id: one for one in _vaults_of(sealed, newest, nights[newest][-1].run_id)}
    unlisted = _unlisted(sealed, newest, nights[newest][-1].run_id)
    earlier = [night for night in sorted(nights, reverse=True) if look_back(newest, NIGHTS_OF_VAULTS) <= night < newest]
    for night in earlier if unlisted else ():
        for one in _vaults_of(sealed, night, nights[night][-1].run_id):
            if EVERY in unlisted or f"/subscriptions/{one.subscription_id}".lower() in unlisted:
                found.setdefault(one.vault_id, one)
    return tuple(one for _, one in sorted(found.items()))


def _vaults_of(sealed: SealedRows, night: date, run_id: str) -> Sequence[Vault]:
    path = run_file(night, run_id)
    return parse_run_manifest(sealed.content(path)).vaults if path in sealed.named else ()


def _unlisted(sealed: SealedRows, night: date, run_id: str) -> frozenset[str]:
    """Subscriptions whose vaults a run did not list whole, by lower-cased id; EVERY where it is not known which there are."""
    rows = sealed.rows(COVERAGE, first=night, last=night, columns=["run_id", "vault_id", "kind", "outcome"]).to_pylist()
    bad = [row for row in rows if row["run_id"] == run_id and row["outcome"] not in WHOLE]
    lists = [str(row["vault_id"]).lower() for row in bad if row["kind"] in _LISTS]
    return frozenset([*lists, *([EVERY] if any(row["kind"] == Kind.SUBSCRIPTIONS for row in bad) else [])])


def ask_all(
    asking: Asking, vaults: Sequence[Vault], request: WatchRequest, first: Collection[str] = ()
) -> Sequence[Capture]:
    """A capture of each vault, in the order of their ids; those whose ids are in `first` are asked before the others."""
    until = asking.elapsed() + asking.seconds

    def ask(vault: Vault) -> Capture:
        if asking.elapsed() >= until:
            return _not_reached(vault, request, OVER)
        try:
            return asking.source.watch(vault, request)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong with one vault becomes its coverage, and keeps none of the others from being asked
            told = f"the look itself failed: {type(error).__name__}: {error}"
            return _not_reached(vault, request, told.encode(errors="replace").decode())

    ordered = sorted(vaults, key=lambda vault: (vault.vault_id not in first, vault.vault_id))
    with ThreadPoolExecutor(max_workers=asking.workers, thread_name_prefix="watch") as pool:
        return sorted(pool.map(ask, ordered), key=lambda capture: capture.subject_id)


def _not_reached(vault: Vault, request: WatchRequest, reason: str) -> Capture:
    row = Coverage(Kind.JOBS, Outcome.NOT_REACHED, reason, 1, 0, 0, None, None)
    return Capture(f"{request.run_id}.{key_of(vault)}", vault.vault_id, vault, (), (row,))
