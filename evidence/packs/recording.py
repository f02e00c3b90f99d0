"""Keeps a pack that verified, and names it in the ledger: files first, the entry last.

Not here: building and verifying (`build`). Invariant: what the ledger names was written whole and, the ZIP, read back; an entry is refused where the pack's
place was taken meanwhile.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evidence.errors import IntegrityError
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.packs import bag
from evidence.packs.account import Account
from evidence.packs.audience.shown import Shown
from evidence.packs.calls.archive import CallsArchive, keep_calls
from evidence.packs.checkpoints.carry import LEDGER_SIZE
from evidence.packs.figures.earlier import keep_figures
from evidence.packs.machine.descriptor import csv_path
from evidence.packs.series import place_is_free
from evidence.packs.statement import Circumstances, Place
from evidence.runs.parts import Parts
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import pack_folder
from evidence.tables import FIGURES


@dataclass(frozen=True, slots=True)
class Made:
    """A pack that was made and verifies."""

    archive: Path
    """Its ZIP."""
    digest: bag.Digest
    members: Mapping[str, bag.Source]
    about: Circumstances
    told: Account
    calls: CallsArchive | None


def record(parts: Parts, place: Place, shown: Shown, made: Made) -> LedgerEntry:
    """Write the pack's files and its entry.

    Raises SeriesMovedError where the place was taken, IntegrityError where the store gives back something else, StoreError.
    """
    attempt, series = parts.new_id(), place.series
    folder = pack_folder(series.scope, series.kind, series.audience, place.period.name, place.revision, attempt)
    report = made.members[bag.REPORT]
    if not isinstance(report, bytes):
        raise TypeError("the signed report is bytes")
    kept = parts.store.create_from(f"{folder}{made.archive.name}", made.archive)
    parts.store.create(f"{folder}report.pdf", report)
    _read_back(parts.store, kept.path, made.digest)
    calls = () if made.calls is None else (keep_calls(parts.store, folder, made.calls),)
    draft = Draft(
        kind=EntryKind.PACK_SEALED,
        at=parts.clock.now(),
        actor=parts.actor,
        subject=f"pack/{place.pack_id}",
        payload=_payload(place, made, attempt),
        objects=(
            LedgerObject(kept.path, made.digest.size, made.digest.sha256),
            LedgerObject(f"{folder}report.pdf", len(report), hashlib.sha256(report).hexdigest()),
            keep_figures(parts.store, folder, made.members[csv_path(FIGURES)]),
            *calls,
            *shown.keep(parts, place.pack_id),
        ),
    )
    return parts.ledger.append(draft, (place_is_free(place), *shown.guards))


def _read_back(store: EvidenceStore, path: str, digest: bag.Digest) -> None:
    with tempfile.TemporaryDirectory(prefix="backup-evidence-read-back-") as folder:
        copy = Path(folder) / "read-back.zip"
        store.fetch(path, copy)
        if bag.digest(copy) != digest:
            raise IntegrityError(f"{path} reads back otherwise than it was written.")


def _payload(place: Place, made: Made, attempt: str) -> dict[str, object]:
    about = made.about
    return {
        "pack_id": place.pack_id,
        "scope": place.series.scope,
        "kind": place.series.kind,
        "audience": place.series.audience,
        "period": place.period.name,
        "first_night": str(place.period.first),
        "last_night": str(place.period.last),
        "revision": place.revision,
        "series_sequence": place.series_sequence,
        "tagmanifest_sha256": bag.digest(made.members[bag.TAG_MANIFEST]).sha256,
        "previous_in_series": place.previous.tagmanifest_sha256 if place.previous else None,
        "supersedes": place.superseded.tagmanifest_sha256 if place.superseded else None,
        "reason": place.reason,
        "completeness": str(made.told.judged.state),
        "keep_until": str(about.keep.day),
        "keep_until_rule": about.keep.rule,
        "time_stamp": about.time_stamp.state,
        "time_stamp_reason": about.time_stamp.reason,
        "signer_fingerprint_sha256": about.signer.fingerprint_sha256,
        "attempt": attempt,
        LEDGER_SIZE: place.head.size,
        "counts": made.told.rows,
    }
