"""The test of truth: what the store really holds and enforces against what the register promises, recorded with every difference as an exception.

Not here: judging (`evidence.retention.truth`), one pass over the store (`store_pass`), recording (`truth_recording`). Invariant: what it could not look at is
unknown in its counts, its table and its exceptions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.assess.exceptions.states import ENDED
from evidence.errors import ConfigurationError, RefusedError
from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.truths import TruthTest
from evidence.retention.truth import LOST, ContainerTerm, Demand, Fault, Mismatch, Wanted, content_fault, is_due
from evidence.retention.truth_of_store import Rule, Settings, contradictions, of_settings
from evidence.runs.exceptions.recording import Recorded
from evidence.runs.exceptions.state import standing_exceptions
from evidence.runs.parts import Parts, Progress, silent
from evidence.runs.retention.book import Keeping, read_keeping
from evidence.runs.retention.contents import read_contents
from evidence.runs.retention.deciding import approvals_hold
from evidence.runs.retention.last_seen import last_seen
from evidence.runs.retention.protecting import Protector
from evidence.runs.retention.register import Keeper, read_register
from evidence.runs.retention.store_pass import Passed, StorePass
from evidence.runs.retention.truth_findings import CLASSES
from evidence.runs.retention.truth_recording import Contents, TruthRun, record_truth
from evidence.runs.retention.wanted import Promises
from evidence.settings.retention import Retention
from evidence.stores.grounds import Grounds
from evidence.stores.keeping import KeepingStore


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


def check_truth(
    tester: TruthTester, *, contents: str = "rotation", scope: str = "", progress: Progress = silent
) -> TruthFound:
    """Test the store under a scope (beginning of paths; empty: all of it), and record what was found.

    `contents`: `all`, `rotation` or `none` of them are read. Raises RefusedError where nothing is sealed, ConfigurationError for a scope without anything,
    IntegrityError for a broken ledger, StoreError where the test itself cannot be recorded.
    """
    parts = tester.parts
    entries = parts.ledger.entries()
    if not entries:
        raise RefusedError("Nothing is sealed in this store: there is nothing to test.")
    began = parts.clock.now()
    keeper = Keeper(parts.store, parts.calendar, tester.retention, parts.configuration_sha256)
    register = read_register(keeper, entries, began)
    keeping = read_keeping(entries)
    forged = _forged(parts, entries, keeping)
    leaving = frozenset(keeping.beginnings.keys() - keeping.stones.keys() - forged)
    promises = Promises(register, entries, parts.calendar.time_zone, tester.demand.days, leaving, forged)
    if scope and not _covers_any(promises, scope):
        raise ConfigurationError(
            f"Nothing that is sealed lies under {scope!r}: a test of nothing would find nothing wrong.",
            next_step="Paths begin with a folder of the store, such as packs/ or calls/night=2026-11-21/.",
        )
    before = standing_exceptions(parts.store, entries)
    asked = frozenset(
        one.finding.item_key
        for one in before.by_key.values()
        if one.class_ in CLASSES and one.state not in ENDED and one.finding.item_key
    )
    grounds = tester.grounds()
    passed = _pass(tester, promises, grounds, asked, scope).run()
    _let_go(tester, passed, len(entries))
    lost = {one.path for one in passed.mismatches if one.fault in {Fault.MISSING, Fault.UNREAD}}
    # What was open to change, or looks changed, is read at once.
    doubtful = asked | {one.path for one in passed.mismatches if one.fault in (LOST | {Fault.WRITABLE})}
    due = [one for one in _due(tester, promises, contents, scope, began, doubtful) if one.path not in lost]
    found = _read(tester, due, promises, progress)
    settings = [*_settings(grounds, passed)] if not scope else []
    every = sorted({*passed.mismatches, *found.mismatches, *settings})
    run = TruthRun(entries, began, contents, scope, passed, found, every, grounds)
    test, recorded = record_truth(parts, tester.store.description, tester.demand.mode, run)
    return TruthFound(test, every, passed, recorded)


def _let_go(tester: TruthTester, passed: Passed, known: int) -> None:
    """Clear holds of the store that the ledger released, unless somebody placed one meanwhile: the next test looks again."""
    if tester.demand.mode == "off" or not passed.let_go:
        return
    later = tester.parts.ledger.entries()[known:]
    if not any(entry.kind is EntryKind.HOLD_PLACED for entry in later):
        Protector(tester.store, tester.workers).clear(passed.let_go)


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


def _covers_any(promises: Promises, scope: str) -> bool:
    """Whether anything that is looked for lies under a scope."""
    rows = promises.register.files.under(scope)
    return any(promises.asked[row] for row in rows) or any(
        one.path.startswith(scope) for one in promises.ledger_files()
    )


def _forged(parts: Parts, entries: Sequence[LedgerEntry], keeping: Keeping) -> frozenset[str]:
    """What proposals were to delete whose approvals nobody signed: whoever may write to the store can append such entries."""
    found: set[str] = set()
    for one in keeping.dispositions.proposals.values():
        if (one.begun or one.gone) and not approvals_hold(parts.store, entries, one):
            found |= one.begun | one.gone
    return frozenset(found)


def _read(tester: TruthTester, due: Sequence[Wanted], promises: Promises, progress: Progress) -> Contents:
    found = Contents()
    for number, one in enumerate(read_contents(tester.store, due, tester.workers), 1):
        path = one.wanted.path
        progress(path, number, len(due))
        if one.trouble and promises.may_be_gone(one.wanted) and tester.store.stat(path) is None:
            continue
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
