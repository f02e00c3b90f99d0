"""How fast job lists become rows, against `json.loads` with pandas' `json_normalize` of the same bodies in the same run.

Prints a table and, with `--out`, writes the figures as JSON. The bodies are made here in the shapes that Azure sends; each way is run
several times, turn by turn, in CPU time, and the fastest run counts: what slows a run down is other work on the machine.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pandas as pd

from evidence.nights import Calendar
from evidence.normalize import CaptureContext, normalize_capture
from evidence.records import Attempt, Call, Capture, Identity, Kind
from evidence.tables import JOBS, from_rows

VAULT = "/Subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v1"
ITEMS = f"{VAULT}/backupFabrics/Azure/protectionContainers"
NOW = datetime(2026, 11, 21, 6, 5, tzinfo=UTC)
CONTEXT = CaptureContext(date(2026, 11, 20), "run-1", Calendar())
MACHINES = 500


def job(number: int) -> dict[str, object]:
    name = f"{number:032x}"
    began = datetime(2026, 11, 20, 22, 0, tzinfo=UTC) + timedelta(seconds=number % 20_000)
    properties: dict[str, object] = {
        "jobType": "AzureIaaSVMJob",
        "containerName": f"iaasvmcontainerv2;rg;vm{number % MACHINES}",
        "duration": "PT9M12.3456789S",
        "actionsInfo": ["Cancellable"],
        "virtualMachineVersion": "Compute",
        "entityFriendlyName": f"vm{number % MACHINES}",
        "backupManagementType": "AzureIaasVM",
        "operation": "Backup",
        "status": "Failed" if number % 20 == 0 else "Completed",
        "startTime": f"{began:%Y-%m-%dT%H:%M:%S}.1234567Z",
        "endTime": f"{began + timedelta(minutes=9):%Y-%m-%dT%H:%M:%S}.1234567Z",
        "activityId": name,
    }
    if number % 20 == 0:
        error = {
            "errorCode": 400001,
            "errorTitle": "CommandFailed",
            "errorString": "Command failed.",
            "recommendations": ["Retry."],
        }
        properties["errorDetails"] = [error]
    kind = "Microsoft.RecoveryServices/vaults/backupJobs"
    return {"id": f"{VAULT}/backupJobs/{name}", "name": name, "type": kind, "properties": properties}


def item(number: int) -> dict[str, object]:
    name = f"iaasvmcontainerv2;rg;vm{number}"
    properties = {
        "friendlyName": f"vm{number}",
        "containerName": name,
        "backupManagementType": "AzureIaasVM",
        "workloadType": "VM",
    }
    return {
        "id": f"{ITEMS}/IaasVMContainer;{name}/protectedItems/VM;{name}",
        "name": f"VM;{name}",
        "properties": properties,
    }


def capture_of(bodies: list[bytes]) -> Capture:
    machines = orjson.dumps({"value": [item(number) for number in range(MACHINES)]})
    calls = [_call("items", Kind.PROTECTED_ITEMS, machines)]
    calls += [_call(f"page-{number}", Kind.JOBS, body) for number, body in enumerate(bodies)]
    return Capture("capture-1", VAULT.lower(), None, tuple(calls), ())


def _call(call_id: str, kind: Kind, body: bytes) -> Call:
    attempt = Attempt(NOW, NOW, 200, body=body)
    return Call(
        call_id, kind, None, "https://example.test", None, None, {}, Identity(), (attempt,), "ok", None, None, None
    )


def with_pandas(bodies: list[bytes]) -> int:
    frames = [pd.json_normalize(json.loads(body)["value"]) for body in bodies]
    return len(pd.concat(frames))


def measure(ways: dict[str, Callable[[], int]], repeats: int) -> dict[str, float]:
    """Rows a CPU second of each way, by its fastest run; all ways run on one core."""
    fastest: dict[str, float] = {}
    for _ in range(repeats):
        for name, way in ways.items():
            began = time.process_time()
            rows = way()
            fastest[name] = max(fastest.get(name, 0.0), rows / (time.process_time() - began))
    return fastest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=40_000)
    parser.add_argument("--page", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, help="write the figures here, as JSON")
    options = parser.parse_args()
    numbers = range(0, options.jobs, options.page)
    bodies = [orjson.dumps({"value": [job(first + n) for n in range(options.page)]}) for first in numbers]
    capture = capture_of(bodies)
    found = measure(
        {
            "normalize: typed, linked rows with untouched text": lambda: len(normalize_capture(capture, CONTEXT).jobs),
            "normalize, then an Arrow table": lambda: (
                from_rows(JOBS, normalize_capture(capture, CONTEXT).jobs).num_rows
            ),
            "json.loads and pandas json_normalize: untyped columns": lambda: with_pandas(bodies),
        },
        options.repeats,
    )
    for name, rows in found.items():
        print(f"{name:<55} {rows:>10,.0f} rows/CPU s")
    if options.out:
        told = {
            "jobs": options.jobs,
            "page": options.page,
            "python": platform.python_version(),
            "rows_per_cpu_second": found,
        }
        options.out.write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
