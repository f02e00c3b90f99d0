"""The test of truth: what the store really holds and enforces against what the register promises, recorded with every difference as an exception.

Not here: judging (`evidence.retention.truth`), one pass over the store (`store_pass`), the life of exceptions. Invariants: the entry that names the test is
written last, so that a test that was cut short is made again; what it could not look at is unknown in its counts, its table and its exceptions.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from evidence.assess import AssessmentContext
from evidence.assess.exceptions.states import ENDED
from evidence.errors import RefusedError
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.folds import named_paths
from evidence.ledger.truths import TABLE, VERSION, TruthTest, truth_test
from evidence.retention.truth import LOST, ContainerTerm, Demand, Fault, Mismatch, Wanted, content_fault, is_due
from evidence.retention.truth_of_store import Rule, Settings, contradictions, of_settings
from evidence.runs.exceptions.recording import Recorded, record_exceptions
from evidence.runs.exceptions.state import standing_exceptions
from evidence.runs.judging.owners import owner_by_rules
from evidence.runs.parts import Parts, Progress, silent, told
from evidence.runs.retention.contents import read_contents
from evidence.runs.retention.last_seen import WHOLE, last_seen
from evidence.runs.retention.register import Keeper, read_register
from evidence.runs.retention.store_pass import Passed, StorePass
from evidence.runs.retention.truth_findings import CLASSES, Looked, Told, findings_of, proofs_of
from evidence.runs.retention.wanted import Promises
from evidence.runs.sealed import SealedRows
from evidence.settings.retention import Retention
from evidence.stores.grounds import Grounds
from evidence.stores.keeping import KeepingStore
from evidence.stores.layout import assessment_file
from evidence.tables import from_rows, to_parquet
from evidence.tables.truth import TRUTH


@dataclass(frozen=True, slots=True)
class TruthTester:
    """What a test is made with."""

    parts: Parts
    store: KeepingStore
    retention: Retention
    demand: Demand
    grounds: Callable[[], Grounds | None] = lambda: None
    """Asks the control plane; None: nothing is configured to be asked."""
    workers: int = 8


@dataclass(frozen=True, slots=True)
class TruthFound:
    """What a test came to."""

    test: TruthTest
    mismatches: Sequence[Mismatch]
    passed: Passed
    recorded: Recorded

    @property
    def lost(self) -> Sequence[Mismatch]:
        """What is missing, or is not what was sealed."""
        return [one for one in self.mismatches if one.fault in LOST]

    @property
    def unknown(self) -> Sequence[Mismatch]:
        """What could not be looked at."""
        return [one for one in self.mismatches if one.fault is Fault.UNREAD]


@dataclass(slots=True)
class _Contents:
    """What reading came to."""

    whole: dict[str, int] = field(default_factory=dict)
    """Bytes by path."""
    mismatches: list[Mismatch] = field(default_factory=list)
    read: int = 0
    read_bytes: int = 0


def check_truth(
    tester: TruthTester, *, contents: str = "rotation", scope: str = "", progress: Progress = silent
) -> TruthFound:
    """Test the store under a scope (beginning of paths; empty: all of it), and record what was found.

    `contents`: `all`, `rotation` or `none` of them are read. Raises RefusedError where nothing is sealed, IntegrityError for a broken ledger, StoreError where
    the test itself cannot be recorded.
    """
    parts = tester.parts
    entries = parts.ledger.entries()
    if not entries:
        raise RefusedError("Nothing is sealed in this store: there is nothing to test.")
    began = parts.clock.now()
    keeper = Keeper(parts.store, parts.calendar, tester.retention, parts.configuration_sha256)
    register = read_register(keeper, entries, began)
    promises = Promises(register, entries, parts.calendar.time_zone, tester.demand.days)
    before = standing_exceptions(parts.store, entries)
    asked = frozenset(
        one.finding.item_key
        for one in before.by_key.values()
        if one.class_ in CLASSES and one.state not in ENDED and one.finding.item_key
    )
    grounds = tester.grounds()
    passed = _pass(tester, promises, grounds, asked, scope).run()
    lost = {one.path for one in passed.mismatches if one.fault in {Fault.MISSING, Fault.UNREAD}}
    # What was open to change, or looks changed, is read at once.
    doubtful = asked | {one.path for one in passed.mismatches if one.fault in (LOST | {Fault.WRITABLE})}
    due = [one for one in _due(tester, promises, contents, scope, began, doubtful) if one.path not in lost]
    found = _read(tester, due, progress)
    settings = [*_settings(grounds, passed)] if not scope else []
    every = sorted({*passed.mismatches, *found.mismatches, *settings})
    return _recorded(tester, _Run(entries, began, contents, scope, passed, found, every, grounds))


@dataclass(frozen=True, slots=True)
class _Run:
    """One test, before it is recorded."""

    entries: Sequence[LedgerEntry]
    began: datetime
    contents: str
    scope: str
    passed: Passed
    read: _Contents
    mismatches: Sequence[Mismatch]
    grounds: Grounds | None


def _pass(
    tester: TruthTester, promises: Promises, grounds: Grounds | None, asked: frozenset[str], scope: str
) -> StorePass:
    policy = grounds.policy if grounds is not None else None
    term = ContainerTerm(policy.days, policy.locked) if policy is not None else None
    rules = _settings_of(grounds).rules if not scope else ()
    return StorePass(tester.store, promises, tester.demand, term, rules, asked, scope, tester.workers)


def _settings_of(grounds: Grounds | None) -> Settings:
    if grounds is None:
        return Settings()
    return Settings(
        tuple(Rule(r.name, r.action, r.of, r.days, r.basis, r.prefixes, r.by_tags) for r in grounds.lifecycle),
        grounds.soft_delete_days,
        grounds.container_soft_delete_days,
        grounds.permanent_delete,
        grounds.unread,
    )


def _settings(grounds: Grounds | None, passed: Passed) -> Iterator[Mismatch]:
    if grounds is not None:
        yield from contradictions(passed.hits)
        yield from of_settings(_settings_of(grounds), passed.weakly_kept)


def _due(
    tester: TruthTester, promises: Promises, contents: str, scope: str, began: datetime, doubtful: frozenset[str]
) -> Iterator[Wanted]:
    """What is read: all, or what its turn or its past asks for."""
    if contents == "none":
        return
    register = promises.register
    rows = [row for row in register.files.under(scope) if promises.asked[row]]
    files = [one for one in promises.ledger_files() if one.path.startswith(scope)]
    if contents == "all":
        yield from (promises.wanted(row) for row in rows)
        yield from files
        return
    paths = register.files.paths
    sealed = {str(paths[row].as_py()): promises.sealed_at(row) for row in rows}
    sealed |= {one.path: entry.at for one, entry in zip(promises.ledger_files(), promises.entries, strict=True)}
    known = last_seen(tester.parts.store, promises.entries, sealed)
    again = known.suspects | doubtful
    for wanted in (*(promises.wanted(row) for row in rows), *files):
        since = known.whole_at.get(wanted.path, sealed[wanted.path]).date()
        if wanted.path in again or is_due(wanted.path, since, began.date()):
            yield wanted


def _read(tester: TruthTester, due: Sequence[Wanted], progress: Progress) -> _Contents:
    found = _Contents()
    for number, one in enumerate(read_contents(tester.store, due, tester.workers), 1):
        path = one.wanted.path
        progress(path, number, len(due))
        if one.trouble:
            found.mismatches.append(Mismatch(path, Fault.UNREAD, "can be read", one.trouble))
            continue
        found.read += 1
        found.read_bytes += one.bytes
        fault = content_fault(one.wanted, one.bytes, one.sha256)
        if fault is None:
            found.whole[path] = one.bytes
        else:
            found.mismatches.append(fault)
    return found


def _recorded(tester: TruthTester, run: _Run) -> TruthFound:
    """Keep the table, record the exceptions, and name both by one entry."""
    parts = tester.parts
    context = AssessmentContext(
        assessment_id=f"truth-{parts.new_id()}",
        assessed_at=run.began,
        night=parts.calendar.night_of(run.began),
        run_id=f"truth-{parts.new_id()}",
    )
    table = _keep(parts, run, context)
    recorded = _excepted(tester, run, context)
    draft = Draft(
        kind=EntryKind.TRUTH_TESTED,
        at=parts.clock.now(),
        actor=parts.actor,
        subject=f"truth/{context.assessment_id}",
        payload=_payload(tester, run, context),
        objects=(table, *recorded.objects),
    )
    return TruthFound(truth_test(parts.ledger.append(draft)), run.mismatches, run.passed, recorded)


def _excepted(tester: TruthTester, run: _Run, context: AssessmentContext) -> Recorded:
    parts = tester.parts
    said = Told(context.night, run.began, tester.store.description)
    findings = findings_of(said, run.mismatches)
    unread = {one.path for one in run.mismatches}
    looked = Looked(
        run.mismatches,
        [path for path in run.read.whole if path not in unread],
        run.passed.fine - unread,
        complete=run.passed.complete and not run.scope,
        settings_read=not run.scope and (run.grounds is None or not run.grounds.unread),
    )
    entries = parts.ledger.entries()
    owner = owner_by_rules(parts, SealedRows(parts.store, named_paths(entries)), entries, context, None)
    before = standing_exceptions(parts.store, entries)
    return record_exceptions(
        parts,
        context,
        findings,
        lambda _: proofs_of(said, looked, before, findings),
        owner=owner,
        rules=parts.judgement.exceptions,
    )


def _keep(parts: Parts, run: _Run, context: AssessmentContext) -> LedgerObject:
    common = {"check_id": context.assessment_id, "checked_at": run.began}
    rows = [
        {
            **common,
            "path": one.path,
            "outcome": "unknown" if one.fault is Fault.UNREAD else "mismatch",
            "fault": one.fault.value,
            "promised": one.promised,
            "real": one.real,
        }
        for one in run.mismatches
    ]
    rows += [
        {**common, "path": path, "outcome": WHOLE, "fault": "none", "promised": "as sealed", "real": "as sealed", "bytes": size}
        for path, size in run.read.whole.items()
    ]  # fmt: skip
    data = to_parquet(TRUTH, from_rows(TRUTH, rows))
    path = assessment_file(TABLE, context.night, context.assessment_id)
    parts.store.create(path, data)
    return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())


def _payload(tester: TruthTester, run: _Run, context: AssessmentContext) -> Mapping[str, object]:
    unknown = {one.path for one in run.mismatches if one.fault is Fault.UNREAD}
    wrong = {one.path for one in run.mismatches} - unknown
    return {
        "v": VERSION,
        "check_id": context.assessment_id,
        "night": str(context.night),
        "tested_at": told(run.began),
        "ledger_size": len(run.entries),
        "contents": run.contents,
        "scope": run.scope,
        "counts": {
            "expected": run.passed.expected,
            "seen": run.passed.seen,
            "read": run.read.read,
            "read_bytes": run.read.read_bytes,
            "whole": len(run.read.whole),
            "mismatched": len(wrong),
            "unknown": len(unknown),
        },
        "faults": dict(sorted(Counter(one.fault.value for one in run.mismatches).items())),
        "states": dict(sorted(run.passed.states.items())),
        "mode": tester.demand.mode,
        "renewed": run.passed.renewed,
        "not_renewed": run.passed.not_renewed,
        "configuration_sha256": tester.parts.configuration_sha256,
    }
