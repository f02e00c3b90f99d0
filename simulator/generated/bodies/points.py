"""Recovery point bodies: discrete points, and the one range that stands for all logs.

Expiry times are missing for most VM points and all file shares, as they are in Azure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from simulator.generated.bodies.names import ITEM_TYPE, item_id
from simulator.generated.moments import milliseconds, seconds, seven, ticks
from simulator.generated.points import SNAPSHOT_DAYS
from simulator.generated.values import Item, Point, Workload

RANGE_ID = "DefaultRangeRecoveryPoint"
_VAULT_WITH_EXPIRY = "northeurope"
"""Region whose VM points carry their expiry time; most of Azure's do not."""


def point_body(item: Item, point: Point, now: datetime, *, details: bool, deleted: bool = False) -> dict[str, object]:
    """One discrete recovery point as it stands at a moment; `deleted` with its item, softly."""
    if item.workload is Workload.VM:
        properties = _vm(item, point, now)
    elif item.workload is Workload.FILES:
        properties = _files(item, point)
    else:
        properties = _database(item, point)
        if details and item.workload is Workload.SQL:
            properties["extendedInfo"] = _directories(item, point)
    if deleted:
        kept = properties.get("recoveryPointProperties")
        properties["recoveryPointProperties"] = {**(kept if isinstance(kept, dict) else {}), "isSoftDeleted": True}
    return _resource(item, point.point_id, properties)


def range_body(item: Item, ranges: Sequence[tuple[datetime, datetime]]) -> dict[str, object]:
    """The point in time ranges of a database."""
    hana = item.workload is Workload.HANA
    form = milliseconds if hana else seconds
    properties = {
        "objectType": f"AzureWorkload{'SAPHana' if hana else 'SQL'}PointInTimeRecoveryPoint",
        "timeRanges": [{"startTime": form(start), "endTime": form(end)} for start, end in ranges],
        "type": "Log",
    }
    return _resource(item, RANGE_ID, properties)


def _resource(item: Item, name: str, properties: Mapping[str, object]) -> dict[str, object]:
    return {
        "id": f"{item_id(item)}/recoveryPoints/{name}",
        "name": name,
        "type": f"{ITEM_TYPE}/recoveryPoints",
        "properties": properties,
    }


def _vm(item: Item, point: Point, now: datetime) -> dict[str, object]:
    tiers = []
    if now < point.at + timedelta(days=SNAPSHOT_DAYS):
        tiers.append({"type": "InstantRP", "status": "Valid"})
    if point.vaulted_at is not None and point.vaulted_at <= now:
        tiers.append({"type": "HardenedRP", "status": "Valid"})
    body: dict[str, object] = {
        "objectType": "IaasVMRecoveryPoint",
        "recoveryPointType": "AppConsistent",
        "recoveryPointTime": ticks(point.at),
        "recoveryPointAdditionalInfo": "",
        "sourceVMStorageType": "PremiumVMOnPartialPremiumStorage",
        "isSourceVMEncrypted": False,
        "isInstantIlrSessionActive": False,
        "recoveryPointTierDetails": tiers,
        "isManagedVirtualMachine": True,
        "virtualMachineSize": "Standard_D2a_v4",
        "originalStorageAccountOption": False,
        "osType": "Windows",
        "recoveryPointMoveReadinessInfo": _archive("It is not yet known whether this point can be archived."),
        "securityType": "None",
    }
    if item.vault.region == _VAULT_WITH_EXPIRY:
        body["recoveryPointProperties"] = _expiry(item, seven(point.expires_at))
    return body | {"isPrivateAccessEnabledOnAnyDisk": False, "createdWithPolicyType": "V1", "threatStatus": 0}


def _files(item: Item, point: Point) -> dict[str, object]:
    snapshot = f"https://{item.host}.file.core.windows.net/{item.name}?sharesnapshot={seven(point.at)}Z"
    return {
        "objectType": "AzureFileShareRecoveryPoint",
        "recoveryPointType": "FileSystemConsistent",
        "recoveryPointTime": seconds(point.at),
        "fileShareSnapshotUri": snapshot,
        "recoveryPointSizeInGB": 0,
        "recoveryPointTierDetails": [{"type": "InstantRP", "status": "Valid"}],
    }


def _database(item: Item, point: Point) -> dict[str, object]:
    hana = item.workload is Workload.HANA
    return {
        "objectType": f"AzureWorkload{'SAPHana' if hana else 'SQL'}RecoveryPoint",
        "recoveryPointTimeInUTC": milliseconds(point.at) if hana else seconds(point.at),
        "type": point.kind,
        "recoveryPointTierDetails": [{"type": "HardenedRP", "status": "Valid"}],
        "recoveryPointMoveReadinessInfo": _archive("The point does not live long enough to be archived."),
        "recoveryPointProperties": _expiry(item, seven(point.expires_at) + "Z"),
    }


def _archive(why_not: str) -> dict[str, object]:
    return {"ArchivedRP": {"isReadyForMove": False, "additionalInfo": why_not}}


def _expiry(item: Item, expires: str) -> dict[str, object]:
    rule = "Daily" if item.policy.weekday is None else "Weekly"
    return {"expiryTime": expires, "ruleName": rule, "isSoftDeleted": False}


def _directories(item: Item, point: Point) -> dict[str, object]:
    folder = f"C:\\Program Files\\Microsoft SQL Server\\MSSQL16.{item.instance}\\MSSQL\\DATA"
    return {
        "dataDirectoryTimeInUTC": seconds(point.at),
        "dataDirectoryPaths": [
            {"type": "Data", "path": f"{folder}\\{item.name}.mdf", "logicalName": item.name},
            {"type": "Log", "path": f"{folder}\\{item.name}_log.ldf", "logicalName": f"{item.name}_log"},
        ],
    }
