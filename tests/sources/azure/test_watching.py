"""Looks between nights: what is asked, that the night's budget stays the night's, and that nothing unread looks like nothing there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evidence.nights import Window
from evidence.records import Capture, Kind, Outcome
from evidence.sources.watching import WatchRequest
from tests.sources.backup_world import BACKUP_VAULT, whole_backup_vault
from tests.sources.backup_world import job as backup_job
from tests.sources.conftest import Bench
from tests.sources.loopback import Reply, body, refusal
from tests.sources.world import NIGHT, VAULT, coverage, job, listed, request

NOW = datetime(2026, 11, 15, 6, 30, tzinfo=UTC)
REQUEST = WatchRequest(NIGHT, "watch-1", Window(NOW - timedelta(hours=24), NOW + timedelta(minutes=5)))
REMAINING = "x_ms_ratelimit_remaining_subscription_resource_requests"
SAYS_324 = (
    "Number of requests for action 'Microsoft.RecoveryServices/vaults/backupJobs/read' exceeded the limit of '150' for "
    "time interval '01:00:00'. Please try again after '324' seconds."
)


@pytest.fixture(autouse=True)
def _told(bench: Bench) -> None:
    whole_backup_vault(bench.server)
    bench.server.tell("/backupJobs", listed(job("failed-1", "Failed")), filtered="status eq 'Failed'")
    bench.server.tell("/backupJobs", listed(), filtered="status eq 'CompletedWithWarnings'")


def watch(bench: Bench, **options: object) -> Capture:
    return bench.source(**options).watch(VAULT, REQUEST)


def jobs(capture: Capture) -> tuple[Outcome, int]:
    row = coverage(capture, Kind.JOBS)
    return row.outcome, row.collected


def test_one_small_list_a_state_is_asked_and_nothing_else(bench: Bench) -> None:
    found = watch(bench)
    assert jobs(found) == (Outcome.COLLECTED, 1)
    assert [asked.filter for asked in bench.server.asked] == [
        f"status eq '{status}' and startTime eq '2026-11-14 06:30:00 AM' and endTime eq '2026-11-15 06:35:00 AM'"
        for status in ("Failed", "CompletedWithWarnings")
    ]
    assert [row.kind for row in found.coverage] == [Kind.JOBS]
    assert {call.outcome for call in found.calls} == {"ok"}


def test_of_a_backup_vault_its_whole_list_is_asked(bench: Bench) -> None:
    found = bench.source().watch(BACKUP_VAULT, REQUEST)
    assert len(bench.server.asked) == 1
    assert coverage(found, Kind.JOBS).outcome is Outcome.COLLECTED
    assert len(found.calls) == 1


def test_a_refusal_is_never_no_failures(bench: Bench) -> None:
    bench.server.tell("/backupJobs", refusal(403, "AuthorizationFailed"), filtered="status eq")
    row = coverage(watch(bench), Kind.JOBS)
    assert row.outcome is Outcome.NOT_REACHED
    assert "403" in (row.reason or "")


def test_one_list_of_two_is_partial_and_what_it_told_is_kept(bench: Bench) -> None:
    bench.server.tell("/backupJobs", refusal(403), filtered="CompletedWithWarnings")
    assert jobs(watch(bench)) == (Outcome.PARTIAL, 1)


def test_jobs_outside_the_window_make_the_list_doubtful(bench: Bench) -> None:
    old = job("old", "Failed", start="2026-11-10T22:00:00Z")
    bench.server.tell("/backupJobs", listed(old), filtered="status eq 'Failed'")
    assert coverage(watch(bench), Kind.JOBS).outcome is Outcome.PARTIAL


@pytest.mark.parametrize(
    "answer",
    [
        refusal(429, "ResourceRequestsThrottled", SAYS_324),
        refusal(429, "ResourceRequestsThrottled", "no", retry_after="324"),
    ],
    ids=["text", "header"],
)
def test_after_a_429_the_vault_is_left_alone_as_long_as_azure_asks(bench: Bench, answer: Reply) -> None:
    source = bench.source(max_wait_s=5.0)
    bench.server.tell("/backupJobs", answer, filtered="status eq")
    for _ in range(3):
        row = coverage(source.watch(VAULT, REQUEST), Kind.JOBS)
        assert row.outcome is Outcome.NOT_REACHED
        assert (row.reason or "").startswith("quota:")
    assert len(bench.server.asked) == 1, "what Azure has closed is not asked before it opens"
    assert bench.slept == [], "a look does not wait for it"
    clock = source.line.clock
    clock.reach(clock.now() + timedelta(seconds=325))
    bench.server.tell("/backupJobs", listed(), filtered="status eq")
    assert jobs(source.watch(VAULT, REQUEST)) == (Outcome.COLLECTED_ZERO, 0)


def test_another_vault_is_asked_while_one_rests(bench: Bench) -> None:
    source = bench.source(max_wait_s=5.0)
    bench.server.tell("/backupJobs", refusal(429, "ResourceRequestsThrottled", SAYS_324), filtered="status eq")
    source.watch(VAULT, REQUEST)
    bench.server.tell("/backupJobs", listed(), filtered="status eq")
    other = replace(VAULT, vault_id=VAULT.vault_id.replace("rsv-main", "rsv-other"), name="rsv-other")
    assert jobs(source.watch(other, REQUEST)) == (Outcome.COLLECTED_ZERO, 0)


def test_the_reserve_is_left_to_the_night_which_is_still_served(bench: Bench) -> None:
    source = bench.source(quota_reserve=60)
    bench.server.tell("/backupJobs", body({"value": []}, 200, **{REMAINING: "60"}), filtered="status eq")
    bench.server.tell("/backupJobs", body({"value": []}, 200, **{REMAINING: "59"}))
    first = coverage(source.watch(VAULT, REQUEST), Kind.JOBS)
    assert first.outcome is Outcome.PARTIAL, "the first list told that the reserve is reached"
    before = len(bench.server.asked)
    row = coverage(source.watch(VAULT, REQUEST), Kind.JOBS)
    assert row.outcome is Outcome.NOT_REACHED
    assert "kept for what is essential" in (row.reason or "")
    assert len(bench.server.asked) == before
    night = source.capture(VAULT, request())
    assert coverage(night, Kind.JOBS).outcome is not Outcome.NOT_REACHED, "the night asks for its list all the same"


def test_looks_leave_nothing_behind_that_grows(bench: Bench) -> None:
    source = bench.source()
    for number in range(3):
        source.watch(VAULT, replace(REQUEST, run_id=f"watch-{number}"))
    assert source.waits == {}


def test_a_failed_job_of_a_backup_vault_comes_with_its_list(bench: Bench) -> None:
    bench.server.tell(f"{BACKUP_VAULT.name}/backupJobs", listed(backup_job("b1", "Failed"), backup_job("b2")))
    assert jobs(bench.source().watch(BACKUP_VAULT, REQUEST)) == (Outcome.COLLECTED, 2)
