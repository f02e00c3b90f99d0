"""Asks vaults for fresh failures, several at a time, until all are asked or the look's time is over.

Not here: what the answers mean (`watch.jobs`). Invariant: every vault gives a capture; one that was not asked, or whose asking broke, gives
one whose coverage says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from evidence.errors import SourceError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.records import Capture, Coverage, Kind, Outcome, Vault
from evidence.runs.files import key_of
from evidence.runs.manifest import parse_run_manifest
from evidence.runs.parts import Parts
from evidence.runs.sealed import SealedRows
from evidence.sources.watching import WatchedSource, WatchRequest
from evidence.stores.layout import run_file

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
    """The vaults of the newest sealed night; raises SourceError where there is none, for then nobody knows which there are."""
    nights = sealed_nights(entries)
    if not nights:
        raise SourceError(
            "No night is sealed, so it is not known which vaults there are.", next_step="backup-evidence run --night …"
        )
    night, runs = max(nights.items())
    sealed = SealedRows(parts.store, named_paths(entries))
    return parse_run_manifest(sealed.content(run_file(night, runs[-1].run_id))).vaults


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
