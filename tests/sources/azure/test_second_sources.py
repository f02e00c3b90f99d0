"""Resource Graph and the Activity Log: what is asked, every page, and never more said than was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from evidence.records import LIST_OF, SECOND_KINDS, SUBSCRIPTION_KINDS, Capture, Kind, Outcome
from evidence.sources.azure.activity_log import GONE
from evidence.sources.azure.coverage import LATE
from evidence.sources.azure.resource_graph import EMPTY, JOBS_GONE, quota_wait
from tests.sources.conftest import Bench
from tests.sources.loopback import Asked, Reply, body, refusal
from tests.sources.world import NIGHT, SUBSCRIPTION, coverage, listed, request

GRAPH = "/providers/Microsoft.ResourceGraph/resources"
EVENTS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values"
VAULTS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/vaults"


def graph(*ids: str, token: str | None = None, truncated: str = "false", total: int | None = None) -> Reply:
    rows = [{"id": one, "name": one, "type": "t", "properties": {}} for one in ids]
    told = {"totalRecords": len(rows) if total is None else total, "count": len(rows), "data": rows, "facets": []}
    return body({**told, "resultTruncated": truncated, **({} if token is None else {"$skipToken": token})})


@pytest.fixture
def asked(bench: Bench) -> Bench:
    bench.server.tell(GRAPH, graph("a"))
    bench.server.tell(EVENTS, listed({"id": "e1", "eventDataId": "1"}))
    return bench


def captured(bench: Bench, **options: object) -> Capture:
    (capture,) = bench.source(**{"second_sources": True, **options}).discover(request()).captures
    return capture


def questions(bench: Bench) -> list[Mapping[str, object]]:
    return [orjson.loads(one.body) for one in bench.server.asked_for(GRAPH)]


def test_every_kind_is_asked_of_each_subscription_and_covered(asked: Bench) -> None:
    capture = captured(asked)
    assert [row.kind for row in capture.coverage] == [*SUBSCRIPTION_KINDS]
    outcomes = {row.kind: row.outcome for row in capture.coverage}
    assert outcomes.pop(Kind.BACKUP_VAULTS) is Outcome.COLLECTED_ZERO
    assert set(outcomes.values()) == {Outcome.COLLECTED}
    assert [call.kind for call in capture.calls] == [*SUBSCRIPTION_KINDS, Kind.ACTIVITY_LOG]


def test_turned_off_nothing_is_asked_and_the_source_says_so(asked: Bench) -> None:
    capture = captured(asked, second_sources=False)
    assert [row.kind for row in capture.coverage] == [*LIST_OF.values()]
    assert asked.server.asked_for(GRAPH) == asked.server.asked_for(EVENTS) == []
    assert asked.source(second_sources=False).description.endswith("second sources turned off")
    assert "second sources" not in asked.source(second_sources=True).description


def test_a_question_to_the_graph_names_one_subscription_an_order_and_objects(asked: Bench) -> None:
    capture = captured(asked)
    told = questions(asked)
    assert [one["subscriptions"] for one in told] == [[SUBSCRIPTION]] * 4
    assert all(
        one["options"] == {"$top": 1000, "resultFormat": "objectArray", "allowPartialScopes": False} for one in told
    )
    assert all("project id," in str(one["query"]) and "order by id asc" in str(one["query"]) for one in told)
    jobs = str(told[2]["query"])
    assert "datetime(2026-11-01T06:00:00Z)" in jobs
    assert "datetime(2026-11-15T06:00:00Z)" in jobs
    kept = [call.request_body for call in capture.calls if call.kind in SECOND_KINDS[:4]]
    assert [orjson.loads(text or "") for text in kept] == told
    assert [one.method for one in asked.server.asked_for(GRAPH)] == ["POST"] * 4


def test_events_are_asked_of_both_providers_over_the_nights_that_are_read_again(asked: Bench) -> None:
    captured(asked)
    span = "eventTimestamp ge '2026-11-12T06:00:00Z' and eventTimestamp le '2026-11-15T06:00:00Z'"
    assert [one.filter for one in asked.server.asked_for(EVENTS)] == [
        f"{span} and resourceProvider eq 'Microsoft.{name}'" for name in ("RecoveryServices", "DataProtection")
    ]


# --- pages


def test_pages_of_the_graph_are_followed_by_their_tokens(asked: Bench) -> None:
    asked.server.tell(GRAPH, graph("a", token="t1", total=3), graph("b", token="t2", total=3), graph("c", total=3))
    row = coverage(captured(asked), Kind.GRAPH_VAULTS)
    assert (row.outcome, row.collected, row.reason) == (Outcome.COLLECTED, 3, None)
    options = [one["options"] for one in questions(asked)[:3]]
    assert [one.get("$skipToken") for one in options if isinstance(one, dict)] == [None, "t1", "t2"]


def test_a_truncated_answer_without_a_token_is_not_whole(asked: Bench) -> None:
    asked.server.tell(GRAPH, graph("a", truncated="true"))
    row = coverage(captured(asked), Kind.GRAPH_JOBS)
    assert (row.outcome, row.collected) == (Outcome.PARTIAL, 1)
    assert "cut short" in str(row.reason)


def test_an_answer_that_counts_more_than_it_gave_is_not_whole(asked: Bench) -> None:
    asked.server.tell(GRAPH, graph("a", total=2))
    row = coverage(captured(asked), Kind.GRAPH_ITEMS)
    assert (row.outcome, row.reason) == (Outcome.PARTIAL, "Resource Graph counts 2 records and gave 1")


def test_a_token_that_leads_back_ends_the_reading(asked: Bench) -> None:
    asked.server.tell(GRAPH, graph("a", token="t1", total=9))
    row = coverage(captured(asked), Kind.GRAPH_RESOURCES)
    assert row.outcome is Outcome.PARTIAL
    assert "leads back" in str(row.reason)
    assert len(asked.server.asked_for(GRAPH)) == 8


def test_a_page_that_fails_leaves_the_pages_before_it(asked: Bench) -> None:
    asked.server.tell(GRAPH, graph("a", token="t1", total=2), refusal(403), graph("c"))
    row = coverage(captured(asked), Kind.GRAPH_VAULTS)
    assert (row.outcome, row.collected) == (Outcome.PARTIAL, 1)
    assert "page 2: HTTP 403" in str(row.reason)


def test_a_next_page_of_events_at_another_host_is_never_asked(asked: Bench) -> None:
    asked.server.tell(EVENTS, listed({"id": "e1"}, link="http://127.0.0.2:9/values?$skiptoken=1"))
    row = coverage(captured(asked), Kind.ACTIVITY_LOG)
    assert row.outcome is Outcome.PARTIAL
    assert "127.0.0.2" in str(row.reason)


def test_pages_of_events_are_followed(asked: Bench) -> None:
    link = f"{asked.server.base_url}{EVENTS}?api-version=2015-04-01&$skiptoken=x"
    asked.server.tell(EVENTS, listed({"id": "e1"}, link=link), listed({"id": "e2"}), listed({"id": "e3"}))
    row = coverage(captured(asked), Kind.ACTIVITY_LOG)
    assert (row.outcome, row.expected, row.collected) == (Outcome.COLLECTED, 2, 3)


# --- what was not read, and what an empty answer is worth

BROKEN = {
    "refused": refusal(403, "AuthorizationFailed", "no right"),
    "missing": refusal(404),
    "server error": refusal(500),
    "an error in 200": body({"error": {"code": "RateLimiting", "message": "wait"}}),
    "no JSON": Reply(200, b"<html>"),
    "no data": body({"value": [], "resultTruncated": "false"}),
    "rows of a table": body({"data": {"columns": [], "rows": []}, "resultTruncated": "false"}),
    "a row that is no object": body({"data": [1], "resultTruncated": "false"}),
    "a token that is no text": body({"data": [], "resultTruncated": "false", "$skipToken": 7}),
    "cut": replace(graph("a"), fault="cut"),
}


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN)
def test_a_graph_that_cannot_be_read_is_not_reached_and_stops_nothing(asked: Bench, reply: Reply) -> None:
    asked.server.tell(GRAPH, reply)
    discovery = asked.source(second_sources=True).discover(request())
    rows = {row.kind: row for row in discovery.captures[0].coverage}
    assert {rows[kind].outcome for kind in SECOND_KINDS[:4]} == {Outcome.NOT_REACHED}
    assert all(rows[kind].reason for kind in SECOND_KINDS[:4])
    assert rows[Kind.ACTIVITY_LOG].outcome is rows[Kind.VAULTS].outcome is Outcome.COLLECTED
    assert len(discovery.vaults) == 1


def test_an_empty_graph_says_that_it_proves_nothing(asked: Bench) -> None:
    asked.server.tell(GRAPH, graph())
    row = coverage(captured(asked), Kind.GRAPH_RESOURCES)
    assert (row.outcome, row.reason) == (Outcome.COLLECTED_ZERO, EMPTY)


def test_ids_that_came_twice_are_noted(asked: Bench) -> None:
    asked.server.tell(GRAPH, graph("a", "A"))
    assert "came more than once" in str(coverage(captured(asked), Kind.GRAPH_ITEMS).reason)


# --- asked too late


def at(bench: Bench, days: float, *, late: bool = True) -> Capture:
    source = bench.source(second_sources=True)
    source.line.clock.reach(datetime(NIGHT.year, NIGHT.month, NIGHT.day, 6, tzinfo=UTC) + timedelta(days=days))
    (capture,) = source.discover(request(late=late)).captures
    return capture


def test_a_late_capture_tells_nothing_of_what_stood_then(asked: Bench) -> None:
    capture = at(asked, 3)
    for kind in (Kind.GRAPH_VAULTS, Kind.GRAPH_ITEMS, Kind.GRAPH_RESOURCES):
        row = coverage(capture, kind)
        assert (row.outcome, row.reason) == (Outcome.NOT_OBSERVED_THEN, LATE)
    assert coverage(capture, Kind.GRAPH_JOBS).outcome is Outcome.COLLECTED
    assert coverage(capture, Kind.ACTIVITY_LOG).outcome is Outcome.COLLECTED


def test_jobs_and_events_that_azure_has_dropped_are_not_read_as_none(asked: Bench) -> None:
    asked.server.tell(GRAPH, graph())
    asked.server.tell(EVENTS, listed())
    capture = at(asked, 89)
    jobs, events = coverage(capture, Kind.GRAPH_JOBS), coverage(capture, Kind.ACTIVITY_LOG)
    assert (jobs.outcome, events.outcome) == (Outcome.NOT_OBSERVED_THEN,) * 2
    assert str(jobs.reason).startswith(JOBS_GONE)
    assert str(events.reason).startswith(GONE)


# --- the quota of the graph


def test_a_quota_that_is_used_up_is_waited_for(asked: Bench) -> None:
    used = {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:05"}
    asked.server.tell(GRAPH, replace(graph("a"), headers=used), graph("a"))
    captured(asked)
    assert asked.slept == [5.0]


def test_a_long_wait_is_not_slept_away(asked: Bench) -> None:
    used = {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "01:00:00"}
    asked.server.tell(GRAPH, replace(graph("a"), headers=used))
    captured(asked)
    assert asked.slept == []


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, 0),
        ({"x-ms-user-quota-remaining": "3", "x-ms-user-quota-resets-after": "00:00:05"}, 0),
        ({"x-ms-user-quota-remaining": "0"}, 0),
        ({"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "soon"}, 0),
        ({"x-ms-user-quota-remaining": " 0 ", "x-ms-user-quota-resets-after": "00:01:02.5"}, 62),
    ],
)
def test_the_wait_is_what_both_headers_say(headers: Mapping[str, str], wait: float) -> None:
    assert quota_wait(headers) == wait


def test_a_throttled_graph_is_asked_again_and_then_given_up(asked: Bench) -> None:
    asked.server.tell(GRAPH, refusal(429, "RateLimiting"))
    row = coverage(captured(asked), Kind.GRAPH_VAULTS)
    assert row.outcome is Outcome.NOT_REACHED
    assert "quota" in str(row.reason)


def answered_once(asked: Asked) -> Reply:
    return graph("a") if b"GRAPH" not in asked.body else refusal(400)


def test_a_query_goes_out_with_its_length_and_type(asked: Bench) -> None:
    asked.server.tell(GRAPH, answered_once)
    captured(asked)
    (first, *_) = asked.server.asked_for(GRAPH)
    assert first.headers["content-type"] == "application/json"
    assert first.query == {"api-version": "2021-03-01"}
