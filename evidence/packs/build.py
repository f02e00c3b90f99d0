"""Builds a pack: select, render, hash, sign, verify, keep, and only then the ledger entry.

Invariant: what does not verify is not kept, what is not named by the ledger is no pack, and a pack whose place in the
series was taken while it was built is built again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from evidence.errors import IntegrityError, StoreError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import SealedPack, Series, named_paths
from evidence.ledger.payloads import sealed_pack
from evidence.packs import bag
from evidence.packs.account import Account, account
from evidence.packs.added import Adding
from evidence.packs.audience.engagements import is_external
from evidence.packs.audience.shown import Shown, show
from evidence.packs.calls.archive import CallsArchive, calls_of
from evidence.packs.changes import TableChange, compare_tables, tables_of
from evidence.packs.checkpoints.carry import carried_files
from evidence.packs.completeness import CompletenessResult
from evidence.packs.disclosure import Disclose, disclosed, whole
from evidence.packs.machine.descriptor import csv_path, parquet_path
from evidence.packs.machine.files import machine_files
from evidence.packs.members import Signing
from evidence.packs.period import Period
from evidence.packs.recording import Made, record
from evidence.packs.restated import restated_jobs
from evidence.packs.restore_drills.pack import carried_drills
from evidence.packs.scope import PackScope
from evidence.packs.sealing import Sealing
from evidence.packs.select import MANY, PACKED, Selection, select
from evidence.packs.series import SeriesMovedError, place_of, refuse_sealed_meanwhile
from evidence.packs.slim import Shelf, frugal, give_back
from evidence.packs.statement import Circumstances, Place, TimeStampState, completeness_file
from evidence.packs.table_files import TableFiles
from evidence.packs.verification import CallsGiven, Trust, verify_pack
from evidence.packs.verification.proven import Proven
from evidence.records import Completeness
from evidence.runs.one_calendar import refuse_other_calendar
from evidence.runs.parts import Parts, Progress, silent
from evidence.runs.sealed import SealedRows
from evidence.tables import ALL

MOST_TRIES = 5
STEPS = ("rows", "tables", "report and seals", "archive", "verification", "ledger")
NIGHT = "night"
NO_AUTHORITY = "no time-stamp authority is configured"


@dataclass(frozen=True, slots=True)
class PackOrder:
    """Which pack is wanted."""

    kind: str
    """`night`, `audit`, `aging` or `restore-drills`."""
    scope: PackScope
    period: Period
    reason: str | None = None
    """Why a sealed pack is superseded."""
    audience: str = "internal"
    with_calls: bool = False
    """Whether the calls that its rows rest on are sealed beside it; refused for an external audience."""

    @property
    def series(self) -> Series:
        """The series it belongs to."""
        return Series(self.scope.name, self.kind, self.audience)


@dataclass(frozen=True, slots=True)
class BuiltPack:
    """A pack that was sealed."""

    pack: SealedPack
    path: str
    """Of the ZIP in the store."""
    completeness: Completeness
    time_stamp: TimeStampState
    counts: Mapping[str, int]
    judged: CompletenessResult


def build_pack(parts: Parts, sealing: Sealing, order: PackOrder, progress: Progress = silent) -> BuiltPack:
    """Build and seal a pack, telling each step of STEPS to `progress`.

    Raises RefusedError for a sealed pack without a reason to supersede it or a certificate that ends too soon,
    IntegrityError where the pack does not verify, SealError, StoreError.
    """
    for _ in range(MOST_TRIES):
        try:
            with frugal():
                return _build(parts, sealing, order, progress)
        except SeriesMovedError:
            refuse_sealed_meanwhile(parts.ledger.entries(), order.series, order.period, order.reason)
    raise StoreError(
        f"The series of this pack moved {MOST_TRIES} times while it was built.", next_step="Build it again later."
    )


def _build(parts: Parts, sealing: Sealing, order: PackOrder, progress: Progress) -> BuiltPack:
    progress(STEPS[0], 0, len(STEPS))
    entries = parts.ledger.entries()
    refuse_other_calendar(entries, parts.calendar)
    place = place_of(entries, order.series, order.period, order.reason)
    with tempfile.TemporaryDirectory(prefix="backup-evidence-pack-") as folder:
        (Path(folder) / "tables").mkdir()
        files, shelf = TableFiles(Path(folder) / "tables", sealing.renderer), Shelf()
        shown = show(parts, entries, order.audience, partial(_selection, parts, sealing, entries, order, files, shelf))
        told = account(parts.store, entries, place, shown.selection, sealing.controls, shown.disclose)
        selection, old = told.selection, place.superseded
        changes = compare_tables(tables_of(parts.store, old), files.whole(selection.tables, MANY)) if old else None
        calls = calls_of(parts, entries, place, order, selection, Path(folder), progress) if order.with_calls else None
        work = _Work(parts, sealing, place, shown, told, changes, calls, files, shelf, Path(folder), progress)
        return work.seal()


def _selection(
    parts: Parts,
    sealing: Sealing,
    entries: Sequence[LedgerEntry],
    order: PackOrder,
    files: TableFiles,
    shelf: Shelf,
    disclose: Disclose,
) -> Selection:
    """All rows of the pack; that of a night also tells which jobs of earlier nights it restates."""
    # Rows that an audience may not see as they are come here first to learn their names; they are not written.
    keep = None if disclose is whole and is_external(order.audience) else files.keep
    adding = Adding(parts, sealing.oversight, entries, order.series, order.period, order.scope, sealing.drills)
    with ThreadPoolExecutor(1, thread_name_prefix="added") as pool:
        # Most of both is spent outside Python, and neither needs the other.
        added = None if order.kind == NIGHT else pool.submit(adding.tables)
        selection = select(parts.store, entries, order.period, order.scope, disclose, keep, shelf)
        if added is not None:
            shown = {name: disclosed(ALL[name], rows, disclose) for name, rows in added.result().items()}
            return replace(selection, tables={**selection.tables, **shown})
    sealed, vaults = SealedRows(parts.store, named_paths(entries)), {vault.vault_id for vault in selection.vaults}
    restated = restated_jobs(sealed, entries, order.series, order.period.first, vaults)
    return replace(selection, restated=restated)


@dataclass(frozen=True, slots=True)
class _Work:
    """One attempt at one pack."""

    parts: Parts
    sealing: Sealing
    place: Place
    shown: Shown
    told: Account
    changes: Sequence[TableChange] | None
    calls: CallsArchive | None
    files: TableFiles
    shelf: Shelf
    folder: Path
    progress: Progress

    @property
    def selection(self) -> Selection:
        """The rows, with the tables that the pack makes."""
        return self.told.selection

    @property
    def judged(self) -> CompletenessResult:
        """How complete they are."""
        return self.told.judged

    def seal(self) -> BuiltPack:
        """Render, sign, verify, keep, record."""
        give_back()
        self._step("tables")
        data = self._tables()
        self._step("report and seals")
        # One moment for all that is signed and for how long it is kept, taken when the tables are made: that may take its time.
        signing = Signing(self.sealing, self.place, self.told, self.changes, self.shelf)
        signed = signing.signed(data, self._circumstances(self.parts.clock.now()), self.folder / "ahead")
        about = signed.about
        self._step("archive")
        archive = self.folder / f"{self.place.pack_id}.zip"
        with archive.open("wb") as target:
            digest = bag.write_zip(target, self.place.pack_id, signed.members)
        self._step("verification")
        self._verify(archive, signed.proven)
        self._step("ledger")
        made = Made(archive, digest, signed.members, about, self.told, self.calls)
        entry = record(self.parts, self.place, self.shown, made)
        self.progress(self.place.pack_id, len(STEPS), len(STEPS))
        counts = self.told.rows
        path = sealed_pack(entry).archive.path
        return BuiltPack(sealed_pack(entry), path, self.judged.state, about.time_stamp, counts, self.judged)

    def _step(self, name: str) -> None:
        self.progress(name, STEPS.index(name), len(STEPS))

    def _tables(self) -> dict[str, bag.Source]:
        tables = [ALL[name] for name in self.selection.tables]
        for table in tables:
            if table not in PACKED:
                self.files.hold(table, self.selection.tables[table.name])
        files = {path: self.files.members[path] for table in tables for path in (parquet_path(table), csv_path(table))}
        files["data/completeness.json"] = completeness_file(self.judged)
        files |= carried_files(self.parts, self.place)
        attached = self.folder / "attached"
        files |= carried_drills(self.parts, self.place, self.selection.scope, self.sealing.drills, attached)
        return files | self._machine_files({path: bag.digest(source) for path, source in files.items()})

    def _machine_files(self, digests: Mapping[str, bag.Digest]) -> dict[str, bytes]:
        created, period = self.parts.clock.now(), self.place.period
        window = self.parts.calendar.span(period.first, period.last)
        return machine_files(
            self.place,
            self.sealing.organisation,
            created,
            window,
            self.selection,
            self.judged,
            self.told.claimed,
            digests,
        )

    def _circumstances(self, sealed_at: datetime) -> Circumstances:
        """When, by what and by whom; raises RefusedError for a certificate that ends before the pack may go."""
        sealing, parts = self.sealing, self.parts
        return Circumstances(
            organisation=sealing.organisation,
            calendar=parts.calendar,
            sealed_at=sealed_at,
            keep=sealing.keep_until(self.place.period.last, sealed_at),
            configuration_sha256=parts.configuration_sha256,
            code_version=parts.code_version,
            signer=sealing.signer.identity,
            time_stamp=TimeStampState(None, NO_AUTHORITY),
            calls=None if self.calls is None else self.calls.digest,
            tiers=sealing.tiers,
        )

    def _verify(self, archive: Path, proven: Proven) -> None:
        """Verify the pack as an auditor would, before anything names it; tables whose very bytes were looked at already are not looked at again."""
        identity = self.sealing.signer.identity
        given = None if self.calls is None else CallsGiven(self.calls.file, self.progress)
        trust = Trust(signer_fingerprint=identity.fingerprint_sha256)
        result = verify_pack(archive, trust, calls=given, proven=proven)
        if not result.ok:
            failed = "; ".join(f"{check.name}: {check.detail}" for check in result.checks if check.failed)
            raise IntegrityError(
                f"{self.place.pack_id} was built but does not verify, so it was not kept.", cause=failed
            )
