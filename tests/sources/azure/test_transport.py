"""What the way between us and Azure does to a call: each attempt is recorded, waiting is bounded."""

from __future__ import annotations

import pytest

from evidence.records import Call, Capture, Kind, Outcome
from tests.sources.conftest import Bench
from tests.sources.loopback import Reply, body, refusal
from tests.sources.world import VAULT, VM, coverage, item, job, listed, request

ITEMS = "/backupProtectedItems"
GOOD = listed(item(*VM))
TEXT = (
    "Number of requests for action 'Microsoft.RecoveryServices/vaults/backupProtectedItems/read' exceeded the limit of "
    "'150' for time interval '01:00:00'. Please try again after '{}' seconds."
)


def items(capture: Capture) -> Call:
    (call,) = (call for call in capture.calls if call.kind is Kind.PROTECTED_ITEMS)
    return call


@pytest.mark.parametrize(
    ("refused", "wait"),
    [
        (refusal(429, retry_after="7"), 7.0),
        (refusal(429, "ResourceRequestsThrottled", TEXT.format(24)), 24.0),
        (refusal(429), 1.0),
        (refusal(429, retry_after="Sun, 15 Nov 2026 06:30:30 GMT", date="Sun, 15 Nov 2026 06:30:20 GMT"), 10.0),
        (refusal(429, x_ms_retry_after_ms="1500"), 1.5),
        (refusal(503, retry_after="3"), 3.0),
        (refusal(500, "RestApiInternalError"), 1.0),
        (refusal(502), 1.0),
        (refusal(504, "GatewayTimeout"), 1.0),
        (refusal(408), 1.0),
        (Reply(500, b"<html>"), 1.0),
    ],
)
def test_a_refusal_for_now_is_tried_again_after_its_own_wait(bench: Bench, refused: Reply, wait: float) -> None:
    bench.server.tell(ITEMS, refused, GOOD)
    call = items(bench.capture())
    assert (call.outcome, call.rows) == ("ok", 1)
    assert bench.slept == [wait]
    assert [attempt.status for attempt in call.attempts] == [refused.status, 200]
    assert [attempt.waited_s for attempt in call.attempts] == [0.0, wait]
    assert call.attempts[0].body == refused.body
    assert call.attempts[0].sha256 is not None


def test_a_longer_wait_than_allowed_gives_up_and_names_the_quota(bench: Bench) -> None:
    bench.server.tell(ITEMS, refusal(429, "ResourceRequestsThrottled", TEXT.format(324)))
    capture = bench.capture()
    assert bench.slept == []
    assert len(items(capture).attempts) == 1
    row = coverage(capture, Kind.PROTECTED_ITEMS)
    assert row.outcome is Outcome.NOT_REACHED
    assert str(row.reason).startswith("quota: Azure asks to wait 324 s, a call may wait 120 s; HTTP 429")


def test_waits_add_up_within_one_call(bench: Bench) -> None:
    bench.server.tell(ITEMS, refusal(429, retry_after="50"))
    capture = bench.capture()
    assert bench.slept == [50.0, 50.0]
    assert "100 s of which are spent" in str(items(capture).reason)


def test_attempts_are_bounded_where_no_wait_is_named(bench: Bench) -> None:
    bench.server.tell(ITEMS, refusal(429))
    call = items(bench.capture(max_attempts=3))
    assert (len(call.attempts), bench.slept) == (3, [1.0, 2.0])
    assert str(call.reason).startswith("quota: given up after 3 attempts; HTTP 429")


def test_a_kind_that_is_throttled_for_long_is_not_asked_further(bench: Bench) -> None:
    jobs = [job(f"job-{number}", "Failed") for number in range(10)]
    bench.server.tell("/backupJobs", listed(*jobs))
    bench.server.tell("/backupJobs", listed(), filtered="MAB")
    for number in range(10):
        bench.server.tell(f"/backupJobs/job-{number}", body(jobs[number]))
    bench.server.tell("/backupJobs/job-4", refusal(429, retry_after="3000"))
    capture = bench.capture()
    row = coverage(capture, Kind.JOB_DETAILS)
    assert (row.outcome, row.expected, row.answered, row.collected) == (Outcome.PARTIAL, 10, 4, 4)
    assert str(row.reason).startswith(
        "quota: 5 of 10 questions were not asked (job-5, job-6, job-7 and 2 more): Azure asks to wait 3000 s"
    )
    assert coverage(capture, Kind.RECOVERY_POINTS).outcome is Outcome.COLLECTED, (
        "another action has a budget of its own"
    )


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410])
def test_a_definite_no_is_not_tried_again(bench: Bench, status: int) -> None:
    bench.server.tell(ITEMS, refusal(status))
    call = items(bench.capture())
    assert (call.outcome, bench.slept) == ("error", [])
    assert [attempt.status for attempt in call.attempts] == [status]


@pytest.mark.parametrize("fault", ["reset", "cut"])
def test_a_connection_that_breaks_is_recorded_and_tried_again(bench: Bench, fault: str) -> None:
    bench.server.tell(ITEMS, Reply(200, GOOD.body, fault=fault), GOOD)
    call = items(bench.capture())
    broken, good = call.attempts
    assert (call.outcome, good.error, good.body) == ("ok", None, GOOD.body)
    assert broken.error is not None
    assert "0x" not in broken.error
    assert (broken.body, broken.sha256) == (b"", None)
    assert broken.status == (200 if fault == "cut" else None)


@pytest.mark.parametrize("fault", ["reset", "cut"])
def test_a_connection_that_keeps_breaking_is_an_error_and_no_empty_list(bench: Bench, fault: str) -> None:
    bench.server.tell(ITEMS, Reply(200, GOOD.body, fault=fault))
    capture = bench.capture()
    call = items(capture)
    assert (call.outcome, call.rows, len(call.attempts)) == ("error", None, 5)
    assert bench.slept == [1.0, 2.0, 4.0, 8.0]
    row = coverage(capture, Kind.PROTECTED_ITEMS)
    assert row.outcome is Outcome.NOT_REACHED
    assert str(row.reason).startswith("given up after 5 attempts; no whole answer came: ")


def test_a_body_cut_where_no_length_was_told_is_unreadable(bench: Bench) -> None:
    bench.server.tell(ITEMS, Reply(200, GOOD.body, fault="unsized"))
    call = items(bench.capture())
    assert call.outcome == "unreadable"
    assert call.last.body == GOOD.body[: len(GOOD.body) // 2]


def test_an_answer_that_stalls_is_given_up_after_the_read_timeout(bench: Bench) -> None:
    bench.server.tell(ITEMS, Reply(fault="stall"))
    call = items(bench.capture(read_timeout_s=0.1, max_attempts=2))
    assert [attempt.status for attempt in call.attempts] == [None, None]
    assert all("timed out" in str(attempt.error).lower() for attempt in call.attempts)
    assert call.outcome == "error"


def test_a_server_that_is_not_there_is_recorded(bench: Bench) -> None:
    source = bench.source(endpoint="http://127.0.0.1:9", max_attempts=2, connect_timeout_s=0.5)
    capture = source.capture(VAULT, request())
    assert {row.outcome for row in capture.coverage} == {Outcome.NOT_REACHED}
    assert {len(call.attempts) for call in capture.calls} == {2}
    assert all("refused" in str(call.reason).lower() for call in capture.calls)
