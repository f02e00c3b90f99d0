"""Re-performance: makes the rows of a pack again from the calls beside it, and compares every one.

The order of it; the steps are in `reperformance_files`, `_replay`, `_rows` and `_cleaning`. Invariants: no network, no store, no
configuration; calls that do not belong to the pack are not looked into; what cannot be made again is said with the reason, never passed over.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from evidence.errors import IntegrityError
from evidence.packs import bag
from evidence.packs.calls_archive_needs import Bounds
from evidence.packs.period import Period
from evidence.packs.select import select
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.opening import Opened, open_zip
from evidence.packs.verification.reperformance_cleaning import cleaning, with_received
from evidence.packs.verification.reperformance_files import (
    CALLS as FORM,
)
from evidence.packs.verification.reperformance_files import (
    Held,
    check_set,
    read_facts,
    read_files,
    read_ledger,
    read_needs,
)
from evidence.packs.verification.reperformance_replay import Again
from evidence.packs.verification.reperformance_rows import Compared, compare_rows, uploads_of
from evidence.packs.verification.saying import Statement
from evidence.packs.verification.tables import parquet_of
from evidence.runs.parts import Progress
from evidence.stores.directory import DirectoryStore
from evidence.tables import ALL, CALLS, RECONCILIATION, RESTORE_JOBS, RESTORE_LINKS, SCHEMA_VERSION, Table
from evidence.version import code_version

CHECK = "made again"
MOST_NAMED = 5
"""Calls that are named where some have to be; all are counted."""


@dataclass(frozen=True, slots=True)
class CallsGiven:
    """The calls that the verifier holds, and who is told how far the work has come."""

    file: Path
    progress: Progress


def check_calls(given: CallsGiven, pack: Opened, statement: Statement, checks: Checklist) -> None:
    """Check that calls.zip belongs to the pack, make the pack's rows again from it, and compare them."""
    told = statement.calls
    if told is None:
        checks.failed("calls", given.file.name, "This pack was sealed without calls, so no calls.zip belongs to it.")
        return
    if checks.examine("calls", given.file.name, lambda: _belongs(given.file, told)) is None:
        checks.not_checked(CHECK, None, "Nothing was made again: these are not the calls of this pack.")
        return
    with tempfile.TemporaryDirectory(prefix="backup-evidence-calls-") as folder:
        held = _held(given, pack, Path(folder), checks)
        if held is None:
            checks.not_checked(CHECK, None, "Nothing was made again: calls.zip is not what it must be.")
            return
        _say_redactions(held, checks)
        _say_versions(held, checks)
        work = _Comparison(given.progress, pack, statement, held, DirectoryStore(Path(folder)), checks)
        work.compare()


def say_no_calls(statement: Statement, checks: Checklist) -> None:
    """Say of a pack that has calls beside it that they were not brought along."""
    if statement.calls is not None:
        size, sha256 = statement.calls["bytes"], statement.calls["sha256"]
        detail = f"calls.zip of this pack ({size} bytes, SHA-256 {sha256}) was not given: no row was made again."
        checks.not_checked("calls", None, detail)


def _belongs(file: Path, told: Mapping[str, Any]) -> tuple[str, bool]:
    found = bag.digest(file)
    if (found.size, found.sha256) != (told["bytes"], told["sha256"]):
        raise IntegrityError(
            "It is not the calls.zip that this pack was sealed with.",
            cause=f"It has {found.size} bytes and SHA-256 {found.sha256}; the statement names {told['bytes']} and {told['sha256']}.",
        )
    return f"{found.size} bytes, the calls.zip that the signed statement names", True


def _held(given: CallsGiven, pack: Opened, folder: Path, checks: Checklist) -> Held | None:
    """What calls.zip holds, where all of it is as it must be."""
    opened, before = open_zip(given.file, folder, checks, FORM), checks.sound
    if opened is None or not before:
        return None
    statement: Mapping[str, Any] = orjson.loads(pack.read(bag.STATEMENT))
    replay = checks.examine("calls facts", "replay.json", lambda: read_facts(opened, statement))
    if replay is None:
        return None
    entries = checks.examine("calls ledger", "ledger/", lambda: read_ledger(opened, replay))
    if entries is None:
        return None
    bounds = Bounds(_period(statement), replay.scope, _restored(pack))
    needed = checks.examine("calls needed", None, lambda: read_needs(opened, replay, entries, bounds))
    if needed is None or not check_set(opened, needed[1], checks):
        return None
    wanted = needed[0]
    files = checks.examine("answers", None, lambda: read_files(opened, replay, wanted, given.progress))
    return None if files is None else Held(replay, entries, wanted, files, bounds)


