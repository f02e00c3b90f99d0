"""What was to be read for a night and was not, from sealed coverage alone: for whoever asks without opening a pack.

Not here: the judgement itself (`completeness`). Invariant: it is judged as the night's packs are, over all vaults that were met.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import sealed_nights
from evidence.packs.completeness import Covered, Gap, NightInput, judge
from evidence.packs.gap_groups import GapGroup, group_gaps
from evidence.packs.texts import vault_names
from evidence.records import Kind, Outcome, Vault
from evidence.runs.manifest import RunManifest, parse_run_manifest
from evidence.runs.sealed import SealedRows
from evidence.stores.layout import run_file
from evidence.tables import COVERAGE

_COLUMNS = ("night", "vault_id", "kind", "outcome", "reason")


def night_gaps(sealed: SealedRows, entries: Sequence[LedgerEntry], night: date) -> tuple[GapGroup, ...]:
    """The gaps of a sealed night, one group for each subject and cause, worst first; raises IntegrityError, StoreError."""
    runs = [
        parse_run_manifest(sealed.content(run_file(night, run.run_id))) for run in sealed_nights(entries).get(night, ())
    ]
    return group_gaps(_gaps(sealed, runs, night), vault_names(_vaults(runs)))


def _gaps(sealed: SealedRows, runs: Sequence[RunManifest], night: date) -> Sequence[Gap]:
    rows = [
        Covered(row["night"], row["vault_id"], Kind(row["kind"]), Outcome(row["outcome"]), row["reason"])
        for row in sealed.rows(COVERAGE, first=night, last=night, columns=_COLUMNS).to_pylist()
    ]
    asked = frozenset(one for run in runs for one in run.subscriptions)
    found = NightInput(night, asked, _vaults(runs), late=all(run.late for run in runs))
    return judge([night], {night: found} if runs else {}, rows).gaps


def _vaults(runs: Sequence[RunManifest]) -> tuple[Vault, ...]:
    found = {vault.vault_id: vault for run in runs for vault in run.vaults}
    return tuple(found[vault_id] for vault_id in sorted(found))
