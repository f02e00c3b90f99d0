"""Imports files that people saved: kept as they are, read to rows of grade B, and sealed by one ledger entry.

Not here: how a file is read (`sources.saved`) and how a record becomes a row (`import_rows`, `import_inventory`). Invariant: the entry is
the commit; before it there are orphans only. A file that is imported already is left alone. An import never changes coverage.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path

from evidence.errors import ObjectExistsError, RefusedError
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.folds import SealedImport, assessments, imports, named_paths, sealed_nights
from evidence.ledger.ledger import Guard
from evidence.normalize.masking import masked
from evidence.runs.assess import assess_night
from evidence.runs.disagreements import AzureSays
from evidence.runs.import_checks import check_order, refuse_useless, remark_unmet
from evidence.runs.import_context import FileFindings, ImportContext, ImportOrder
from evidence.runs.import_files import read_file
from evidence.runs.import_shards import Shards
from evidence.runs.night import sealed_run
from evidence.runs.parts import Parts, Progress, silent, told
from evidence.runs.sealed import SealedRows
from evidence.sources.saved.opening import OpenedFile, open_saved
from evidence.sources.saved.refusals import UnusableFileError
from evidence.stores.layout import IMPORT, findings_file, saved_file
from evidence.tables import from_rows, to_parquet
from evidence.tables.imports import IMPORT_FINDINGS

_JUDGED = ("restore_jobs", "recovery_points", "inventory")
MOST_REASONS = 50
"""Reasons that the entry counts; the file of findings holds every record."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of the files that were named."""

    sealed: SealedImport | None
    """None where every file was imported before."""
    findings: tuple[FileFindings, ...]
    """Of the files imported now, in order."""
    standing: tuple[tuple[str, SealedImport], ...]
    """Names of files that were imported before, with the import that holds them."""
    repeated: tuple[str, ...] = ()
    """Names of files that hold the same bytes as another one named."""


class _ImportedMeanwhileError(RefusedError):
    """Another process imported one of the files while this one read it."""


def import_files(parts: Parts, order: ImportOrder, progress: Progress = silent) -> ImportResult:
    """Import files of one kind; those that are imported already are said to be, and left alone.

    Raises UnusableFileError for a file that holds nothing to import (nothing is written then), RefusedError where the store is not
    open, ConfigurationError for options that contradict each other, StoreError.
    """
    check_order(parts, order)
    with tempfile.TemporaryDirectory(prefix="backup-evidence-import-") as folder:
        result = _imported(parts, order, _opened(order, Path(folder)), progress)
    _assess(parts)
    return result


def _imported(parts: Parts, order: ImportOrder, files: tuple[OpenedFile, ...], progress: Progress) -> ImportResult:
    while True:
        try:
            return _Import(parts, order, files, progress).run()
        except _ImportedMeanwhileError:
            continue  # the next fold shows that file as imported; the others are imported anew, under an id of their own


def _assess(parts: Parts) -> None:
    """Judge once more where an import brought restore jobs, points or an inventory that no assessment knows.

    An import that ended between its entry and this is caught up by the next one, whatever that is about.
    """
    entries = parts.ledger.entries()
    nights = sealed_nights(entries)
    linked = [one for one in imports(entries) if any(one.tables.get(name) for name in _JUDGED)]
    known = max((one.ledger_size for many in assessments(entries).values() for one in many), default=0)
    if nights and linked and linked[-1].entry.sequence > known:
        assess_night(parts, max(nights))


def _opened(order: ImportOrder, folder: Path) -> tuple[OpenedFile, ...]:
    return tuple(open_saved(path, folder) for path in order.paths)


