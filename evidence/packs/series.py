"""A pack's place in its series, and the guard that the place is still free when it is sealed. Pure over the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from evidence.errors import RefusedError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import SealedPack, Series, packs, sealed_nights
from evidence.ledger.ledger import Guard, Head
from evidence.ledger.proofs import root_at
from evidence.packs.period import Period
from evidence.packs.statement import Place


class SeriesMovedError(RefusedError):
    """Another pack of the series was sealed while this one was built."""


def standing(entries: Sequence[LedgerEntry], series: Series, period: Period) -> SealedPack | None:
    """The newest revision for a period; raises RefusedError where its name stands for other nights."""
    found = [pack for pack in packs(entries).get(series, ()) if pack.period == period.name]
    for pack in found:
        if (pack.first_night, pack.last_night) != (period.first, period.last):
            raise RefusedError(
                f"Period {period.name} stands for {pack.first_night} to {pack.last_night} in {pack.pack_id}."
            )
    return found[-1] if found else None


def place_of(entries: Sequence[LedgerEntry], series: Series, period: Period, reason: str | None) -> Place:
    """The next place; a later revision needs a reason, else RefusedError."""
    if not entries:
        raise RefusedError(
            "The store is empty, so there is nothing to pack.", next_step="backup-evidence run --night …"
        )
    before = packs(entries).get(series, ())
    superseded = standing(entries, series, period)
    if superseded is not None and not reason:
        raise RefusedError(
            f"{superseded.pack_id} is sealed already.",
            cause="A new revision supersedes it, and must say why.",
            next_step="Give --again with --reason TEXT.",
        )
    return Place(
        series=series,
        period=period,
        revision=superseded.revision + 1 if superseded else 1,
        series_sequence=len(before) + 1,
        previous=before[-1] if before else None,
        superseded=superseded,
        reason=reason if superseded else None,
        head=Head(len(entries), entries[-1].sha256),
        root_sha256=root_at(entries, len(entries)).root_sha256,
    )


def refuse_sealed_meanwhile(entries: Sequence[LedgerEntry], series: Series, period: Period, reason: str | None) -> None:
    """Raise RefusedError where another run sealed the very pack that was being built for the first time."""
    found = standing(entries, series, period)
    if found is not None and not reason:
        raise RefusedError(
            f"{found.pack_id} was sealed by another run while this one built it.",
            cause="Two runs worked on it at once; what this one wrote is left as orphans.",
            next_step="Nothing needs to be done: backup-evidence pack list",
        )


def place_is_free(place: Place) -> Guard:
    """Refuse the entry where the head of the series moved: the pack names the one before it."""
    expected = place.previous.tagmanifest_sha256 if place.previous else None

    def guard(entries: Sequence[LedgerEntry]) -> None:
        found = packs(entries).get(place.series, ())
        head = found[-1].tagmanifest_sha256 if found else None
        if head != expected:
            raise SeriesMovedError(
                f"Another pack of {place.series.scope}/{place.series.kind}/{place.series.audience} was sealed meanwhile.",
                cause=f"{place.pack_id} names the one that was the last when it was built.",
                next_step="Build it again.",
            )

    return guard


def reason_for_revision(entries: Sequence[LedgerEntry], pack: SealedPack, nights: Sequence[date]) -> str | None:
    """Why a sealed pack is out of date: the reasons of runs sealed after it for its nights, or None."""
    sealed = sealed_nights(entries)
    later = [run for night in nights for run in sealed.get(night, ()) if run.entry.sequence > pack.entry.sequence]
    told = [str(run.entry.payload.get("reason") or f"night {run.night} was sealed after it") for run in later]
    return "; ".join(dict.fromkeys(told)) or None
