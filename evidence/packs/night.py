"""The pack of a night: built once, and once more where the night was captured again after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from evidence.errors import RefusedError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import SealedPack, Series
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.sealing import Sealing
from evidence.packs.series import reason_for_revision, standing
from evidence.runs.night import sealed_run
from evidence.runs.parts import Parts

KIND = "night"
AUDIENCE = "internal"


def ensure_night_pack(parts: Parts, sealing: Sealing, scope: PackScope, night: date) -> SealedPack:
    """The standing pack of a sealed night; raises RefusedError for a night that is not sealed."""
    if sealed_run(parts, night) is None:
        raise RefusedError(f"Night {night} is not sealed.", next_step=f"backup-evidence run --night {night}")
    entries = parts.ledger.entries()
    period = span_period(night, night)
    found = standing(entries, Series(scope.name, KIND, AUDIENCE), period)
    reason = reason_for_revision(entries, found, (night,)) if found else None
    if found is not None and reason is None:
        return found
    return build_pack(parts, sealing, PackOrder(KIND, scope, period, reason)).pack


def standing_night_packs(
    entries: Sequence[LedgerEntry], scopes: Sequence[PackScope], night: date
) -> dict[str, SealedPack] | None:
    """The night's packs by scope, or None where one is missing or older than the night's newest run."""
    period = span_period(night, night)
    found: dict[str, SealedPack] = {}
    for scope in scopes:
        pack = standing(entries, Series(scope.name, KIND, AUDIENCE), period)
        if pack is None or reason_for_revision(entries, pack, (night,)):
            return None
        found[scope.name] = pack
    return found