@dataclass(slots=True)
class _Import:
    """One attempt at one import."""

    parts: Parts
    order: ImportOrder
    files: tuple[OpenedFile, ...]
    progress: Progress
    objects: list[LedgerObject] = field(default_factory=list)

    def run(self) -> ImportResult:
        """Read what is new, keep it, and seal it."""
        entries = self.parts.ledger.entries()
        known = _standing(entries, self.order)
        standing = tuple((file.name, known[file.sha256]) for file in self.files if file.sha256 in known)
        new = {file.sha256: file for file in self.files if file.sha256 not in known}
        repeated = tuple(file.name for file in self.files if new.get(file.sha256, file) is not file)
        if not new:
            return ImportResult(None, (), standing, repeated)
        context = self._context()
        shards = Shards(self.parts.store, context.night, context.import_id)
        findings = tuple(self._read(context, shards, list(new.values()), entries))
        entry = self._seal(context, shards, findings)
        sealed = next(one for one in imports([entry]))
        return ImportResult(sealed, findings, standing, repeated)

    def _context(self) -> ImportContext:
        parts, order = self.parts, self.order
        now = parts.clock.now()
        observed_at = order.observed_at or now
        night = order.night or parts.calendar.night_of(observed_at) - timedelta(days=1)
        seen_then = (
            parts.calendar.window(night).start <= observed_at < parts.calendar.window(night + timedelta(days=1)).end
        )
        return ImportContext(
            import_id=f"{IMPORT}{parts.new_id()}",
            kind=order.kind,
            night=night,
            observed_at=observed_at,
            imported_at=now,
            late=order.observed_at is None or not seen_then,
            calendar=parts.calendar,
        )

    def _read(
        self, context: ImportContext, shards: Shards, files: Sequence[OpenedFile], entries: Sequence[LedgerEntry]
    ) -> Iterator[FileFindings]:
        sealed = SealedRows(self.parts.store, named_paths(entries))
        azure, met = AzureSays(sealed.of_azure()), self._met(entries)
        for number, file in enumerate(files):
            findings = FileFindings(context, file)
            try:
                read_file(self.order, findings, number, shards, sealed, azure, self.progress)
                refuse_useless(findings)
                remark_unmet(findings, met)
            except UnusableFileError as error:
                raise UnusableFileError(
                    error.message, cause=masked(error.cause) or "", next_step=error.next_step
                ) from error
            yield findings

    def _met(self, entries: Sequence[LedgerEntry]) -> frozenset[str]:
        """Vaults that the newest sealed night's run met."""
        newest = max(sealed_nights(entries), default=None)
        run = None if newest is None else sealed_run(self.parts, newest)
        return frozenset(vault.vault_id for vault in run.vaults) if run else frozenset()

    def _seal(self, context: ImportContext, shards: Shards, findings: Sequence[FileFindings]) -> LedgerEntry:
        parts = self.parts
        for one in findings:
            self._keep(one.file)
        shards.finish()
        rows = [row for one in findings for row in one.rows]
        data = to_parquet(IMPORT_FINDINGS, from_rows(IMPORT_FINDINGS, rows))
        path = findings_file(context.night, context.import_id)
        parts.store.create(path, data)
        self.objects += [*shards.objects, LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())]
        draft = Draft(
            kind=EntryKind.IMPORT_SEALED,
            at=parts.clock.now(),
            actor=parts.actor,
            subject=f"import/{context.import_id}",
            payload=self._payload(context, shards, findings),
            objects=tuple(self.objects),
        )
        return parts.ledger.append(draft, (_not_imported(self.order, [one.file for one in findings]),))

    def _keep(self, file: OpenedFile) -> None:
        """Keep the file as saved; one that an earlier import left, or holds for another reason, is the same bytes."""
        path = saved_file(file.sha256)
        try:
            self.parts.store.create_from(path, file.kept)
        except ObjectExistsError:
            data = self.parts.store.read(path)
            if hashlib.sha256(data).hexdigest() != file.sha256:
                raise
        self.objects.append(LedgerObject(path, file.bytes, file.sha256))

    def _payload(self, context: ImportContext, shards: Shards, findings: Sequence[FileFindings]) -> dict[str, object]:
        return {
            "import_id": context.import_id,
            "kind": context.kind,
            "night": str(context.night),
            "observed_at": told(context.observed_at.astimezone(UTC)),
            "late": context.late,
            "by": self.order.by or self.parts.actor,
            "reason": self.order.reason,
            "told": self.order.told(),
            "files": [_told_file(one) for one in findings],
            "tables": dict(shards.rows),
            "configuration_sha256": self.parts.configuration_sha256,
            "code_version": self.parts.code_version,
        }


def _told_file(one: FileFindings) -> dict[str, object]:
    reasons = list(one.reasons().items())
    return {
        "name": one.file.name,
        "sha256": one.file.sha256,
        "bytes": one.file.bytes,
        "encoding": one.file.encoding,
        "form": one.form,
        "records": one.records,
        "accepted": sum(one.accepted.values()),
        "rejected": one.rejected,
        "disagreeing": one.disagreeing,
        "findings": dict(one.counts),
        "rejected_because": dict(reasons[:MOST_REASONS]),
        "other_reasons": sum(count for _, count in reasons[MOST_REASONS:]),
        "of": dict(sorted(one.accepted.items())),
    }


def _standing(entries: Sequence[LedgerEntry], order: ImportOrder) -> Mapping[str, SealedImport]:
    """Imports of the same kind under the same options, by the hash of each of their files."""
    same = [one for one in imports(entries) if (one.kind, one.told) == (order.kind, order.told())]
    return {file.sha256: one for one in same for file in one.files}


def _not_imported(order: ImportOrder, files: Sequence[OpenedFile]) -> Guard:
    def guard(entries: Sequence[LedgerEntry]) -> None:
        known = _standing(entries, order)
        found = [file.name for file in files if file.sha256 in known]
        if found:
            raise _ImportedMeanwhileError(f"{found[0]} was imported by another process meanwhile.")

    return guard
