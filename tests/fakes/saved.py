"""Files as people save them: what `az` and PowerShell print of the same jobs, items and points.

The shapes are those of `az … -o json`, of `ConvertTo-Json` over Az.RecoveryServices objects, and of `--query`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.bench import NIGHT, at
from tests.fakes.bodies import FakeItem, FakeJob, FakePoint, FakeVault, item_body, job_body, points_body, sent

Json = dict[str, Any]
SAVED_AT = at(NIGHT, 31)
"""An hour after the night's end: 07:00 of the next day."""
GUID = "7c1d0000-0000-4000-8000-0000000000{:02d}"


def job(vault: FakeVault, number: int = 1, **changes: Any) -> Json:
    """A backup of a VM as a job list tells it."""
    made = FakeJob(GUID.format(number), "vm1", at(NIGHT, 22), status="Completed")
    body = job_body(vault, made, detailed=False)
    told: Json = {**body, "properties": {**properties_of(body), **changes}}
    return told


def properties_of(record: Mapping[str, object]) -> Json:
    """The bag of a record."""
    bag = record["properties"]
    assert isinstance(bag, dict)
    return bag


def item(vault: FakeVault, name: str = "vm1") -> Json:
    """A protected VM."""
    return item_body(vault, FakeItem(name))


def point(vault: FakeVault, name: str = "p1", item_name: str = "vm1", hours: float = 22.01) -> Json:
    """A recovery point of a VM."""
    return points_body(vault, FakeItem(item_name, points=[FakePoint(name, at(NIGHT, hours))]))[0]


def az(records: Sequence[Json] | Json, **options: Any) -> bytes:
    """As `az … -o json` prints: indented, with the resource group beside each record."""
    many = [records] if isinstance(records, dict) else list(records)
    told = [{**one, "resourceGroup": "RG-Main"} for one in many]
    return json.dumps(told[0] if isinstance(records, dict) else told, indent=2, **options).encode() + b"\n"


def as_python_prints(record: Json) -> Json:
    """The same record after the SDK's models of older `az`: times with an offset, durations as Python writes them."""
    told = json.loads(json.dumps(record))
    for key, value in told["properties"].items():
        if key in {"startTime", "endTime", "lastBackupTime", "recoveryPointTime"} and isinstance(value, str):
            told["properties"][key] = f"{value.removesuffix('Z')[:26]}+00:00"
        if key == "duration":
            told["properties"][key] = str(timedelta(minutes=9))
    return {**told, "eTag": None, "location": None, "tags": None}


def powershell_job(record: Json, *, date: str = "milliseconds", enums: bool = False) -> Json:
    """A job as `Get-AzRecoveryServicesBackupJob | ConvertTo-Json` writes it."""
    told = record["properties"]
    return {
        "IsCancellable": False,
        "IsRetriable": False,
        "ErrorDetails": None,
        "ActivityId": told["activityId"],
        "JobId": record["name"],
        "Operation": told["operation"],
        "Status": told["status"],
        "WorkloadName": told["entityFriendlyName"],
        "StartTime": powershell_date(told["startTime"], date),
        "EndTime": powershell_date(told.get("endTime"), date),
        "Duration": {
            "Ticks": 5_400_000_000,
            "Days": 0,
            "Hours": 0,
            "Minutes": 9,
            "TotalSeconds": 540,
            "TotalDays": 0.00625,
        },
        "BackupManagementType": "AzureVM" if enums else 1,
    }


def powershell_date(text: str | None, form: str) -> Any:
    """A date of `ConvertTo-Json`: 5.1 writes milliseconds, for some an object, 7 writes ISO 8601."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text[:26]).replace(tzinfo=UTC)
    told = f"/Date({int(moment.timestamp() * 1000)})/"
    if form == "milliseconds":
        return told
    if form == "object":
        return {"value": told, "DisplayHint": 2, "DateTime": "a day, as the culture writes it"}
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"


def powershell(records: object, encoding: str = "utf-16", *, slash: bool = False) -> bytes:
    """As PowerShell 5.1 redirects it: UTF-16 with a mark, CRLF; `/` may be escaped."""
    text = json.dumps(records, indent=4).replace("\n", "\r\n") + "\r\n"
    return (re.sub("/", r"\\/", text) if slash else text).encode(encoding)


def flattened(record: Json) -> Json:
    """As `--query "[].{Name:name, …}"` leaves it."""
    told = record["properties"]
    return {
        "Name": record["name"],
        "Operation": told["operation"],
        "Status": told["status"],
        "Item": told["entityFriendlyName"],
        "StartTime": told["startTime"],
        "properties.endTime": told.get("endTime"),
    }


def like_a_table(record: Json) -> Json:
    """With the headings that `-o table` prints."""
    told = record["properties"]
    return {
        "Name": record["name"],
        "Operation": told["operation"],
        "Status": told["status"],
        "Item Name": told["entityFriendlyName"],
        "Backup Management Type": told["backupManagementType"],
        "Start Time UTC": told["startTime"],
        "Duration": "0:09:00",
    }


def cut_at(record: Mapping[str, Any], depth: int) -> Any:
    """What `ConvertTo-Json -Depth` leaves: deeper objects become renderings of themselves."""

    def cut(value: Any, left: int) -> Any:
        if isinstance(value, dict):
            if left < 0:
                return "@{" + "; ".join(f"{key}={one}" for key, one in value.items()) + "}"
            return {key: cut(one, left - 1) for key, one in value.items()}
        if isinstance(value, list):
            return "System.Object[]" if left < 0 else [cut(one, left - 1) for one in value]
        return value

    return cut(record, depth)


__all__ = [
    "SAVED_AT",
    "az",
    "cut_at",
    "flattened",
    "item",
    "job",
    "like_a_table",
    "point",
    "powershell",
    "powershell_job",
    "sent",
]
