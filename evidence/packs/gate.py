"""Asks the gate of one scope and night: coverage judged as the night's pack judges it, and the slots of its critical items.

Not here: the verdict (`evidence.runs.gate`). Invariant: whatever keeps us from looking ends in a verdict that says so, or in an error; never
in an open gate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from evidence.errors import ObjectMissingError, SourceError, StoreError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.packs.completeness import Covered, Expected, Gap, NightInput, judge
from evidence.packs.scope import PackScope
from evidence.packs.texts import subject_name, vault_names
from evidence.records import WITHOUT_SECOND_SOURCES, Kind, Outcome, Vault
from evidence.runs.gate import Code, Obstacle, Unread, Verdict, judge_gate
from evidence.runs.gate_rows import items_of, refuse_unjudged, slots_of
from evidence.runs.manifest import RunManifest, parse_run_manifest
from evidence.runs.parts import Parts
from evidence.runs.sealed import SealedRows
from evidence.stores.layout import run_file
from evidence.tables import COVERAGE
from evidence.tiers import TierRule

_COLUMNS = ("night", "vault_id", "kind", "outcome", "reason")
_LIST = "/_subscriptions.parquet"


@dataclass(frozen=True, slots=True)
class GateOrder:
    """What the gate is asked."""

    scope: PackScope
    night: date
    before: datetime
    least: int | None
    """Last tier that counts; None: every item counts."""


def ask_gate(parts: Parts, order: GateOrder, rules: Sequence[TierRule]) -> Verdict:
    """The verdict as known now. What cannot be looked at makes it BLIND; raises IntegrityError where something sealed does not hold."""
    try:
        return _asked(parts, order, rules)
    except ObjectMissingError:
        raise  # something sealed is gone, which is worse than not to see it
    except (SourceError, StoreError) as error:
        told = ": ".join(part for part in (error.message, error.cause) if part)
        return Verdict(Code.BLIND, 0, 0, (Obstacle("coverage", f"night {order.night}", told),))


def _asked(parts: Parts, order: GateOrder, rules: Sequence[TierRule]) -> Verdict:
    entries = parts.ledger.entries()
    refuse_unjudged(entries, order.night)
    sealed = SealedRows(parts.store, named_paths(entries))
    runs = _runs(sealed, entries, order.night)
    found = {vault.vault_id: vault for run in runs for vault in run.vaults}
    vaults = {vault.vault_id: vault for vault in order.scope.chosen(found.values())}
    items = items_of(sealed, order.night, vaults, rules)
    return judge_gate(
        items,
        slots_of(sealed, entries, order.night, order.before, vaults.keys(), items),
        _unread(scope_gaps(sealed, runs, order), list(found.values())),
        before=order.before,
        least=order.least,
    )


def _runs(sealed: SealedRows, entries: Sequence[LedgerEntry], night: date) -> Sequence[RunManifest]:
    return [parse_run_manifest(sealed.content(run_file(night, run.run_id))) for run in sealed_nights(entries)[night]]


def scope_gaps(sealed: SealedRows, runs: Sequence[RunManifest], order: GateOrder) -> Sequence[Gap]:
    """What was to be read of a scope on a night and was not, as the night's pack judges it."""
    scope, night = order.scope, order.night
    rows = [
        Covered(row["night"], row["vault_id"], Kind(row["kind"]), Outcome(row["outcome"]), row["reason"])
        for row in sealed.rows(COVERAGE, first=night, last=night, columns=_COLUMNS).to_pylist()
    ]
    vaults = scope.chosen({vault.vault_id: vault for run in runs for vault in run.vaults}.values())
    found = NightInput(
        night,
        frozenset(one for run in runs for one in run.subscriptions if scope.holds_subscription(one)),
        vaults,
        late=all(run.late for run in runs),
        listed=any(file.path.endswith(_LIST) for run in runs for file in run.files),
        second_sources=any(WITHOUT_SECOND_SOURCES not in run.source for run in runs),
    )
    return judge([night], {night: found}, rows, Expected(scope.subscription_ids(), scope.unmatched(vaults))).gaps


def _unread(gaps: Sequence[Gap], vaults: Sequence[Vault]) -> Sequence[Unread]:
    names = vault_names(vaults)
    return [
        Unread(
            subject="scope" if gap.subject_id is None else subject_name(gap.subject_id, names),
            what=str(gap.kind or gap.outcome),
            reason=gap.reason,
            essential=gap.essential,
        )
        for gap in gaps
    ]
