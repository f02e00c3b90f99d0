"""The plan asked for real: in its order, within the budget, and said in the coverage what was left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evidence.records import Capture, CaptureRequest, Coverage, ItemMemory, Kind, Outcome, PointsMemory
from evidence.sources.azure.points import LOG_RANGES
from evidence.sources.azure.quota_words import READS, REMAINING
from evidence.tiers import TierRule
from tests.sources.conftest import Bench
from tests.sources.loopback import Asked, Reply, body, refusal
from tests.sources.world import NIGHT, SQL, VAULT, VM, Row, coverage, item, job, listed, point, request, resource

DAILY = resource(
    "backupPolicies/daily",
    backupManagementType="AzureIaasVM",
    schedulePolicy={
        "schedulePolicyType": "SimpleSchedulePolicy",
        "scheduleRunFrequency": "Daily",
        "scheduleRunTimes": ["2026-11-14T22:00:00Z"],
    },
    retentionPolicy={"dailySchedule": {"retentionDuration": {"count": 180, "durationType": "Days"}}},
)
READ_LATELY = datetime(2026, 11, 10, 6, 30, tzinfo=UTC)


def machine(number: int, last: str | None = "2026-11-14T22:00:05Z") -> Row:
    row = item(f"IaasVMContainer;iaasvmcontainerv2;rg;vm-{number}", f"VM;iaasvmcontainerv2;rg;vm-{number}")
    properties = row["properties"]
    assert isinstance(properties, dict)
    return row | {"properties": properties | {"policyId": DAILY["id"], "lastRecoveryPoint": last}}


def told(bench: Bench, rows: list[Row], points: Reply | None = None) -> None:
    """A vault of these items, each with one point."""
    bench.server.tell("/backupPolicies", listed(DAILY))
    bench.server.tell("/backupProtectedItems", listed(*rows))
    bench.server.tell("/recoveryPoints", points or listed(point(*VM, "1")))
    bench.server.tell("/backupJobs", listed())


def asked_points(bench: Bench) -> list[str]:
    """Names of the items whose points were asked for, in order."""
    return [asked.path.split("/")[-2].rpartition(";")[2] for asked in bench.server.asked_for("/recoveryPoints")]


def knowing(rows: list[Row], **read_at: datetime) -> CaptureRequest:
    """A request that remembers when points were read: lately, but for those named."""
    memory = {
        str(row["id"]).lower(): ItemMemory(read_at.get(str(row["id"]).rpartition(";vm-")[2], READ_LATELY))
        for row in rows
    }
    return replace(request(), points=PointsMemory(NIGHT - timedelta(days=400), {VAULT.vault_id: memory}))


def points_of(capture: Capture) -> Coverage:
    return coverage(capture, Kind.RECOVERY_POINTS)


def test_items_that_the_list_proves_are_not_asked_for_and_that_is_no_gap(bench: Bench) -> None:
    rows = [machine(number) for number in range(1, 200)]
    told(bench, rows)
    row = points_of(bench.capture(knowing(rows)))
    asked = asked_points(bench)
    assert len(asked) < 10
    assert (row.outcome, row.expected, row.answered) == (Outcome.COLLECTED, len(asked), len(asked))
    resting = len(rows) - len(asked)
    assert (
        row.reason == f"{resting} items are not due tonight: the item list tells the last recovery point of {resting}"
    )


def test_where_none_is_due_nothing_is_asked_and_nothing_is_said_to_be_missing_or_empty(bench: Bench) -> None:
    rows = [machine(number) for number in range(1, 40)]
    for _ in range(20):
        told(bench, rows)
        capture = bench.capture(knowing(rows))
        due = [row for row in rows if str(row["id"]).rpartition(";")[2] in asked_points(bench)]
        if not due:
            break
        rows = [row for row in rows if row not in due]
        bench.server.asked.clear()
    row = points_of(capture)
    assert (row.outcome, row.expected, row.collected) == (Outcome.COLLECTED, 0, 0)
    assert "not due tonight" in str(row.reason)


def test_a_vault_without_items_has_no_points(bench: Bench) -> None:
    told(bench, [])
    row = points_of(bench.capture())
    assert (row.outcome, row.expected, row.reason) == (Outcome.COLLECTED_ZERO, 0, None)


def test_a_late_capture_asks_for_every_item(bench: Bench) -> None:
    rows = [machine(number) for number in range(1, 30)]
    told(bench, rows)
    late = replace(knowing(rows), late=True)
    row = points_of(bench.capture(late))
    assert (len(asked_points(bench)), row.outcome, row.expected) == (29, Outcome.COLLECTED, 29)


def test_a_restored_item_is_asked_for_before_all_others(bench: Bench) -> None:
    rows = [machine(number, last=None) for number in range(1, 6)]
    told(bench, rows)
    restore = job("job-r", operation="Restore", start="2026-11-14T23:00:00Z")
    restore["properties"] = {**restore["properties"], "entityFriendlyName": "VM-4"}  # type: ignore[dict-item]  # as `job` makes it
    bench.server.tell("/backupJobs", listed(restore))
    bench.server.tell("/backupJobs/job-r", body(restore))
    bench.capture(knowing(rows))
    assert asked_points(bench)[0] == "vm-4"


def counted(left: list[int], header: str) -> Reply:
    """A list that tells what remains, less each time."""

    def script(_: Asked) -> Reply:
        left[0] -= 1
        return replace(listed(point(*VM, "1")), headers={header: str(left[0])})

    return script  # type: ignore[return-value]  # the server takes either


def test_what_the_budget_did_not_allow_is_coverage_and_the_rest_goes_on(bench: Bench) -> None:
    rows = [machine(number, last=None) for number in range(1, 21)]
    told(bench, rows)
    bench.server.tell("/recoveryPoints", counted([15], REMAINING))
    capture = bench.capture(
        knowing(rows, **{"7": READ_LATELY - timedelta(days=3), "9": READ_LATELY - timedelta(days=2)})
    )
    asked = asked_points(bench)
    assert asked[:2] == ["vm-7", "vm-9"], "the longest unread come first"
    assert len(asked) == 5, "ten are kept for what is essential"
    row = points_of(capture)
    assert (row.outcome, row.expected, row.answered) == (Outcome.PARTIAL, 20, 5)
    assert str(row.reason).startswith("quota: 15 of 20 questions were not asked (vm-")
    assert "and 12 more): 10 questions of recoverypoints remain, which are kept for what is essential" in str(
        row.reason
    )
    assert {one.outcome for one in capture.coverage if one.kind is Kind.JOBS} == {Outcome.COLLECTED_ZERO}


def test_what_is_essential_may_use_up_the_budget(bench: Bench) -> None:
    rows = [machine(number, last=None) for number in range(1, 4)]
    told(bench, rows)
    restore = job("job-r", operation="Restore", start="2026-11-14T23:00:00Z")
    restore["properties"] = {**restore["properties"], "entityFriendlyName": "vm-2"}  # type: ignore[dict-item]  # as `job` makes it
    bench.server.tell("/backupJobs", replace(listed(restore), headers={REMAINING: "3"}))
    bench.server.tell("/backupJobs/job-r", replace(body(restore), headers={REMAINING: "2"}))
    bench.server.tell("/recoveryPoints", counted([4], REMAINING))
    capture = bench.capture(knowing(rows))
    assert coverage(capture, Kind.JOB_DETAILS).outcome is Outcome.COLLECTED
    assert asked_points(bench) == ["vm-2"]


@pytest.mark.parametrize("refused", [refusal(429, retry_after="3000"), refusal(429)], ids=["told", "untold"])
def test_an_action_that_azure_closed_is_not_asked_again_in_the_run(bench: Bench, refused: Reply) -> None:
    rows = [machine(number, last=None) for number in range(1, 11)]
    told(bench, rows)
    bench.server.tell("/recoveryPoints", listed(point(*VM, "1")), listed(point(*VM, "1")), refused)
    source = bench.source(max_attempts=2)
    row = points_of(source.capture(VAULT, knowing(rows)))
    before = len(asked_points(bench))
    assert before <= 4
    assert (row.outcome, row.expected) == (Outcome.PARTIAL, 10)
    assert str(row.reason).startswith("quota: 7 of 10 questions were not asked (")
    again = points_of(source.capture(VAULT, knowing(rows)))
    assert len(asked_points(bench)) == before, "not one more question"
    assert (again.outcome, again.expected, again.answered) == (Outcome.NOT_REACHED, 10, 0)
    assert "Azure answers no more questions of recoverypoints until 2026-11-15" in str(again.reason)


def test_all_waits_of_a_run_together_are_bounded(bench: Bench) -> None:
    rows = [machine(number, last=None) for number in range(1, 11)]
    told(bench, rows)
    bench.server.tell("/recoveryPoints", *[refusal(429, retry_after="40"), listed(point(*VM, "1"))] * 10)
    source = bench.source(max_run_wait_s=100.0)
    row = points_of(source.capture(VAULT, knowing(rows)))
    assert bench.slept == [40.0, 40.0]
    assert (row.outcome, row.answered) == (Outcome.PARTIAL, 2)
    assert "the run has waited nearly 100 s in all, which is all it may" in str(row.reason)
    bench.slept.clear()
    source.capture(VAULT, replace(knowing(rows), run_id="run-2"))
    assert sum(bench.slept) <= 100, "another run has its own"


def test_a_closed_subscription_is_closed_for_every_kind_and_vault(bench: Bench) -> None:
    bench.server.tell("/backupPolicies", refusal(429, "SubscriptionRequestsThrottled", retry_after="500"))
    source = bench.source()
    source.capture(VAULT, request())
    before = len(bench.server.asked)
    other = replace(VAULT, vault_id=VAULT.vault_id.replace("rsv-main", "rsv-other"), name="rsv-other")
    capture = source.capture(other, request())
    assert len(bench.server.asked) == before
    assert capture.calls == ()
    assert {row.outcome for row in capture.coverage if row.expected} == {Outcome.NOT_REACHED}
    assert all("quota: " in str(row.reason) for row in capture.coverage if row.expected)


def test_a_short_closing_is_waited_for_before_the_question_is_sent(bench: Bench) -> None:
    bench.server.tell("/backupPolicies", refusal(429, "SubscriptionRequestsThrottled", retry_after="50"))
    capture = bench.capture(max_attempts=1)
    assert [round(slept) for slept in bench.slept] == [50]
    (items,) = (call for call in capture.calls if call.kind is Kind.PROTECTED_ITEMS)
    assert (items.outcome, round(items.attempts[0].waited_s)) == ("ok", 50)


def test_reads_of_a_subscription_that_run_out_are_waited_for_a_moment(bench: Bench) -> None:
    rows = [machine(number, last=None) for number in range(1, 4)]
    told(bench, rows)
    bench.server.tell("/recoveryPoints", counted([8], READS))
    row = points_of(bench.capture(knowing(rows)))
    assert row.outcome is Outcome.COLLECTED
    assert bench.slept == [1.0, 1.0]


def test_tiers_come_first_where_all_else_is_equal(bench: Bench) -> None:
    rows = [machine(number, last=None) for number in range(1, 6)]
    told(bench, rows)
    rules = (TierRule.model_validate({"match": {"name": "vm-5"}, "tier": 0}),)
    bench.capture(knowing(rows), tiers=rules)
    assert asked_points(bench)[0] == "vm-5"


@pytest.mark.parametrize(
    ("end", "asked"),
    [("2026-11-14T20:00:00Z", 1), ("2026-11-14T05:00:00Z", 2), (None, 2)],
    ids=["tonight", "before", "none"],
)
def test_log_ranges_are_asked_for_where_the_first_answer_leaves_them_open(
    bench: Bench, end: str | None, asked: int
) -> None:
    ranges = [{"startTime": "2026-11-01T00:00:00Z", "endTime": end}] if end else []
    path = f"{item(*SQL)['id']}/recoveryPoints/DefaultRangeRecoveryPoint"
    bench.server.tell(f"/{SQL[1]}/recoveryPoints", listed({"id": path, "properties": {"timeRanges": ranges}}))
    capture = bench.capture()
    filters = [
        call.filter for call in capture.calls if call.kind is Kind.RECOVERY_POINTS and "SQL" in str(call.subject)
    ]
    assert filters == [None, LOG_RANGES][:asked]


def test_log_ranges_that_the_budget_does_not_allow_are_said(bench: Bench) -> None:
    bench.server.tell("/backupProtectedItems", listed(item(*SQL, management_type="AzureWorkload")))
    bench.server.tell(f"/{SQL[1]}/recoveryPoints", replace(listed(point(*SQL, "3")), headers={REMAINING: "10"}))
    row = points_of(bench.capture())
    assert (row.outcome, row.expected, row.answered) == (Outcome.PARTIAL, 2, 1)
    assert str(row.reason).startswith("quota: 1 of 2 questions were not asked (orders)")
