"""The nightly test of truth on a real Azurite: everything that the register promises is looked up by one pass over the store's metadata.

A store of so many small objects is filled, each named by the entry of its night and with its hash noted as the product notes it; then parts that know nothing read the
ledger, fold the register, ask the store for every name and compare all of it, at least 2,000 objects a second. Beside it, without a target: the same while
protection is asked for, which Azurite refuses, and contents read and hashed.

Prints a table, writes the figures as JSON with `--out`, and ends 1 where the target is missed. Run as `python -m benchmarks.retention_truth`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import ContainerClient

from evidence.ledger.entries import Draft, EntryKind, LedgerObject
from evidence.retention.truth import Demand
from evidence.runs.retention.truth import TruthFound, TruthTester, check_truth
from evidence.settings.retention import Retention
from evidence.stores.azure_blob import container_client
from evidence.stores.azure_blob_keeping import open_keeping_azure_blob
from evidence.stores.keeping import KeepingStore
from evidence.stores.layout import calls_file
from tests.fakes.azurite import running_azurite
from tests.fakes.bench import Bench
from tests.fakes.clock import FakeClock

FIRST = date(2024, 1, 1)
NIGHTS = 100
OBJECTS = 20_000
TARGET = 2_000.0
"""Objects a second."""
REPEATS = 3
"""The fastest counts."""
UPLOADS = 8


@dataclass(frozen=True)
class Figure:
    """One way and what it took."""

    way: str
    objects: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Objects a second."""
        return self.objects / self.seconds


def fill(container: ContainerClient, bench: Bench, count: int) -> None:
    """Nights of objects, written and sealed."""
    bench.parts.ledger.open(
        tenant="t", organisation="Contoso", first_night=FIRST, at=bench.clock.now(), actor="benchmark"
    )
    each = count // NIGHTS
    with ThreadPoolExecutor(UPLOADS) as pool:
        ledger = bench.parts.ledger
        for number in range(NIGHTS):
            night = FIRST + timedelta(days=number)
            run = f"{night:%Y%m%d}T070000Z-{number:08x}"

            def write(vault: int, night: date = night, run: str = run, number: int = number) -> LedgerObject:
                path, data = calls_file(night, run, f"rsv-{vault:04d}"), f"{night} {vault}".encode()
                sha256 = hashlib.sha256(data).hexdigest()
                container.upload_blob(path, data, metadata={"sha256": sha256, "write_id": f"{number}-{vault}"})
                return LedgerObject(path, len(data), sha256)

            objects = tuple(pool.map(write, range(each)))
            payload = {"night": str(night), "run_id": run, "late": False, "again": False, "tables": {"jobs": each}}
            at = datetime(night.year, night.month, night.day, 7, tzinfo=UTC) + timedelta(days=1)
            ledger.append(Draft(EntryKind.NIGHT_SEALED, at, "benchmark", f"night/{night}", payload, objects))


def measure(bench: Bench, store: KeepingStore, way: str, demand: Demand, contents: str) -> tuple[Figure, TruthFound]:
    """One test by parts that know nothing."""
    began, cpu = time.perf_counter(), time.process_time()
    found = check_truth(TruthTester(bench.parts, store, Retention(), demand), contents=contents)
    taken = Figure(way, found.test.counts.seen, time.perf_counter() - began, time.process_time() - cpu)
    if found.test.counts.seen != found.test.counts.expected or (demand.mode == "off" and found.mismatches):
        raise SystemExit(f"{way}: {found.test.counts} is not what was written")
    return taken, found


def run(count: int) -> Sequence[Figure]:
    """Fill a store and test it, way after way."""
    with running_azurite() as azurite:
        credential = AzureNamedKeyCredential(azurite.account, azurite.key)
        store = open_keeping_azure_blob(azurite.account_url, "evidence", credential, create_container=True)
        bench = Bench(store=store, clock=FakeClock(datetime(2024, 9, 1, tzinfo=UTC)))
        fill(container_client(azurite.account_url, "evidence", credential, retry_wait_s=0), bench, count)
        ways = [
            *[("metadata", Demand(), "none")] * REPEATS,
            ("metadata, protection refused by Azurite", Demand("locked"), "none"),
            ("metadata and contents of a night's turn", Demand(), "rotation"),
        ]
        return [measure(bench, store, *way)[0] for way in ways]


def main() -> int:
    """Measure, print, and tell whether the target is met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=OBJECTS, help="objects in the store")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    options = parser.parse_args()
    figures = run(options.objects)
    print(f"{'way':44} {'objects':>8} {'seconds':>8} {'CPU s':>7} {'objects/s':>10}")
    for one in figures:
        print(f"{one.way:44} {one.objects:8,} {one.seconds:8.2f} {one.cpu_seconds:7.2f} {one.rate:10,.0f}")
    rate = max(one.rate for one in figures[:REPEATS])
    met = rate >= TARGET
    print(f"metadata: {rate:,.0f} objects/s, target {TARGET:,.0f}: {'met' if met else 'MISSED'}")
    if options.out:
        machine = {"python": platform.python_version(), "cores": os.cpu_count()}
        told = {"machine": machine, "figures": [asdict(one) | {"rate": one.rate} for one in figures], "met": met}
        options.out.write_text(json.dumps(told, indent=2) + "\n")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
