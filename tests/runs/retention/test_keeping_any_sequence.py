"""No sequence of rules, holds, releases, clock steps and approvals deletes an object before its date or under a hold, or shortens a date."""

from __future__ import annotations

from datetime import date, timedelta
from fnmatch import fnmatchcase

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from evidence.errors import RefusedError
from evidence.ledger.keeping import Covered
from evidence.packs.checkpoints.absent import Fate, missed_objects
from tests.fakes.keeping import NIGHT, KeepingDesk

RULES = st.sampled_from(
    [
        "{}",
        "{default: 2y}",
        "{default: 3y, audit_year_starts: '07-01'}",
        "{audit_year_starts: '04-01'}",
        "{rules: [{name: long, keep: 5y, kinds: [tables]}]}",
        "{rules: [{name: packs, keep: 800d, packs: [audit]}]}",
        "{engagements: [{name: case, release: 2030-06-30}]}",
    ]
)
COVERS = st.sampled_from(
    [
        Covered(),
        Covered(paths=("packs/*",)),
        Covered(paths=("calls/*", "tables/jobs/*")),
        Covered(first_night=NIGHT, last_night=NIGHT + timedelta(days=1)),
        Covered(items=("vm1",)),
        Covered(scopes=("eu",)),
    ]
)
CASES = st.sampled_from(["A", "B"])


class AnySequence(RuleBasedStateMachine):
    """Commands of persons and machines in any order, and a model that knows nothing of how they work."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = KeepingDesk()
        self.nights = 0
        self.promised: dict[str, date] = {}
        self.approved: dict[str, set[int]] = {}
        self.standing: dict[str, list[Covered]] = {}
        assert self.desk.removal is not None
        self.desk.removal.on_remove = self._is_removed

    def _is_removed(self, path: str) -> None:
        """Judged at the very moment of each deletion."""
        today = self.desk.clock.moment.date()
        assert today > self.promised[path], f"{path} is promised until {self.promised[path]}, and it is {today}"
        for covers in self.standing.values():
            assert not any(_may_cover(one, path) for one in covers), f"{path} is under a hold"
        newest = next(reversed(tuple(self.desk.keeping.dispositions.proposals)))
        assert len(self.approved.get(newest, set())) >= 2

    @rule()
    @precondition(lambda self: self.nights < 5)
    def seal_night(self) -> None:
        self.desk.night(NIGHT + timedelta(days=self.nights))
        self.nights += 1

    @rule(length=st.integers(0, 3))
    @precondition(lambda self: self.nights > 0)
    def seal_pack(self, length: int) -> None:
        first = NIGHT + timedelta(days=max(0, self.nights - 1 - length))
        last = NIGHT + timedelta(days=self.nights - 1)
        if not any(f"{first}--{last}" in path for path in self.promised):
            self.desk.pack(first, last, 1 + sum(str(one.kind) == "pack-sealed" for one in self.desk.entries))

    @rule(retention=RULES)
    def configure(self, retention: str) -> None:
        self.desk.configure(retention)

    @rule(days=st.sampled_from([-40, -1, 1, 30, 200, 366, 500]))
    def step_clock(self, days: int) -> None:
        self.desk.clock.moment += timedelta(days=days)

    @rule(case=CASES, covered=COVERS)
    def hold(self, case: str, covered: Covered) -> None:
        self.desk.place(case, covered)
        if covered not in self.standing.setdefault(case, []):
            self.standing[case].append(covered)

    @rule(case=CASES)
    @precondition(lambda self: self.standing)
    def release(self, case: str) -> None:
        if self.standing.pop(case, None):
            self.desk.release(case)

    @rule(days=st.integers(1, 900), covered=COVERS)
    def extend(self, days: int, covered: Covered) -> None:
        self.desk.extend(self.desk.clock.moment.date() + timedelta(days=days), covered)

    @rule()
    def propose(self) -> None:
        try:
            self.desk.propose()
        except RefusedError as error:
            assert "clock" in error.message  # noqa: PT017 - any other refusal is a mistake

    @rule(number=st.integers(0, 2))
    @precondition(lambda self: self.desk.keeping.dispositions.standing)
    def approve(self, number: int) -> None:
        standing = self.desk.keeping.dispositions.standing
        assert standing is not None
        try:
            self.desk.approve(number)
        except RefusedError as error:
            assert "No pack was sealed" in error.message  # noqa: PT017
        else:
            self.approved.setdefault(standing.proposal_id, set()).add(number)

    @rule()
    @precondition(lambda self: self.desk.keeping.dispositions.proposals)
    def dispose(self) -> None:
        try:
            self.desk.dispose()
        except RefusedError as error:
            assert "approvals" in error.message  # noqa: PT017

    @invariant()
    def no_date_is_shortened(self) -> None:
        for one in self.desk.register:
            day = one.promise.day or date.max
            before = self.promised.get(one.file.path, day)
            assert day >= before, f"{one.file.path} was promised until {before}, and now until {day}"
            self.promised[one.file.path] = day

    @invariant()
    def what_is_gone_has_its_tombstone(self) -> None:
        fates = {one.fate for one in missed_objects(self.desk.store, self.desk.entries)}
        assert fates <= {Fate.DISPOSED}


def _may_cover(covered: Covered, path: str) -> bool:
    """As a person would read the condition, on purpose otherwise than the product."""
    if covered.paths:
        return any(fnmatchcase(path, one) for one in covered.paths)
    if covered.first_night is not None:
        held = {covered.first_night + timedelta(days=n) for n in range(2)}
        if "night=" in path:
            return any(f"night={night}" in path for night in held)
        return "/audit/" in path and any(
            date.fromisoformat(path.split("/")[4][:10]) <= night <= date.fromisoformat(path.split("/")[4][12:])
            for night in held
        )
    # A scope restricts packs, and what is of no pack may belong to it.
    return not (covered.scopes and path.startswith("packs/"))


class TestFew(AnySequence.TestCase):  # type: ignore[misc, valid-type]  # hypothesis makes the class
    """A few sequences, each time the same, with every suite."""

    settings = settings(max_examples=3, stateful_step_count=16, deadline=None, derandomize=True)


@pytest.mark.slow
class TestMany(AnySequence.TestCase):  # type: ignore[misc, valid-type]
    """Many, in the long tests."""

    settings = settings(max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
