"""Which runs become findings: one a bad run, with patience where a single one proves little."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from evidence.assess.about import About
from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.slot_findings import CLASSES, Runs, slot_findings
from evidence.assess.slots.values import GOOD, OPEN, Expected, Judged, Outcome, Part

FIRST = datetime(2026, 11, 20, 22, tzinfo=UTC)
VM = About("/v1", "/v1/vm1", "vm1", "VM")
TOP = About("/v1", "/v1/vm1", "vm1", "VM", tier=0)


def run(day: int, outcome: Outcome, *, part: Part = Part.FULL, jobs: tuple[str, ...] = ()) -> Judged:
    at = FIRST + timedelta(days=day)
    slot = Expected("/v1", "/v1/vm1", part, at, at + timedelta(hours=24), at + timedelta(hours=30), None, "/p", "ab")
    family = "CommandFailed" if outcome is Outcome.FAILED else None
    return Judged(slot, outcome, "As told.", date(2026, 11, 20) + timedelta(days=day), jobs, error_family=family)


def found(*outcomes: Outcome, about: About = VM) -> Sequence[Finding]:
    """Findings of the last of some runs in a row."""
    runs = [run(day, outcome) for day, outcome in enumerate(outcomes)]
    return list(slot_findings([Runs(about, runs[-1:], runs[:-1])]))


@pytest.mark.parametrize("outcome", sorted(set(CLASSES) - {Outcome.SILENT, Outcome.UNKNOWN}))
def test_a_bad_run_is_a_finding_on_its_first_night(outcome: Outcome) -> None:
    (finding,) = found(outcome)
    assert (finding.class_, finding.part, finding.slots) == (CLASSES[outcome][0], "full", 1)
    assert (finding.at, finding.night, finding.item_key) == (FIRST, date(2026, 11, 20), "/v1/vm1")


@pytest.mark.parametrize("outcome", sorted({*GOOD, Outcome.NOT_EXPECTED, Outcome.PENDING}))
def test_what_is_good_or_open_is_no_finding(outcome: Outcome) -> None:
    assert found(outcome, outcome, outcome) == []


def test_every_outcome_is_either_told_or_named_here() -> None:
    assert set(Outcome) == {*CLASSES, *GOOD, Outcome.NOT_EXPECTED, Outcome.PENDING}
    assert Outcome.UNKNOWN in OPEN


def test_a_silence_is_told_at_once_where_the_item_matters_most_and_else_from_the_second_run_on() -> None:
    assert found(Outcome.SILENT) == []
    (top,) = found(Outcome.SILENT, about=TOP)
    (second,) = found(Outcome.SILENT, Outcome.SILENT)
    assert (top.severity, top.slots, second.severity, second.slots) == (Severity.CRITICAL, 1, Severity.ERROR, 2)


def test_what_was_not_read_is_told_from_the_second_run_in_a_row_on() -> None:
    assert found(Outcome.UNKNOWN, about=TOP) == []
    assert found(Outcome.UNKNOWN, Outcome.SUCCESS, Outcome.UNKNOWN) == []
    (finding,) = found(Outcome.UNKNOWN, Outcome.NOT_EXPECTED, Outcome.UNKNOWN)
    assert (finding.class_, finding.slots) == (Class.UNKNOWN, 2)


def test_runs_of_another_part_are_not_counted_in_a_row() -> None:
    log = run(0, Outcome.FAILED, part=Part.LOG)
    (finding,) = slot_findings([Runs(VM, [run(1, Outcome.FAILED)], [log])])
    assert finding.slots == 1


def test_runs_judged_again_are_told_beside_that_of_the_night_in_their_order() -> None:
    again, tonight = run(0, Outcome.FAILED), run(1, Outcome.FAILED)
    first, second = slot_findings([Runs(VM, [tonight, again])])
    assert [(one.night.day, one.slots) for one in (first, second)] == [(20, 1), (21, 2)]
    assert "2 runs in a row" in second.summary
    assert "CommandFailed" in second.summary


def test_the_last_job_that_has_one_gives_the_recommendation() -> None:
    judged = run(0, Outcome.FAILED, jobs=("a", "b", "c"))
    (finding,) = slot_findings([Runs(VM, [judged], recommendations={"a": "Wait.", "b": "Restart the agent."})])
    assert (finding.recommendation, finding.job_ids) == ("Restart the agent.", ("a", "b", "c"))
    assert "(3 jobs)" in finding.summary
