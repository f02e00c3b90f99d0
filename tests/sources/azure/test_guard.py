"""What never leaves: anything but reading, and the token to any origin but the endpoint's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from azure.core.rest import HttpRequest

from evidence.errors import RefusedError
from evidence.records import Kind, Outcome
from evidence.sources.azure import AzureSource
from evidence.sources.azure.questions import Question, Shape
from evidence.sources.azure.session import open_session
from tests.sources.conftest import Bench
from tests.sources.loopback import body, refusal, serving
from tests.sources.world import SUBSCRIPTION, VAULT, VAULT_ID, VM, coverage, item, listed, request, token

QUESTION = Question(Kind.VAULT, Shape.OBJECT)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "get"])
@pytest.mark.parametrize("client", ["backup", "vaults"])
def test_no_other_method_than_get_is_sent(bench: Bench, method: str, client: str) -> None:
    with open_session(bench.source().line, SUBSCRIPTION, "capture") as session, pytest.raises(RefusedError):
        getattr(session, client).send_request(HttpRequest(method, VAULT_ID), question=QUESTION)
    assert bench.server.asked == []


GRAPH = "/providers/Microsoft.ResourceGraph/resources"
NOT_READS = {
    "an operation beside the query": f"{GRAPH}/register",
    "a path that only ends so": f"/subscriptions/{SUBSCRIPTION}{GRAPH}",
    "an escaped slash": "/providers/Microsoft.ResourceGraph%2Fresources",
    "dots": f"/subscriptions/../{GRAPH}",
    "a slash at the end": f"{GRAPH}/",
    "registration": f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/register",
    "a trigger beside the list": f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/x/crossRegionRestore",
}


@pytest.mark.parametrize("path", NOT_READS.values(), ids=NOT_READS)
def test_a_post_to_anything_but_a_query_is_refused(bench: Bench, path: str) -> None:
    with open_session(bench.source().line, SUBSCRIPTION, "capture") as session:
        reading = session.send(replace(QUESTION, body="{}"), HttpRequest("POST", path, content=b"{}"))
    assert "never sent" in (reading.failure or "")
    assert bench.server.asked == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_path_of_queries_lets_no_other_method_pass(bench: Bench, method: str) -> None:
    with open_session(bench.source().line, SUBSCRIPTION, "capture") as session:
        assert not session.send(QUESTION, HttpRequest(method, GRAPH)).whole
    assert bench.server.asked == []


def test_a_query_by_post_is_sent_and_kept_with_what_it_asked(bench: Bench) -> None:
    asked = '{"query": "Resources"}'
    bench.server.tell(GRAPH, body({"properties": {}}))
    with open_session(bench.source().line, SUBSCRIPTION, "capture") as session:
        question = Question(Kind.GRAPH_JOBS, Shape.OBJECT, body=asked)
        request = HttpRequest("POST", f"{GRAPH}?api-version=2021-03-01", content=asked.encode())
        assert session.send(question, request).whole
        (call,) = session.calls
    assert call.request_body == asked
    assert [one.method for one in bench.server.asked] == ["POST"]


def test_operations_of_the_sdk_that_write_are_refused(bench: Bench) -> None:
    with open_session(bench.source().line, SUBSCRIPTION, "capture") as session:
        with pytest.raises(RefusedError):
            session.backup.job_cancellations.trigger("v", "g", "j", question=QUESTION)
        with pytest.raises(RefusedError):
            session.vaults.vaults.begin_delete("g", "v", question=QUESTION)
    assert bench.server.asked == []


def test_a_request_without_a_question_is_refused_as_it_would_leave_no_record(bench: Bench) -> None:
    with open_session(bench.source().line, SUBSCRIPTION, "capture") as session, pytest.raises(RefusedError):
        session.backup.send_request(HttpRequest("GET", VAULT_ID))
    assert bench.server.asked == []


def test_an_unregistered_provider_is_never_registered(bench: Bench) -> None:
    bench.server.tell("", refusal(409, "MissingSubscriptionRegistration", "register 'Microsoft.RecoveryServices'"))
    capture = bench.capture()
    assert {asked.method for asked in bench.server.asked} == {"GET"}
    assert not [path for path in bench.server.paths() if "register" in path.lower()]
    assert "MissingSubscriptionRegistration" in str(coverage(capture, Kind.VAULT).reason)


def test_a_link_to_another_origin_is_not_followed(bench: Bench) -> None:
    with serving() as stranger:
        stranger.tell("", listed(item(*VM)))
        link = f"{stranger.base_url}{VAULT_ID}/backupProtectedItems?$skiptoken=2"
        bench.server.tell("/backupProtectedItems", listed(item(*VM), link=link))
        capture = bench.capture()
        assert stranger.asked == []
    row = coverage(capture, Kind.PROTECTED_ITEMS)
    assert (row.outcome, row.collected) == (Outcome.PARTIAL, 1)
    assert row.reason == "the next page lies at another origin (127.0.0.1), which is never asked"
    (call,) = (call for call in capture.calls if call.kind is Kind.PROTECTED_ITEMS)
    assert call.next_link == link


@pytest.mark.parametrize(
    "link",
    [
        "https://{host}/x?$skiptoken=2",
        "//evil.example/x",
        "http://{host}@evil.example/x",
        "http://{host}.evil.example/x",
        "http://127.0.0.1:1/x",
        "http://127.0.0.1:bad/x",
        "ftp://{host}/x",
        "http://[half/x",
    ],
)
def test_links_that_only_look_like_the_endpoint_are_not_followed(bench: Bench, link: str) -> None:
    told = link.format(host=bench.server.base_url.removeprefix("http://"))
    bench.server.tell("/backupProtectedItems", listed(item(*VM), link=told))
    capture = bench.capture()
    assert len(bench.server.asked_for("/backupProtectedItems")) == 1
    assert coverage(capture, Kind.PROTECTED_ITEMS).outcome is Outcome.PARTIAL


def test_a_redirect_to_a_stranger_gets_no_token(bench: Bench) -> None:
    with serving() as stranger:
        stranger.tell("", listed())
        bench.server.tell("", refusal(302, "Moved", location=f"{stranger.base_url}/x"))
        bench.capture()
        assert stranger.asked == []


def test_a_link_without_a_host_stays_at_the_endpoint(bench: Bench) -> None:
    link = f"{VAULT_ID}/backupProtectedItems?$skiptoken=2"
    bench.server.tell("/backupProtectedItems", listed(item(*VM), link=link), listed())
    capture = bench.capture()
    assert [asked.query.get("$skiptoken") for asked in bench.server.asked_for("/backupProtectedItems")] == [None, "2"]
    assert coverage(capture, Kind.PROTECTED_ITEMS).outcome is Outcome.COLLECTED


def test_what_netrc_holds_never_takes_the_place_of_the_token(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    line = bench.source().line
    elsewhere = replace(
        line, endpoint=replace(line.endpoint, loopback=False)
    )  # as for Azure itself: the environment counts
    AzureSource(elsewhere).capture(VAULT, request())
    assert {asked.headers["authorization"] for asked in bench.server.asked} == {f"Bearer {token()}"}


def test_a_proxy_of_the_environment_never_sees_what_is_for_loopback(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as proxy:
        proxy.tell("", listed())
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base_url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        capture = bench.capture()
        assert proxy.asked == []
    assert coverage(capture, Kind.VAULT).outcome is Outcome.COLLECTED
