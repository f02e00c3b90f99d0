"""Outcomes of one run by its jobs and points, each worked out by hand: chains, sources that were not read, jobs of nobody.

The night is that of Tuesday 10 November 2026 UTC, `[11-10 06:00, 11-11 06:00)`, seen two nights later with everything read, unless a case
tells otherwise. A slot is written as its part (full where none is written) and its time.
"""

from __future__ import annotations

import pytest

from evidence.assess.slots.values import Outcome
from tests.assess.slots.cases import (
    AT_23,
    DAILY,
    J_FAILED,
    J_OK,
    P_OK,
    P_RETRY,
    RETRY,
    SNAPSHOT,
    VAULTED,
    Case,
    check,
)
from tests.assess.slots.given import (
    job,
    point,
    read,
)

ONE_VM = [
    Case("completed with its point", [DAILY], {AT_23: "success"}, [J_OK], [P_OK]),
    Case("begins within two hours", [DAILY], {AT_23: "success"}, [job("11-11 00:59", "11-11 02:00")], [point("11-11 00:59:09")]),
    Case("begins three minutes early by its clock", [DAILY], {AT_23: "success"}, [job("11-10 22:57", "11-10 23:30")], [point("11-10 22:57:05")]),
    Case("the night before's job is another slot's", [DAILY], {AT_23: "silent"}, [job("11-10 22:50", "11-10 22:58")], [point("11-10 22:50:05")]),
    Case("failed", [DAILY], {AT_23: "failed"}, [J_FAILED]),
    Case("failed, known the same morning", [DAILY], {AT_23: "failed"}, [J_FAILED], as_of="11-11 06:30"),
    Case("failed, points not read", [DAILY], {AT_23: "failed"}, [J_FAILED], sources=read("11-12 06:00")),
    Case("failed, then completed", [DAILY], {AT_23: "failed_recovered"}, [RETRY, J_FAILED], [P_RETRY]),
    Case("failed twice, then completed by a person", [DAILY], {AT_23: "failed_recovered"}, [J_FAILED, job("11-11 00:10", "11-11 00:11", "Failed", name="j3"), job("11-11 09:00", "11-11 10:00", name="j4", by_person=True)], [point("11-11 09:00:04", tiers=VAULTED)]),
    Case("failed, then a point that an ambiguous job made", [DAILY], {AT_23: "failed_recovered"}, [J_FAILED, job("11-11 01:00", "11-11 02:00", name="j2", link="ambiguous")], [P_RETRY]),
    Case("failed with a snapshot of its own", [DAILY], {AT_23: "failed"}, [J_FAILED], [point("11-10 23:10:05", tiers=SNAPSHOT)]),
    Case("completed, then a later job failed", [DAILY], {AT_23: "success"}, [J_OK, job("11-11 10:00", "11-11 10:05", "Failed", name="j2")], [P_OK]),
    Case("cancelled", [DAILY], {AT_23: "cancelled"}, [job("11-10 23:10", "11-10 23:20", "Cancelled", title="UserErrorJobSuccessfullyCancelled")]),
    Case("failed, and its retry cancelled", [DAILY], {AT_23: "failed"}, [J_FAILED, job("11-11 01:00", "11-11 01:10", "Cancelled", name="j2")]),
    Case("cancelled, then completed", [DAILY], {AT_23: "success"}, [job("11-10 23:10", "11-10 23:20", "Cancelled", name="j0"), RETRY], [P_RETRY]),
    Case("completed with warnings", [DAILY], {AT_23: "warning"}, [job("11-10 23:10", "11-11 00:30", "CompletedWithWarnings")], [point("11-10 23:10:05", tiers=SNAPSHOT)]),
    Case("completed with warnings, though in the vault", [DAILY], {AT_23: "warning"}, [job("11-10 23:10", "11-11 00:30", "CompletedWithWarnings")], [P_OK]),
    Case("warnings, then failed", [DAILY], {AT_23: "failed"}, [job("11-10 23:10", "11-11 00:30", "CompletedWithWarnings"), job("11-11 01:00", "11-11 02:00", "Failed", name="j2")]),
    Case("warnings, then completed", [DAILY], {AT_23: "success"}, [job("11-10 23:10", "11-11 00:30", "CompletedWithWarnings"), RETRY], [P_RETRY]),
    Case("completed, a snapshot alone", [DAILY], {AT_23: "warning"}, [J_OK], [point("11-10 23:10:05", tiers=SNAPSHOT)]),
    Case("completed, its vault copy deleted", [DAILY], {AT_23: "warning"}, [J_OK], [point("11-10 23:10:05", tiers=("InstantRP=Valid", "HardenedRP=Deleted"))]),
    Case("completed, tiers not told", [DAILY], {AT_23: "success"}, [J_OK], [point("11-10 23:10:05")]),
    Case("completed, soft-deleted since", [DAILY], {AT_23: "success"}, [J_OK], [point("11-10 23:10:05", tiers=VAULTED, soft_deleted=True)]),
    Case("completed, no point", [DAILY], {AT_23: "success_no_point"}, [J_OK], [point("11-09 23:10:05")]),
    Case("completed, points not read", [DAILY], {AT_23: "unknown"}, [J_OK], sources=read("11-12 06:00")),
    Case("completed, points read before it ended", [DAILY], {AT_23: "unknown"}, [J_OK], sources=read("11-12 06:00", "11-11 00:00")),
    Case("completed, points not read but this one known", [DAILY], {AT_23: "success"}, [J_OK], [P_OK], sources=read("11-12 06:00")),
    Case("running in its window", [DAILY], {AT_23: "pending"}, [job("11-10 23:10", None, "InProgress")], as_of="11-11 06:30"),
    Case("failed, and its retry runs", [DAILY], {AT_23: "pending"}, [J_FAILED, job("11-11 05:00", None, "InProgress", name="j2")], as_of="11-11 06:30"),
    Case("running, its snapshot is there", [DAILY], {AT_23: "pending"}, [job("11-10 23:10", None, "InProgress")], [point("11-10 23:10:05", tiers=SNAPSHOT)], as_of="11-11 06:30"),
    Case("running after its window", [DAILY], {AT_23: "running_late"}, [job("11-10 23:10", None, "InProgress")]),
    Case("being cancelled after its window", [DAILY], {AT_23: "running_late"}, [job("11-10 23:10", None, "Cancelling")]),
    Case("running when last read, never seen since", [DAILY], {AT_23: "unknown"}, [job("11-10 23:10", None, "InProgress")], sources=read("11-11 06:00", "11-11 06:30")),
    Case("a status that nobody knows", [DAILY], {AT_23: "unknown"}, [job("11-10 23:10", "11-10 23:40", "Paused")]),
    Case("no status", [DAILY], {AT_23: "unknown"}, [job("11-10 23:10", "11-10 23:40", "")]),
    Case("overdue", [DAILY], {AT_23: "pending"}, as_of="11-11 06:30"),
    Case("one minute before it is final", [DAILY], {AT_23: "pending"}, as_of="11-12 04:59"),
    Case("final", [DAILY], {AT_23: "silent"}, as_of="11-12 05:00"),
    Case("silent", [DAILY], {AT_23: "silent"}),
    Case("not yet due", [DAILY], {AT_23: "pending"}, as_of="11-10 20:00"),
    Case("not yet due, nothing read", [DAILY], {AT_23: "pending"}, sources=read(), as_of="11-10 20:00"),
    Case("final, but jobs read before", [DAILY], {AT_23: "unknown"}, sources=read("11-11 06:00", "11-12 12:00")),
    Case("final, points not read", [DAILY], {AT_23: "unknown"}, sources=read("11-12 06:00")),
    Case("final, points read before", [DAILY], {AT_23: "unknown"}, sources=read("11-12 06:00", "11-11 06:30")),
    Case("jobs not read", [DAILY], {AT_23: "unknown"}, sources=read(None, "11-12 06:30", "HTTP 403")),
    Case("jobs not read, one is known to have failed", [DAILY], {AT_23: "unknown"}, [J_FAILED], sources=read(None, "11-12 06:30")),
    Case("jobs not read, a point is known", [DAILY], {AT_23: "unknown"}, [], [P_OK], sources=read(None, "11-12 06:30")),
    Case("no job, but a point", [DAILY], {AT_23: "success"}, [], [P_OK]),
    Case("no job, a snapshot alone", [DAILY], {AT_23: "warning"}, [], [point("11-10 23:10:05", tiers=SNAPSHOT)]),
    Case("no job, a snapshot alone, early", [DAILY], {AT_23: "pending"}, [], [point("11-10 23:10:05", tiers=SNAPSHOT)], as_of="11-11 06:30"),
    Case("on demand alone", [DAILY], {AT_23: "success"}, [job("11-11 09:00", "11-11 10:00", by_person=True)], [point("11-11 09:00:05", tiers=VAULTED)]),
    Case("one job told twice", [DAILY], {AT_23: "success"}, [J_OK, J_OK], [P_OK]),
]  # fmt: skip

