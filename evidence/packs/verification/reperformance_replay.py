"""Makes the tables of runs and assessments again from their calls, in the order in which the ledger says that they were made.

Not here: whether the calls are those of the ledger (`reperformance_files`). Invariant: everything is made by the very functions that a
night uses, in a folder of its own; nothing is taken over but what no call tells: when an assessment was judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time

import pyarrow as pa

from evidence.assess import AssessmentContext
from evidence.ledger.entries import LedgerEntry, LedgerObject
from evidence.ledger.folds import SealedAssessment, named_paths, sealed_nights
from evidence.nights import Calendar
from evidence.packs.calls.needs import NeededRun, Needs
from evidence.packs.verification.reperformance_facts import Replay, assessed_then
from evidence.runs.approved import ApprovedPopulation, parse_approved
from evidence.runs.assess import links_known
from evidence.runs.night import known_items
from evidence.runs.parts import Progress
from evidence.runs.plain import WrittenFile
from evidence.runs.reconcile import POPULATION, compare_run
from evidence.runs.seal import told_findings
from evidence.runs.sealed import SealedRows
from evidence.runs.tables import tabulate_run
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import assessment_file, configuration_file, run_file
from evidence.tables import RECONCILIATION, RESTORE_LINKS, Table, from_rows, to_parquet


@dataclass(frozen=True, slots=True)
class Again:
    """What is made again, and of what."""

    store: EvidenceStore
    """Holds the calls; takes the tables."""
    entries: Sequence[LedgerEntry]
    wanted: Needs
    replay: Replay
    files: Mapping[str, WrittenFile]
    """Files of calls as they lie in the store; those with redacted bodies are not as the ledger names them."""
    whole: bool
    """Whether all vaults are here, so that what a run tells of all of them comes out again."""

    @property
    def calendar(self) -> Calendar:
        """How nights are cut."""
        return Calendar(self.replay.time_zone, time.fromisoformat(self.replay.night_starts_at))

    def entries_again(self, progress: Progress) -> tuple[LedgerEntry, ...]:
        """The ledger's entries, naming the files made again and nothing else; raises IntegrityError."""
        runs = {run.sealed.entry.sequence: run for run in self.wanted.runs}
        judged = {one.entry.sequence: one for one in self.wanted.assessed}
        made: list[LedgerEntry] = []
        done = 0
        for entry in self.entries:
            again = replace(entry, objects=())
            if (run := runs.get(entry.sequence)) is not None:
                again = self._run(run, entry, made)
            elif (one := judged.get(entry.sequence)) is not None:
                again = replace(entry, objects=self._assessment(one, made))
            done += run is not None or entry.sequence in judged
            made.append(again)
            if run is not None or entry.sequence in judged:
                progress(f"made again: {entry.subject}", done, len(runs) + len(judged))
        return tuple(made)

    def _run(self, run: NeededRun, entry: LedgerEntry, made: Sequence[LedgerEntry]) -> LedgerEntry:
        """A night's seal with the tables of its run made again."""
        sealed = SealedRows(self.store, named_paths(made))
        known = known_items(sealed, run.sealed.night) if run.of_period else {}
        manifest = replace(run.manifest, files=tuple(self.files[file.path] for file in run.files))
        tables = tabulate_run(self.store, manifest, self.calendar, known)
        path = run_file(run.sealed.night, run.sealed.run_id)
        own = tuple(named for named in entry.objects if named.path == path)
        files = tuple(LedgerObject(file.path, file.bytes, file.sha256) for file in tables.files)
        told = told_findings(tables) if self.whole and run.of_period else {}
        return replace(entry, objects=(*own, *files), payload={**entry.payload, **told})

    def _assessment(self, one: SealedAssessment, made: Sequence[LedgerEntry]) -> tuple[LedgerObject, ...]:
        known = made[: one.ledger_size]
        sealed = SealedRows(self.store, named_paths(known))
        at = assessed_then(self.replay, one.assessment_id) or one.entry.at
        run_id = sealed_nights(known)[one.night][-1].run_id
        context = AssessmentContext(one.assessment_id, at, one.night, run_id)
        rows: dict[Table, Sequence[Mapping[str, object]]] = {}
        if one == self.wanted.links:
            rows[RESTORE_LINKS] = links_known(sealed, context)
        if one in self.wanted.compared:
            rows[RECONCILIATION] = compare_run(sealed, known, context, self.calendar, self._approved(one)).rows
        return tuple(self._kept(table, from_rows(table, told), one) for table, told in rows.items())

    def _kept(self, table: Table, rows: pa.Table, one: SealedAssessment) -> LedgerObject:
        data = to_parquet(table, rows)
        path = assessment_file(table.name, one.night, one.assessment_id)
        self.store.create(path, data)
        return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())

    def _approved(self, one: SealedAssessment) -> ApprovedPopulation | None:
        """The approved list that this assessment says it compared with."""
        population = one.entry.payload.get(POPULATION)
        told = population.get("approved") if isinstance(population, Mapping) else None
        if not isinstance(told, Mapping):
            return None
        path = configuration_file(str(told["sha256"]))
        return parse_approved(self.store.read(path), path)