def _period(statement: Mapping[str, Any]) -> Period:
    period = statement["period"]
    return Period(period["name"], *(date.fromisoformat(period[key]) for key in ("first_night", "last_night")))


def _restored(pack: Opened) -> frozenset[str]:
    """Vaults of the pack's restore jobs."""
    column = pq.read_table(pack.members[parquet_of(RESTORE_JOBS.name)], columns=["vault_id"])["vault_id"]
    return frozenset(str(vault) for vault in column.unique().to_pylist())


def _say_redactions(held: Held, checks: Checklist) -> None:
    found = held.replay.redactions
    if not held.replay.redacted_files:
        checks.ok("redaction", None, "no answer was redacted: all are as received")
        return
    named = [one.call_id for one in found[:MOST_NAMED]]
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    detail = (
        f"{len(found)} answers in {len(held.replay.redacted_files)} files are not byte for byte as received:"
        f" {sum(one.values for one in found)} secrets in them were replaced, and what these answers hashed to at receipt is taken"
        f" from replay.json. Rows were made from what is left of them. Calls: {', '.join(named) or 'none, addresses alone'}{more}."
    )
    checks.not_checked("redaction", "replay.json", detail)


def _say_versions(held: Held, checks: Checklist) -> None:
    sealed, here = held.replay.code_version, code_version()
    runs = sorted({run.manifest.code_version for run in held.wanted.runs})
    same = {sealed, *runs} == {here} and held.replay.schema_version == SCHEMA_VERSION
    told = f"made again by {here}; sealed by {sealed}; captured by {', '.join(runs) or 'none'}"
    checks.ok("code version", None, told if same else f"{told}: other code may tell some rows otherwise")


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Rows made again beside those of the pack."""

    progress: Progress
    pack: Opened
    statement: Statement
    held: Held
    store: DirectoryStore
    checks: Checklist

    def compare(self) -> None:
        """Make every table again and compare it."""
        made = self.checks.examine(CHECK, None, self._tables)
        if made is None:
            return
        uploads = uploads_of(self.pack.members[parquet_of(RESTORE_LINKS.name)])
        clean = cleaning(self.held.replay.redactions)
        for done, name in enumerate(sorted(self.statement.counts), start=1):
            table, file = ALL[name], parquet_of(name)
            why = self._why_not(table, made)
            if why is not None:
                self.checks.not_checked(CHECK, file, f"{self.statement.counts[name]} rows were not made again: {why}")
                continue
            rows = with_received(made[name], self.held.replay.redactions) if table == CALLS else made[name]
            found = compare_rows(table, self.pack.members[file], rows, uploads, clean)
            self._say(file, found)
            self.progress(f"compared: {name}", done, len(self.statement.counts))

    def _tables(self) -> tuple[str, Mapping[str, pa.Table]]:
        held = self.held
        again = Again(self.store, held.entries, held.wanted, held.replay, held.files, held.bounds.whole)
        entries = again.entries_again(self.progress)
        selection = select(self.store, entries, held.bounds.period, held.bounds.scope)
        runs, judged = len(held.wanted.runs), len(held.wanted.assessed)
        return f"{runs} runs normalized again, {judged} assessments judged again", selection.tables

    def _why_not(self, table: Table, made: Mapping[str, pa.Table]) -> str | None:
        if table == RECONCILIATION and not self.held.bounds.whole:
            return "sources are compared over all vaults, and the scope holds some of them."
        if table.name not in made:
            return "it rests on the ledger and on other packs, or counts rows of this one; it holds nothing of a call's own."
        return None

    def _say(self, file: str, found: Compared) -> None:
        if found.uploaded:
            detail = f"{found.uploaded} rows rest on files that people uploaded (grade B), or were linked by them, and on no call: not made again."
            self.checks.not_checked(CHECK, file, detail)
        if found.differences:
            more = f"; and {found.differences - len(found.told)} more" if found.differences > len(found.told) else ""
            told = "; ".join(found.told)
            self.checks.failed(CHECK, file, f"{found.differences} rows differ, {found.same} are the same. {told}{more}")
        else:
            self.checks.ok(CHECK, file, f"{found.same} rows, each the same as made again from the calls")
