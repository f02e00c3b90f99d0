"""A state machine: two processes, faults before and after every operation, and a model that knows what must be there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from evidence.errors import RefusedError
from evidence.ledger import Ledger, LedgerEntry
from evidence.ledger.folds import sealed_nights
from tests.ledger.drafts import night_sealed, opened
from tests.ledger.memory import Fault, Faulty, Memory

processes = st.integers(0, 1)
nights = st.integers(0, 5).map(lambda days: date(2026, 11, 21) + timedelta(days=days))


class Processes(RuleBasedStateMachine):
    """Two processes seal nights, each night at most once."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()
        self.sealed: dict[date, str] = {}
        """What the model knows to be sealed, by which run."""
        self.begun: dict[date, set[str]] = {}
        """Runs that were interrupted: each may have sealed its night or not."""

    @initialize()
    def open(self) -> None:
        self.ledgers = [opened(Ledger(self.memory)) for _ in range(2)]

    @rule(process=processes)
    def restart(self, process: int) -> None:
        self.ledgers[process] = Ledger(self.memory)

    @rule(process=processes)
    def look(self, process: int) -> None:
        self.ledgers[process].entries()

    @rule(process=processes, night=nights, run=st.sampled_from("abc"))
    def seal(self, process: int, night: date, run: str) -> None:
        self._seal(self.ledgers[process], night, run)

    @rule(night=nights, run=st.sampled_from("abc"), at=st.integers(1, 12), after=st.booleans())
    def seal_and_crash(self, night: date, run: str, at: int, *, after: bool) -> None:
        """A process that starts, and ends before or after its so-many-th operation on the store."""
        try:
            self._seal(Ledger(Faulty(self.memory, at, after=after)), night, run)
        except Fault:
            self.begun.setdefault(night, set()).add(run)

    def _seal(self, ledger: Ledger, night: date, run: str) -> None:
        def not_sealed(entries: Sequence[LedgerEntry]) -> None:
            if night in sealed_nights(entries):
                raise RefusedError(f"{night} is sealed")

        try:
            entry = ledger.append(night_sealed(night, run), [not_sealed])
        except RefusedError:
            assert self.sealed.get(night) not in {None, run}
            return
        assert entry.payload["run_id"] == run
        assert self.sealed.setdefault(night, run) == run

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        found = sealed_nights(Ledger(self.memory).entries())
        for night, runs in found.items():
            (only,) = runs
            if night in self.sealed:
                assert only.run_id == self.sealed[night]
            else:
                assert only.run_id in self.begun[night]
                self.sealed[night] = only.run_id
        assert set(self.sealed) == set(found)


TestProcesses = Processes.TestCase
TestProcesses.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
