"""No generated body has a key or a JSON type that Azure was not seen to send for that kind and workload.

Workload is what Azure's own discriminator says: management type of jobs and policies, item type, point type. What the
recordings are too few to show is listed in `MODELLED` with its reason, and is in the SDK's models. The subscription
list is not held to anything: it was never recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from simulator.generated import GeneratedWorld, generated_world
from simulator.generated.cross_region import CrossRegion, cross_region_body
from tests.paths import RECORDINGS, needs_recordings
from tests.simulator.asking import body, readable, rows, vaults
from tests.simulator.shapes import Shapes, kind, recorded_shapes, shape

pytestmark = needs_recordings
FIRST = date(2026, 11, 1)
MODELLED = {
    # SimpleSchedulePolicy.scheduleRunDays: the recorded VM policies run daily or hourly, those of SQL and HANA show it.
    "vaults/backuppolicies AzureIaasVM": {
        ".properties.schedulePolicy.scheduleRunDays:array",
        ".properties.schedulePolicy.scheduleRunDays[]:string",
    },
}
NEVER_RECORDED = {
    # Nobody recorded servers with an agent or a DPM machine: their items, jobs and points are the SDK's models alone.
    "vaults/backupjobs MAB",
    "vaults/backupjobs DPM",
    "vaults/backupfabrics/protectioncontainers/protecteditems MabFileFolderProtectedItem",
    "vaults/backupfabrics/protectioncontainers/protecteditems DPMProtectedItem",
    "vaults/backupfabrics/protectioncontainers/protecteditems/recoverypoints GenericRecoveryPoint",
}
EARLIER = "2020-10-01"
RECORDED_EARLIER = {
    # Ranges of HANA are recorded later too; later SQL databases of the recordings keep no logs.
    "vaults/backupfabrics/protectioncontainers/protecteditems/recoverypoints AzureWorkloadSQLPointInTimeRecoveryPoint": {
        ".properties.timeRanges[]:object",
        ".properties.timeRanges[].startTime:string",
        ".properties.timeRanges[].endTime:string",
    },
}
MORNINGS = [datetime(2026, 11, day, 6, 30, tzinfo=UTC) for day in range(2, 13)]
BUSY = [datetime(2026, 11, day, hour, 40, tzinfo=UTC) for day in (6, 8, 9) for hour in (10, 21, 22, 23)]


@cache
def recorded() -> Shapes:
    return recorded_shapes(RECORDINGS)


@cache
def world() -> GeneratedWorld:
    return generated_world(11, FIRST, 11)


def stray(resource: dict[str, Any]) -> set[str]:
    name = kind(resource) or "no resource"
    if name in NEVER_RECORDED:
        return set()
    assert name in recorded(), f"nothing of the kind {name!r} is recorded"
    known = recorded()[name] | MODELLED.get(name, set()) | RECORDED_EARLIER.get(name, set())
    return {f"{name} {path}" for path in set(shape(resource)) - known}


def strays(resources: Iterator[dict[str, Any]]) -> set[str]:
    found, count = set(), 0
    for resource in resources:
        found |= stray(resource)
        count += 1
    assert count, "nothing was compared"
    return found


def restores_begun() -> list[datetime]:
    history = world().history
    return [
        job.started_at + timedelta(seconds=5)
        for planned in history.plan.restores
        for job in history.item_jobs(planned.item, planned.night)
        if job.restore is not None
    ]


def settings(now: datetime) -> Iterator[dict[str, Any]]:
    yield from vaults(world(), now)
    for vault in readable(world(), now):
        yield body(world(), vault["id"], now)
        for policy in rows(world(), f"{vault['id']}/backupPolicies", now):
            yield policy
            yield body(world(), policy["id"], now)
        for below in (
            "backupconfig/vaultconfig",
            "backupstorageconfig/vaultstorageconfig",
            "backupEncryptionConfigs/backupResourceEncryptionConfig",
        ):
            yield body(world(), f"{vault['id']}/{below}", now)
        yield from rows(world(), f"{vault['id']}/backupResourceGuardProxies", now)


def containers(now: datetime) -> Iterator[dict[str, Any]]:
    for vault in readable(world(), now):
        for management_type in ("AzureIaasVM", "AzureStorage", "AzureWorkload"):
            asked = f"backupManagementType eq '{management_type}'"
            yield from rows(world(), f"{vault['id']}/backupProtectionContainers", now, filter=asked)


def jobs(now: datetime) -> Iterator[dict[str, Any]]:
    window = (
        f"startTime eq '{now - timedelta(days=1):%Y-%m-%d %I:%M:%S %p}' and endTime eq '{now:%Y-%m-%d %I:%M:%S %p}'"
    )
    for vault in readable(world(), now):
        for job in rows(world(), f"{vault['id']}/backupJobs", now, filter=window):
            assert "extendedInfo" not in job["properties"]
            yield job
            yield body(world(), job["id"], now)


def items(now: datetime) -> Iterator[dict[str, Any]]:
    for vault in readable(world(), now):
        for item in rows(world(), f"{vault['id']}/backupProtectedItems", now):
            yield item
            yield body(world(), item["id"], now)


def points(now: datetime) -> Iterator[dict[str, Any]]:
    for item in {item["id"]: item for item in items(now)}.values():
        listed = rows(world(), f"{item['id']}/recoveryPoints", now)
        listed += rows(world(), f"{item['id']}/recoveryPoints", now, filter="restorePointQueryType eq 'Log'")
        yield from listed
        if listed:
            yield body(world(), listed[0]["id"], now)


def test_vaults_policies_and_settings() -> None:
    assert not strays(settings(MORNINGS[-1]))


def test_containers() -> None:
    assert not strays(containers(MORNINGS[-1]))


def test_cross_region_restores() -> None:
    found = [
        cross_region_body(one, MORNINGS[-1], details=True)
        for one in CrossRegion(world().history, world().seed).planted()
    ]
    assert not strays(iter(found))


def test_jobs_and_their_details_at_every_stage() -> None:
    for now in [*MORNINGS, *BUSY, *restores_begun()]:
        assert not strays(jobs(now)), now


def test_items_in_every_state() -> None:
    for now in (*MORNINGS, datetime(2026, 11, 6, 15, tzinfo=UTC)):
        assert not strays(items(now)), now


def test_recovery_points_at_every_stage() -> None:
    for now in (MORNINGS[4], BUSY[5], MORNINGS[-1]):
        assert not strays(points(now)), now


def test_what_is_taken_from_earlier_recordings_is_in_them() -> None:
    earlier = recorded_shapes(RECORDINGS, EARLIER)
    for name, paths in RECORDED_EARLIER.items():
        assert paths <= earlier[name]
        assert not paths & recorded()[name], "no exception is needed any more"


def test_the_contract_can_fail() -> None:
    vault = vaults(world(), MORNINGS[0])[0]
    vault["properties"]["surprise"] = 1
    vault["location"] = None
    assert stray(vault) == {"vaults .properties.surprise:number", "vaults .location:null"}
