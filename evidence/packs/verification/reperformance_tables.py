"""Makes every table of a pack again, compares it row by row, and says of each what came out.

Not here: reading calls.zip (`reperformance_files`), comparing rows (`reperformance_rows`). Invariants: there is a line for each table, also
where nothing could be made again; figures are reckoned anew, from rows that were made again wherever there are such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

from evidence.errors import IntegrityError
from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.folds import Series, named_paths
from evidence.packs.account import Account, reckon
from evidence.packs.period import Period
from evidence.packs.restated import restated_jobs
from evidence.packs.select import PACKED, Selection, select
from evidence.packs.statement import completeness
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.reperformance_cleaning import cleaning, with_received
from evidence.packs.verification.reperformance_files import Held
from evidence.packs.verification.reperformance_replay import Again
from evidence.packs.verification.reperformance_rows import (
    Clean,
    Compared,
    Uploads,
    compare_rows,
    unchanged,
    uploads_of,
)
from evidence.packs.verification.reperformance_written import WrittenAgain
from evidence.packs.verification.saying import Statement
from evidence.packs.verification.tables import parquet_of
from evidence.runs.parts import Progress
from evidence.runs.sealed import SealedRows
from evidence.stores.interface import EvidenceStore
from evidence.tables import (
    ACCESS,
    AGING,
    ALL,
    ATTAINMENT,
    CALLS,
    CANARIES,
    EXCEPTIONS,
    EXCEPTIONS_WEEK,
    FIGURES,
    NOT_COMPARED,
    ODDITIES,
    PRESENCE,
    PROTECTED_ITEMS,
    RECONCILIATION,
    RESTATED,
    RESTORE_LINKS,
    SLOTS,
    Table,
    read_parquet,
)

CHECK = "made again"
COMPLETENESS = "data/completeness.json"
NIGHT = "night"
_SELECTED = frozenset(table.name for table in PACKED)
_RECKONED = frozenset(table.name for table in (FIGURES, PRESENCE, ODDITIES, RESTATED))
"""Made of the other tables, and of what the seals of the nights tell."""
_JUDGED = {
    SLOTS.name: "they rest on what items and policies were on many nights before, and calls.zip holds the calls of the period.",
    CANARIES.name: "they rest on shadow data, and on no call.",
    NOT_COMPARED.name: "they rest on what was read on many nights before, and calls.zip holds the calls of the period.",
    EXCEPTIONS.name: "they rest on every night since the store was opened, and on decisions of persons.",
}
"""What `select` takes from assessments that calls.zip does not hold all of."""
_OTHERWISE = {
    ATTAINMENT.name: "they rest on points that nights before and after the period told, and calls.zip holds the calls of the period.",
    EXCEPTIONS_WEEK.name: "they rest on every night since the store was opened, and on decisions of persons.",
    AGING.name: "they rest on every night since the store was opened, and calls.zip holds what the other rows rest on.",
    ACCESS.name: "they tell who could write when the pack was built, which no call tells.",
}
_LEDGER = "they are told by the ledger, which is in calls.zip, and by no call."


@dataclass(frozen=True, slots=True)
class Packed:
    """What a pack says that it is."""

    series: Series
    period: Period

    @classmethod
    def of(cls, statement: Mapping[str, Any]) -> Packed:
        """As its statement says."""
        period = statement["period"]
        days = (date.fromisoformat(period[key]) for key in ("first_night", "last_night"))
        series = Series(statement["scope"], statement["kind"], statement["audience"])
        return cls(series, Period(period["name"], *days))


@dataclass(slots=True)
class Comparison:
    """Tables made again beside those of the pack."""

    progress: Progress
    pack: Opened
    statement: Statement
    packed: Packed
    held: Held
    store: EvidenceStore
    again: WrittenAgain
    checks: Checklist
    uploaded: set[str] = field(default_factory=set)
    """Tables with rows that rest on no call."""

    def compare(self) -> None:
        """Make every table again and compare it; one line a table."""
        made = self.checks.examine(CHECK, None, self._made)
        if made is None:
            return
        entries, selection = made
        self._compare(sorted(_SELECTED & self.statement.counts.keys()))
        told = self.checks.examine(CHECK, COMPLETENESS, lambda: self._reckoned(entries, selection))
        if told is not None:
            self._hold(told.selection)
        self._compare(sorted(self.statement.counts.keys() - _SELECTED))

    def _hold(self, reckoned: Selection) -> None:
        for name in sorted(_RECKONED & reckoned.tables.keys()):
            self.again.hold(ALL[name], reckoned.tables[name])

    def _made(self) -> tuple[str, tuple[Sequence[LedgerEntry], Selection]]:
        held, bounds = self.held, self.held.bounds
        again = Again(self.store, held.entries, held.wanted, held.replay, held.files, bounds.whole)
        entries = again.entries_again(self.progress)
        selection = select(self.store, entries, bounds.period, bounds.scope, keep=self.again.keep)
        if self.packed.series.kind == NIGHT:
            sealed, vaults = SealedRows(self.store, named_paths(entries)), {one.vault_id for one in selection.vaults}
            restated = restated_jobs(sealed, entries, self.packed.series, bounds.period.first, vaults)
            selection = replace(selection, restated=restated)
        runs, judged = len(held.wanted.runs), len(held.wanted.assessed)
        return f"{runs} runs normalized again, {judged} assessments judged again", (entries, selection)

    def _compare(self, names: Sequence[str]) -> None:
        uploads = uploads_of(self.pack.members[parquet_of(RESTORE_LINKS.name)])
        clean = cleaning(self.held.replay.redactions)
        for name in names:
            table, file = ALL[name], parquet_of(name)
            why = self._why_not(table)
            if why is not None:
                self.checks.not_checked(CHECK, file, f"{self.statement.counts[name]} rows were not made again: {why}")
                continue
            self.progress(f"compared: {name}", len(names), len(names))
            self.checks.examine(CHECK, file, partial(self._compared, table, uploads, clean))

    def _reckoned(self, entries: Sequence[LedgerEntry], selection: Selection) -> tuple[str, Account]:
        """Completeness, figures and the like anew; rows that cannot be made again are counted as packed."""
        kept = {
            name: read_parquet(ALL[name], self.pack.members[parquet_of(name)])
            for name in sorted(self.statement.counts.keys() - _RECKONED)
            if name in self.uploaded or self._why_not(ALL[name]) is not None
        }
        told = reckon(replace(selection, tables={**selection.tables, **kept}), entries)
        if completeness(told.judged) != dict(self.statement.completeness):
            raise IntegrityError(f"Judged again, the pack is {told.judged.state} with {len(told.judged.gaps)} gaps.")
        return f"{told.judged.state} with {len(told.judged.gaps)} gaps, judged again from rows made again", told

    def _why_not(self, table: Table) -> str | None:
        """Why a table cannot be made again; None where it can."""
        whole = self.held.bounds.whole
        if table.name in _JUDGED:
            return _JUDGED[table.name]
        if table in (RECONCILIATION, ODDITIES) and not whole:
            return "it is told over all vaults, and calls.zip holds those of the scope."
        if table in (PRESENCE, FIGURES) and PROTECTED_ITEMS.name in self.uploaded:
            return "they count items that are known from uploaded files alone."
        if table == RESTATED and any(one.kind is EntryKind.IMPORT_SEALED for one in self.held.entries):
            return "uploaded files may have told some of these states."
        return None if self.again.holds(table.name) else _OTHERWISE.get(table.name, _LEDGER)

    def _compared(self, table: Table, uploads: Uploads, clean: Clean) -> tuple[str, None]:
        packed, again = self.pack.members[parquet_of(table.name)], self.again.path(table.name)
        received = partial(with_received, redactions=self.held.replay.redactions) if table == CALLS else unchanged
        found = compare_rows(table, packed, again, uploads, clean, received)
        if found.uploaded:
            self.uploaded.add(table.name)
            self.checks.not_checked(CHECK, parquet_of(table.name), _told_uploads(found))
        if found.differences:
            raise IntegrityError(_told_differences(found))
        return f"{found.same} rows, each the same as made again from the calls", None


def _told_uploads(found: Compared) -> str:
    return f"{found.uploaded} rows rest on files that people uploaded (grade B), or were linked by them, and on no call: not made again."


def _told_differences(found: Compared) -> str:
    more = f"; and {found.differences - len(found.told)} more" if found.differences > len(found.told) else ""
    return f"{found.differences} rows differ, {found.same} are the same. {'; '.join(found.told)}{more}"
