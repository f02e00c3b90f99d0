"""Which lists of items were read whole, and when: what they do not name was not there.

Not here: what items were (`judging.items`). Invariants: a late run tells nothing of its night; a vault that whole vault lists no longer name
has an empty list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import sealed_nights
from evidence.records import LIST_OF, WHOLE, Kind, Vault
from evidence.runs.manifest import parse_run_manifest
from evidence.runs.sealed import SealedRows
from evidence.stores.layout import run_file
from evidence.tables import COVERAGE

_KINDS = pa.array(sorted({str(Kind.PROTECTED_ITEMS), *map(str, LIST_OF.values())}), pa.string())
_READ = pa.array(sorted(map(str, WHOLE)), pa.string())
_COLUMNS = ["run_id", "vault_id", "kind", "outcome", "observed_at"]


@dataclass(frozen=True, slots=True)
class ItemLists:
    """Whole lists of items by vault: of each the run and when it was received, in order of time."""

    of_vault: Mapping[str, Sequence[tuple[datetime, str]]]
    late: frozenset[str]
    """Runs whose items and policies are not those of their night."""
    vaults: Mapping[str, Vault]
    """Vaults as last seen, by id."""


def item_lists(sealed: SealedRows, entries: Sequence[LedgerEntry], first: date, last: date) -> ItemLists:
    """The whole lists of runs for nights from first to last; of a run that was disposed of none is known."""
    every = (run for night, many in sealed_nights(entries).items() if first <= night <= last for run in many)
    runs = [run for run in every if run_file(run.night, run.run_id) in sealed.named]
    late = frozenset(run.run_id for run in runs if run.late)
    told = [parse_run_manifest(sealed.content(run_file(run.night, run.run_id))) for run in runs]
    manifests = {one.run_id: one for one in sorted(told, key=lambda one: one.captured_at) if not one.late}
    vaults = {vault.vault_id: vault for one in told for vault in one.vaults}
    found: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    whole_above: dict[str, set[tuple[str, str]]] = defaultdict(set)
    rows = sealed.of_azure().rows(COVERAGE, first=first, last=last, columns=_COLUMNS, where=_whole)
    for row in rows.to_pylist():
        if row["run_id"] not in manifests:
            continue
        if row["kind"] == Kind.PROTECTED_ITEMS:
            found[row["vault_id"]].append((row["observed_at"], row["run_id"]))
        whole_above[row["run_id"]].add((row["vault_id"], row["kind"]))
    asked = {run_id: {vault.vault_id for vault in one.vaults} for run_id, one in manifests.items()}
    for vault in vaults.values():
        found[vault.vault_id] += [
            (manifests[run_id].captured_at, run_id) for run_id in _gone(vault, asked, whole_above)
        ]
    return ItemLists({vault: sorted(set(lists)) for vault, lists in sorted(found.items())}, late, vaults)


def _whole(rows: pa.Table) -> pa.Table:
    """Lists of items and of vaults that were read whole."""
    kinds = pc.is_in(rows["kind"], value_set=_KINDS)
    return rows.filter(pc.and_(kinds, pc.is_in(rows["outcome"], value_set=_READ)))


def _gone(
    vault: Vault, asked: Mapping[str, Collection[str]], whole_above: Mapping[str, set[tuple[str, str]]]
) -> Sequence[str]:
    """Runs that listed the vaults of a subscription whole, this one not among them."""
    listed_by = (f"/subscriptions/{vault.subscription_id.lower()}", str(LIST_OF[vault.kind]))
    return [
        run_id
        for run_id, vaults in asked.items()
        if vault.vault_id not in vaults and listed_by in whole_above.get(run_id, ())
    ]
