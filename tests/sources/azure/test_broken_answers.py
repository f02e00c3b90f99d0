"""Answers that are not what was asked for: each is recorded, none ever passes for an empty list (traps 1 to 6)."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import zlib
from urllib.parse import quote

import orjson
import pytest

from evidence.records import Call, Capture, Kind, Outcome
from evidence.sources.azure import session
from evidence.sources.bodies import decode_body
from tests.sources.conftest import Bench
from tests.sources.loopback import Reply, body, refusal
from tests.sources.world import SQL, VAULT_ID, VM, coverage, item, job, listed, request

ITEMS = "/backupProtectedItems"


def of(capture: Capture, kind: Kind) -> list[Call]:
    return [call for call in capture.calls if call.kind is kind]


UNREADABLE = {
    "empty": b"",
    "text": b"Service unavailable, try later",
    "page": b"<html><body>proxy sign-in</body></html>",
    "half": b'{"value": [{"id": "/a"',
    "list": b"[]",
    "null": b"null",
    "number": b"7",
    "no value": b"{}",
    "null value": b'{"value": null}',
    "object value": b'{"value": {"id": "/a"}}',
    "null element": b'{"value": [null]}',
    "text element": b'{"value": [{"id": "/a"}, "b"]}',
    "odd link": b'{"value": [], "nextLink": 7}',
    "not utf-8": b'{"value": [{"id": "\xff\xfe"}]}',
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_body_that_is_no_list_is_unreadable_and_never_zero_rows(bench: Bench, name: str) -> None:
    bench.server.tell(ITEMS, Reply(200, UNREADABLE[name]))
    capture = bench.capture()
    (call,) = of(capture, Kind.PROTECTED_ITEMS)
    row = coverage(capture, Kind.PROTECTED_ITEMS)
    assert (call.outcome, call.rows) == ("unreadable", None)
    assert call.last.body == UNREADABLE[name]
    assert call.last.sha256 == hashlib.sha256(UNREADABLE[name]).hexdigest()
    assert (row.outcome, row.answered, row.collected) == (Outcome.NOT_REACHED, 0, 0)
    assert str(row.reason).startswith("unreadable: ")
    assert coverage(capture, Kind.RECOVERY_POINTS).outcome is Outcome.NOT_REACHED
    assert "the item list was not read whole" in str(coverage(capture, Kind.RECOVERY_POINTS).reason)


@pytest.mark.parametrize("name", ["empty", "text", "half", "list", "null", "no value"])
def test_a_setting_that_is_no_resource_is_unreadable(bench: Bench, name: str) -> None:
    bench.server.tell("/backupconfig/vaultconfig", Reply(200, UNREADABLE[name]))
    capture = bench.capture()
    assert [call.outcome for call in of(capture, Kind.VAULT_CONFIG)] == ["unreadable"]
    assert coverage(capture, Kind.VAULT_CONFIG).outcome is Outcome.NOT_REACHED


@pytest.mark.parametrize(
    "document",
    [
        {"error": {"code": "RestApiInternalError", "message": "internal"}},
        {"error": {"code": "RestApiInternalError", "message": "internal"}, "value": []},
        {"ErrorCode": "RestApiInternalError", "Message": {"Language": "en-US", "Value": "internal"}},
    ],
)
def test_an_error_that_comes_with_200_is_an_error(bench: Bench, document: object) -> None:
    bench.server.tell(ITEMS, body(document))
    capture = bench.capture()
    (call,) = of(capture, Kind.PROTECTED_ITEMS)
    assert (call.outcome, call.rows, call.last.status) == ("error", None, 200)
    assert coverage(capture, Kind.PROTECTED_ITEMS).reason == "HTTP 200 RestApiInternalError: internal"
    assert coverage(capture, Kind.PROTECTED_ITEMS).outcome is Outcome.NOT_REACHED


def test_details_about_another_job_are_unreadable(bench: Bench) -> None:
    bench.server.tell("/backupJobs/job-2", body(job("job-9")))
    capture = bench.capture()
    assert [call.outcome for call in of(capture, Kind.JOB_DETAILS)] == ["unreadable"]
    assert coverage(capture, Kind.JOB_DETAILS).outcome is Outcome.NOT_REACHED


def test_an_error_on_page_two_keeps_page_one_and_says_partial(bench: Bench) -> None:
    link = f"{bench.server.base_url}{VAULT_ID}/backupProtectedItems?api-version=2023-04-01&$skiptoken=2"
    bench.server.tell(ITEMS, listed(item(*VM), link=link), *[refusal(500, "RestApiInternalError")] * 5)
    capture = bench.capture()
    first, second = of(capture, Kind.PROTECTED_ITEMS)
    row = coverage(capture, Kind.PROTECTED_ITEMS)
    assert (first.outcome, first.rows, first.next_link) == ("ok", 1, link)
    assert (second.outcome, len(second.attempts)) == ("error", 5)
    assert (row.outcome, row.expected, row.answered, row.collected) == (Outcome.PARTIAL, 1, 0, 1)
    assert "page 2: given up after 5 attempts; HTTP 500 RestApiInternalError" in str(row.reason)
    points = coverage(capture, Kind.RECOVERY_POINTS)
    assert (points.outcome, points.collected) == (Outcome.PARTIAL, 2)
    assert "the item list was not read whole" in str(points.reason)


def test_an_unreadable_page_two_is_partial_too(bench: Bench) -> None:
    link = f"{bench.server.base_url}{VAULT_ID}/backupJobs?$skiptoken=2"
    bench.server.tell("/backupJobs", listed(job("job-1"), link=link), Reply(200, b"{"))
    bench.server.tell("/backupJobs", listed(), filtered="MAB")
    row = coverage(bench.capture(), Kind.JOBS)
    assert (row.outcome, row.expected, row.answered, row.collected) == (Outcome.PARTIAL, 1, 0, 1)


def test_all_pages_are_followed_with_their_tokens_unchanged(bench: Bench) -> None:
    tokens = ["<c a='1'>+/==</c>", "a+b/c%25", "日本"]
    links = [
        f"{bench.server.base_url}{VAULT_ID}/backupProtectedItems?$skipToken={quote(token, safe='')}" for token in tokens
    ]
    pages = [listed(item(*VM), link=links[0]), listed(link=links[1]), listed(link=links[2]), listed(item(*SQL))]
    bench.server.tell(ITEMS, *pages)
    capture = bench.capture()
    asked = bench.server.asked_for(ITEMS)
    assert [request.query.get("$skiptoken") for request in asked] == [None, *tokens]
    assert {request.query["api-version"] for request in asked} == {"2023-04-01"}
    assert [call.rows for call in of(capture, Kind.PROTECTED_ITEMS)] == [1, 0, 0, 1]
    row = coverage(capture, Kind.PROTECTED_ITEMS)
    assert (row.outcome, row.expected, row.answered, row.collected) == (Outcome.COLLECTED, 1, 1, 2)


def test_a_link_that_repeats_ends_the_list_as_partial(bench: Bench) -> None:
    link = f"{bench.server.base_url}{VAULT_ID}/backupProtectedItems?$skiptoken=again"
    bench.server.tell(ITEMS, listed(item(*VM), link=link))
    capture = bench.capture()
    assert len(of(capture, Kind.PROTECTED_ITEMS)) == 2
    row = coverage(capture, Kind.PROTECTED_ITEMS)
    assert row.outcome is Outcome.PARTIAL
    assert "leads back to a page already read" in str(row.reason)


def test_a_link_between_two_pages_that_name_each_other_ends_too(bench: Bench) -> None:
    links = [f"{bench.server.base_url}{VAULT_ID}/backupProtectedItems?$skiptoken={name}" for name in "ab"]
    pages = [listed(link=links[number % 2]) for number in range(10)]
    bench.server.tell(ITEMS, *pages)
    assert len(of(bench.capture(), Kind.PROTECTED_ITEMS)) == 3


def test_a_list_without_end_is_given_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MOST_PAGES", 5)
    base, count = f"{bench.server.base_url}{VAULT_ID}/backupProtectedItems?$skiptoken=", itertools.count()
    bench.server.tell(ITEMS, lambda _: listed(link=f"{base}{next(count)}"))
    capture = bench.capture()
    assert len(of(capture, Kind.PROTECTED_ITEMS)) == 5
    row = coverage(capture, Kind.PROTECTED_ITEMS)
    assert (row.outcome, row.reason) == (Outcome.PARTIAL, "the list did not end after 5 pages")


def test_rows_outside_the_window_asked_for_are_kept_and_make_the_list_doubtful(bench: Bench) -> None:
    rows = [
        job("in"),
        job("at-start", start="2026-11-12T06:00:00Z"),
        job("before", start="2026-11-12T05:59:59.9999999Z"),
        job("after", start="2026-11-15T06:00:00.1Z"),
        job("never", start="0001-01-01T00:00:00"),
        job("odd", start="yesterday"),
    ]
    bench.server.tell("/backupJobs", listed(*rows))
    bench.server.tell("/backupJobs", listed(), filtered="MAB")
    row = coverage(bench.capture(), Kind.JOBS)
    assert (row.outcome, row.expected, row.answered, row.collected) == (Outcome.PARTIAL, 1, 1, 6)
    assert str(row.reason).split("; ")[:2] == [
        "3 rows outside the window asked for were kept",
        "1 row tells no time of begin and was kept",
    ]


def test_a_job_on_two_pages_is_kept_twice_and_makes_the_list_doubtful(bench: Bench) -> None:
    link = f"{bench.server.base_url}{VAULT_ID}/backupJobs?$skiptoken=2"
    again = {**job("job-1"), "id": str(job("job-1")["id"]).replace("resourceGroups", "RESOURCEGROUPS")}
    bench.server.tell("/backupJobs", listed(job("job-1"), job("job-2"), link=link), listed(again, job("job-3")))
    bench.server.tell("/backupJobs", listed(), filtered="MAB")
    row = coverage(bench.capture(), Kind.JOBS)
    assert (row.outcome, row.expected, row.answered, row.collected) == (Outcome.PARTIAL, 1, 1, 4)
    assert str(row.reason).split("; ")[0] == "1 id came more than once and was kept each time"


def test_one_item_that_fails_leaves_the_others_and_says_partial(bench: Bench) -> None:
    bench.server.tell(f"/{VM[1]}/recoveryPoints", refusal(403, "AuthorizationFailed"))
    capture = bench.capture()
    row = coverage(capture, Kind.RECOVERY_POINTS)
    assert (row.outcome, row.expected, row.answered, row.collected) == (Outcome.PARTIAL, 3, 2, 2)
    (failed,) = (call for call in of(capture, Kind.RECOVERY_POINTS) if call.outcome == "error")
    assert row.reason == (
        f"1 of 3 questions not answered whole: HTTP 403 AuthorizationFailed (1, first in call {failed.call_id})"
    )


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_an_encoded_body_is_kept_encoded_and_read_decoded(bench: Bench, coding: str) -> None:
    plain = orjson.dumps({"value": [item(*VM)]})
    encoded = gzip.compress(plain, mtime=0) if coding == "gzip" else zlib.compress(plain)
    bench.server.tell(ITEMS, Reply(200, encoded, {"content-encoding": coding}))
    (call,) = of(bench.capture(), Kind.PROTECTED_ITEMS)
    assert (call.outcome, call.rows) == ("ok", 1)
    assert call.last.body == encoded
    assert call.last.sha256 == hashlib.sha256(encoded).hexdigest()
    assert decode_body(call.last.body, call.last.response_headers) == plain


@pytest.mark.parametrize(
    ("coding", "sent"), [("br", b"\x0b\x02\x80"), ("gzip", b"plain"), ("gzip", gzip.compress(b"{}" * 99, mtime=0)[:-9])]
)
def test_a_body_encoded_as_nobody_asked_is_unreadable(bench: Bench, coding: str, sent: bytes) -> None:
    bench.server.tell(ITEMS, Reply(200, sent, {"content-encoding": coding}))
    (call,) = of(bench.capture(), Kind.PROTECTED_ITEMS)
    assert (call.outcome, call.last.body) == ("unreadable", sent)


def test_a_redirect_is_not_followed(bench: Bench) -> None:
    bench.server.tell(ITEMS, Reply(307, b"", {"location": f"{bench.server.base_url}/elsewhere?sig=secret"}))
    capture = bench.capture()
    assert bench.server.asked_for("/elsewhere") == []
    row = coverage(capture, Kind.PROTECTED_ITEMS)
    assert (row.outcome, row.reason) == (
        Outcome.NOT_REACHED,
        "HTTP 307: the redirect to 127.0.0.1 was not followed",
    )


def test_unfinished_jobs_are_asked_even_where_the_list_cannot_be_read(bench: Bench) -> None:
    bench.server.tell("/backupJobs", refusal(400, "BMSUserErrorInvalidInput"))
    bench.server.tell("/backupJobs/old-1", body(job("old-1")))
    row = coverage(bench.capture(request(unfinished=["old-1"])), Kind.JOB_DETAILS)
    assert (row.outcome, row.collected) == (Outcome.PARTIAL, 1)
    assert "job lists were not read whole" in str(row.reason)


def test_a_404_of_a_vault_that_is_gone_does_not_make_its_jobs_gone(bench: Bench) -> None:
    missing = refusal(404, "ResourceNotFound")
    bench.server.tell("/backupJobs", missing)
    bench.server.tell("/backupJobs/old-1", missing)
    row = coverage(bench.capture(request(unfinished=["old-1"])), Kind.JOB_DETAILS)
    assert row.outcome is Outcome.NOT_REACHED
    assert "is gone" not in str(row.reason)
