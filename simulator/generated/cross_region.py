"""Restores into the paired region: one is planted in the vault that allows them, and only a POST in that region tells of it.

Bodies in the recorded form. Azure lists such a job in no vault's own job list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from simulator.errors import arm_error, json_response
from simulator.filters import FilterError, bad_filter, interval, parse_filter
from simulator.generated.bodies.jobs import job_body
from simulator.generated.history import History
from simulator.generated.schedules import night_start
from simulator.generated.seeded import Seed
from simulator.generated.values import Item, Job, Restore, Vault, Workload
from simulator.interface import ArmRequest, ArmResponse

PAIRS = {"westeurope": "northeurope", "northeurope": "westeurope", "eastus": "westus"}
NIGHT = 4
"""The restore runs on the fifth night of a world."""
_LENGTH = timedelta(minutes=12, seconds=6, microseconds=224_563)
_FILTER = ("startTime", "endTime", "status", "operation", "backupManagementType", "jobId")


@dataclass(frozen=True, slots=True)
class Planted:
    """One cross-region restore."""

    region: str
    """Region that it ran in."""
    job: Job
    restore: Restore


class CrossRegion:
    """Answers for the jobs of a region that is paired."""

    def __init__(self, history: History, seed: Seed) -> None:
        self._history, self._seed = history, seed

    def planted(self) -> Iterator[Planted]:
        """All of them, whenever they run."""
        for vault in self._history.estate.vaults:
            if vault.cross_region_restore and len(self._history.nights()) > NIGHT:
                yield self._planted(vault)

    def answer(self, request: ArmRequest, region: str, *, one: bool) -> ArmResponse:
        """The restores of the vault that the body names, or the one that it names."""
        asked = _asked(request.body)
        if asked is None:
            return arm_error(400, "BMSUserErrorInvalidInput", "The body names no resourceId.")
        vault_id, job_id = asked
        found = [
            planted
            for planted in self.planted()
            if planted.region == region.lower()
            and planted.job.item.vault.id.lower() == vault_id
            and planted.job.started_at <= request.now
        ]
        if one:
            return _one(request, [planted for planted in found if planted.job.job_id == job_id])
        try:
            return _listed(request, found)
        except FilterError:
            return bad_filter("Get CRR jobs", "both startTime and endTime as yyyy-MM-dd hh:mm:ss AM.")

    def _planted(self, vault: Vault) -> Planted:
        night = self._history.first + timedelta(days=NIGHT)
        start = night_start(night) + timedelta(hours=3, minutes=41, microseconds=654_422)
        item = self._item(vault)
        points = [point for point in self._history.points(item, start) if point.kind == "Full"]
        restore = Restore(
            "Recovery to an alternate database",
            points[0],
            points[0].at,
            f"{item.host}-drill/{item.instance}/{item.name}_restored",
        )
        job = Job(
            job_id=self._seed.guid("cross-region-job", vault.name),
            activity_id=self._seed.guid("cross-region-activity", vault.name),
            item=item,
            operation="Restore",
            started_at=start,
            ended_at=start + _LENGTH,
            status="Completed",
            restore=restore,
            by_user=True,
            megabytes=812,
        )
        return Planted(PAIRS[vault.region], job, restore)

    def _item(self, vault: Vault) -> Item:
        items = self._history.estate.items_of(vault)
        return next(item for item in items if item.workload is Workload.SQL and item.policy.weekday is None)


def cross_region_body(planted: Planted, now: datetime, *, details: bool) -> dict[str, object]:
    """One such job: that of a restore, under the region's own id and operation."""
    body = job_body(planted.job, now, details=details)
    vault = planted.job.item.vault
    properties = body["properties"]
    if isinstance(properties, dict):
        properties["operation"] = "CrossRegionRestore"
        if details:
            properties["extendedInfo"]["propertyBag"] |= _bag(planted.job.item)
    scope = f"/subscriptions/{vault.subscription}/providers/Microsoft.RecoveryServices/locations/{planted.region}"
    return {**body, "id": f"{scope}/backupJobs/{planted.job.job_id}"}


def _bag(item: Item) -> dict[str, str]:
    return {
        "Original VM Name": item.host,
        "Target VM Name": f"{item.host}-drill",
        "Target resource group": "rg-drill",
        "Subscription Id of the vault": item.vault.subscription,
        "Resource Group Name of the vault": item.vault.resource_group,
        "Vault name": item.vault.name,
    }


def _asked(body: bytes) -> tuple[str, str] | None:
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    vault_id = sent.get("resourceId") if isinstance(sent, dict) else None
    return (vault_id.lower(), str(sent.get("jobName") or "").lower()) if isinstance(vault_id, str) else None


def _one(request: ArmRequest, found: list[Planted]) -> ArmResponse:
    if not found:
        return arm_error(404, "ResourceNotFound", "The region has no such job of the vault.")
    return json_response(cross_region_body(found[0], request.now, details=True))


def _listed(request: ArmRequest, found: list[Planted]) -> ArmResponse:
    asked = parse_filter(request.query.get("$filter", ""), _FILTER)
    window = interval(asked, "startTime", "endTime")
    inside = [one for one in found if window is None or window[0] <= one.job.started_at <= window[1]]
    return json_response({"value": [cross_region_body(one, request.now, details=False) for one in inside]})
