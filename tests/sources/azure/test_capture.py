"""One vault read whole: every kind, every call, in order and verbatim."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from evidence.nights import look_back
from evidence.records import KINDS_OF, RECOVERY_SERVICES, CaptureRequest, Kind, Outcome
from tests.sources.conftest import Bench
from tests.sources.loopback import body, refusal
from tests.sources.world import (
    APPLICATION,
    NIGHT,
    PRINCIPAL,
    SQL,
    TENANT,
    VAULT,
    VM,
    coverage,
    item,
    job,
    listed,
    point,
    request,
    token,
)


def test_a_whole_vault_is_collected_kind_by_kind(bench: Bench) -> None:
    capture = bench.capture()
    assert [row.kind for row in capture.coverage] == list(KINDS_OF[RECOVERY_SERVICES])
    told = {row.kind: (row.outcome, row.expected, row.answered, row.collected) for row in capture.coverage}
    assert told == {
        Kind.VAULT: (Outcome.COLLECTED, 1, 1, 1),
        Kind.VAULT_CONFIG: (Outcome.COLLECTED, 1, 1, 1),
        Kind.STORAGE_CONFIG: (Outcome.COLLECTED, 1, 1, 1),
        Kind.ENCRYPTION_CONFIG: (Outcome.COLLECTED, 1, 1, 1),
        Kind.GUARD_PROXIES: (Outcome.COLLECTED_ZERO, 1, 1, 0),
        Kind.POLICIES: (Outcome.COLLECTED, 1, 1, 1),
        Kind.PROTECTED_ITEMS: (Outcome.COLLECTED, 1, 1, 2),
        Kind.CONTAINERS: (Outcome.COLLECTED, 2, 2, 1),
        Kind.BACKUP_ENGINES: (Outcome.COLLECTED_ZERO, 0, 0, 0),
        Kind.JOBS: (Outcome.COLLECTED, 1, 1, 2),
        Kind.CROSS_REGION_JOBS: (Outcome.COLLECTED_ZERO, 0, 0, 0),
        Kind.JOB_DETAILS: (Outcome.COLLECTED, 1, 1, 1),
        Kind.RECOVERY_POINTS: (Outcome.COLLECTED, 3, 3, 4),
    }
    assert {row.kind for row in capture.coverage if row.reason} == {
        Kind.CONTAINERS,
        Kind.BACKUP_ENGINES,
        Kind.JOBS,
        Kind.CROSS_REGION_JOBS,
    }, "what was not due, or cannot be, is said"


def test_calls_are_numbered_without_gap_and_named_after_run_and_vault(bench: Bench) -> None:
    capture = bench.capture()
    assert capture.capture_id.startswith("run-1.rsv-main-")
    assert [call.call_id for call in capture.calls] == [
        f"{capture.capture_id}-{number:05d}" for number in range(1, len(capture.calls) + 1)
    ]
    for row in capture.coverage:
        of_kind = [call.call_id for call in capture.calls if call.kind is row.kind]
        assert (row.first_call_id, row.last_call_id) == ((of_kind[0], of_kind[-1]) if of_kind else (None, None))


def test_a_body_is_kept_byte_for_byte_with_its_hash(bench: Bench) -> None:
    odd = b'{ "value" : [ ] ,\r\n "unknown":\t1.50 }\n'
    bench.server.tell("/backupPolicies", body({}).__class__(200, odd))
    (call,) = (call for call in bench.capture().calls if call.kind is Kind.POLICIES)
    assert call.last.body == odd
    assert call.last.sha256 == hashlib.sha256(odd).hexdigest()
    assert (call.outcome, call.rows, call.last.status) == ("ok", 0, 200)


def test_the_address_is_the_one_that_the_server_saw_and_the_token_is_nowhere(bench: Bench) -> None:
    capture = bench.capture()
    assert [call.url for call in capture.calls] == [
        bench.server.base_url + asked.target for asked in bench.server.asked
    ]
    assert all(asked.headers["authorization"] == f"Bearer {token()}" for asked in bench.server.asked)
    assert token() not in repr(capture)
    assert "authorization" not in repr(capture).lower()


def test_every_call_says_who_asked_when_and_how(bench: Bench) -> None:
    capture = bench.capture()
    for call, asked in zip(capture.calls, bench.server.asked, strict=True):
        identity = call.identity
        assert (identity.tenant_id, identity.principal_id, identity.application_id) == (TENANT, PRINCIPAL, APPLICATION)
        assert call.last.started_at < call.last.finished_at
        assert call.request_headers["accept-encoding"] == asked.headers["accept-encoding"] == "identity"
        assert call.request_headers["x-ms-client-request-id"] == asked.headers["x-ms-client-request-id"]
        assert call.api_version == asked.query["api-version"]
        assert (call.filter or "") == asked.filter
    assert {call.api_version for call in capture.calls if call.kind is not Kind.VAULT} == {"2023-04-01"}
    assert {call.api_version for call in capture.calls if call.kind is Kind.VAULT} == {"2024-04-01"}


AGENT = ("mab;server-1", "FileFolder;server-1")


def with_an_agent(bench: Bench) -> None:
    """A machine with an agent among the items: its jobs are told late, and listed over more nights."""
    bench.server.tell("/backupProtectedItems", listed(item(*AGENT, management_type="MAB")))
    bench.server.tell(f"/{AGENT[1]}/recoveryPoints", listed())


def test_jobs_are_asked_for_by_both_windows_where_there_is_an_agent(bench: Bench) -> None:
    with_an_agent(bench)
    capture = bench.capture()
    assert [call.filter for call in capture.calls if call.kind is Kind.JOBS] == [
        "startTime eq '2026-11-12 06:00:00 AM' and endTime eq '2026-11-15 06:00:00 AM'",
        "backupManagementType eq 'MAB' and startTime eq '2026-11-01 06:00:00 AM' and endTime eq '2026-11-15 06:00:00 AM'",
    ]


@pytest.mark.parametrize("seen", [{}, {VAULT.vault_id: ("AzureStorage",)}])
def test_jobs_of_agents_are_asked_for_on_one_night_of_seven_where_none_is_known(
    bench: Bench, seen: Mapping[str, tuple[str, ...]]
) -> None:
    nights = [replace(request(), night=NIGHT + timedelta(days=number), containers=seen) for number in range(14)]
    rows = [coverage(bench.capture(asked), Kind.JOBS) for asked in nights]
    due = [number for number, row in enumerate(rows) if row.expected == 2]
    assert len(due) == 2
    assert due[1] - due[0] == 7
    assert {row.reason for row in rows if row.expected == 1} == {
        "jobs of MAB are not due tonight, as nothing seen is of it (asked every 7th night)"
    }
    assert {row.outcome for row in rows} == {Outcome.COLLECTED}


@pytest.mark.parametrize(
    "asked",
    [request(late=True), replace(request(), containers={VAULT.vault_id: ("MAB",)})],
    ids=["late", "seen before"],
)
def test_jobs_of_agents_are_asked_for_where_none_is_listed_and_one_may_be(bench: Bench, asked: CaptureRequest) -> None:
    assert coverage(bench.capture(asked), Kind.JOBS).expected == 2


def test_jobs_of_agents_are_asked_for_where_the_item_list_failed(bench: Bench) -> None:
    bench.server.tell("/backupProtectedItems", refusal(403))
    assert coverage(bench.capture(), Kind.JOBS).expected == 2


def test_a_window_of_more_than_thirty_days_is_asked_in_slices(bench: Bench) -> None:
    with_an_agent(bench)
    capture = bench.capture(request(windows={"long": 70}))
    filters = [call.filter or "" for call in capture.calls if call.kind is Kind.JOBS and "MAB" in (call.filter or "")]
    days = [look_back(NIGHT, 70).isoformat(), "2026-10-06", "2026-11-05", "2026-11-15"]
    assert [(text.split("'")[3][:10], text.split("'")[5][:10]) for text in filters] == list(pairwise(days))
    assert coverage(capture, Kind.JOBS).expected == 4


def test_details_are_asked_for_restores_and_for_what_did_not_complete(bench: Bench) -> None:
    rows = [
        job("ok"),
        job("ok-full", operation="Backup (Full)"),
        job("restore", operation="Restore"),
        job("restore-full", operation="Restore (Full)"),
        job("rehydrate", operation="RestoreWithRehydrate"),
        job("region", operation="CrossRegionRestore"),
        job("warned", "CompletedWithWarnings"),
        job("running", "InProgress"),
        job("new-word", "Paused"),
    ]
    silent = {"id": "/x/backupJobs/silent", "name": "silent"}
    bench.server.tell("/backupJobs", listed(*rows, silent))
    bench.server.tell("/backupJobs", listed(), filtered="MAB")
    wanted = ["restore", "restore-full", "rehydrate", "region", "warned", "running", "new-word", "silent"]
    for name in wanted:
        bench.server.tell(f"/backupJobs/{name}", body(job(name)))
    capture = bench.capture()
    details = [call for call in capture.calls if call.kind is Kind.JOB_DETAILS]
    assert [call.subject for call in details] == wanted
    assert all(call.outcome == "ok" for call in details)


def test_a_job_last_seen_unfinished_is_asked_again_by_id(bench: Bench) -> None:
    bench.server.tell("/backupJobs/old-1", body(job("old-1")))
    capture = bench.capture(request(unfinished=["old-1", "job-2"]))
    asked = [call.subject for call in capture.calls if call.kind is Kind.JOB_DETAILS]
    assert asked == ["job-2", "old-1"]
    assert coverage(capture, Kind.JOB_DETAILS).outcome is Outcome.COLLECTED


def test_an_unfinished_job_that_is_gone_is_recorded_as_gone(bench: Bench) -> None:
    capture = bench.capture(request(unfinished=["old-1"]))
    row = coverage(capture, Kind.JOB_DETAILS)
    assert (row.outcome, row.expected, row.answered, row.collected) == (Outcome.COLLECTED, 2, 2, 1)
    assert row.reason == "job old-1, last seen unfinished, is gone (404)"
    (gone,) = (call for call in capture.calls if call.subject == "old-1")
    assert (gone.outcome, gone.last.status) == ("error", 404)


def test_a_listed_job_whose_details_are_missing_is_a_gap(bench: Bench) -> None:
    bench.server.tell("/backupJobs/job-2", refusal(404, "NotFound"))
    row = coverage(bench.capture(), Kind.JOB_DETAILS)
    assert row.outcome is Outcome.NOT_REACHED
    assert row.reason == "HTTP 404 NotFound: no"


def test_databases_are_asked_for_points_and_for_log_ranges(bench: Bench) -> None:
    capture = bench.capture()
    asked = [(call.subject, call.filter) for call in capture.calls if call.kind is Kind.RECOVERY_POINTS]
    vm, sql = item(*VM)["id"], item(*SQL)["id"]
    assert asked == [(vm, None), (sql, None), (sql, "restorePointQueryType eq 'Log'")]


@pytest.mark.parametrize(
    ("container", "name"),
    [
        ("StorageContainer;storage;rg main;st 1", "AzureFileShare;Protokolle & Pläne 100%"),
        ("IaasVMContainer;iaasvmcontainerv2;группа;виртуальная", "VM;iaasvmcontainerv2;группа;виртуальная"),
        ("VMAppContainer;compute;rg;\u200fעברית", "SQLDataBase;mssqlserver;日本語#?{x}"),
    ],
)
def test_names_in_every_script_reach_azure_unharmed(bench: Bench, container: str, name: str) -> None:
    bench.server.tell("/backupProtectedItems", listed(item(container, name)))
    bench.server.tell(f"/{name}/recoveryPoints", listed(point(container, name, "1")))
    capture = bench.capture()
    assert bench.server.asked[-1].path == f"{item(container, name)['id']}/recoveryPoints"
    assert coverage(capture, Kind.RECOVERY_POINTS).outcome is Outcome.COLLECTED
    assert capture.calls[-1].subject == item(container, name)["id"]
    assert capture.calls[-1].url == bench.server.base_url + bench.server.asked[-1].target


def test_an_id_in_another_case_is_understood_and_asked_once(bench: Bench) -> None:
    row = item(*VM)
    shouting = {**row, "id": str(row["id"]).upper().replace("/SUBSCRIPTIONS", "/Subscriptions")}
    bench.server.tell("/backupProtectedItems", listed(row, shouting))
    capture = bench.capture()
    assert [call.kind for call in capture.calls].count(Kind.RECOVERY_POINTS) == 1
    assert "1 id came more than once" in str(coverage(capture, Kind.PROTECTED_ITEMS).reason)


def test_an_item_without_a_container_in_its_id_leaves_a_doubt(bench: Bench) -> None:
    bench.server.tell("/backupProtectedItems", listed(item(*VM), {"id": "/x/y", "name": "y", "properties": {}}))
    row = coverage(bench.capture(), Kind.RECOVERY_POINTS)
    assert row.outcome is Outcome.PARTIAL
    assert "1 item listed bears no id that names a container" in str(row.reason)


def test_an_empty_vault_is_collected_with_zero_rows(bench: Bench) -> None:
    for ending in ("/backupProtectedItems", "/backupJobs", "/backupPolicies"):
        bench.server.tell(ending, listed())
    outcomes = {row.kind: row.outcome for row in bench.capture().coverage}
    empty = (Kind.POLICIES, Kind.PROTECTED_ITEMS, Kind.JOBS, Kind.JOB_DETAILS, Kind.RECOVERY_POINTS)
    assert {outcomes[kind] for kind in empty} == {Outcome.COLLECTED_ZERO}


def test_a_late_capture_says_what_it_could_not_observe_then(bench: Bench) -> None:
    bench.server.tell("/backupPolicies", refusal(403))
    capture = bench.capture(request(late=True))
    counts = Counter(row.outcome for row in capture.coverage)
    assert counts == {
        Outcome.NOT_OBSERVED_THEN: 8,
        Outcome.NOT_REACHED: 1,
        Outcome.COLLECTED: 3,
        Outcome.COLLECTED_ZERO: 1,
    }
    assert coverage(capture, Kind.POLICIES).outcome is Outcome.NOT_REACHED
    assert "after the following night had ended" in str(coverage(capture, Kind.PROTECTED_ITEMS).reason)
    assert coverage(capture, Kind.PROTECTED_ITEMS).collected == 2
    assert coverage(capture, Kind.JOBS).outcome is Outcome.COLLECTED


def test_a_vault_that_answers_404_to_everything_is_gone(bench: Bench) -> None:
    bench.server.tell("", refusal(404, "ResourceNotFound"))
    capture = bench.capture()
    assert {row.outcome for row in capture.coverage} == {Outcome.NOT_REACHED}
    assert all("as for a vault that was deleted" in str(row.reason) for row in capture.coverage)
    assert capture.vault == VAULT


def test_a_setting_that_answers_404_is_not_reached_and_nothing_else_is(bench: Bench) -> None:
    bench.server.tell("/backupResourceEncryptionConfig", refusal(404, "ResourceNotFound"))
    capture = bench.capture()
    row = coverage(capture, Kind.ENCRYPTION_CONFIG)
    assert (row.outcome, row.reason) == (Outcome.NOT_REACHED, "HTTP 404 ResourceNotFound: no")
    assert all("as for a vault that was deleted" not in str(row.reason) for row in capture.coverage)


def test_one_refused_vault_is_not_an_empty_one(bench: Bench) -> None:
    bench.server.tell("", refusal(403, "AuthorizationFailed"))
    capture = bench.capture()
    assert {row.outcome for row in capture.coverage} == {Outcome.NOT_REACHED}
    assert len(capture.calls) == 15, "of a vault whose items are not known every list of containers is asked for"
    assert all(call.outcome == "error" and call.rows is None for call in capture.calls)
