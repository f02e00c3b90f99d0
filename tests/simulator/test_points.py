"""Recovery points appear when they are made, age, expire; log ranges break where backups did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.generated.moments import dotnet_span, duration, milliseconds, seconds, seven, ticks
from simulator.generated.schedules import night_of, night_start, runs
from simulator.generated.values import Job, Workload
from tests.simulator.asking import ask, body, rows
from tests.simulator.test_planted import END, truth
from tests.simulator.test_world import FIRST, vault, world


def completed(workload: Workload, policy: str = "") -> Job:
    """A backup of the first night of an item to which nothing happens."""
    history = world().history
    troubled = {key for key, _ in history.plan.incidents} | history.plan.deleted.keys() | history.plan.protected.keys()
    for item in history.estate.items:
        if (
            item.workload is workload
            and policy in item.policy.name
            and item.vault.readable
            and item.key not in troubled
        ):
            for job in history.item_jobs(item, FIRST):
                if job.status == "Completed" and job.operation == "Backup":
                    return job
    raise LookupError(workload)


def points(job: Job, now: datetime, **query: str) -> list[Any]:
    from simulator.generated.bodies.names import item_id

    return rows(world(), f"{item_id(job.item)}/recoveryPoints", now, **query)


def shown(job: Job, now: datetime) -> Any:
    assert job.point is not None
    return next((one["properties"] for one in points(job, now) if one["name"] == job.point.point_id), None)


def test_a_vm_point_is_seen_with_its_snapshot_and_reaches_the_vault_with_the_job() -> None:
    job = completed(Workload.VM, "Default")
    assert job.snapshot_at is not None
    assert shown(job, job.snapshot_at - timedelta(seconds=1)) is None
    tiers = [
        [tier["type"] for tier in shown(job, now)["recoveryPointTierDetails"]]
        for now in (job.snapshot_at, job.ended_at, job.ended_at + timedelta(days=3))
    ]
    assert tiers == [["InstantRP"], ["InstantRP", "HardenedRP"], ["HardenedRP"]]


@pytest.mark.parametrize("workload", [Workload.SQL, Workload.HANA, Workload.FILES])
def test_other_points_are_seen_when_the_job_is_over(workload: Workload) -> None:
    job = completed(workload)
    assert job.point is not None
    late = max(job.ended_at, job.point.at)
    assert shown(job, late - timedelta(microseconds=1)) is None
    assert shown(job, late) is not None


def test_points_expire_and_are_listed_newest_first() -> None:
    job = completed(Workload.VM, "vm-short")
    assert job.point is not None
    assert shown(job, job.point.expires_at - timedelta(seconds=1)) is not None
    assert shown(job, job.point.expires_at) is None
    times = [one["properties"]["recoveryPointTime"] for one in points(job, END)]
    assert times == sorted(times, reverse=True)
    assert len(times) == 7


def test_a_window_and_a_query_type_narrow_the_list() -> None:
    job = completed(Workload.SQL, "sql-weekly-full")
    window = "startDate eq '2026-11-02 12:00:00 AM' and endDate eq '2026-11-04 12:00:00 AM'"
    assert len(points(job, END, filter=window)) == 2
    kinds = {one["properties"]["type"] for one in points(job, END)}
    assert kinds == {"Full", "Differential"}
    full = points(job, END, filter="restorePointQueryType eq 'Full'")
    assert {one["properties"]["type"] for one in full} == {"Full"}
    assert len(points(job, END, filter="restorePointQueryType eq 'All'")) == len(points(job, END)) + 1
    bad = ask(world(), f"{vault('rsv-prod-weu')}/backupPolicies", END, filter="startDate eq 'x'")
    assert bad.status == 400


def test_a_point_can_be_asked_for_by_its_id() -> None:
    job = completed(Workload.SQL)
    listed = points(job, END)[0]
    single = body(world(), listed["id"], END)
    assert single["properties"].pop("extendedInfo")["dataDirectoryPaths"]
    assert single == listed
    (ranges,) = points(job, END, filter="restorePointQueryType eq 'Log'")
    assert body(world(), ranges["id"], END) == ranges
    assert ask(world(), f"{listed['id']}0", END).status == 404


def test_log_coverage_is_continuous_but_for_the_nights_without_a_backup() -> None:
    missed = [one for one in truth()["silent_misses"] if "/SQLDataBase;" in one["item_id"]]
    (item,) = {one["item_id"] for one in missed}
    (found,) = rows(world(), f"{item}/recoveryPoints", END, filter="restorePointQueryType eq 'Log'")
    newer, older = found["properties"]["timeRanges"]
    first, last = min(one["night"] for one in missed), max(one["night"] for one in missed)
    assert older["endTime"][:10] == first
    assert newer["startTime"] > f"{last}T23:59:59Z"
    assert night_start(world().history.end) - datetime.fromisoformat(newer["endTime"]) < timedelta(hours=1)


def test_databases_without_log_backups_have_no_range() -> None:
    job = completed(Workload.SQL, "sql-simple")
    (found,) = points(job, END, filter="restorePointQueryType eq 'Log'")
    assert found["properties"]["timeRanges"] == []


def test_nothing_runs_after_the_last_night() -> None:
    later = END + timedelta(days=5)
    assert not rows(
        world(),
        f"{vault('rsv-prod-weu')}/backupJobs",
        later,
        filter="startTime eq '2026-11-11 06:00:00 AM' and endTime eq '2026-11-16 06:00:00 AM'",
    )


def test_every_due_run_is_in_its_own_night_and_local_times_follow_their_zone() -> None:
    policies = {policy.name: policy for one in world().history.estate.vaults for policy in one.policies}
    for night in (FIRST + timedelta(days=number) for number in range(8)):
        for policy in policies.values():
            for run in runs(policy, night):
                assert night_of(run.at) == night
    assert [run.at.isoformat() for run in runs(policies["vm-nightly-local"], FIRST)] == ["2026-11-01T22:30:00+00:00"]
    summer = runs(policies["vm-nightly-local"], FIRST.replace(month=7))
    assert [run.at.isoformat() for run in summer] == ["2026-07-01T21:30:00+00:00"]
    assert [run.at.hour for run in runs(policies["EnhancedPolicy"], FIRST)] == [8, 12, 16, 20]
    weekly = [night for night in range(1, 8) if runs(policies["vm-weekly"], FIRST.replace(day=night))]
    assert weekly == [1]
    kinds = [runs(policies["sql-weekly-full"], FIRST.replace(day=night))[0].kind for night in range(1, 4)]
    assert kinds == ["Full", "Differential", "Differential"]
    assert night_start(FIRST) == datetime(2026, 11, 1, 6, tzinfo=UTC)


def test_moments_and_lengths_are_written_as_azure_writes_them() -> None:
    moment = datetime(2026, 1, 5, 9, 3, 4, 120_000, tzinfo=UTC)
    assert ticks(moment.replace(microsecond=0)) == "2026-01-05T09:03:04Z"
    assert ticks(moment).startswith("2026-01-05T09:03:04.12")
    assert milliseconds(moment) == "2026-01-05T09:03:04.12Z"
    assert seconds(moment) == "2026-01-05T09:03:04Z"
    assert seven(moment) == "2026-01-05T09:03:04.1200000"
    assert duration(timedelta()) == "PT0S"
    assert duration(timedelta(hours=1, seconds=2.5)) == "PT1H2.5S"
    assert duration(timedelta(minutes=41)) == "PT41M"
    assert dotnet_span(timedelta(days=13, hours=23, minutes=59, seconds=42, microseconds=5)) == "13.23:59:42.0000050"
