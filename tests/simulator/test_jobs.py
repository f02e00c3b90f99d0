"""Job lists and details: filters, order, pages, and jobs that are not over yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.generated.schedules import night_of, night_start
from tests.simulator.asking import ask, body, pages, readable, rows
from tests.simulator.test_world import MORNING, vault, window, world

NIGHT = window(datetime(2026, 11, 5, 6, tzinfo=UTC), MORNING)


def jobs(name: str, asked: str = "", now: datetime = MORNING) -> list[Any]:
    return rows(world(), f"{vault(name)}/backupJobs", now, **({"filter": asked} if asked else {}))


def started(job: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(job["properties"]["startTime"])


def test_jobs_are_newest_first_over_all_pages_and_each_is_there_once() -> None:
    found = list(pages(world(), f"{vault('rsv-prod-weu')}/backupJobs", MORNING))
    assert len(found) > 5
    assert {len(page) for page in found[:-1]} == {50}
    every = [job for page in found for job in page]
    assert [started(job) for job in every] == sorted(map(started, every), reverse=True)
    assert len({job["name"] for job in every}) == len(every)


def test_pages_stay_put_when_new_jobs_appear() -> None:
    path = f"{vault('rsv-prod-weu')}/backupJobs"
    first = body(world(), path, MORNING)
    token = first["nextLink"].split("%24skipToken=")[-1].split("$skipToken=")[-1]
    from urllib.parse import unquote

    now, later = (
        body(world(), path, when, skiptoken=unquote(token)) for when in (MORNING, MORNING + timedelta(hours=18))
    )
    assert [job["name"] for job in now["value"]] == [job["name"] for job in later["value"]]
    assert first["value"][0]["name"] != body(world(), path, MORNING + timedelta(hours=18))["value"][0]["name"]


def test_a_foreign_skip_token_is_refused() -> None:
    assert ask(world(), f"{vault('rsv-prod-weu')}/backupJobs", MORNING, skiptoken="2").status == 400


def test_the_interval_is_on_the_start_and_both_ends_are_inside() -> None:
    every = jobs("rsv-data-weu")
    some = [started(job) for job in every if MORNING - timedelta(days=3) < started(job) < MORNING - timedelta(days=2)]
    first, last = min(some).replace(microsecond=0), max(some).replace(microsecond=0) + timedelta(seconds=1)
    asked = jobs("rsv-data-weu", window(first, last))
    assert sorted(map(started, asked)) == sorted(some)
    assert not jobs("rsv-data-weu", window(last, last))


def test_an_interval_may_be_as_wide_as_the_calendar() -> None:
    assert jobs(
        "rsv-data-weu", "startTime eq '0001-01-01 12:00:00 AM' and endTime eq '9999-12-31 11:59:59 PM'"
    ) == jobs("rsv-data-weu")


@pytest.mark.parametrize(
    ("asked", "field", "value"),
    [
        ("status eq 'Failed'", "status", "Failed"),
        ("operation eq 'Restore'", "operation", "Restore"),
        ("backupManagementType eq 'AzureStorage'", "backupManagementType", "AzureStorage"),
    ],
)
def test_each_clause_narrows(asked: str, field: str, value: str) -> None:
    found = [
        job
        for one in readable(world(), MORNING)
        for job in rows(world(), f"{one['id']}/backupJobs", MORNING, filter=asked)
    ]
    every = [job for one in readable(world(), MORNING) for job in rows(world(), f"{one['id']}/backupJobs", MORNING)]
    wanted = [job["name"] for job in every if job["properties"][field].startswith(value)]
    assert [job["name"] for job in found] == wanted
    assert 0 < len(found) < len(every)


def test_a_job_can_be_asked_for_by_its_id() -> None:
    job = jobs("rsv-prod-eus")[3]
    assert [one["name"] for one in jobs("rsv-prod-eus", f"jobId eq '{job['name']}'")] == [job["name"]]
    details = body(world(), job["id"].upper(), MORNING)
    assert "extendedInfo" in details["properties"]
    assert "extendedInfo" not in job["properties"]
    del details["properties"]["extendedInfo"]
    assert details == job


def test_a_job_of_another_vault_is_not_found() -> None:
    job = jobs("rsv-prod-eus")[0]
    assert ask(world(), f"{vault('rsv-prod-weu')}/backupJobs/{job['name']}", MORNING).status == 404


@pytest.mark.parametrize(
    "asked",
    [
        "startTime eq '2026-11-05 06:00:00 AM'",
        "startTime -eq '2026-11-05 06:00:00 AM' and endTime eq '2026-11-06 06:00:00 AM'",
        "startTime eq '2026-11-0506:00:00' and endTime eq '2026-11-06 06:00:00 AM'",
        "status eq 'Done'",
        "operation eq 'Sleep'",
    ],
)
def test_a_malformed_filter_is_azures_400(asked: str) -> None:
    answer = ask(world(), f"{vault('rsv-prod-weu')}/backupJobs", MORNING, filter=asked)
    assert answer.status == 400
    assert b"The inputs specified for Get jobs API are incorrect" in answer.body


def test_jobs_end_within_their_night_unless_it_was_planned() -> None:
    history, planned = world().history, set()
    for incident in history.plan.incidents.values():
        if incident.deviation.startswith("slow"):
            planned |= {job.job_id for job in history.item_jobs(incident.item, incident.night)}
    for one in history.estate.vaults:
        for job in history.jobs(one, night_start(history.begin), night_start(history.end)):
            end = night_start(night_of(job.started_at)) + timedelta(days=1)
            late = job.restore is not None and "drill" in job.restore.target and job.ended_at > end
            assert job.ended_at > job.started_at
            assert (job.ended_at > end) == (job.job_id in planned or late), job


def test_a_job_shows_what_was_known_at_each_moment() -> None:
    job = next(job for job in jobs("rsv-data-weu", NIGHT) if job["properties"]["workloadType"] == "SQLDataBase")
    start, end = started(job), datetime.fromisoformat(job["properties"]["endTime"])
    during = body(world(), job["id"], start + timedelta(seconds=20))["properties"]
    assert (during["status"], during["operation"]) == ("InProgress", "Backup")
    assert "endTime" not in during
    assert during["duration"] == "PT20S"
    after = body(world(), job["id"], end + timedelta(seconds=1))["properties"]
    assert (after["status"], after["operation"]) == ("Completed", "Backup (Full)")
    assert ask(world(), job["id"], start - timedelta(seconds=1)).status == 404


def test_failed_jobs_say_why_in_lists_too() -> None:
    failed = [job["properties"] for job in jobs("rsv-prod-weu", "status eq 'Failed'")]
    assert failed
    for job in failed:
        (error,) = job["errorDetails"]
        assert error["errorCode"]
        assert error["errorTitle"]
        assert error["recommendations"][0]
