from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given

from evidence.nights import Calendar
from evidence.normalize import CaptureContext, normalize_capture
from evidence.normalize.masking import masked
from evidence.records import Attempt, Coverage, Identity, Kind, Outcome
from tests.normalize.shapes import NIGHT, NOW, TENANT, VAULT_ID, answer, call, capture, normalized, vm_job
from tests.strategies import texts


def test_every_call_is_a_row_also_one_that_failed() -> None:
    headers = {"x-ms-request-id": "req", "x-ms-correlation-request-id": "corr"}
    attempts = (
        Attempt(NOW, NOW, 429, waited_s=0.0),
        Attempt(NOW + timedelta(seconds=9), NOW + timedelta(seconds=10), 403, "no", 9.0, headers, b"{}", "cd" * 32),
    )
    failed = call(Kind.JOBS, b"", attempts=attempts, outcome="error", reason="AuthorizationFailed", rows=None)
    result = normalized(failed)
    row = result.calls[0]
    expected = {
        "vault_id": VAULT_ID,
        "kind": "jobs",
        "status": 403,
        "attempts": 2,
        "waited_s": 9.0,
        "started_at": NOW,
        "finished_at": NOW + timedelta(seconds=10),
        "observed_at": NOW + timedelta(seconds=10),
        "reason": "AuthorizationFailed",
        "request_id": "req",
        "correlation_id": "corr",
        "principal_id": "principal-1",
        "bytes": 2,
        "sha256": "cd" * 32,
    }
    assert {name: row[name] for name in expected} == expected
    assert result.jobs == ()


@pytest.mark.parametrize("outcome", ["error", "unreadable"])
def test_only_answers_that_are_ok_give_rows(outcome: str) -> None:
    assert normalized(call(Kind.JOBS, answer(vm_job()), outcome=outcome)).jobs == ()


def test_rows_come_from_the_last_attempt_and_were_observed_then() -> None:
    later = NOW + timedelta(seconds=30)
    attempts = (
        Attempt(NOW, NOW, 500, body=answer(vm_job("early"))),
        Attempt(later, later, 200, body=answer(vm_job("late"))),
    )
    rows = normalized(call(Kind.JOBS, b"", attempts=attempts)).jobs
    assert [(row["job_id"], row["observed_at"]) for row in rows] == [("late", later)]


def test_a_call_that_does_not_tell_its_tenant_has_that_of_the_run() -> None:
    rows = normalized(call(Kind.JOBS, answer(vm_job()), identity=Identity())).jobs
    assert rows[0]["tenant_id"] == TENANT


def test_coverage_is_a_row_with_its_reason() -> None:
    told = Coverage(Kind.JOBS, Outcome.PARTIAL, "HTTP 500 at ?sig=SECRET&se=1", 2, 1, 400, "c1", "c2")
    late = call(Kind.JOBS, answer(), "c2", attempts=(Attempt(NOW, NOW + timedelta(hours=1), 500),), outcome="error")
    row = normalized(call(Kind.JOBS, answer()), late, coverage=[told]).coverage[0]
    assert (row["kind"], row["outcome"], row["expected"], row["answered"], row["collected"]) == (
        "jobs",
        "partial",
        2,
        1,
        400,
    )
    assert row["observed_at"] == NOW + timedelta(hours=1)
    assert "SECRET" not in str(row["reason"])


def test_coverage_of_what_was_never_asked_is_dated_by_the_run() -> None:
    told = Coverage(Kind.JOBS, Outcome.NOT_REACHED, "no token", 1, 0, 0, None, None)
    context = CaptureContext(NIGHT, "run-1", Calendar(), TENANT, captured_at=NOW)
    row = normalize_capture(capture([], [told]), context).coverage[0]
    assert (row["observed_at"], row["tenant_id"], row["call_id"]) == (NOW, TENANT, None)


def test_credentials_in_addresses_are_masked() -> None:
    link = "https://x/?$skiptoken=abc&sv=2020-08-04&se=2026&sr=c&sp=r&sig=SECRET%3D"
    row = normalized(call(Kind.JOBS, answer(), url=f"{link}&api-version=2024-04-01", next_link=link)).calls[0]
    assert "SECRET" not in f"{row['url']}{row['next_link']}"
    assert "api-version=2024-04-01" in str(row["url"])
    assert "$skiptoken=abc" in str(row["next_link"])


@pytest.mark.parametrize(
    "text",
    [
        "https://u:SECRET@host/x",
        "https://x/?code=SECRET",
        "Authorization: Bearer SECRET.a-b_c",
        "https://x/y?next=https%3A%2F%2Fb%3Fsv%3D1%26sig%3DSECRET%26x%3D1",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=SECRET==;EndpointSuffix=b",
    ],
)
def test_secrets_of_other_kinds_are_masked(text: str) -> None:
    assert "SECRET" not in str(masked(text))


@given(texts)
def test_masking_twice_is_masking_once(text: str) -> None:
    once = masked(text)
    assert masked(once) == once
