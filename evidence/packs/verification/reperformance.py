"""Re-performance: makes the rows of a pack again from the calls beside it, and compares every one.

The order of it; the steps are in `reperformance_files`, `_replay` and `_tables`. Invariants: no network, no store, no
configuration; calls that do not belong to the pack are not looked into; what cannot be made again is said with the reason, never passed over.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

from evidence.errors import IntegrityError
from evidence.packs import bag
from evidence.packs.calls.needs import Bounds
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.opening import Opened, open_zip
from evidence.packs.verification.reperformance_files import (
    CALLS_FORM,
    Held,
    check_set,
    read_facts,
    read_files,
    read_ledger,
    read_needs,
)
from evidence.packs.verification.reperformance_tables import CHECK, Comparison, Packed
from evidence.packs.verification.reperformance_written import WrittenAgain
from evidence.packs.verification.saying import Statement
from evidence.packs.verification.tables import parquet_of
from evidence.runs.parts import Progress
from evidence.stores.directory import DirectoryStore
from evidence.tables import RESTORE_JOBS, SCHEMA_VERSION
from evidence.version import code_version

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
        again = Path(folder) / "again"
        again.mkdir()
        store, written = DirectoryStore(Path(folder)), WrittenAgain(again)
        Comparison(given.progress, pack, statement, Packed.of(_said(pack)), held, store, written, checks).compare()


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
    opened = open_zip(given.file, folder, checks, CALLS_FORM)
    if opened is None:
        return None
    statement = _said(pack)
    replay = checks.examine("calls facts", "replay.json", lambda: read_facts(opened, statement))
    if replay is None:
        return None
    entries = checks.examine("calls ledger", "ledger/", lambda: read_ledger(opened, replay))
    if entries is None:
        return None
    bounds = Bounds(Packed.of(statement).period, replay.scope, _restored(pack))
    needed = checks.examine("calls needed", None, lambda: read_needs(opened, replay, entries, bounds))
    if needed is None or not check_set(opened, needed[1], checks):
        return None
    wanted = needed[0]
    files = checks.examine("answers", None, lambda: read_files(opened, replay, wanted, given.progress))
    return None if files is None else Held(replay, entries, wanted, files, bounds)


def _said(pack: Opened) -> Mapping[str, Any]:
    said: Mapping[str, Any] = orjson.loads(pack.read(bag.STATEMENT))
    return said


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
