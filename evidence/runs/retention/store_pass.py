"""One pass over a store: what it tells of every object that the register promises, with protection set where it falls short, and all differences.

Not here: contents (`contents`), recording (`truth`). Invariants: an object that the pass did not come to is unknown, and not missing, where the store could
not be listed or something hides the folder; differences are judged by what stands after protection was set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evidence.errors import SignInError, StoreError
from evidence.retention.truth import (
    OPEN_TO_CHANGE,
    ContainerTerm,
    Demand,
    Fault,
    Mismatch,
    Seen,
    Wanted,
    faults_of,
    missing,
    reached,
)
from evidence.retention.truth_of_store import Rule, RuleHits
from evidence.runs.retention.protecting import Protector, Wish
from evidence.runs.retention.wanted import LEDGER, Promises
from evidence.stores.keeping import KeepingStore, Mode, Surveyed

MENDABLE = OPEN_TO_CHANGE - {Fault.WRITABLE}
"""Differences that are none once protection was set: a promise may just have become longer."""
FORGED = "a tombstone says that it was disposed of, and nobody signed the approvals that it names"
UNKNOWN = "unknown"
"""State of an object that was not looked at."""


@dataclass(slots=True)
class Passed:
    """What a pass found."""

    expected: int = 0
    seen: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    """Objects by what protects them."""
    fine: set[str] = field(default_factory=set)
    """Of the paths that are asked about, those that differ in nothing."""
    weakly_kept: int = 0
    """Objects that no locked policy keeps."""
    orphans: int = 0
    """Objects that no entry names, and those that a tombstone tells the end of and that are there."""
    hits: list[RuleHits] = field(default_factory=list)
    renewed: int = 0
    not_renewed: str = ""
    let_go: list[str] = field(default_factory=list)
    """Objects under a legal hold of the store whose hold was released, and that none covers now."""
    complete: bool = True


@dataclass
class StorePass:
    """What a pass is made with."""

    store: KeepingStore
    promises: Promises
    demand: Demand
    term: ContainerTerm | None = None
    rules: Sequence[Rule] = ()
    asked: frozenset[str] = frozenset()
    """Paths of which it matters that nothing differs: those of exceptions that stand."""
    scope: str = ""
    workers: int = 8

    def run(self) -> Passed:
        """Look at everything under the scope."""
        found = Passed(hits=[RuleHits(rule) for rule in self.rules])
        met, ledger = np.zeros(len(self.promises.register), np.bool_), set[str]()
        troubles: list[Surveyed] = []
        weak: list[tuple[Wanted, Seen]] = []
        why = ""
        try:
            for one in self.store.survey(self.scope):
                wanted = self._wanted(one.path, met, ledger)
                if wanted is not None:
                    self._judge(found, wanted, seen_of(one), weak)
                elif one.trouble:
                    troubles.append(one)
                elif one.is_there:
                    found.orphans += 1
        except (StoreError, SignInError) as error:
            why = f"{error.message} {error.cause}".strip()
        self._absent(found, self._left(met, ledger), troubles, why)
        self._renew(found, weak)
        return found

    def _wanted(self, path: str, met: np.ndarray[tuple[int], np.dtype[np.bool_]], ledger: set[str]) -> Wanted | None:
        if path.startswith(LEDGER):
            ledger.add(path)
            return self.promises.ledger_file(path)
        row = self.promises.row(path)
        if row is None:
            return None
        met[row] = True
        return self.promises.wanted(row)

    def _judge(self, found: Passed, wanted: Wanted, seen: Seen, weak: list[tuple[Wanted, Seen]]) -> None:
        """Take one object into account; what protection could mend is put off until it was tried."""
        faults = list(faults_of(wanted, seen, self.demand, self.term))
        mendable = [one for one in faults if one.fault in OPEN_TO_CHANGE]
        found.expected += 1
        # That a file could be written to is told, also where it cannot any more: somebody changed its mode.
        found.mismatches += [one for one in faults if one.fault not in MENDABLE]
        if seen.trouble:
            found.states[UNKNOWN] += 1
            found.complete = False
            return
        found.seen += 1
        row = self.promises.row(wanted.path) if seen.legal_hold and not wanted.held else None
        if row is not None and self.promises.let_go[row]:
            found.let_go.append(wanted.path)
        if mendable:
            weak.append((wanted, seen))
            return
        self._count(found, wanted, seen, fine=not faults)

    def _count(self, found: Passed, wanted: Wanted, seen: Seen, *, fine: bool) -> None:
        state, until = reached(seen, self.term)
        # A policy that has ended keeps nothing, however it was locked.
        ended = until is not None and until.date() <= self.promises.register.today
        found.states[("unlocked" if seen.legal_hold else "none") if ended else state] += 1
        found.weakly_kept += not (state == "locked" and until is not None and until >= wanted.until)
        if fine and wanted.path in self.asked:
            found.fine.add(wanted.path)
        if seen.created_at is not None:
            for hit in found.hits:
                hit.weigh(wanted, seen.created_at)

    def _left(self, met: np.ndarray[tuple[int], np.dtype[np.bool_]], ledger: set[str]) -> Iterator[Wanted]:
        """What the store did not tell of."""
        within = self.promises.register.files.under(self.scope)
        for row in within:
            if self.promises.asked[row] and not met[row]:
                wanted = self.promises.wanted(row)
                if not self.promises.may_be_gone(wanted):
                    yield wanted
        for wanted in self.promises.ledger_files():
            if wanted.path.startswith(self.scope) and wanted.path not in ledger:
                yield wanted

    def _absent(self, found: Passed, left: Iterable[Wanted], troubles: Sequence[Surveyed], why: str) -> None:
        for wanted in left:
            found.expected += 1
            reason = why or _hidden(wanted.path, troubles)
            if reason:
                found.complete = False
                found.states[UNKNOWN] += 1
                found.mismatches.append(Mismatch(wanted.path, Fault.UNREAD, "can be looked at", reason))
            else:
                forged = wanted.path in self.promises.forged
                found.mismatches.append(missing(wanted, FORGED if forged else ""))
        found.complete = found.complete and not why and not troubles

    def _renew(self, found: Passed, weak: Sequence[tuple[Wanted, Seen]]) -> None:
        """Set what falls short, and judge what stands then."""
        protector = Protector(self.store, self.workers)
        now = dict[str, Surveyed]()
        for one in protector.protect(self._wish(wanted) for wanted, _ in weak):
            if one.found is not None:
                now[one.path] = one.found
        found.renewed, found.not_renewed = protector.done, protector.stopped
        for wanted, before in weak:
            told = now.get(wanted.path)
            seen = before if told is None else replace(seen_of(told), earlier_versions=before.earlier_versions)
            faults = list(faults_of(wanted, seen, self.demand, self.term))
            found.mismatches += [one for one in faults if one.fault in MENDABLE]
            self._count(found, wanted, seen, fine=not faults and not before.writable)

    def _wish(self, wanted: Wanted) -> Wish:
        mode = Mode(self.demand.mode)
        held = wanted.held and mode is not Mode.OFF
        return Wish(wanted.path, self.promises.protect_until(wanted), mode, held)


def seen_of(one: Surveyed) -> Seen:
    """What a survey tells, as it is judged."""
    return Seen(
        one.bytes,
        one.sha256,
        one.enforcement.state,
        one.until,
        one.legal_hold,
        one.created_at,
        one.earlier_versions,
        one.writable,
        one.gone,
        one.trouble,
    )


def _hidden(path: str, troubles: Sequence[Surveyed]) -> str:
    """Why an object may be there all the same: its folder, or one above, could not be looked at."""
    for one in troubles:
        folder = f"{one.path.rstrip('/')}/"
        if path.startswith(folder):
            return f"{one.path}: {one.trouble}"
    return ""
