"""What stood at the end of a week and what moved in it, by the ledger; and what packs hold of exceptions that ended many looks ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from evidence.assess.exceptions.rules import ExceptionRules
from evidence.assess.exceptions.states import Act, Closure
from evidence.assess.findings import Class, Finding
from evidence.ledger.entries import Draft, EntryKind
from evidence.ledger.folds import named_paths
from evidence.packs.aging.exceptions import exceptions_table
from evidence.packs.judged import exceptions_within
from evidence.packs.period import Period, span_period
from evidence.runs.exceptions.recording import Recorded
from evidence.runs.sealed import SealedRows
from tests.assess.exceptions.making import VAULT, at, day, finding, job, point, proofs
from tests.runs.exceptions_desk import Desk

Row = dict[str, Any]


class Office(Desk):
    """Looks are sealed as assessments of their nights."""

    def assess(self, night: int, findings: Sequence[Finding] = (), **told: Any) -> Recorded:
        """Record a look, and seal the assessment that names its files."""
        found = self.record(night, findings, **told)
        ledger, size = self.bench.parts.ledger, self.entries()
        payload = {"night": str(day(night)), "assessment_id": f"a-{self.looks}", "ledger_size": size, "tables": {}}
        subject = f"assessment/{day(night)}"
        ledger.append(
            Draft(EntryKind.ASSESSMENT_SEALED, self.bench.clock.now(), "tester", subject, payload, found.objects)
        )
        return found

    def week(self, first: int, last: int, subjects: Sequence[str] = (VAULT,)) -> list[Row]:
        """Rows of the table of some nights."""
        entries = self.bench.parts.ledger.entries()
        period = span_period(day(first), day(last))
        table = exceptions_table(self.bench.store, entries, period, subjects, ExceptionRules())
        rows: list[Row] = table.to_pylist()
        return rows

    def packed(self, period: Period) -> list[Row]:
        """Rows of `exceptions` in a pack of a period."""
        entries = self.bench.parts.ledger.entries()
        sealed = SealedRows(self.bench.store, named_paths(entries))
        rows: list[Row] = exceptions_within(sealed, entries, period, pa.array([VAULT])).to_pylist()
        return rows


def of(item: str, night: int, class_: Class = Class.FAILED) -> Finding:
    return finding(night, class_, item_key=item, subject=item, vault_id=VAULT)


def ends(item: str, night: int) -> Any:
    told = proofs([job("good", at(night))], [point("p", at(night, 22.2))])
    return type(told)(
        jobs={item: told.jobs[next(iter(told.jobs))]}, points={item: told.points[next(iter(told.points))]}
    )


def test_each_that_stands_or_moved_is_told_with_owner_state_approval_and_proof() -> None:
    office = Office()
    owner = lambda one: ("dba", "r1") if one.finding.subject != "old" else None  # noqa: E731 - said once
    office.assess(
        0,
        [
            of("old", 0),
            of("mended", 0),
            replace(of("risk", 0), at=at(0, 23)),
            of("wanted", 0, Class.RETENTION_SHORTENED),
        ],
        owner=owner,
    )
    keys = {one.finding.subject: key for key, one in office.fast.by_key.items()}
    office.assess(6, [of(name, 6) for name in ("old", "mended", "risk")], owner=owner)
    office.decide(keys["risk"], Act.ACCEPT, approver="Bo", reason="soon", until=day(30))
    office.decide(keys["wanted"], Act.CLOSE, approver="Bo", reason="CHG1", closure=Closure.APPROVED)
    office.decide(keys["old"], Act.ACKNOWLEDGE)
    office.assess(9, [of("old", 9), of("risk", 9), of("fresh", 9)], proofs=ends("mended", 8), owner=owner)
    rows = office.week(7, 13)
    told = [(row["subject"], row["state"], row["moved"], row["previous_state"]) for row in rows]
    assert told[:2] == [("old", "acknowledged", "decided", "open"), ("risk", "accepted", "decided", "open")]
    assert set(told[2:]) == {
        ("fresh", "open", "new", None),
        ("mended", "closed", "closed", "open"),
        ("wanted", "closed", "closed", "open"),
    }
    by_name = {row["subject"]: row for row in rows}
    assert [row["place"] for row in rows] == [1, 2, 3, 4, 5]
    assert {row["night"] for row in rows} == {day(9)}
    assert (by_name["risk"]["accepted_until"], by_name["risk"]["approver"]) == (day(30), "Bo")
    assert [by_name[name]["decision_grade"] for name in ("old", "risk", "wanted", "fresh", "mended")] == [
        "C",
        "B",
        "B",
        None,
        None,
    ]
    assert (by_name["mended"]["closed_by_job_id"], by_name["wanted"]["closed_by_job_id"]) == ("good", None)
    assert [by_name[name]["owner"] for name in ("old", "risk")] == [None, "dba"]
    assert (by_name["old"]["age_days"], by_name["old"]["bucket"], by_name["old"]["previous_bucket"]) == (
        9,
        "8-14",
        "4-7",
    )


def test_what_a_week_before_is_not_known_moves_nothing_and_other_vaults_are_left_out() -> None:
    office = Office()
    office.assess(8, [of("old", 8)])
    assert [(row["moved"], row["previous_state"]) for row in office.week(7, 13)] == [(None, None)]
    assert office.week(7, 13, ["/subscriptions/other"]) == []
    assert office.week(0, 6) == []


def test_the_week_before_is_as_it_was_known_before_the_week_even_where_its_night_was_judged_again() -> None:
    office = Office()
    office.assess(6, [of("old", 6)])
    office.assess(9, proofs=ends("old", 8))
    office.assess(6, [of("old", 6)], name="again")
    assert [(row["state"], row["moved"]) for row in office.week(7, 13)] == [("closed", "closed")]


@pytest.mark.parametrize("looks", [3, 7, 9])
def test_what_ended_many_looks_ago_in_the_period_is_still_packed(monkeypatch: pytest.MonkeyPatch, looks: int) -> None:
    for module in ("evidence.runs.exceptions.state", "evidence.packs.judged"):
        monkeypatch.setattr(f"{module}.BATCHES_KEPT", 3)
    office = Office()
    office.assess(0, [of("mended", 0), of("old", 0)])
    office.assess(1, [of("old", 1)], proofs=ends("mended", 1))
    for number in range(looks):
        office.record(2, [of("old", 2), *(of(f"other-{one}", 2) for one in range(number + 1))])
    office.assess(3, [of("old", 3)])
    held = {row["subject"]: row["state"] for row in office.packed(span_period(day(0), day(3)))}
    assert (held["mended"], held["old"]) == ("closed", "open")
    assert "mended" not in {row["subject"] for row in office.packed(span_period(day(3), day(3)))}
