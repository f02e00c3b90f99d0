"""Resource Graph, the Activity Log and management groups of a generated world: its own rows, and what is planted beside them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import pytest

from simulator.generated import GeneratedWorld, generated_world
from simulator.generated.management_groups import EVERYTHING, PRODUCTION
from simulator.interface import ArmRequest, ArmResponse
from simulator.recorded import recorded_world
from tests.paths import RECORDINGS, needs_recordings
from tests.simulator.asking import BASE, readable, rows, vaults
from tests.simulator.serving import running, signed_in
from tests.simulator.shapes import shape

FIRST = date(2026, 11, 1)
NOW = datetime(2026, 11, 3, 6, 30, tzinfo=UTC)
GRAPH = "/providers/Microsoft.ResourceGraph/resources"
VAULTS = ("microsoft.recoveryservices/vaults", "microsoft.dataprotection/backupvaults")
ITEMS = (
    "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems",
    "microsoft.dataprotection/backupvaults/backupinstances",
)
JOBS = ("microsoft.recoveryservices/vaults/backupjobs", "microsoft.dataprotection/backupvaults/backupjobs")
MACHINES = ("microsoft.compute/virtualmachines",)
Row = dict[str, Any]


@cache
def world() -> GeneratedWorld:
    return generated_world(11, FIRST, 10)


def planted(name: str) -> list[Any]:
    found = world().truth()[name]
    assert isinstance(found, list)
    return found


def asked(types: tuple[str, ...], *, where: str = "", **options: object) -> bytes:
    named = ", ".join(f"'{one}'" for one in types)
    query = f"Table | where type in~ ({named}){where} | project id, name | order by id asc"
    return json.dumps({"subscriptions": list(world().subscriptions()), "query": query, "options": options}).encode()


def send(body: bytes, now: datetime = NOW) -> ArmResponse:
    return world().answer(ArmRequest("POST", GRAPH, {"api-version": "2021-03-01"}, BASE, now, body))


def graph(types: tuple[str, ...], *, where: str = "", now: datetime = NOW, top: int = 1000) -> list[Row]:
    found: list[Row] = []
    options: dict[str, object] = {"$top": top}
    while True:
        answer = json.loads(send(asked(types, where=where, **options), now).body)
        found += answer["data"]
        assert answer["count"] == len(answer["data"])
        assert answer["resultTruncated"] == "false"
        if "$skipToken" not in answer:
            assert answer["totalRecords"] == len(found)
            return found
        options["$skipToken"] = answer["$skipToken"]


def ids(found: list[Row]) -> set[str]:
    return {row["id"].lower() for row in found}


def test_the_graph_shows_the_vaults_that_are_listed_but_one() -> None:
    (hidden,) = planted("vaults_not_in_graph")
    assert ids(vaults(world(), NOW)) - ids(graph(VAULTS)) == {hidden.lower()}


def test_the_graph_shows_the_items_of_all_vaults_that_can_be_read() -> None:
    listed = [
        item for vault in readable(world(), NOW) for item in rows(world(), f"{vault['id']}/backupProtectedItems", NOW)
    ]
    found = graph(ITEMS[:1])
    assert ids(found) == ids(listed)
    assert len(found) > 100
    assert {row["type"] for row in found} == {ITEMS[0]}


def test_the_graph_shows_the_jobs_of_a_time_and_one_more() -> None:
    where = " | where t >= datetime(2026-11-01T06:00:00Z) and t < datetime(2026-11-03T06:00:00Z)"
    wanted = "startTime eq '2026-11-01 06:00:00 AM' and endTime eq '2026-11-03 05:59:59 AM'"
    listed = [
        job
        for vault in readable(world(), NOW)
        for job in rows(world(), f"{vault['id']}/backupJobs", NOW, filter=wanted)
    ]
    of_backup_vaults: Any = world().truth()["backup_vaults"]
    listed += [
        job
        for vault in of_backup_vaults["vaults"]
        for job in rows(world(), f"{vault}/backupJobs", NOW)
        if "2026-11-01T06" <= job["properties"]["startTime"] < "2026-11-03T06"
    ]
    (extra,) = planted("graph_only_jobs")
    found = {row["name"] for row in graph(JOBS, where=where)}
    assert found - {job["name"] for job in listed} == {extra["job_id"]}
    assert found >= {job["name"] for job in listed}


def test_a_job_runs_in_the_graph_as_it_runs_in_its_vault() -> None:
    evening = datetime(2026, 11, 1, 22, 10, tzinfo=UTC)
    running_now = [row for row in graph(JOBS, now=evening) if row["properties"]["status"] == "InProgress"]
    assert running_now


def test_the_machine_that_nothing_protects_is_among_the_resources() -> None:
    (forgotten,) = planted("unprotected_resources")
    sources = {str(row["properties"].get("sourceResourceId")).lower() for row in graph(ITEMS[:1])}
    assert forgotten.lower() in ids(graph(MACHINES)) - sources


def test_pages_follow_each_other_without_gap_or_repeat() -> None:
    whole, paged = graph(ITEMS), graph(ITEMS, top=7)
    assert [row["id"] for row in paged] == [row["id"] for row in whole]


def test_only_the_subscriptions_asked_for_are_shown() -> None:
    one = world().subscriptions()[1]
    body = json.loads(asked(VAULTS)) | {"subscriptions": [one]}
    found = json.loads(send(json.dumps(body).encode()).body)["data"]
    assert found
    assert {row["subscriptionId"] for row in found} == {one}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"query": "Resources", "subscriptions": []}', b'{"subscriptions": ["x"]}']
)
def test_a_query_that_is_not_understood_is_refused(body: bytes) -> None:
    answer = send(body)
    assert answer.status == 400
    assert json.loads(answer.body)["error"]["code"] == "BadRequest"


@needs_recordings
def test_answers_have_the_shape_that_was_recorded() -> None:
    entries = json.loads((RECORDINGS / "manifest.json").read_bytes())
    bodies = [
        json.loads((RECORDINGS / one["file"]).read_bytes()) for one in entries if one["category"] == "resource_graph"
    ]
    envelope = {
        path for body in bodies for path in shape({name: value for name, value in body.items() if name != "data"})
    }
    columns = {
        path for body in bodies for row in body["data"] for path in shape({**row, "properties": None, "tags": None})
    }
    columns |= {".tags:object", ".tags.*:string", ".managedBy:string", ".kind:string"}
    for types in (VAULTS, ITEMS, JOBS, MACHINES):
        answer = json.loads(send(asked(types)).body)
        assert (
            set(shape({name: value for name, value in answer.items() if name not in ("data", "$skipToken")}))
            <= envelope
        )
        for row in answer["data"]:
            assert set(shape({**row, "properties": None})) <= columns
            assert row["type"] == row["type"].lower()


# --- the Activity Log

SPAN = "eventTimestamp ge '2026-11-01T06:00:00Z' and eventTimestamp le '2026-11-03T06:00:00Z'"


def events(
    subscription: str, provider: str = "Microsoft.RecoveryServices", span: str = SPAN, now: datetime = NOW
) -> list[Row]:
    path = f"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values"
    found: list[Row] = rows(world(), path, now, filter=f"{span} and resourceProvider eq '{provider}'")
    return found


def test_the_change_of_a_policy_names_who_made_it() -> None:
    (change,) = planted("policy_changes")
    told = [one for one in events(world().subscriptions()[0]) if "backupPolicies" in one["operationName"]["value"]]
    assert {(one["resourceId"], one["caller"]) for one in told} == {(change["policy_id"], change["caller"])}
    assert [one["status"]["value"] for one in told] == ["Succeeded", "Started"]


def test_every_restore_of_the_time_is_an_event() -> None:
    now = datetime(2026, 11, 9, 6, 30, tzinfo=UTC)
    where = "startTime eq '2026-11-01 06:00:00 AM' and endTime eq '2026-11-09 05:59:59 AM' and operation eq 'Restore'"
    jobs = [
        job for vault in readable(world(), now) for job in rows(world(), f"{vault['id']}/backupJobs", now, filter=where)
    ]
    span = SPAN.replace("11-03", "11-09")
    found = [one for subscription in world().subscriptions() for one in events(subscription, span=span, now=now)]
    told = {one["correlationId"] for one in found if one["operationName"]["value"].endswith("/restore/action")}
    assert jobs
    assert len(told) == len(jobs)


def test_events_lie_within_the_time_asked_for_and_are_the_providers_own() -> None:
    subscription = world().subscriptions()[0]
    assert all("2026-11-01T06" <= one["eventTimestamp"] <= "2026-11-03T06:00:01" for one in events(subscription))
    assert events(subscription, "Microsoft.DataProtection") == []
    assert events(subscription, span=SPAN.replace("2026-11-0", "2025-11-0")) == []


def test_a_filter_of_another_form_is_refused() -> None:
    path = f"/subscriptions/{world().subscriptions()[0]}/providers/Microsoft.Insights/eventtypes/management/values"
    answer = world().answer(ArmRequest("GET", path, {"$filter": "caller eq 'x'"}, BASE, NOW))
    assert answer.status == 400


# --- management groups


@pytest.mark.parametrize(("group", "count"), [(EVERYTHING, 2), (PRODUCTION, 1), (EVERYTHING.upper(), 2)])
def test_a_group_has_its_subscriptions_below_it(group: str, count: int) -> None:
    path = f"/providers/Microsoft.Management/managementGroups/{group}/descendants"
    found = [row["name"] for row in rows(world(), path, NOW) if row["type"] == "/subscriptions"]
    assert sorted(found) == sorted(world().subscriptions()[:count])


def test_a_group_that_there_is_not_may_not_be_seen() -> None:
    answer = world().answer(
        ArmRequest("GET", "/providers/Microsoft.Management/managementGroups/x/descendants", {}, BASE, NOW)
    )
    assert answer.status == 403


# --- over HTTP, and in the recorded world


@needs_recordings
def test_the_recorded_world_says_that_none_of_it_was_recorded() -> None:
    recorded = recorded_world(RECORDINGS)
    subscription = recorded.subscriptions()[0]
    asks = [
        ArmRequest("POST", GRAPH, {}, BASE, NOW, asked(VAULTS)),
        ArmRequest(
            "GET",
            f"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values",
            {},
            BASE,
            NOW,
        ),
        ArmRequest("GET", f"/providers/Microsoft.Management/managementGroups/{EVERYTHING}/descendants", {}, BASE, NOW),
    ]
    answers = [recorded.answer(one) for one in asks]
    assert [one.status for one in answers] == [404, 404, 404]
    assert all(b"NotRecorded" in one.body for one in answers)


def test_queries_by_post_are_served_counted_and_no_writing(tmp_path: Any) -> None:
    with (
        running(tmp_path, "--seed", "11", "--first-night", "2026-11-01", "--nights", "3") as url,
        signed_in(url) as client,
    ):
        httpx.put(f"{url}/control/clock", json={"now": (NOW + timedelta(hours=1)).isoformat()}).raise_for_status()
        answer = client.post(GRAPH, content=asked(VAULTS))
        assert answer.status_code == 200
        assert answer.headers["x-ms-user-quota-remaining"] == "14"
        assert (
            client.get(f"/providers/Microsoft.Management/managementGroups/{EVERYTHING}/descendants").status_code == 200
        )
        assert client.post(f"{GRAPH}/x", content=asked(VAULTS)).status_code == 405
        assert httpx.post(f"{url}{GRAPH}?api-version=2021-03-01", content=asked(VAULTS)).status_code == 401
        counts = httpx.get(f"{url}/control/requests").json()
    assert counts["by_kind"]["Microsoft.ResourceGraph/resources/read"] == 2
    assert [one["path"] for one in counts["not_get"]] == [f"{GRAPH}/x"]