AMBIGUOUS = [
    Case("ambiguous, with a point of this item", [DAILY], {AT_23: "success"}, [job("11-10 23:10", "11-11 00:30", link="ambiguous")], [P_OK]),
    Case("ambiguous, points not read", [DAILY], {AT_23: "unknown"}, [job("11-10 23:10", "11-11 00:30", link="ambiguous")], sources=read("11-12 06:00")),
    Case("ambiguous, no point, early", [DAILY], {AT_23: "pending"}, [job("11-10 23:10", "11-11 00:30", link="ambiguous")], as_of="11-11 06:30"),
    Case("ambiguous, no point, final", [DAILY], {AT_23: "success_no_point"}, [job("11-10 23:10", "11-11 00:30", link="ambiguous")]),
    Case("ambiguous and failed, no point", [DAILY], {AT_23: "failed"}, [job("11-10 23:10", "11-10 23:30", "Failed", link="ambiguous")], as_of="11-11 06:30"),
    Case("ambiguous and failed, with a point", [DAILY], {AT_23: "success"}, [job("11-10 23:10", "11-10 23:30", "Failed", link="ambiguous")], [P_OK]),
    Case("two of one name, one failed, a point", [DAILY], {AT_23: "success"}, [job("11-10 23:10", "11-10 23:30", "Failed", link="ambiguous"), job("11-10 23:11", "11-11 00:30", name="j2", link="ambiguous")], [P_OK]),
    Case("two of one name, one failed, no point", [DAILY], {AT_23: "failed"}, [job("11-10 23:10", "11-10 23:30", "Failed", link="ambiguous"), job("11-10 23:11", "11-11 00:30", name="j2", link="ambiguous")]),
    Case("ambiguous, still running", [DAILY], {AT_23: "pending"}, [job("11-10 23:10", None, "InProgress", link="ambiguous")], as_of="11-11 06:30"),
    Case("unlinked, no point", [DAILY], {AT_23: "silent"}, [job("11-10 23:10", "11-11 00:30", link="unlinked")]),
    Case("unlinked, with a point of this item", [DAILY], {AT_23: "success"}, [job("11-10 23:10", "11-11 00:30", link="unlinked")], [P_OK]),
]  # fmt: skip

CASES = [*ONE_VM, *AMBIGUOUS]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_outcomes(case: Case) -> None:
    check(case)


def test_the_cases_show_every_outcome_of_a_run_that_was_due() -> None:
    shown = {outcome for case in CASES for outcome in case.expected.values()}
    assert shown == {str(outcome) for outcome in Outcome} - {Outcome.NOT_EXPECTED}
